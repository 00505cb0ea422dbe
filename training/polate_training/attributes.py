"""The eight axes of a map, and the musical attributes that some of them follow.

An attribute is a function of a pattern, with a name, and words for its two ends. These tables are used by the training
loss, the names of the exported axes, and the evaluation. The attributes are chosen so that each can change while the
others do not. `decoders` defines what the axes without an attribute move.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import fmean

import torch
from torch import Tensor

from polate.theory.pattern import Pattern

__all__ = ["ATTRIBUTES", "PATTERN_AXES", "SCALE_AXES", "Attribute", "Axis", "level_scores", "normal_scores"]


@dataclass(frozen=True, slots=True)
class Axis:
    """The name of an axis, and words for its two ends."""

    name: str
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class Attribute(Axis):
    """A measure of a pattern that rises along a latent axis."""

    measure: Callable[[Pattern], float]  # nan for a pattern with too few notes


def _register(pattern: Pattern) -> float:
    """Mean of the first two added notes, in semitones from the principal tone."""
    opening = pattern.cell[1:3]
    return sum(opening) / len(opening) if opening else math.nan


def _direction(pattern: Pattern) -> float:
    """From the first added note to the second, in semitones."""
    return pattern.cell[2] - pattern.cell[1] if len(pattern.cell) > 2 else math.nan


def _third_note(pattern: Pattern) -> float:
    """The third added note, in semitones from the principal tone."""
    return pattern.cell[3] if len(pattern.cell) > 3 else math.nan


def _deviations(pattern: Pattern) -> list[float]:
    """The deviations of the added notes from even spacing, in semitones."""
    step = pattern.interval / len(pattern.cell)
    return [offset - step * degree for degree, offset in enumerate(pattern.cell)][1:]


def _brightness(pattern: Pattern) -> float:
    """Mean deviation. From locrian to lydian, each mode of the major scale has one note a semitone higher."""
    return fmean(_deviations(pattern)) if len(pattern.cell) > 1 else math.nan


def _tilt(pattern: Pattern) -> float:
    """Mean deviation of the lower half of the added notes minus that of the upper; a middle note is in neither."""
    deviations = _deviations(pattern)
    half = len(deviations) // 2
    return fmean(deviations[:half]) - fmean(deviations[-half:]) if half else math.nan


INTERVAL = Attribute("interval", "narrow", "wide", lambda pattern: pattern.interval)
DENSITY = Attribute("density", "sparse", "dense", lambda pattern: len(pattern.cell))

PATTERN_AXES = (
    INTERVAL,
    DENSITY,
    Attribute("register", "below", "above", _register),
    Attribute("direction", "falling", "rising", _direction),
    Attribute("third note", "lower", "higher", _third_note),
    Axis("first note", "lower", "higher"),
    Axis("second note", "lower", "higher"),
    Axis("fan", "later notes lower", "later notes higher"),
)
"""For cells whose notes may be anywhere round their principal tone."""

SCALE_AXES = (
    DENSITY,
    Attribute("brightness", "darker", "brighter", _brightness),
    Attribute("tilt", "low flat, high sharp", "low sharp, high flat", _tilt),
    Axis("middle", "middle lower", "middle higher"),
    Axis("span", "smaller: outer notes inwards", "larger: outer notes outwards"),
    Axis("outer", "outer notes lower", "outer notes higher"),
    Axis("gap", "smaller: middle notes together", "larger: middle notes apart"),
    Axis("inner", "inner notes lower", "inner notes higher"),
)
"""For cells that rise from one principal tone to the next, as in octave scales. A corpus of several intervals has the
interval's axis first, and not the last of these."""

ATTRIBUTES = tuple({axis.name: axis for axis in (*PATTERN_AXES, *SCALE_AXES) if isinstance(axis, Attribute)}.values())
"""The attributes of both, once each."""


def normal_scores(values: Tensor) -> Tensor:
    """The place of each value on a standard normal axis: (N,) -> (N,).

    It is the normal's inverse distribution function of the rank, as a share of all values. Ties share the middle of
    their ranks; nan stays nan.
    """
    known = ~values.isnan()
    _, level, counts = torch.unique(values[known], return_inverse=True, return_counts=True)
    scores = torch.full_like(values, torch.nan)
    scores[known] = level_scores(counts)[level]
    return scores


def level_scores(counts: Tensor) -> Tensor:
    """The same for levels in rising order: counts (L,) -> places (L,), rising."""
    weights = counts + 0.5  # so that a level that never occurs is between its neighbours
    middles = (weights.cumsum(0) - weights / 2) / weights.sum()
    scores: Tensor = torch.special.ndtri(middles)
    return scores
