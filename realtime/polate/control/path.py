"""A path: a line through the plane of two axes, along which the point of the map travels."""

import msgspec

from polate.errors import ControlError

__all__ = ["MOST_POINTS", "Path"]

MOST_POINTS = 64


class Path(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True, omit_defaults=True):
    """Straight pieces from point to point, all of which take the same time.

    The setting ``path-bars`` is the time of the whole path. Raises `ControlError` for axes or points that cannot be.
    """

    axes: tuple[int, int]  # two different axes, by number from 1
    points: tuple[tuple[float, float], ...]  # 2..MOST_POINTS; each has a position 0..1 on the first and the second axis
    closed: bool = True  # does a last piece lead back to the first point? Else the path starts again there at once

    def __post_init__(self) -> None:
        first, second = self.axes
        if not 0 < first != second > 0:
            raise ControlError(f"must be two different numbers from 1, got {first} and {second}", path="axes")
        if not 2 <= len(self.points) <= MOST_POINTS:
            raise ControlError(f"must be 2 to {MOST_POINTS}, got {len(self.points)}", path="points")
        for point in self.points:
            if not all(0 <= position <= 1 for position in point):
                raise ControlError(f"must be pairs of numbers 0..1, got {point[0]:g} and {point[1]:g}", path="points")

    @property
    def pieces(self) -> int:
        """How many straight pieces it has."""
        return len(self.points) if self.closed else len(self.points) - 1

    def check(self, axes: int) -> None:
        """Raises `ControlError` unless both axes are among so many."""
        for axis in self.axes:
            if axis > axes:
                raise ControlError(f"must be in 1..{axes}, got {axis}", path="axes")
