"""OSC in: datagrams to messages, within bounds, and messages to controls.

    bytes --messages--> [(address, arguments)] --to_control--> Control

python-osc reads the single message; what it would do to a hostile datagram (hang on a bundle's negative size, sleep
until a timetag, match an address as a pattern) is never asked of it. Timetags are not waited for: a message counts
when it comes.

Source: the OSC 1.0 specification; the bounds are ours.
"""

import math
import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pythonosc.osc_message import OscMessage, ParseError

from polate.controls import (
    Control,
    GoTo,
    Panic,
    Set,
    SetAxis,
    SetPlaying,
    SetPoint,
)
from polate.errors import ControlError

__all__ = [
    "ADDRESSES",
    "MOST_BYTES",
    "MOST_DEPTH",
    "MOST_MESSAGES",
    "Address",
    "messages",
    "to_control",
]

MOST_BYTES = 4096
MOST_MESSAGES = 64  # in one bundle
MOST_DEPTH = 4  # of bundles in bundles
MOST_ARGUMENTS = 64

Argument = int | float | str | bool
Message = tuple[str, list[Argument]]

_BUNDLE = b"#bundle\x00"
_TYPES = re.compile(rb",([ifdhsTF]*)\x00")
_NUMBERED = re.compile(r"(/polate/z/)([1-9][0-9]?)")
_OVERSHOOT = 0.01  # a fader's end, in somebody's floating point


class _UnfitError(Exception):
    """The arguments are not those that the address takes."""


@dataclass(frozen=True, slots=True)
class Address:
    """One OSC address: what it takes, what it does, and the control it makes."""

    address: str
    arguments: str
    doc: str
    make: Callable[[Sequence[Argument], str], list[Control]]


def messages(datagram: bytes) -> list[Message]:
    """The messages of a datagram, those of a bundle in their order. Raises `ControlError`."""
    if len(datagram) > MOST_BYTES:
        raise ControlError(f"an OSC datagram must have at most {MOST_BYTES} bytes, got {len(datagram)}")
    found: list[Message] = []
    _read(datagram, 0, found)
    return found


def _read(packet: bytes, depth: int, found: list[Message]) -> None:
    if not packet.startswith(_BUNDLE):
        if len(found) == MOST_MESSAGES:
            raise ControlError(f"an OSC bundle must hold at most {MOST_MESSAGES} messages")
        found.append(_message(packet))
        return
    if depth == MOST_DEPTH:
        raise ControlError(f"OSC bundles must be nested at most {MOST_DEPTH} deep")
    at = 16  # past '#bundle' and the timetag
    while at < len(packet):
        if len(packet) - at < 4:
            raise ControlError("an OSC bundle ends in the middle of an element")
        (size,) = struct.unpack_from(">i", packet, at)
        if not 0 < size <= len(packet) - at - 4:
            raise ControlError(f"an OSC bundle's element must have 1..{len(packet) - at - 4} bytes, got {size}")
        _read(packet[at + 4 : at + 4 + size], depth + 1, found)
        at += 4 + size


def _message(packet: bytes) -> Message:
    end = packet.find(b"\x00")
    types = _TYPES.match(packet, (end // 4 + 1) * 4) if end > 0 else None
    if types is None or len(types[1]) > MOST_ARGUMENTS:
        raise ControlError(f"not an OSC message with i, f, d, h, s, T or F arguments: {packet[:48]!r}")
    try:
        message = OscMessage(packet)
    except (ParseError, ValueError) as error:
        raise ControlError(f"not an OSC message: {error}") from error
    arguments = list(message.params)
    for argument in arguments:
        if isinstance(argument, float) and not math.isfinite(argument):
            raise ControlError(f"{message.address[:64]!r}: numbers must be finite, got {argument}")
    address = message.address
    return (address if address.startswith("/") else f"/{address}", arguments)


def _find_address(address: str) -> tuple["Address", str]:
    """The table's entry for an address, and the number in it, if there is one. Raises `ControlError`."""
    match = _NUMBERED.fullmatch(address)
    spec = _BY_ADDRESS.get(match[1] + "1" if match else address)
    if spec is None:
        raise ControlError(f"no OSC address {address[:64]!r}; there are {', '.join(_BY_ADDRESS)}")
    return spec, match[2] if match else ""


def to_control(address: str, arguments: Sequence[Argument]) -> list[Control]:
    """The controls that a message asks for; none for the release of a button. Raises `ControlError`."""
    spec, number = _find_address(address)
    try:
        return spec.make(arguments, number)
    except _UnfitError:
        came = " ".join(repr(argument) for argument in arguments)[:64] or "nothing"
        raise ControlError(f"{address} takes {spec.arguments}, got {came}") from None


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
        raise ControlError(f"a position must be in 0..1, got {value:g}")
    return min(1.0, max(0.0, value))


def _word(arguments: Sequence[Argument]) -> str:
    if not arguments or not all(isinstance(argument, str | int) for argument in arguments):
        raise _UnfitError
    return " ".join(map(str, arguments))  # Max and Pd send 'tritone 0 1 2' as four arguments


def _axis(arguments: Sequence[Argument], number: str) -> list[Control]:
    if len(arguments) != 1:
        raise _UnfitError
    return [SetAxis(int(number) - 1, _position(arguments[0]))]


def _point(arguments: Sequence[Argument], _: str) -> list[Control]:
    if not arguments:
        raise _UnfitError
    return [SetPoint(tuple(_position(argument) for argument in arguments))]


def _panic(arguments: Sequence[Argument], _: str) -> list[Control]:
    return [Panic()] if not arguments or _one_number(arguments) else []


ADDRESSES = (
    Address("/polate/z/1", "one number 0..1", "axis 1 (to the last), over its useful range", _axis),
    Address("/polate/z", "a number 0..1 for every axis", "all axes at once", _point),
    Address(
        "/polate/landmark",
        "a landmark's name or text form",
        "go to a landmark of the model ('polate landmarks' lists them)",
        lambda arguments, _: [GoTo(_word(arguments))],
    ),
    Address(
        "/polate/tempo",
        "one number 20..400",
        "quarter notes a minute",
        lambda arguments, _: [Set("bpm", _one_number(arguments))],
    ),
    Address(
        "/polate/rate",
        "1/1 .. 1/64, with '.' or 't'",
        "the length of a step",
        lambda arguments, _: [Set("rate", _word(arguments))],
    ),
    Address(
        "/polate/tonic",
        "one number 0..127",
        "the tonic, as a MIDI note; out of reach of a pattern, its pitch class",
        lambda arguments, _: [Set("tonic", _one_number(arguments))],
    ),
    Address(
        "/polate/play",
        "1 or 0",
        "start from the tonic, or stop",
        lambda arguments, _: [SetPlaying(bool(_one_number(arguments)))],
    ),
    Address("/polate/panic", "nothing, or 1", "end what sounds, at once; the line goes on", _panic),
)
"""Every address that Polate answers to: the code, the tests and the documentation read this table."""

_BY_ADDRESS = {spec.address: spec for spec in ADDRESSES}
