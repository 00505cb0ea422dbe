"""Musical time against the machine's: where the beat is, and when a beat will be.

Onsets are absolute, anchor + beats x length: nothing is added up, so nothing drifts. A change of tempo moves the anchor
to the present, and the beat goes on from where it is; another clock moves the anchor to where it says.
"""

from dataclasses import dataclass

__all__ = ["Transport"]

_MINUTE_NS = 60_000_000_000


@dataclass(slots=True)
class Transport:
    """A beat is a quarter note."""

    bpm: float
    anchor_ns: int = 0
    anchor_beat: float = 0.0

    @property
    def beat_ns(self) -> float:
        """Length of a beat."""
        return _MINUTE_NS / self.bpm

    def beat_at(self, now_ns: int) -> float:
        """The beat at a time in nanoseconds: quarter notes from the song's beginning, below 0 before it."""
        return self.anchor_beat + (now_ns - self.anchor_ns) / self.beat_ns

    def time_of(self, beat: float) -> int:
        """When a beat is, in nanoseconds."""
        return self.anchor_ns + round((beat - self.anchor_beat) * self.beat_ns)

    def follow(self, beat: float, at_ns: int, bpm: float) -> None:
        """A beat is at a time, and it goes on from there at this tempo."""
        self.anchor_beat, self.anchor_ns, self.bpm = beat, at_ns, bpm

    def change_tempo(self, bpm: float, now_ns: int) -> None:
        """From now on at another tempo, without a jump."""
        self.follow(self.beat_at(now_ns), now_ns, bpm)
