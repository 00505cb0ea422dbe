"""Send a MIDI clock: from the beat of the transport to messages and the times at which they are due.

    transport --ClockSender--> F8 FA FB FC F2

The sender is pure: it gets the time, reads no clock itself, never sleeps and opens nothing.
"""

import math
from typing import Protocol

from polate.midi import messages
from polate.sync.clock_messages import TICKS_PER_BEAT, TICKS_PER_SIXTEENTH, song_position

__all__ = ["ClockSender", "Timeline"]

_ROUNDED = 1e-3  # ticks: rounding errors can put a beat this far above the tick it means
_START_NS = 1_000_000  # the time that a receiver gets between a start and its first tick


class Timeline(Protocol):
    """Converts between beats and nanoseconds, as `polate.sequencer.transport.Transport` does."""

    def time_of(self, beat: float) -> int: ...

    def beat_at(self, now_ns: int) -> float: ...


class ClockSender:
    """A MIDI clock to send: messages with the absolute times at which they are due, in order.

    Ticks are sent all the time, so that a receiver knows the tempo before it starts. At beat 0 the music starts with a
    start. Elsewhere it starts with a song position and a continue, at the next sixteenth note: a song position cannot
    name any other place.
    """

    def __init__(self) -> None:
        self.playing = False
        self._next: int | None = None  # number of the next tick; None before the first one
        self._begins: int | None = None  # number of the tick at which the receiver starts
        self._sent_ns = 0  # due time of the last message

    def start(self, beat: float, now_ns: int) -> list[tuple[int, bytes]]:
        """The messages when the music starts at this beat, or jumps to it: (due time in nanoseconds, message)."""
        out = self.stop(now_ns)
        self.playing = True
        self._next = math.ceil(beat * TICKS_PER_BEAT - _ROUNDED)
        sixteenth = max(0, -(-self._next // TICKS_PER_SIXTEENTH))  # beats below 0 are a count-in
        self._begins = sixteenth * TICKS_PER_SIXTEENTH
        if sixteenth:
            out.append(self._due(now_ns, song_position(sixteenth)))
        return out

    def stop(self, now_ns: int) -> list[tuple[int, bytes]]:
        """The messages when the music stops."""
        if not self.playing:
            return []
        self.playing, self._begins = False, None
        return [self._due(now_ns, bytes([messages.STOP]))]

    def advance(self, timeline: Timeline, now_ns: int, until_ns: int) -> list[tuple[int, bytes]]:
        """All messages that are due up to ``until_ns`` and were not returned before.

        If the next tick is more than a beat away from the music, because the machine did not run, the receiver gets the
        new place.
        """
        out: list[tuple[int, bytes]] = []
        here = timeline.beat_at(now_ns)
        if self._next is None or abs(self._next / TICKS_PER_BEAT - here) > 1.0:
            self._next = math.ceil(here * TICKS_PER_BEAT)
            if self.playing:
                out += self.start(here, now_ns)
        while (due_ns := timeline.time_of(self._next / TICKS_PER_BEAT)) <= until_ns:
            if self._next == self._begins:
                status = messages.CONTINUE if self._next else messages.START
                out.append(self._due(due_ns - _START_NS, bytes([status])))
            out.append(self._due(due_ns, bytes([messages.CLOCK])))
            self._next += 1
        return out

    def deadline_ns(self, timeline: Timeline) -> int:
        """The time at which the next tick is due."""
        return 0 if self._next is None else timeline.time_of(self._next / TICKS_PER_BEAT)

    def _due(self, due_ns: int, message: bytes) -> tuple[int, bytes]:
        """A message with its due time, which is never before that of the last one.

        The beat can step back a little, for example when it follows another clock.
        """
        self._sent_ns = max(self._sent_ns, due_ns)
        return self._sent_ns, message
