"""Find a corpus to train on: a built-in one by its name, or the user's own scales.

slonimsky, octave, atlas ---------------------------------+
a text file --one pattern a line--------------------------+
.scl --degrees of equal temperament, up to the octave-----+--> Source: the Corpus, and the refused entries
.mid --the notes of each track, identified----------------+
a folder or a .zip of .scl and MIDI files ----------------+
"""

import contextlib
import io
import lzma
import math
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TypeVar

from polate.errors import ConfigError, PatternError
from polate.theory.identification import pattern_of
from polate.theory.midi_notes import LARGEST_FILE, MIDI_SUFFIXES, Voice, voices
from polate.theory.pattern import Pattern
from polate.theory.text_encoding import decoded, utf8
from polate_training.corpus import Corpus, thesaurus
from polate_training.octave import octave

__all__ = [
    "BUILT_IN",
    "MOST_LANDMARKS",
    "TOLERANCE_CENTS",
    "Refusal",
    "Source",
    "corpus_name",
    "find_corpus",
    "read_corpus",
]

BUILT_IN: dict[str, Callable[[], Corpus]] = {
    "slonimsky": thesaurus,
    "octave": octave,
    "atlas": lambda: thesaurus().joined(octave()),
}
TOLERANCE_CENTS = 1.0  # largest deviation of a degree from equal temperament; a just fifth has 1.955
MOST_LANDMARKS = 512  # each adds a point to the exported file
_LARGEST_TEXT = 16 << 20  # bytes
_MOST_FILES = 50_000  # in a folder or an archive; the Scala archive has about 5,000
_LONGEST_NAME = 80

