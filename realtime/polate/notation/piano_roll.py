"""Scales as piano rolls: time to the right, pitch upwards. The colour of a note shows its role in the cell."""

import io
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from matplotlib import rc_context
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from polate.errors import ConfigError
from polate.notation.headings import PLAIN, Headings
from polate.theory.midi_notes import note_name
from polate.theory.pattern import Pattern
from polate.theory.scale import Scale

__all__ = ["piano_roll"]

_MOST_SCALES = 1_000  # programs cannot open a picture that is higher
_COLOURS = {"principal tone": "#22304f", "infra": "#3a8fc4", "inter": "#e08a2c", "ultra": "#bf3f66"}
_WHITE_KEY, _BLACK_KEY, _LINE, _HEADING = "#f5f5f7", "#e8e8ec", "#c0c0c8", "#606070"
_DATES = {"svg": "Date", "pdf": "CreationDate"}  # the words of these formats for the time of writing
_BEAT = 4  # sixteenths
_WIDTH, _MARGIN = 12.0, 0.4  # inches
_NARROWEST = 2.4  # inches, a roll of a large grid
_CAPTION, _LETTER = 8, 0.058  # points, and inches: the usual width of a letter in a caption
_TITLE, _TITLE_LETTER, _TITLE_SPACE = 14, 0.11, 0.5  # points, and inches: the width of a letter, and the height
_HAIRLINE = 0.01  # inches
_COLUMN_GAP, _ROW_GAP = 0.4, 0.35  # inches, for the names of octaves and of patterns


class _Roll(NamedTuple):
    """The place of a roll in the picture, in inches from the lower left corner, and the sizes of its steps."""

    left: float
    bottom: float
    lowest: int  # MIDI note
    step: float  # inches a sixteenth
    semitone: float  # inches

    def box(self, step: float, note: float, steps: float, semitones: float) -> list[tuple[float, float]]:
        """The corners of a rectangle. ``step``, ``note``: its first sixteenth and its lowest note."""
        left, right = (self.left + at * self.step for at in (step, step + steps))
        bottom, top = (self.bottom + (at - self.lowest) * self.semitone for at in (note, note + semitones))
        return [(left, bottom), (right, bottom), (right, top), (left, top)]


def piano_roll(scales: Sequence[Scale], headings: Headings = PLAIN, kind: str = "png") -> bytes:
    """A picture with a roll for each scale, in its own compass and length, and with a line before each beat.

    The scales of a grid are drawn as its square. ``kind``: png, svg or pdf.
    Raises `ConfigError` for more than 1,000 scales.
    """
    if len(scales) > _MOST_SCALES:
        raise ConfigError(f"a picture holds at most {_MOST_SCALES} piano rolls, got {len(scales)} scales")
    if headings.cells:
        cells = [(row - 1, column - 1) for row, column in headings.cells]
        rows, columns = (1 + max(places) for places in zip(*cells, strict=True))
    else:
        columns = min(4, math.ceil(math.sqrt(len(scales) / 2)))
        rows = math.ceil(len(scales) / columns)
        cells = [divmod(index, columns) for index in range(len(scales))]
    page = max(_WIDTH, columns * _NARROWEST)
    width = (page - 2 * _MARGIN) / columns - _COLUMN_GAP
    height = max(1.2, 0.03 * max(len(_compass(scale)) for scale in scales))

    # One pair of axes, in inches, for all rolls: with a pair for each, some hundreds of rolls take a minute.
    top = rows * (height + _ROW_GAP) + 2 * _MARGIN
    title = headings.heading
    figure = Figure(figsize=(page, top + (_TITLE_SPACE if title else 0)), dpi=100)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, page), ylim=(0, figure.get_figheight()))
    axes.set_axis_off()
    size = _TITLE * min(1, (page - 2 * _MARGIN) / (_TITLE_LETTER * max(1, len(title))))
    axes.text(
        page / 2, top - (0 if headings.cells else 0.2), title, fontsize=size, ha="center", va="bottom", parse_math=False
    )
    boxes, colours = [], []
    drawn = {cell: index for index, cell in enumerate(cells)}  # the diagonals of a grid may meet in a cell
    for (row, column), index in drawn.items():
        scale = scales[index]
        compass, beats = _compass(scale), math.ceil(len(scale.notes) / _BEAT)
        left = _MARGIN + _COLUMN_GAP + column * (width + _COLUMN_GAP)
        bottom = top - _MARGIN - (row + 1) * (height + _ROW_GAP)
        roll = _Roll(left, bottom, compass.start, width / (beats * _BEAT), height / len(compass))
        for note in compass:
            boxes.append(roll.box(0, note, beats * _BEAT, 1))
            colours.append(_BLACK_KEY if "#" in note_name(note) else _WHITE_KEY)
        for beat in range(beats):
            boxes.append(roll.box(beat * _BEAT, compass.start, _HAIRLINE / roll.step, len(compass)))
            colours.append(_LINE)
        for step, (note, role) in enumerate(zip(scale.notes, _roles(scale.pattern), strict=True)):
            boxes.append(roll.box(step, note, 1, 1))
            colours.append(_COLOURS[role])
        most = int(width / _LETTER)
        caption = headings.caption_in_square(scale, most) if headings.cells else headings.caption(index, scale, most)
        axes.text(left, bottom + height + 0.06, caption, fontsize=_CAPTION, parse_math=False)
        for note in compass:
            if note % 12 == 0:
                y = roll.box(0, note, 0, 1)[0][1]
                axes.text(left - 0.05, y, note_name(note), fontsize=6, ha="right", va="bottom")
    for name, x, y, degrees in _square(rows, columns, width, height, top) if headings.cells else ():
        axes.text(x, y, name, fontsize=_CAPTION, color=_HEADING, ha="center", va="center", rotation=degrees)
    axes.add_collection(PolyCollection(boxes, facecolors=colours, linewidths=0))
    handles = [Patch(color=colour, label=_label(role)) for role, colour in _COLOURS.items()]
    figure.legend(handles=handles, loc="lower center", ncols=len(handles), frameon=False, fontsize=8)
    picture = io.BytesIO()
    with rc_context({"svg.hashsalt": "polate"}):  # the same scales give the same bytes
        figure.savefig(picture, format=kind, metadata={_DATES[kind]: None} if kind in _DATES else None)
    return picture.getvalue()


def _square(
    rows: int, columns: int, width: float, height: float, top: float
) -> Iterator[tuple[str, float, float, float]]:
    """The headings of the rows and columns of a grid, with their places in inches and their slopes in degrees."""
    for column in range(columns):
        left = _MARGIN + _COLUMN_GAP + column * (width + _COLUMN_GAP)
        yield f"column {column + 1}", left + width / 2, top - 0.3, 0
    for row in range(rows):
        yield f"row {row + 1}", 0.3, top - _MARGIN - (row + 1) * (height + _ROW_GAP) + height / 2, 90


def _compass(scale: Scale) -> range:
    """The notes from the lowest to the highest, at least an octave."""
    lowest = min(scale.notes)
    return range(lowest, max(max(scale.notes), lowest + 12) + 1)


def _roles(pattern: Pattern) -> list[str]:
    """The role of each note of a rendered pattern: principal tone, infra, inter or ultra."""
    cells = [*pattern.ascent(), *pattern.descent()]
    return [pattern.role(offset) if offset else "principal tone" for _, cell in cells for offset in cell]


def _label(role: str) -> str:
    return role if role == "principal tone" else f"{role}polation"
