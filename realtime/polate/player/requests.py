"""Commands from other threads of this process, such as the keys of the terminal.

any thread --ask--> [queue, and a byte that wakes select] --take--> player's loop
"""

import contextlib
import socket
from collections import deque
from collections.abc import Iterator

from polate.control.commands import Control

__all__ = ["Requests", "open_requests"]

_MOST_WAITING = 256


class Requests:
    """Commands that wait for the player's loop. At most 256 wait; further ones are dropped."""

    def __init__(self, woken: socket.socket, wakes: socket.socket) -> None:
        """A connected pair of non-blocking sockets."""
        self._woken, self._wakes = woken, wakes
        self._waiting: deque[Control] = deque()

    def fileno(self) -> int:
        """For `select`: readable while a command waits."""
        return self._woken.fileno()

    def ask(self, control: Control) -> None:
        """Any thread may call it."""
        if len(self._waiting) < _MOST_WAITING:
            self._waiting.append(control)
            with contextlib.suppress(BlockingIOError):
                self._wakes.send(b"\0")

    def take(self) -> Iterator[Control]:
        """The commands that wait, the oldest first."""
        if self._waiting:
            with contextlib.suppress(BlockingIOError):
                self._woken.recv(4096)
        while self._waiting:
            yield self._waiting.popleft()


@contextlib.contextmanager
def open_requests() -> Iterator[Requests]:
    """With the sockets that it needs, which are closed at the end."""
    woken, wakes = socket.socketpair()
    with woken, wakes:
        woken.setblocking(False)
        wakes.setblocking(False)
        yield Requests(woken, wakes)
