"""What the player and the gate say to each other: frames of one fixed size, both ways, over a stream socket.

Times are nanoseconds of `polate.runtime.clock`, which all processes of one machine share.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Self

__all__ = ["MONO", "Frame", "FrameReader", "Kind"]


class Kind(IntEnum):
    """What a frame means; the first eight go to the gate, ALIVE and the others come from it."""

    NOTE = 0  # sound from due to off
    TIE = 1  # at due, if the note sounds: it ends at off, which may be due
    SEND = 2  # send a MIDI message as it is, at due
    RECALL = 3  # forget what has not sounded of this step and those after it
    RELEASE = 4  # forget the notes to come, end what sounds, now
    PANIC = 5  # the same, and All Sound Off and All Notes Off on every channel of every port
    ALIVE = 6  # who says it is alive: the player, and the gate
    QUIT = 7  # release, close the ports, end
    ON = 8  # a note-on went out: due, and in off_ns when it was sent
    OFF = 9  # a note-off went out: due, and in off_ns when it was sent
    MISSED = 10  # a note came after its own end: it was not played
    OPENED = 11  # a MIDI output is there
    LOST = 12  # a MIDI output is gone; it is looked for


MONO = 0x80
"""In `Frame.voice`: the notes of this voice's earlier steps end where a later one begins."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message. What a kind does not use is 0."""

    kind: Kind
    step: int = 0  # 0..2**32-1, the serial number of a step
    channel: int = 0  # 0..15; of SEND, the status byte
    note: int = 0  # 0..127; of SEND, the first data byte
    velocity: int = 0  # 1..127; of SEND, the second data byte
    due_ns: int = 0
    off_ns: int = 0
    port: int = 0  # 0..255, a place among the gate's outputs
    voice: int = 0  # 0..127, whose note it is; with MONO added or not

    @property
    def late_ns(self) -> int:
        """Of ON and OFF: how long after its time it was sent."""
        return self.off_ns - self.due_ns

    STRUCT: ClassVar[struct.Struct] = struct.Struct("<BBBBBBxxIqq")

    def pack(self) -> bytes:
        return self.STRUCT.pack(
            self.kind,
            self.port,
            self.voice,
            self.channel,
            self.note,
            self.velocity,
            self.step,
            self.due_ns,
            self.off_ns,
        )

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        kind, port, voice, channel, note, velocity, step, due_ns, off_ns = cls.STRUCT.unpack(data)
        return cls(Kind(kind), step, channel, note, velocity, due_ns, off_ns, port, voice)


class FrameReader:
    """Cuts a byte stream into frames; a frame may come in pieces."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Frame]:
        data = self._rest + data
        size = Frame.STRUCT.size
        whole = len(data) // size * size
        self._rest = data[whole:]
        return [Frame.unpack(data[at : at + size]) for at in range(0, whole, size)]
