"""Bytes that wait to be written to a non-blocking socket."""

import contextlib
import socket

__all__ = ["Outbox"]


class Outbox:
    """What is still to be written; no method waits for the reader."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._unsent = b""

    def __len__(self) -> int:
        """Bytes that wait."""
        return len(self._unsent)

    def put(self, data: bytes) -> None:
        """Add bytes. `flush` writes them."""
        self._unsent += data

    def flush(self) -> None:
        """Write what the socket takes at once. A reader that is gone is no error here: reading shows it."""
        with contextlib.suppress(BlockingIOError, ConnectionError):
            while self._unsent:
                self._unsent = self._unsent[self._socket.send(self._unsent) :]
