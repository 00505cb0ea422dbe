"""The bytes of MIDI messages: status bytes, the control changes with a fixed meaning, and message lengths.

Every module that reads or writes MIDI bytes takes the numbers from here. The gate imports this module, so it must not
import a library.

Source: the MIDI 1.0 detailed specification, tables of status bytes, of controller numbers and of channel mode messages.
"""

from collections.abc import Sequence

# -- status bytes ---------------------------------------------------------------------------------

KIND_MASK, CHANNEL_MASK = 0xF0, 0x0F
"""The two halves of the status byte of a channel message: its kind, and its channel 0..15."""

NOTE_OFF, NOTE_ON, POLY_PRESSURE, CONTROL_CHANGE = 0x80, 0x90, 0xA0, 0xB0
PROGRAM_CHANGE, CHANNEL_PRESSURE, PITCH_BEND = 0xC0, 0xD0, 0xE0

SYSTEM_EXCLUSIVE = 0xF0  # this status byte and those above it have no channel
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
"""The number of bytes of a message, by its status byte, or by its kind if it is a channel message.

The status byte is counted. System exclusive messages have no fixed length.
"""

# -- control changes ------------------------------------------------------------------------------

PAIRED_LSB = 32
"""Control changes 0..31 can be the upper 7 bits of 14. The lower 7 bits then have the control number plus 32."""

DATA_ENTRY_MSB, DATA_ENTRY_LSB, DATA_INCREMENT, DATA_DECREMENT = 6, 38, 96, 97
NRPN_LSB, NRPN_MSB, RPN_LSB, RPN_MSB = 98, 99, 100, 101
PARAMETER_NUMBERS = frozenset((NRPN_LSB, NRPN_MSB, RPN_LSB, RPN_MSB))
"""The control changes that select a parameter."""
PARAMETER_CONTROLS = PARAMETER_NUMBERS | {DATA_ENTRY_MSB, DATA_ENTRY_LSB, DATA_INCREMENT, DATA_DECREMENT}
"""The control changes that select a parameter or set its value."""
NULL_PARAMETER = 127 << 7 | 127
"""The parameter number that deselects the parameter."""

ALL_SOUND_OFF, ALL_NOTES_OFF = 120, 123
FIRST_MODE = 120
"""Control changes from here on are channel mode messages: no control of a controller sends them."""
RELEASING_MODES = frozenset((ALL_SOUND_OFF, ALL_NOTES_OFF, 124, 125, 126, 127))
"""The channel mode messages that end the channel's notes: omni off and on, mono and poly do so too."""


def length_of(status: int) -> int:
    """The number of bytes of a message with the status byte 0x80..0xFF; 1 if the standard does not define it."""
    return LENGTHS.get(status if status >= SYSTEM_EXCLUSIVE else status & KIND_MASK, 1)


def is_channel_message(message: Sequence[int]) -> bool:
    """Whether it is a complete channel message: a status byte 0x80..0xEF and the right number of data bytes 0..127."""
    kind = message[0] & KIND_MASK if message else 0
    return NOTE_OFF <= kind <= PITCH_BEND and len(message) == LENGTHS[kind] and max(message[1:]) <= 127
