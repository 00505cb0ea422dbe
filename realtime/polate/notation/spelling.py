"""Note names: which of C sharp and D flat the notes of a pattern are written as.

The line of fifths ... B flat, F, C, G, D, A, E, B, F sharp ... gives every name a place. Two names at most six places
apart make a diatonic interval; farther apart it is augmented or diminished, the farther the rarer. So those names are
chosen that lie close together on the line, above all within a cell and its next principal tone, and that have few
accidentals. Closeness on the line of fifths is David Temperley's rule (*The Cognition of Basic Musical Structures*,
2001, chapter 5); a price for intervals that no diatonic scale has is also Emilios Cambouropoulos's ("Pitch Spelling:
A Computational Model", *Music Perception* 20, 2003). The prices are ours, set on scales whose spelling is known.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from heapq import heappop, heappush
from itertools import combinations
from types import MappingProxyType
from typing import NamedTuple

from polate.theory.pattern import Pattern

__all__ = ["Name", "spell"]

_FIRST, _LAST = -15, 19  # F double flat and B double sharp on the line of fifths; C is 0
_MIDDLE = 2  # D, the middle of the naturals F C G D A E B
_DIATONIC = 6  # fifths between F and B
_IN_CELL, _IN_SCALE = 5, 1  # the price of each fifth beyond that
_BLACK_KEY, _WHITE_KEY, _DOUBLE = 4, 8, 16  # the price of an accidental: F sharp, E sharp, F double sharp
_LETTER = 80  # the price of one letter for two degrees of an octave scale of seven


class Name(NamedTuple):
    """A note's name, without its octave."""

    step: str  # A..G
    alter: int  # semitones: -2 is a double flat, 2 a double sharp


@lru_cache(maxsize=4096)
def spell(pattern: Pattern, tonic: int) -> Mapping[int, Name]:
    """The name of each pitch class 0..11 that the pattern meets from a tonic, a MIDI note; one for the whole scale.

    An octave scale of seven notes has a letter for each, unless the names would be too far-fetched. A tonic is never
    E sharp, F flat, B sharp or C flat. Among names of the same price the tonic nearest to D is taken (E flat,
    C sharp), and then the sharper names: a chromatic line has sharps.
    """
    near, degrees = _near(pattern, tonic), _degrees(pattern, tonic)
    pitch_classes = sorted({tonic % 12}.union(*near), key=lambda pc: (pc - tonic) * 7 % 12)  # the tonic comes first
    # The cheapest first: what comes complete out of the queue is the best, since a further name never lowers a price.
    queue: list[tuple[int, int, int, tuple[int, ...]]] = [(0, 0, 0, ())]  # price, tonic from D, flatness, places
    while True:
        price, _, flatness, places = heappop(queue)
        if len(places) == len(pitch_classes):
            return MappingProxyType({pc: _name(place) for pc, place in zip(pitch_classes, places, strict=True)})
        pitch_class = pitch_classes[len(places)]
        for place in _places(pitch_class):
            added = _accidental(place)
            if not places and added > _BLACK_KEY:
                continue
            for other_class, other in zip(pitch_classes, places, strict=False):
                pair = frozenset((pitch_class, other_class))
                augmented = max(0, abs(place - other) - _DIATONIC)
                added += augmented * (_IN_CELL if pair in near else _IN_SCALE)
                added += _LETTER * (pair in degrees and (place - other) % 7 == 0)
            extended = (*places, place)
            heappush(queue, (price + added, abs(extended[0] - _MIDDLE), flatness + _LAST - place, extended))


def _places(pitch_class: int) -> list[int]:
    return [place for place in range(_FIRST, _LAST + 1) if place * 7 % 12 == pitch_class]


def _name(place: int) -> Name:
    return Name("FCGDAEB"[(place + 1) % 7], (place + 1) // 7)


def _accidental(place: int) -> int:
    match abs(_name(place).alter):
        case 0:
            return 0
        case 1:
            return _BLACK_KEY if place * 7 % 12 in {1, 3, 6, 8, 10} else _WHITE_KEY
        case _:
            return _DOUBLE


def _near(pattern: Pattern, tonic: int) -> set[frozenset[int]]:
    """The pairs of pitch classes that meet in a cell, or as a cell's note and the next principal tone."""
    groups = [(tonic + principal, (*cell, pattern.interval)) for principal, cell in _cells(pattern)]
    return {pair for principal, offsets in groups for pair in _pairs(principal, offsets)}


def _degrees(pattern: Pattern, tonic: int) -> set[frozenset[int]]:
    """The pairs of pitch classes that ought to have different letters."""
    cells = [cell for _, cell in _cells(pattern) if pattern.interval == 12 and len(cell) == 7]
    return {pair for cell in cells for pair in _pairs(tonic, cell)}


def _cells(pattern: Pattern) -> list[tuple[int, tuple[int, ...]]]:
    """Every principal tone, in semitones above the tonic, with its cell on either way."""
    return [*pattern.ascent()[:-1], *(pattern.descent() if pattern.descending is not None else [])]


def _pairs(principal: int, offsets: Iterable[int]) -> set[frozenset[int]]:
    pitch_classes = {(principal + offset) % 12 for offset in offsets}
    return {frozenset(pair) for pair in combinations(pitch_classes, 2)}
