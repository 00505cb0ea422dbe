"""What a pattern is: its text form, its notes, its class in Slonimsky's words.

    "tritone 0 1 2" --parse--> Pattern(6, (0, 1, 2)) --render--> 60 61 62 66 67 68 72 68 ... 60

Pure, and without dependencies: the training side shares it with the instrument.

Source of the model: Nicolas Slonimsky, *Thesaurus of Scales and Melodic Patterns* (1947): principal
tones that divide octaves equally, and the notes added to each of them.
"""

import math
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

from polate.errors import PatternError

__all__ = [
    "HIGHEST_OFFSET",
    "LONGEST_CELL",
    "LOWEST_OFFSET",
    "PIANO",
    "PROGRESSIONS",
    "WIDEST_INTERVAL",
    "Cells",
    "Pattern",
    "Register",
]

PROGRESSIONS: dict[str, int] = {
    "tritone": 6,
    "ditone": 4,
    "sesquitone": 3,
    "whole-tone": 2,
    "semitone": 1,
    "quadritone": 8,
    "sesquiquadritone": 9,
    "quinquetone": 10,
    "diatessaron": 5,
    "septitone": 14,
    "diapente": 7,
    "sesquiquinquetone": 11,
}
"""The twelve progressions in the order of the Thesaurus: semitones between principal tones."""

_NAMES = {interval: name for name, interval in PROGRESSIONS.items()}

WIDEST_INTERVAL = 24
LOWEST_OFFSET, HIGHEST_OFFSET = -11, 23
LONGEST_CELL = 12
_LONGEST_TEXT = 256  # characters; with two cells of twelve notes it needs a third of that


@dataclass(frozen=True, slots=True)
class Register:
    """The compass that scales are folded into, as MIDI notes, both ends included."""

    lowest: int  # 0..127
    highest: int  # 0..127

    def __post_init__(self) -> None:
        if not (self.lowest >= 0 and self.highest <= 127 and self.highest - self.lowest >= 87):
            raise PatternError(
                f"a register must lie in 0..127 and span at least 88 notes, got {self.lowest}..{self.highest}"
            )


PIANO = Register(21, 108)
"""The 88 keys, A0 to C8."""

