"""OSC datagrams: read them within limits, and build them.

    bytes --messages--> [(time tag, address, arguments)]        [OscMessage] --datagrams--> [bytes]

python-osc reads and builds single messages only. Bundles are read here: a hostile datagram makes python-osc hang (a
negative size in a bundle), sleep (a time tag in the future) or match for seconds (an address pattern).

Source: the OSC 1.0 specification, and the types of OSC 1.1. The limits are Polate's own.
"""

import math
import re
import struct
from collections.abc import Callable, Iterable, Sequence
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
MAX_MESSAGES = 128  # in a datagram
MAX_DEPTH = 4  # levels of bundles in bundles
MAX_ARGUMENTS = 130  # of a message: two axes and the 64 points of a path
MAX_AHEAD_SECONDS = 60
MAX_SENT_BYTES = 1400  # of a sent datagram: it fits into one packet of an Ethernet or a wireless network

IMMEDIATELY = 1
"""The time tag that means now (OSC 1.0)."""

_BUNDLE = b"#bundle\x00"
_TYPES = re.compile(rb",([ifdhsSTFIN\[\]]*)\x00")
_NO_ARGUMENT = b"IN[]"  # bang, nil and the brackets of an array have no data, and mean nothing to Polate
_SECOND = 1_000_000_000
_1970 = 2_208_988_800  # seconds from 1900, the zero of time tags, to 1970, the zero of Unix time


class Timed(NamedTuple):
    """A message with its time tag: seconds since 1900 with 32 bits before and 32 bits after the point, as in NTP."""

    timetag: int
    address: str
    arguments: list[Argument]


# -- read ------------------------------------------------------------------------------------------


def messages(datagram: bytes, refuse: Callable[[ControlError], None] | None = None) -> list[Timed]:
    """The messages of a datagram, in order. A bundle inside another one has the later of the two time tags.

    An element of a bundle that is malformed or exceeds a limit is left out, and given to ``refuse`` as an error; the
    others are returned. Without ``refuse`` the first such error is raised, a `ControlError`.
    """
    found: list[Timed] = []
    if len(datagram) > MAX_BYTES:
        error = ControlError(f"an OSC datagram must have at most {MAX_BYTES} bytes, got {len(datagram)}")
        (refuse or _raise)(error)
    else:
        _read(datagram, 0, IMMEDIATELY, found, refuse or _raise)
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


def _raise(error: ControlError) -> None:
    raise error


def _read(packet: bytes, depth: int, timetag: int, found: list[Timed], refuse: Callable[[ControlError], None]) -> None:
    try:
        if packet.startswith(_BUNDLE):
            later = max(timetag, _timetag(packet, depth))
        elif len(found) < MAX_MESSAGES:
            found.append(_message(packet, timetag))
            return
        else:
            raise ControlError(
                f"an OSC bundle must hold at most {MAX_MESSAGES} messages, got at least {len(found) + 1}"
            )
    except ControlError as error:
        refuse(error)
        return
    at = 16
    while at < len(packet):
        try:
            size = _size(packet, at)
        except ControlError as error:  # nobody knows where the next element begins
            refuse(error)
            return
        _read(packet[at + 4 : at + 4 + size], depth + 1, later, found, refuse)
        at += 4 + size


def _timetag(bundle: bytes, depth: int) -> int:
    """The time tag of a bundle inside so many others. Raises `ControlError`."""
    if depth == MAX_DEPTH:
        raise ControlError(f"OSC bundles must be nested at most {MAX_DEPTH} deep, got at least {depth + 1}")
    if len(bundle) < 16:
        raise ControlError(f"an OSC bundle must have at least 16 bytes, got {len(bundle)}")
    (timetag,) = struct.unpack_from(">Q", bundle, 8)
    return int(timetag)


def _size(bundle: bytes, at: int) -> int:
    """The size of the element of a bundle that begins at ``at``. Raises `ControlError`."""
    room = len(bundle) - at - 4
    if room < 0:
        raise ControlError(f"an OSC bundle's element must begin with its size in 4 bytes, got {room + 4}")
    (size,) = struct.unpack_from(">i", bundle, at)
    if not 0 < size <= room:
        raise ControlError(f"an OSC bundle's element must have 1..{room} bytes, got {size}")
    return int(size)


def _message(packet: bytes, timetag: int) -> Timed:
    plain = _plain(packet)
    try:
        message = OscMessage(plain)
    except (ParseError, ValueError) as error:
        raise ControlError(f"not an OSC message: {error}") from error
    arguments = list(message.params)
    for argument in arguments:
        if isinstance(argument, float) and not math.isfinite(argument):
            raise ControlError(f"{message.address[:64]!r}: numbers must be finite, got {argument}")
    address = message.address
    return Timed(timetag, address if address.startswith("/") else f"/{address}", arguments)


def _plain(packet: bytes) -> bytes:
    """The message with the types that python-osc reads, and arrays as their elements. Raises `ControlError`.

    A message without types is one without arguments: OSC 1.0 asks receivers to be robust here.
    """
    end = packet.find(b"\x00")
    begin = (end // 4 + 1) * 4
    if end > 0 and begin == len(packet):
        return packet
    match = _TYPES.match(packet, begin) if end > 0 else None
    types = match[1] if match else b""
    plain = types.translate(None, _NO_ARGUMENT).replace(b"S", b"s")
    if match is None or len(plain) > MAX_ARGUMENTS or not _is_balanced(types):
        raise ControlError(f"not an OSC message with i, f, d, h, s, S, T, F, I, N or [ ] arguments: {packet[:48]!r}")
    if plain == types:
        return packet
    data = begin + ((len(types) + 1) // 4 + 1) * 4
    return packet[:begin] + b"," + plain + bytes(4 - (len(plain) + 1) % 4) + packet[data:]


def _is_balanced(types: bytes) -> bool:
    """Whether each array that begins also ends."""
    depth = 0
    for kind in types if b"[" in types or b"]" in types else b"":
        depth += (kind == ord("[")) - (kind == ord("]"))
        if depth < 0:
            return False
    return depth == 0


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
