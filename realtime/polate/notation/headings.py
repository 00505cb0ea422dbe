"""What is written at scales beside their text forms: common names, and places in a morph or a grid.

names, cells of a grid --Headings--> the caption of a scale, the square that the scales are drawn in
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from polate.theory.scale import Scale

__all__ = ["Headings"]


@dataclass(frozen=True, slots=True)
class Headings:
    """For the scales of one file, in their order."""

    names: Mapping[str, Sequence[str]] = field(
        default_factory=dict
    )  # text form -> the pattern's names, best known first
    steps: tuple[int, ...] = ()  # of a morph, from 1; empty: it is none
    cells: tuple[tuple[int, int], ...] = ()  # rows and columns of a grid, from 1; empty: it is none

    def caption(self, index: int, scale: Scale, most: int) -> str:
        """The line above a scale: where it is, its name, its text form.

        ``most``: characters. If it is longer, a scale that has a name loses its text form; then it is cut.
        """
        place = ""
        if self.steps:
            place = f"step {self.steps[index]}: "
        elif self.cells:
            row, column = self.cells[index]
            place = f"row {row}, column {column}: "
        name = next(iter(self.names.get(scale.pattern.text, ())), "")
        long = f"{place}{name} ({scale.pattern.text})" if name else f"{place}{scale.pattern.text}"
        short = f"{place}{name}" if name and len(long) > most else long
        return short if len(short) <= most else f"{short[: most - 1]}\u2026"
