"""Polate from Python: what the verbs of the command line do, as functions.

    place: "giant steps", "ditone 0 -2 3", "60 61 62 66", a Pattern, a Scale, coordinates, "random"

    generate, morph, grid --> scales --render--> notes, and files
    identify              --> Identity

These functions, and the classes that they use, are the public names of `polate`. Each opens the model that it is given;
pass a `LatentMap` to open a model once for many calls.
"""

import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from polate.errors import ConfigError, PolateError
from polate.model import shipped_maps
from polate.model.interpolation import Curve
from polate.model.latent_map import Identity, LatentMap, Point
from polate.model.scales import draw_scales, grid_scales, morph_scales
from polate.notation.headings import Headings
from polate.notation.writers import suffix_of, write_all
from polate.player.config import Config, load
from polate.theory.midi_notes import parse_note
from polate.theory.pattern import Pattern
from polate.theory.scale import Scale

__all__ = ["Model", "Place", "generate", "grid", "identify", "load_config", "morph", "render"]

Place = str | Path | Pattern | Scale | Sequence[float]
"""A place on the map: text as on the command line, a pattern, a scale, or (latent_size,) coordinates."""

Model = LatentMap | Path | str | None
"""A model: an opened map, an .onnx file, the name of a shipped model, or None for the default one."""

_SLOWEST, _FASTEST = 20.0, 400.0  # quarter notes a minute


def generate(
    count: int = 1,
    *,
    near: Place | None = None,
    temperature: float | None = None,
    tonic: int | str = "C4",
    seed: int | None = None,
    model: Model = None,
) -> list[Scale]:
    """Scales at ``count`` random points of the map, as `polate generate`.

    ``near``: draw round this place, and not from the prior, a standard normal on every axis. ``temperature``: the
    deviation of the draws, in deviations of the prior; 1 if not given, 0.3 round a place. ``tonic``: a MIDI note
    0..127 or its name. ``seed``: the same seed draws the same points.

    Raises `ConfigError`, `ModelError` or `PatternError`.

    >>> from polate import generate
    >>> [scale.pattern.text for scale in generate(3, near="giant steps", temperature=0.1, seed=2)]
    ['diatessaron 0 -2 3', 'diatessaron 0 -1 3', 'ditone 0 -3 3']
    """
    places = _open(model, seed)
    centre = None if near is None else _points(places, near)[0]
    return draw_scales(places, count, centre, temperature, _note(tonic))


def morph(
    a: Place,
    b: Place,
    *,
    steps: int = 9,
    distinct: bool = False,
    curve: Curve = "linear",
    tonic: int | str = "C4",
    seed: int | None = None,
    model: Model = None,
) -> list[Scale]:
    """The scales at ``steps`` evenly spaced points from one place to another, both included, as `polate morph`.

    ``distinct``: leave out a scale whose pattern is that of the step before it. ``curve``: "linear", or "spherical",
    the arc round the centre of the map. ``tonic``: a MIDI note 0..127 or its name. ``seed``: of the place "random".

    Raises `ConfigError`, `ModelError` or `PatternError`. Warns if the map does not have a pattern.

    >>> from polate import morph
    >>> for scale in morph("tritone 0 1 2", "petrushka", distinct=True):
    ...     print(scale.pattern, *scale.notes[:4])
    tritone 0 1 2 60 61 62 66
    tritone 0 1 3 60 61 63 66
    tritone 0 2 3 60 62 63 66
    tritone 0 2 4 60 62 64 66
    tritone 0 3 5 60 63 65 66
    tritone 0 3 7 60 63 67 66
    tritone 0 4 7 60 64 67 66
    """
    places = _open(model, seed)
    start, end = _points(places, a, b)
    scales = morph_scales(places, start, end, steps, curve, distinct, _note(tonic))
    return [scale for _, scale in scales]


def grid(
    a: Place,
    b: Place,
    c: Place,
    d: Place,
    *,
    size: int = 5,
    tonic: int | str = "C4",
    seed: int | None = None,
    model: Model = None,
) -> list[list[Scale]]:
    """The scales of a square between four places, row by row, (size, size), as `polate grid`.

    The corners are ``a`` (first row, first column), ``b`` (first row, last column), ``c`` (last row, first column) and
    ``d`` (last row, last column). ``tonic``: a MIDI note 0..127 or its name. ``seed``: of the place "random".

    Raises `ConfigError`, `ModelError` or `PatternError`. Warns if the map does not have a pattern.

    >>> from polate import grid
    >>> for row in grid("tritone", "augmented triad", "petrushka", "giant steps", size=3):
    ...     print([scale.pattern.text for scale in row])
    ['tritone 0', 'diatessaron 0', 'ditone 0']
    ['tritone 0 4', 'diatessaron 0 3', 'ditone 0 2']
    ['tritone 0 4 7', 'diatessaron 0 1 6', 'ditone 0 -2 3']
    """
    places = _open(model, seed)
    first, second, third, last = _points(places, a, b, c, d)
    corners = (first, second, third, last)
    scales = [scale for _, scale in grid_scales(places, corners, size, tonic=_note(tonic))]
    return [scales[start : start + size] for start in range(0, len(scales), size)]


