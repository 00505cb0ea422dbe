"""Hysteresis: a knob that trembles on the border between two patterns does not make the music alternate."""

from collections.abc import Sequence

from polate.theory.pattern import Pattern

__all__ = ["Hysteresis"]


class Hysteresis:
    """Remembers where each pattern was left.

    A pattern that was left can return only when an axis has moved more than a given span away from the point where
    the pattern was left. A pattern that was not left before is accepted at once. So a sweep skips no pattern, and
    noise smaller than the span changes nothing.
    """

    def __init__(self) -> None:
        self._left: dict[Pattern, tuple[float, ...]] = {}  # pattern -> positions at which it was left

    def settle(self, pattern: Pattern, decoded: Pattern, positions: Sequence[float], span: float) -> Pattern:
        """The pattern to play: either the current ``pattern`` or the one ``decoded`` at these positions.

        ``positions``: one per axis, 0..1 where a knob reaches. ``span``: a distance on one axis, 0..1.
        """
        self._left = {one: place for one, place in self._left.items() if max(map(_distance, place, positions)) <= span}
        if decoded == pattern or decoded in self._left:
            return pattern
        self._left[pattern] = tuple(positions)
        return decoded

    def forget(self) -> None:
        """Accept any pattern next. Call this after a jump to another point."""
        self._left.clear()


def _distance(a: float, b: float) -> float:
    return abs(a - b)
