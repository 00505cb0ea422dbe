"""Ways between points of the map. Pure geometry on latent vectors.

A path reaches its two ends exactly, and a grid its four corners: the first and the last point are the very
numbers that were given.

    grid, n = 3      A    .    B      row 1:     A ... B       column 1:  A ... C
                     .    .    .                               column n:  B ... D
                     C    .    D      row n:     C ... D       diagonals: A ... D, B ... C
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

__all__ = ["Part", "Points", "Way", "cells", "grid", "linear", "path", "spherical"]

Points = np.ndarray[Any, np.dtype[np.float64]]
Way = Literal["linear", "spherical"]
Part = Literal["rows", "columns", "diagonals"]

_NO_LENGTH = 1e-9  # below this a vector has no direction worth keeping; the prior's deviation is 1


def linear(a: Points, b: Points, t: float) -> Points:
    """The point at t (0..1) of the straight way: a at 0, b at 1. ``a``, ``b`` (latent_size,)."""
    return (1 - t) * a + t * b


def spherical(a: Points, b: Points, t: float) -> Points:
    """The point at t (0..1) of the way along the arc: the direction turns evenly, the norm changes evenly.

    Most of a normal prior lies in a shell, at a norm near the root of latent_size; a straight way between two
    points of it runs through the thin middle, this one stays in the shell (White,
    *Sampling Generative Networks*, 2016).
    Opposite directions have no arc of their own: they turn through the axis that a lies least along. A vector
    without length has no direction, and a single axis no way round: there it is the straight way.
    """
    length_a, length_b = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    if t in (0, 1) or a.size == 1 or min(length_a, length_b) < _NO_LENGTH:
        return linear(a, b, t)
    u, v = a / length_a, b / length_b
    across = _across(v, u)
    angle = np.arctan2(np.linalg.norm(across), u @ v)
    if np.linalg.norm(across) < _NO_LENGTH:
        across = _across(np.eye(a.size)[np.argmin(np.abs(u))], u)
    across = _across(across / np.linalg.norm(across), u)  # once more: the first time left rounding behind
    across /= np.linalg.norm(across)
    direction: Points = np.cos(t * angle) * u + np.sin(t * angle) * across
    return ((1 - t) * length_a + t * length_b) * direction


def _across(vector: Points, unit: Points) -> Points:
    """The part of a vector at right angles to a unit vector."""
    return vector - (vector @ unit) * unit


_WAYS: dict[Way, Callable[[Points, Points, float], Points]] = {"linear": linear, "spherical": spherical}


def path(a: Sequence[float], b: Sequence[float], steps: int, way: Way = "linear") -> Points:
    """``steps`` points (2 or more), both ends among them, evenly spaced: (steps, latent_size)."""
    start, end = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    return np.array([_WAYS[way](start, end, t) for t in np.linspace(0, 1, steps).tolist()])


def grid(a: Sequence[float], b: Sequence[float], c: Sequence[float], d: Sequence[float], n: int) -> Points:
    """n x n points (n 2 or more), bilinear between four corners: (n, n, latent_size), the row first."""
    return np.array([path(left, right, n) for left, right in zip(path(a, c, n), path(b, d, n), strict=True)])


def cells(n: int, part: Part) -> list[tuple[int, int]]:
    """The places (row, column), from 0, of a grid in the order of its rows, its columns, or its two diagonals."""
    match part:
        case "rows":
            return [(row, column) for row in range(n) for column in range(n)]
        case "columns":
            return [(row, column) for column in range(n) for row in range(n)]
        case "diagonals":
            return [(at, at) for at in range(n)] + [(at, n - 1 - at) for at in range(n)]
