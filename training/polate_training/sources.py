"""Find a corpus to train on: a built-in one by its name, or the user's own scales.

slonimsky, octave, atlas ---------------------------------------+
a text file, .scl, .mid ---------------------------+            +--> Source: the Corpus, and the refused entries
a folder or a .zip of .scl and MIDI files ---------+--entries---+
"""

import contextlib
import errno
import io
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeVar

from polate.errors import ConfigError, printable
from polate.runtime.file_io import read_at_most
from polate.theory.midi_notes import LARGEST_FILE, MIDI_SUFFIXES
from polate.theory.pattern import Pattern
from polate_training.corpus import Corpus, thesaurus
from polate_training.entries import Entry, Readers, read_text, readers_of
from polate_training.octave import octave
from polate_training.scala import TOLERANCE_CENTS

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
MOST_LANDMARKS = 512  # each adds a point to the exported file
_LARGEST_TEXT = 16 << 20  # bytes
_LARGEST_ARCHIVE = 64 << 20  # bytes, packed
_LARGEST_CORPUS = 256 << 20  # bytes of all files of a folder or an archive together, unpacked
_MOST_FILES = 50_000  # in a folder or an archive; the Scala archive has about 5,000
_MOST_VISITED = 200_000  # files and folders of any kind in a folder
_TOO_LARGE = f"must have at most {LARGEST_FILE} bytes"
_LONGEST_LINE = 1000  # characters of a refusal

