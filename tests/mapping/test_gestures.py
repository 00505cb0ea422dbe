"""Which source a stream of messages comes from, and the mapping it is bound by."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polate.errors import ConfigError
from polate.mapping.gestures import REST_NS, Found, Gesture, mapping_for, wants_button
from polate.midi.source_reader import SourceReader
from polate.midi.sources import Source

MILLISECOND = 1_000_000
PARAMETERS = st.sampled_from([6, 96, 97, 98, 99, 100, 101])


def found(*messages: Sequence[int], button: bool = False) -> Found | None:
    gesture, now = Gesture(), 0
    for message in messages:
        now += 10 * MILLISECOND
        gesture.feed(message, now)
    return gesture.found(now + REST_NS, button=button)


def turned(number: int, *values: int, channel: int = 1) -> Found | None:
    return found(*((0xB0 | channel - 1, number, value) for value in values))


class TestWhatWasMoved:
    def test_a_knob(self) -> None:
        assert turned(21, *range(30, 90), channel=3) == Found(Source("cc", 21), 3)

    def test_a_knob_that_was_turned_there_and_back_around_its_middle(self) -> None:
        assert turned(21, *range(58, 71), *range(69, 40, -1)) == Found(Source("cc", 21), 1)

    def test_a_button_that_sends_a_control_change(self) -> None:
        assert turned(41, 127, 0) == Found(Source("cc", 41), 1, is_switch=True)

    @pytest.mark.parametrize("order", [(1, 33), (33, 1)])
    def test_a_pair(self, order: tuple[int, int]) -> None:
        messages = [
            (0xB0, number, value >> 7 if number == 1 else value & 127)
            for value in range(5000, 9000, 50)
            for number in order
        ]
        assert found(*messages) == Found(Source("cc14", 1), 1)

    def test_an_nrpn(self) -> None:
        messages = [
            message
            for value in range(0, 128, 4)
            for message in ((0xB4, 99, 2), (0xB4, 98, 44), (0xB4, 6, value), (0xB4, 38, 0))
        ]
        assert found(*messages) == Found(Source("nrpn", 300), 5)

    def test_after_another_parameter_data_belongs_to_no_nrpn(self) -> None:
        nrpn, rpn = [(0xB0, 99, 2), (0xB0, 98, 44)], [(0xB0, 101, 0), (0xB0, 100, 1)]
        data = [(0xB0, 6, value) for value in range(0, 128, 4)]
        assert found(*nrpn, *rpn, *data) == Found(Source("cc", 6), 1)
        assert found(*rpn, *nrpn, *data) == Found(Source("nrpn", 300), 1)

    @pytest.mark.parametrize("number", [98, 99])
    def test_half_a_number_is_no_nrpn(self, number: int) -> None:
        assert found((0xB0, number, 44), *((0xB0, 6, value) for value in range(50))) == Found(Source("cc", 6), 1)

    @given(st.lists(st.tuples(st.sampled_from([0xB0, 0xB1]), PARAMETERS, st.integers(0, 127)), min_size=1))
    def test_an_nrpn_that_is_found_is_one_that_playing_hears(self, messages: list[tuple[int, int, int]]) -> None:
        came = found(*messages)
        assert came is not None
        if came.source.kind == "nrpn":
            reader = SourceReader([(came.source, came.channel)])
            assert any(reader.read(message) for message in messages)

    def test_the_pitch_wheel_the_aftertouch_a_pad_and_a_program(self) -> None:
        assert found(*((0xE0, 0, value) for value in range(64, 100))) == Found(Source("pitch-bend"), 1)
        assert found((0x91, 36, 90), (0x81, 36, 0)) == Found(Source("note", 36), 2, is_switch=True)
        assert found((0xC9, 5)) == Found(Source("program", 5), 10, is_switch=True)
        pressed = [(0xD0, value) for value in (*range(0, 100, 9), *range(100, 0, -9))]
        assert found((0x90, 36, 90), *pressed, (0x80, 36, 0)) == Found(Source("pressure"), 1)
        pressed_key = [(0xA0, 36, value) for value in range(0, 100, 9)]
        assert found((0x90, 36, 90), *pressed_key, (0x80, 36, 0)) == Found(Source("poly-pressure", 36), 1)

    def test_a_motor_fader_that_is_touched_is_no_button(self) -> None:
        moved = [(0xE0, 0, value) for value in range(20, 60)]
        assert found((0x90, 104, 127), *moved, (0x90, 104, 0)) == Found(Source("pitch-bend"), 1)

    @pytest.mark.parametrize(
        ("values", "encoding"),
        [
            ((1, 1, 1, 2, 1, 127, 127, 126, 127), "twos-complement"),
            ((1, 3, 5, 2, 127, 120, 125), "twos-complement"),
            ((65, 65, 66, 65, 63, 63, 62), "offset"),
            ((65, 68, 70, 66, 63, 60, 62), "offset"),
            ((65, 0, 65, 0, 66, 0, 63, 0, 63, 0), "offset"),
            ((1, 1, 2, 1, 65, 65, 66), "sign"),
        ],
    )
    def test_an_encoder_that_is_turned_both_ways(self, values: tuple[int, ...], encoding: str) -> None:
        came = turned(21, *values)
        assert came is not None
        assert str(came.source) == f"relative 21 {encoding}"
        assert not came.doubt

    @pytest.mark.parametrize("values", [(1, 1, 1, 1), (65, 65, 65, 65), (127, 127, 127), (63, 63, 63)])
    def test_an_encoder_that_is_turned_one_way_is_not_judged_yet(self, values: tuple[int, ...]) -> None:
        came = turned(21, *values)
        assert came is not None
        assert came.doubt == "turn it the other way too"

    @pytest.mark.parametrize("values", [(127,), (64,), (60, 61)])
    def test_too_little_is_not_judged(self, values: tuple[int, ...]) -> None:
        came = turned(21, *values)
        assert came is not None
        assert came.doubt == "move it further"

    def test_nothing_is_said_while_the_hand_moves(self) -> None:
        gesture = Gesture()
        assert gesture.found(10**12) is None
        gesture.feed((0xB0, 21, 1), 0)
        assert gesture.found(REST_NS - 1) is None

    def test_clock_and_active_sensing_do_not_matter(self) -> None:
        assert found((0xF8,), (0xFE,)) is None
        assert found((0xF8,), *((0xB0, 21, value) for value in range(20)), (0xFE,)) == Found(Source("cc", 21), 1)

    @pytest.mark.parametrize("message", [(0xB0, 21, 128), (0xC0, 128), (0xB0, 21), (0xC0, 1, 2), (0xF2, 1, 2)])
    def test_what_is_no_channel_message_does_not_matter(self, message: tuple[int, ...]) -> None:
        assert found(message) is None

    @given(st.integers(0, 127), st.integers(0, 127))
    def test_a_knob_that_is_turned_far_and_steadily_is_a_knob(self, start: int, end: int) -> None:
        if abs(end - start) >= 60:
            values = range(start, end, 1 if end > start else -1)
            came = turned(21, *values)
            assert came is not None
            assert came.source == Source("cc", 21)

    @given(st.lists(st.lists(st.integers(0, 255), max_size=4)))
    def test_garbage_never_raises(self, messages: list[list[int]]) -> None:
        found(*messages)


def interleaved(*sources: tuple[int, Sequence[int]]) -> list[tuple[int, int, int]]:
    """Control changes of several sources at once: (number, values)."""
    length = max(len(values) for _, values in sources)
    return [(0xB0, number, values[at]) for at in range(length) for number, values in sources if at < len(values)]


class TestNeighbours:
    """A pot that trembles sends more messages than the control that the hand moves."""

    TREMBLING = (40, 41) * 100, (0, 1) * 100, (126, 127) * 100, (63, 64, 65, 64) * 50, (64, 65) * 100

    @pytest.mark.parametrize("trembling", TREMBLING)
    @pytest.mark.parametrize(
        ("values", "source"),
        [
            (tuple(range(128)), "cc 21"),
            (tuple(range(127, 10, -3)), "cc 21"),
            (tuple(range(30, 90)), "cc 21"),
        ],
    )
    def test_a_knob_that_is_turned_far_wins(self, trembling: Sequence[int], values: Sequence[int], source: str) -> None:
        for order in ([(22, trembling), (21, values)], [(21, values), (22, trembling)]):
            came = found(*interleaved(*order))
            assert came is not None
            assert (str(came.source), came.doubt) == (source, "")

    @pytest.mark.parametrize("trembling", [(40, 41) * 100, (126, 127) * 100, (100, 101, 102) * 50])
    def test_an_encoder_a_button_and_a_pad_win_too(self, trembling: Sequence[int]) -> None:
        def beside(*messages: tuple[int, ...]) -> str:
            tremble = [(0xB0, 22, value) for value in trembling]
            came = found(*tremble[:50], *messages, *tremble[50:])
            return str(came.source) if came else ""

        assert beside(*((0xB0, 21, value) for value in (1, 1, 2, 1, 127, 127, 126))) == "relative 21 twos-complement"
        assert beside(*((0xB0, 21, value) for value in (65, 66, 65, 63, 63))) == "relative 21 offset"
        assert beside((0xB0, 21, 127), (0xB0, 21, 0)) == "cc 21"
        assert beside((0x90, 36, 90), (0x80, 36, 0)) == "note 36"

    @pytest.mark.parametrize("trembling", [(40, 41) * 20, (100, 101, 102) * 20])
    def test_trembling_alone_is_not_a_movement(self, trembling: Sequence[int]) -> None:
        came = turned(22, *trembling)
        assert came is not None
        assert came.doubt == "move it further"


class TestEncodings:
    @pytest.mark.parametrize(
        "values",
        [
            (65, 64, 65, 64, 66, 64, 63, 64, 63, 64),
            (64, 65, 64, 63, 64),
            (65, 64, 65, 64, 62, 64, 63),
        ],
    )
    def test_64_between_clicks_is_offset(self, values: Sequence[int]) -> None:
        assert turned(21, *values) == Found(Source("relative", 21, "offset"), 1)

    def test_64_between_clicks_one_way_is_not_judged_yet(self) -> None:
        came = turned(21, 65, 64, 65, 64, 65, 64)
        assert came is not None
        assert came.doubt == "turn it the other way too"

    @pytest.mark.parametrize(
        ("values", "encoding"),
        [
            ((1, 1, 1, 127, 127, 127), "twos-complement"),  # "relative 1"
            ((65, 65, 65, 63, 63, 63), "offset"),  # "relative 2"
            ((1, 1, 1, 65, 65, 65), "sign"),  # "relative 3"
        ],
    )
    def test_relative_1_2_and_3_of_other_programs(self, values: Sequence[int], encoding: str) -> None:
        came = turned(21, *values)
        assert came is not None
        assert (str(came.source), came.doubt) == (f"relative 21 {encoding}", "")

    @pytest.mark.parametrize(
        "values",
        [
            (0, 0, 0, 127, 127, 127),
            (127, 127, 127, 0, 0, 0),
            (33, 33, 33, 31, 31, 31),
            (17, 17, 16, 15, 15, 15),
            (100, 100, 100, 28, 28, 28),
            (100, 64, 100, 64, 28, 64, 28, 64),
        ],
    )
    def test_an_unknown_encoding_is_said_and_never_bound_as_a_knob(self, values: Sequence[int]) -> None:
        came = turned(21, *values)
        assert came is not None
        assert came.doubt.startswith("it sends clicks in an encoding that Polate does not know")
        assert "offset: 65, 66 .. to the right, 63, 62 .. to the left" in came.doubt

    def test_a_knob_that_sends_each_value_twice_and_a_switch_with_three_positions_are_no_encoders(self) -> None:
        twice = [value for value in range(30, 90) for _ in range(2)]
        assert turned(21, *twice) == Found(Source("cc", 21), 1)
        assert turned(21, 0, 64, 127, 64, 0) == Found(Source("cc", 21), 1)


class TestButtonsWithoutRelease:
    @pytest.mark.parametrize("values", [(127,), (127, 127), (127,) * 5, (100, 100), (127, 0), (127, 0, 127, 0)])
    def test_where_only_a_button_makes_sense_one_value_is_a_button(self, values: Sequence[int]) -> None:
        came = found(*((0xB0, 41, value) for value in values), button=True)
        assert came == Found(Source("cc", 41), 1, is_switch=True)

    @pytest.mark.parametrize(
        ("target", "is_button"),
        [("panic", True), ("start", True), ("snapshot/verse", True), ("play", True), ("hold", True), ("z/1", False)],
    )
    def test_triggers_and_switches_want_buttons(self, target: str, is_button: bool) -> None:
        assert wants_button(target) == is_button

    def test_channel_mode_messages_are_no_control(self) -> None:
        assert found((0xB0, 123, 0), (0xB0, 120, 0), button=True) is None
        modes = [(0xB0, 123, 0)] * 9
        assert found(*modes, (0xB0, 41, 127), button=True) == Found(Source("cc", 41), 1, is_switch=True)


class TestWhatItIsBoundTo:
    def test_a_button_toggles_what_can_be_on_and_off(self) -> None:
        for target in ("play", "hold"):
            assert mapping_for(Found(Source("note", 36), 1, is_switch=True), target).mode == "toggle"
        assert mapping_for(Found(Source("cc", 41), 1, is_switch=True), "panic").mode == "momentary"

    def test_any_program_recalls_snapshots_but_one_presses_a_button(self) -> None:
        program = Found(Source("program", 5), 10, is_switch=True)
        assert mapping_for(program, "snapshot").source == "program"
        assert mapping_for(program, "panic").source == "program 5"

    def test_what_does_not_go_together_is_refused(self) -> None:
        with pytest.raises(ConfigError, match="snapshot/NAME"):
            mapping_for(Found(Source("note", 36), 1, is_switch=True), "snapshot")
