"""A glide: the way of the point to another place, on a straight line, in a number of bars."""

from dataclasses import dataclass

from polate.runtime.clamp import clamp
from polate.sequencer.motion import between
from polate.theory.pattern import Pattern

__all__ = ["Glide"]


@dataclass(frozen=True, slots=True)
class Glide:
    """Where it begins and ends. The place in the song determines where the point is on it."""

    start: tuple[float, ...]  # coordinates
    end: tuple[float, ...]
    pinned: Pattern | None  # at the end
    beat: float  # when it begins, in quarter notes from the beginning of the song
    bars: float  # above 0

    def share(self, beat: float, bar: int) -> float:
        """How much of the way lies behind at a beat, 0..1. ``bar``: beats in a bar."""
        return clamp((beat - self.beat) / (self.bars * bar), 0.0, 1.0)

    def at(self, share: float) -> tuple[float, ...]:
        """The coordinates at a share of the way."""
        return between(self.start, self.end, share)
