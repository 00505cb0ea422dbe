"""The OSC addresses: one table of names, arguments, documentation, and of what each makes.

    (address, arguments) --to_control--> Control

Most of the table is made from the settings of `polate.control.settings`.
"""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from polate.control.commands import CORNERS, Control, Morph, MovePad, RecallSnapshot, SetAxis, SetPlaying, StoreSnapshot
from polate.control.fields import FIELDS, MOTION_FIELDS, Field
from polate.errors import ConfigError, ControlError
from polate.osc.arguments import (
    Argument,
    BeyondError,
    Make,
    UnfitError,
    capture,
    go_to,
    move_pad,
    one_number,
    one_position,
    panic,
    press_key,
    set_corner,
    set_field,
    set_motion,
    set_point,
    words,
)

__all__ = [
    "ADDRESSES",
    "GET",
    "MOST_NOTES",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
    "Address",
    "address_of",
    "check_aliases",
    "find_address",
    "to_control",
    "topic",
]

GET, SUBSCRIBE, UNSUBSCRIBE = "/polate/get", "/polate/subscribe", "/polate/unsubscribe"

MOST_NOTES = 64
"""Of a pattern, as they are told: the longest way up has 61, and 64 arguments are all that we take ourselves."""

_NUMBERED = re.compile(r"(/polate/(?:z|motion|axis)/)([1-9][0-9]?)(/.+)?")


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


# -- the table ------------------------------------------------------------------------------------

_KEY = "/polate/key"
_PLACE = "a landmark's name or text form, a snapshot's name, or random"


def address_of(field: Field) -> str:
    return "/polate/tempo" if field.name == "bpm" else f"/polate/{field.key}"


def _table() -> Iterator[Address]:
    one = "one number 0..1"
    yield Address(
        "/polate/z/1",
        one,
        "axis 1 (to the last), over its useful range",
        lambda arguments, axis: [SetAxis(axis - 1, one_position(arguments))],
    )
    yield Address("/polate/z", "a number 0..1 for every axis", "all axes at once", set_point)
    yield Address("/polate/go", _PLACE, "go to a place ('polate landmarks' lists the landmarks)", go_to, False)
    yield Address("/polate/landmark", _PLACE, "the same as /polate/go", go_to, False)
    yield Address(
        "/polate/morph",
        one,
        "go to a place on the way from corner A to corner B",
        lambda arguments, _: [Morph(one_position(arguments))],
    )
    yield Address("/polate/xy", "two numbers 0..1", "go to a place between the four corners", move_pad)
    yield Address(
        "/polate/x",
        one,
        "the same, from A and C towards B and D",
        lambda arguments, _: [MovePad(one_position(arguments), None)],
    )
    yield Address(
        "/polate/y",
        one,
        "the same, from A and B towards C and D",
        lambda arguments, _: [MovePad(None, one_position(arguments))],
    )
    for corner in CORNERS:
        yield Address(f"/polate/corner/{corner}", f"{_PLACE}, or here", f"corner {corner.upper()}", set_corner(corner))
    yield Address(
        "/polate/snapshot/store",
        "a name without spaces, or a number",
        "keep where the axes stand and how it is played",
        lambda arguments, _: [StoreSnapshot(words(arguments))],
        False,
    )
    yield Address(
        "/polate/snapshot/recall",
        "a name or a number",
        "go back to what was kept",
        lambda arguments, _: [RecallSnapshot(words(arguments))],
        False,
    )
    yield Address(
        "/polate/play",
        "1 or 0",
        "start from the tonic, or stop",
        lambda arguments, _: [SetPlaying(bool(one_number(arguments)))],
    )
    yield Address(
        "/polate/capture", "a number of bars 1..64", "write the last bars to a file: see captured", capture, False
    )
    yield Address("/polate/panic", "nothing, or 1", "end what sounds, at once; the line goes on", panic, False)
    yield Address(
        _KEY, "a note 0..127 and a velocity 0..127", "a key goes down; with velocity 0, up (see keys)", press_key, False
    )
    for field in FIELDS.values():
        yield Address(address_of(field), field.arguments, field.doc, set_field(field))
    for field in MOTION_FIELDS.values():
        yield Address(f"/polate/motion/1/{field.key}", field.arguments, field.doc, set_motion(field))
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


# -- looked up ------------------------------------------------------------------------------------


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
    except UnfitError:
        came = " ".join(repr(argument) for argument in arguments)[:64] or "nothing"
        raise ControlError(f"{address} takes {spec.arguments}, got {came}") from None
    except BeyondError as error:
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
