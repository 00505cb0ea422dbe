"""OSC datagrams: read them within limits, and build them.

    bytes --messages--> [(time tag, address, arguments)]        [OscMessage] --datagrams--> [bytes]

python-osc reads and builds single messages only. Bundles are read here: a hostile datagram makes python-osc hang (a
negative size in a bundle), sleep (a time tag in the future) or match for seconds (an address pattern).

Source: the OSC 1.0 specification. The limits are Polate's own.
"""

import math
import re
import struct
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pythonosc.osc_bundle_builder import IMMEDIATELY as BUILD_IMMEDIATELY
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message import OscMessage, ParseError
from pythonosc.osc_message_builder import OscMessageBuilder

from polate.errors import ControlError
from polate.osc.arguments import Argument

__all__ = [
    "IMMEDIATELY",
    "MAX_AHEAD_SECONDS",
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_MESSAGES",
    "MAX_SENT_BYTES",
    "Timed",
    "ahead_ns",
    "build",
    "datagrams",
    "messages",
]

MAX_BYTES = 4096  # of a received datagram
MAX_MESSAGES = 64  # in a datagram
MAX_DEPTH = 4  # levels of bundles in bundles
MAX_ARGUMENTS = 130  # of a message: two axes and the 64 points of a path
MAX_AHEAD_SECONDS = 60
MAX_SENT_BYTES = 1400  # of a sent datagram: it fits into one packet of an Ethernet or a wireless network

IMMEDIATELY = 1
"""The time tag that means now (OSC 1.0)."""

_BUNDLE = b"#bundle\x00"
_TYPES = re.compile(rb",([ifdhsTF]*)\x00")
_SECOND = 1_000_000_000
_1970 = 2_208_988_800  # seconds from 1900, the zero of time tags, to 1970, the zero of Unix time


class Timed(NamedTuple):
    """A message with its time tag: seconds since 1900 with 32 bits before and 32 bits after the point, as in NTP."""

    timetag: int
    address: str
    arguments: list[Argument]


# -- read ------------------------------------------------------------------------------------------


def messages(datagram: bytes) -> list[Timed]:
    """The messages of a datagram, in order. Raises `ControlError` for one that is malformed or exceeds a limit.

    A bundle inside another one has the later of the two time tags.
    """
    if len(datagram) > MAX_BYTES:
        raise ControlError(f"an OSC datagram must have at most {MAX_BYTES} bytes, got {len(datagram)}")
    found: list[Timed] = []
    _read(datagram, 0, IMMEDIATELY, found)
    return found


def ahead_ns(timetag: int, unix_ns: int) -> int:
    """Nanoseconds from ``unix_ns`` (since 1970) to a time tag; 0 if it is in the past.

    Raises `ControlError` for one that is more than 60 s in the future. Correct until 2036: then the seconds of time
    tags start again at 0.
    """
    ahead = (timetag * _SECOND >> 32) - _1970 * _SECOND - unix_ns
    if ahead > MAX_AHEAD_SECONDS * _SECOND:
        raise ControlError(
            f"an OSC time tag must be at most {MAX_AHEAD_SECONDS} s ahead, got {ahead / _SECOND:.0f} s; "
            "if the sender's clock differs from this machine's, set osc-timetags = 'ignore'"
        )
    return max(0, ahead)


def _read(packet: bytes, depth: int, timetag: int, found: list[Timed]) -> None:
    if not packet.startswith(_BUNDLE):
        if len(found) == MAX_MESSAGES:
            raise ControlError(
                f"an OSC bundle must hold at most {MAX_MESSAGES} messages, got at least {len(found) + 1}"
            )
        found.append(_message(packet, timetag))
        return
    if depth == MAX_DEPTH:
        raise ControlError(f"OSC bundles must be nested at most {MAX_DEPTH} deep, got at least {depth + 1}")
    if len(packet) < 16:
        raise ControlError(f"an OSC bundle must have at least 16 bytes, got {len(packet)}")
    timetag = max(timetag, *struct.unpack_from(">Q", packet, 8))
    at = 16
    while at < len(packet):
        if len(packet) - at < 4:
            raise ControlError(f"an OSC bundle's element must begin with its size in 4 bytes, got {len(packet) - at}")
        (size,) = struct.unpack_from(">i", packet, at)
        if not 0 < size <= len(packet) - at - 4:
            raise ControlError(f"an OSC bundle's element must have 1..{len(packet) - at - 4} bytes, got {size}")
        _read(packet[at + 4 : at + 4 + size], depth + 1, timetag, found)
        at += 4 + size


def _message(packet: bytes, timetag: int) -> Timed:
    end = packet.find(b"\x00")
    types = _TYPES.match(packet, (end // 4 + 1) * 4) if end > 0 else None
    if types is None or len(types[1]) > MAX_ARGUMENTS:
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
    return Timed(timetag, address if address.startswith("/") else f"/{address}", arguments)


# -- build -----------------------------------------------------------------------------------------


def build(address: str, arguments: Sequence[Argument]) -> OscMessage:
    """A message. Its types are i for integers, f for other numbers and s for text."""
    builder = OscMessageBuilder(address)
    for argument in arguments:
        builder.add_arg(argument)
    return builder.build()


def datagrams(built: Iterable[OscMessage]) -> list[bytes]:
    """The datagrams for messages: a single message is sent as it is, several are sent in bundles."""
    bundles: list[list[OscMessage]] = []
    room = 0
    for message in built:
        needs = 4 + len(message.dgram)
        if needs > room:
            bundles.append([])
            room = MAX_SENT_BYTES - 16
        bundles[-1].append(message)
        room -= needs
    return [bundle[0].dgram if len(bundle) == 1 else _bundle(bundle) for bundle in bundles]


def _bundle(contents: list[OscMessage]) -> bytes:
    builder = OscBundleBuilder(BUILD_IMMEDIATELY)
    for message in contents:
        builder.add_content(message)
    return builder.build().dgram
