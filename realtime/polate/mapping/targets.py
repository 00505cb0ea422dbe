"""The targets of mappings, and the command that moves each of them.

"motion/1/depth" --parse_target--> Target --command(position)--> SetMotion
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from polate.control.commands import (
    CORNERS,
    Control,
    GoTo,
    HoldPhrase,
    Morph,
    MovePad,
    Panic,
    RecallSnapshot,
    Set,
    SetAxis,
    SetCorner,
    SetMotion,
    SetPlaying,
    StoreSnapshot,
)
from polate.control.fields import FIELDS, MOTION_FIELDS, Field
from polate.errors import ConfigError, ControlError, PatternError
from polate.model.places import is_pattern_text
from polate.theory.pattern import Pattern

__all__ = ["TARGETS", "PositionOf", "Target", "parse_target"]

PositionOf = Callable[[str], float | None]
"""The position of a target, 0..1, by its text; None if it has no position, or an unknown one."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a mapping moves.

    Its ``kind`` is *range* for a position 0..1, *switch* for on and off, *number* for the number of a snapshot, and
    *trigger* for an action at each press.
    """

    text: str
    kind: Literal["range", "switch", "number", "trigger"]
    command: Callable[[float], Control]  # the command that moves it to a position 0..1
    reached: Callable[[float], float] = float  # the position that it then has: the nearest one of a setting with steps
    axis: int | None = None  # the axis that it belongs to, from 0; None: it belongs to no axis
    field: Field | None = None  # the setting that it moves; with an axis, a setting of the axis's motion


TARGETS = {
    "z/1": "the first axis of the map; z/2 is the second, and so on",
    "morph": "the position between the corners A and B",
    "pad/x": "the position on the pad between four corners, from A to B",
    "pad/y": "the position on the pad, from A to C",
    "bpm": "a setting: every setting with a range or a choice is a target",
    "motion/1/depth": "a setting of an axis's motion: kind, shape, depth, hz, bars or phase",
    "play": "1 plays, 0 stops",
    "phrase": "the pedal of listen: 1 begins a phrase, 0 ends it",
    "start": "a button: start from the top, or at the song position of another clock; no effect while playing",
    "stop": "a button: stop",
    "panic": "a button: end all sounding notes",
    "go/PLACE": "a button: go to a place: a landmark, a pattern, notes, a snapshot, coordinates, or random",
    "corner/a/PLACE": "a button: set corner a, b, c or d to a place, or to here",
    "snapshot": "recall the snapshot named 1 to 128, by the number of a program change or by a value",
    "snapshot/NAME": "a button: recall the snapshot NAME",
    "snapshot-store/NAME": "a button: store the snapshot NAME",
}
"""Every target. The errors and the documentation use this table."""

_AXIS = re.compile(r"z/([1-9][0-9]?)")
_MOTION = re.compile(r"motion/([1-9][0-9]?)/(.+)")
_PLACE = re.compile(r"go/(.+)|corner/([a-d])/(.+)")
_NAMED = re.compile(r"(snapshot|snapshot-store)/(.+)")
_FIXED = {
    "morph": Target("morph", "range", lambda position: Morph(position)),
    "pad/x": Target("pad/x", "range", lambda position: MovePad(position, None)),
    "pad/y": Target("pad/y", "range", lambda position: MovePad(None, position)),
    "play": Target("play", "switch", lambda position: SetPlaying(position >= 0.5)),
    "phrase": Target("phrase", "switch", lambda position: HoldPhrase(position >= 0.5)),
    "start": Target("start", "trigger", lambda position: SetPlaying(True)),
    "stop": Target("stop", "trigger", lambda position: SetPlaying(False)),
    "panic": Target("panic", "trigger", lambda position: Panic()),
    "snapshot": Target("snapshot", "number", lambda position: RecallSnapshot(str(round(position * 127) + 1))),
}


def parse_target(text: str) -> Target:
    """Read a target such as "z/1". Raises `ConfigError`, which names the allowed ones."""
    if fixed := _FIXED.get(text):
        return fixed
    if match := _AXIS.fullmatch(text):
        axis = int(match[1]) - 1
        return Target(text, "range", lambda position: SetAxis(axis, position), axis=axis)
    if (field := FIELDS.get(text)) and field.has_range:
        return Target(text, "range", lambda position: Set(text, field.at(position)), _reached(field), field=field)
    if (match := _MOTION.fullmatch(text)) and match[2] in MOTION_FIELDS:
        axis, key, motion = int(match[1]) - 1, match[2], MOTION_FIELDS[match[2]]
        return Target(
            text, "range", lambda position: SetMotion(axis, key, motion.at(position)), _reached(motion), axis, motion
        )
    if match := _PLACE.fullmatch(text):
        return Target(text, "trigger", _to_place(text, match))
    if match := _NAMED.fullmatch(text):
        try:
            store = StoreSnapshot(match[2])
        except ControlError as error:
            raise ConfigError(f"target {text[:80]!r}: {error}") from None
        command: Control = store if match[1] == "snapshot-store" else RecallSnapshot(store.name)
        return Target(text, "trigger", lambda position: command)
    settings = ", ".join(key for key, field in FIELDS.items() if field.has_range)
    others = ", ".join(name for name in TARGETS if name not in FIELDS)
    raise ConfigError(f"target must be one of {others}, or one of the settings {settings}; got {text[:64]!r}")


def _to_place(text: str, match: re.Match[str]) -> Callable[[float], Control]:
    """The command of a target with a place. Raises `ConfigError` for a wrong pattern."""
    place, corner, corner_place = match.groups()
    try:
        if is_pattern_text(wanted := place or corner_place):
            Pattern.parse(wanted)
    except PatternError as error:
        raise ConfigError(f"target {text[:80]!r}: {error}") from error
    command: Control = SetCorner(CORNERS["abcd".index(corner)], corner_place) if corner else GoTo(place)
    return lambda position: command


def _reached(field: Field) -> Callable[[float], float]:
    return lambda position: field.position(field.at(position))
