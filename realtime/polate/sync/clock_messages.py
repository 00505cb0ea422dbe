"""The MIDI clock's messages.

A clock is 24 ticks a quarter note, start and continue take effect with the tick after them, and a song position counts
sixteenths (MIDI 1.0 Detailed Specification 4.2, System Real Time messages and Song Position Pointer).
"""

from enum import IntEnum

__all__ = ["TICKS_PER_BEAT", "TICKS_PER_SIXTEENTH", "Status", "song_position"]

TICKS_PER_BEAT = 24
TICKS_PER_SIXTEENTH = 6  # what a song position counts
_POSITIONS = 1 << 14


class Status(IntEnum):
    """The first byte of the messages."""

    SONG_POSITION = 0xF2
    CLOCK = 0xF8
    START = 0xFA
    CONTINUE = 0xFB
    STOP = 0xFC


def song_position(sixteenths: int) -> bytes:
    """The message. It counts to 1,024 bars of four quarter notes, and then from 0."""
    sixteenths %= _POSITIONS
    return bytes([Status.SONG_POSITION, sixteenths & 0x7F, sixteenths >> 7])
