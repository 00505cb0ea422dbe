from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from studio import AXES, MS, PATTERNS, SECOND, Studio, decode

from polate import ControlError, Pattern
from polate.control.commands import Control, GoTo, Panic, Set, SetAxis, SetPlaying, SetPoint
from polate.control.settings import PlaySettings, parse_rate
from polate.gate.frames import Kind
from polate.model.contract import Landmark
from polate.sequencer.engine import LOOKAHEAD_NS, Engine
from polate.sequencer.transport import Transport


class TestPlaying:
    def test_sixteenths_at_120_are_125_ms_apart_and_go_round(self) -> None:
        studio = Studio()
        studio.do(SetPlaying(True))
        notes = studio.play(125 * 24)
        assert notes[:14] == [60, 61, 62, 66, 67, 68, 72, 68, 67, 66, 62, 61, 60, 61]
        assert [at for at, _ in studio.heard] == [125.0 * k for k in range(len(studio.heard))]

    def test_an_hour_does_not_drift(self) -> None:
        engine = Engine(decode, AXES, settings=PlaySettings(bpm=117.3))
        engine.apply(SetPlaying(True), 1_000 * SECOND)
        start, step_ns = 1_000 * SECOND + LOOKAHEAD_NS, Fraction(60 * SECOND) / Fraction("117.3") / 4
        steps = 0
        while steps < 28_000:  # an hour is 28,152 of them
            assert engine.deadline_ns is not None
            for frame in engine.advance(engine.deadline_ns):
                assert abs(frame.due_ns - start - steps * step_ns) < 2_000  # ns
                steps += 1

    def test_nothing_plays_before_start_and_nothing_sounds_after_stop(self) -> None:
        studio = Studio()
        assert studio.play(500) == []
        studio.do(SetPlaying(True))
        studio.play(500)
        studio.do(SetPlaying(False))
        assert studio.play(500) == []
        assert studio.gate.sounding == []
        assert studio.offs == len(studio.heard)

    def test_a_start_begins_on_the_tonic(self) -> None:
        studio = Studio()
        for _ in range(2):
            studio.do(SetPlaying(True))
            assert studio.play(400)[0] == 60
            studio.do(SetPlaying(False))
            studio.play(100)

    def test_starting_twice_does_not_start_over(self) -> None:
        studio = Studio()
        studio.do(SetPlaying(True))
        studio.play(300)
        studio.do(SetPlaying(True))
        assert studio.play(250) == [66, 67]

    def test_the_gate_length_the_velocity_and_the_channel_are_as_set(self) -> None:
        engine = Engine(decode, AXES, settings=PlaySettings(gate=50, velocity=77, channel=4))
        engine.apply(SetPlaying(True), 0)
        frame = engine.advance(0)[0]
        assert (frame.off_ns - frame.due_ns, frame.velocity, frame.channel) == (62_500_000, 77, 3)

    def test_a_sleep_of_the_machine_drops_steps_and_keeps_the_grid(self) -> None:
        studio = Studio()
        studio.do(SetPlaying(True))
        studio.play(1000)
        studio.now += 10 * SECOND
        studio.play(1000)
        assert studio.engine.dropped in (79, 80)
        assert all(at % 125 == 0 for at, _ in studio.heard)

    def test_panic_silences_and_the_music_goes_on(self) -> None:
        studio = Studio()
        studio.do(SetPlaying(True))
        studio.play(300)
        studio.do(Panic())
        studio.play(0.5)
        assert studio.gate.sounding == []
        assert len(studio.play(500)) == 4


class TestChangingPatterns:
    def test_a_turn_is_heard_at_the_next_step_even_inside_the_lookahead(self) -> None:
        for early_ms in (0.5, 1.0, 2.0, 5.0, 60.0, 120.0):
            studio = Studio(tick_ns=100_000)
            studio.do(SetPlaying(True))
            studio.play(LOOKAHEAD_NS / MS + 125 * 2 - early_ms)
            studio.do(SetPoint((1.0, 0.5)))  # to sesquitone 0 1
            notes = studio.play(400)
            assert notes[:3] in ([63, 64, 66], [61, 63, 64]), early_ms
            assert [at for at, _ in studio.heard] == [125.0 * k for k in range(len(studio.heard))]

    def test_a_change_keeps_the_grid_and_leaves_no_note_hanging(self) -> None:
        studio = Studio()
        studio.do(SetPlaying(True))
        for turn in range(40):
            studio.do(SetAxis(0, (turn * 7 % 10) / 9))
            studio.play(37)
        assert [at for at, _ in studio.heard] == [125.0 * k for k in range(len(studio.heard))]
        studio.do(SetPlaying(False))
        studio.play(1)
        assert studio.offs == len(studio.heard)

    def test_many_turns_at_once_decode_once_and_the_newest_wins(self) -> None:
        decoded: list[float] = []

        def counting(z: Sequence[float]) -> Pattern:
            decoded.append(z[0])
            return decode(z)

        engine = Engine(counting, AXES)
        engine.apply(SetPlaying(True), 0)
        decoded.clear()
        for value in (0.1, 0.9, 0.4, 1.0):
            engine.apply(SetAxis(0, value), 0)
        engine.advance(0)
        assert decoded == [3.0]
        assert engine.pattern == PATTERNS[3]

    def test_a_landmark_is_a_place_to_go_to_by_name_or_text(self) -> None:
        for name in ("home", "HOME", "tritone 0 1 3", "6 0 1 3"):
            engine = Engine(decode, AXES, [Landmark("home", "tritone 0 1 3", (1.0, 0.5))])
            engine.apply(GoTo(name), 0)
            engine.advance(0)
            assert engine.pattern.text == "tritone 0 1 3"
            assert engine.point.z == [1.0, 0.5]

    def test_the_tonic_moves_and_the_place_in_the_phrase_stays(self) -> None:
        studio = Studio()
        studio.do(SetPlaying(True))
        assert studio.play(249 + LOOKAHEAD_NS / MS) == [60, 61]
        studio.do(Set("tonic", 62))
        assert studio.play(250) == [64, 68]


