"""The journal of a take: every command to the engine with its time, and where the gate deviated from an ideal gate.

It is text, a line of JSON for each `Line`:

    {"polate-journal":3,"polate":"0.1.0","model":"slonimsky",...}    Start: model, settings, snapshots ...
    {"type":"turn","at":NS,"do":[[NS,{"type":"SetAxis","axis":0,"position":0.5}]]}     Turn: commands, a step on
    {"type":"gate","reports":[[1,{...}],[-1,{...}]]}                 Deviations: surplus and missing reports
    {"type":"end","at":NS}                                           End: the take was not cut off

Times are nanoseconds of `polate.runtime.clock`. Floats are read back bit for bit. `polate.takes.journal_reader` reads
journals of this format and of the formats before it.
"""

import json
from typing import Literal

import msgspec

from polate.control.commands import Control
from polate.control.path import Path
from polate.control.settings import Motion, PlaySettings
from polate.control.snapshot import Snapshot
from polate.gate.frames import Frame

__all__ = ["FORMAT", "MARK", "Deviations", "End", "LaterLine", "Line", "Start", "Turn", "encode"]

FORMAT = 3
MARK = b'{"polate-journal":'
"""The first bytes of a journal of any format."""


class Start(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    rename="kebab",
    kw_only=True,
    tag_field="polate-journal",
    tag=FORMAT,
    omit_defaults=True,
):
    """Everything that an engine is made from."""

    polate: str  # the version that has written the journal
    model: str  # slonimsky, octave, atlas or a path
    sha256: str  # of the model's file
    settings: PlaySettings
    motions: dict[str, Motion] = {}  # by number of the axis, from 1
    path: Path | None = None
    snapshots: dict[str, Snapshot] = {}  # by name
    ports: dict[str, int] = {}  # voice -> its place among the MIDI outputs
    following: bool = False  # an external clock sets the tempo
    tempo_map: Literal["bars", "changes"] = "bars"  # of an external clock; "changes": as before format 3, every change
    lookahead_ns: int  # how long before its due time a note is sent to the gate


class _LaterLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Any line but the first."""


class Turn(_LaterLine, frozen=True, tag="turn"):
    """Commands, each at its time, and then `Engine.advance` at ``at``."""

    at: int
    do: list[tuple[int, Control]] = []


class Deviations(_LaterLine, frozen=True, tag="gate"):
    """Reports of the gate that an ideal gate makes less often (a positive count) or more often (a negative count)."""

    reports: list[tuple[int, Frame]]


class End(_LaterLine, frozen=True, tag="end"):
    """The last line. Nothing was played after it."""

    at: int


LaterLine = Turn | Deviations | End
Line = Start | LaterLine

_ENCODER = msgspec.json.Encoder()


def encode(line: Line) -> bytes:
    """A line as JSON, with its line feed."""
    try:
        encoded = _ENCODER.encode(line)
    except UnicodeEncodeError:  # half of a surrogate pair, in the path of a model whose name is not UTF-8
        return _encode_beyond_json(line)
    if b"null" in encoded:  # no field is null, so a number is not finite; or a name contains the word
        return _encode_beyond_json(line)
    return encoded + b"\n"


def _encode_beyond_json(line: Line) -> bytes:
    """Python's json module writes NaN, Infinity and halves of surrogate pairs in a way that it can read back."""
    return json.dumps(msgspec.to_builtins(line), separators=(",", ":")).encode() + b"\n"
