"""Musical time, and the MIDI events of a take in it.

A tick is a part of a beat of the song, so that the bars of a take are the bars of the song.
"""

from enum import IntEnum
from typing import NamedTuple

__all__ = [
    "CONDUCTOR",
    "MINUTE_NS",
    "TICKS_PER_BEAT",
    "Event",
    "Rank",
    "SongTime",
    "Track",
]

TICKS_PER_BEAT = 480
MINUTE_NS = 60_000_000_000

Track = tuple[int, int]
"""(voice, port)."""

CONDUCTOR: Track = (0, 0)
"""The first track. It holds time signatures, tempos and markers."""


class Rank(IntEnum):
    """The order of events within one tick."""

    TIME_SIGNATURE = 0
    TEMPO = 1
    MARKER = 2
    NOTE_OFF = 3
    NOTE_ON = 4


class Event(NamedTuple):
    """A MIDI message in a track."""

    tick: int
    rank: Rank
    track: Track
    data: bytes


class SongTime(NamedTuple):
    """Where the song is at which time, and how long its bars are."""

    anchor_ns: int
    anchor_beat: float  # the beat at `anchor_ns`
    bpm: float
    nudge_ns: int  # every note is due this much later than its beat
    bar: int  # beats
    following: bool = False  # another clock sets the tempo: its small corrections are not written

    def beat_at(self, due_ns: int) -> float:
        """The beat of a note that is due at a time."""
        return self.anchor_beat + (due_ns - self.nudge_ns - self.anchor_ns) * self.bpm / MINUTE_NS
