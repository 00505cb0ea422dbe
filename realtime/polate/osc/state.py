"""The player's state as the values of OSC addresses.

    PlayerState --values_of--> {address: arguments} --changes--> those that differ from the last ones

A value that can be set is on the address that sets it.
"""

from functools import cache
from itertools import chain

from polate.control.commands import PORTS
from polate.control.fields import FIELDS, MOTION_FIELDS
from polate.control.path import Path
from polate.control.player_state import PlayerState
from polate.osc.addresses import MAX_NOTES, address_of
from polate.osc.arguments import Argument

__all__ = ["Values", "changes", "values_of"]

Values = dict[str, list[Argument]]

_MAX_TEXT = 256  # characters
_SETTINGS = [(address_of(field), field.name) for field in FIELDS.values()]


def values_of(state: PlayerState) -> Values:
    """The value of every address that has one, as a list of arguments."""
    values: Values = {f"/polate/z/{axis}": [position] for axis, position in enumerate(state.positions, 1)}
    values["/polate/z"] = list(state.positions)
    values["/polate/point"] = list(state.z)
    values["/polate/pinned"] = [_plain(state.pinned)]
    values["/polate/pinned-corners"] = [" ".join(sorted(state.corner_pins))]
    values["/polate/morph"] = [state.morph]
    values["/polate/xy"] = list(state.pad)
    values["/polate/x"], values["/polate/y"] = [state.pad[0]], [state.pad[1]]
    values |= {f"/polate/corner/{corner}": [_plain(place)] for corner, place in state.corners.items()}
    values["/polate/path"] = _path(state.path)
    values["/polate/play"] = [int(state.playing)]
    for address, name in _SETTINGS:
        values[address] = [_plain(getattr(state.settings, name))]
    values["/polate/tonic"] = [state.settings.tonic_note]
    for axis, motion in enumerate(state.motions, 1):
        for address, name in _motion_of(axis):
            values[address] = [_plain(getattr(motion, name))]
    values |= {f"/polate/{kind}": [_plain(state.chosen_ports.get(kind, ""))] for kind in PORTS}
    values["/polate/sync"] = [state.chosen_sync]
    values["/polate/learn"] = [_plain(state.learning)]
    values["/polate/controller"] = [_plain(state.controller)]
    values["/polate/record"] = [int(bool(state.recording))]
    values["/polate/recording"] = [_plain(state.recording)]
    values["/polate/pattern"] = [_plain(state.pattern)]
    values["/polate/notes"] = list(state.way_up[:MAX_NOTES])
    heard = state.heard
    values["/polate/heard"] = [heard.pattern, heard.tonic, heard.distance, len(heard.notes), _plain(heard.remark)]
    if state.sounding is not None:
        values["/polate/note"] = [state.sounding]
    values["/polate/played"], values["/polate/beat"] = [state.played], [max(0, int(state.beat))]
    values |= {f"/polate/axis/{axis}": [position] for axis, position in enumerate(state.moved_positions, 1)}
    values["/polate/axes"] = [_plain(name) for name in state.axes]
    if state.captured:
        values["/polate/captured"] = [_plain(state.captured)]
    values["/polate/model"], values["/polate/trouble"] = [_plain(state.model)], [_plain(state.trouble)]
    return values


@cache
def _motion_of(axis: int) -> list[tuple[str, str]]:
    """The addresses of an axis's motion, and the names of their fields."""
    return [(f"/polate/motion/{axis}/{field.key}", field.name) for field in MOTION_FIELDS.values()]


def changes(before: Values, after: Values) -> Values:
    """The values that have changed."""
    return {address: arguments for address, arguments in after.items() if before.get(address) != arguments}


def _path(path: Path | None) -> list[Argument]:
    """The two axes and the positions of the points, one after another; 0 without a path."""
    return [*path.axes, *chain.from_iterable(path.points)] if path else [0]


def _plain(value: Argument) -> Argument:
    """Booleans as 1 and 0, because not every receiver has booleans; a text without what an OSC string cannot hold."""
    if isinstance(value, str):
        text = value[:_MAX_TEXT]
        return text if text.isprintable() else "".join(each if each.isprintable() else "?" for each in text)
    return int(value) if isinstance(value, bool) else value
