"""A DAW whose plugin says where the song is, and an engine that follows it on a virtual clock."""

import random
from collections.abc import Iterable

import msgspec
from studio import Studio

from polate.control.commands import SongPosition
from polate.control.settings import PlaySettings
from polate.sequencer.voices import LINE
from polate.sync.clock_follower import Dropout
from polate.sync.song_position_follower import Commands, SongPositionFollower

SECOND, MILLISECOND = 1_000_000_000, 1_000_000
T0 = 5_000 * SECOND


class Daw:
    """A song at a tempo. `say` lets time pass, and gives what arrives meanwhile.

    Between two calls the song may be changed: `beat`, `bpm`, `playing`, `loop`. The plugin says a change at once.
    """

    def __init__(
        self, bpm: float, *, rate: float = 30.0, jitter_ms: float = 10.0, seed: int = 1, now: int = T0
    ) -> None:
        """``rate``: messages a second. ``jitter_ms``: each arrives late by up to so much, uniformly distributed."""
        self.bpm, self.beat, self.playing, self.now = bpm, 0.0, True, now
        self.loop: tuple[float, float] | None = None  # the plugin knows of it
        self._interval_ns = round(SECOND / rate)
        self._jitter_ns = round(jitter_ms * MILLISECOND)
        self._generator = random.Random(seed)
        self._arrived_ns = 0

    def say(self, seconds: float, *, bpm: float | None = None) -> list[SongPosition]:
        """The messages of the next seconds. ``bpm``: the tempo changes evenly to this one; None: it stays."""
        end, slope = self.now + round(seconds * SECOND), ((bpm or self.bpm) - self.bpm) / seconds
        said = []
        while self.now < end:
            at_ns = self.now + self._generator.randint(0, self._jitter_ns)
            self._arrived_ns = max(self._arrived_ns, at_ns)
            said.append(SongPosition(self.beat, self.bpm, self.playing, self.loop, self._arrived_ns))
            passed_ns = min(self._interval_ns, end - self.now)
            self.now += passed_ns
            before, self.bpm = self.bpm, self.bpm + slope * passed_ns / SECOND
            if self.playing:
                self.beat += passed_ns / SECOND * (before + self.bpm) / 2 / 60
                if self.loop and self.beat >= self.loop[1]:
                    self.beat -= self.loop[1] - self.loop[0]
        return said


class Following:
    """An engine that follows a DAW's song position."""

    def __init__(self, bpm: float = 120.0, dropout: Dropout = "hold", **settings: object) -> None:
        self.follower = SongPositionFollower(dropout)
        self.studio = Studio(PlaySettings(bpm=bpm, **settings), 500_000, following=True)  # type: ignore[arg-type]
        self.commands: Commands = []
        self._generator = random.Random(7)
        self._offset = self.studio.now - T0  # from the DAW's clock to the studio's

    def hear(self, said: Iterable[SongPosition]) -> Commands:
        """Follow these messages, each of which reaches the player some tenths of a millisecond after its arrival."""
        before = len(self.commands)
        for position in said:
            at_ns = position.at_ns + self._offset
            self.wait(at_ns + self._generator.randrange(100_000, 400_000))
            self._do(self.follower.feed(msgspec.structs.replace(position, at_ns=at_ns)))
        return self.commands[before:]

    def wait(self, until_ns: int) -> None:
        """Let time pass without a message, on the studio's clock."""
        while self.studio.now < until_ns:
            self.studio.play(min(10.0, (until_ns - self.studio.now) / MILLISECOND))
            self._do(self.follower.advance(self.studio.now))

    def rest(self, seconds: float) -> None:
        """Let time pass without a message."""
        self.wait(self.studio.now + round(seconds * SECOND))

    def heard(self) -> list[tuple[float, int]]:
        """(seconds on the DAW's clock, note) of the line."""
        begin = self.studio.start - self._offset - T0
        return [(begin / SECOND + note.at / 1000, note.note) for note in self.studio.voice(LINE)]

    def _do(self, commands: Commands) -> None:
        self.commands += commands
        self.studio.do(*commands)


def deviations_ms(heard: Iterable[tuple[float, int]], bpm: float, begin: float = 0.0, beat: float = 0.0) -> list[float]:
    """How far the sixteenths that were heard are from those of a song, which was at this beat at this second."""
    step = 15 / bpm
    begin -= beat * 60 / bpm
    return [((at - begin) - round((at - begin) / step) * step) * 1000 for at, _ in heard]
