"""The newest position of each axis, in memory that osc_front and the player share: in force as soon as it is written.

    osc_front --PositionWriter.put--> [one word an axis] --PositionReader.take--> player, before it plays on
              --lines on a socket---------------->

A word is 8 aligned bytes: a position, a count that makes each word another, and how many lines had been said before it.
It is written and read whole, so there is no lock that one process could hold while the other waits; and the newest
position has won by taking the place of the one before.

Everything else goes over the socket, and the order of the two holds: before a line goes what was written since the
line before (the reader takes each word only once), and a word waits for the lines that were said before it.
"""

import contextlib
import mmap
import os
import struct
import sys
import tempfile
from collections.abc import Iterable, Sequence
from typing import Self

__all__ = ["AXES", "ONE", "Moves", "PositionReader", "PositionWriter", "Word"]

AXES = 16
"""Axes that have a word; those beyond go over the socket."""

ONE = 0x3F800000
"""1.0 as the bits of a single (IEEE 754): those of 0..1 are 0..ONE; of what is greater, negative or no number, more.
The front passes the bits on as they came: to unpack and pack them again takes as long as all else that it does."""

Word = int
Moves = list[tuple[int, float]]
"""Axes (0..) and where they were put (0..1)."""

_SINGLE = struct.Struct("=f")
_WORD_BYTES = 8  # from the low end: 32 bits position, 16 count, 16 lines
_WOKEN = AXES  # the place of one word more: was the player woken, and has not looked since?
_BYTES = (AXES + 1) * _WORD_BYTES
_ROUND = 2**16  # counts begin again
_IN_MEMORY = "/dev/shm"  # Linux has files there that no disk can keep waiting


class _Cell:
    """An mmapped file. (With `multiprocessing.shared_memory` the end of one process takes it from the other.)"""

    def __init__(self, path: str) -> None:
        """Raises `OSError`."""
        self.path = path
        self.lines = 0  # said, or heard, so far
        with open(path, "r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _BYTES)
        self._words = memoryview(self._memory).cast("Q")

    def close(self) -> None:
        """And take the file away: so does whichever process outlives the other."""
        self._words.release()
        self._memory.close()
        with contextlib.suppress(OSError):
            os.unlink(self.path)


class PositionWriter(_Cell):
    """The front's side."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._count = 0
        self._unsaid: set[int] = set()  # axes that were written since the last line

    def put(self, axis: int, position: int) -> bool:
        """Write the position of an axis (0..AXES - 1), as the bits of a single. Is the player to be woken?"""
        self._count += 1
        self._words[axis] = (self.lines % _ROUND) << 48 | (self._count % _ROUND) << 32 | position  # one store
        self._unsaid.add(axis)
        if self._words[_WOKEN]:
            return False
        self._words[_WOKEN] = 1
        return True

    def unsaid(self) -> list[tuple[int, Word]]:
        """Axes and their words: what is to be said before the next line."""
        unsaid = [(axis, self._words[axis]) for axis in sorted(self._unsaid)]
        self._unsaid.clear()
        return unsaid


class PositionReader(_Cell):
    """The player's side."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._taken: list[Word] = [0] * AXES

    @classmethod
    def create(cls) -> Self:
        """With a new file. Raises `OSError`."""
        fd, path = tempfile.mkstemp(prefix="polate-", dir=_IN_MEMORY if os.path.isdir(_IN_MEMORY) else None)
        with open(fd, "wb") as file:
            file.write(bytes(_BYTES))
        return cls(path)

    def take(self) -> Moves:
        """What is new, except what was written after a line that has not been heard yet."""
        self._words[_WOKEN] = 0  # first: what is written from here on wakes again
        words = self._words[:AXES].tolist()
        if words == self._taken:
            return []
        return self._take((axis, word) for axis, word in enumerate(words) if self._was_heard(word))

    def said(self, words: Iterable[Sequence[int]]) -> Moves:
        """What is new of the words that were said before a line."""
        return self._take((axis, word) for axis, word in words)

    def writer_died(self) -> Moves:
        """What it left; another begins from nothing."""
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
        """Have all lines been heard that were said before it?"""
        return (self.lines - (word >> 48)) % _ROUND < _ROUND // 2
