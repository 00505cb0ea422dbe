"""Musical time and clock time: which beat is at a time, and when a beat is.

The transport knows one pair of a beat and its time, the anchor. Any other time is anchor + beats x length. Nothing is
added up, so nothing drifts. A change of tempo moves the anchor to the present beat. A clock that is followed moves it
to the position that the clock gives.
"""

from dataclasses import dataclass

__all__ = ["Transport"]

_MINUTE_NS = 60_000_000_000


@dataclass(slots=True)
class Transport:
    """Beats are quarter notes from the beginning of the song. Times are nanoseconds of `polate.runtime.clock`."""

    bpm: float
    anchor_ns: int = 0
    anchor_beat: float = 0.0

    @property
    def beat_ns(self) -> float:
        """Length of a beat, in nanoseconds."""
        return _MINUTE_NS / self.bpm

    def beat_at(self, now_ns: int) -> float:
        """The beat at a time. It is below 0 before the beginning of the song."""
        return self.anchor_beat + (now_ns - self.anchor_ns) / self.beat_ns

    def time_of(self, beat: float) -> int:
        """When a beat is."""
        return self.anchor_ns + round((beat - self.anchor_beat) * self.beat_ns)

    def follow(self, beat: float, at_ns: int, bpm: float) -> None:
        """Put a beat at a time. The song continues from there at this tempo."""
        self.anchor_beat, self.anchor_ns, self.bpm = beat, at_ns, bpm

    def change_tempo(self, bpm: float, now_ns: int) -> None:
        """Continue at another tempo from the present beat."""
        self.follow(self.beat_at(now_ns), now_ns, bpm)