_File = TypeVar("_File", Path, str)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An entry that is not a valid pattern, and the reason."""

    file: str  # or ARCHIVE/MEMBER
    line: int | None  # counted from 1; None for the file as a whole
    reason: str

    def __str__(self) -> str:
        return f"{_place(self.file, self.line)}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Source:
    """A corpus, and the entries that are not in it."""

    corpus: Corpus
    refused: tuple[Refusal, ...] = ()
    merged: tuple[str, ...] = ()  # a sentence for each entry whose pattern occurred before


@dataclass(frozen=True, slots=True)
class _Entry:
    file: str
    line: int | None
    name: str  # or empty
    pattern: Pattern | None
    reason: str = ""  # if there is no pattern


def find_corpus(text: str) -> Source:
    """The corpus of a built-in name or a path. A file with a built-in name is ``./octave``. Raises `ConfigError`."""
    return Source(BUILT_IN[text]()) if text in BUILT_IN else read_corpus(Path(text))


def corpus_name(text: str) -> str:
    """A name for the corpus of a text that is also valid for a folder: letters, digits, ``_``, ``-`` and ``.``."""
    path = Path(text).resolve()
    name = text if text in BUILT_IN else path.name if path.is_dir() else path.stem
    return re.sub(r"[^\w.-]+", "-", name).strip("-.") or "corpus"


def read_corpus(path: Path) -> Source:
    """Read a text file of patterns, a Scala file, a MIDI file, or a folder or zip archive of Scala and MIDI files.

    A line of a text file is the text form of a pattern, with or without a name: ``my scale = 12 0 2 4 7 9``. ``#``
    starts a comment at the beginning of a line or between blanks. A Scala file's scale has the name of its description.
    In a MIDI file each track with notes is a scale, with the name of the file. The first `MOST_LANDMARKS` names become
    landmarks. Folders are read with the folders in them.

    Raises `ConfigError` for a path that cannot be read or has no pattern.
    """
    patterns: dict[Pattern, str] = {}  # with the place where each occurred first
    names: dict[str, tuple[str, str]] = {}  # in lower case -> as written, text form
    refused: list[Refusal] = []
    merged: list[str] = []
    for entry in _entries(path):
        if entry.pattern is None:
            refused.append(Refusal(entry.file, entry.line, entry.reason))
            continue
        place = _place(entry.file, entry.line)
        if entry.pattern in patterns:
            merged.append(f"{place}: {entry.pattern} occurs before, at {patterns[entry.pattern]}")
        else:
            patterns[entry.pattern] = place
        if entry.name:
            _add_name(names, entry.name, entry.pattern.text)
    if not patterns:
        why = f"{len(refused)} refused, the first is {refused[0]}" if refused else "nothing to read in it"
        raise ConfigError(f"no pattern in {path}: {why}")
    landmarks = dict(list(names.values())[:MOST_LANDMARKS])
    return Source(Corpus(corpus_name(str(path)), tuple(patterns), landmarks), tuple(refused), tuple(merged))


def _add_name(names: dict[str, tuple[str, str]], name: str, text: str) -> None:
    """Add a name. If another pattern has it already, it gets a number."""
    candidate, number = name, 1
    while names.get(candidate.lower(), (name, text))[1] != text:
        number += 1
        candidate = f"{name} ({number})"
    names.setdefault(candidate.lower(), (candidate, text))


def _place(file: str, line: int | None) -> str:
    return file if line is None else f"{file}:{line}"


# -- files, folders, archives ------------------------------------------------------------------------


def _entries(path: Path) -> Iterator[_Entry]:
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        allowed = f"a corpus is {', '.join([*BUILT_IN][:-1])} or {[*BUILT_IN][-1]}, a file, or a folder"
        raise ConfigError(f"cannot read {str(path)!r} ({_words(error)}); {allowed}") from error
    if stat.S_ISDIR(mode):
        yield from _folder(path)
    elif not stat.S_ISREG(mode):
        raise ConfigError(f"{path} is neither a file nor a folder")
    elif path.suffix.lower() == ".zip":
        yield from _archive(path)
    else:
        reader = _READERS.get(path.suffix.lower())
        limit = LARGEST_FILE if reader else _LARGEST_TEXT
        try:
            with path.open("rb") as file:
                content = file.read(limit + 1)
        except OSError as error:
            raise ConfigError(f"cannot read {path}: {_words(error)}") from error
        if len(content) > limit:
            raise ConfigError(f"{path} must have at most {limit} bytes")
        yield from (reader or _text)(str(path), path.stem, content)


def _folder(folder: Path) -> Iterator[_Entry]:
    files = [path for path in folder.rglob("*") if _is_wanted(path) and path.is_file()]
    for path in sorted(_limited(files, folder)):
        try:
            with path.open("rb") as file:
                content = file.read(LARGEST_FILE + 1)
        except OSError as error:
            yield _Entry(str(path), None, "", None, f"cannot be read: {_words(error)}")
        else:
            yield from _member(str(path), path, content)


def _archive(path: Path) -> Iterator[_Entry]:
    try:
        archive = zipfile.ZipFile(path)
    except (*_BAD_ARCHIVE, OSError, ValueError) as error:
        raise ConfigError(f"{path} is not a readable zip archive: {_words(error)}") from error
    with archive:
        members = {_member_name(info): info for info in archive.infolist() if not info.is_dir()}
        for name in sorted(_limited([name for name in members if _is_wanted(PurePosixPath(name))], path)):
            try:
                with archive.open(members[name]) as file:
                    content = file.read(LARGEST_FILE + 1)  # whatever size the archive states
            except (*_BAD_ARCHIVE, OSError, ValueError) as error:
                yield _Entry(f"{path}/{name}", None, "", None, f"cannot be read: {_words(error)}")
            else:
                yield from _member(f"{path}/{name}", PurePosixPath(name), content)


def _member_name(info: zipfile.ZipInfo) -> str:
    """The name of a member, with slashes.

    Some programs write UTF-8 without saying so, and zipfile then reads it as code page 437. Others write backslashes.
    """
    name = info.filename
    if not info.flag_bits & _NAME_IS_UTF8:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode()
    return name.replace("\\", "/")


def _is_wanted(path: PurePosixPath | Path) -> bool:
    """Whether a corpus has this file: by its ending, and unless it only holds what macOS knows of another file."""
    is_sidecar = path.name.startswith("._") or "__MACOSX" in path.parts
    return path.suffix.lower() in _READERS and not is_sidecar


_NAME_IS_UTF8 = 0x800  # a flag in a member's header
_BAD_ARCHIVE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    RuntimeError,
)  # RuntimeError: encrypted, or not implemented


def _member(file: str, path: PurePosixPath | Path, content: bytes) -> Iterator[_Entry]:
    if len(content) > LARGEST_FILE:
        yield _Entry(file, None, "", None, f"must have at most {LARGEST_FILE} bytes")
    else:
        yield from _READERS[path.suffix.lower()](file, path.stem, content)


def _limited(files: list[_File], path: Path) -> list[_File]:
    if len(files) > _MOST_FILES:
        raise ConfigError(f"{path} must hold at most {_MOST_FILES} MIDI and Scala files, got {len(files)}")
    return files


def _words(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


# -- one file ----------------------------------------------------------------------------------------


def _text(file: str, _: str, content: bytes) -> Iterator[_Entry]:
    """A text file: patterns in their text form, one a line."""
    try:
        text = utf8(content).decode()
    except UnicodeError as error:
        allowed = f".scl, {', '.join(MIDI_SUFFIXES)}, .zip, nor text in UTF-8"
        raise ConfigError(f"{file} is neither {allowed}: {error}") from error
    for number, line in enumerate(io.StringIO(text, newline=None), 1):
        entry = re.sub(r"^\s*#.*|\s#(\s.*)?$", "", line).strip()
        if entry:
            name, _, form = entry.rpartition("=")
            yield _pattern(file, number, name, partial(Pattern.parse, form))


def _midi(file: str, stem: str, content: bytes) -> Iterator[_Entry]:
    try:
        found = voices(content)
    except ConfigError as error:
        yield _Entry(file, None, "", None, str(error))
        return
    if not found:
        yield _Entry(file, None, "", None, "no notes in it")
    for voice in found:
        place, name = file, stem
        if len(found) > 1:
            place, name = f"{file}, track {voice.track}", f"{stem}: {voice.name or f'track {voice.track}'}"
        yield _pattern(place, None, name, partial(_played, voice))


def _played(voice: Voice) -> Pattern:
    return pattern_of(voice.notes)[0]


def _scala(file: str, stem: str, content: bytes) -> Iterator[_Entry]:
    try:
        name, cell = _division(content)
    except _NoDivisionError as error:
        yield _Entry(file, error.line, "", None, error.reason)
    else:
        yield _pattern(file, None, name or stem, partial(Pattern, 12, cell))


class _NoDivisionError(Exception):
    def __init__(self, line: int | None, reason: str) -> None:
        self.line, self.reason = line, reason


def _division(content: bytes) -> tuple[str, tuple[int, ...]]:
    """A scale in Scala's format -> its description, and its degrees in semitones without the octave.

    Source: huygens-fokker.org/scala/scl_format.html. Lines that begin with ``!`` are comments. The other lines are the
    description, the number of degrees, and one line for each degree after the first (1/1). Read too: comments after
    blanks and after a number, blank lines, and a file without its description.
    """
    name, rows = _scala_rows(content)
    count = _COUNT.match(rows[0][1]) if rows else None
    if not count:
        raise _NoDivisionError(rows[0][0] if rows else None, "not a Scala file: the number of notes is missing")
    degrees = rows[1 : 1 + int(count[0])]
    if len(degrees) < int(count[0]):
        raise _NoDivisionError(rows[0][0], f"not a Scala file: it must have {count[0]} notes, got {len(degrees)}")
    cell = [0]
    for line, row in degrees:
        cell.append(_semitones(line, row, len(cell)))
    if cell.pop() != 12:
        raise _NoDivisionError((degrees or rows)[-1][0], "the last degree must be the octave, 2/1")
    for size, (line, _) in enumerate(degrees[:-1], 2):  # to name the first degree that cannot be there
        try:
            Pattern(12, tuple(cell[:size]))
        except PatternError as error:
            raise _NoDivisionError(line, str(error)) from error
    return name, tuple(cell)


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


def _semitones(line: int, row: str, degree: int) -> int:
    """A degree in semitones above 1/1. ``degree``: its number, for the message."""
    shown, cents = row[:32], _cents(row)
    if cents is None:
        raise _NoDivisionError(line, f"a degree must be a ratio (3/2) or have a point (702.0), got {shown!r}")
    semitones = round(cents / 100)
    if abs(cents - 100 * semitones) > TOLERANCE_CENTS:
        off = f"degree {degree}, {shown}, is at {cents:.1f} cents"
        raise _NoDivisionError(line, f"degrees must be within {TOLERANCE_CENTS:g} cent of a whole semitone; {off}")
    return semitones


def _cents(row: str) -> float | None:
    """A degree in cents above 1/1, or None. Text after the number is ignored. A comma can be the decimal point."""
    if match := _IN_CENTS.match(row):
        return float(match[0].replace(",", "."))
    if match := _RATIO.match(row):
        over, under = int(match[1]), int(match[2] or 1)
        return 1200 * (math.log2(over) - math.log2(under)) if over and under else None
    return None


_READERS = {".scl": _scala} | dict.fromkeys(MIDI_SUFFIXES, _midi)


def _pattern(file: str, line: int | None, name: str, find: Callable[[], Pattern]) -> _Entry:
    try:
        pattern = find()
    except PatternError as error:
        return _Entry(file, line, "", None, str(error))
    printable = "".join(letter for letter in " ".join(name.split()) if letter.isprintable())
    name = printable[:_LONGEST_NAME].strip()
    if _means_something_else(name):
        return _Entry(file, line, "", None, f"a name must not be 'random' or a pattern's text form, got {name!r}")
    return _Entry(file, line, name, pattern)


def _means_something_else(name: str) -> bool:
    """Whether the text is read as something else than a name."""
    try:
        Pattern.parse(name)
    except PatternError:
        return name.lower() == "random"
    return True
