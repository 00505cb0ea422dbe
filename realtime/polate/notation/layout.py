"""A scale laid out for reading: bars of four beats, note names, accidentals, clefs and octave lines.

    Scale --lay_out--> bars --polate.notation.musicxml, polate.notation.lilypond--> a text that notation programs read

Sixteenths in 4/4. The last note, the tonic again, is held to the end of its beat, and rests fill its bar.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from polate.notation.spelling import Name, spell
from polate.theory.scale import Scale

__all__ = ["Bar", "Note", "Staff", "lay_out"]

_BARS_A_LINE = 2  # and the beginning of a third, if the scale ends there
_BEAT, _BAR = 4, 16  # sixteenths

T = TypeVar("T")


class Staff(NamedTuple):
    """How a staff is read: its clef, and by how many octaves its notes sound higher than they stand."""

    clef: str  # treble or bass
    octaves: int


_MIDDLE_LINE = {"treble": 34, "bass": 22}  # B4 and D3, in white keys above C0
_STAVES = (Staff("treble", 0), Staff("bass", 0), Staff("treble", 1), Staff("treble", 2), Staff("bass", -1))
_OCTAVE_LINE = 1  # what a note under an octave line costs, in ledger lines squared; under two octaves, four times it
_CHANGE, _CHANGE_IN_BEAT = 20, 30  # what another clef or octave line costs, likewise


@dataclass(frozen=True, slots=True)
class Note:
    """A note as it is written, in the octave in which it sounds."""

    name: Name
    octave: int  # 4 from middle C up
    staff: Staff
    sixteenths: int  # 1..4
    accidental: bool  # a sign stands before it, be it a natural


@dataclass(frozen=True, slots=True)
class Bar:
    """Four beats of one to four notes under a beam, or fewer and then rests."""

    beats: tuple[tuple[Note, ...], ...]
    rests: tuple[int, ...]  # in beats: 1 or 2
    new_line: bool


def lay_out(scale: Scale) -> list[Bar]:
    """The bars of a scale, in treble or bass clef, with octave lines where those save ledger lines."""
    names = spell(scale.pattern, scale.notes[0])
    written = [_written(number, names[number % 12]) for number in scale.notes]
    notes = []
    for place, ((name, octave), staff) in enumerate(zip(written, _staves(written), strict=True)):
        if place % _BAR == 0:
            alters: dict[tuple[str, int], int] = {}  # an accidental holds for its line or space to the end of the bar
        sixteenths = 1 if place < len(written) - 1 else _BEAT - place % _BEAT
        notes.append(Note(name, octave, staff, sixteenths, alters.get((name.step, octave), 0) != name.alter))
        alters[name.step, octave] = name.alter
    rests = {1: (1, 2), 2: (2,), 3: (1,), 4: ()}  # a half rest begins on the third beat
    bars = _groups(_groups(notes, _BEAT), _BAR // _BEAT)
    lines = [index % _BARS_A_LINE == 0 and (index == 0 or len(bar) > 2) for index, bar in enumerate(bars)]
    return [Bar(bar, rests[len(bar)], new_line) for bar, new_line in zip(bars, lines, strict=True)]


def _written(number: int, name: Name) -> tuple[Name, int]:
    """A MIDI note's name and octave: B sharp 3 is middle C."""
    return name, (number - name.alter) // 12 - 1


def _groups(items: Sequence[T], size: int) -> list[tuple[T, ...]]:
    return [tuple(items[start : start + size]) for start in range(0, len(items), size)]


def _staves(written: Sequence[tuple[Name, int]]) -> list[Staff]:
    """The staff of each note: the way with the fewest ledger lines, squared, and changes (Viterbi's algorithm)."""
    heights = [7 * octave + "CDEFGAB".index(name.step) for name, octave in written]  # white keys above C0
    ways = {staff: (_ledger_lines(heights[0], staff), [staff]) for staff in _STAVES}
    for place, height in enumerate(heights[1:], 1):
        change = _CHANGE_IN_BEAT if place % _BEAT else _CHANGE
        longer = {}
        for staff in _STAVES:
            cost, way = min(
                ((cost + change * (way[-1] != staff), way) for cost, way in ways.values()), key=lambda way: way[0]
            )
            longer[staff] = (cost + _ledger_lines(height, staff), [*way, staff])
        ways = longer
    return min(ways.values(), key=lambda way: way[0])[1]


def _ledger_lines(height: int, staff: Staff) -> int:
    """How hard a note is to read: its ledger lines squared, and the octave line."""
    from_middle = abs(height - 7 * staff.octaves - _MIDDLE_LINE[staff.clef])
    return max(0, (from_middle - 4) // 2) ** 2 + _OCTAVE_LINE * staff.octaves**2
