"""Patterns: their text form, their notes, and their class in Slonimsky's terms.

    "tritone 0 1 2" --parse--> Pattern(6, (0, 1, 2)) --render--> 60 61 62 66 67 68 72 68 ... 60

This module is pure and needs only the standard library. Training and the instrument both use it.

Source: Nicolas Slonimsky, *Thesaurus of Scales and Melodic Patterns* (1947). Principal tones divide one or more octaves
into equal parts, and notes are added to each principal tone.
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
"""The twelve progressions in the order of the Thesaurus: name -> semitones between principal tones."""

_NAMES = {interval: name for name, interval in PROGRESSIONS.items()}

WIDEST_INTERVAL = 24
LOWEST_OFFSET, HIGHEST_OFFSET = -11, 23
LONGEST_CELL = 12
_LONGEST_TEXT = 256  # characters; with two cells of twelve notes it needs a third of that


@dataclass(frozen=True, slots=True)
class Register:
    """The compass that scales are folded into, as MIDI notes, both ends included.

    It spans at least 88 notes. Raises `PatternError` for a narrower one, or notes outside 0..127.

    >>> from polate import Pattern, Register
    >>> Pattern.parse("diapente 0 4").render(60, Register(36, 127))[-3:]
    (67, 64, 60)
    """

    lowest: int  # 0..127
    highest: int  # 0..127

    def __post_init__(self) -> None:
        if not (self.lowest >= 0 and self.highest <= 127 and self.highest - self.lowest >= 87):
            raise PatternError(
                f"a register must lie in 0..127 and span at least 88 notes, got {self.lowest}..{self.highest}"
            )


PIANO = Register(21, 108)
"""The register of the 88 piano keys, A0 to C8."""

Cells = list[tuple[int, ...]]
"""Cells in MIDI notes, the principal tone of each first."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """An interval between principal tones, and the cell played on each of them.

    ``interval``: semitones, 1..24.

    ``cell``: the offsets of its notes, in semitones from the principal tone. The first is 0. Each is in -11..23, none
    is the interval (the next principal tone), and no pitch class occurs twice.

    ``symmetric``: every second cell is mirrored inside the span of its pair. This needs a cell of rising
    interpolations, an even number of principal tones, and a mirror that differs from the cell.

    ``descending``: the cell of the way down, in the same form, played from its last note to its first. None: the way
    down is the way up reversed. A symmetric pattern has no descending cell.

    Every `Pattern` is legal: the constructor raises `PatternError` for anything else.

    >>> from polate import Pattern
    >>> pattern = Pattern.parse("tritone 0 1 2")
    >>> pattern
    Pattern(interval=6, cell=(0, 1, 2), symmetric=False, descending=None)
    >>> pattern.render(60)
    (60, 61, 62, 66, 67, 68, 72, 68, 67, 66, 62, 61, 60)
    >>> pattern.classification, pattern.parts, pattern.octaves
    ('Interpolation', 2, 1)
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

        The interval is the name of a progression or a number of semitones. Case does not matter. Raises `PatternError`.
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
        """The text form, which `parse` reads."""
        symmetric = " symmetric" if self.symmetric else ""
        down = "" if self.descending is None else f" down {_numbers(self.descending)}"
        return f"{self.progression}{symmetric} {_numbers(self.cell)}{down}"

    def __str__(self) -> str:
        return self.text

    # -- properties ------------------------------------------------------------------------------

    @property
    def progression(self) -> str:
        """Slonimsky's name for the interval, or its number if he has no name for it."""
        return _NAMES.get(self.interval, str(self.interval))

    @property
    def parts(self) -> int:
        """The number of principal tones in ``octaves`` octaves, the tonic at the top not counted."""
        return 12 // math.gcd(12, self.interval)

    @property
    def octaves(self) -> int:
        """The number of octaves that the principal tones divide."""
        return self.interval // math.gcd(12, self.interval)

    @property
    def mirror(self) -> tuple[int, ...]:
        """The mirrored cell: an added note x becomes interval - x above the second principal tone of the pair."""
        return (0, *sorted(self.interval - offset for offset in self.cell[1:]))

    def role(self, offset: int) -> str:
        """``infra`` (below the principal tone), ``inter`` (below the next one) or ``ultra`` (above the next one)."""
        if offset < 0:
            return "infra"
        return "inter" if offset < self.interval else "ultra"

    @property
    def classification(self) -> str:
        """The title of Slonimsky's section, without the number of notes: ``Interpolation``, ``Infra-Interpolation`` ...

        The roles are in the order in which they first occur in the cell. The descending cell has no influence.
        """
        roles = list(dict.fromkeys(self.role(offset) for offset in self.cell[1:]))
        if not roles:
            return "Principal Tones"
        title = "-".join(role.capitalize() for role in roles) + "polation"
        return f"Symmetric {title}" if self.symmetric else title

    # -- notes -----------------------------------------------------------------------------------

    @property
    def top(self) -> int:
        """The index in `render` of the principal tone at the top, where the way down begins."""
        return self.parts * len(self.cell)

    def ascent(self) -> list[tuple[int, tuple[int, ...]]]:
        """The way up: each principal tone, in semitones above the tonic, with its cell.

        The last is the tonic ``octaves`` higher, without added notes.
        """
        cells = (self.cell, self.mirror if self.symmetric else self.cell)
        way_up = [(part * self.interval, cells[part % 2]) for part in range(self.parts)]
        return [*way_up, (self.parts * self.interval, (0,))]

    def descent(self) -> list[tuple[int, tuple[int, ...]]]:
        """The way down, in the order played: the principal tones below the top, each with its cell.

        Each cell is reversed: its principal tone is its last number, because it is played last.
        """
        if self.descending is not None:
            return [(part * self.interval, self.descending[::-1]) for part in reversed(range(self.parts))]
        return [(principal, cell[::-1]) for principal, cell in reversed(self.ascent()[:-1])]

    def render(self, tonic: int = 60, register: Register = PIANO) -> tuple[int, ...]:
        """The scale as played, in MIDI notes: up from the tonic, and back down to it.

        Notes outside the register are folded into it, see `cells`. Raises `PatternError` for a tonic outside 0..127.
        """
        up, down = self.cells(tonic, register)
        return tuple([note for cell in (*up, *(cell[::-1] for cell in down)) for note in cell])

    def cells(self, tonic: int = 60, register: Register | None = PIANO, climbs: int = 1) -> tuple[Cells, Cells]:
        """The cells of the way up, and the cells of the way down in the order played, in MIDI notes.

        The first note of each cell is its principal tone. The last cell of the way up is the tonic alone. ``climbs``:
        how many times the way up is repeated, each time from the tonic that the last one reached, before the way down
        begins.

        A scale that fits the register is not changed. A wider scale is folded, whole cells at a time: its principal
        tones wrap round within the largest number of octaves that fit into the register. That is three or more, so no
        note is repeated at the fold. The tonic keeps its octave if it is within these octaves; otherwise it keeps its
        pitch class. Without a register nothing is folded, and notes may lie outside 0..127.

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
                base = register.lowest - min(low for low, _ in ends.values())  # the lowest principal tone possible
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
