"""Lines of journals of format 1, which is no longer written.

{"polate-journal":1,"model":...}             Start
{"at":NS,"do":[[NS,"SetAxis",0,0.5]]}        Turn: a command is its time, its name and its fields in their order
{"gate":[[1,{...}],[-1,{...}]]}              Deviations
{"end":NS}                                   End
"""

import json
from typing import Any, get_args

import msgspec

from polate.control.commands import Control
from polate.control.settings import Motion, PlaySettings
from polate.control.snapshot import Snapshot
from polate.errors import PolateError, TakeError
from polate.gate.frames import Frame
from polate.takes.journal import Deviations, End, LaterLine, Start, Turn

__all__ = ["command_from", "decode_later_line", "decode_start"]

_COMMANDS: dict[str, Any] = {kind.__name__: kind for kind in get_args(Control)}
_LATER_FIELDS = {
    ("GoTo", "bars"),
    ("KeyDown", "channel"),
    ("KeyUp", "channel"),
}  # the fields that commands of this format did not have


class _Start(msgspec.Struct, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    polate_journal: int
    polate: str
    model: str
    sha256: str
    settings: PlaySettings
    motions: dict[str, Motion] = {}
    snapshots: dict[str, Snapshot] = {}
    ports: dict[str, int] = {}
    following: bool = False
    lookahead_ns: int


class _Turn(msgspec.Struct, forbid_unknown_fields=True):
    at: int
    do: list[list[Any]] = []


class _Deviations(msgspec.Struct, forbid_unknown_fields=True):
    gate: list[tuple[int, Frame]]


class _End(msgspec.Struct, forbid_unknown_fields=True):
    end: int


def decode_start(line: bytes) -> Start:
    """The first line of a journal. Raises `ValueError` with the error in it."""
    start = msgspec.convert(json.loads(line), _Start)
    return Start(
        polate=start.polate,
        model=start.model,
        sha256=start.sha256,
        settings=start.settings,
        motions=start.motions,
        snapshots=start.snapshots,
        ports=start.ports,
        following=start.following,
        tempo_map="changes",
        lookahead_ns=start.lookahead_ns,
    )


def decode_later_line(line: bytes) -> LaterLine:
    """Any other line. Raises `ValueError` with the error in it."""
    value = json.loads(line)
    if not isinstance(value, dict):
        raise TakeError(f"must be an object, got {str(value)[:64]}")
    if "gate" in value:
        return Deviations(msgspec.convert(value, _Deviations).gate)
    if "end" in value:
        return End(msgspec.convert(value, _End).end)
    turn = msgspec.convert(value, _Turn)
    return Turn(turn.at, [_timed_command(values) for values in turn.do])


def _timed_command(values: list[Any]) -> tuple[int, Control]:
    if not values or type(values[0]) is not int:
        raise TakeError(f"a control must begin with its time, got {str(values)[:64]}")
    return values[0], command_from(values[1:])


def command_from(values: list[Any]) -> Control:
    """A command from its name and its fields in their order. Raises `TakeError`."""
    name, *rest = values or [None]
    kind = _COMMANDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise TakeError(f"no control {str(name)[:64]!r}; there are {', '.join(_COMMANDS)}")
    names = [field for field in kind.__struct_fields__ if (name, field) not in _LATER_FIELDS]
    if len(rest) != len(names):
        raise TakeError(f"{name} takes {', '.join(names) or 'nothing'}, got {str(rest)[:64]}")
    try:
        command: Control = msgspec.convert(dict(zip(names, rest, strict=True)), kind, strict=True)
    except (msgspec.ValidationError, PolateError) as error:
        raise TakeError(f"{name}: {error}") from error
    return command
