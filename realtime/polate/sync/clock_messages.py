"""The messages of a MIDI clock.

A clock sends 24 ticks per quarter note. Start and continue take effect with the next tick. A song position counts
sixteenth notes. Source: MIDI 1.0 Detailed Specification 4.2, System Real Time Messages and Song Position Pointer.
"""

from enum import IntEnum

__all__ = ["TICKS_PER_BEAT", "TICKS_PER_SIXTEENTH", "ClockStatus", "song_position"]

TICKS_PER_BEAT = 24
TICKS_PER_SIXTEENTH = 6
_POSITIONS = 1 << 14


class ClockStatus(IntEnum):
    """The status byte of each message. Only the song position has data bytes: two, 7 bits each, low byte first."""

    SONG_POSITION = 0xF2
    CLOCK = 0xF8
    START = 0xFA
    CONTINUE = 0xFB
    STOP = 0xFC


def song_position(sixteenths: int) -> bytes:
    """A song position message. The count has 14 bits: after 1,024 bars of 4/4 it starts again at 0."""
    sixteenths %= _POSITIONS
    return bytes([ClockStatus.SONG_POSITION, sixteenths & 0x7F, sixteenths >> 7])
