"""OSC on the wire: datagrams to messages, within bounds, and messages to datagrams.

    bytes --messages--> [(time tag, address, arguments)]        [OscMessage] --datagrams--> [bytes]

python-osc reads and builds the single message; what it would do to a hostile datagram (hang on a bundle's negative
size, sleep until a time tag, match an address as a pattern) is never asked of it.

Source: the OSC 1.0 specification; the bounds are ours.
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
    "MOST_AHEAD_SECONDS",
    "MOST_BYTES",
    "MOST_DEPTH",
    "MOST_MESSAGES",
    "MOST_SENT_BYTES",
    "Timed",
    "ahead_ns",
    "build",
    "datagrams",
    "messages",
]

MOST_BYTES = 4096
MOST_MESSAGES = 64  # in one bundle
MOST_DEPTH = 4  # of bundles in bundles
MOST_ARGUMENTS = 64
MOST_AHEAD_SECONDS = 60
MOST_SENT_BYTES = 1400  # so that what is sent fits into one packet of an Ethernet or a wireless network

IMMEDIATELY = 1
"""The time tag that means now."""

_BUNDLE = b"#bundle\x00"
_TYPES = re.compile(rb",([ifdhsTF]*)\x00")
_SECOND = 1_000_000_000
_1970 = 2_208_988_800  # seconds from 1900, where time tags begin, to 1970, where Unix time does


class Timed(NamedTuple):
    """A message, and when it is to be applied: seconds since 1900 in 32.32 bits, as NTP has them."""

    timetag: int
    address: str
    arguments: list[Argument]


# -- in -------------------------------------------------------------------------------------------


def messages(datagram: bytes) -> list[Timed]:
    """The messages of a datagram, those of a bundle in their order. Raises `ControlError`.

    A bundle inside another may not come before it: it has the later of their time tags.
    """
    if len(datagram) > MOST_BYTES:
        raise ControlError(f"an OSC datagram must have at most {MOST_BYTES} bytes, got {len(datagram)}")
    found: list[Timed] = []
    _read(datagram, 0, IMMEDIATELY, found)
    return found


def ahead_ns(timetag: int, unix_ns: int) -> int:
    """How many nanoseconds after ``unix_ns`` (since 1970) a time tag is; 0 if it is past. Raises `ControlError`.

    Right until 2036, when the seconds of time tags begin again at 0.
    """
    ahead = (timetag * _SECOND >> 32) - _1970 * _SECOND - unix_ns
    if ahead > MOST_AHEAD_SECONDS * _SECOND:
        raise ControlError(
            f"an OSC time tag must be at most {MOST_AHEAD_SECONDS} s ahead, got {ahead / _SECOND:.0f} s; "
            "a sender whose clock is not this machine's needs osc-timetags = 'ignore'"
        )
    return max(0, ahead)


def _read(packet: bytes, depth: int, timetag: int, found: list[Timed]) -> None:
    if not packet.startswith(_BUNDLE):
        if len(found) == MOST_MESSAGES:
            raise ControlError(
                f"an OSC bundle must hold at most {MOST_MESSAGES} messages, got at least {len(found) + 1}"
            )
        found.append(_message(packet, timetag))
        return
    if depth == MOST_DEPTH:
        raise ControlError(f"OSC bundles must be nested at most {MOST_DEPTH} deep, got at least {depth + 1}")
    if len(packet) < 16:
        raise ControlError(f"an OSC bundle must have 16 bytes up to the end of its time tag, got {len(packet)}")
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
    return Timed(timetag, address if address.startswith("/") else f"/{address}", arguments)


# -- out ------------------------------------------------------------------------------------------


def build(address: str, arguments: Sequence[Argument]) -> OscMessage:
    """One message: whole numbers as i, others as f, words as s."""
    builder = OscMessageBuilder(address)
    for argument in arguments:
        builder.add_arg(argument)
    return builder.build()


def datagrams(built: Iterable[OscMessage]) -> list[bytes]:
    """A message alone as it is, several in bundles, each of at most `MOST_SENT_BYTES`."""
    bundles: list[list[OscMessage]] = []
    room = 0
    for message in built:
        needs = 4 + len(message.dgram)
        if needs > room:
            bundles.append([])
            room = MOST_SENT_BYTES - 16
        bundles[-1].append(message)
        room -= needs
    return [bundle[0].dgram if len(bundle) == 1 else _bundle(bundle) for bundle in bundles]


def _bundle(contents: list[OscMessage]) -> bytes:
    builder = OscBundleBuilder(BUILD_IMMEDIATELY)
    for message in contents:
        builder.add_content(message)
    return builder.build().dgram
