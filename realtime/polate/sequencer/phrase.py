"""The notes of a pattern in the order in which they are played. The phrase is one turn, which repeats.

    Pattern + PlaySettings + tonic --make_phrase--> Phrase --slots[step % len]--> what a step strikes

The same arguments give the same phrase: random numbers are seeded.
"""

import random
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import accumulate
from operator import ne
from typing import NamedTuple

from polate.control.settings import PlaySettings
from polate.theory.pattern import Cells, Pattern, Register

__all__ = ["CHANCE_SLOTS", "Phrase", "Slot", "degree", "make_phrase", "nearest", "pitch_classes", "resume"]

CHANCE_SLOTS = 256
"""The length of a turn of the orders random and walk: 16 bars of sixteenth notes."""

_FOLDED_WHOLE = 88
"""A register of so many notes or more folds whole cells of a wide pattern; a narrower one folds single notes."""


class Slot(NamedTuple):
    """What one step strikes. A phrase can have 1,700 slots. They are named tuples: a dataclass takes twice as long."""

    notes: tuple[int, ...]  # MIDI notes struck together; more than one only with the order chord
    group: int  # number of the cell within the phrase
    cell: tuple[int, ...]  # all notes of that cell as written, MIDI notes

    @property
    def principal(self) -> int:
        """The principal tone of the cell, a MIDI note."""
        return self.cell[0]


@dataclass(frozen=True, slots=True)
class Phrase:
    """One turn of a pattern in an order."""

    slots: tuple[Slot, ...]
    top: int  # the index of the slot where the way down begins; len(slots) if there is no way down
    notes: tuple[int, ...] = field(init=False, repr=False, compare=False)  # the first note of each slot

    def __post_init__(self) -> None:
        object.__setattr__(self, "notes", tuple([slot.notes[0] for slot in self.slots]))

    def height(self, index: int) -> float:
        """How high a slot is within the phrase: 0 at the lowest note, 1 at the highest, 0.5 if all notes are equal."""
        lowest, highest = min(self.notes), max(self.notes)
        return (self.notes[index] - lowest) / (highest - lowest) if lowest < highest else 0.5

    def steps_to_next_cell(self, index: int) -> int:
        """How many slots there are from this one to the first slot of the next cell, or of the next turn."""
        group = self.slots[index].group
        following = (at for at in range(index + 1, len(self.slots)) if self.slots[at].group != group)
        return next(following, len(self.slots)) - index


def make_phrase(pattern: Pattern, settings: PlaySettings, tonic: int, played: Sequence[int] = ()) -> Phrase:
    """A pattern in the order, octaves and register of the settings.

    ``tonic``: a MIDI note. ``played``: the held keys, MIDI notes in the order in which they were pressed. The order
    as-played plays each of them on the nearest note of the scale; without held keys it is the order up.

    Every note of the slots and of their cells is inside the register, ``lowest`` to ``highest``. A register of 88 notes
    or more folds a wide pattern by whole cells, as `Pattern.render` does. In a narrower register each note that is
    outside moves by octaves. Raises `PatternError` for a tonic outside 0..127.
    """
    lowest, highest = settings.lowest, settings.highest
    if highest + 1 - lowest >= _FOLDED_WHOLE:
        up, down = pattern.cells(tonic, Register(lowest, highest), settings.octaves)
    else:
        up, down = [
            [tuple([_fold(note, lowest, highest) for note in cell]) for cell in way]
            for way in pattern.cells(tonic, None, settings.octaves)
        ]
    match settings.order:
        case "thesaurus":
            return Phrase((*_rising(up), *_falling(down, len(up))[:-1]), sum(map(len, up)) - 1)
        case "up":
            return _endless(_rising(up[:-1]))
        case "down":
            return Phrase(tuple(_falling([up[-1], *down])[:-1]), 0)
        case "chord":
            if pattern.descending is None:
                down = down[:-1]  # the last chord of a turn is the first one of the next turn
            cells = (*up, *down)
            return Phrase(tuple([Slot(cell, group, cell) for group, cell in enumerate(cells)]), len(up) - 1)
        case "as-played":
            if not played:
                return _endless(_rising(up[:-1]))
            return _endless(_on_keys(played, up + down, lowest, highest))
    home = {note: cell for cell in reversed(up) for note in reversed(cell)}  # note -> its first cell
    notes = sorted(home)
    match settings.order:
        case "pendulum":
            notes += notes[-2:0:-1]
        case "converge":
            notes = _inwards(notes)
        case "diverge":
            notes = _inwards(notes)[::-1]
        case "random":
            notes = [notes[place] for place in _random(len(notes), settings.seed)]
        case "walk":
            notes = [notes[place] for place in _walk(len(notes), notes.index(up[0][0]), settings.seed)]
    slots = _grouped(notes, [home[note] for note in notes])
    return Phrase(tuple(slots), len(home) - 1) if settings.order == "pendulum" else _endless(slots)


