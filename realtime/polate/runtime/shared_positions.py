"""The newest position of each axis, in memory that the OSC process and the player share.

    OSC process --PositionWriter.put--> [one word an axis] --PositionReader.take--> player, before it plays on
                --lines on a socket----------------------------------------------->

A word is 8 aligned bytes: a position, a count that makes each word differ from the one before, and the number of lines
that were sent before it. It is written and read in one access, so no process ever waits for a lock. A new position
overwrites the old one: the newest wins.

Everything else goes over the socket. The order of words and lines is kept: before each line, the words that were
written since the last line are sent as a line too (the reader takes each word only once), and the reader leaves a word
until it has read the lines that were sent before it.
"""

import contextlib
import ctypes
import mmap
import os
import struct
import sys
import tempfile
from collections.abc import Iterable, Sequence
from typing import Self

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment,unused-ignore]

__all__ = ["AXES", "ONE", "Moves", "PositionReader", "PositionWriter", "Word"]

AXES = 16
"""The number of axes that have a word. The positions of further axes go over the socket."""

ONE = 0x3F800000
"""1.0 as the bits of a 32-bit float (IEEE 754). The bits of 0..1 are 0..ONE; those of greater or negative numbers and
of NaN are above ONE. The writer passes the bits on as they are: unpacking and packing them would double its time."""

Word = int
Moves = list[tuple[int, float]]
"""Axes (from 0) and their new positions (0..1)."""

_SINGLE = struct.Struct("=f")
_WORD_BYTES = 8  # from the low end: 32 bits position, 16 count, 16 lines
_WOKEN = AXES  # the index of one more word: 1 if the player was woken and has not read since
_BYTES = (AXES + 1) * _WORD_BYTES
_ROUND = 2**16  # counts wrap around
_PR_GET_DUMPABLE = 3  # prctl(2)
_IN_MEMORY = "/dev/shm"  # files in memory on Linux, where no disk delays a write


class _SharedWords:
    """A memory-mapped file. (`multiprocessing.shared_memory` would remove it when one of the processes ends.)"""

    def __init__(self, path: str) -> None:
        """Raises `OSError`."""
        self.path = path
        self.lines = 0  # sent, or read, so far
        with open(path, "r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _BYTES)
        self._words = memoryview(self._memory).cast("Q")

    def close(self) -> None:
        """Unmap and remove the file. Both processes do this, because either may end first."""
        self._words.release()
        self._memory.close()
        with contextlib.suppress(OSError):
            os.unlink(self.path)


def _sealed_file() -> int | None:
    """A file in memory that stays as long as it is (memfd_create(2)); None where other processes cannot open it.

    They open it in /proc, which a process with privileges of its own, for example of file capabilities, forbids them.
    """
    if sys.platform != "linux" or not hasattr(fcntl, "F_ADD_SEALS"):
        return None
    try:
        if ctypes.CDLL(None).prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0) != 1:
            return None
        fd = os.memfd_create("polate-positions", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.write(fd, bytes(_BYTES))
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
    except OSError:
        return None
    return fd


class PositionWriter(_SharedWords):
    """The OSC process's side."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._count = 0
        self._unsaid: set[int] = set()  # axes written since the last line

    def put(self, axis: int, position: int) -> bool:
        """Write the position of an axis (0..AXES - 1), as the bits of a float. True if the player must be woken."""
        self._count += 1
        self._words[axis] = (self.lines % _ROUND) << 48 | (self._count % _ROUND) << 32 | position  # one store
        self._unsaid.add(axis)
        if self._words[_WOKEN]:
            return False
        self._words[_WOKEN] = 1
        return True

    def unsaid(self) -> list[tuple[int, Word]]:
        """The axes and words that must be sent before the next line."""
        unsaid = [(axis, self._words[axis]) for axis in sorted(self._unsaid)]
        self._unsaid.clear()
        return unsaid


class PositionReader(_SharedWords):
    """The player's side."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._taken: list[Word] = [0] * AXES
        self._fd: int | None = None  # of a file without a name

    @classmethod
    def create(cls) -> Self:
        """Open a new file. Raises `OSError`.

        On Linux it has no name, so that it goes with its process, and nobody can shorten it: memory behind the end of a
        file ends a process that reads it (SIGBUS).
        """
        if (fd := _sealed_file()) is not None:
            reader = cls(f"/proc/{os.getpid()}/fd/{fd}")
            reader._fd = fd
            return reader
        fd, path = tempfile.mkstemp(prefix="polate-", dir=_IN_MEMORY if os.path.isdir(_IN_MEMORY) else None)
        with open(fd, "wb") as file:
            file.write(bytes(_BYTES))
        return cls(path)

    def close(self) -> None:
        super().close()
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def take(self) -> Moves:
        """The new positions, without those that were written after a line that has not been read yet."""
        self._words[_WOKEN] = 0  # first, so that a later write wakes the player again
        words = self._words[:AXES].tolist()
        if words == self._taken:
            return []
        return self._take((axis, word) for axis, word in enumerate(words) if self._was_heard(word))

    def said(self, words: Iterable[Sequence[int]]) -> Moves:
        """The new positions of words that were sent before a line."""
        return self._take((axis, word) for axis, word in words)

    def writer_died(self) -> Moves:
        """The positions that a dead writer has left. The next writer begins with an empty file."""
        left = self._take(enumerate(self._words[:AXES].tolist()))
        self._words[:] = memoryview(bytes(_BYTES)).cast("Q")
        self._taken, self.lines = [0] * AXES, 0
        return left

    def _take(self, words: Iterable[tuple[int, Word]]) -> Moves:
        moves = []
        for axis, word in words:
            if word != self._taken[axis]:
                self._taken[axis] = word
                (position,) = _SINGLE.unpack((word & 0xFFFFFFFF).to_bytes(4, sys.byteorder))
                moves.append((axis, position))
        return moves

    def _was_heard(self, word: Word) -> bool:
        """Whether all lines have been read that were sent before this word."""
        return (self.lines - (word >> 48)) % _ROUND < _ROUND // 2
