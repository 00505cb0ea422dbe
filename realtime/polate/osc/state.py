"""The player's state as the values of OSC addresses.

    State --state_of--> {address: arguments} --changes--> those that differ from the last ones

A value that can be set is on the address that sets it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from polate.control.commands import Corner
from polate.control.fields import FIELDS, MOTION_FIELDS
from polate.control.settings import Motion, PlaySettings
from polate.osc.addresses import MAX_NOTES, address_of
from polate.osc.arguments import Argument

__all__ = ["State", "changes", "state_of"]

Values = dict[str, list[Argument]]

_MAX_TEXT = 256  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The state of the player."""

    settings: PlaySettings
    motions: Sequence[Motion]  # one per axis
    positions: Sequence[float]  # of the axes as they were set, 0..1
    moved: Sequence[float]  # of the axes with their motion, 0..1
    morph: float  # 0..1
    x: float  # of the pad, 0..1
    y: float
    corners: Mapping[Corner, str]  # the place of each, as it was set
    playing: bool
    pattern: str  # text form
    notes: Sequence[int]  # ascending MIDI notes of the pattern
    note: int | None  # latest note of the line
    played: int  # notes so far, in all voices
    beat: int  # whole beats since the start
    axes: Sequence[str]  # their names
    model: str
    trouble: str
    captured: str


def state_of(state: State) -> Values:
    """The value of every address that has one, as a list of arguments."""
    values: Values = {f"/polate/z/{axis}": [position] for axis, position in enumerate(state.positions, 1)}
    values["/polate/z"] = list(state.positions)
    values["/polate/morph"] = [state.morph]
    values["/polate/xy"] = [state.x, state.y]
    values["/polate/x"], values["/polate/y"] = [state.x], [state.y]
    values |= {f"/polate/corner/{corner}": [_plain(place)] for corner, place in state.corners.items()}
    values["/polate/play"] = [int(state.playing)]
    for field in FIELDS.values():
        values[address_of(field)] = [_plain(getattr(state.settings, field.name))]
    values["/polate/tonic"] = [state.settings.tonic_note]
    for axis, motion in enumerate(state.motions, 1):
        for field in MOTION_FIELDS.values():
            values[f"/polate/motion/{axis}/{field.key}"] = [_plain(getattr(motion, field.name))]
    values["/polate/pattern"] = [_plain(state.pattern)]
    values["/polate/notes"] = list(state.notes[:MAX_NOTES])
    if state.note is not None:
        values["/polate/note"] = [state.note]
    values["/polate/played"], values["/polate/beat"] = [state.played], [state.beat]
    values |= {f"/polate/axis/{axis}": [position] for axis, position in enumerate(state.moved, 1)}
    values["/polate/axes"] = [_plain(name) for name in state.axes]
    if state.captured:
        values["/polate/captured"] = [_plain(state.captured)]
    values["/polate/model"], values["/polate/trouble"] = [_plain(state.model)], [_plain(state.trouble)]
    return values


def changes(before: Values, after: Values) -> Values:
    """The values that have changed."""
    return {address: arguments for address, arguments in after.items() if before.get(address) != arguments}


def _plain(value: Argument) -> Argument:
    """Booleans as 1 and 0, because not every receiver has booleans; a text without what an OSC string cannot hold."""
    if isinstance(value, str):
        return "".join(character if character.isprintable() else "?" for character in value[:_MAX_TEXT])
    return int(value) if isinstance(value, bool) else value
