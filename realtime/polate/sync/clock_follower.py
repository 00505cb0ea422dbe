"""Follow a MIDI clock: from its messages and their arrival times to commands for the sequencer.

    F8 FA FB FC F2 --ClockFollower--> Sync, Jump, Seek, SetPlaying

The follower is pure: it gets the time of every message, reads no clock itself, never sleeps and opens nothing.
"""

import math
from typing import Literal, Self

from polate.control.commands import FASTEST, SLOWEST, Jump, Seek, SetPlaying, Sync
from polate.midi import messages
from polate.runtime.clamp import clamp
from polate.sync.clock_messages import TICKS_PER_BEAT, TICKS_PER_SIXTEENTH
from polate.sync.tick_loop import TickLoop

__all__ = ["ClockFollower", "Dropout"]

Dropout = Literal["hold", "free-run"]
"""What happens when a clock falls silent without a stop: "hold" stops the music and keeps the position, "free-run"
continues at the last tempo."""

_MINUTE_NS = 60_000_000_000
_DROPOUT_NS, _DROPOUT_TICKS = 250_000_000, 4  # a dropout is this long, whichever of the two is longer


class ClockFollower:
    """Turns the messages of a MIDI clock into commands.

    Each tick gives a `Sync`. The tick that starts the music gives `Seek`, `Sync` and `SetPlaying` (True). A stop gives
    `SetPlaying` (False) and keeps the position. Ticks while the song is stopped only give the tempo. A start or a song
    position while the song plays is about the next tick, and gives a `Jump` before it arrives: by then the note of the
    old place would have sounded.
    """

    def __init__(self, bpm: float = 120.0, dropout: Dropout = "hold") -> None:
        """``bpm`` is the tempo until two ticks have arrived."""
        self.playing = False
        self._dropout = dropout
        self._loop = TickLoop(_MINUTE_NS / TICKS_PER_BEAT / bpm)
        self._ticking = False  # whether ticks arrive, without a dropout
        self._starts = False  # whether the music starts with the next tick
        self._position = 0  # ticks: where in the song the music starts
        self._offset = 0  # ticks: place in the song - number of the tick

    @classmethod
    def join(cls, beat: float, at_ns: int, bpm: float, dropout: Dropout = "hold") -> Self:
        """One for music that plays already, at this beat at this time. The first tick is the nearest one."""
        follower = cls(bpm, dropout)
        follower.playing = True
        ticks = beat * TICKS_PER_BEAT
        follower._offset = math.floor(ticks) - 1  # the loop counts this tick as its first
        follower._loop.seed(round(at_ns - (ticks - math.floor(ticks)) * follower._loop.period_ns))
        return follower

    @property
    def bpm(self) -> float:
        """The tempo of the ticks, in quarter notes per minute, within `SLOWEST` and `FASTEST`."""
        return clamp(_MINUTE_NS / TICKS_PER_BEAT / self._loop.period_ns, SLOWEST, FASTEST)

    @property
    def deadline_ns(self) -> int | None:
        """The time at which to call `advance` if no tick arrives before. None while no ticks are expected."""
        return self._loop.latest_ns + self._patience_ns if self._ticking else None

    def feed(self, message: bytes, at_ns: int) -> list[Sync | Jump | Seek | SetPlaying]:
        """The commands for a MIDI message that arrived at ``at_ns``; none if it does not belong to the clock."""
        commands: list[Sync | Jump | Seek | SetPlaying] = [*self.advance(at_ns)]
        match list(message):
            case [messages.CLOCK]:
                commands += self._tick(at_ns)
            case [messages.START]:
                commands += self._jump(0)
            case [messages.CONTINUE]:
                self._starts |= not self.playing
            case [messages.STOP]:
                in_free_run = 0 if self._ticking else int((at_ns - self._loop.time_ns) / self._loop.period_ns)
                position = self._position if self._starts else None
                commands += self._stop(in_free_run)
                self._position = self._position if position is None else position
                self._starts = False
            case [messages.SONG_POSITION, low, high]:
                position = (high << 7 | low) * TICKS_PER_SIXTEENTH
                if self.playing:  # some sequencers send this at the end of a loop: it is the place of the next tick
                    commands += self._jump(position)
                elif not self._starts:
                    commands.append(Seek(position / TICKS_PER_BEAT))
                self._position = position
        return commands

    def advance(self, now_ns: int) -> list[Sync | Seek | SetPlaying]:
        """The commands for a dropout, if there is one now. After a "hold" the next tick starts the music again."""
        if not self._ticking or now_ns < self._loop.latest_ns + self._patience_ns:
            return []
        self._ticking = False
        if not self.playing or self._dropout == "free-run":
            return []
        self._starts = True
        return self._stop(0)

    @property
    def _patience_ns(self) -> int:
        return max(_DROPOUT_NS, round(_DROPOUT_TICKS * self._loop.period_ns))

    def _tick(self, at_ns: int) -> list[Sync | Seek | SetPlaying]:
        loop = self._loop
        if not self._ticking:
            # In free run the music went on without ticks: this tick is the one that is nearest in time.
            loop.seed(at_ns, max(1, round((at_ns - loop.time_ns) / loop.period_ns)) if self.playing else 1)
        elif not loop.feed(at_ns, restart=self._starts):
            return []
        self._ticking = True
        if not self._starts:
            return [self._sync()]
        self._starts, self.playing = False, True
        self._offset = self._position - loop.tick
        return [Seek(self._position / TICKS_PER_BEAT), self._sync(), SetPlaying(True)]

    def _jump(self, position: int) -> list[Jump]:
        """The next tick is at this position."""
        here = self._offset + self._loop.tick + 1 if self.playing and self._ticking and not self._starts else None
        self._position = position
        if position != here:  # else it says what is so
            self._starts = True
        return [] if here in (None, position) else [Jump(here / TICKS_PER_BEAT, position / TICKS_PER_BEAT)]

    def _sync(self) -> Sync:
        place = self._offset + self._loop.tick if self.playing else self._position
        return Sync(place / TICKS_PER_BEAT, round(self._loop.time_ns), self.bpm)

    def _stop(self, missing: int) -> list[Sync | Seek | SetPlaying]:
        """Stop. ``missing`` is the number of ticks that the music has played since the last tick arrived."""
        if not self.playing:
            return []
        self.playing = False
        self._position = self._offset + self._loop.tick + missing + 1
        return [SetPlaying(False)]
