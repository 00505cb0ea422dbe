"""The OSC addresses: one table, from messages to controls, and from the player's state to messages.

    (address, arguments) --to_control--> Control        State --state_of--> {address: arguments}

Most of the table is made from the settings of `polate.control.settings`. What is told stands on the address that sets
it.
"""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from polate.control.commands import (
    CORNERS,
    Capture,
    Control,
    Corner,
    GoTo,
    KeyDown,
    KeyUp,
    Morph,
    MovePad,
    Panic,
    RecallSnapshot,
    Set,
    SetAxis,
    SetCorner,
    SetMotion,
    SetPlaying,
    SetPoint,
    StoreSnapshot,
)
from polate.control.fields import FIELDS, MOTION_FIELDS, Field
from polate.control.settings import Motion, PlaySettings
from polate.errors import ConfigError, ControlError

__all__ = [
    "ADDRESSES",
    "GET",
    "MOST_NOTES",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
    "Address",
    "Argument",
    "State",
    "changes",
    "check_aliases",
    "find_address",
    "state_of",
    "to_control",
    "topic",
]

Argument = int | float | str | bool
Make = Callable[[Sequence[Argument], int], list[Control]]
Told = dict[str, list[Argument]]

GET, SUBSCRIBE, UNSUBSCRIBE = "/polate/get", "/polate/subscribe", "/polate/unsubscribe"

MOST_NOTES = 64
"""Of a pattern, as they are told: the longest way up has 61, and 64 arguments are all that we take ourselves."""

_NUMBERED = re.compile(r"(/polate/(?:z|motion|axis)/)([1-9][0-9]?)(/.+)?")
_OVERSHOOT = 0.01  # a fader's end, in somebody's floating point
_MOST_TEXT = 256  # characters of a text that is told


class _UnfitError(Exception):
    """The arguments are not those that the address takes."""


class _BeyondError(Exception):
    """A number is no position 0..1; the message says which number."""


class _UnknownAddressError(ControlError):
    """Looks for the nearest addresses (1 ms) only when it is read, so that a flood of unknown ones costs little."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self._address = address[:64]

    def __str__(self) -> str:
        near = difflib.get_close_matches(self._address, _BY_ADDRESS, cutoff=0.5)
        return f"no OSC address {self._address!r}; " + (
            f"near it are {', '.join(near)}; docs/osc.md lists all" if near else "docs/osc.md lists them"
        )


@dataclass(frozen=True, slots=True)
class Address:
    """One OSC address: what it takes, what it does, and the control it makes."""

    address: str
    arguments: str
    doc: str
    make: Make | None = None  # None: it cannot be set
    is_told: bool = True  # to subscribers, and when it is asked


# -- from messages to controls --------------------------------------------------------------------


def find_address(address: str) -> Address:
    """The table's entry for an address, of whatever axis. Raises `ControlError` that names the nearest."""
    return _find(address)[0]


def to_control(address: str, arguments: Sequence[Argument]) -> list[Control]:
    """The controls that a message asks for; none for the release of a button. Raises `ControlError`."""
    spec, number = _find(address)
    if spec.make is None:
        raise ControlError(f"{address} cannot be set: it is {spec.doc}")
    try:
        return spec.make(arguments, number)
    except _UnfitError:
        came = " ".join(repr(argument) for argument in arguments)[:64] or "nothing"
        raise ControlError(f"{address} takes {spec.arguments}, got {came}") from None
    except _BeyondError as error:
        raise ControlError(f"{address}: a position must be in 0..1, got {error}") from None


def topic(address: str, arguments: Sequence[Argument]) -> tuple[str, int]:
    """What a message is about: of two on the same topic the later one counts. A key is a topic of its own."""
    if address == _KEY and arguments and not isinstance(arguments[0], str):
        return address, round(arguments[0])
    return address, 0


