"""The journal of a take: all that the engine was asked, when, and what the gate did otherwise. JSON, a line each.

    {"polate-journal": 1, "model": ...}            Start: the model, the settings, the snapshots
    {"at": ns, "do": [[ns, "SetAxis", 0, 0.5]]}    a turn: these controls at these times, then the engine's `advance`
    {"gate": [[1, {...}], [-1, {...}]]}            reports that came unforeseen, and foreseen ones that did not come
    {"end": ns}                                    the take was ended in order

Floats come back bit for bit. Whatever is cut off in the last line is no loss: it is left out.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar, get_args

import msgspec

from polate.control.commands import Control
from polate.control.fields import FIELDS
from polate.control.settings import Motion, PlaySettings
from polate.control.snapshot import Snapshot
from polate.errors import PolateError, TakeError
from polate.gate.frames import Frame

__all__ = ["FORMAT", "MARK", "End", "Facts", "Line", "Start", "Turn", "control_from", "encode", "plain", "read"]

FORMAT = 1
MARK = b'{"polate-journal":'
"""How every journal begins."""

_Some = TypeVar("_Some")
_CLASSES: dict[str, Any] = {kind.__name__: kind for kind in get_args(Control)}


class Start(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """All that an engine is made from."""

    polate: str  # the version
    model: str  # as it was asked for
    sha256: str  # of the model's file
    settings: dict[str, Any]  # by key
    motions: dict[str, Motion] = {}  # by axis, from 1
    snapshots: dict[str, Snapshot] = {}
    ports: dict[str, int] = {}  # by voice
    following: bool = False
    lookahead_ns: int

    @staticmethod
    def plain(settings: PlaySettings) -> dict[str, Any]:
        """Settings by key."""
        return {key: getattr(settings, field.name) for key, field in FIELDS.items()}

    @property
    def play_settings(self) -> PlaySettings:
        """Raises `PolateError`."""
        try:
            settings = msgspec.convert(self.settings, PlaySettings)
        except msgspec.ValidationError as error:
            raise TakeError(f"the settings of the journal: {error}") from error
        settings.check()
        return settings


class Turn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was asked for, and when the engine went on."""

    at: int
    do: list[tuple[int, Control]] = []


class Facts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Reports of the gate that came so many times more often than foreseen, or less."""

    gate: list[tuple[int, Frame]]


class End(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing is played after this."""

    end: int


Line = Start | Turn | Facts | End


def encode(line: Line) -> bytes:
    """One line."""
    match line:
        case Turn(at, do):
            return _dump({"at": at, "do": [[now, *plain(control)] for now, control in do]} if do else {"at": at})
        case Start():
            return _dump({"polate-journal": FORMAT, **msgspec.to_builtins(line)})
        case _:
            return _dump(msgspec.to_builtins(line))


def _dump(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def plain(control: Control) -> list[Any]:
    """A control as plain values: its name, and its fields in their order."""
    return [type(control).__name__, *(getattr(control, name) for name in control.__struct_fields__)]


def control_from(values: list[Any]) -> Control:
    """The way back from `plain`. Raises `TakeError` for what is none."""
    name, *rest = values or [None]
    kind = _CLASSES.get(name) if isinstance(name, str) else None
    if kind is None:
        raise TakeError(f"no control {str(name)[:64]!r}; there are {', '.join(_CLASSES)}")
    names = kind.__struct_fields__
    if len(rest) != len(names):
        raise TakeError(f"{name} takes {', '.join(names) or 'nothing'}, got {str(rest)[:64]}")
    try:
        control: Control = msgspec.convert(dict(zip(names, rest, strict=True)), kind, strict=True)
    except (msgspec.ValidationError, PolateError) as error:
        raise TakeError(f"{name}: {error}") from error
    return control


def read(path: Path) -> tuple[Start, Iterator[Turn | Facts | End]]:
    """The first line, and the others as they are asked for.

    Raises `TakeError`, then and later, that names the line which is wrong.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise TakeError(f"cannot read {path}: {error.strerror}") from error
    if not lines[0].startswith(MARK):
        raise TakeError(f"{path} is no journal: its first line must begin with {MARK.decode()}")
    lines.pop()  # what comes after the last line break: nothing, or a line that was cut off
    if not lines:
        raise TakeError(f"{path} ends in its first line")
    return _read_line(path, 1, lines[0], _start), (
        _read_line(path, number, line, _later) for number, line in enumerate(lines[1:], 2)
    )


def _read_line(path: Path, number: int, line: bytes, kind: Callable[[dict[str, Any]], _Some]) -> _Some:
    try:
        value = json.loads(line)
        if not isinstance(value, dict):
            raise TakeError(f"must be an object, got {line[:64]!r}")
        return kind(value)
    except (ValueError, RecursionError) as error:  # among them msgspec.ValidationError and TakeError
        raise TakeError(f"{path}, line {number}: {error}") from error


def _start(value: dict[str, Any]) -> Start:
    if (version := value.pop("polate-journal")) != FORMAT:
        raise TakeError(f"the format must be {FORMAT}, got {version!r}: it is another Polate's")
    return msgspec.convert(value, Start)


def _later(value: dict[str, Any]) -> Turn | Facts | End:
    if "gate" in value:
        return msgspec.convert(value, Facts)
    if "end" in value:
        return msgspec.convert(value, End)
    turn = msgspec.convert(value, _PlainTurn)
    return Turn(turn.at, [(now, control_from(values)) for now, values in map(_timed, turn.do)])


class _PlainTurn(msgspec.Struct, forbid_unknown_fields=True):
    at: int
    do: list[list[Any]] = []


def _timed(values: list[Any]) -> tuple[int, list[Any]]:
    if not values or type(values[0]) is not int:
        raise TakeError(f"a control must begin with its time, got {str(values)[:64]}")
    return values[0], values[1:]
