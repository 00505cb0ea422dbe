"""How a map responds to the hand: what changes along straight lines, and along a turn of a knob.

A **line** is a row of points. Its **steps** are the pairs of neighbours whose patterns differ.

A **change** is counted in parameters of a pattern: the interval, the size, the symmetric flag, and each offset in a
slot that both patterns have; and the size and the offsets of a descending cell. A change of size is one change: the
notes that it adds or removes are not counted.

An offset moves by a **legal step** if no pitch between its old and its new place was free: each is the next principal
tone, or a pitch class of the other notes, before or after the step.
"""

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from polate.theory.pattern import Pattern
from polate_training.evaluation.model import Decoded, Model

__all__ = ["STEPS", "Change", "change", "distinct", "lines", "steps", "turns"]

STEPS = 128  # positions of a knob, and points of a sweep: the number of MIDI values


@dataclass(frozen=True, slots=True)
class Change:
    """What differs between two patterns."""

    parameters: int
    offsets: tuple[tuple[int, bool], ...]  # each offset that moved: by how many semitones, and whether by a legal step


@cache
def change(before: Pattern, after: Pattern) -> Change:
    """The change from one pattern to another, as defined at the top of this module."""
    up = _moved(before, after, before.cell, after.cell)
    down = _moved(before, after, before.descending or (), after.descending or ())
    others = sum(
        (
            before.interval != after.interval,
            len(before.cell) != len(after.cell),
            before.symmetric != after.symmetric,
            len(before.descending or ()) != len(after.descending or ()),
        )
    )
    return Change(others + len(up) + len(down), (*up, *down))


def _moved(
    before: Pattern, after: Pattern, first: tuple[int, ...], second: tuple[int, ...]
) -> tuple[tuple[int, bool], ...]:
    principals = {before.interval, after.interval}
    moved = []
    for slot, (a, b) in enumerate(zip(first, second, strict=False)):
        if a != b:
            taken = [{x % 12 for k, x in enumerate(cell) if k != slot} for cell in (first, second)]
            passed = range(min(a, b) + 1, max(a, b))
            legal = all(x in principals or x % 12 in taken[0] or x % 12 in taken[1] for x in passed)
            moved.append((abs(a - b), legal))
    return tuple(moved)


def lines(start: NDArray[np.float64], end: NDArray[np.float64], count: int = STEPS) -> NDArray[np.float64]:
    """L straight lines of evenly spaced points, both ends included: (L, latent) each -> (L, count, latent)."""
    t = np.linspace(0, 1, count)[None, :, None]
    return start[:, None] * (1 - t) + end[:, None] * t


def turns(model: Model, points: NDArray[np.float64], axis: int) -> Decoded:
    """A full turn of one knob, the others as in each of the points: (N, latent) -> (N, STEPS) patterns."""
    start, end = points.copy(), points.copy()
    start[:, axis], end[:, axis] = model.axes[axis].range
    return model.decode(lines(start, end))


def steps(decoded: Decoded) -> list[tuple[Pattern, Pattern]]:
    """The steps of (L, count) patterns, line after line, where both patterns are legal."""
    pairs = [
        (decoded.patterns[a], decoded.patterns[b])
        for line in decoded.index
        for a, b in pairwise(line.tolist())
        if a != b
    ]
    return [(a, b) for a, b in pairs if a is not None and b is not None]


def distinct(decoded: Decoded) -> NDArray[np.float64]:
    """The number of distinct patterns on each line: (L, count) patterns -> (L,)."""
    in_order = np.sort(decoded.index, axis=1)
    met: NDArray[np.float64] = 1.0 + (np.diff(in_order, axis=1) != 0).sum(1)
    return met
