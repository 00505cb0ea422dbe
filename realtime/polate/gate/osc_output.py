"""An output that sends notes over OSC, to a plugin or a program that plays them.

    bytes of a MIDI message, time until it is due --send--> UDP datagram /polate/out/note, /polate/out/midi
    sounding notes --sign_of_life--> /polate/out/alive

docs/note-output.md describes the messages. They have few forms, so that `struct` builds them: python-osc would be one
more import of the gate and takes ten times as long.
"""

import contextlib
import socket
import struct
from collections.abc import Iterable, Sequence
from typing import Self

from polate.errors import PortError
from polate.midi.messages import CHANNEL_MASK, KIND_MASK, NOTE_OFF, NOTE_ON
from polate.runtime.clock import clock

__all__ = ["CLOCK_MS", "LEAD_NS", "PREFIX", "SIGN_OF_LIFE_NS", "VERSION", "OscOutput", "is_osc", "peer_of"]

PREFIX = "osc:"
"""What the name of an OSC output begins with: `osc:127.0.0.1:9012`."""

VERSION = 1
"""The version of the messages, the first argument of each sign of life."""

LEAD_NS = 3_000_000
"""How long before its time a note is sent. The player gives it to the gate 5 ms before its time."""

SIGN_OF_LIFE_NS = 100_000_000
"""Between two signs of life. A receiver ends all notes when it has had none for half a second."""

CLOCK_MS = 100_000
"""The clock of the messages begins anew after so many milliseconds: a float of 32 bits has 1/128 ms there."""

_MOST_LISTED = 256  # notes in a sign of life: 2 KiB
_MILLISECOND = 1_000_000


def is_osc(name: str | None) -> bool:
    """Whether this is the name of an OSC output."""
    return name is not None and name.startswith(PREFIX)


def peer_of(name: str) -> tuple[str, int]:
    """The address and the UDP port of an OSC output's name. Raises `PortError`, with a message that has no subject."""
    host, _, port = name.removeprefix(PREFIX).rpartition(":")
    host = "127.0.0.1" if host == "localhost" else host.removeprefix("[").removesuffix("]")
    if is_osc(name) and port.isascii() and port.isdecimal() and len(port) < 6 and 0 < int(port) < 65536:
        with contextlib.suppress(OSError, ValueError):
            socket.inet_pton(_family(host), host)
            return host, int(port)
    raise PortError(
        "must be osc:ADDRESS:PORT with a numeric address or localhost, and a port from 1 to 65535, such as "
        f"osc:127.0.0.1:9012; got {name[:64]!r}"
    )


class OscOutput:
    """A UDP socket. It is always there: a receiver that does not run misses the notes and nothing else."""

    def __init__(self, udp: socket.socket) -> None:
        """``udp``: a connected UDP socket that does not block."""
        self._udp = udp

    @classmethod
    def open(cls, name: str) -> Self:
        """Open the output with this name. Raises `PortError`."""
        host, port = peer_of(name)
        udp = socket.socket(_family(host), socket.SOCK_DGRAM)
        udp.setblocking(False)
        try:
            udp.connect((host, port))
        except OSError as error:
            udp.close()
            raise PortError(f"cannot send to {name!r}: {error.strerror}") from error
        return cls(udp)

    def send(self, data: Sequence[int], ahead_ns: int = 0) -> None:
        """Send a MIDI message of 1 to 3 bytes, which is due in ``ahead_ns``."""
        kind, channel = data[0] & KIND_MASK, data[0] & CHANNEL_MASK
        times = ahead_ns / _MILLISECOND, (clock() + ahead_ns) / _MILLISECOND % CLOCK_MS
        if kind in (NOTE_ON, NOTE_OFF):
            velocity = data[2] if kind == NOTE_ON else 0
            self._put(_NOTE + _ARGUMENTS.pack(data[1], velocity, channel + 1, *times))
        else:
            first, second = (*data[1:], 0, 0)[:2]
            self._put(_MIDI + _ARGUMENTS.pack(data[0], first, second, *times))

    def sign_of_life(self, sounding: Iterable[tuple[int, int]]) -> None:
        """Say that Polate runs, and which notes sound: (channel from 0, note)."""
        numbers = [VERSION]
        for channel, note in list(sounding)[:_MOST_LISTED]:
            numbers += [channel + 1, note]
        self._put(_ALIVE + _padded("," + "i" * len(numbers)) + struct.pack(f">{len(numbers)}i", *numbers))

    def alive(self) -> bool:
        return True

    def reachable(self) -> bool:
        return True

    def abandon(self) -> None:
        self.close()

    def close(self) -> None:
        """Say that nothing sounds, and close the socket."""
        self.sign_of_life(())
        self._udp.close()

    def _put(self, datagram: bytes) -> None:
        with contextlib.suppress(OSError):  # nobody listens there now, or the system's buffer is full
            self._udp.send(datagram)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _padded(text: str) -> bytes:
    """An OSC string: ends with a zero, and its length is a multiple of 4 (OSC 1.0, "Atomic Data Types")."""
    return text.encode() + bytes(4 - len(text) % 4)


_ARGUMENTS = struct.Struct(">iiiff")
_NOTE = _padded("/polate/out/note") + _padded(",iiiff")
_MIDI = _padded("/polate/out/midi") + _padded(",iiiff")
_ALIVE = _padded("/polate/out/alive")
