"""MIDI clock, followed and sent. Pure: told the time of every message, it never sleeps and opens nothing.

    F8 FA FB FC F2 --ClockFollower--> Sync, Seek, SetPlaying          transport --ClockSender--> F8 FA FB FC F2

A clock is 24 ticks a quarter note, start and continue take effect with the tick after them, and a song position counts
sixteenths (MIDI 1.0 Detailed Specification 4.2, System Real Time messages and Song Position Pointer).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, Protocol

from polate.control.commands import Seek, SetPlaying, Sync

__all__ = [
    "TICKS_PER_BEAT",
    "ClockFollower",
    "ClockSender",
    "Dropout",
    "Status",
    "TickLoop",
    "Timeline",
    "song_position",
]

TICKS_PER_BEAT = 24
TICKS_PER_SIXTEENTH = 6  # what a song position counts
_POSITIONS = 1 << 14
_ROUNDED = 1e-3  # ticks: a beat in floating point may be a little over the tick it means
_START_NS = 1_000_000  # that a receiver is given between start and the tick it begins with


class Status(IntEnum):
    """The first byte of the messages."""

    SONG_POSITION = 0xF2
    CLOCK = 0xF8
    START = 0xFA
    CONTINUE = 0xFB
    STOP = 0xFC


Dropout = Literal["hold", "free-run"]
"""What to do when the ticks stay away: stop and keep the position, or go on at the last tempo."""

_MINUTE_NS = 60_000_000_000
_DROPOUT_NS, _DROPOUT_TICKS = 250_000_000, 4  # whichever is longer

_DOUBLED_NS = 3_000_000  # two ticks nearer than this are one: at 400 bpm and 20 % of jitter they are 3.75 ms apart
_MOST_TICKS = 96  # the memory of the loop; docs/sync.md has what other lengths give
_LEAST_TICKS = 4  # and while the tempo moves
_SURE_TICKS = 8  # after so many the period is known well enough to see that one was lost or doubled
_DOUBT_TICKS = 6  # and after so many more, whether it was
_SMOOTH = 0.01  # of a period: as good as a straight line
_SMOOTHING, _BIASED = 0.1, 0.7  # of the errors' running means; from where on they are one-sided


class TickLoop:
    """When the ticks really are, and which of all each one is, from the times they came at.

    A second-order loop: each tick corrects the predicted time and the period by fractions of how far it was off
    (Adriaensen, Using a DLL to filter time, Linux Audio Conference 2005). The fractions are those of the least-squares
    line through the last n ticks (Brookner, Tracking and Kalman Filtering Made Easy, 1998: growing-memory g-h filter),
    and n grows with each tick up to the memory: so the second tick gives the tempo, and the hundredth a quiet one.
    While the errors fall to one side, the tempo is moving and n is halved (Trigg and Leach, Exponential smoothing with
    an adaptive response rate, Operational Research Quarterly 18, 1967).

    Each tick counts for one, until a gap is about half a period or shorter, or half as long again. Then two readings
    are kept for a few ticks: the tempo is the same and ticks were lost or doubled; or the tempo has jumped and each
    still counts for one. The one that the times fit better holds.
    """

    def __init__(self, period_ns: float) -> None:
        self.tick = 0  # the number of the last tick
        self.time_ns = 0.0  # when it was, without the jitter
        self.period_ns = period_ns
        self.latest_ns = 0  # when the last one came
        self._ticks = 0  # since the beginning, up to `_SURE_TICKS`
        self._memory = 0
        self._error = self._bias = self._jitter = 0.0  # the last error; running means of the errors, and of their size
        self._doubt: list[int] = []  # when the ticks came, from the last before an odd gap on
        self._undoubted = (0, 0.0, 0.0, 0)  # tick, time, period and memory at the first of them

    def seed(self, at_ns: int, ticks: int = 1) -> None:
        """Begin anew with this tick, ``ticks`` after the last; the period stands until the next one."""
        self.tick += ticks
        self.time_ns, self.latest_ns = float(at_ns), at_ns
        self._ticks = self._memory = 1
        self._error = self._bias = self._jitter = 0.0
        self._doubt.clear()

    def feed(self, at_ns: int, *, restart: bool = False) -> bool:
        """Take a tick in; False if it was only another one's double.

        ``restart``: the sender begins something here, and may have moved its ticks for it; the tempo stands.
        """
        gap = at_ns - self.latest_ns
        if restart and _odd(gap, self.period_ns):
            self.seed(at_ns)
            self._memory = _LEAST_TICKS
            return True
        if gap < _DOUBLED_NS:
            return False
        if not self._doubt and self._ticks >= _SURE_TICKS and _odd(gap, self.period_ns):
            self._doubt.append(self.latest_ns)
            self._undoubted = self.tick, self.time_ns, self.period_ns, self._memory
        self.latest_ns = at_ns
        if self._doubt:
            return self._weigh(at_ns)
        self._correct(at_ns)
        return True

    def _weigh(self, at_ns: int) -> bool:
        """Go on with the better of the two readings."""
        self._doubt.append(at_ns)
        before, (tick, time_ns, period_ns, memory) = self.tick, self._undoubted
        # If the tempo is the same, which ticks are these, how far is each from its time, and how many are wrong?
        errors = {0: 0.0}
        for arrival in self._doubt[1:]:
            number = round((arrival - time_ns) / period_ns)
            error = abs(arrival - time_ns - number * period_ns)
            errors[number] = min(error, errors.get(number, error))
        last = max(errors)
        wrong = len(self._doubt) - len(errors) + last + 1 - len(errors)  # doubled, and lost
        roughness = math.sqrt(sum(error * error for error in errors.values()) / max(1, len(errors) - 1))
        # If it has jumped, the first gap may be a part of the old tempo and a part of the new one.
        line = _Line.through(self._doubt[1:])
        if line.slope == 0 or not _odd(line.slope, period_ns):
            line = _Line.through(self._doubt)
        if line.roughness_ns <= max(roughness * wrong, _SMOOTH * period_ns):
            last = len(self._doubt) - 1
            self.tick, self.time_ns, self.period_ns = tick + last, line.last_ns, line.slope
            self._memory = last
        else:
            self.tick, self.time_ns, self.period_ns = tick + last, time_ns + last * period_ns, period_ns
            self._memory = memory
        if len(self._doubt) > _DOUBT_TICKS:
            self._doubt.clear()
        return self.tick != before

    def _correct(self, at_ns: int) -> None:
        predicted = self.time_ns + self.period_ns
        error = at_ns - predicted
        self._bias += _SMOOTHING * (error - self._bias)
        self._jitter += _SMOOTHING * (abs(error) - self._jitter)
        # One tick that is far off is none of the tempo's business: the next errors are on the other side.
        limit = max(_BIASED * self._jitter, _SMOOTH * self.period_ns)
        one_sided = error * self._error > 0 and error * self._bias > 0 and abs(self._bias) > limit
        self._error = error
        if one_sided and self._memory > _LEAST_TICKS:
            self._memory = max(_LEAST_TICKS, self._memory // 2)
        else:
            self._memory = min(_MOST_TICKS, self._memory + 1)
        self._ticks = min(_SURE_TICKS, self._ticks + 1)
        n = self._memory
        self.tick += 1
        self.time_ns = predicted + error * 2 * (2 * n - 1) / (n * (n + 1))
        self.period_ns = max(_DOUBLED_NS, self.period_ns + error * 6 / (n * (n + 1)))  # what overshoots stays a tempo


def _odd(gap_ns: float, period_ns: float) -> bool:
    """Is a gap more likely something else than one period with its jitter?"""
    return not 0.55 < gap_ns / period_ns < 1.5


@dataclass(frozen=True, slots=True)
class _Line:
    """The least-squares line through times."""

    slope: float
    last_ns: float  # where it ends
    roughness_ns: float  # standard error of a point

    @classmethod
    def through(cls, times: Sequence[int]) -> "_Line":
        n = len(times)
        if n < 3:
            return cls(0.0, times[-1], math.inf)
        middle, mean = (n - 1) / 2, sum(times) / n
        slope = sum((i - middle) * (t - mean) for i, t in enumerate(times)) * 12 / (n * (n * n - 1))
        square = sum((t - mean - slope * (i - middle)) ** 2 for i, t in enumerate(times))
        return cls(slope, mean + slope * middle, math.sqrt(square / (n - 2)))


class ClockFollower:
    """What a MIDI clock says of the song: fed with messages and their times, it answers with controls.

    Each tick gives a `Sync`. The one that begins the music gives `Seek`, `Sync` and `SetPlaying` (True); stop gives
    `SetPlaying` (False) and keeps the position. Ticks that come while stopped tell the tempo.
    """

    def __init__(self, bpm: float = 120.0, dropout: Dropout = "hold") -> None:
        """``bpm`` holds until two ticks have come."""
        self.playing = False
        self._dropout = dropout
        self._loop = TickLoop(_MINUTE_NS / TICKS_PER_BEAT / bpm)
        self._ticking = False
        self._begins = False  # with the next tick
        self._position = 0  # ticks: where the song begins again
        self._offset = 0  # from the number of a tick to its place in the song

    @property
    def bpm(self) -> float:
        """The tempo that the ticks have, quarter notes a minute."""
        return _MINUTE_NS / TICKS_PER_BEAT / self._loop.period_ns

    @property
    def deadline_ns(self) -> int | None:
        """When `advance` is to be called, unless a tick comes before; None while no tick is waited for."""
        return self._loop.latest_ns + self._patience_ns if self._ticking else None

    def feed(self, message: bytes, at_ns: int) -> list[Sync | Seek | SetPlaying]:
        """Take in a MIDI message that came at ``at_ns``; one that is not about the clock says nothing."""
        said = self.advance(at_ns)
        match list(message):
            case [Status.CLOCK]:
                said += self._tick(at_ns)
            case [Status.START]:
                self._position, self._begins = 0, True
            case [Status.CONTINUE]:
                self._begins |= not self.playing
            case [Status.STOP]:
                in_free_run = 0 if self._ticking else int((at_ns - self._loop.time_ns) / self._loop.period_ns)
                said += self._stop(in_free_run)
                self._begins = False
            case [Status.SONG_POSITION, low, high]:
                self._position = (high << 7 | low) * TICKS_PER_SIXTEENTH
                if self.playing:  # as some sequencers say when they loop: the place of the next tick
                    self._begins = True
                elif not self._begins:
                    said.append(Seek(self._position / TICKS_PER_BEAT))
        return said

    def advance(self, now_ns: int) -> list[Sync | Seek | SetPlaying]:
        """Have the ticks stayed away for too long? With "hold" the music stops, and goes on when they come again."""
        if not self._ticking or now_ns < self._loop.latest_ns + self._patience_ns:
            return []
        self._ticking = False
        if not self.playing or self._dropout == "free-run":
            return []
        self._begins = True
        return self._stop(0)

    @property
    def _patience_ns(self) -> int:
        return max(_DROPOUT_NS, round(_DROPOUT_TICKS * self._loop.period_ns))

    def _tick(self, at_ns: int) -> list[Sync | Seek | SetPlaying]:
        loop = self._loop
        if not self._ticking:
            # In free run the music went on meanwhile: this tick is the one that is nearest.
            loop.seed(at_ns, max(1, round((at_ns - loop.time_ns) / loop.period_ns)) if self.playing else 1)
        elif not loop.feed(at_ns, restart=self._begins):
            return []
        self._ticking = True
        if not self._begins:
            return [self._sync()]
        self._begins, self.playing = False, True
        self._offset = self._position - loop.tick
        return [Seek(self._position / TICKS_PER_BEAT), self._sync(), SetPlaying(True)]

    def _sync(self) -> Sync:
        place = self._offset + self._loop.tick if self.playing else self._position
        return Sync(place / TICKS_PER_BEAT, round(self._loop.time_ns), self.bpm)

    def _stop(self, missing: int) -> list[Sync | Seek | SetPlaying]:
        """Stop so many ticks after the last that came."""
        if not self.playing:
            return []
        self.playing = False
        self._position = self._offset + self._loop.tick + missing + 1
        return [SetPlaying(False)]


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


def song_position(sixteenths: int) -> bytes:
    """The message. It counts to 1,024 bars of four quarter notes, and then from 0."""
    sixteenths %= _POSITIONS
    return bytes([Status.SONG_POSITION, sixteenths & 0x7F, sixteenths >> 7])
