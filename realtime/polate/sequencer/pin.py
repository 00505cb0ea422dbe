"""A pin: a pattern that is played at a point of the map in the place of the pattern that the map has there.

So a pattern that the map does not have can be played exactly. The knobs are at the nearest place.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from polate.theory.pattern import Pattern

__all__ = ["Pin"]


@dataclass(frozen=True, slots=True)
class Pin:
    """The pattern, and the positions where it was pinned."""

    pattern: Pattern
    positions: tuple[float, ...]  # one an axis, 0..1 where a knob reaches

    def holds(self, positions: Sequence[float], span: float) -> bool:
        """Whether every axis is within ``span`` of where the pattern was pinned. A trembling knob does not end it."""
        return all(abs(here - there) <= span for here, there in zip(positions, self.positions, strict=True))
