"""The verbs that work without MIDI: they turn points of the map into scales, printed or written to files.

    text --LatentMap--> points --draw, morph or grid--> scales --Output--> terminal, files

Light to import: each verb imports what it needs when it is called.
"""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter, validators

from polate.cli.working import working
from polate.errors import PolateError

if TYPE_CHECKING:
    from polate.model.latent_map import LatentMap, Point
    from polate.notation.headings import Headings
    from polate.theory.scale import Scale

__all__ = ["Model", "PointText", "Seed", "generate", "grid", "landmarks", "morph", "warn"]

MAX_COUNT = 1_000_000
MAX_STEPS = 10_000
MAX_SIZE = 100

PointText = Annotated[str, Parameter(allow_leading_hyphen=True)]  # a coordinate may be negative
Seed = Annotated[int, Parameter(validator=validators.Number(gte=0))]
Model = Annotated[
    Path | None,
    Parameter(
        help="The map: slonimsky, octave (octave scales), atlas (both) or an exported .onnx file (default: slonimsky)."
    ),
]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Output:
    """How scales are printed, and the files they are written to.

    Parameters
    ----------
    json_
        Print one JSON object per scale: z, interval, cell, symmetric, descending, text, notes (MIDI numbers, up and
        down) and near (the landmarks that the point lies between).
    out
        Write the scales to this file too. The ending selects the format: .mid, .json, .musicxml, .ly (LilyPond), .svg
        .png or .pdf (a score), .roll.svg, .roll.png or .roll.pdf (piano rolls). Can be given several times.
    title
        The title of scores, piano rolls and MIDI files; "" is none (default: what the scales are).
    tonic
        The first note of each scale: a note name (C4 is middle C) or a MIDI number.
    bpm
        The tempo of the files, in quarter notes per minute.
    """

    json_: Annotated[bool, Parameter(name="--json", show_default=False)] = False
    out: Annotated[list[Path], Parameter(name="--out", show_default=False)] = field(default_factory=list)
    title: Annotated[str | None, Parameter(show_default=False)] = None
    tonic: str = "C4"
    bpm: Annotated[float, Parameter(validator=validators.Number(gte=20, lte=400))] = 120.0

    def check(self) -> int:
        """Check the options before the work begins. Returns the tonic as a MIDI note. Raises `PolateError`."""
        from polate.notation.writers import suffix_of
        from polate.theory.midi_notes import parse_note

        for path in self.out:
            suffix_of(path)
        return parse_note(self.tonic)

    def write(
        self,
        places: "LatentMap",
        scales: "Sequence[Scale]",
        labels: Sequence[dict[str, int]],
        title: "Callable[[Headings], str]",
    ) -> None:
        """Write the files and print every scale, each with its label in front. ``title``: unless another is given."""
        from polate.notation.headings import Headings
        from polate.notation.writers import write_all

        if self.out:
            from polate.model.shipped_maps import common_names

            names = {**common_names(), **places.names}
            steps = tuple(label["step"] for label in labels if "step" in label)
            cells = tuple((label["row"], label["column"]) for label in labels if "row" in label)
            headings = Headings(names, steps, cells)
            headings = replace(headings, title=title(headings) if self.title is None else self.title)
            with working(f"writing {', '.join(map(str, self.out))}"):
                write_all(self.out, scales, self.bpm, headings)
        for label, scale in zip(labels, scales, strict=True):
            if self.json_:
                print(json.dumps({**label, **scale.as_dict(), "near": str(places.neighbourhood(scale.z))}))
            else:
                print("\t".join([*map(str, label.values()), scale.pattern.text, " ".join(map(str, scale.notes))]))


_PRINTED = Output()


def generate(
    *,
    count: Annotated[int, Parameter(validator=validators.Number(gte=1, lte=MAX_COUNT))] = 1,
    temperature: Annotated[float, Parameter(validator=validators.Number(gte=0, lte=100))] | None = None,
    near: PointText | None = None,
    seed: Seed | None = None,
    model: Model = None,
    output: Output = _PRINTED,
) -> None:
    """Draw random points of the map and print their scales.

    Parameters
    ----------
    count
        The number of points.
    temperature
        How far the points scatter, in standard deviations: 1 covers the map, 0 draws its centre only (default: 1; with
        --near 0.3).
    near
        Scatter the points around this point (default: the map's centre). 'polate identify --help' lists the ways to
        write a point.
    seed
        The same seed draws the same points. Without a seed they differ each time.
    """
    from polate.model.latent_map import LatentMap
    from polate.model.scales import draw_scales

    tonic = output.check()
    places = LatentMap.open(model, seed)
    centre = None if near is None else _points(places, near)[0]
    scales = draw_scales(places, count, centre, temperature, tonic)
    title = f"{count} scales" if near is None else f"{count} scales near {near}"
    output.write(places, scales, [{}] * count, lambda headings: headings.name(scales[0]) if count == 1 else title)


