"""The table of MIDI messages, held against the one of mido."""

import pytest
from mido.messages.specs import SPEC_BY_STATUS

from polate.midi import messages
from polate.midi.messages import LENGTHS, SYSTEM_EXCLUSIVE, is_channel_message, length_of

NAMES = {
    "NOTE_OFF": "note_off",
    "NOTE_ON": "note_on",
    "POLY_PRESSURE": "polytouch",
    "CONTROL_CHANGE": "control_change",
    "PROGRAM_CHANGE": "program_change",
    "CHANNEL_PRESSURE": "aftertouch",
    "PITCH_BEND": "pitchwheel",
    "SYSTEM_EXCLUSIVE": "sysex",
    "TIME_CODE": "quarter_frame",
    "SONG_POSITION": "songpos",
    "SONG_SELECT": "song_select",
    "TUNE_REQUEST": "tune_request",
    "CLOCK": "clock",
    "START": "start",
    "CONTINUE": "continue",
    "STOP": "stop",
    "ACTIVE_SENSING": "active_sensing",
    "SYSTEM_RESET": "reset",
}


@pytest.mark.parametrize(("name", "mido_name"), NAMES.items())
def test_a_status_byte_is_the_one_that_mido_knows(name: str, mido_name: str) -> None:
    assert SPEC_BY_STATUS[getattr(messages, name)]["type"] == mido_name


def test_the_length_of_every_message_is_the_one_that_mido_knows() -> None:
    known = {status: spec["length"] for status, spec in SPEC_BY_STATUS.items() if status != SYSTEM_EXCLUSIVE}
    assert {status: length_of(status) for status in known} == known
    assert set(LENGTHS) == {status if status >= SYSTEM_EXCLUSIVE else status & 0xF0 for status in known}


def test_a_channel_message_is_whole_and_its_data_bytes_have_seven_bits() -> None:
    assert is_channel_message((0xBF, 127, 0))
    assert is_channel_message((0xC0, 5))
    assert not any(map(is_channel_message, [(), (0xB0,), (0xB0, 1), (0xC0, 1, 2), (0xB0, 1, 128), (0xF8,), (1, 2, 3)]))
