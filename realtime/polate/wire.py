"""What the player and the gate say to each other: frames of one fixed size, both ways, over a stream socket.

Times are nanoseconds of `clock`, which all processes of one machine share.
"""

import struct
import time
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Self

__all__ = ["Frame", "Kind", "Reader", "clock"]

clock = time.perf_counter_ns
"""Monotonic nanoseconds. On Linux, macOS and Windows its zero is the machine's, not the process's; `time.monotonic`
counts in steps of 15 ms on Windows."""


class Kind(IntEnum):
    """What a frame means; the first six go to the gate, ALIVE and the others come from it."""

    NOTE = 0  # sound from due to off
    RECALL = 1  # forget what has not sounded of this step and those after it
    RELEASE = 2  # forget everything, end what sounds, now
    PANIC = 3  # the same, and All Sound Off and All Notes Off on every channel
    ALIVE = 4  # who says it is alive: the player, and the gate
    QUIT = 5  # release, close the port, end
    ON = 6  # a note-on went out: due, and in off_ns when it was sent
    OFF = 7  # a note-off went out: due, and in off_ns when it was sent
    MISSED = 8  # a note came after its own end: it was not played
    OPENED = 9  # the MIDI output is there
    LOST = 10  # the MIDI output is gone; it is looked for


@dataclass(frozen=True, slots=True)
class Frame:
    """One message. What a kind does not use is 0."""

    kind: Kind
    step: int = 0  # 0..2**32-1, the serial number of a step
    channel: int = 0  # 0..15
    note: int = 0  # 0..127
    velocity: int = 0  # 1..127
    due_ns: int = 0
    off_ns: int = 0

    @property
    def late_ns(self) -> int:
        """Of ON and OFF: how long after its time it was sent."""
        return self.off_ns - self.due_ns

    STRUCT: ClassVar[struct.Struct] = struct.Struct("<BBBBIqq")

    def pack(self) -> bytes:
        return self.STRUCT.pack(self.kind, self.channel, self.note, self.velocity, self.step, self.due_ns, self.off_ns)

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        kind, channel, note, velocity, step, due_ns, off_ns = cls.STRUCT.unpack(data)
        return cls(Kind(kind), step, channel, note, velocity, due_ns, off_ns)


class Reader:
    """Cuts a byte stream into frames; a frame may come in pieces."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Frame]:
        data = self._rest + data
        size = Frame.STRUCT.size
        whole = len(data) // size * size
        self._rest = data[whole:]
        return [Frame.unpack(data[at : at + size]) for at in range(0, whole, size)]
