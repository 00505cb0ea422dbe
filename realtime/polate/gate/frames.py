"""The messages between the player and the gate: frames of one fixed size, both ways, over a stream socket.

Times are nanoseconds of `polate.runtime.clock`, which all processes of one machine share.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Self

__all__ = ["MONO", "Frame", "FrameReader", "Kind"]


class Kind(IntEnum):
    """The kind of a frame. 0 to 7 and LOOK go to the gate; ALIVE and those from 8 to 12 come from it."""

    NOTE = 0  # a note that sounds from due to off
    TIE = 1  # at due, give a note that sounds another end: off, which may be the same instant
    SEND = 2  # at due, send a MIDI message as it is
    RECALL = 3  # forget the notes of this step and later ones that have not sounded yet
    RELEASE = 4  # at once, forget all notes that have not sounded yet and end those that sound
    PANIC = 5  # like RELEASE, and send All Sound Off and All Notes Off on every channel of every port
    ALIVE = 6  # a heartbeat, of the player or of the gate; of the gate, off_ns is the time of sending
    QUIT = 7  # release the notes, close the ports and end the process
    ON = 8  # a note-on was sent; off_ns is the time of sending
    OFF = 9  # a note-off was sent; off_ns is the time of sending
    MISSED = 10  # a note arrived after its own end, and was not played
    OPENED = 11  # a MIDI output is open
    LOST = 12  # a MIDI output is missing; the gate looks for it every second
    LOOK = 13  # MIDI ports have changed: check soon whether the outputs are there


MONO = 0x80
"""A bit of `Frame.voice`: a note of this voice ends the notes of the voice's earlier steps."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message. A field that its kind does not use is 0."""

    kind: Kind
    step: int = 0  # 0..2**32-1, the serial number of an onset: `polate.sequencer.grid.Onset.serial`
    channel: int = 0  # 0..15; of SEND, the status byte
    note: int = 0  # 0..127; of SEND, the first data byte
    velocity: int = 0  # 1..127; of SEND, the second data byte
    due_ns: int = 0
    off_ns: int = 0
    port: int = 0  # 0..255, the index of one of the gate's outputs
    voice: int = 0  # 0..127, the voice of the note; MONO may be added

    @property
    def late_ns(self) -> int:
        """For ON and OFF: how long after its due time the message was sent."""
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
    """Cuts a byte stream into frames. A frame may arrive in pieces."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Frame]:
        data = self._rest + data
        size = Frame.STRUCT.size
        whole = len(data) // size * size
        self._rest = data[whole:]
        return [Frame.unpack(data[at : at + size]) for at in range(0, whole, size)]
