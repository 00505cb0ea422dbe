"""Scales in Scala's format, as degrees of twelve equal steps.

.scl --read_scala--> ScalaScale: description, degrees in semitones, how far they were rounded
"""

import io
import math
import re
from dataclasses import dataclass

from polate.errors import PatternError
from polate.theory.pattern import Pattern
from polate.theory.text_encoding import decoded

__all__ = ["TOLERANCE_CENTS", "NoScaleError", "ScalaScale", "read_scala"]

TOLERANCE_CENTS = 1.0  # largest deviation of a degree from equal temperament; a just fifth has 1.955


@dataclass(frozen=True, slots=True)
class ScalaScale:
    """A scale that ends with the octave."""

    name: str  # the description, or empty
    cell: tuple[int, ...]  # its degrees in semitones without the octave; a valid cell of `Pattern` with interval 12
    off_cents: float  # how far the farthest degree is away from its semitone


class NoScaleError(Exception):
    """Why a file is no scale of twelve equal steps. ``line``: counted from 1; None: the file as a whole."""

    def __init__(self, line: int | None, reason: str) -> None:
        self.line, self.reason = line, reason


def read_scala(content: bytes, rounding: float = TOLERANCE_CENTS) -> ScalaScale:
    """Read a scale in Scala's format. ``rounding``: how many cents a degree may be away from a whole semitone.

    Raises `NoScaleError`.

    Source: huygens-fokker.org/scala/scl_format.html. Lines that begin with ``!`` are comments. The other lines are the
    description, the number of degrees, and one line for each degree after the first (1/1). Read too: comments after
    blanks and after a number, blank lines, and a file without its description.
    """
    name, rows = _scala_rows(content)
    count = _COUNT.match(rows[0][1]) if rows else None
    if not count:
        raise NoScaleError(rows[0][0] if rows else None, "not a Scala file: the number of notes is missing")
    degrees = rows[1 : 1 + int(count[0])]
    if len(degrees) < int(count[0]):
        raise NoScaleError(rows[0][0], f"not a Scala file: it must have {count[0]} notes, got {len(degrees)}")
    cell, farthest = [0], 0.0
    for line, row in degrees:
        semitones, off = _semitones(line, row, len(cell), rounding)
        cell.append(semitones)
        farthest = max(farthest, off)
    if cell.pop() != 12:
        raise NoScaleError((degrees or rows)[-1][0], "the last degree must be the octave, 2/1")
    for size, (line, _) in enumerate(degrees[:-1], 2):  # to name the first degree that cannot be there
        try:
            Pattern(12, tuple(cell[:size]))
        except PatternError as error:
            raise NoScaleError(line, str(error)) from error
    return ScalaScale(name, tuple(cell), farthest)


def _scala_rows(content: bytes) -> tuple[str, list[tuple[int, str]]]:
    """The description, and the rows after it that are neither blank nor a comment, with their lines.

    The description is the first row, which can be blank. If the first row is the number of notes, there is none.
    """
    text = decoded(content).replace("\r\r\n", "\n").partition("\x1a")[0]  # Ctrl-Z ends a text of DOS
    lines = enumerate(io.StringIO(text, newline=None), 1)
    rows = [(line, row.strip()) for line, row in lines if not row.lstrip().startswith("!")]
    filled = [(line, row) for line, row in rows if row]
    if not filled:
        return "", []
    begins_with_count = _COUNT.match(filled[0][1]) is not None
    is_followed_by_count = len(filled) > 1 and _COUNT.match(filled[1][1]) is not None
    if begins_with_count and (not rows[0][1] or not is_followed_by_count):
        return "", filled
    return filled[0][1], filled[1:]


_COUNT = re.compile(r"[0-9]{1,6}+(?!\s*[/.,])")
_IN_CENTS = re.compile(r"[+-]?(?:[0-9]{1,9}+(?:\.[0-9]*+|,[0-9]++)|\.[0-9]++)(?!\s*/|[.,][0-9])")
_RATIO = re.compile(r"\+?([0-9]{1,40}+)(?:\s*/\s*([0-9]{1,40}+))?(?!\s*/|[.,][0-9])")


def _semitones(line: int, row: str, degree: int, rounding: float) -> tuple[int, float]:
    """A degree in semitones above 1/1, and how many cents it is away. ``degree``: its number, for the message."""
    shown, cents = row[:32], _cents(row)
    if cents is None:
        raise NoScaleError(line, f"a degree must be a ratio (3/2) or have a point (702.0), got {shown!r}")
    semitones = round(cents / 100)
    if abs(cents - 100 * semitones) > rounding:
        unit = "cent" if rounding == 1 else "cents"
        off = f"degree {degree}, {shown}, is at {cents:.1f} cents"
        raise NoScaleError(line, f"degrees must be within {rounding:g} {unit} of a whole semitone; {off}")
    return semitones, abs(cents - 100 * semitones)


def _cents(row: str) -> float | None:
    """A degree in cents above 1/1, or None. Text after the number is ignored. A comma can be the decimal point."""
    if match := _IN_CENTS.match(row):
        return float(match[0].replace(",", "."))
    if match := _RATIO.match(row):
        over, under = int(match[1]), int(match[2] or 1)
        return 1200 * (math.log2(over) - math.log2(under)) if over and under else None
    return None
