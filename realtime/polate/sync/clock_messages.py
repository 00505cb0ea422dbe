"""The units of a MIDI clock, and its song position.

A clock sends 24 ticks per quarter note. Start and continue take effect with the next tick. A song position counts
sixteenth notes. Source: MIDI 1.0 Detailed Specification 4.2, System Real Time Messages and Song Position Pointer.
"""

from polate.midi.messages import SONG_POSITION

__all__ = ["TICKS_PER_BEAT", "TICKS_PER_SIXTEENTH", "song_position"]

TICKS_PER_BEAT = 24
TICKS_PER_SIXTEENTH = 6
_POSITIONS = 1 << 14


def song_position(sixteenths: int) -> bytes:
    """A song position message. The count has 14 bits: after 1,024 bars of 4/4 it starts again at 0."""
    sixteenths %= _POSITIONS
    return bytes([SONG_POSITION, sixteenths & 0x7F, sixteenths >> 7])
