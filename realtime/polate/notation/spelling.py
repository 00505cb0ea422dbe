"""Note names: whether a note of a pattern is written as C sharp or as D flat.

The line of fifths ... B flat, F, C, G, D, A, E, B, F sharp ... gives every name a place. Two names that are at most six
places apart make a diatonic interval. Names that are farther apart make an augmented or diminished interval; the
farther, the rarer. So the names of a scale are chosen to be close together on the line, above all within a cell and its
next principal tone, and to have few accidentals.

Sources: David Temperley, *The Cognition of Basic Musical Structures*, 2001, chapter 5, for closeness on the line of
fifths; Emilios Cambouropoulos, "Pitch Spelling: A Computational Model", *Music Perception* 20, 2003, for a price of
intervals that no diatonic scale has. The prices here were set on scales whose spelling is known.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from heapq import heappop, heappush
from itertools import combinations
from types import MappingProxyType
from typing import NamedTuple

from polate.theory.pattern import Pattern

__all__ = ["NoteName", "spell"]

_FIRST, _LAST = -15, 19  # places on the line of fifths, F double flat to B double sharp; C is 0
_MIDDLE = 2  # D, the middle of the naturals F C G D A E B
_DIATONIC = 6  # fifths between F and B
_IN_CELL, _IN_SCALE = 5, 1  # the price of each fifth beyond these six
_BLACK_KEY, _WHITE_KEY, _DOUBLE = 4, 8, 16  # the price of an accidental: F sharp, E sharp, F double sharp
_LETTER = 80  # the price of two degrees with the same letter, in an octave scale of seven notes


class NoteName(NamedTuple):
    """The name of a note without its octave."""

    step: str  # A..G
    alter: int  # semitones: -2 is a double flat, 2 a double sharp


@lru_cache(maxsize=4096)
def spell(pattern: Pattern, tonic: int) -> Mapping[int, NoteName]:
    """The name of each pitch class 0..11 of a pattern. ``tonic``: a MIDI note.

    A pitch class has one name in the whole scale. The seven notes of an octave scale have seven letters, unless that
    takes names with too many accidentals. A tonic is never E sharp, F flat, B sharp or C flat. At the same price, the
    tonic nearest to D is chosen (E flat, C sharp), and then the names with more sharps: a chromatic line has sharps.
    """
    near, degrees = _near(pattern, tonic), _degrees(pattern, tonic)
    pitch_classes = sorted({tonic % 12}.union(*near), key=lambda pc: (pc - tonic) * 7 % 12)  # the tonic comes first
    # Best-first search: another name never lowers the price, so the first complete list of names is the cheapest.
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


def _name(place: int) -> NoteName:
    return NoteName("FCGDAEB"[(place + 1) % 7], (place + 1) // 7)


def _accidental(place: int) -> int:
    match abs(_name(place).alter):
        case 0:
            return 0
        case 1:
            return _BLACK_KEY if place * 7 % 12 in {1, 3, 6, 8, 10} else _WHITE_KEY
        case _:
            return _DOUBLE


def _near(pattern: Pattern, tonic: int) -> set[frozenset[int]]:
    """The pairs of pitch classes within a cell and its next principal tone."""
    groups = [(tonic + principal, (*cell, pattern.interval)) for principal, cell in _cells(pattern)]
    return {pair for principal, offsets in groups for pair in _pairs(principal, offsets)}


def _degrees(pattern: Pattern, tonic: int) -> set[frozenset[int]]:
    """The pairs of pitch classes that should have different letters: the degrees of an octave scale of seven notes."""
    cells = [cell for _, cell in _cells(pattern) if pattern.interval == 12 and len(cell) == 7]
    return {pair for cell in cells for pair in _pairs(tonic, cell)}


def _cells(pattern: Pattern) -> list[tuple[int, tuple[int, ...]]]:
    """Every principal tone, in semitones above the tonic, with its cell; both on the way up and on the way down."""
    return [*pattern.ascent()[:-1], *(pattern.descent() if pattern.descending is not None else [])]


def _pairs(principal: int, offsets: Iterable[int]) -> set[frozenset[int]]:
    pitch_classes = {(principal + offset) % 12 for offset in offsets}
    return {frozenset(pair) for pair in combinations(pitch_classes, 2)}
