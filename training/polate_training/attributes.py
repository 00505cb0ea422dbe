"""The eight axes of a map, and the musical attributes that some of them are tied to.

The tables drive the training loss, the exported axis names and the evaluation: an attribute is a function of a
pattern, with a name and its two ends in plain words. The attributes are chosen so that each can move while
the others stand still. What the axes move that follow no attribute stands in `decoders`.
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
    """What a player reads on a knob."""

    name: str
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class Attribute(Axis):
    """What a latent axis is to follow, rising."""

    measure: Callable[[Pattern], float]  # nan for a pattern with too few notes to say


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
    """Of the added notes from even spacing, in semitones."""
    step = pattern.interval / len(pattern.cell)
    return [offset - step * degree for degree, offset in enumerate(pattern.cell)][1:]


def _brightness(pattern: Pattern) -> float:
    """Mean deviation: from locrian to lydian each mode of the major scale has a note a semitone higher."""
    return fmean(_deviations(pattern)) if len(pattern.cell) > 1 else math.nan


def _tilt(pattern: Pattern) -> float:
    """Mean deviation of the lower half of the added notes less that of the upper; a middle one is in neither."""
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
"""For cells whose notes may stand anywhere round their principal tone."""

SCALE_AXES = (
    DENSITY,
    Attribute("brightness", "darker", "brighter", _brightness),
    Attribute("tilt", "low flat, high sharp", "low sharp, high flat", _tilt),
    Axis("middle", "middle lower", "middle higher"),
    Axis("quarters", "second and fourth higher", "first and third higher"),
    Axis("fifths", "fifths lower", "fifths higher"),
    Axis("sixths", "sixths lower", "sixths higher"),
    Axis("sevenths", "sevenths lower", "sevenths higher"),
)
"""For cells that rise from one principal tone to the next, as those of octave scales. Where these come on several
intervals, the interval's axis stands before them, and the last gives way."""

ATTRIBUTES = tuple({axis.name: axis for axis in (*PATTERN_AXES, *SCALE_AXES) if isinstance(axis, Attribute)}.values())
"""Those of both, once each."""


def normal_scores(values: Tensor) -> Tensor:
    """The place of each value on a standard normal axis: (N,) -> (N,).

    Rank, as the share of the values below, through the normal's inverse distribution function; ties share the
    middle of their ranks, and nan stays nan.
    """
    known = ~values.isnan()
    _, level, counts = torch.unique(values[known], return_inverse=True, return_counts=True)
    scores = torch.full_like(values, torch.nan)
    scores[known] = level_scores(counts)[level]
    return scores


def level_scores(counts: Tensor) -> Tensor:
    """The same for levels in rising order, from how often each occurs: (L,) -> (L,), rising."""
    weights = counts + 0.5  # a level that never occurs has its place between its neighbours
    middles = (weights.cumsum(0) - weights / 2) / weights.sum()
    scores: Tensor = torch.special.ndtri(middles)
    return scores
