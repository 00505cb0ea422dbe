"""Points of the map as scales: at random, on a path, on a grid.

LatentMap --draw, interpolation--> points --Decoder--> patterns --render--> Scale
"""

import numpy as np
from numpy.typing import ArrayLike

from polate.errors import ConfigError
from polate.model.decoder import Decoder
from polate.model.interpolation import Curve, GridOrder, grid, grid_positions, path
from polate.model.latent_map import LatentMap, Point
from polate.theory.scale import Scale

__all__ = ["draw_scales", "grid_scales", "morph_scales", "scales_at"]

TEMPERATURE, TEMPERATURE_NEAR = 1.0, 0.3
"""How far draws scatter if nothing is given: from the prior, and round a point."""


def scales_at(decoder: Decoder, z: ArrayLike, tonic: int = 60) -> list[Scale]:
    """The scales at points ``z`` (B, latent_size), from one tonic."""
    points = np.asarray(z, dtype=np.float32)
    return [
        Scale.of(pattern, tonic, tuple(point.tolist()))
        for point, pattern in zip(points, decoder.decode_many(points), strict=True)
    ]


def draw_scales(
    places: LatentMap, count: int, near: Point | None = None, temperature: float | None = None, tonic: int = 60
) -> list[Scale]:
    """Scales at random points, drawn from the prior or round a point.

    ``temperature``: the deviation of the draws, in deviations of the prior; None: 1, or 0.3 round a point.
    Raises `ConfigError` for a count or a temperature that is too small.
    """
    centre = near.z if near else 0.0
    if temperature is None:
        temperature = TEMPERATURE_NEAR if near else TEMPERATURE
    _at_least("count", count, 1)
    _at_least("temperature", temperature, 0)
    return scales_at(places.decoder, places.draw(count) * temperature + centre, tonic)


def morph_scales(
    places: LatentMap,
    a: Point,
    b: Point,
    steps: int,
    curve: Curve = "linear",
    distinct: bool = False,
    tonic: int = 60,
) -> list[tuple[int, Scale]]:
    """The scales on a path between two points, each with its step, counted from 1.

    ``distinct``: leave out a scale whose pattern is that of the step before it. Raises `ConfigError` for fewer than
    2 steps.
    """
    _at_least("steps", steps, 2)
    scales = list(enumerate(scales_at(places.decoder, path(a.z, b.z, steps, curve), tonic), 1))
    if not distinct:
        return scales
    before = [None, *(scale.pattern for _, scale in scales)]
    return [(step, scale) for (step, scale), previous in zip(scales, before, strict=False) if scale.pattern != previous]


def grid_scales(
    places: LatentMap,
    corners: tuple[Point, Point, Point, Point],
    size: int,
    order: GridOrder = "rows",
    tonic: int = 60,
) -> list[tuple[tuple[int, int], Scale]]:
    """The scales of a grid between four corners, each with its row and column, counted from 1.

    Raises `ConfigError` for a size below 2.
    """
    _at_least("size", size, 2)
    a, b, c, d = (corner.z for corner in corners)
    z = grid(a, b, c, d, size)  # (size, size, latent_size)
    positions = grid_positions(size, order)
    scales = scales_at(places.decoder, [z[position] for position in positions], tonic)
    return [((row + 1, column + 1), scale) for (row, column), scale in zip(positions, scales, strict=True)]


def _at_least(name: str, value: float, least: int) -> None:
    if not value >= least:
        raise ConfigError(f"must be {least} or more, got {value}", path=name)
