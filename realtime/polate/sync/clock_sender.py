"""MIDI clock, sent. Pure: told the time, it never sleeps and opens nothing.

transport --ClockSender--> F8 FA FB FC F2
"""

import math
from typing import Protocol

from polate.sync.clock_messages import TICKS_PER_BEAT, TICKS_PER_SIXTEENTH, Status, song_position

__all__ = ["ClockSender", "Timeline"]

_ROUNDED = 1e-3  # ticks: a beat in floating point may be a little over the tick it means
_START_NS = 1_000_000  # that a receiver is given between start and the tick it begins with


class Timeline(Protocol):
    """Musical time against the machine's; `polate.sequencer.transport.Transport` is one."""

    def time_of(self, beat: float) -> int: ...

    def beat_at(self, now_ns: int) -> float: ...


class ClockSender:
    """MIDI clock to send: messages with the absolute times they are due at, in order.

    Ticks go out all the time, so that a receiver knows the tempo before it starts. A start at beat 0 is a start; one
    elsewhere is a song position and a continue, which can only be at a sixteenth: the next there is.
    """

    def __init__(self) -> None:
        self._next: int | None = None  # the number of the tick to be sent next; None: the first one there is
        self._begins: int | None = None  # the tick that the receiver is to begin with
        self.playing = False
        self._sent_ns = 0  # when what was sent last is due

    def start(self, beat: float, now_ns: int) -> list[tuple[int, bytes]]:
        """The music begins at this beat, or jumps there."""
        out = self.stop(now_ns)
        self.playing = True
        self._next = math.ceil(beat * TICKS_PER_BEAT - _ROUNDED)
        sixteenth = max(0, -(-self._next // TICKS_PER_SIXTEENTH))  # before beat 0 it is counted in
        self._begins = sixteenth * TICKS_PER_SIXTEENTH
        if sixteenth:
            out.append(self._due(now_ns, song_position(sixteenth)))
        return out

    def stop(self, now_ns: int) -> list[tuple[int, bytes]]:
        """The music stops."""
        if not self.playing:
            return []
        self.playing, self._begins = False, None
        return [self._due(now_ns, bytes([Status.STOP]))]

    def advance(self, timeline: Timeline, now_ns: int, until_ns: int) -> list[tuple[int, bytes]]:
        """Everything that is due up to ``until_ns`` and was not given before.

        Where the music is more than a beat away from where it should be, because the machine stood still, the receiver
        is sent there.
        """
        out: list[tuple[int, bytes]] = []
        here = timeline.beat_at(now_ns)
        if self._next is None or abs(self._next / TICKS_PER_BEAT - here) > 1.0:
            self._next = math.ceil(here * TICKS_PER_BEAT)
            if self.playing:
                out += self.start(here, now_ns)
        while (due_ns := timeline.time_of(self._next / TICKS_PER_BEAT)) <= until_ns:
            if self._next == self._begins:
                out.append(self._due(due_ns - _START_NS, bytes([Status.CONTINUE if self._next else Status.START])))
            out.append(self._due(due_ns, bytes([Status.CLOCK])))
            self._next += 1
        return out

    def deadline_ns(self, timeline: Timeline) -> int:
        """When the next tick is due."""
        return 0 if self._next is None else timeline.time_of(self._next / TICKS_PER_BEAT)

    def _due(self, due_ns: int, message: bytes) -> tuple[int, bytes]:
        """Never before what was sent last: a small step back of the beat, as of a follower's, is no tick more."""
        self._sent_ns = max(self._sent_ns, due_ns)
        return self._sent_ns, message
