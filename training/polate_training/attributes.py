"""The eight axes of the map, and the musical attributes that the first five are tied to.

One table drives the training loss, the exported axis names and the evaluation: an attribute is a function of
a pattern, with a name and its two ends in plain words. The attributes are chosen so that each can move while
the others stand still. The last three axes follow no attribute; what they move stands in `vae`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from polate.pattern import Pattern

__all__ = ["ATTRIBUTES", "COLOURS", "Attribute", "Axis", "level_scores", "normal_scores"]


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


ATTRIBUTES = (
    Attribute("interval", "narrow", "wide", lambda pattern: pattern.interval),
    Attribute("density", "sparse", "dense", lambda pattern: len(pattern.cell)),
    Attribute("register", "below", "above", _register),
    Attribute("direction", "falling", "rising", _direction),
    Attribute("third note", "lower", "higher", _third_note),
)

COLOURS = (
    Axis("first note", "lower", "higher"),
    Axis("second note", "lower", "higher"),
    Axis("fan", "later notes lower", "later notes higher"),
)


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