def check_aliases(aliases: Mapping[str, str]) -> None:
    """Are these other names for addresses of the table? Raises `ConfigError`."""
    for alias, address in aliases.items():
        if not re.fullmatch(r"/[^\x00-\x20#*,?\[\]{}\x7f]{1,63}", alias) or alias.startswith("/polate/"):
            raise ConfigError(
                "an OSC alias must begin with '/' but not with '/polate/', and have at most 64 characters, "
                f"none of them a space or one of #*,?[]{{}}, got {alias[:80]!r} - at `$.osc-alias`"
            )
        try:
            find_address(address)
        except ControlError as error:
            raise ConfigError(f"{error} - at `$.osc-alias`") from error


def _find(address: str) -> tuple[Address, int]:
    """The table's entry and the number of the axis in the address, 0 where there is none."""
    match = _NUMBERED.fullmatch(address)
    spec = _BY_ADDRESS.get(f"{match[1]}1{match[3] or ''}" if match else address)
    if spec is None:
        raise _UnknownAddressError(address)
    return spec, int(match[2]) if match else 0


def _number(argument: Argument) -> float:
    if isinstance(argument, str):
        raise _UnfitError
    return float(argument)


def _one_number(arguments: Sequence[Argument]) -> float:
    if len(arguments) != 1:
        raise _UnfitError
    return _number(arguments[0])


def _position(argument: Argument) -> float:
    value = _number(argument)
    if not -_OVERSHOOT <= value <= 1 + _OVERSHOOT:
        raise _BeyondError(format(value, "g"))
    return min(1.0, max(0.0, value))


def _one_position(arguments: Sequence[Argument]) -> float:
    return _position(_one_number(arguments))


def _words(arguments: Sequence[Argument]) -> str:
    """Max sends 'tritone 0 1 2' as a word and three integers, Pd as a word and three floats."""
    if not arguments:
        raise _UnfitError
    return " ".join(word if isinstance(word, str) else format(word, ".10g") for word in arguments)


def _value(field: Field, arguments: Sequence[Argument]) -> Argument:
    if not field.has_range:
        return _words(arguments)
    if len(arguments) != 1:
        raise _UnfitError
    return arguments[0]


def _point(arguments: Sequence[Argument], _: int) -> list[Control]:
    if not arguments:
        raise _UnfitError
    return [SetPoint(tuple(_position(argument) for argument in arguments))]


def _pad(arguments: Sequence[Argument], _: int) -> list[Control]:
    if len(arguments) != 2:
        raise _UnfitError
    return [MovePad(_position(arguments[0]), _position(arguments[1]))]


def _capture(arguments: Sequence[Argument], _: int) -> list[Control]:
    return [Capture(round(_one_number(arguments)))]


def _panic(arguments: Sequence[Argument], _: int) -> list[Control]:
    return [Panic()] if not arguments or _one_number(arguments) else []


def _key(arguments: Sequence[Argument], _: int) -> list[Control]:
    if len(arguments) != 2:
        raise _UnfitError
    note, velocity = (round(_number(argument)) for argument in arguments)
    for name, value in (("note", note), ("velocity", velocity)):
        if not 0 <= value <= 127:
            raise ControlError(f"{name} must be in 0..127, got {value}")
    return [KeyDown(note, velocity) if velocity else KeyUp(note)]


def _set(field: Field) -> Make:
    return lambda arguments, _: [Set(field.key, _value(field, arguments))]


def _set_motion(field: Field) -> Make:
    return lambda arguments, axis: [SetMotion(axis - 1, field.key, _value(field, arguments))]


def _set_corner(corner: Corner) -> Make:
    return lambda arguments, _: [SetCorner(corner, _words(arguments))]


def _go_to(arguments: Sequence[Argument], _: int) -> list[Control]:
    return [GoTo(_words(arguments))]


# -- the table ------------------------------------------------------------------------------------

_KEY = "/polate/key"
_PLACE = "a landmark's name or text form, a snapshot's name, or random"


def _address_of(field: Field) -> str:
    return "/polate/tempo" if field.name == "bpm" else f"/polate/{field.key}"


