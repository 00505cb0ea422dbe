"""What a mapping can move: the table of targets, and the control that each makes.

"motion/1/depth" --parse_target--> Target --make(position)--> control
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from polate.control.commands import (
    Control,
    Morph,
    MovePad,
    Panic,
    RecallSnapshot,
    Set,
    SetAxis,
    SetMotion,
    SetPlaying,
    StoreSnapshot,
)
from polate.control.fields import FIELDS, MOTION_FIELDS, Field
from polate.errors import ConfigError, ControlError

__all__ = ["TARGETS", "PositionOf", "Target", "parse_target"]

PositionOf = Callable[[str], float | None]
"""Where a target stands, 0..1; None where that is unknown, or means nothing."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a mapping moves."""

    text: str
    kind: Literal["place", "state", "number", "trigger"]
    make: Callable[[float], Control]  # from a place 0..1
    settle: Callable[[float], float] = float  # where it will be found to stand when it was put at a place
    axis: int | None = None  # 0.. , of a target that belongs to one
    field: Field | None = None  # the setting that it moves; with an axis, of the axis's motion


TARGETS = {
    "z/1": "the first axis of the map, and so on",
    "morph": "the place between the corners A and B",
    "pad/x": "the place on the pad between four corners, from A to B",
    "pad/y": "and from A to C",
    "bpm": "and every other setting with a range or a choice",
    "motion/1/depth": "what moves an axis by itself: kind, shape, depth, hz, bars, phase",
    "play": "1 plays, 0 stops",
    "start": "a button: play, from the top, or where another clock's song is; nothing while it plays",
    "stop": "a button: stop",
    "panic": "a button: end what sounds",
    "snapshot": "recall the snapshot named 1 to 128, by program or value",
    "snapshot/NAME": "a button: recall this one",
    "snapshot-store/NAME": "a button: keep where all stands under this name",
}
"""Every target there is: the errors and the documentation read this table."""

_AXIS = re.compile(r"z/([1-9][0-9]?)")
_MOTION = re.compile(r"motion/([1-9][0-9]?)/(.+)")
_NAMED = re.compile(r"(snapshot|snapshot-store)/(.+)")
_FIXED = {
    "morph": Target("morph", "place", lambda place: Morph(place)),
    "pad/x": Target("pad/x", "place", lambda place: MovePad(place, None)),
    "pad/y": Target("pad/y", "place", lambda place: MovePad(None, place)),
    "play": Target("play", "state", lambda place: SetPlaying(place >= 0.5)),
    "start": Target("start", "trigger", lambda place: SetPlaying(True)),
    "stop": Target("stop", "trigger", lambda place: SetPlaying(False)),
    "panic": Target("panic", "trigger", lambda place: Panic()),
    "snapshot": Target("snapshot", "number", lambda place: RecallSnapshot(str(round(place * 127) + 1))),
}


def parse_target(text: str) -> Target:
    """Raises `ConfigError` with what is allowed."""
    if fixed := _FIXED.get(text):
        return fixed
    if match := _AXIS.fullmatch(text):
        axis = int(match[1]) - 1
        return Target(text, "place", lambda place: SetAxis(axis, place), axis=axis)
    if (field := FIELDS.get(text)) and field.has_range:
        return Target(text, "place", lambda place: Set(text, field.at(place)), _settle(field), field=field)
    if (match := _MOTION.fullmatch(text)) and match[2] in MOTION_FIELDS:
        axis, key, motion = int(match[1]) - 1, match[2], MOTION_FIELDS[match[2]]
        return Target(
            text, "place", lambda place: SetMotion(axis, key, motion.at(place)), _settle(motion), axis, motion
        )
    if match := _NAMED.fullmatch(text):
        try:
            store = StoreSnapshot(match[2])
        except ControlError as error:
            raise ConfigError(f"target {text[:80]!r}: {error}") from None
        control: Control = store if match[1] == "snapshot-store" else RecallSnapshot(store.name)
        return Target(text, "trigger", lambda place: control)
    settings = ", ".join(key for key, field in FIELDS.items() if field.has_range)
    others = ", ".join(name for name in TARGETS if name not in FIELDS)
    raise ConfigError(f"target must be one of {others}, or one of the settings {settings}; got {text[:64]!r}")


def _settle(field: Field) -> Callable[[float], float]:
    return lambda place: field.position(field.at(place))
