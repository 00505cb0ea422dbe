"""MIDI clock, followed. Pure: told the time of every message, it never sleeps and opens nothing.

F8 FA FB FC F2 --ClockFollower--> Sync, Seek, SetPlaying
"""

from typing import Literal

from polate.control.commands import Seek, SetPlaying, Sync
from polate.sync.clock_messages import TICKS_PER_BEAT, TICKS_PER_SIXTEENTH, Status
from polate.sync.tick_loop import TickLoop

__all__ = ["ClockFollower", "Dropout"]

Dropout = Literal["hold", "free-run"]
"""What to do when the ticks stay away: stop and keep the position, or go on at the last tempo."""

_MINUTE_NS = 60_000_000_000
_DROPOUT_NS, _DROPOUT_TICKS = 250_000_000, 4  # whichever is longer


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
