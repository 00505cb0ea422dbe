"""The layout of a score: bars of four beats, note names, accidentals, clefs and octave lines.

    Scale --lay_out--> Bar --musicxml, lilypond--> source text for notation programs

The notes are sixteenths in 4/4. The last one lasts to the end of its beat, and rests fill its bar.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from polate.notation.spelling import NoteName, spell
from polate.theory.scale import Scale

__all__ = ["Bar", "Staff", "WrittenNote", "lay_out"]

_BARS_A_LINE = 2  # and a short last bar, if the scale ends with one
_BEAT, _BAR = 4, 16  # sixteenths

T = TypeVar("T")


class Staff(NamedTuple):
    """A clef and an octave line."""

    clef: str  # treble or bass
    octaves: int  # by which the notes sound higher than written: 1 is 8va, 2 is 15ma, -1 is 8va bassa


_MIDDLE_LINE = {"treble": 34, "bass": 22}  # B4 and D3, in white keys above C0
_STAVES = (Staff("treble", 0), Staff("bass", 0), Staff("treble", 1), Staff("treble", 2), Staff("bass", -1))
_OCTAVE_LINE = 1  # cost of a note at an octave line, in squared ledger lines; four times as much at 15ma
_CHANGE, _CHANGE_IN_BEAT = 20, 30  # cost of a change of clef or octave line, in squared ledger lines


@dataclass(frozen=True, slots=True)
class WrittenNote:
    """A note in a score."""

    name: NoteName
    octave: int  # in which it sounds: 4 begins with middle C
    staff: Staff
    sixteenths: int  # 1..4
    accidental: bool  # it has a sharp, a flat or a natural sign


@dataclass(frozen=True, slots=True)
class Bar:
    """At most four beats, and rests if there are fewer."""

    beats: tuple[tuple[WrittenNote, ...], ...]  # of 1 to 4 notes, under one beam
    rests: tuple[int, ...]  # their lengths in beats: 1 or 2
    new_line: bool  # the bar begins a line of the page


def lay_out(scale: Scale) -> list[Bar]:
    """The bars of a scale, with the clefs and octave lines that need the fewest ledger lines and changes."""
    names = spell(scale.pattern, scale.notes[0])
    written = [(names[number % 12], _octave(number, names[number % 12])) for number in scale.notes]
    notes = []
    for place, ((name, octave), staff) in enumerate(zip(written, _staves(written), strict=True)):
        if place % _BAR == 0:
            alters: dict[tuple[str, int], int] = {}  # an accidental is valid for its line to the end of the bar
        sixteenths = 1 if place < len(written) - 1 else _BEAT - place % _BEAT
        notes.append(WrittenNote(name, octave, staff, sixteenths, alters.get((name.step, octave), 0) != name.alter))
        alters[name.step, octave] = name.alter
    rests = {1: (1, 2), 2: (2,), 3: (1,), 4: ()}  # a half rest begins on the third beat
    bars = _groups(_groups(notes, _BEAT), _BAR // _BEAT)
    lines = [index % _BARS_A_LINE == 0 and (index == 0 or len(bar) > 2) for index, bar in enumerate(bars)]
    return [Bar(bar, rests[len(bar)], new_line) for bar, new_line in zip(bars, lines, strict=True)]


def _octave(number: int, name: NoteName) -> int:
    """The octave of a MIDI note with this name: 3 for middle C as B sharp."""
    return (number - name.alter) // 12 - 1


def _groups(items: Sequence[T], size: int) -> list[tuple[T, ...]]:
    return [tuple(items[start : start + size]) for start in range(0, len(items), size)]


def _staves(written: Sequence[tuple[NoteName, int]]) -> list[Staff]:
    """The staff of each note, chosen for the least cost of ledger lines and changes (Viterbi's algorithm)."""
    heights = [7 * octave + "CDEFGAB".index(name.step) for name, octave in written]  # white keys above C0
    ways = {staff: (_cost(heights[0], staff), [staff]) for staff in _STAVES}
    for place, height in enumerate(heights[1:], 1):
        change = _CHANGE_IN_BEAT if place % _BEAT else _CHANGE
        longer = {}
        for staff in _STAVES:
            cost, way = min(
                ((cost + change * (way[-1] != staff), way) for cost, way in ways.values()), key=lambda way: way[0]
            )
            longer[staff] = (cost + _cost(height, staff), [*way, staff])
        ways = longer
    return min(ways.values(), key=lambda way: way[0])[1]


def _cost(height: int, staff: Staff) -> int:
    """The cost of reading a note: its ledger lines, squared, and its octave line."""
    from_middle = abs(height - 7 * staff.octaves - _MIDDLE_LINE[staff.clef])
    return max(0, (from_middle - 4) // 2) ** 2 + _OCTAVE_LINE * staff.octaves**2