def resume(old: Phrase, index: int, new: Phrase) -> int:
    """The place at which a new phrase continues an old one. ``index``: the place of the old one that would be next.

    It is in the same direction, up or down, at the pitch nearest to the next one of the old phrase, so a common note is
    kept. It does not repeat the note that has just sounded, if there is another. Of equally near pitches it is the one
    at the nearest place. If the new phrase has one direction only, any place is allowed.
    """
    last, wanted = old.notes[index - 1], old.notes[index]
    begin, end = (0, new.top + 1) if index <= old.top else (new.top, len(new.notes))
    if new.top in (0, len(new.notes)):  # it has one direction only
        begin, end = 0, len(new.notes)
    far = [abs(note - wanted) for note in new.notes[begin:end]]
    if last != wanted:
        far = [128 if note == last else d for note, d in zip(new.notes[begin:end], far, strict=True)]
    least = min(far)
    place = index / len(old.notes)
    return min((begin + at for at, d in enumerate(far) if d == least), key=lambda at: abs(at / len(new.notes) - place))


# -- the notes of the scale, for keys ---------------------------------------------------------------


def pitch_classes(pattern: Pattern, tonic: int) -> frozenset[int]:
    """The pitch classes of a pattern on a tonic, 0..11, including those of the way down."""
    up, down = pattern.cells(tonic, None)
    return frozenset([note % 12 for cell in up + down for note in cell])


def nearest(note: int, scale: Collection[int]) -> int:
    """The nearest MIDI note whose pitch class is in the scale. Of two equally near ones it is the lower."""
    return next(
        near
        for distance in range(12)
        for near in (note - distance, note + distance)
        if near % 12 in scale and 0 <= near <= 127
    )


def degree(key: int, pattern: Pattern, home: int) -> int:
    """The tonic that a key selects when keys move the tonic by degrees of the scale: the nearest note of the scale.

    The scale is on the ``home`` tonic. With a major scale on C4, each white key selects itself, and C#4 selects C4.
    """
    return nearest(key, pitch_classes(pattern, home))


# -- orders -----------------------------------------------------------------------------------------


# Slot(...) runs a Python function, this does not: it takes two thirds of the time.
_slot: Callable[[tuple[tuple[int, ...], int, tuple[int, ...]]], Slot] = partial(tuple.__new__, Slot)


def _rising(cells: Cells) -> list[Slot]:
    return [_slot(((note,), group, cell)) for group, cell in enumerate(cells) for note in cell]


def _falling(cells: Cells, first_group: int = 0) -> list[Slot]:
    """On the way down each cell is played backwards: the principal tone is its last note."""
    return [_slot(((note,), group, cell)) for group, cell in enumerate(cells, first_group) for note in reversed(cell)]


def _endless(slots: list[Slot]) -> Phrase:
    """A phrase without a way down."""
    return Phrase(tuple(slots), len(slots))


def _grouped(notes: Sequence[int], cells: Cells) -> list[Slot]:
    """Slots of single notes, each with its cell. Neighbours with the same cell are one group."""
    groups = accumulate(map(ne, cells[1:], cells), initial=0)
    return [_slot(((note,), group, cell)) for note, group, cell in zip(notes, groups, cells, strict=True)]


def _on_keys(keys: Iterable[int], cells: Cells, lowest: int, highest: int) -> list[Slot]:
    """Keys on the nearest notes of the scale. Each note has the first cell with its pitch class, moved by octaves."""
    home = {note % 12: (note, cell) for cell in reversed(cells) for note in cell}
    notes = [_fold(nearest(key, home), lowest, highest) for key in keys]
    moved = []
    for note in notes:
        written, cell = home[note % 12]
        moved.append(tuple([_fold(other + note - written, lowest, highest) for other in cell]))
    return _grouped(notes, moved)


def _inwards(notes: list[int]) -> list[int]:
    """From both ends to the middle: the lowest, the highest, the second lowest ..."""
    return [notes[at // 2] if at % 2 == 0 else notes[-1 - at // 2] for at in range(len(notes))]


# Random().random() is the one method that gives the same numbers in every version of Python. The results are cached
# because a knob that is turned needs the same ones again and again.


@lru_cache(maxsize=64)
def _random(count: int, seed: int) -> tuple[int, ...]:
    """Random places, none twice in a row, and the last one different from the first."""
    if count == 1:
        return (0,)
    chance = random.Random(seed).random
    places = [int(chance() * count)]
    while len(places) < CHANCE_SLOTS:
        place = int(chance() * (count - 1))
        place += place >= places[-1]  # any place but the one before
        if len(places) < CHANCE_SLOTS - 1 or place != places[0]:
            places.append(place)
    return tuple(places)


@lru_cache(maxsize=64)
def _walk(count: int, start: int, seed: int) -> tuple[int, ...]:
    """Places that are one or sometimes two apart. The last one is as near to the first."""
    if count == 1:
        return (0,)
    chance = random.Random(seed).random
    strides = (-1, -1, -1, 1, 1, 1, -2, 2) if count > 2 else (-1, 1)
    places = [start]
    while (left := CHANCE_SLOTS - len(places)) > 0:  # strides after this one, with the one from last to first
        place = places[-1] + strides[int(chance() * len(strides))]
        away = abs(place - start)
        if 0 <= place < count and away <= left + 1 and (left > 1 or away > 0):
            places.append(place)
    return tuple(places)


def _fold(note: int, lowest: int, highest: int) -> int:
    """The note moved into the register by as few octaves as possible."""
    if note < lowest:
        return lowest + (note - lowest) % 12
    if note > highest:
        return highest - (highest - note) % 12
    return note
