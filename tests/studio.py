"""An engine and a gate on a virtual clock: do something, let time pass, and read what was heard."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from polate.control.commands import Control, SetPlaying
from polate.control.settings import PlaySettings
from polate.gate.frames import MONO, Kind
from polate.gate.gate import Gate, Outgoing
from polate.model.contract import Axis, Landmark
from polate.sequencer.engine import LOOKAHEAD_NS, Engine
from polate.sequencer.voices import LINE
from polate.theory.pattern import Pattern

MS = 1_000_000
SECOND = 1000 * MS

PATTERNS = [Pattern.parse(text) for text in ("tritone 0 1 2", "tritone 0 1 3", "ditone 0 -1 2", "sesquitone 0 1")]
AXES = [Axis("which", "first", "last", (0.0, 3.0)), Axis("idle", "a", "b", (-2.0, 2.0))]
LANDMARKS = [Landmark("home", "tritone 0 1 3", (1.0, 0.0))]


def decode(z: Sequence[float]) -> Pattern:
    """A map of four patterns along the first axis."""
    return PATTERNS[round(z[0])]


@dataclass
class Note:
    """A note that was heard."""

    at: float  # ms since the first step is due
    note: int
    velocity: int
    channel: int  # 0..15
    voice: int
    off: float = float("nan")  # ms

    @property
    def sounds(self) -> bool:
        """Whether it has not ended."""
        return math.isnan(self.off)


class Studio:
    """Turn, wait, and read what was heard."""

    def __init__(self, playing: PlaySettings | None = None, tick_ns: int = 500_000, **options: Any) -> None:
        self.engine = Engine(decode, AXES, LANDMARKS, playing or PlaySettings(), **options)
        self.gate = Gate()
        self.now = 1_000 * SECOND
        self.start = self.now + LOOKAHEAD_NS
        self.notes: list[Note] = []
        self.offs = 0
        self.sent: list[tuple[int, ...]] = []
        self._sounding: dict[tuple[int, int, int], Note] = {}
        self._tick = tick_ns

    @classmethod
    def playing(cls, tick_ns: int = 500_000, **settings: Any) -> "Studio":
        """One with these settings, started; its first step is heard at 0 ms."""
        studio = cls(PlaySettings(**settings), tick_ns)
        studio.do(SetPlaying(True))
        return studio

    @property
    def heard(self) -> list[tuple[float, int]]:
        """(ms, note) of everything that began."""
        return [(note.at, note.note) for note in self.notes]

    @property
    def ms(self) -> float:
        """What time it is, as `Note.at`."""
        return (self.now - self.start) / MS

    def do(self, *controls: Control) -> None:
        for control in controls:
            self.engine.apply(control, self.now)

    def play(self, ms: float) -> list[int]:
        """Let time pass; the notes of the line that began in it."""
        before, end = len(self.notes), self.now + round(ms * MS)
        while self.now < end:
            for frame in self.engine.advance(self.now):
                self._hear(self.gate.take(frame))
            self._hear(self.gate.advance(self.now))
            self.now += self._tick
        return [note.note for note in self.notes[before:] if note.voice == LINE]

    def play_to(self, ms: float) -> list[int]:
        """Let time pass until just before a moment."""
        return self.play(ms - self.ms)

    def voice(self, voice: int) -> list[Note]:
        return [note for note in self.notes if note.voice == voice]

    def _hear(self, messages: list[Outgoing]) -> None:
        for message in messages:
            report = message.report
            if report is None:
                self.sent.append(message.data)
                continue
            key = (report.port, report.channel, report.note)
            at = (report.due_ns - self.start) / MS
            if report.kind is Kind.ON:
                note = Note(at, report.note, report.velocity, report.channel, report.voice & ~MONO)
                assert key not in self._sounding, "struck while it sounds"
                self._sounding[key] = note
                self.notes.append(note)
            else:
                self._sounding.pop(key).off = at
                self.offs += 1
