"""The musical attributes that the first latent axes are tied to.

One table drives the training loss, the exported axis names and the evaluation: an attribute is a function of a
pattern, with a name and its two ends in plain words.
"""

from collections.abc import Callable
from dataclasses import dataclass

from polate.pattern import Pattern

__all__ = ["ATTRIBUTES", "Attribute"]


@dataclass(frozen=True, slots=True)
class Attribute:
    """What a latent axis is to follow, rising."""

    name: str
    low: str
    high: str
    measure: Callable[[Pattern], float]


def _density(pattern: Pattern) -> float:
    return len(pattern.cell)


def _polation(pattern: Pattern) -> float:
    """Mean place of the added notes: under the principal tone < 0, between 0 and 1, over the next > 1."""
    places = [_place(offset, pattern.interval) for offset in pattern.cell[1:]]
    return sum(places) / len(places) if places else 0.5


def _place(offset: int, interval: int) -> float:
    if offset < 0:
        return offset / 11
    if offset < interval:
        return offset / interval
    return 1 + (offset - interval) / 11


def _angularity(pattern: Pattern) -> float:
    """Mean leap in semitones, the leap to the next principal tone included."""
    notes = [*pattern.cell, pattern.interval]
    return sum(abs(b - a) for a, b in zip(notes, notes[1:], strict=False)) / len(pattern.cell)


def _chromaticism(pattern: Pattern) -> float:
    """How many of the twelve pitch classes are met."""
    return len({(principal + offset) % 12 for principal, cell in pattern.ascent() for offset in cell})


ATTRIBUTES = (
    Attribute("interval", "narrow", "wide", lambda pattern: pattern.interval),
    Attribute("density", "sparse", "dense", _density),
    Attribute("polation", "infra", "ultra", _polation),
    Attribute("angularity", "smooth", "angular", _angularity),
    Attribute("chromaticism", "few pitch classes", "chromatic", _chromaticism),
)
