"""Pictures of the map: the patterns that each knob meets, the plane of two axes, and the pad of four corners.

    positions (A,) --strips--> Strip an axis
    positions, two axes --plane--> Plane, height x width patterns

A position is where a knob stands, 0..1 of an axis's range. All points of a picture are decoded in one batch.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from polate.model.contract import Axis
from polate.model.decoder import Decoder
from polate.theory.pattern import Pattern

__all__ = ["Plane", "Strip", "morph_strip", "pad_plane", "plane", "strips"]

_PLACES = 129  # points of a strip: as many as a knob of seven bits has, and its end


@dataclass(frozen=True, slots=True)
class Strip:
    """The patterns along one axis, from its low end to its high end."""

    axis: int | str  # or "morph"
    borders: tuple[float, ...]  # n + 1 positions: 0.0, where each further pattern begins, 1.0
    patterns: tuple[Pattern, ...]  # n


@dataclass(frozen=True, slots=True)
class Plane:
    """The patterns in a plane, as a picture: the first row is the upper edge."""

    cells: NDArray[np.uint16]  # (height, width): a place in patterns
    patterns: tuple[Pattern, ...]

    def packed(self) -> str:
        """The cells, row by row, as little-endian 16-bit numbers in base64."""
        return base64.b64encode(self.cells.astype("<u2").tobytes()).decode()


def strips(decoder: Decoder, positions: Sequence[float]) -> list[Strip]:
    """For each axis, the patterns that its knob meets if it is turned from here. ``positions``: one an axis, 0..1.

    129 points an axis. Raises `ModelError` for a point that the model has no answer for.
    """
    count = len(decoder.axes)
    knobs = np.tile(np.asarray(positions, dtype=np.float32), (count, _PLACES, 1))  # (axes, places, axes)
    places = np.linspace(0, 1, _PLACES, dtype=np.float32)
    knobs[np.arange(count), :, np.arange(count)] = places
    patterns, which = decoder.decode_distinct(_points(decoder.axes, knobs.reshape(-1, count)))
    return [_strip(axis, places, row, patterns) for axis, row in enumerate(which.reshape(count, _PLACES))]


def plane(decoder: Decoder, positions: Sequence[float], x: int, y: int, size: int) -> Plane:
    """``size`` x ``size`` points of the plane of axes ``x`` and ``y`` through ``positions``.

    Raises `ModelError` for a point that the model has no answer for.
    """
    knobs = np.tile(np.asarray(positions, dtype=np.float32), (size, size, 1))  # (height, width, axes)
    places = (np.arange(size, dtype=np.float32) + 0.5) / size  # the middles of the cells
    knobs[:, :, x] = places[np.newaxis, :]
    knobs[:, :, y] = places[::-1, np.newaxis]
    patterns, which = decoder.decode_distinct(_points(decoder.axes, knobs.reshape(size * size, -1)))
    return Plane(which.reshape(size, size).astype(np.uint16), tuple(patterns))


def pad_plane(decoder: Decoder, corners: Sequence[Sequence[float]], size: int) -> Plane:
    """``size`` x ``size`` points between the latent points of the corners A to D. A is at the upper left."""
    a, b, c, d = (np.asarray(corner, dtype=np.float32) for corner in corners)
    x = np.linspace(0, 1, size, dtype=np.float32)[np.newaxis, :, np.newaxis]
    y = x.transpose(1, 0, 2)
    z = (1 - y) * ((1 - x) * a + x * b) + y * ((1 - x) * c + x * d)  # (height, width, axes)
    patterns, which = decoder.decode_distinct(z.reshape(size * size, -1))
    return Plane(which.reshape(size, size).astype(np.uint16), tuple(patterns))


def morph_strip(decoder: Decoder, a: Sequence[float], b: Sequence[float]) -> Strip:
    """The patterns on the way from corner A to corner B."""
    places = np.linspace(0, 1, _PLACES, dtype=np.float32)
    way = places[:, np.newaxis]
    patterns, which = decoder.decode_distinct((1 - way) * np.array(a, np.float32) + way * np.array(b, np.float32))
    return _strip("morph", places, which, patterns)


def _points(axes: Sequence[Axis], knobs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Positions (B, axes) as latent points (B, axes)."""
    ranges = np.array([axis.range for axis in axes], dtype=np.float32)  # (axes, 2)
    points: NDArray[np.float32] = ranges[:, 0] + (ranges[:, 1] - ranges[:, 0]) * knobs
    return points


def _strip(axis: int | str, places: NDArray[np.float32], which: NDArray[np.intp], patterns: Sequence[Pattern]) -> Strip:
    """A border lies half-way between two points that differ."""
    begins = [0, *(np.flatnonzero(np.diff(which)) + 1).tolist()]
    middles = [float(places[place - 1] + places[place]) / 2 for place in begins[1:]]
    return Strip(axis, (0.0, *middles, 1.0), tuple(patterns[which[place]] for place in begins))
