"""Read one file of a corpus: from its content to its entries.

text --one pattern a line, or the names of its notes------+
.scl --degrees of equal temperament, up to the octave-----+--> Entry: a pattern, or why there is none
.mid --the notes of each track, identified----------------+
"""

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from polate.errors import ConfigError, PatternError
from polate.theory.identification import pattern_of
from polate.theory.midi_notes import MIDI_SUFFIXES, Voice, parse_notes, voices
from polate.theory.pattern import PROGRESSIONS, Pattern
from polate.theory.text_encoding import decoded
from polate_training.scala import TOLERANCE_CENTS, NoScaleError, read_scala

__all__ = ["Entry", "Readers", "read_text", "readers_of"]

_MOST_LINES = 40_000  # of a text file; the largest corpus that comes with Polate has 10,784 patterns
_LONGEST_NAME = 80  # characters


@dataclass(frozen=True, slots=True)
class Entry:
    """A pattern of a file, or the reason why there is none."""

    file: str
    line: int | None
    name: str  # or empty
    pattern: Pattern | None
    reason: str = ""  # if there is no pattern
    surprise: str = ""  # what the notes of a melody became, and why


Readers = Mapping[str, Callable[[str, str, bytes], Iterator[Entry]]]
"""How to read a file, by its ending: from its path, its stem and its content."""


def read_text(file: str, _: str, content: bytes) -> Iterator[Entry]:
    """A text file: patterns in their text form or as the names of their notes, one a line."""
    text = decoded(content)
    if not content.isascii() and text == content.decode("latin-1"):
        # Line by line, so that one name does not change the encoding of the others.
        text = "\n".join(map(decoded, content.splitlines()))
    if "\0" in text:
        allowed = f".scl, {', '.join(MIDI_SUFFIXES)}, .zip, nor text"
        raise ConfigError(f"{file} is neither {allowed}: it has a zero byte. Save text in UTF-8")
    lines = io.StringIO(text, newline=None).readlines()
    if len(lines) > _MOST_LINES:
        raise ConfigError(f"{file} must have at most {_MOST_LINES} lines, got {len(lines)}")
    for number, line in enumerate(lines, 1):
        entry = re.sub(r"^\s*#.*|\s#(\s.*)?$", "", line).strip()
        if not entry:
            continue
        name, _, form = entry.rpartition("=")
        if _CONTROLS.search(name):
            yield Entry(file, number, "", None, "the name is neither UTF-8 nor Latin-1: save the file in UTF-8")
        elif _are_note_names(words := _ACCIDENTALS.sub(_plain, form.replace(",", " ")).split()):
            yield _melody(file, number, name, words)
        else:
            yield _pattern(file, number, name, partial(Pattern.parse, form))


_CONTROLS = re.compile("[\x80-\x9f]")  # Latin-1 has no letters there, and Shift-JIS begins its letters so
_ACCIDENTALS = re.compile("[♯♭]")


def _plain(sign: re.Match[str]) -> str:
    return {"♯": "#", "♭": "b"}[sign[0]]


def _are_note_names(words: Sequence[str]) -> bool:
    """Whether words are meant as the names of notes: the first is one. No interval begins with a letter of a note."""
    return bool(words) and words[0].lower() not in PROGRESSIONS and bool(_NOTE.fullmatch(words[0]))


_NOTE = re.compile(r"[A-Ga-g][#b]?(-?[0-9])?")


def _melody(file: str, line: int, name: str, words: Sequence[str]) -> Entry:
    """The entry of notes in any order, see `polate.theory.melody`."""
    from polate.theory.melody import read_melody  # few corpora have lines of notes

    try:
        notes = parse_notes(words)
        melody = read_melody(notes)
    except PatternError as error:
        return Entry(file, line, "", None, str(error))
    entry = _pattern(file, line, name, lambda: melody.pattern)
    return replace(entry, surprise=_surprise(notes, melody.pattern, melody.remarks)) if entry.pattern else entry


def _surprise(notes: Sequence[int], pattern: Pattern, remarks: Sequence[str] = ()) -> str:
    """What notes became and why, if their pattern is not the scale of one octave that has just these notes, in order.

    Else nothing. ``remarks``: what was done to the notes before.
    """
    cell = tuple(note - notes[0] for note in notes[: len(pattern.cell)])
    if not remarks and pattern.interval == 12 and not pattern.symmetric and pattern.cell == cell:
        return ""
    why = list(remarks)
    if pattern.interval != 12 and not pattern.symmetric:
        why.append(f"its cell repeats every {pattern.interval} semitones")
    elif pattern.symmetric:
        why.append(f"every second cell of {pattern.interval} semitones is a mirror of the one before")
    if not why:
        why.append("its notes go on over more than one octave, or are moved by octaves")
    return f"became {pattern.text}: {'; '.join(why)}"


def _midi(file: str, stem: str, content: bytes) -> Iterator[Entry]:
    try:
        found = voices(content)
    except ConfigError as error:
        yield Entry(file, None, "", None, str(error))
        return
    if not found:
        yield Entry(file, None, "", None, "no notes in it")
    for voice in found:
        place, name = file, stem
        if len(found) > 1:
            place, name = f"{file}, track {voice.track}", f"{stem}: {voice.name or f'track {voice.track}'}"
        entry = _pattern(place, None, name, partial(_played, voice))
        if entry.pattern:
            entry = replace(entry, surprise=_surprise(voice.notes, entry.pattern))
        yield entry


def _played(voice: Voice) -> Pattern:
    return pattern_of(voice.notes)[0]


def _scala(file: str, stem: str, content: bytes, *, rounding: float) -> Iterator[Entry]:
    try:
        scale = read_scala(content, rounding)
    except NoScaleError as error:
        yield Entry(file, error.line, "", None, error.reason)
        return
    off = f" ({scale.off_cents:.1f} cents off)" if scale.off_cents > TOLERANCE_CENTS else ""
    name = " ".join((scale.name or stem).split())[: _LONGEST_NAME - len(off)] + off
    yield _pattern(file, None, name, partial(Pattern, 12, scale.cell))


def readers_of(rounding: float) -> Readers:
    """The readers of Scala and MIDI files. ``rounding``: cents, see `polate_training.sources.read_corpus`.

    Raises `ConfigError` if it is not in 0..50.
    """
    if not 0 <= rounding <= 50:
        raise ConfigError(f"rounding must be in 0..50 cents, got {rounding:g}")
    return {".scl": partial(_scala, rounding=rounding)} | dict.fromkeys(MIDI_SUFFIXES, _midi)


def _pattern(file: str, line: int | None, name: str, find: Callable[[], Pattern]) -> Entry:
    try:
        pattern = find()
    except PatternError as error:
        return Entry(file, line, "", None, str(error))
    words = " ".join(name.split())
    if not words.isprintable():
        words = "".join(letter for letter in words if letter.isprintable())
    name = words[:_LONGEST_NAME].strip()
    if _means_something_else(name):
        return Entry(file, line, "", None, f"a name must not be 'random' or a pattern's text form, got {name!r}")
    return Entry(file, line, name, pattern)


def _means_something_else(name: str) -> bool:
    """Whether the text is read as something else than a name."""
    try:
        Pattern.parse(name)
    except PatternError:
        return name.lower() == "random"
    return True
