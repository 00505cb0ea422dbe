"""A gate for two kinds of outputs: those that get a message when it is due, and those that get it some time before.

    frames --take--> [Gate: the MIDI outputs]       --advance--> Outgoing
           '-------> [Gate: the early outputs, on ] ------------'
                     [a clock that is ahead       ]

An early output gets each message ``lead_ns`` before its time together with the time until it is due. So its receiver
can make up for a delay on the way. One early output may be the copy, which gets the notes of all other outputs too.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from polate.gate.frames import Frame, Kind
from polate.gate.gate import Gate, Key, Outgoing

__all__ = ["SplitGate"]


@dataclass(slots=True)
class SplitGate:
    """Used like `polate.gate.gate.Gate`. The caller passes the time."""

    early_ports: Collection[int]
    copy_port: int | None  # one of the early ports, or None
    lead_ns: int
    failed: list[Frame] = field(default_factory=list)
    """As `polate.gate.gate.Gate.failed`, without the copies."""

    _on_time: Gate = field(default_factory=Gate)
    _early: Gate = field(default_factory=Gate)

    @property
    def sounding(self) -> list[Key]:
        """The notes that sound."""
        return self._on_time.sounding + self._early.sounding

    @property
    def deadline_ns(self) -> int | None:
        """When `advance` must be called next; None while nothing waits and nothing sounds."""
        times = [gate.deadline_ns for gate in (self._on_time, self._early)]
        return min((time for time in times if time is not None), default=None)

    @property
    def only_ends(self) -> bool:
        """Whether only ends of notes are due next: see `polate.gate.gate.Gate.only_ends`."""
        return all(gate.only_ends for gate in (self._on_time, self._early) if gate.deadline_ns is not None)

    def take(self, frame: Frame) -> list[Outgoing]:
        """Take in a frame from the player. Returns the messages to send at once."""
        if frame.kind not in (Kind.NOTE, Kind.TIE, Kind.SEND):
            return self._on_time.take(frame) + self._early_ends(self._early.take(frame))
        if frame.kind is not Kind.SEND and self.copy_port not in (None, frame.port):
            self._early.take(self._earlier(replace(frame, port=self.copy_port)))
        return self._early.take(self._earlier(frame)) if frame.port in self.early_ports else self._on_time.take(frame)

    def advance(self, now_ns: int) -> list[Outgoing]:
        """The messages to send: those that are due, and those to early outputs that are due in ``lead_ns``."""
        messages = self._on_time.advance(now_ns)
        for message in self._early.advance(now_ns):
            due_ns = message.due_ns + self.lead_ns
            report = self._report(message)
            messages.append(Outgoing(message.port, message.data, due_ns, report and replace(report, due_ns=due_ns)))
        for gate in (self._on_time, self._early):
            self.failed += [frame for frame in gate.failed if frame.port != self.copy_port]
            gate.failed.clear()
        return messages

    def release(self, due_ns: int) -> list[Outgoing]:
        """End everything that sounds and forget the notes that wait."""
        return self._on_time.release(due_ns) + self._early_ends(self._early.release(due_ns))

    def _early_ends(self, messages: list[Outgoing]) -> list[Outgoing]:
        """The ends of a release. They are due after all notes that were sent before them."""
        return [replace(each, due_ns=each.due_ns + self.lead_ns, report=self._report(each)) for each in messages]

    def _report(self, message: Outgoing) -> Frame | None:
        """What the copy plays is reported by the output that it copies."""
        return None if message.port == self.copy_port else message.report

    def _earlier(self, frame: Frame) -> Frame:
        return replace(frame, due_ns=frame.due_ns - self.lead_ns, off_ns=frame.off_ns - self.lead_ns)

    def _sent_early(self, messages: list[Outgoing]) -> list[Outgoing]:
        """With the time at which they are due. The ends of a release are due after every note that was sent before.

        What the copy plays is reported by the output that it copies.
        """
        early = []
        for message in messages:
            due_ns = message.due_ns + self.lead_ns
            report = message.report if message.report and message.port != self.copy_port else None
            early.append(Outgoing(message.port, message.data, due_ns, report and replace(report, due_ns=due_ns)))
        return early
