"""Messages on a non-blocking stream socket: bytes that wait to be written, and lines of JSON."""

import contextlib
import json
import socket
from typing import Any

__all__ = ["LineReader", "Outbox"]


class Outbox:
    """What is still to be written to a non-blocking socket; nothing here ever waits for the reader."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._unsent = b""

    def __len__(self) -> int:
        """Bytes that wait."""
        return len(self._unsent)

    def put(self, data: bytes) -> None:
        self._unsent += data

    def say(self, value: object) -> None:
        """Put a value as a line of JSON: `LineReader` reads it."""
        self.put(json.dumps(value).encode() + b"\n")

    def flush(self) -> None:
        """Write what goes without waiting. A reader that is gone is not an error here: reading tells of it."""
        with contextlib.suppress(BlockingIOError, ConnectionError):
            while self._unsent:
                self._unsent = self._unsent[self._socket.send(self._unsent) :]


class LineReader:
    """Cuts a byte stream into lines of JSON; a line may come in pieces, and one with nothing in it says nothing."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Any]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [json.loads(line) for line in lines if line]
