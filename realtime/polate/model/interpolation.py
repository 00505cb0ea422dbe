"""Paths and grids between points of the map: pure geometry on latent vectors.

The first and the last point of a path, and the four corners of a grid, are exactly the points that were given.

    grid, size 3     A    .    B      row 1:     A ... B       column 1:  A ... C
                     .    .    .                               column 3:  B ... D
                     C    .    D      row 3:     C ... D       diagonals: A ... D, B ... C
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Curve", "GridOrder", "grid", "grid_positions", "linear", "path", "spherical"]

Curve = Literal["linear", "spherical"]
GridOrder = Literal["rows", "columns", "diagonals"]

_NO_LENGTH = 1e-9  # a shorter vector counts as one without a direction; the prior has deviation 1


def linear(a: NDArray[np.float64], b: NDArray[np.float64], t: float) -> NDArray[np.float64]:
    """The point at ``t`` (0..1) of the straight line from ``a`` to ``b``, (latent_size,) each."""
    return (1 - t) * a + t * b


def spherical(a: NDArray[np.float64], b: NDArray[np.float64], t: float) -> NDArray[np.float64]:
    """The point at ``t`` (0..1) of the arc from ``a`` to ``b``, (latent_size,) each.

    The direction from the centre turns at a constant rate, and the norm changes at a constant rate. Most of a normal
    prior lies in a shell, at a norm near the root of latent_size. A straight line between two points of the shell
    passes through the region inside it, where the prior is thin; the arc stays in the shell (White,
    *Sampling Generative Networks*, 2016).

    Between opposite directions the arc turns through the axis along which ``a`` has the smallest coordinate. If one of
    the vectors has no length, or there is a single axis, the path is the straight line.
    """
    length_a, length_b = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    if t in (0, 1) or a.size == 1 or min(length_a, length_b) < _NO_LENGTH:
        return linear(a, b, t)
    u, v = a / length_a, b / length_b
    across = _across(v, u)
    angle = np.arctan2(np.linalg.norm(across), u @ v)
    if np.linalg.norm(across) < _NO_LENGTH:
        across = _across(np.eye(a.size)[np.argmin(np.abs(u))], u)
    across = _across(across / np.linalg.norm(across), u)  # again, for the rounding error of the first time
    across /= np.linalg.norm(across)
    direction: NDArray[np.float64] = np.cos(t * angle) * u + np.sin(t * angle) * across
    return ((1 - t) * length_a + t * length_b) * direction


def _across(vector: NDArray[np.float64], unit: NDArray[np.float64]) -> NDArray[np.float64]:
    """The part of a vector at right angles to a unit vector."""
    return vector - (vector @ unit) * unit


_CURVES: dict[Curve, Callable[[NDArray[np.float64], NDArray[np.float64], float], NDArray[np.float64]]] = {
    "linear": linear,
    "spherical": spherical,
}


def path(a: ArrayLike, b: ArrayLike, steps: int, curve: Curve = "linear") -> NDArray[np.float64]:
    """``steps`` points (2 or more) from ``a`` to ``b``, evenly spaced, with both ends: (steps, latent_size)."""
    start, end = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    return np.array([_CURVES[curve](start, end, t) for t in np.linspace(0, 1, steps).tolist()])


def grid(a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike, size: int) -> NDArray[np.float64]:
    """Bilinear interpolation between four corners, ``size`` 2 or more: (size, size, latent_size), rows first."""
    return np.array([path(left, right, size) for left, right in zip(path(a, c, size), path(b, d, size), strict=True)])


def grid_positions(size: int, order: GridOrder) -> list[tuple[int, int]]:
    """The positions (row, column) of a grid, counted from 0: by rows, by columns, or on the two diagonals only."""
    match order:
        case "rows":
            return [(row, column) for row in range(size) for column in range(size)]
        case "columns":
            return [(row, column) for column in range(size) for row in range(size)]
        case "diagonals":
            return [(at, at) for at in range(size)] + [(at, size - 1 - at) for at in range(size)]