class TestTempoAndRate:
    def test_a_new_tempo_goes_on_from_the_present_beat(self) -> None:
        studio = Studio()
        studio.do(SetPlaying(True))
        studio.play(LOOKAHEAD_NS / MS + 62.5)  # half-way to the second step
        studio.do(Set("bpm", 240.0))
        studio.play(300)
        assert [at for at, _ in studio.heard][:4] == [0.0, 93.75, 156.25, 218.75]

    def test_a_step_moved_by_a_new_rate_is_another_step_for_the_gate(self) -> None:
        engine = Engine(decode, AXES)
        engine.apply(SetPlaying(True), 0)
        (first,) = engine.advance(0)
        (second,) = engine.advance(first.due_ns + 123 * MS)  # given 2 ms ahead
        engine.apply(Set("rate", "1/4"), first.due_ns + 124 * MS)  # the gate may sound it all the same
        recall, *_ = engine.advance(first.due_ns + 124 * MS)
        assert (recall.kind, recall.step) == (Kind.RECALL, second.step)
        (moved,) = engine.advance(first.due_ns + 499 * MS)
        assert moved.due_ns == first.due_ns + 500 * MS
        assert moved.step > second.step

    def test_a_new_rate_falls_on_its_own_grid(self) -> None:
        studio = Studio()
        studio.do(SetPlaying(True))
        studio.play(LOOKAHEAD_NS / MS + 130)  # the second sixteenth has sounded
        studio.do(Set("rate", "1/8"))
        studio.play(800)
        assert [at for at, _ in studio.heard] == [0.0, 125.0, 250.0, 500.0, 750.0]
        studio.do(Set("rate", "1/16t"))  # sixteenth triplets
        studio.play(500)
        assert [round(at * 12 / 1000, 6) % 1 for at, _ in studio.heard[5:]] == [0.0] * (len(studio.heard) - 5)

    @given(st.lists(st.tuples(st.integers(0, 7), st.floats(0, 300), st.floats(0, 1)), max_size=12))
    def test_whatever_is_turned_when_no_note_hangs_and_time_goes_forward(
        self, turns: list[tuple[int, float, float]]
    ) -> None:
        studio = Studio(tick_ns=MS)
        studio.do(SetPlaying(True))
        for kind, wait, value in turns:
            controls: list[Control] = [
                SetAxis(0, value),
                SetAxis(1, value),
                Set("bpm", 20 + 380 * value),
                Set("rate", ["1/16", "1/8t", "1/64", "1/4."][int(value * 3.99)]),
                Set("tonic", round(value * 127)),
                SetPlaying(value < 0.5),
                Panic(),
                SetPoint((value, value)),
            ]
            studio.do(controls[kind])
            studio.play(wait)
        studio.do(SetPlaying(False))
        studio.play(1)
        assert studio.gate.sounding == []
        assert studio.offs == len(studio.heard)
        times = [at for at, _ in studio.heard]
        assert times == sorted(times)
        assert len(times) == len(set(times))

    def test_the_rates_go_from_a_whole_note_to_a_64th(self) -> None:
        assert parse_rate("1/1") == 4
        assert parse_rate("1/16") == Fraction(1, 4)
        assert parse_rate("1/8.") == Fraction(3, 4)
        assert parse_rate("1/8T") == Fraction(1, 3)
        assert parse_rate("1/64") == Fraction(1, 16)
        for text in ("1/3", "16", "1/128", "", "1/8x"):
            with pytest.raises(ControlError, match="rate must be"):
                parse_rate(text)


class TestRefusals:
    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: Set("bpm", 19), r"bpm must be a number 20\.\.400, got 19"),
            (lambda: Set("bpm", float("nan")), "got nan"),
            (lambda: Set("tonic", 128), r"tonic must be a whole number 0\.\.127 or a note's name, got 128"),
        ],
    )
    def test_a_control_that_cannot_be_says_what_can(self, make: object, message: str) -> None:
        with pytest.raises(ControlError, match=message):
            make()  # type: ignore[operator]

    @pytest.mark.parametrize(
        ("control", "message"),
        [
            (SetAxis(2, 0.5), r"axis must be in 1\.\.2, got 3"),
            (SetAxis(0, float("nan")), r"a position must be in 0\.\.1, got nan"),
            (SetPoint((0.5,)), "a point must have 2 positions, got 1"),
            (GoTo("ditone 0 1"), "no landmark or snapshot 'ditone 0 1'; there are: home"),
            (GoTo("nowhere"), "no landmark or snapshot 'nowhere'"),
        ],
    )
    def test_the_engine_refuses_and_plays_on(self, control: Control, message: str) -> None:
        studio = Studio()
        studio.do(SetPlaying(True))
        with pytest.raises(ControlError, match=message):
            studio.do(control)
        assert studio.play(260) == [60, 61, 62]


def test_the_transport_does_not_jump_when_the_tempo_changes() -> None:
    transport = Transport(120.0)
    transport.follow(0.0, 5 * SECOND, 120.0)
    assert transport.time_of(2.0) == 6 * SECOND
    transport.change_tempo(60.0, 6 * SECOND)
    assert transport.beat_at(6 * SECOND) == 2.0
    assert transport.time_of(3.0) == 7 * SECOND
