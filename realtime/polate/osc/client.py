"""To ask a Polate that plays for something, over OSC: the other side of `polate.osc.process`."""

import contextlib
import socket
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from polate.errors import ControlError, PortError
from polate.osc.addresses import SUBSCRIBE, UNSUBSCRIBE
from polate.osc.arguments import Argument
from polate.osc.packets import MOST_BYTES, build, messages

__all__ = ["Asking"]

_SECONDS = 3.0
_STATE_SECONDS = 0.3  # in which all that is told at the beginning has come


class Asking:
    """A subscription, opened by ``with``. Raises `PortError` where no Polate answers."""

    def __init__(self, host: str, port: int) -> None:
        self._place = f"{host}:{port}"
        self._peer = (host, port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._state: dict[str, Sequence[Argument]] = {}

    def __enter__(self) -> Self:
        try:
            self._socket.connect(self._peer)
            self._send(SUBSCRIBE, [])
            self._hear(_SECONDS)
            until = time.monotonic() + _STATE_SECONDS
            with contextlib.suppress(TimeoutError):
                while True:
                    self._hear(until - time.monotonic())
        except OSError as error:
            self._socket.close()
            raise PortError(f"no Polate answers to OSC on {self._place}: {error}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._socket:
            if error is None:
                self._send(UNSUBSCRIBE, [])

    def told(self, address: str) -> str:
        """The last word on an address."""
        return " ".join(map(str, self._state.get(address, ())))

    def ask(self, address: str, arguments: Sequence[Argument], answer: str, before: str) -> str:
        """Send a message, and wait until another word than the one before comes on the answer's address."""
        until = time.monotonic() + _SECONDS
        try:
            self._send(address, arguments)
            while self.told(answer) == before:
                self._hear(until - time.monotonic())
        except OSError as error:
            raise PortError(f"{self._place} did not answer to {address}: {error}") from error
        return self.told(answer)

    def _send(self, address: str, arguments: Sequence[Argument]) -> None:
        self._socket.send(build(address, arguments).dgram)

    def _hear(self, seconds: float) -> None:
        """Take in a datagram. Raises `TimeoutError`."""
        if seconds <= 0:
            raise TimeoutError("timed out")
        self._socket.settimeout(seconds)
        with contextlib.suppress(ControlError):  # not from a Polate
            for _, address, arguments in messages(self._socket.recv(MOST_BYTES)):
                self._state[address] = arguments
