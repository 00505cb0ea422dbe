"""A client of a running Polate, over OSC: the other side of `polate.osc.process`."""

import contextlib
import socket
import time
from collections.abc import Iterator, Sequence

from polate.errors import ControlError, PortError
from polate.osc.addresses import CONFIRM, SUBSCRIBE, UNSUBSCRIBE
from polate.osc.arguments import Argument
from polate.osc.packets import MAX_BYTES, build, messages

__all__ = ["RunningPolate", "running_polate"]

_TIMEOUT_SECONDS = 3.0
_STATE_SECONDS = 0.3  # after the first datagram, the rest of the state arrives within this time


class RunningPolate:
    """A running Polate at the other end of a connected UDP socket, and the latest values of its addresses."""

    def __init__(self, udp: socket.socket, name: str) -> None:
        """``name`` is its host and port, for error messages."""
        self._udp, self._name = udp, name
        self._values: dict[str, Sequence[Argument]] = {}

    def subscribe(self) -> None:
        """Ask for all values, and wait for them. Raises `OSError` if none arrives within 3 s."""
        self._send(SUBSCRIBE, [])
        self._receive(_TIMEOUT_SECONDS)
        until = time.monotonic() + _STATE_SECONDS
        with contextlib.suppress(TimeoutError):
            while True:
                self._receive(until - time.monotonic())

    def unsubscribe(self) -> None:
        self._send(UNSUBSCRIBE, [])

    @property
    def values(self) -> dict[str, str]:
        """The latest value of every address that has one, as text."""
        return {address: self.value(address) for address in self._values}

    def value(self, address: str) -> str:
        """The latest value of an address as text; empty if there is none."""
        return " ".join(map(_text, self._values.get(address, ())))

    def ask(self, address: str, arguments: Sequence[Argument], answer: str, before: str) -> str:
        """Send a message and wait until the value of the address ``answer`` is no longer ``before``. Returns it.

        Raises `PortError` if that takes longer than 3 s.
        """
        until = time.monotonic() + _TIMEOUT_SECONDS
        try:
            self._send(address, arguments)
            while self.value(answer) == before:
                self._receive(until - time.monotonic())
        except OSError as error:
            raise PortError(f"{self._name} did not answer to {address}: {error}") from error
        return self.value(answer)

    def _send(self, address: str, arguments: Sequence[Argument]) -> None:
        self._udp.send(build(address, arguments).dgram)

    def _receive(self, seconds: float) -> None:
        """Wait for one datagram. Raises `TimeoutError`."""
        if seconds <= 0:
            raise TimeoutError("timed out")
        self._udp.settimeout(seconds)
        with contextlib.suppress(ControlError):  # the datagram is not from a Polate
            for _, address, arguments in messages(self._udp.recv(MAX_BYTES)):
                if address == CONFIRM:
                    self._send(CONFIRM, arguments)
                else:
                    self._values[address] = arguments


def _text(argument: Argument) -> str:
    return f"{argument:.6g}" if isinstance(argument, float) else str(argument)


@contextlib.contextmanager
def running_polate(host: str, port: int) -> Iterator[RunningPolate]:
    """Subscribe to the Polate that listens on this host and UDP port. Raises `PortError` if none answers."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as udp:
        polate = RunningPolate(udp, f"{host}:{port}")
        try:
            udp.connect((host, port))
            polate.subscribe()
        except (OSError, UnicodeError, TypeError) as error:  # the last two: no name of a host
            why = getattr(error, "strerror", None) or error
            raise PortError(
                f"no Polate answers to OSC on {host}:{port} ({why}): start it with 'polate play'"
            ) from error
        yield polate
        polate.unsubscribe()
