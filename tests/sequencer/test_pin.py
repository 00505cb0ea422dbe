"""Patterns that the map does not have: pinned at the nearest place, and played exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import patterns
from studio import AXES, PATTERNS, Studio, decode

from polate import ControlError, Pattern
from polate.control.commands import (
    DeleteSnapshot,
    GoTo,
    GoToPoint,
    KnowPlace,
    Morph,
    MovePad,
    Pin,
    RecallSnapshot,
    RenameSnapshot,
    Set,
    SetAxis,
    SetCorner,
    SetCornerPoint,
    SetMotion,
    SetPoint,
    StoreSnapshot,
)
from polate.sequencer.named_places import MOST_KNOWN

TRITONE, OTHER_TRITONE, DITONE, SESQUITONE = PATTERNS  # at 0, 1, 2 and 3 on the first axis, which goes from 0 to 3
FOREIGN = Pattern.parse("ditone 0 5 -2 7")  # nowhere on this map
AT_DITONE = (2.0, 0.0)
GO = GoToPoint(AT_DITONE, FOREIGN.text)
SPAN = 0.012  # the default of the setting hysteresis


def pinned(studio: Studio) -> Pattern | None:
    pin = studio.engine.point.pin
    return pin.pattern if pin else None


class TestGoing:
    def test_the_pattern_is_played_exactly_and_the_knobs_are_at_the_nearest_place(self) -> None:
        studio = Studio.playing()
        studio.play_to(500)
        studio.do(GO)
        studio.play(1)
        assert studio.engine.pattern == FOREIGN
        assert studio.engine.cycle == FOREIGN.render(60)[:-1]
        assert studio.engine.point.positions == [2 / 3, 0.5]
        assert pinned(studio) == FOREIGN
        assert set(studio.play(4000)) == set(FOREIGN.render(60))

    def test_a_pattern_that_the_map_has_there_is_not_pinned(self) -> None:
        studio = Studio.playing()
        studio.do(GoToPoint(AT_DITONE, DITONE.text), GoToPoint(AT_DITONE))
        studio.play(1)
        assert (studio.engine.pattern, pinned(studio)) == (DITONE, None)

    @pytest.mark.parametrize("change", ["beat", "bar", "turn"])
    def test_it_is_heard_when_the_setting_change_says(self, change: str) -> None:
        studio = Studio.playing(change=change, order="up")
        studio.play_to(130)
        studio.do(GO)
        studio.play(1)
        assert (studio.engine.pattern, pinned(studio)) == (TRITONE, FOREIGN)
        studio.play_to(2100)
        assert studio.engine.pattern == FOREIGN

    def test_one_pinned_pattern_after_another_at_the_same_place(self) -> None:
        studio = Studio.playing()
        other = Pattern.parse("ditone 0 7")
        studio.do(GO, GoToPoint(AT_DITONE, other.text))
        studio.play(1)
        assert studio.engine.pattern == other
        studio.do(GoToPoint(AT_DITONE))
        studio.play(1)
        assert studio.engine.pattern == DITONE

    def test_pinning_at_the_present_place_and_ending_it(self) -> None:
        studio = Studio.playing()
        studio.do(Pin(FOREIGN.text))
        studio.play(1)
        assert (studio.engine.pattern, studio.engine.point.z) == (FOREIGN, [0.0, 0.0])
        studio.do(Pin(TRITONE.text))  # the map has it there
        studio.play(1)
        assert (studio.engine.pattern, pinned(studio)) == (TRITONE, None)
        studio.do(Pin(FOREIGN.text), Pin())
        studio.play(1)
        assert (studio.engine.pattern, pinned(studio)) == (TRITONE, None)

    def test_wrong_points_and_patterns_are_refused(self) -> None:
        studio = Studio()
        for wrong in (GoToPoint((1.0,), FOREIGN.text), SetCornerPoint("a", (1.0,), "x")):
            with pytest.raises(ControlError, match="a point must have 2 numbers, got 1"):
                studio.do(wrong)
        for far in (1001.0, float("nan"), float("-inf")):
            with pytest.raises(ControlError, match=r"a coordinate must be in -1000\.\.1000, got"):
                studio.do(GoToPoint((far, 0.0)))
        for text in ("nothing", "tritone 0 6"):
            with pytest.raises(ControlError, match="pattern is not valid: "):
                GoToPoint(AT_DITONE, text)
            with pytest.raises(ControlError, match="pattern is not valid: "):
                Pin(text)
        for bars in (-1.0, 257.0, float("nan")):
            with pytest.raises(ControlError, match=r"bars must be in 0\.\.256"):
                GoTo("home", bars)


class TestAKnob:
    def test_the_first_knob_that_moves_takes_over_from_there(self) -> None:
        studio = Studio.playing()
        studio.do(GO, SetAxis(1, 0.9))
        studio.play(1)
        assert (studio.engine.pattern, pinned(studio)) == (DITONE, None)

    def test_a_knob_that_trembles_does_not(self) -> None:
        studio = Studio.playing()
        studio.do(GO)
        for away in (SPAN * 0.9, -SPAN * 0.9, SPAN * 0.5):
            studio.do(SetAxis(0, 2 / 3 + away), SetAxis(1, 0.5 + away))
            studio.play(20)
            assert studio.engine.pattern == FOREIGN
        studio.do(SetAxis(1, 0.5 + SPAN * 1.1))
        studio.play(20)
        assert (studio.engine.pattern, pinned(studio)) == (DITONE, None)
        studio.do(SetAxis(1, 0.5))  # it does not come back
        studio.play(20)
        assert studio.engine.pattern == DITONE

    def test_with_all_axes_at_once(self) -> None:
        studio = Studio.playing()
        studio.do(GO, SetPoint((0.0, 0.5)))
        studio.play(1)
        assert (studio.engine.pattern, pinned(studio)) == (TRITONE, None)

    def test_motion_plays_the_map_where_it_takes_the_point_away_and_the_pin_where_it_does_not(self) -> None:
        studio = Studio.playing()
        studio.do(GO, SetMotion(0, "kind", "orbit"), SetMotion(0, "shape", "square"), SetMotion(0, "depth", 0.01))
        studio.play(200)
        assert studio.engine.pattern == FOREIGN
        studio.do(SetMotion(0, "depth", 0.4))
        studio.play(2000)
        assert studio.engine.pattern != FOREIGN
        studio.do(SetMotion(0, "kind", "off"))
        studio.play(200)
        assert (studio.engine.pattern, pinned(studio)) == (FOREIGN, FOREIGN)

    @given(
        patterns(),
        st.floats(0, 3),
        st.sampled_from(["now", "step", "beat", "bar", "turn"]),
        st.lists(st.floats(-SPAN * 0.99, SPAN * 0.99), max_size=4),
    )
    def test_exactly_the_pinned_pattern_is_played_until_a_knob_moves(
        self, pattern: Pattern, at: float, change: str, trembling: list[float]
    ) -> None:
        studio = Studio.playing(tick_ns=5_000_000, change=change, bpm=400.0, rate="1/64", order="up")
        studio.do(GoToPoint((at, 0.0), pattern.text))
        studio.play(1)
        if change in ("bar", "turn"):  # the longest wait: a bar of 600 ms, or a turn of 6 notes
            studio.play(700)
        for away in (0.0, *trembling):
            studio.do(SetAxis(1, 0.5 + away))
            studio.play(50)
            assert studio.engine.pattern == pattern
            assert studio.engine.cycle == pattern.render(60)[: pattern.top]
        assert (pinned(studio) is None) == (decode((at, 0.0)) == pattern)


class TestCorners:
    def test_the_pad_and_the_morph_are_exact_at_pinned_corners(self) -> None:
        studio = Studio.playing()
        studio.do(SetCornerPoint("b", AT_DITONE, "mine", FOREIGN.text), SetCorner("a", "home"))
        studio.do(SetCorner("c", "here"), SetCorner("d", "home"))
        for at_b in (Morph(1.0), MovePad(1.0, 0.0)):
            studio.do(at_b)
            studio.play(1)
            assert (studio.engine.pattern, pinned(studio)) == (FOREIGN, FOREIGN)
            studio.do(MovePad(0.5, 0.0))
            studio.play(1)
            assert (studio.engine.pattern in PATTERNS, pinned(studio)) == (True, None)
        studio.do(MovePad(1.0, 1.0))
        studio.play(1)
        assert (studio.engine.pattern, pinned(studio)) == (OTHER_TRITONE, None)
        assert studio.engine.point.corner_names["b"] == "mine"

    def test_a_corner_here_keeps_the_pin_of_the_point(self) -> None:
        studio = Studio.playing()
        studio.do(GO, SetCorner("d", "here"), SetAxis(0, 0.0), MovePad(1.0, 1.0))
        studio.play(1)
        assert studio.engine.pattern == FOREIGN
        studio.do(SetCorner("d", "home"))
        assert studio.engine.point.corner_pins == {}


class TestSnapshots:
    def test_a_snapshot_that_was_stored_while_pinned_recalls_it(self) -> None:
        studio = Studio.playing()
        studio.do(GO, StoreSnapshot("one"), SetAxis(0, 0.0))
        studio.play(1)
        assert studio.engine.pattern == TRITONE
        for back in (RecallSnapshot("one"), GoTo("one")):
            studio.do(back)
            studio.play(1)
            assert (studio.engine.pattern, pinned(studio)) == (FOREIGN, FOREIGN)
            studio.do(SetAxis(0, 0.0))
            studio.play(1)
        studio.do(SetCorner("a", "one"), DeleteSnapshot("one"), Morph(0.0))
        studio.play(1)
        assert studio.engine.pattern == FOREIGN

    def test_a_sequence_plays_it_too(self) -> None:
        studio = Studio.playing(sequence_bars=1)
        studio.do(GO, StoreSnapshot("one"), SetAxis(0, 0.0), StoreSnapshot("two"), Set("sequence", "one two"))
        heard = []
        for _ in range(4):
            studio.play(2000)
            heard.append(studio.engine.pattern)
        assert heard in ([FOREIGN, TRITONE] * 2, [TRITONE, FOREIGN] * 2)

    def test_a_sequence_of_any_places(self) -> None:
        studio = Studio.playing(sequence_bars=1)
        studio.do(SetAxis(0, 1.0), StoreSnapshot("mine"), KnowPlace("4 0 5  -2 7", AT_DITONE, FOREIGN.text))
        studio.do(Set("sequence", "home; 4 0 5 -2 7; mine; 2,0; nowhere"))
        studio.play_to(100)
        heard = []
        for _ in range(5):
            heard.append(studio.engine.pattern)
            studio.play(2000)
        assert heard == [OTHER_TRITONE, FOREIGN, SESQUITONE, DITONE, DITONE]
        assert [str(error) for error in studio.engine.refused] == ["no snapshot 'nowhere'; there are: mine"]

    def test_a_renamed_snapshot_keeps_its_place_in_a_sequence_of_any_places(self) -> None:
        studio = Studio()
        studio.do(StoreSnapshot("one"), Set("sequence", "home;one"), RenameSnapshot("one", "two"))
        assert studio.engine.settings.sequence == "home; two"

    def test_only_so_many_places_are_remembered(self) -> None:
        studio = Studio()
        studio.do(*(KnowPlace(f"place {number}", AT_DITONE) for number in range(MOST_KNOWN + 1)))
        assert not studio.engine.point.knows("place 0", ())
        assert studio.engine.point.knows(f"place {MOST_KNOWN}", ())


class TestGliding:
    def test_the_point_goes_on_a_straight_line_and_arrives_at_the_pattern(self) -> None:
        studio = Studio.playing()  # a bar lasts 2 s
        studio.play_to(0)
        studio.do(GoToPoint((3.0, 1.0), FOREIGN.text, 2.0))
        studio.play_to(2000)
        assert studio.engine.point.z == pytest.approx([1.5, 0.5], abs=0.1)
        studio.play_to(3900)
        assert studio.engine.pattern == SESQUITONE
        assert pinned(studio) is None
        studio.play_to(4200)
        assert (studio.engine.point.z, studio.engine.pattern, pinned(studio)) == ([3.0, 1.0], FOREIGN, FOREIGN)

    def test_a_place_by_name(self) -> None:
        studio = Studio.playing()
        studio.do(GoTo("home", 1.0))
        studio.play_to(2200)
        assert (studio.engine.point.z, studio.engine.pattern) == ([1.0, 0.0], OTHER_TRITONE)

    def test_it_leaves_a_pinned_pattern_when_it_begins(self) -> None:
        studio = Studio.playing()
        studio.do(GO)
        studio.play_to(100)
        studio.do(GoToPoint((0.0, 0.0), "", 1.0))
        studio.play_to(400)
        assert studio.engine.pattern == DITONE
        studio.play_to(2400)
        assert studio.engine.pattern == TRITONE

    @pytest.mark.parametrize("control", [SetAxis(1, 0.5), Morph(0.0), GoTo("home"), SetPoint((0.0, 0.0))])
    def test_any_movement_ends_it(self, control: SetAxis | Morph | GoTo | SetPoint) -> None:
        studio = Studio.playing()
        studio.do(GoToPoint((3.0, 1.0), FOREIGN.text, 1.0))
        studio.play_to(1000)
        studio.do(control)
        z = list(studio.engine.point.z)
        studio.play_to(3000)
        assert studio.engine.point.z == z

    def test_while_the_song_stands_still_it_is_a_jump(self) -> None:
        studio = Studio()
        studio.do(GoToPoint((3.0, 1.0), FOREIGN.text, 4.0))
        studio.play(10)
        assert studio.engine.pattern == FOREIGN

    def test_the_corners_of_a_map_have_one_coordinate_an_axis(self) -> None:
        assert len(AT_DITONE) == len(AXES)
