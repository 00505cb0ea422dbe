import pytest
from hypothesis import given
from hypothesis import strategies as st
from mido import MetaMessage, bpm2tempo
from mido.midifiles.meta import encode_variable_int

from polate.takes import smf


@given(st.integers(0, 2**28 - 1))
def test_a_quantity_is_as_mido_writes_it(number: int) -> None:
    assert smf.variable_length(number) == bytes(encode_variable_int(number))


@given(
    st.floats(20, 999), st.integers(1, 16), st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=300)
)
def test_the_events_are_as_mido_writes_them(bpm: float, beats: int, text: str) -> None:
    assert smf.tempo(bpm) == bytes(MetaMessage("set_tempo", tempo=bpm2tempo(bpm)).bytes())
    assert smf.time_signature(beats) == bytes(MetaMessage("time_signature", numerator=beats, denominator=4).bytes())
    assert smf.marker(text) == bytes(MetaMessage("marker", text=text).bytes())
    assert smf.track_name(text) == bytes(MetaMessage("track_name", name=text).bytes())
    assert bytes(MetaMessage("end_of_track").bytes()) == smf.END_OF_TRACK


@pytest.mark.parametrize(("number", "data"), [(0, "00"), (127, "7f"), (128, "8100"), (0x1FFFFF, "ffff7f")])
def test_a_quantity_is_as_in_the_table_of_the_specification(number: int, data: str) -> None:
    assert smf.variable_length(number).hex() == data


@pytest.mark.parametrize(
    ("bpm", "microseconds"), [(3.0, 2**24 - 1), (0.0, 2**24 - 1), (-1.0, 2**24 - 1), (1e-300, 2**24 - 1), (1e300, 1)]
)
def test_a_tempo_that_the_format_cannot_hold_is_the_nearest_that_it_can(bpm: float, microseconds: int) -> None:
    assert smf.tempo(bpm) == b"\xff\x51\x03" + microseconds.to_bytes(3, "big")
