"""From notes to the pattern that renders to them: the inverse of `Pattern.render`.

60 62 64 65 67 69 71 72 --pattern_of--> Pattern(12, (0, 2, 4, 5, 7, 9, 11)), tonic 60
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from polate.errors import PatternError
from polate.theory.midi_notes import note_name
from polate.theory.pattern import LONGEST_CELL, Pattern

__all__ = ["MOST_NOTES", "pattern_of"]

MOST_NOTES = 512  # the longest rendering has 289: twelve cells of twelve notes up, the same down, and the top
_MOST_REPEATS = 10  # octaves that MIDI has room for


def pattern_of(notes: Sequence[int]) -> tuple[Pattern, int]:
    """The pattern and the tonic (0..127) of MIDI notes in the order played.

    The notes may go up and back down, as in `Pattern.render`, or only up, with or without the closing tonic. They may
    repeat the way up several times, each time higher, as a scale over two octaves does. Whole cells may be moved by
    octaves, as `Pattern.render` folds them and as a player does at the end of the instrument's compass.

    If several patterns have these notes, the answer is found by these rules, in this order:

    1. a pattern that renders to exactly these notes;
    2. the fewest numbers: the notes of its cells, and one for each place where cells start to be moved by octaves,
       unless rendering moves them there too;
    3. the shortest cell;
    4. a plain pattern before a symmetric one;
    5. the fewest repeats;
    6. the smallest interval.

    So the answer for ``pattern.render(tonic)`` always renders to the same notes, and is that pattern unless one with
    fewer notes in its cells also does. The tonic is the first note, unless these notes are folded from a tonic outside
    the piano.

    Raises `PatternError`; the message says which note does not fit.

    >>> from polate import pattern_of
    >>> pattern_of([60, 62, 64, 65, 67, 69, 71, 72])
    (Pattern(interval=12, cell=(0, 2, 4, 5, 7, 9, 11), symmetric=False, descending=None), 60)
    """
    if not 2 <= len(notes) <= MOST_NOTES:
        raise PatternError(f"a scale must have 2 to {MOST_NOTES} notes to be identified, got {len(notes)}")
    for note in notes:
        if not 0 <= note <= 127:
            raise PatternError(f"notes must be in 0..127, got {note}")
    for number, (before, note) in enumerate(pairwise(notes), 2):
        if before == note:
            raise PatternError(f"no pattern: note {number}, {note_name(note)}, repeats the one before it")
    readings = [_read(pattern, repeats, notes) for pattern, repeats in _candidates(notes)]
    if complete := [reading for reading in readings if reading.is_complete]:
        best = min(complete, key=_Reading.rank)
        return best.pattern, best.tonic()
    nearest = max(readings, key=_Reading.evidence)
    raise PatternError(nearest.failure())


@dataclass(frozen=True, slots=True)
class _Reading:
    """One reading of the notes: as a pattern that is repeated ``repeats`` times on the way up, and on the way down."""

    pattern: Pattern
    repeats: int
    notes: tuple[int, ...]
    expected: tuple[int, ...]  # the notes of the pattern, up and down, no cell moved
    shifts: tuple[int, ...]  # semitones by which each cell is moved, multiples of 12
    matched: int  # how many notes are as expected, shifts aside

    @property
    def is_complete(self) -> bool:
        """Whether all notes match, and end at the top, just before it, or back at the bottom."""
        top = self.repeats * self.pattern.top
        return self.matched == len(self.notes) and self.matched in (top, top + 1, len(self.expected))

    def tonic(self) -> int:
        first = self.notes[0]
        tonics = sorted(range(first % 12, 128, 12), key=lambda tonic: abs(tonic - first))
        return next((tonic for tonic in tonics if self._begins(tonic)), first)

    def rank(self) -> tuple[int, ...]:
        """The rules of `pattern_of` as a key: the reading with the smallest is the answer."""
        tonic = self.tonic()
        moves = 0 if self._begins(tonic) else sum(a != b for a, b in pairwise((0, *self.shifts)))
        size = len(self.pattern.cell)
        return (
            self.pattern.render(tonic) != self.notes,
            moves + size + len(self.pattern.descending or ()),
            size,
            self.pattern.symmetric,
            self.repeats,
            self.pattern.interval,
        )

    def evidence(self) -> tuple[int, int]:
        """How many notes match beyond those that the cells were read from; then, how many match in all."""
        return self.matched - len(self.pattern.cell) - len(self.pattern.descending or ()), self.matched

    def failure(self) -> str:
        """A sentence that says which note does not fit the pattern."""
        place = self.matched
        if place == len(self.expected):
            return f"no pattern: note {place + 1}, {note_name(self.notes[place])}, is after the end of {self.pattern}"
        wanted = f"{self.pattern} has {note_name(self.expected[place] + self.shifts[-1])}"
        if place == len(self.notes):
            return f"no pattern: after note {place}, the last, {wanted}"
        return f"no pattern: note {place + 1} is {note_name(self.notes[place])}, where {wanted}"

    def _begins(self, tonic: int) -> bool:
        return self.pattern.render(tonic)[: len(self.notes)] == self.notes


def _candidates(notes: Sequence[int]) -> Iterator[tuple[Pattern, int]]:
    """Every pattern that fits the number of notes and their first cell, with its number of repeats."""
    for size in range(1, min(LONGEST_CELL, len(notes)) + 1):
        cell = _offsets(notes[:size])
        step = (notes[size] - notes[0]) % 12 if size < len(notes) else 0
        for interval in (step or 12, (step or 12) + 12):
            for symmetric in (False, True):
                try:
                    pattern = Pattern(interval, cell, symmetric)
                except PatternError:
                    continue
                for repeats in range(1, _MOST_REPEATS + 1):
                    yield pattern, repeats
                    way_down, cells = len(notes) - repeats * pattern.top - 1, repeats * pattern.parts
                    if way_down <= 0:
                        break
                    if way_down % cells == 0 and not symmetric:
                        descending = _offsets(notes[-way_down // cells :][::-1])
                        try:
                            yield Pattern(interval, cell, descending=descending), repeats
                        except PatternError:
                            continue


def _offsets(cell: Sequence[int]) -> tuple[int, ...]:
    return tuple(note - cell[0] for note in cell)


def _read(pattern: Pattern, repeats: int, notes: Sequence[int]) -> _Reading:
    rounds = [12 * pattern.octaves * time for time in range(repeats + 1)]
    cells = [
        *((start + principal, cell) for start in rounds[:-1] for principal, cell in pattern.ascent()[:-1]),
        (rounds[-1], (0,)),
        *((start + principal, cell) for start in rounds[-2::-1] for principal, cell in pattern.descent()),
    ]
    expected = [tuple(notes[0] + principal + offset for offset in cell) for principal, cell in cells]
    shifts: list[int] = []
    matched = 0
    for cell in expected:
        played = notes[matched : matched + len(cell)]
        if not played or (shift := played[0] - cell[0]) % 12:
            break
        shifts.append(shift)
        differ = [note != tone + shift for note, tone in zip(played, cell, strict=False)]
        matched += differ.index(True) if True in differ else len(played)
        if True in differ:
            break
    return _Reading(pattern, repeats, tuple(notes), tuple(n for cell in expected for n in cell), tuple(shifts), matched)