def identify(place: Place, *, seed: int | None = None, model: Model = None) -> Identity:
    """What a place is: its pattern, its point, and the landmarks around it, as `polate identify`.

    Notes may be in any order: `Identity.remarks` says what was done to them. Without a ``model`` all shipped models are
    searched, and `Identity.model` is the first that has the pattern. A pattern that the map cannot place has an
    `Identity` without a point, and the reason as its ``error``. ``seed``: of the place "random".

    Raises `ConfigError`, `ModelError` or `PatternError` for a place that means nothing.

    >>> from polate import identify
    >>> identity = identify("C4 A#3 D#4 E4 D4 G4 G#4 F#4 B4 C5")
    >>> identity.pattern.text, identity.pattern.classification, identity.tonic
    ('ditone 0 -2 3', 'Infra-Interpolation', 60)
    >>> print(identity.neighbourhood)
    giant steps (ditone 0 -2 3), 0.00 away
    >>> identity = identify("G B D F# E C A")
    >>> identity.names[:2], identity.model, identity.set_class.forte
    (('major', 'ionian'), 'octave', '7-35')
    """
    if model is None:
        return shipped_maps.identify(_plain(place), seed)
    return _open(model, seed).identify(_plain(place))


def render(
    patterns: Pattern | Scale | str | Iterable[Pattern | Scale | str],
    *files: Path | str,
    tonic: int | str | None = None,
    bpm: float = 120.0,
    title: str = "",
) -> list[tuple[int, ...]]:
    """The notes of patterns or scales, up and down, as MIDI notes; with ``files``, also written to each of them.

    A text is the text form of a pattern. ``tonic``: a MIDI note 0..127 or its name; if it is not given, a scale keeps
    its own, and a pattern begins on C4. The suffix of a file is its format: .mid, .json, .musicxml, .ly (LilyPond),
    .svg, .png or .pdf (a score), .roll.svg, .roll.png or .roll.pdf (piano rolls). Files are in sixteenth notes, at
    ``bpm`` quarter notes a minute, 20..400. ``title``: of scores, piano rolls and MIDI files.

    Raises `PatternError` for a text or a tonic that is not valid, `ConfigError` for a tempo or a file that cannot be
    used.

    >>> from polate import render
    >>> render("tritone 0 1 2", "tritone.mid", tonic="D4")
    [(62, 63, 64, 68, 69, 70, 74, 70, 69, 68, 64, 63, 62)]
    """
    if not _SLOWEST <= bpm <= _FASTEST:
        raise ConfigError(f"must be in {_SLOWEST:g}..{_FASTEST:g}, got {bpm}", path="bpm")
    paths = [Path(file) for file in files]
    for path in paths:
        suffix_of(path)
    if isinstance(patterns, Pattern | Scale | str):
        patterns = [patterns]
    scales = [_scale(each, None if tonic is None else _note(tonic)) for each in patterns]
    if paths:
        headings = Headings(shipped_maps.common_names(), title=title)
        write_all(paths, scales, bpm, headings)
    return [scale.notes for scale in scales]


def load_config(file: Path | str | None = None, **settings: Any) -> Config:
    """The settings of `polate play`: the defaults, those of a TOML file, and those given by name, which win.

    The names are those of the command line, with underscores: ``swing=60``, ``osc_port=9011``. docs/settings.md
    lists them with their units.

    Raises `ConfigError`, which names the setting.

    >>> from polate import load_config
    >>> config = load_config(bpm=96, tonic="Eb3", model="octave")
    >>> config.bpm, config.osc_port
    (96.0, 9010)
    """
    return load(None if file is None else Path(file), settings)


def _open(model: Model, seed: int | None) -> LatentMap:
    if not isinstance(model, LatentMap):
        return LatentMap.open(model, seed)
    return model if seed is None else model.seeded(seed)


def _points(places: LatentMap, *plain: Place) -> list[Point]:
    """The points of places on one map. If it lacks one, the message names the shipped models that have them all."""
    texts = [_plain(place) for place in plain]
    try:
        points = [places.point(text) for text in texts]
    except PolateError as error:
        raise shipped_maps.advised(error, places, texts) from None
    for point in points:
        if point.remark:
            warnings.warn(point.remark, stacklevel=3)
    return points


def _plain(place: Place) -> str | Path | Pattern | Sequence[float]:
    return (place.z or place.pattern) if isinstance(place, Scale) else place


def _scale(what: Pattern | Scale | str, tonic: int | None) -> Scale:
    if isinstance(what, Scale):
        return what if tonic is None else Scale.of(what.pattern, tonic, what.z)
    pattern = Pattern.parse(what) if isinstance(what, str) else what
    return Scale.of(pattern) if tonic is None else Scale.of(pattern, tonic)


def _note(tonic: int | str) -> int:
    return parse_note(tonic) if isinstance(tonic, str) else tonic