def morph(
    a: PointText,
    b: PointText,
    /,
    *,
    steps: Annotated[int, Parameter(validator=validators.Number(gte=2, lte=MAX_STEPS))] = 9,
    distinct: bool = False,
    path: Literal["linear", "spherical"] = "linear",
    seed: Seed | None = None,
    model: Model = None,
    output: Output = _PRINTED,
) -> None:
    """Go from one point of the map to another and print the scales on the way.

    Each line begins with the number of the step. Both end points are included.

    Parameters
    ----------
    a
        The point to start from. 'polate identify --help' lists the ways to write a point.
    b
        The point to end at.
    steps
        The number of points, evenly spaced.
    distinct
        Leave out a scale that equals the one before it.
    path
        linear is the straight line. spherical is an arc around the map's centre: direction and distance from the centre
        change evenly.
    seed
        The same seed gives the same point for 'random'.
    """
    from polate.model.latent_map import LatentMap
    from polate.model.scales import morph_scales

    tonic = output.check()
    places = LatentMap.open(model, seed)
    start, end = _points(places, a, b)
    scales = morph_scales(places, start, end, steps, path, distinct, tonic)
    output.write(
        places,
        [scale for _, scale in scales],
        [{"step": step} for step, _ in scales],
        lambda headings: f"From {headings.name(scales[0][1])} to {headings.name(scales[-1][1])}",
    )


def grid(
    a: PointText,
    b: PointText,
    c: PointText,
    d: PointText,
    /,
    *,
    size: Annotated[int, Parameter(validator=validators.Number(gte=2, lte=MAX_SIZE))] = 5,
    by: Literal["rows", "columns", "diagonals"] = "rows",
    seed: Seed | None = None,
    model: Model = None,
    output: Output = _PRINTED,
) -> None:
    """Fill the square between four points of the map (bilinearly) and print its scales.

    Each line begins with the row and the column.

    Parameters
    ----------
    a
        The corner in the first row and first column. 'polate identify --help' lists the ways to write a point.
    b
        The corner in the first row and last column.
    c
        The corner in the last row and first column.
    d
        The corner in the last row and last column.
    size
        The number of rows, and of columns.
    by
        The order of the scales: by rows, by columns, or only the two diagonals (A to D, then B to C).
    seed
        The same seed gives the same point for 'random'.
    """
    from polate.model.latent_map import LatentMap
    from polate.model.scales import grid_scales

    tonic = output.check()
    places = LatentMap.open(model, seed)
    first, second, third, last = _points(places, a, b, c, d)
    scales = grid_scales(places, (first, second, third, last), size, by, tonic)
    labels = [{"row": row, "column": column} for (row, column), _ in scales]

    def title(headings: "Headings") -> str:
        at = dict(scales)
        one, two, three, four = (headings.name(at[row, column]) for row in (1, size) for column in (1, size))
        return f"Between {one}, {two}, {three} and {four}"

    output.write(places, [scale for _, scale in scales], labels, title)


def landmarks(*, model: Model = None) -> None:
    """List the landmarks of the map: well-known patterns that have a name.

    OSC can go to a landmark by its name, and every verb that takes a point accepts it.
    """
    from polate.model.decoder import Decoder

    for landmark in Decoder.open(model).metadata.landmarks:
        print(f"{landmark.name}\t{landmark.text}")


def _points(places: "LatentMap", *texts: str) -> "list[Point]":
    """The points of texts on one map. If it lacks one, the message names the shipped models that have them all."""
    from polate.model.shipped_maps import advised

    try:
        points = [places.point(text) for text in texts]
    except PolateError as error:
        raise advised(error, places, texts) from None
    for point in points:
        warn(point)
    return points


def warn(point: "Point") -> None:
    """Say on standard error that the map does not have the pattern. Standard output is for scales."""
    if point.remark:
        print(f"polate: {point.remark}", file=sys.stderr)
