"""The verb that tells what something is: notes, a pattern, a name, a point of the map, a take.

    words --shipped_maps or LatentMap--> Identity --> lines, or JSON
    take.mid, take.jsonl --passages--> the patterns that it went through, with bars and beats

Light to import: it imports what it needs when it is called.
"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from polate.cli.map_commands import PointText, Seed, warn
from polate.cli.working import working
from polate.errors import ConfigError, printable

if TYPE_CHECKING:
    from polate.model.contract import Axis
    from polate.model.latent_map import Identity
    from polate.takes.passages import Passage

__all__ = ["identify"]

Searched = Annotated[
    Path | None,
    Parameter(help="Search this map only: slonimsky, octave, atlas or an exported .onnx file (default: all shipped)."),
]
_MOST_NAMES = 4  # of a mode, on its line
_KINDS = ("P", "I", "R", "RI")


def identify(
    *what: PointText,
    json_: Annotated[bool, Parameter(name="--json")] = False,
    seed: Seed | None = None,
    model: Searched = None,
) -> None:
    """Identify notes, a pattern, a point or a take: pattern, class, names, place on the map, set class, modes, row.

    Without --model, all shipped models are searched: slonimsky, octave, atlas.

    Parameters
    ----------
    what
        A pattern ('tritone 0 1 2'), the name of a landmark ('giant steps'), notes ('60 61 62 66 67 68 72' or
        'C4 C#4 D4 ...'), a MIDI file (.mid), coordinates separated by commas ('0.1,-0.3,...') or 'random'. Other verbs
        accept points in the same forms. Here notes may also be in any order, a chord, or a twelve-tone row; and a take
        (take.mid, take.jsonl) is listed with its patterns. Quotes are not needed.
    json_
        Print one JSON object: text and class of the pattern, names, tonic (if notes were given; a MIDI number), model
        (the shipped model that has it), z, knobs (z as positions 0..1), map (the pattern of the map at z), confidence
        (of the model in that pattern, 0..1), runner_up (the second choice for each added note), near (the landmarks
        that the point lies between), landmarks (the nearest ones and their distances), elsewhere (z on the other
        shipped models), set_class, modes, rows, remarks (what was done to the notes). Of a take: its patterns.
    seed
        The same seed gives the same point for 'random'.
    """
    from dataclasses import replace

    with working("loading the maps"):
        from polate.model import shipped_maps
        from polate.model.latent_map import LatentMap

    text = " ".join(what)
    if not text.strip():
        raise ConfigError("identify needs notes, a pattern, a name, a point or a file, got nothing")
    if (passages := _passages(Path(text))) is not None:
        if len({passage.pattern for passage in passages}) != 1:
            return _print_take(Path(text), passages, json_)
        if not json_:
            print(f"take     {printable(text)}: one pattern, from bar {passages[0].bar} on")
        text = passages[0].pattern.text
    with working("searching all shipped maps" if model is None else f"searching {model}"):
        identity = shipped_maps.identify(text, seed) if model is None else LatentMap.open(model, seed).identify(text)
        if identity.rows and identity.point and identity.point.remark:  # no map has rows: a similar scale is no answer
            identity = replace(identity, point=None, model="")
        shipped_maps.common_names()  # loads the maps that the lines below need
        latent_map = LatentMap.open(model) if model else shipped_maps.opened(identity.model or _default_model())
        axes = latent_map.decoder.axes
    (_print_json if json_ else _print_lines)(identity, axes)
    sys.stdout.flush()
    if identity.error and not identity.rows:
        raise identity.error
    if identity.point:
        warn(identity.point)
    return None


# -- as lines -------------------------------------------------------------------------------------


def _print_lines(identity: "Identity", axes: "tuple[Axis, ...]") -> None:
    from polate.theory.midi_notes import note_name

    for remark in identity.remarks:
        print(f"notes    {printable(remark, 1000)}")
    print(f"pattern  {identity.pattern}\nclass    {identity.pattern.classification}")
    if identity.tonic is not None:
        print(f"tonic    {note_name(identity.tonic)}")
    point, sure, near = identity.point, identity.certainty, identity.neighbourhood
    if point and sure and near:
        if identity.model not in ("", _default_model()):
            print(f"model    {identity.model}: the other verbs, and play, need --model {identity.model}")
        print(f"z        {_coordinates(point.z)}")
        if point.remark:
            print(f"the map  {point.pattern}")
        others = f"; next best for each added note: {' '.join(map(str, sure.runner_up))}" if sure.runner_up else ""
        print(f"sure     {sure.confidence:.0%}{others}")
        print(f"near     {near}")
        for landmark, distance in near.landmarks:
            print(f"         {distance:.2f} from {landmark.name} ({landmark.text})")
        beyond = sum(not 0 <= axis.place(z) <= 1 for axis, z in zip(axes, point.z, strict=True))
        reach = f" (the point is beyond the ends of {beyond} of them)" if beyond else ""
        print(f"knobs    {' '.join(f'{position:.5g}' for position in _knobs(axes, point.z))}{reach}")
    for name, other in identity.elsewhere:
        print(f"also     {_coordinates(other.z)} (--model {name})")
    if identity.names:
        print(f"names    {', '.join(identity.names)}")
    print(f"set      {identity.set_class}")
    _print_table("modes", _mode_lines(identity))
    _print_table("row", _row_lines(identity))


def _print_table(title: str, lines: list[str]) -> None:
    for number, line in enumerate(lines):
        print(f"{title if number == 0 else '':<9}{line}")


def _mode_lines(identity: "Identity") -> list[str]:
    from polate.model.shipped_maps import common_names

    names, lines = common_names(), []
    for first, mode in identity.modes:
        called = tuple(name for name in names.get(mode.text, ()) if " from degree " not in name)
        start = f"on {_pitch_class(first)}" if identity.tonic is not None else f"{first} higher" if first else ""
        lines.append(": ".join(filter(None, (" ".join(filter(None, (mode.text, start))), _few(called)))))
    return lines


def _row_lines(identity: "Identity") -> list[str]:
    if not identity.rows:
        return []
    row = identity.rows[0]
    number = row.notes[0]
    lines = [f"{f'{kind}{number}':<5}{_pitch_classes(row.form(kind, number))}" for kind in _KINDS]
    for place, other in enumerate(identity.rows[1:], 2):
        lines.append(f"row {place} is {' = '.join(row.named(other)) or 'no form of the first'}")
    first, second = row.hexachords
    lines.append(f"hexachords {first.forte} and {second.forte}")
    if row.has_all_intervals:
        lines.append("has all intervals")
    if len(same := row.named(row)) > 1:
        lines.append(f"symmetric: {' = '.join(same)}")
    if row.combines_with:
        lines.append(f"combines with {', '.join(row.combines_with)}: their first halves have the notes of its second")
    return lines


def _few(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more


def _default_model() -> str:
    from polate.model.shipped import SHIPPED

    return SHIPPED[0]


def _coordinates(z: tuple[float, ...]) -> str:
    return ",".join(f"{coordinate:.9g}" for coordinate in z)  # nine digits: distinct float32s


def _knobs(axes: "tuple[Axis, ...]", z: tuple[float, ...]) -> list[float]:
    return [axis.position(coordinate) for axis, coordinate in zip(axes, z, strict=True)]


def _pitch_class(number: int) -> str:
    from polate.theory.midi_notes import note_name

    return note_name(60 + number % 12)[:-1]


def _pitch_classes(numbers: tuple[int, ...]) -> str:
    return " ".join(f"{_pitch_class(number):<2}" for number in numbers).rstrip()


# -- as JSON --------------------------------------------------------------------------------------


def _print_json(identity: "Identity", axes: "tuple[Axis, ...]") -> None:
    from polate.model.shipped_maps import common_names

    point, sure, near = identity.point, identity.certainty, identity.neighbourhood
    around = near.landmarks if near else ()
    klass, row, names = identity.set_class, identity.rows[0] if identity.rows else None, common_names()
    about = {
        "text": identity.pattern.text,
        "class": identity.pattern.classification,
        "names": identity.names,
        "tonic": identity.tonic,
        "model": identity.model or None,
        "z": point and point.z,
        "knobs": point and _knobs(axes, point.z),
        "map": point and point.pattern.text,
        "confidence": sure and sure.confidence,
        "runner_up": sure and sure.runner_up,
        "near": near and str(near),
        "landmarks": [{"name": mark.name, "text": mark.text, "distance": distance} for mark, distance in around],
        "elsewhere": {name: other.z for name, other in identity.elsewhere},
        "set_class": {
            "forte": klass.forte,
            "prime_form": klass.prime_form,
            "interval_vector": klass.interval_vector,
            "z_partner": klass.z_partner,
            "transpositions": klass.transpositions,
        },
        "modes": [
            {"degree": (first - (identity.tonic or 0)) % 12, "text": mode.text, "names": names.get(mode.text, ())}
            for first, mode in identity.modes
        ],
        "rows": [{"notes": each.notes, "forms": row.named(each) if row else ()} for each in identity.rows],
        "remarks": identity.remarks,
    }
    print(json.dumps(about))


# -- takes ----------------------------------------------------------------------------------------


def _passages(path: Path) -> "list[Passage] | None":
    """The patterns of a take; None for anything else. Raises `TakeError` for a take without patterns."""
    from polate.errors import TakeError
    from polate.takes.passages import passages_of, read_passages
    from polate.theory.midi_notes import MIDI_SUFFIXES

    if path.suffix.lower() == ".jsonl":
        from polate.cli.take_commands import play_again

        found = passages_of(play_again(path).midi) or []
    elif path.suffix.lower() in MIDI_SUFFIXES and path.is_file():
        passages = read_passages(path)
        if passages is None:
            return None
        found = passages
    else:
        return None
    if not found:
        raise TakeError("no notes in this take", file=path)
    return found


def _print_take(path: Path, passages: "list[Passage]", as_json: bool) -> None:
    from polate.model.shipped_maps import common_names

    names = common_names()
    if as_json:
        rows: list[dict[str, Any]] = [
            {
                "bar": passage.bar,
                "beat": passage.beat,
                "text": passage.pattern.text,
                "class": passage.pattern.classification,
                "names": names.get(passage.pattern.text, ()),
            }
            for passage in passages
        ]
        print(json.dumps({"take": rows}))
        return
    kinds = len({passage.pattern for passage in passages})
    print(f"take     {printable(str(path))}: {len(passages)} passages, {kinds} patterns")
    for passage in passages:
        called = _few(names.get(passage.pattern.text, ()))
        place = f"bar {passage.bar} beat {passage.beat:.3g}"
        print(f"{place:<16} {passage.pattern}{f' ({called})' if called else ''}")
