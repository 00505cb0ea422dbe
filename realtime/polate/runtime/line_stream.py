"""Typed messages as lines of JSON on a byte stream.

    message --encode_line--> one line --LineReader(Message).feed--> message

A message is a tagged, frozen msgspec struct. The process that reads names the union of all that it takes. The gate and
the MIDI input send fixed binary records instead, and never import this module.
"""

from typing import Any, Generic, TypeVar

import msgspec

from polate.runtime.protocol import ProtocolError

__all__ = ["LONGEST_LINE", "LineReader", "encode_line"]

LONGEST_LINE = 16 << 20
"""In bytes. The state with 512 snapshots of 64 axes has 1 MB."""

Message = TypeVar("Message")

_encode = msgspec.json.Encoder().encode


def encode_line(message: msgspec.Struct) -> bytes:
    """A message as one line of JSON, with its line feed. Numbers must be finite: JSON has no others."""
    return _encode(message) + b"\n"


class LineReader(Generic[Message]):
    """Cuts a byte stream into messages. A line may arrive in pieces; an empty line is no message."""

    def __init__(self, messages: Any) -> None:
        """``messages``: the type of a message, or the union of the types."""
        self._decode = msgspec.json.Decoder(messages).decode
        self._parts: list[bytes] = []  # of the line that is not complete
        self._size = 0  # of them

    def feed(self, data: bytes) -> list[Message]:
        """The messages that are complete now. Raises `ProtocolError` for a line that is none of them, or has no end."""
        self._parts.append(data)
        self._size += len(data)
        if b"\n" not in data:
            if self._size > LONGEST_LINE:
                raise ProtocolError(f"a line must have at most {LONGEST_LINE} bytes, got {self._size} and no end")
            return []
        *lines, rest = b"".join(self._parts).split(b"\n")
        self._parts, self._size = [rest], len(rest)
        try:
            return [self._decode(line) for line in lines if line]
        except msgspec.DecodeError as error:
            raise ProtocolError(f"a line is no message of this version: {error}") from error