def _table() -> Iterator[Address]:
    one = "one number 0..1"
    yield Address(
        "/polate/z/1",
        one,
        "axis 1 (to the last), over its useful range",
        lambda arguments, axis: [SetAxis(axis - 1, _one_position(arguments))],
    )
    yield Address("/polate/z", "a number 0..1 for every axis", "all axes at once", _point)
    yield Address("/polate/go", _PLACE, "go to a place ('polate landmarks' lists the landmarks)", _go_to, False)
    yield Address("/polate/landmark", _PLACE, "the same as /polate/go", _go_to, False)
    yield Address(
        "/polate/morph",
        one,
        "go to a place on the way from corner A to corner B",
        lambda arguments, _: [Morph(_one_position(arguments))],
    )
    yield Address("/polate/xy", "two numbers 0..1", "go to a place between the four corners", _pad)
    yield Address(
        "/polate/x",
        one,
        "the same, from A and C towards B and D",
        lambda arguments, _: [MovePad(_one_position(arguments), None)],
    )
    yield Address(
        "/polate/y",
        one,
        "the same, from A and B towards C and D",
        lambda arguments, _: [MovePad(None, _one_position(arguments))],
    )
    for corner in CORNERS:
        yield Address(f"/polate/corner/{corner}", f"{_PLACE}, or here", f"corner {corner.upper()}", _set_corner(corner))
    yield Address(
        "/polate/snapshot/store",
        "a name without spaces, or a number",
        "keep where the axes stand and how it is played",
        lambda arguments, _: [StoreSnapshot(_words(arguments))],
        False,
    )
    yield Address(
        "/polate/snapshot/recall",
        "a name or a number",
        "go back to what was kept",
        lambda arguments, _: [RecallSnapshot(_words(arguments))],
        False,
    )
    yield Address(
        "/polate/play",
        "1 or 0",
        "start from the tonic, or stop",
        lambda arguments, _: [SetPlaying(bool(_one_number(arguments)))],
    )
    yield Address(
        "/polate/capture", "a number of bars 1..64", "write the last bars to a file: see captured", _capture, False
    )
    yield Address("/polate/panic", "nothing, or 1", "end what sounds, at once; the line goes on", _panic, False)
    yield Address(
        _KEY, "a note 0..127 and a velocity 0..127", "a key goes down; with velocity 0, up (see keys)", _key, False
    )
    for field in FIELDS.values():
        yield Address(_address_of(field), field.arguments, field.doc, _set(field))
    for field in MOTION_FIELDS.values():
        yield Address(f"/polate/motion/1/{field.key}", field.arguments, field.doc, _set_motion(field))
    yield Address("/polate/pattern", "text", "the pattern that is played, in its text form")
    yield Address("/polate/notes", f"up to {MOST_NOTES} MIDI notes", "the notes of its way up")
    yield Address("/polate/note", "a MIDI note", "the note of the line that was struck last")
    yield Address("/polate/played", "a whole number", "how many notes were struck, of all voices")
    yield Address("/polate/beat", "a whole number", "how many beats have passed since the start")
    yield Address("/polate/axis/1", "a number 0..1", "where axis 1 (to the last) is at this step, with its motion")
    yield Address("/polate/axes", "a word for each", "the names of the axes")
    yield Address("/polate/model", "text", "the model's name")
    yield Address("/polate/captured", "text", "the file that was captured last, or why there is none")
    yield Address("/polate/trouble", "text", "what went wrong last; empty: nothing")
    yield Address(GET, "nothing, or addresses; and a port, or none", "tell these, or everything, once", None, False)
    yield Address(SUBSCRIBE, "a port, or nothing", "tell everything, and then for 60 s what changes", None, False)
    yield Address(UNSUBSCRIBE, "a port, or nothing", "tell no more", None, False)


ADDRESSES = tuple(_table())
"""Every address that Polate answers to: the code, the tests and the documentation read this table."""

_BY_ADDRESS = {spec.address: spec for spec in ADDRESSES}


# -- what is told ---------------------------------------------------------------------------------


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
        told[_address_of(field)] = [_plain(getattr(state.settings, field.name))]
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
