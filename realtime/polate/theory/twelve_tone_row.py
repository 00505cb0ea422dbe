"""Twelve-tone rows and their forms: P (prime), I (inversion), R (retrograde), RI (retrograde of the inversion).

    60 61 69 ... --rows_in--> [Row] --Row.named--> "P0", "I5", "R3", "RI7"

A form has the number of a pitch class, C = 0. P5 and I5 begin on F; R5 is P5 from its last note to its first, and RI5
is I5 so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from polate.theory.set_class import SetClass

__all__ = ["Row", "rows_in"]

_KINDS = ("P", "I", "R", "RI")


@dataclass(frozen=True, slots=True)
class Row:
    """The twelve pitch classes in an order.

    >>> from polate.theory.twelve_tone_row import Row
    >>> row = Row((0, 11, 7, 8, 3, 1, 2, 10, 6, 5, 4, 9))
    >>> row.form("I", 0)
    (0, 1, 5, 4, 9, 11, 10, 2, 6, 7, 8, 3)
    >>> row.named(Row(row.form("RI", 7)))
    ('RI7',)
    """

    notes: tuple[int, ...]  # pitch classes 0..11, each once

    def form(self, kind: str, number: int) -> tuple[int, ...]:
        """The pitch classes of a form: ``kind`` P, I, R or RI, ``number`` 0..11."""
        first = self.notes[0]
        sign = -1 if "I" in kind else 1
        forward = tuple((number + sign * (note - first)) % 12 for note in self.notes)
        return forward[::-1] if "R" in kind else forward

    def named(self, other: "Row") -> tuple[str, ...]:
        """Which forms of this row another one is, P first; empty if it is none. A symmetric row has two names."""
        names = [f"{kind}{number}" for kind in _KINDS for number in range(12) if self.form(kind, number) == other.notes]
        return tuple(names)

    @property
    def has_all_intervals(self) -> bool:
        """Whether the eleven steps have each interval from 1 to 11 semitones, counted upwards."""
        return len({(b - a) % 12 for a, b in pairwise(self.notes)}) == 11

    @property
    def hexachords(self) -> tuple[SetClass, SetClass]:
        """The classes of its two halves."""
        return SetClass.of(self.notes[:6]), SetClass.of(self.notes[6:])

    @property
    def combines_with(self) -> tuple[str, ...]:
        """The forms whose first half has the notes of this row's second half, without its own retrograde."""
        second, own = set(self.notes[6:]), self.notes[::-1]
        forms = [(kind, number, self.form(kind, number)) for kind in _KINDS for number in range(12)]
        return tuple(f"{kind}{number}" for kind, number, form in forms if set(form[:6]) == second and form != own)


def rows_in(notes: Sequence[int]) -> list[Row]:
    """The rows that follow each other in MIDI notes; none unless the notes are whole rows, one or more.

    The last note may repeat the first of a single row, an octave higher or not, as the end of a scale does.
    """
    classes = [note % 12 for note in notes]
    if len(classes) == 13 and classes[-1] == classes[0]:
        classes.pop()
    groups = [tuple(classes[start : start + 12]) for start in range(0, len(classes), 12)]
    return [Row(group) for group in groups] if groups and all(len(set(group)) == 12 for group in groups) else []