Cells = list[tuple[int, ...]]
"""Each in MIDI notes, its principal tone first."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """An interval between principal tones, and the cell played on each of them.

    ``interval``: semitones, 1..24. ``cell``: semitones from the principal tone, beginning with 0, each
    in -11..23, no pitch class twice, none equal to the interval (which is the next principal tone).
    ``symmetric``: every second cell is mirrored inside the span of its pair. Only rising
    interpolations can be, on an even number of principal tones, and not where the mirror changes nothing.
    ``descending``: the cell on the way down, written as the other and played from its end; None where the way
    down is the way up reversed. A symmetric pattern has none.

    Raises `PatternError` for anything else, so a Pattern that exists is legal.
    """

    interval: int
    cell: tuple[int, ...]
    symmetric: bool = False
    descending: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.interval <= WIDEST_INTERVAL:
            raise PatternError(f"interval must be in 1..{WIDEST_INTERVAL} semitones, got {self.interval}")
        cell, shown = self.cell, _numbers(self.cell)
        self._check_cell(cell)
        if self.descending is not None:
            self._check_cell(self.descending)
            if self.symmetric:
                raise PatternError(f"a symmetric pattern has no descending cell, got {_numbers(self.descending)}")
            if self.descending == cell:
                raise PatternError(f"{shown} is the cell of the way up too: drop 'down' and what follows")
        if self.symmetric:
            if self.parts % 2:
                raise PatternError(
                    "a symmetric pattern needs an even number of principal tones, "
                    f"got {self.parts} (interval {self.interval})"
                )
            if any(not a < b < self.interval for a, b in pairwise(cell)):
                raise PatternError(
                    f"a symmetric pattern takes rising interpolations only, in 1..{self.interval - 1}, got {shown}"
                )
            if self.mirror == cell:
                raise PatternError(f"{shown} is its own mirror in interval {self.interval}: drop 'symmetric'")

    def _check_cell(self, cell: tuple[int, ...]) -> None:
        shown = _numbers(cell)
        if not 1 <= len(cell) <= LONGEST_CELL:
            raise PatternError(f"a cell must have 1 to {LONGEST_CELL} notes, got {len(cell)}")
        if cell[0] != 0:
            raise PatternError(f"a cell must begin with 0, its principal tone, got {shown}")
        for offset in cell:
            if not LOWEST_OFFSET <= offset <= HIGHEST_OFFSET:
                raise PatternError(
                    f"offsets must be in {LOWEST_OFFSET}..{HIGHEST_OFFSET} semitones, got {offset} in {shown}"
                )
            if offset == self.interval:
                raise PatternError(
                    f"offset {offset} is the next principal tone of interval {self.interval}, got {shown}"
                )
        if len({offset % 12 for offset in cell}) < len(cell):
            raise PatternError(f"a cell must not hold a pitch class twice, got {shown}")

    # -- the text form ---------------------------------------------------------------------------

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text form: ``tritone 0 1 2``, ``tritone symmetric 0 1 2``, ``12 0 2 4 7 9 down 0 2 5 8``.

        The interval is a progression's name or a number; upper and lower case are the same.
        Raises `PatternError`.
        """
        if len(text) > _LONGEST_TEXT:
            raise PatternError(f"a pattern's text form has at most {_LONGEST_TEXT} characters, got {len(text)}")
        words = text.lower().split()
        if not words:
            raise PatternError("a pattern's text form is an interval and a cell ('tritone 0 1 2'), got nothing")
        interval = PROGRESSIONS.get(words[0])
        if interval is None:
            if not re.fullmatch(r"[0-9]{1,3}", words[0]):
                raise PatternError(
                    f"a progression must be one of {', '.join(PROGRESSIONS)} "
                    f"or an interval in semitones, got {words[0]!r}"
                )
            interval = int(words[0])
        symmetric = words[1:2] == ["symmetric"]
        up, *down = _split(words[2:] if symmetric else words[1:], "down")
        if len(down) > 1:
            raise PatternError("a pattern has one descending cell, got the word 'down' twice")
        return cls(interval, _cell(up), symmetric, _cell(down[0]) if down else None)

    @property
    def text(self) -> str:
        """The one text form, the same everywhere."""
        symmetric = " symmetric" if self.symmetric else ""
        down = "" if self.descending is None else f" down {_numbers(self.descending)}"
        return f"{self.progression}{symmetric} {_numbers(self.cell)}{down}"

    def __str__(self) -> str:
        return self.text

    # -- what it is ------------------------------------------------------------------------------

    @property
    def progression(self) -> str:
        """Slonimsky's name for the interval, or its number where he has none."""
        return _NAMES.get(self.interval, str(self.interval))

    @property
    def parts(self) -> int:
        """How many principal tones there are before a tonic comes again."""
        return 12 // math.gcd(12, self.interval)

    @property
    def octaves(self) -> int:
        """How many octaves the principal tones divide."""
        return self.interval // math.gcd(12, self.interval)

    @property
    def mirror(self) -> tuple[int, ...]:
        """The cell mirrored inside a pair: added note x becomes interval - x above the second principal tone."""
        return (0, *sorted(self.interval - offset for offset in self.cell[1:]))

    def role(self, offset: int) -> str:
        """``infra``, ``inter`` or ``ultra``: where an added note lies, seen from its principal tone."""
        if offset < 0:
            return "infra"
        return "inter" if offset < self.interval else "ultra"

    @property
    def classification(self) -> str:
        """Slonimsky's section title without the count of notes: ``Interpolation``, ``Infra-Interpolation`` ...

        The roles stand in the order in which they first occur in the cell; a descending cell does not count.
        """
        roles = list(dict.fromkeys(self.role(offset) for offset in self.cell[1:]))
        if not roles:
            return "Principal Tones"
        title = "-".join(role.capitalize() for role in roles) + "polation"
        return f"Symmetric {title}" if self.symmetric else title

    # -- its notes -------------------------------------------------------------------------------

    @property
    def top(self) -> int:
        """The place in `render` of the principal tone at the top, where the way down begins."""
        return self.parts * len(self.cell)

    def ascent(self) -> list[tuple[int, tuple[int, ...]]]:
        """The way up: each principal tone in semitones above the tonic, with its cell.

        The last is the tonic again, ``octaves`` higher, alone.
        """
        cells = (self.cell, self.mirror if self.symmetric else self.cell)
        way_up = [(part * self.interval, cells[part % 2]) for part in range(self.parts)]
        return [*way_up, (self.parts * self.interval, (0,))]

    def descent(self) -> list[tuple[int, tuple[int, ...]]]:
        """The way down, in the order played: the principal tones below the top, each with its cell, last note first.

        A cell sounds before its principal tone, which is the last number of each row.
        """
        if self.descending is not None:
            return [(part * self.interval, self.descending[::-1]) for part in reversed(range(self.parts))]
        return [(principal, cell[::-1]) for principal, cell in reversed(self.ascent()[:-1])]

    def render(self, tonic: int = 60, register: Register = PIANO) -> tuple[int, ...]:
        """The scale as played: from the tonic up, and back down to it, as MIDI notes.

        It is folded as `cells` says. Raises `PatternError` for a tonic outside 0..127.
        """
        up, down = self.cells(tonic, register)
        return tuple([note for cell in (*up, *(cell[::-1] for cell in down)) for note in cell])

    def cells(self, tonic: int = 60, register: Register | None = PIANO, climbs: int = 1) -> tuple[Cells, Cells]:
        """The cells of the way up, and those of the way down in the order played, each as it is written, as MIDI notes.

        So the first note of each is its principal tone. The last of the way up is the tonic alone. The way up is
        climbed ``climbs`` times, each time from where it has come to, before it turns.

        A scale that fits the register is written as it stands. A wider one is folded by whole cells: its
        principal tones wrap round within as many octaves as the register has room for (three at least,
        so that no note is ever repeated at the fold), the tonic among them; a tonic too high to be there keeps
        its pitch class. Without a register nothing is folded, and notes may lie outside 0..127.
        Raises `PatternError` for a tonic outside 0..127.
        """
        if not 0 <= tonic <= 127:
            raise PatternError(f"tonic must be in 0..127, got {tonic}")
        once = self.ascent()
        height = once[-1][0]
        up = [(climb * height + principal, cell) for climb in range(climbs) for principal, cell in once[:-1]]
        down = [(principal, self.descending or cell) for principal, cell in reversed(up)]
        up.append((climbs * height, (0,)))
        rows = up + down
        places = [tonic + principal for principal, _ in rows]
        if register:
            ends = {cell: (min(cell), max(cell)) for cell in {cell for _, cell in rows}}
            lowest = min([place + ends[cell][0] for place, (_, cell) in zip(places, rows, strict=True)])
            highest = max([place + ends[cell][1] for place, (_, cell) in zip(places, rows, strict=True)])
            if lowest < register.lowest or highest > register.highest:
                base = register.lowest - min(low for low, _ in ends.values())  # the lowest a principal tone may be
                base += (tonic - base) % 12
                span = (register.highest - max(high for _, high in ends.values()) + 1 - base) // 12 * 12
                places = [base + (place - base) % span for place in places]
        cells = [tuple([place + offset for offset in cell]) for place, (_, cell) in zip(places, rows, strict=True)]
        return cells[: len(up)], cells[len(up) :]


def _split(words: list[str], at: str) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for word in words:
        if word == at:
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def _cell(words: list[str]) -> tuple[int, ...]:
    for word in words:
        if not re.fullmatch(r"[+-]?[0-9]{1,3}", word):
            raise PatternError(f"a cell is written in whole semitones ('0 -1 2'), got {word!r}")
    return tuple(int(word) for word in words)


def _numbers(cell: tuple[int, ...]) -> str:
    return " ".join(map(str, cell))
