"""The keys of the terminal, read one by one from a thread of its own.

    terminal --bytes--> KeyReader --names of keys--> whoever listens

Not on Windows, and only if standard input is a terminal. The terminal's mode is put back at the end.
"""

import contextlib
import os
import select
import socket
import sys
import threading
from collections.abc import Callable, Iterator

from polate.runtime.process_limit import start_thread

__all__ = ["KeyReader", "keys_of_the_terminal"]

_SEQUENCES = {
    **dict.fromkeys((b"\x1b[A", b"\x1bOA"), "up"),
    **dict.fromkeys((b"\x1b[B", b"\x1bOB"), "down"),
    **dict.fromkeys((b"\x1b[C", b"\x1bOC"), "right"),
    **dict.fromkeys((b"\x1b[D", b"\x1bOD"), "left"),
    b"\x1b[1;2C": "shift-right",
    b"\x1b[1;2D": "shift-left",
}


class KeyReader:
    """Cuts bytes into keys: printable characters, and the arrows. Other sequences are skipped."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """The keys that are complete."""
        data, self._rest = self._rest + data, b""
        keys: list[str] = []
        while data:
            if not data.startswith(b"\x1b"):
                if data[0] in range(32, 127):
                    keys.append(chr(data[0]))
                data = data[1:]
                continue
            end = _end_of_sequence(data)
            if end is None:
                self._rest = data[:16]
                break
            if key := _SEQUENCES.get(data[:end]):
                keys.append(key)
            data = data[end:]
        return keys


def _end_of_sequence(data: bytes) -> int | None:
    """The length of the escape sequence that ``data`` begins with; None if it is not complete."""
    if len(data) < 3:
        return None if data in (b"\x1b", b"\x1b[", b"\x1bO") else 1
    if data[1:2] == b"O":
        return 3
    if data[1:2] != b"[":
        return 1
    return next((end for end, byte in enumerate(data[2:], 3) if 0x40 <= byte <= 0x7E), None)


@contextlib.contextmanager
def keys_of_the_terminal(press: Callable[[str], None]) -> Iterator[None]:
    """Call ``press`` with each key, in another thread. Does nothing if there is no terminal to read."""
    try:
        import termios
        import tty

        terminal = sys.stdin.fileno()
        before = termios.tcgetattr(terminal)
    except (ImportError, OSError, ValueError, AttributeError):  # Windows; no standard input
        yield
        return
    except termios.error:  # no terminal
        yield
        return
    ended, ends = socket.socketpair()
    thread = threading.Thread(target=_read, args=(terminal, ended, press), name="polate-keys", daemon=True)
    with ended, ends:
        tty.setcbreak(terminal, termios.TCSANOW)  # Ctrl-C remains a signal
        has_keys = start_thread(thread)
        try:
            yield
        finally:
            ends.send(b"\0")
            if has_keys:
                thread.join(1.0)
            termios.tcsetattr(terminal, termios.TCSANOW, before)


def _read(terminal: int, ended: socket.socket, press: Callable[[str], None]) -> None:
    reader = KeyReader()
    while True:
        ready, _, _ = select.select([terminal, ended.fileno()], [], [])
        if ended.fileno() in ready:
            return
        try:
            data = os.read(terminal, 1024)
        except OSError:
            return
        if not data:
            return
        for key in reader.feed(data):
            press(key)
