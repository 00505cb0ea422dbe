"""What is written above scales: the title of the file, and for each scale its place, its common name and its text form.

names, steps of a morph or cells of a grid --Headings--> title, captions, the square that the scales are drawn in
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from polate.theory.scale import Scale

__all__ = ["CAPTION", "PLAIN", "Headings"]

CAPTION = 80  # characters of a caption that fit on a line of A4
_TITLE = 120  # characters of a title that fit on it in small print


@dataclass(frozen=True, slots=True)
class Headings:
    """For the scales of one file, in their order."""

    names: Mapping[str, Sequence[str]] = field(
        default_factory=dict
    )  # text form -> the pattern's names, best known first
    steps: tuple[int, ...] = ()  # of a morph, from 1; empty: it is none
    cells: tuple[tuple[int, int], ...] = ()  # rows and columns of a grid, from 1; empty: it is none
    title: str = ""  # one line; empty: none

    @property
    def heading(self) -> str:
        """The title as it is written: in one line of at most 120 characters; empty if there is none."""
        return _line(self.title, _TITLE)

    def name(self, scale: Scale) -> str:
        """The best known name of a scale; its text form if it has no name."""
        return next(iter(self.names.get(scale.pattern.text, ())), scale.pattern.text)

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
        return self._fitting(place, scale, most)

    def caption_in_square(self, scale: Scale, most: int) -> str:
        """The same line where rows and columns have headings of their own."""
        return self._fitting("", scale, most)

    def _fitting(self, place: str, scale: Scale, most: int) -> str:
        name, text = self.name(scale), scale.pattern.text
        long = f"{place}{name}" if name == text else f"{place}{name} ({text})"
        return _line(long if len(long) <= most else f"{place}{name}", most)


PLAIN = Headings()  # no title, and text forms only


def _line(text: str, most: int) -> str:
    """A text cut to ``most`` characters, in one line, without control characters, which XML does not allow."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}\u2026"
