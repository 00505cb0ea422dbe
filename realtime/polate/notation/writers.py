"""Writes scales to files in the format of the suffix.

    Scale --write_all--> .mid .json .musicxml .ly .svg .png .pdf .roll.svg .roll.png .roll.pdf

docs/files.md describes the formats. A file is written as a whole or not at all. Each format imports the libraries that
it needs when it is written.
"""

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from polate.errors import ConfigError
from polate.notation.headings import PLAIN, Headings
from polate.runtime.file_io import replace_file
from polate.theory.scale import Scale

__all__ = ["SUFFIXES", "suffix_of", "write_all"]

_STEP_TICKS = 120  # a sixteenth at mido's 480 ticks a beat
_LAST_TICK = 0x0FFFFFFF  # delta times have 28 bits
_MOST_TRACKS = 65_534  # the number of tracks has 16 bits, and one track is the conductor's


def write_all(paths: Sequence[Path], scales: Sequence[Scale], bpm: float = 120.0, headings: Headings = PLAIN) -> None:
    """Write scales, in sixteenths at ``bpm`` quarter notes a minute, each file in the format of its suffix.

    ``headings``: the title, and what is written above the scales of a score and of piano rolls beside their text
    forms; the square of a grid.

    Each page of a longer score becomes an .svg or .png file: name-1.svg, name-2.svg and so on.
    Raises `ConfigError` for an unknown suffix, for no scales, for more scales than a format can hold, and for a file
    that cannot be written; `ModuleNotFoundError` for a format whose library is not installed. Nothing is written
    before every file is ready.
    """
    contents: dict[Path, bytes] = {}
    for path in paths:
        contents |= _render(path, scales, bpm, headings)
    for path, content in contents.items():
        try:
            replace_file(path, content)
        except OSError as error:
            raise ConfigError(f"cannot write {path}: {error.strerror}") from error


def suffix_of(path: Path) -> str:
    """The suffix of a path, in lower case. Raises `ConfigError` if it is not one of `SUFFIXES`."""
    name = path.name.lower()
    for suffix in SUFFIXES:
        if name.endswith(suffix) and name != suffix:
            return suffix
    raise ConfigError(f"a file of scales must end in {', '.join(SUFFIXES)}, got {path.name!r}")


def _render(path: Path, scales: Sequence[Scale], bpm: float, headings: Headings) -> dict[Path, bytes]:
    """The files that a path stands for, and what is in them."""
    suffix = suffix_of(path)
    if not scales:
        raise ConfigError(f"a file must hold at least one scale, got none for {path}")
    pages = _FORMATS[suffix](scales, bpm, headings)
    if len(pages) == 1:
        return {path: pages[0]}
    stem = path.name[: -len(suffix)]
    return {path.with_name(f"{stem}-{number}{suffix}"): page for number, page in enumerate(pages, 1)}


def _midi(scales: Sequence[Scale], bpm: float, headings: Headings) -> list[bytes]:
    """A track for each scale, one after the other. Each begins with a marker: the text form of the pattern.

    The track of the tempo has the title as its name.
    """
    if len(scales) > _MOST_TRACKS:
        raise ConfigError(f"a MIDI file holds at most {_MOST_TRACKS} scales, got {len(scales)}")
    from mido import Message, MetaMessage, MidiFile, MidiTrack, bpm2tempo

    file = MidiFile(type=1, charset="utf-8")
    title = [MetaMessage("track_name", name=headings.heading)] if headings.heading else []
    file.tracks.append(MidiTrack([*title, MetaMessage("set_tempo", tempo=bpm2tempo(bpm))]))
    start = 0
    for scale in scales:
        name = scale.pattern.text
        track = MidiTrack([MetaMessage("track_name", name=name), MetaMessage("marker", text=name, time=start)])
        for note in scale.notes:
            track.append(Message("note_on", note=note, velocity=100))
            track.append(Message("note_off", note=note, velocity=0, time=_STEP_TICKS))
        start += _STEP_TICKS * len(scale.notes)
        if start > _LAST_TICK:
            raise ConfigError(f"a MIDI file holds at most {_LAST_TICK // _STEP_TICKS} notes one after the other")
        file.tracks.append(track)
    content = io.BytesIO()
    file.save(file=content)
    return [content.getvalue()]


def _json(scales: Sequence[Scale], bpm: float, headings: Headings) -> list[bytes]:
    return [json.dumps([scale.as_dict() for scale in scales], indent=1).encode() + b"\n"]


def _musicxml(scales: Sequence[Scale], bpm: float, headings: Headings) -> list[bytes]:
    from polate.notation.musicxml import musicxml

    return [musicxml(scales, bpm, headings).encode()]


def _lilypond(scales: Sequence[Scale], bpm: float, headings: Headings) -> list[bytes]:
    from polate.notation.lilypond import lilypond

    return [lilypond(scales, bpm, headings).encode()]


def _svg(scales: Sequence[Scale], bpm: float, headings: Headings) -> list[bytes]:
    from polate.notation.engraving import svg_pages

    return [page.encode() for page in svg_pages(scales, bpm, headings)]


def _png(scales: Sequence[Scale], bpm: float, headings: Headings) -> list[bytes]:
    from polate.notation.engraving import png_pages

    return png_pages(scales, bpm, headings)


def _pdf(scales: Sequence[Scale], bpm: float, headings: Headings) -> list[bytes]:
    from polate.notation.engraving import pdf

    return [pdf(scales, bpm, headings)]


def _piano_roll(scales: Sequence[Scale], headings: Headings, kind: str) -> list[bytes]:
    from polate.notation.piano_roll import piano_roll

    return [piano_roll(scales, headings, kind)]


_FORMATS: dict[str, Callable[[Sequence[Scale], float, Headings], list[bytes]]] = {
    ".mid": _midi,
    ".json": _json,
    ".musicxml": _musicxml,
    ".ly": _lilypond,
    ".roll.svg": lambda scales, _, headings: _piano_roll(scales, headings, "svg"),
    ".roll.png": lambda scales, _, headings: _piano_roll(scales, headings, "png"),
    ".roll.pdf": lambda scales, _, headings: _piano_roll(scales, headings, "pdf"),
    ".svg": _svg,
    ".png": _png,
    ".pdf": _pdf,
}
"""Suffix -> a function that returns the pages. The first suffix that a name ends in is its format."""

SUFFIXES = tuple(_FORMATS)
