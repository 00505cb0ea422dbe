"""Where a command goes: a point of the map, and the pattern that is pinned there."""

from collections.abc import Callable, Mapping, Sequence

from polate.control.snapshot import Snapshot, points
from polate.errors import ControlError
from polate.model.places import FARTHEST
from polate.sequencer.latent_point import LatentPoint
from polate.theory.pattern import Pattern

__all__ = ["find", "to_pin"]


def find(
    place: str, point: LatentPoint, snapshots: Mapping[str, Snapshot], seed: int
) -> tuple[tuple[float, ...], Pattern | None]:
    """The coordinates of a place, and the pattern that is pinned there. Raises as `LatentPoint.find` does."""
    z = point.find(place, points(snapshots), seed)
    if place.strip().lower() == "here":
        return z, point.pin.pattern if point.pin else None
    snapshot = snapshots.get(place.strip())
    return z, snapshot.pinned_pattern if snapshot else point.named_places.pinned(place)


def to_pin(
    z: Sequence[float], text: str, point: LatentPoint, decode: Callable[[Sequence[float]], Pattern]
) -> Pattern | None:
    """The pattern to pin at a point: that of a text form if the map has another one there; else None.

    Raises `ControlError` for coordinates that cannot be.
    """
    point.check_coordinates(z)
    for coordinate in z:
        if not abs(coordinate) <= FARTHEST:
            raise ControlError(f"a coordinate must be in -{FARTHEST:.0f}..{FARTHEST:.0f}, got {coordinate:g}")
    pattern = Pattern.parse(text) if text else None
    return pattern if pattern and pattern != decode(z) else None
