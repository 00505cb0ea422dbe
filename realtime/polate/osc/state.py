"""The player's state as OSC: what each address has to tell, and what of it has changed.

    State --state_of--> {address: arguments}

What is told stands on the address that sets it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from polate.control.commands import Corner
from polate.control.fields import FIELDS, MOTION_FIELDS
from polate.control.settings import Motion, PlaySettings
from polate.osc.addresses import MOST_NOTES, address_of
from polate.osc.arguments import Argument

__all__ = ["State", "changes", "state_of"]

Told = dict[str, list[Argument]]

_MOST_TEXT = 256  # characters of a text that is told


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the player has to tell."""

    settings: PlaySettings
    motions: Sequence[Motion]  # one for each axis
    positions: Sequence[float]  # where the knob of each axis stands, 0..1
    moved: Sequence[float]  # where each axis is, with its motion, 0..1
    morph: float  # 0..1
    x: float  # of the pad, 0..1
    y: float
    corners: Mapping[Corner, str]  # what each was put to, in words
    playing: bool
    pattern: str  # text form
    notes: Sequence[int]  # MIDI notes of the way up
    note: int | None  # struck last
    played: int  # notes struck so far
    beat: int  # whole beats since the start
    axes: Sequence[str]  # names
    model: str
    trouble: str
    captured: str


def state_of(state: State) -> Told:
    """The arguments for every address that is told. Only numbers and words: 1 and 0 for yes and no."""
    told: Told = {f"/polate/z/{axis}": [position] for axis, position in enumerate(state.positions, 1)}
    told["/polate/z"] = list(state.positions)
    told["/polate/morph"] = [state.morph]
    told["/polate/xy"] = [state.x, state.y]
    told["/polate/x"], told["/polate/y"] = [state.x], [state.y]
    told |= {f"/polate/corner/{corner}": [_plain(place)] for corner, place in state.corners.items()}
    told["/polate/play"] = [int(state.playing)]
    for field in FIELDS.values():
        told[address_of(field)] = [_plain(getattr(state.settings, field.name))]
    told["/polate/tonic"] = [state.settings.tonic_note]
    for axis, motion in enumerate(state.motions, 1):
        for field in MOTION_FIELDS.values():
            told[f"/polate/motion/{axis}/{field.key}"] = [_plain(getattr(motion, field.name))]
    told["/polate/pattern"] = [_plain(state.pattern)]
    told["/polate/notes"] = list(state.notes[:MOST_NOTES])
    if state.note is not None:
        told["/polate/note"] = [state.note]
    told["/polate/played"], told["/polate/beat"] = [state.played], [state.beat]
    told |= {f"/polate/axis/{axis}": [position] for axis, position in enumerate(state.moved, 1)}
    told["/polate/axes"] = [_plain(name) for name in state.axes]
    if state.captured:
        told["/polate/captured"] = [_plain(state.captured)]
    told["/polate/model"], told["/polate/trouble"] = [_plain(state.model)], [_plain(state.trouble)]
    return told


def changes(before: Told, after: Told) -> Told:
    """What of the state is to be told anew."""
    return {address: arguments for address, arguments in after.items() if before.get(address) != arguments}


def _plain(value: Argument) -> Argument:
    """Not every receiver has a yes and a no; and an OSC string cannot hold all that may stand in a file's name."""
    if isinstance(value, str):
        return "".join(character if character.isprintable() else "?" for character in value[:_MOST_TEXT])
    return int(value) if isinstance(value, bool) else value
