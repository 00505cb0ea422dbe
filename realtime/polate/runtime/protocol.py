"""The version of the messages between the player and its child processes.

    child  --hello: one line with its version--> player
    player --settings with its version---------> child

The hello is the first thing on a child's stream, whatever the framing of the messages behind it. So a process of
another version of Polate is refused, and its messages are never misread.
"""

__all__ = ["HELLO", "PROTOCOL", "HelloReader", "ProtocolError"]

PROTOCOL = 11
"""Add 1 when a message between the processes changes: a struct, a frame, or what one of them means."""

_BEGINNING = b"polate protocol "
_MOST_DIGITS = 9

HELLO = _BEGINNING + b"%d\n" % PROTOCOL


class ProtocolError(Exception):
    """The other process sends what this version of Polate does not understand."""


class HelloReader:
    """Takes the hello off the beginning of a child's stream."""

    def __init__(self) -> None:
        self._read = b""

    def feed(self, data: bytes) -> bytes | None:
        """The bytes behind the hello; None while the hello is not complete. Raises `ProtocolError` for another one."""
        self._read += data
        line, end, rest = self._read.partition(b"\n")
        digits = line[len(_BEGINNING) :]
        if line[: len(_BEGINNING)] != _BEGINNING[: len(line)] or len(digits) > _MOST_DIGITS:
            raise ProtocolError(_differs("no version"))
        if not end:
            return None
        if not digits.isdigit() or int(digits) != PROTOCOL:
            raise ProtocolError(_differs(digits.decode(errors="replace") or "no version"))
        return rest


def _differs(theirs: str) -> str:
    return f"the protocol version must be {PROTOCOL}, got {theirs}: two versions of Polate are mixed, so restart Polate"
