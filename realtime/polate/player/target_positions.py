"""Where each target stands in an engine, for mappings that take over from it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from polate.mapping.targets import PositionOf, parse_target

if TYPE_CHECKING:
    from polate.sequencer.engine import Engine

__all__ = ["target_positions"]


def target_positions(engine: "Engine") -> PositionOf:
    """Where each target stands in an engine."""
    readers: dict[str, Callable[[], float | None]] = {}

    def place(text: str) -> float | None:
        reader = readers.get(text)
        if reader is None:
            reader = readers[text] = _reader(engine, text)
        return reader()

    return place


def _reader(engine: "Engine", text: str) -> Callable[[], float | None]:
    point, target = engine.point, parse_target(text)
    axis, field = target.axis, target.field
    if axis is not None:
        if axis >= len(point.axes):
            return lambda: None
        if field is not None:
            return lambda: field.position(getattr(point.motions[axis], field.name))
        return lambda: point.axes[axis].position(point.z[axis])
    if field is not None:
        return lambda: field.position(getattr(engine.settings, field.name))
    others: dict[str, Callable[[], float]] = {
        "morph": lambda: point.morph,
        "pad/x": lambda: point.pad[0],
        "pad/y": lambda: point.pad[1],
        "play": lambda: float(engine.playing),
    }
    return others.get(text, lambda: None)