_File = TypeVar("_File", Path, str)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An entry that is not a valid pattern, and the reason."""

    file: str  # or ARCHIVE/MEMBER
    line: int | None  # counted from 1; None for the file as a whole
    reason: str

    def __str__(self) -> str:
        return printable(f"{_place(self.file, self.line)}: {self.reason}", _LONGEST_LINE)


@dataclass(frozen=True, slots=True)
class Source:
    """A corpus, and the entries that are not in it."""

    corpus: Corpus
    refused: tuple[Refusal, ...] = ()
    merged: tuple[str, ...] = ()  # a sentence for each entry whose pattern occurred before
    changed: tuple[str, ...] = ()  # a sentence for each melody whose pattern may surprise


def find_corpus(text: str, rounding: float = TOLERANCE_CENTS) -> Source:
    """The corpus of a built-in name or a path. A file with a built-in name is ``./octave``. Raises `ConfigError`."""
    return Source(BUILT_IN[text]()) if text in BUILT_IN else read_corpus(Path(text), rounding)


def corpus_name(text: str) -> str:
    """A name for the corpus of a text that is also valid for a folder: letters, digits, ``_``, ``-`` and ``.``."""
    path = Path(os.path.realpath(text))
    name = text if text in BUILT_IN else path.name if path.is_dir() else path.stem
    return re.sub(r"[^\w.-]+", "-", name).strip("-.") or "corpus"


def read_corpus(path: Path, rounding: float = TOLERANCE_CENTS) -> Source:
    """Read a text file of patterns, a Scala file, a MIDI file, or a folder or zip archive of Scala and MIDI files.

    A line of a text file is the text form of a pattern or the names of notes, with or without a name:
    ``my scale = 12 0 2 4 7 9``, ``my scale = C D E G A``. ``#`` starts a comment at the beginning of a line or between
    blanks. A Scala file's scale has the name of its description.
    In a MIDI file each track with notes is a scale, with the name of the file. The first `MOST_LANDMARKS` names become
    landmarks. Folders are read with the folders in them.

    ``rounding``: how many cents a degree of a Scala file may be away from a whole semitone, 0..50.

    Raises `ConfigError` for a path that cannot be read or has no pattern.
    """
    patterns: dict[Pattern, str] = {}  # with the place where each occurred first
    names = _Names()
    refused: list[Refusal] = []
    merged: list[str] = []
    changed: list[str] = []
    for entry in _entries(path, readers_of(rounding)):
        if entry.pattern is None:
            refused.append(Refusal(entry.file, entry.line, entry.reason))
            continue
        place = _place(entry.file, entry.line)
        if entry.pattern in patterns:
            merged.append(
                printable(f"{place}: {entry.pattern} occurs before, at {patterns[entry.pattern]}", _LONGEST_LINE)
            )
        else:
            patterns[entry.pattern] = place
        if entry.surprise:
            changed.append(printable(f"{place}: {entry.surprise}", _LONGEST_LINE))
        if entry.name:
            names.add(entry.name, entry.pattern.text)
    if not patterns:
        why = f"{len(refused)} refused, the first is {refused[0]}" if refused else "nothing to read in it"
        raise ConfigError(f"no pattern in {path}: {why}")
    corpus = Corpus(corpus_name(str(path)), tuple(patterns), names.landmarks)
    return Source(corpus, tuple(refused), tuple(merged), tuple(changed))


class _Names:
    """The first `MOST_LANDMARKS` names, each of one pattern."""

    def __init__(self) -> None:
        self._names: dict[str, tuple[str, str]] = {}  # in lower case -> as written, text form

    @property
    def landmarks(self) -> dict[str, str]:
        """Name -> text form."""
        return dict(self._names.values())

    def add(self, name: str, text: str) -> None:
        """Add a name. If another pattern has it already, it gets a number."""
        if len(self._names) >= MOST_LANDMARKS:  # which also bounds the search for a number
            return
        candidate, number = name, 1
        while self._names.get(candidate.lower(), (name, text))[1] != text:
            number += 1
            candidate = f"{name} ({number})"
        self._names.setdefault(candidate.lower(), (candidate, text))


def _place(file: str, line: int | None) -> str:
    return file if line is None else f"{file}:{line}"


# -- files, folders, archives ------------------------------------------------------------------------


def _entries(path: Path, readers: Readers) -> Iterator[Entry]:
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        allowed = f"a corpus is {', '.join([*BUILT_IN][:-1])} or {[*BUILT_IN][-1]}, a file, or a folder"
        raise ConfigError(f"cannot read {str(path)!r} ({_words(error)}); {allowed}") from error
    if stat.S_ISDIR(mode):
        yield from _folder(path, readers)
    elif not stat.S_ISREG(mode):
        raise ConfigError(f"{path} is neither a file nor a folder")
    elif path.suffix.lower() == ".zip":
        yield from _archive(path, readers)
    else:
        reader = readers.get(path.suffix.lower())
        limit = LARGEST_FILE if reader else _LARGEST_TEXT
        try:
            content = read_at_most(path, limit)
        except OSError as error:
            raise ConfigError(f"cannot read {path}: {_words(error)}") from error
        yield from (reader or read_text)(str(path), path.stem, content)


def _folder(folder: Path, readers: Readers) -> Iterator[Entry]:
    total = 0
    for path in sorted(_limited(list(_files_in(folder)), folder)):
        try:
            content = read_at_most(path, LARGEST_FILE)
        except OSError as error:
            reason = _TOO_LARGE if error.errno == errno.EFBIG else f"cannot be read: {_words(error)}"
            yield Entry(str(path), None, "", None, reason)
        else:
            total = _total(total + len(content), folder)
            yield from readers[path.suffix.lower()](str(path), path.stem, content)


def _files_in(folder: Path) -> Iterator[Path]:
    """The files that a corpus can have, also those in folders in this one. Links to folders are not followed."""
    visited = 0
    for place, folders, names in os.walk(folder):
        visited += len(folders) + len(names)
        if visited > _MOST_VISITED:
            raise ConfigError(f"{folder} must hold at most {_MOST_VISITED} files and folders, got more")
        for name in names:
            path = Path(place, name)
            if _is_wanted(path) and path.is_file():
                yield path


def _total(size: int, path: Path) -> int:
    if size > _LARGEST_CORPUS:
        raise ConfigError(f"the files in {path} must have at most {_LARGEST_CORPUS} bytes together, got more")
    return size


def _archive(path: Path, readers: Readers) -> Iterator[Entry]:
    try:
        packed = read_at_most(path, _LARGEST_ARCHIVE)
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {_words(error)}") from error
    if packed.count(_MEMBER_MARK) > 2 * _MOST_FILES:  # before any of them is read
        raise ConfigError(f"{path} must hold at most {_MOST_FILES} MIDI and Scala files, got more")
    try:
        archive = zipfile.ZipFile(io.BytesIO(packed))
    except (*_BAD_ARCHIVE, OSError, ValueError) as error:
        raise ConfigError(f"{path} is not a readable zip archive: {_words(error)}") from error
    total = 0
    with archive:
        members = {_member_name(info): info for info in archive.infolist() if info.filename and not info.is_dir()}
        overlapping = _overlapping(archive.infolist())
        for name in sorted(_limited([name for name in members if _is_wanted(PurePosixPath(name))], path)):
            info = members[name]
            try:
                if info in overlapping:
                    raise zipfile.BadZipFile("it overlaps with another member")
                if info.compress_type not in _COMPRESSIONS:  # LZMA's header can ask for 4 GB
                    raise zipfile.BadZipFile("it must be stored or compressed by deflate")
                with archive.open(info) as file:
                    content = file.read(LARGEST_FILE + 1)  # whatever size the archive states
            except (*_BAD_ARCHIVE, OSError, ValueError) as error:
                yield Entry(f"{path}/{name}", None, "", None, f"cannot be read: {_words(error)}")
            else:
                total = _total(total + len(content), path)
                yield from _member(f"{path}/{name}", PurePosixPath(name), content, readers)


def _overlapping(members: list[zipfile.ZipInfo]) -> set[zipfile.ZipInfo]:
    """The members whose bytes another one has too: a small archive could have many files of the same megabyte."""
    found: set[zipfile.ZipInfo] = set()
    last: zipfile.ZipInfo | None = None
    end = 0
    for info in sorted(members, key=lambda info: info.header_offset):
        if last is not None and info.header_offset < end:
            found |= {last, info}
        if info.header_offset + _HEADER_BYTES + info.compress_size > end:
            last, end = info, info.header_offset + _HEADER_BYTES + info.compress_size
    return found


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
    return path.suffix.lower() in (".scl", *MIDI_SUFFIXES) and not is_sidecar


_MEMBER_MARK = b"PK\x01\x02"  # of an entry in the directory of an archive
_HEADER_BYTES = 30  # before a member's name and content, at least
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_NAME_IS_UTF8 = 0x800  # a flag in a member's header
_BAD_ARCHIVE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    RuntimeError,
)  # RuntimeError: encrypted, or not implemented


def _member(file: str, path: PurePosixPath | Path, content: bytes, readers: Readers) -> Iterator[Entry]:
    if len(content) > LARGEST_FILE:
        yield Entry(file, None, "", None, _TOO_LARGE)
    else:
        yield from readers[path.suffix.lower()](file, path.stem, content)


def _limited(files: list[_File], path: Path) -> list[_File]:
    if len(files) > _MOST_FILES:
        raise ConfigError(f"{path} must hold at most {_MOST_FILES} MIDI and Scala files, got {len(files)}")
    return files


def _words(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
