"""A queue that any thread may fill, and that `select` can wait for.

any thread --put--> [items, and a byte that wakes select] --take--> the loop of one thread
"""

import contextlib
import socket
from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

__all__ = ["Inbox"]

T = TypeVar("T")


class Inbox(Generic[T]):
    """Items that wait for one reader. It holds two sockets, until `close`."""

    def __init__(self, most: int) -> None:
        """``most``: how many items may wait. Further ones are dropped."""
        self._most = most
        self._waiting: deque[T] = deque()
        self._woken, self._wakes = socket.socketpair()
        self._woken.setblocking(False)
        self._wakes.setblocking(False)
        self._has_byte = False

    def fileno(self) -> int:
        """For `select`: readable while an item waits."""
        return self._woken.fileno()

    def put(self, item: T) -> None:
        """Any thread may call it."""
        if len(self._waiting) < self._most:
            self._waiting.append(item)
            if not self._has_byte:
                self._has_byte = True
                with contextlib.suppress(BlockingIOError):
                    self._wakes.send(b"\0")

    def take(self) -> Iterator[T]:
        """The items that wait, the oldest first."""
        with contextlib.suppress(BlockingIOError):
            self._woken.recv(64)
        self._has_byte = False  # before the items are taken: what is put from now on wakes the reader again
        while self._waiting:
            yield self._waiting.popleft()

    def close(self) -> None:
        """Nothing may be put afterwards."""
        self._woken.close()
        self._wakes.close()
