"""The verbs that need no instrument: points of the map in, scales out, to the terminal and to files.

Light to import: what a verb needs it imports when it is called.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter, validators

if TYPE_CHECKING:
    from polate.model.latent_map import Identity, LatentMap, Point
    from polate.model.scales import Scale

__all__ = ["Model", "generate", "grid", "identify", "landmarks", "morph"]

MAX_COUNT = 1_000_000
MAX_STEPS = 10_000
MAX_SIZE = 100

Where = Annotated[str, Parameter(allow_leading_hyphen=True)]  # a coordinate may be negative
Seed = Annotated[int, Parameter(validator=validators.Number(gte=0))]
Model = Annotated[
    Path | None,
    Parameter(help="slonimsky, octave (the scales that have names), or an exported .onnx file; slonimsky if left out."),
]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Output:
    """Where scales go, and how they are written.

    Parameters
    ----------
    json_
        One JSON object a line: z, interval, cell, symmetric, descending, text, notes (MIDI numbers, up and down), and
        near, the landmarks it lies between.
    out
        Write them to this file, in the format that its name ends in: .mid, .json, .musicxml, .ly (LilyPond), .svg,
        .roll.png (piano rolls) or .png (a score). May be given several times.
    tonic
        A note's name or MIDI number.
    bpm
        Tempo of the files, in quarter notes a minute.
    """

    json_: Annotated[bool, Parameter(name="--json", show_default=False)] = False
    out: Annotated[list[Path], Parameter(name="--out", show_default=False)] = field(default_factory=list)
    tonic: str = "C4"
    bpm: Annotated[float, Parameter(validator=validators.Number(gte=20, lte=400))] = 120.0

    def check(self) -> int:
        """The tonic. Raises a `PolateError` for what would only be found wrong when the scales are there."""
        from polate.notation.writers import suffix_of
        from polate.theory.midi_notes import parse_note

        for path in self.out:
            suffix_of(path)
        return parse_note(self.tonic)

    def write(self, places: "LatentMap", scales: "Sequence[Scale]", labels: Sequence[dict[str, int]]) -> None:
        """Write the files, and print every scale behind its label."""
        from polate.notation.writers import write

        for path in self.out:
            write(path, scales, self.bpm)
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
    near: Where | None = None,
    seed: Seed | None = None,
    model: Model = None,
    output: Output = _PRINTED,
) -> None:
    """Draw random points and print their scales.

    Parameters
    ----------
    count
        How many.
    temperature
        How far they scatter, in deviations of the prior: 1 where it is left out, 0 is the centre alone. With --near
        they scatter round that point, by 0.3 where it is left out.
    near
        Draw round this point: see 'polate identify --help' for what can be written.
    seed
        The same seed draws the same points; another every time where it is left out.
    """
    from polate.model.latent_map import LatentMap
    from polate.model.scales import draw_scales

    tonic = output.check()
    places = LatentMap.open(model, seed)
    centre = None if near is None else _point(places, near)
    output.write(places, draw_scales(places, count, centre, temperature, tonic), [{}] * count)


def morph(
    a: Where,
    b: Where,
    /,
    *,
    steps: Annotated[int, Parameter(validator=validators.Number(gte=2, lte=MAX_STEPS))] = 9,
    distinct: bool = False,
    path: Literal["linear", "spherical"] = "linear",
    seed: Seed | None = None,
    model: Model = None,
    output: Output = _PRINTED,
) -> None:
    """Go from one point to another, and print the scales on the way, both ends among them, each behind its step.

    Parameters
    ----------
    a
        Where it begins: see 'polate identify --help' for what can be written.
    b
        Where it ends.
    steps
        How many points, evenly spaced.
    distinct
        Leave out a scale that is the same as the one before it.
    path
        Straight, or along the arc: the direction turns evenly, and the distance from the centre changes evenly.
    seed
        Of 'random'.
    """
    from polate.model.latent_map import LatentMap
    from polate.model.scales import morph_scales

    tonic = output.check()
    places = LatentMap.open(model, seed)
    scales = morph_scales(places, _point(places, a), _point(places, b), steps, path, distinct, tonic)
    output.write(places, [scale for _, scale in scales], [{"step": step} for step, _ in scales])


def grid(
    a: Where,
    b: Where,
    c: Where,
    d: Where,
    /,
    *,
    size: Annotated[int, Parameter(validator=validators.Number(gte=2, lte=MAX_SIZE))] = 5,
    by: Literal["rows", "columns", "diagonals"] = "rows",
    seed: Seed | None = None,
    model: Model = None,
    output: Output = _PRINTED,
) -> None:
    """Fill a square between four points, bilinearly, and print its scales, each behind its row and its column.

    Parameters
    ----------
    a
        The corner in row 1, column 1: see 'polate identify --help' for what can be written.
    b
        The corner in row 1, the last column.
    c
        The corner in the last row, column 1.
    d
        The corner in the last row, the last column.
    size
        How many rows, and how many columns.
    by
        The whole square row by row, or column by column, or only its two diagonals, from A to D and from B to C.
    seed
        Of 'random'.
    """
    from polate.model.latent_map import LatentMap
    from polate.model.scales import grid_scales

    tonic = output.check()
    places = LatentMap.open(model, seed)
    corners = (_point(places, a), _point(places, b), _point(places, c), _point(places, d))
    scales = grid_scales(places, corners, size, by, tonic)
    labels = [{"row": row, "column": column} for (row, column), _ in scales]
    output.write(places, [scale for _, scale in scales], labels)


def identify(
    what: Where,
    /,
    *,
    json_: Annotated[bool, Parameter(name="--json")] = False,
    seed: Seed | None = None,
    model: Model = None,
) -> None:
    """What is this? The pattern, its class, its point on the map, and the landmarks that it lies between.

    Parameters
    ----------
    what
        A pattern ('tritone 0 1 2'), a landmark's name ('giant steps'), notes ('60 61 62 66 67 68 72', 'C4 C#4 D4 ...'),
        a MIDI file (.mid), coordinates with commas between ('0.1,-0.3,...'), or 'random'. The same can be written
        wherever a point is asked for.
    json_
        One JSON object: text and class of the pattern, tonic (of notes, a MIDI number), z, map (what the map has at z),
        confidence (of the model in that, 0..1), runner_up (the second choice for each added note), near (the landmarks
        it lies between), landmarks (the nearest, with their distances).
    seed
        Of 'random'.
    """
    from polate.model.latent_map import LatentMap

    identity = LatentMap.open(model, seed).identify(what)
    (_print_json if json_ else _print)(identity)
    sys.stdout.flush()
    if identity.error:
        raise identity.error
    if identity.point:
        _remark(identity.point)


def landmarks(*, model: Model = None) -> None:
    """List the landmarks of the model: well-known patterns that OSC can go to by name."""
    from polate.model.decoder import Decoder

    for landmark in Decoder.open(model).metadata.landmarks:
        print(f"{landmark.name}\t{landmark.text}")


def _print(identity: "Identity") -> None:
    from polate.theory.midi_notes import note_name

    print(f"pattern  {identity.pattern}\nclass    {identity.pattern.classification}")
    if identity.tonic is not None:
        print(f"tonic    {note_name(identity.tonic)}")
    point, sure, near = identity.point, identity.certainty, identity.neighbourhood
    if point and sure and near:
        print(f"z        {','.join(f'{coordinate:.9g}' for coordinate in point.z)}")  # nine digits tell float32s apart
        if point.remark:
            print(f"the map  {point.pattern}")
        others = f"; next best for each added note: {' '.join(map(str, sure.runner_up))}" if sure.runner_up else ""
        print(f"sure     {sure.confidence:.0%}{others}")
        print(f"near     {near}")
        for landmark, distance in near.landmarks:
            print(f"         {distance:.2f} from {landmark.name} ({landmark.text})")


def _print_json(identity: "Identity") -> None:
    point, sure, near = identity.point, identity.certainty, identity.neighbourhood
    around = near.landmarks if near else ()
    about = {
        "text": identity.pattern.text,
        "class": identity.pattern.classification,
        "tonic": identity.tonic,
        "z": point and point.z,
        "map": point and point.pattern.text,
        "confidence": sure and sure.confidence,
        "runner_up": sure and sure.runner_up,
        "near": near and str(near),
        "landmarks": [{"name": mark.name, "text": mark.text, "distance": distance} for mark, distance in around],
    }
    print(json.dumps(about))


def _point(places: "LatentMap", text: str) -> "Point":
    point = places.point(text)
    _remark(point)
    return point


def _remark(point: "Point") -> None:
    """That the map does not have a pattern is told on standard error: standard output is for scales."""
    if point.remark:
        print(f"polate: {point.remark}", file=sys.stderr)
