"""What goes back to a controller: only changes, never against the hand, and no echo is taken for a hand."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polate.control.commands import SetAxis
from polate.mapping.feedback import ECHO_NS, REST_NS, Feedback
from polate.mapping.mapper import Mapper
from polate.mapping.mapping import Mapping
from polate.midi.source_reader import SourceReader
from polate.midi.sources import parse_source


def knob(source: str = "cc 21", target: str = "z/1", **options: object) -> Mapping:
    return msgspec.convert({"source": source, "target": target, **options}, Mapping)


def test_every_place_is_shown_once_and_then_only_what_changes() -> None:
    feedback, places = Feedback([knob(), knob("cc 22", "z/2")]), {"z/1": 0.0, "z/2": 1.0}
    assert feedback.update(places.get, 0) == [b"\xb0\x15\x00", b"\xb0\x16\x7f"]
    assert feedback.update(places.get, 20) == []
    places["z/2"] = 0.5
    assert feedback.update(places.get, 40) == [b"\xb0\x16\x40"]
    places["z/2"] = 0.501
    assert feedback.update(places.get, 60) == []


@pytest.mark.parametrize(
    ("source", "messages"),
    [
        ("cc14 1", [b"\xb4\x01\x7f", b"\xb4\x21\x7f"]),
        ("nrpn 300", [b"\xb4\x63\x02", b"\xb4\x62\x2c", b"\xb4\x06\x7f", b"\xb4\x26\x7f"]),
        ("pitch-bend", [b"\xe4\x7f\x7f"]),
        ("note 36", [b"\x94\x24\x7f"]),
        ("relative 21 offset", [b"\xb4\x15\x7f"]),
    ],
)
def test_each_kind_of_source_is_answered_in_its_own_way(source: str, messages: list[bytes]) -> None:
    assert Feedback([knob(source, channel=5)]).update(lambda _: 1.0, 0) == messages


def test_range_inversion_and_curve_are_undone() -> None:
    feedback = Feedback([knob(range=[0.5, 1.0], invert=True, curve=2)])
    assert feedback.update(lambda _: 1.0, 0) == [b"\xb0\x15\x00"]
    assert feedback.update(lambda _: 0.5, 0) == [b"\xb0\x15\x7f"]
    assert feedback.update(lambda _: 0.2, 0) == []  # beyond the knob's reach: its end


def test_what_cannot_be_shown_is_not() -> None:
    maps = [knob("cc 22", "panic"), knob("program", "snapshot"), knob("pressure")]
    assert Feedback(maps).update(lambda _: 1.0, 0) == []
    assert Feedback([knob()]).update(lambda _: None, 0) == []


def test_a_hand_is_not_written_against_until_it_has_rested() -> None:
    feedback = Feedback([knob()])
    assert not feedback.heard(b"\xb0\x15\x50", 0)
    assert feedback.update(lambda _: 0.3, REST_NS - 1) == []
    assert feedback.update(lambda _: 0.3, REST_NS) == [b"\xb0\x15\x26"]
    assert feedback.update(lambda _: 0.3, 2 * REST_NS) == []


def test_what_a_knob_has_sent_itself_is_not_sent_back() -> None:
    feedback = Feedback([knob()])
    feedback.heard(b"\xb0\x15\x50", 0)
    assert feedback.update(lambda _: 0x50 / 127, REST_NS) == []


def test_an_echo_is_told_from_a_hand_by_its_time() -> None:
    feedback = Feedback([knob()])
    feedback.update(lambda _: 1.0, 0)
    assert feedback.heard(b"\xb0\x15\x7f", ECHO_NS)
    assert not feedback.heard(b"\xb0\x15\x7e", ECHO_NS)
    assert not feedback.heard(b"\xb0\x15\x7f", ECHO_NS + 1)


@pytest.mark.parametrize(("encoding", "click"), [("twos-complement", 1), ("offset", 65), ("sign", 65)])
def test_the_clicks_of_an_encoder_are_never_taken_for_the_echo_of_its_ring(encoding: str, click: int) -> None:
    feedback = Feedback([knob(f"relative 21 {encoding}"), knob("cc 21", "z/2")])
    message = bytes([0xB0, 21, click])
    assert feedback.update(lambda _: click / 127, 0) == [message, message]
    assert not feedback.heard(message, 1)


def test_the_ring_of_an_encoder_follows_when_the_hand_has_rested_and_when_another_moves_its_target() -> None:
    feedback = Feedback([knob("relative 21 offset")])
    assert feedback.update(lambda _: 0.5, 0) == [b"\xb0\x15\x40"]
    assert not feedback.heard(b"\xb0\x15\x41", 1)
    assert feedback.update(lambda _: 0.6, REST_NS) == []
    assert feedback.update(lambda _: 0.6, REST_NS + 1) == [b"\xb0\x15\x4c"]
    assert feedback.update(lambda _: 0.25, REST_NS + 2) == [b"\xb0\x15\x20"]


def test_the_number_of_a_parameter_is_never_taken_for_an_echo() -> None:
    """Else the data behind it would go to the parameter that was chosen before."""
    feedback = Feedback([knob("nrpn 300"), knob("nrpn 301", "z/2")])
    mapper = Mapper([knob("nrpn 300"), knob("nrpn 301", "z/2")], lambda _: None)
    feedback.update({"z/1": 1.0, "z/2": 1.0}.get, 0)
    heard = []
    for message in (b"\xb0\x63\x02", b"\xb0\x62\x2d", b"\xb0\x06\x00"):
        if not feedback.heard(message, 1):
            heard += mapper.feed(message, 1)
    assert heard == [SetAxis(1, 0.0)]


def test_a_source_on_any_channel_is_answered_where_it_was_heard() -> None:
    feedback = Feedback([knob()])
    feedback.heard(b"\xb6\x15\x50", 0)
    assert feedback.update(lambda _: 1.0, REST_NS) == [b"\xb6\x15\x7f"]


def test_a_controller_that_comes_back_is_shown_everything() -> None:
    feedback = Feedback([knob()])
    assert len(feedback.update(lambda _: 1.0, 0)) == 1
    feedback.forget()
    assert len(feedback.update(lambda _: 1.0, 1)) == 1


@given(
    st.sampled_from(["cc 21", "cc14 1", "nrpn 300", "pitch-bend"]),
    st.floats(0, 1),
    st.booleans(),
    st.floats(0.5, 2),
)
def test_what_is_shown_would_bring_the_target_back_to_where_it_stands(
    source: str, place: float, invert: bool, curve: float
) -> None:
    mapping = knob(source, invert=invert, curve=curve)
    reader = SourceReader([(parse_source(source), None)])
    heard = [moved for message in Feedback([mapping]).update(lambda _: place, 0) for moved in reader.read(message)]
    steps = 127 if source == "cc 21" else 16383
    knob_there = mapping.knob_position(place)
    assert abs(heard[-1].amount - knob_there) <= 0.5 / steps + 1e-4


@given(st.integers(0, 16383))
def test_a_pitch_wheel_is_shown_exactly_where_it_stood(bend: int) -> None:
    source = parse_source("pitch-bend")
    message = bytes([0xE0, bend & 127, bend >> 7])
    (moved,) = SourceReader([(source, None)]).read(message)
    assert source.messages(source.value(moved.amount), 0) == [message]
