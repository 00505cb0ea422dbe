"""MIDI messages as bytes: every status byte, the control changes with a meaning of their own, and message lengths.

Whatever reads or writes MIDI bytes takes its numbers from here. This module imports no library: the gate uses it.

Source: the MIDI 1.0 detailed specification, tables of status bytes, of controller numbers and of channel mode messages.
"""

from collections.abc import Sequence

# -- status bytes ---------------------------------------------------------------------------------

KIND_MASK, CHANNEL_MASK = 0xF0, 0x0F
"""The two halves of a channel message's status byte: what kind it is, and its channel, 0..15."""

NOTE_OFF, NOTE_ON, POLY_PRESSURE, CONTROL_CHANGE = 0x80, 0x90, 0xA0, 0xB0
PROGRAM_CHANGE, CHANNEL_PRESSURE, PITCH_BEND = 0xC0, 0xD0, 0xE0

SYSTEM_EXCLUSIVE = 0xF0  # from here on a status byte has no channel
TIME_CODE, SONG_POSITION, SONG_SELECT, TUNE_REQUEST, END_OF_EXCLUSIVE = 0xF1, 0xF2, 0xF3, 0xF6, 0xF7
CLOCK, START, CONTINUE, STOP, ACTIVE_SENSING, SYSTEM_RESET = 0xF8, 0xFA, 0xFB, 0xFC, 0xFE, 0xFF

LENGTHS = {
    NOTE_OFF: 3,
    NOTE_ON: 3,
    POLY_PRESSURE: 3,
    CONTROL_CHANGE: 3,
    PROGRAM_CHANGE: 2,
    CHANNEL_PRESSURE: 2,
    PITCH_BEND: 3,
    TIME_CODE: 2,
    SONG_POSITION: 3,
    SONG_SELECT: 2,
    TUNE_REQUEST: 1,
    CLOCK: 1,
    START: 1,
    CONTINUE: 1,
    STOP: 1,
    ACTIVE_SENSING: 1,
    SYSTEM_RESET: 1,
}
"""How many bytes a message has, the status byte among them; a channel message's is under its kind. System exclusive
messages have any number."""

# -- control changes ------------------------------------------------------------------------------

PAIRED_LSB = 32
"""Control changes 0..31 are the upper seven bits of 14; the lower seven are sent this many numbers above."""

DATA_ENTRY_MSB, DATA_ENTRY_LSB, DATA_INCREMENT, DATA_DECREMENT = 6, 38, 96, 97
NRPN_LSB, NRPN_MSB, RPN_LSB, RPN_MSB = 98, 99, 100, 101
PARAMETER_NUMBERS = frozenset((NRPN_LSB, NRPN_MSB, RPN_LSB, RPN_MSB))
"""The control changes that choose a parameter."""
PARAMETER_CONTROLS = PARAMETER_NUMBERS | {DATA_ENTRY_MSB, DATA_ENTRY_LSB, DATA_INCREMENT, DATA_DECREMENT}
"""The control changes that choose a parameter, and those that are its data."""
NULL_PARAMETER = 127 << 7 | 127
"""The parameter number that chooses none."""

ALL_SOUND_OFF, ALL_NOTES_OFF = 120, 123


def length_of(status: int) -> int:
    """How many bytes a message with this status byte, 0x80..0xFF, has; 1 if the standard leaves it undefined."""
    return LENGTHS.get(status if status >= SYSTEM_EXCLUSIVE else status & KIND_MASK, 1)


def is_channel_message(message: Sequence[int]) -> bool:
    """Is it one of MIDI, and whole: 2 bytes of a program change or of the channel's aftertouch, 3 of any other?"""
    kind = message[0] & KIND_MASK if message else 0
    return NOTE_OFF <= kind <= PITCH_BEND and len(message) == LENGTHS[kind] and max(message[1:]) <= 127
