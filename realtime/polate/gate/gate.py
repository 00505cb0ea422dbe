"""Which MIDI message goes out when: notes that wait and notes that sound.

    player's frames --Gate.take--> [pending, sounding] --Gate.advance(now)--> Outgoing, for the MIDI outputs

Pure: it knows no port and no clock. `polate.gate.process` runs it on real time. A note is given with its end, so
nothing that the player does or fails to do leaves a note sounding.
"""

import heapq
from dataclasses import dataclass, field

from polate.gate.frames import MONO, Frame, Kind
from polate.midi.messages import NOTE_OFF, NOTE_ON, length_of

__all__ = ["Gate", "Key", "Outgoing"]

_SOON_NS = 1_000_000  # the longest that the process spins before a note begins

Key = tuple[int, int, int]
"""Where a note sounds: (port, channel, note)."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A MIDI message to send. For a note, also the report that tells the player when it was sent."""

    port: int
    data: tuple[int, ...]  # the bytes
    due_ns: int
    report: Frame | None = None  # ON or OFF, still without the time of sending


@dataclass(slots=True)
class Gate:
    """Notes that wait and notes that sound. The caller passes the time."""

    failed: list[Frame] = field(default_factory=list)
    """MISSED frames, for notes that were not played. The caller reports and clears them."""

    _pending: list[tuple[int, int, Frame]] = field(default_factory=list)  # heap: (due, serial, frame)
    _ends: list[tuple[int, Key]] = field(default_factory=list)  # heap: (off, key)
    _sounding: dict[Key, tuple[int, int, int]] = field(default_factory=dict)  # -> (off, step, voice)
    _last_step: int = 0
    _serial: int = 0

    @property
    def sounding(self) -> list[Key]:
        """The notes that sound."""
        return list(self._sounding)

    @property
    def deadline_ns(self) -> int | None:
        """When `advance` must be called next; None while nothing waits and nothing sounds."""
        times = [heap[0][0] for heap in (self._pending, self._ends) if heap]
        return min(times) if times else None

    @property
    def only_ends(self) -> bool:
        """Whether only ends of notes are due at `deadline_ns` and in the 1 ms after it."""
        starts = self._pending[0][0] if self._pending else None
        return bool(self._ends) and (starts is None or starts > self._ends[0][0] + _SOON_NS)

    def take(self, frame: Frame) -> list[Outgoing]:
        """Take in a frame from the player. Returns the messages to send at once."""
        match frame.kind:
            case Kind.NOTE | Kind.TIE | Kind.SEND:
                self._put_off(frame)
            case Kind.RECALL:
                self._recall(frame.step)
            case Kind.RELEASE | Kind.PANIC:
                return self.release(frame.due_ns)
            case _:
                pass
        return []

    def _put_off(self, frame: Frame) -> None:
        """Keep a note or a message until it is due.

        A step that has sounded is never played a second time. So a recall that arrives after its step has sounded
        leaves one note, not two. Step 0 is for notes that belong to no step.
        """
        if 0 < frame.step <= self._last_step:
            return
        self._serial += 1
        heapq.heappush(self._pending, (frame.due_ns, self._serial, frame))

    def _recall(self, step: int) -> None:
        """Forget the notes of this step and later ones that have not sounded yet."""
        self._pending = [entry for entry in self._pending if entry[2].step < step]
        heapq.heapify(self._pending)

    def advance(self, now_ns: int) -> list[Outgoing]:
        """The messages that are due, in order of time; at one instant note-offs come first.

        A note whose end is past is not started.
        """
        out: list[Outgoing] = []
        last = self._last_step  # a step has several notes: it counts as sounded after the last of them
        while (deadline := self.deadline_ns) is not None and deadline <= now_ns:
            if self._ends and self._ends[0][0] == deadline:
                off_ns, key = heapq.heappop(self._ends)
                if key in self._sounding and self._sounding[key][0] == off_ns:
                    out.append(self._end(key, off_ns))
                continue
            _, _, frame = heapq.heappop(self._pending)
            if frame.kind is Kind.SEND:
                out.append(Outgoing(frame.port, _message(frame), frame.due_ns))
            elif frame.kind is Kind.TIE:
                self._tie(frame)
            elif frame.off_ns <= now_ns:
                self.failed.append(Frame(Kind.MISSED, frame.step, frame.channel, frame.note, port=frame.port))
            else:
                last = max(last, frame.step)
                out += self._strike(frame)
        self._last_step = last
        return out

    def release(self, due_ns: int) -> list[Outgoing]:
        """End everything that sounds and forget the notes that wait."""
        self._pending = [entry for entry in self._pending if entry[2].kind is Kind.SEND]
        heapq.heapify(self._pending)
        self._ends.clear()
        return [self._end(key, due_ns) for key in list(self._sounding)]

    def _strike(self, frame: Frame) -> list[Outgoing]:
        """Begin a note. The notes that it replaces end first."""
        key = (frame.port, frame.channel, frame.note)
        ended = [
            self._end(other, frame.due_ns)
            for other, (_, step, voice) in list(self._sounding.items())
            if other == key or (frame.voice & MONO and step < frame.step and (voice ^ frame.voice) & ~MONO == 0)
        ]
        self._sound(key, frame)
        report = Frame(Kind.ON, frame.step, *key[1:], frame.velocity, frame.due_ns, 0, frame.port, frame.voice)
        return [
            *ended,
            Outgoing(frame.port, (NOTE_ON | frame.channel, frame.note, frame.velocity), frame.due_ns, report),
        ]

    def _tie(self, frame: Frame) -> None:
        """Give a note that sounds another end."""
        key = (frame.port, frame.channel, frame.note)
        if key in self._sounding:
            self._sound(key, frame)

    def _sound(self, key: Key, frame: Frame) -> None:
        self._sounding[key] = (frame.off_ns, frame.step, frame.voice)
        heapq.heappush(self._ends, (frame.off_ns, key))

    def _end(self, key: Key, due_ns: int) -> Outgoing:
        _, step, voice = self._sounding.pop(key)
        port, channel, note = key
        report = Frame(Kind.OFF, step, channel, note, 0, due_ns, 0, port, voice)
        return Outgoing(port, (NOTE_OFF | channel, note, 0), due_ns, report)


def _message(frame: Frame) -> tuple[int, ...]:
    """The bytes of a SEND; its status byte gives their number."""
    status = frame.channel
    return (status, frame.note, frame.velocity)[: length_of(status)]
