"""Sets of pitch classes: their class, its Forte number, prime form and interval vector, and their modes.

    60 64 67 --pitch_classes--> {0, 4, 7} --SetClass.of--> 3-11, prime form 0 3 7, interval vector 001110

Source: Allen Forte, *The Structure of Atonal Music* (1973), appendix 1, for the numbers. The prime form is computed
by John Rahn's rule (*Basic Atonal Theory*, 1980): of all rotations of the set and of its inversion, the one that is
smallest from its last note to its first. It differs from Forte's own in 5-20, 6-Z29, 6-31, 7-18, 7-20 and 8-26.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Self

from polate.errors import PatternError

__all__ = ["SetClass", "modes", "pitch_classes"]

_PRIME_FORMS = (
    "0",
    "01 02 03 04 05 06",
    "012 013 014 015 016 024 025 026 027 036 037 048",
    "0123 0124 0134 0125 0126 0127 0145 0156 0167 0235 0135 0236 0136 0237 0146 0157 0347 0147 0148 0158 0246 0247 "
    "0257 0248 0268 0358 0258 0369 0137",
    "01234 01235 01245 01236 01237 01256 01267 02346 01246 01346 02347 01356 01248 01257 01268 01347 01348 01457 01367 "
    "01568 01458 01478 02357 01357 02358 02458 01358 02368 01368 01468 01369 01469 02468 02469 02479 01247 03458 01258",
    "012345 012346 012356 012456 012367 012567 012678 023457 012357 013457 012457 012467 013467 013458 012458 014568 "
    "012478 012578 013478 014589 023468 012468 023568 013468 013568 013578 013469 013569 023679 013679 014579 024579 "
    "023579 013579 02468T 012347 012348 012378 023458 012358 012368 012369 012568 012569 023469 012469 012479 012579 "
    "013479 014679",
)
"""Of one to six notes, in the order of Forte's numbers. T is ten."""


@dataclass(frozen=True, slots=True)
class SetClass:
    """All transpositions and inversions of a set of pitch classes.

    >>> from polate.theory.set_class import SetClass
    >>> major = SetClass.of({0, 2, 4, 5, 7, 9, 11})
    >>> major.forte, major.prime_form, major.interval_vector
    ('7-35', (0, 1, 3, 5, 6, 8, 10), (2, 5, 4, 3, 6, 1))
    >>> SetClass.of({0, 1, 4, 6}).forte, SetClass.of({0, 1, 4, 6}).z_partner
    ('4-Z15', '4-Z29')
    """

    forte: str  # the number of notes, and Forte's number; with Z if another class has the same interval vector
    prime_form: tuple[int, ...]  # pitch classes, rising from 0
    interval_vector: tuple[int, int, int, int, int, int]  # how many pairs of notes are 1..6 semitones apart
    z_partner: str | None  # the other class with the same interval vector
    transpositions: int  # how many different ones a set of the class has, 1..12

    @classmethod
    def of(cls, pitch_classes: Iterable[int]) -> Self:
        """The class of a set of pitch classes, 0..11. Raises `PatternError` for an empty set."""
        notes = frozenset(pitch_classes)
        if not notes:
            raise PatternError("a set class needs at least one note, got none")
        prime, vector = _prime_form(notes), _interval_vector(notes)
        partner = next((other for other in _with_vector(len(notes), vector) if other != prime), None)
        turns = sum(frozenset((note + turn) % 12 for note in notes) == notes for turn in range(12))
        name = _number(prime, partner is not None)
        return cls(name, prime, vector, None if partner is None else _number(partner, True), 12 // turns)

    def __str__(self) -> str:
        """One line: the Forte number, the prime form, the interval vector."""
        vector = ("" if max(self.interval_vector) < 10 else " ").join(map(str, self.interval_vector))
        related = f", Z-related to {self.z_partner}" if self.z_partner else ""
        limited = f", {self.transpositions} transpositions" if 1 < self.transpositions < 12 else ""
        prime = " ".join(map(str, self.prime_form))
        return f"{self.forte}, prime form {prime}, interval vector {vector}{related}{limited}"


def pitch_classes(notes: Iterable[int]) -> frozenset[int]:
    """The pitch classes of MIDI notes."""
    return frozenset(note % 12 for note in notes)


def modes(pitch_classes: Iterable[int], tonic: int = 0) -> list[tuple[int, tuple[int, ...]]]:
    """The modes of a set, from the tonic up: each first pitch class, and the degrees above it, rising from 0.

    A set that is equal to a transposition of itself has fewer modes than notes: each is given once.

    >>> from polate.theory.set_class import modes
    >>> modes({0, 4, 7})
    [(0, (0, 4, 7)), (4, (0, 3, 8)), (7, (0, 5, 9))]
    """
    notes = sorted(frozenset(pitch_classes), key=lambda note: (note - tonic) % 12)
    found: dict[tuple[int, ...], int] = {}
    for first in notes:
        found.setdefault(tuple(sorted((note - first) % 12 for note in notes)), first)
    return [(first, degrees) for degrees, first in found.items()]


def _prime_form(notes: frozenset[int]) -> tuple[int, ...]:
    inverted = frozenset(-note % 12 for note in notes)
    rotations = [degrees for each in (notes, inverted) for _, degrees in modes(each)]
    return min(rotations, key=lambda degrees: degrees[::-1])


def _interval_vector(notes: Iterable[int]) -> tuple[int, int, int, int, int, int]:
    apart = [(high - low) % 12 for low, high in combinations(notes, 2)]
    one, two, three, four, five, six = (sum(min(each, 12 - each) == size for each in apart) for size in range(1, 7))
    return one, two, three, four, five, six


@cache
def _numbers() -> dict[tuple[int, ...], int]:
    """Forte's number of each prime form. A set of more than six notes has the number of its complement."""
    numbers = {}
    for line in _PRIME_FORMS:
        for number, text in enumerate(line.split(), 1):
            prime = tuple("0123456789T".index(digit) for digit in text)
            numbers[prime] = number
            if rest := frozenset(range(12)).difference(prime):
                numbers.setdefault(_prime_form(rest), number)
    numbers[tuple(range(12))] = 1
    return numbers


@cache
def _vectors() -> dict[tuple[int, tuple[int, ...]], list[tuple[int, ...]]]:
    """The prime forms with each number of notes and interval vector."""
    found: dict[tuple[int, tuple[int, ...]], list[tuple[int, ...]]] = {}
    for prime in _numbers():
        found.setdefault((len(prime), _interval_vector(prime)), []).append(prime)
    return found


def _with_vector(size: int, vector: tuple[int, ...]) -> list[tuple[int, ...]]:
    return _vectors()[size, vector]


def _number(prime: tuple[int, ...], has_partner: bool) -> str:
    return f"{len(prime)}-{'Z' if has_partner else ''}{_numbers()[prime]}"
