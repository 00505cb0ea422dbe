"""Reads journals of every format, and checks each line against its type.

take.jsonl --read_journal--> Start, then Turn, Deviations and End
"""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, get_args

import msgspec

from polate.control.commands import Control
from polate.errors import TakeError, listed
from polate.runtime.file_io import read_at_most
from polate.takes import journal_format_1
from polate.takes.journal import FORMAT, MARK, LaterLine, Start
from polate.theory.text_encoding import utf8

__all__ = ["LARGEST_JOURNAL", "read_journal"]

LARGEST_JOURNAL = 512 << 20  # bytes

_Line = TypeVar("_Line")

_START = msgspec.json.Decoder(Start)
_LATER_LINE: msgspec.json.Decoder[LaterLine] = msgspec.json.Decoder(LaterLine)
_LINE_TYPES = [kind.__struct_config__.tag for kind in get_args(LaterLine)]
_COMMANDS = [kind.__name__ for kind in get_args(Control)]


class _Format(NamedTuple):
    """How the lines of a format are decoded. Both functions raise `ValueError` with the error in the line."""

    decode_start: Callable[[bytes], Start]
    decode_later_line: Callable[[bytes], LaterLine]


def read_journal(path: Path) -> tuple[Start, Iterator[LaterLine]]:
    """The first line, and an iterator over the others. Leaves out a last line without a line feed: it was cut off.

    Raises `TakeError` with the number of the wrong line, and so does the iterator.
    """
    try:
        lines = utf8(read_at_most(path, LARGEST_JOURNAL)).split(b"\n")
    except OSError as error:
        raise TakeError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeError as error:
        raise TakeError(f"{path} is no journal: {error}") from error
    if not lines[0].startswith(MARK):
        raise TakeError(f"{path} is no journal: its first line must begin with {MARK.decode()}, got {lines[0][:32]!r}")
    lines.pop()  # the part after the last line feed
    if not lines:
        raise TakeError(f"{path} ends in its first line")
    form = _decode(path, 1, lines[0], _format)
    start = _decode(path, 1, lines[0], partial(_checked_start, form))
    return start, (_decode(path, number, line, form.decode_later_line) for number, line in enumerate(lines[1:], 2))


def _decode(path: Path, number: int, line: bytes, decode: Callable[[bytes], _Line]) -> _Line:
    """Decode a line. Raises `TakeError` with its number."""
    try:
        return decode(line)
    except (ValueError, RecursionError) as error:  # among them msgspec's errors and PolateError's
        raise TakeError(str(error), file=path, line=number) from error


def _format(line: bytes) -> _Format:
    """The format that a first line names. Raises `TakeError` for an unknown one."""
    version = json.loads(line)["polate-journal"]
    if type(version) is not int or version not in _FORMATS:
        *others, last = map(str, _FORMATS)
        known = f"{', '.join(others)} or {last}"
        raise TakeError(f"the format of the journal must be {known}, got {str(version)[:64]}")
    return _FORMATS[version]


def _checked_start(form: _Format, line: bytes) -> Start:
    """A first line whose settings fit together."""
    start = form.decode_start(line)
    start.settings.check()
    return start


def _decode_start(line: bytes) -> Start:
    return _decode_as(_START, Start, line)


def _decode_start_of_format_2(line: bytes) -> Start:
    """The same fields as today, but for the tempo map, which had every change of a tempo that was followed."""
    start = _decode_start(line.replace(MARK + b"2", MARK + str(FORMAT).encode(), 1))
    return msgspec.structs.replace(start, tempo_map="changes")


def _decode_later_line(line: bytes) -> LaterLine:
    try:
        later: LaterLine = _decode_as(_LATER_LINE, LaterLine, line)
    except msgspec.ValidationError as error:
        raise TakeError(f"{error}{_allowed(line)}") from error
    return later


def _decode_as(decoder: msgspec.json.Decoder[_Line], kind: Any, line: bytes) -> _Line:
    try:
        return decoder.decode(line)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:  # perhaps NaN, Infinity or half of a surrogate pair, as Python's json module writes it
        decoded: _Line = msgspec.convert(json.loads(line), kind)
        return decoded


def _allowed(line: bytes) -> str:
    """The known types, for a line of an unknown type or with a command of an unknown type; else nothing."""
    match json.loads(line):
        case {"type": str(name)} if name not in _LINE_TYPES:
            return f"; there are {', '.join(map(str, _LINE_TYPES))}"
        case {"do": [*entries]} if any(_is_unknown(entry) for entry in entries):
            return f"; there are {listed(_COMMANDS)}"
        case _:
            return ""


def _is_unknown(entry: object) -> bool:
    """True for an entry of a turn whose command has an unknown type."""
    match entry:
        case [_, {"type": name}]:
            return name not in _COMMANDS
        case _:
            return False


_FORMATS = {
    1: _Format(journal_format_1.decode_start, journal_format_1.decode_later_line),
    2: _Format(_decode_start_of_format_2, _decode_later_line),
}
_FORMATS[FORMAT] = _Format(_decode_start, _decode_later_line)
