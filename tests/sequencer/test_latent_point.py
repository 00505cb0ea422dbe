import pytest
from hypothesis import given
from hypothesis import strategies as st
from studio import AXES, LANDMARKS

from polate import ControlError
from polate.control.path import Path
from polate.control.settings import Motion, PlaySettings
from polate.model.contract import Axis, Landmark
from polate.sequencer.latent_point import LatentPoint

IN_FOUR = {"bar": 4, "seed": 0}


class TestWhereItStands:
    def test_it_begins_at_0_or_in_the_middle_of_a_range_without_0(self) -> None:
        point = LatentPoint([Axis("around", "a", "b", (-1.0, 3.0)), Axis("above", "a", "b", (1.0, 2.0))])
        assert point.z == [0.0, 1.5]
        assert point.positions == [0.25, 0.5]

    def test_a_knob_goes_over_its_axis_and_no_farther(self) -> None:
        point = LatentPoint(AXES)
        point.move(0, 0.5)
        point.move(1, 1.5)
        assert point.z == [1.5, 2.0]
        point.move_all([-1.0, 0.5])
        assert point.z == [0.0, 0.0]

    @pytest.mark.parametrize("position", [float("nan"), float("inf"), float("-inf")])
    def test_what_is_no_number_is_refused_and_nothing_moves(self, position: float) -> None:
        point = LatentPoint(AXES)
        for move in (
            lambda: point.move(0, position),
            lambda: point.move_all([0.5, position]),
            lambda: point.move_morph(position),
            lambda: point.move_pad(position, None),
            lambda: point.move_pad(0.5, position),
        ):
            with pytest.raises(ControlError, match=r"must be in 0\.\.1, got"):
                move()
        assert (point.z, point.morph, point.pad) == ([0.0, 0.0], 0.0, (0.0, 0.0))

    def test_a_point_of_another_model_is_refused(self) -> None:
        with pytest.raises(ControlError, match="a point must have 2 numbers, got 3"):
            LatentPoint(AXES).jump([0.0, 0.0, 0.0])

    def test_a_corner_from_another_model_is_refused_and_the_corner_stays(self) -> None:
        point = LatentPoint(AXES, LANDMARKS)
        with pytest.raises(ControlError, match="a point must have 2 numbers, got 1"):
            point.set_corner("a", (0.5,), "short")
        point.move_morph(0.0)
        assert (point.z, point.corner_names["a"]) == ([1.0, 0.0], "home")

    def test_one_side_of_the_pad_moves_and_the_other_stays(self) -> None:
        point = LatentPoint(AXES)
        for corner, z in (("a", (0.0, 0.0)), ("b", (1.0, 0.0)), ("c", (0.0, 2.0)), ("d", (1.0, 2.0))):
            point.set_corner(corner, z, "here")
        point.move_pad(0.25, 0.5)
        point.move_pad(None, 1.0)
        assert (point.pad, point.z) == ((0.25, 1.0), [0.25, 2.0])
        point.move_pad(1.0, None)
        assert (point.pad, point.z) == ((1.0, 1.0), [1.0, 2.0])

    def test_the_morph_and_the_pad_tell_when_they_are_exactly_at_a_corner(self) -> None:
        point = LatentPoint(AXES, LANDMARKS)
        assert [point.move_morph(position) for position in (0.0, 0.5, 1.0, 1.5)] == [True, False, True, True]
        assert [point.move_pad(x, y) for x, y in ((0.0, 1.0), (0.5, None), (None, 0.5), (1.0, 1.0))] == [
            *(True, False),
            *(False, True),
        ]

    def test_the_first_landmarks_are_the_corners_and_here_is_where_there_are_none(self) -> None:
        point = LatentPoint(AXES, LANDMARKS)
        assert point.corners == {"a": (1.0, 0.0), "b": (0.0, 0.0), "c": (0.0, 0.0), "d": (0.0, 0.0)}
        assert point.corner_names == {"a": "home", "b": "here", "c": "here", "d": "here"}


class TestPlacesByName:
    def test_a_landmark_has_a_name_and_a_text_form_and_a_snapshot_comes_before_it(self) -> None:
        point = LatentPoint(AXES, LANDMARKS)
        for place in ("home", " Home ", "tritone 0 1 3", "6 0 1 3"):
            assert point.find(place, {}, 0) == (1.0, 0.0)
        assert point.find("home", {"home": (3.0, 1.0)}, 0) == (3.0, 1.0)

    def test_here_is_where_the_knobs_stand(self) -> None:
        point = LatentPoint(AXES, LANDMARKS)
        point.move(0, 1.0)
        assert point.find("HERE", {}, 0) == (3.0, 0.0)

    def test_random_places_go_by_the_seed_and_differ_each_time(self) -> None:
        one, again, other = (LatentPoint(AXES) for _ in range(3))
        drawn = [one.find("random", {}, 1) for _ in range(3)]
        assert drawn == [again.find("random", {}, 1) for _ in range(3)]
        assert len({*drawn, *(other.find("random", {}, 2) for _ in range(3))}) == 6

    def test_an_unknown_place_is_an_error_that_lists_those_there_are(self) -> None:
        point = LatentPoint(AXES, [*LANDMARKS, Landmark("away", "ditone 0", (0.0, 0.0))])
        with pytest.raises(ControlError, match="no landmark or snapshot 'nowhere'; there are: away, home, verse"):
            point.find("nowhere", {"verse": (0.0, 0.0)}, 0)

    def test_an_unknown_place_is_an_error_that_says_how_a_place_is_written(self) -> None:
        point = LatentPoint(AXES, LANDMARKS)
        with pytest.raises(ControlError, match=r"pattern \('ditone 0 -2 3'\), notes \(.*\), coordinates \('0\.1,-0\.3"):
            point.find("0.1 0.2", {}, 0)


class TestOutsideTheKnobs:
    """AXES go from 0 to 3 and from -2 to 2: 9 is two ranges above the first."""

    def outside(self) -> LatentPoint:
        point = LatentPoint(AXES)
        point.jump([9.0, 0.0])
        return point

    def test_a_jump_goes_there_and_the_knob_shows_its_end(self) -> None:
        point = self.outside()
        assert point.z == [9.0, 0.0]
        assert point.positions == point.moved_positions == [1.0, 0.5]
        assert point.places_of(point.z) == [3.0, 0.5]

    def test_the_coordinate_stays_until_its_own_knob_is_turned(self) -> None:
        point = self.outside()
        point.move(1, 1.0)
        assert point.z == [9.0, 2.0]
        point.move(0, 1.0)
        assert point.z == [3.0, 2.0]

    def test_the_corners_of_the_pad_are_reached_exactly(self) -> None:
        point = LatentPoint(AXES)
        point.set_corner("b", (9.0, -7.0), "far")
        assert point.move_pad(1.0, 0.0)
        assert point.z == [9.0, -7.0]
        assert point.find("here", {}, seed=0) == (9.0, -7.0)

    def test_a_motion_starts_from_there_and_not_from_the_end_of_the_knob(self) -> None:
        point = self.outside()
        point.set_motions([Motion(kind="orbit", shape="triangle", depth=0.5, bars=1.0), Motion()])
        met = [point.at(float(beat), 0.0, **IN_FOUR)[0] for beat in range(4)]
        assert met == pytest.approx([9.0, 9.0, 9.0, 8.25])  # no farther out
        assert point.moved_positions == [1.0, 0.5]


class TestMotion:
    def test_without_motion_it_is_where_the_knobs_stand(self) -> None:
        point = LatentPoint(AXES)
        point.set_motions([Motion(kind="orbit", depth=1.0), Motion()])
        point.at(1.0, 0.0, **IN_FOUR)
        point.set_motions([Motion(), Motion()])
        point.move(0, 0.5)
        assert point.at(1.0, 0.0, **IN_FOUR) == point.z == [1.5, 0.0]
        assert point.moved_positions == point.positions

    def test_while_nothing_plays_it_is_told_to_follow_the_knob(self) -> None:
        point = LatentPoint(AXES)
        point.set_motions([Motion(kind="orbit", shape="triangle", depth=0.5, bars=1.0), Motion()])
        point.at(1.0, 0.0, **IN_FOUR)  # a quarter: farthest up
        point.move(0, 0.1)
        assert point.moved_positions[0] == pytest.approx(0.35)
        point.move(0, 1.0)
        assert point.moved_positions == [1.0, 0.5]

    def test_an_orbit_goes_around_the_knob(self) -> None:
        point = LatentPoint(AXES)
        point.move(0, 0.4)
        point.set_motions([Motion(kind="orbit", shape="triangle", depth=0.5, bars=1.0), Motion()])
        met = [point.at(float(beat), 0.0, **IN_FOUR)[0] for beat in range(4)]
        assert met == pytest.approx([1.2, 1.95, 1.2, 0.45])
        assert point.positions[0] == pytest.approx(0.4)
        assert point.moved_positions[0] == pytest.approx(0.15)

    def test_an_lfo_goes_by_seconds_and_not_by_beats(self) -> None:
        point = LatentPoint(AXES)
        point.move(0, 0.5)
        point.set_motions([Motion(kind="lfo", shape="triangle", depth=1.0, hz=0.5), Motion()])
        assert point.at(77.0, 0.5, **IN_FOUR)[0] == pytest.approx(3.0)

    @given(st.floats(0, 1), st.floats(0, 64))
    def test_it_never_leaves_the_range(self, knob: float, beat: float) -> None:
        point = LatentPoint(AXES)
        point.move(0, knob)
        point.set_motions([Motion(kind="orbit", depth=1.0), Motion()])
        assert 0.0 <= point.at(beat, 0.0, **IN_FOUR)[0] <= 3.0

    def test_it_moves_by_itself_while_any_axis_has_a_motion(self) -> None:
        point = LatentPoint(AXES, motions={1: Motion(kind="walk")})
        assert point.moves_by_itself
        point.set_motion(1, "kind", "off")
        assert not point.moves_by_itself
        point.set_motion(0, "kind", "lfo")
        assert point.moves_by_itself
        point.set_motions([Motion(), Motion()])
        assert not point.moves_by_itself

    def test_a_motion_for_an_axis_that_does_not_exist_is_refused(self) -> None:
        with pytest.raises(ControlError, match=r"axis must be in 1\.\.2, got 3"):
            LatentPoint(AXES, motions={2: Motion(kind="lfo")})


class TestPath:
    DIAGONAL = Path(axes=(1, 2), points=((0.0, 1.0), (1.0, 0.0)), closed=False)
    ONE_BAR = PlaySettings(path_bars=1.0)

    def travelled(self, point: LatentPoint, beat: float, settings: PlaySettings = ONE_BAR) -> list[float]:
        point.travel(beat, settings)
        return point.at(beat, 0.0, **IN_FOUR)

    def test_on_a_path_both_axes_leave_their_knobs_and_the_knobs_stay(self) -> None:
        point = LatentPoint(AXES)  # the axes go from 0 to 3 and from -2 to 2
        point.set_path(self.DIAGONAL)
        assert [self.travelled(point, float(beat)) for beat in range(4)] == [
            *([0.0, 2.0], [0.75, 1.0]),
            *([1.5, 0.0], [2.25, -1.0]),
        ]
        assert point.moved_positions == [0.75, 0.25]
        assert (point.z, point.positions) == ([0.0, 0.0], [0.0, 0.5])

    def test_the_other_axes_stay_at_their_knobs(self) -> None:
        point = LatentPoint([*AXES, Axis("third", "a", "b", (0.0, 1.0))])
        point.move(1, 0.75)
        point.set_path(Path(axes=(3, 1), points=((0.0, 0.0), (1.0, 1.0)), closed=False))
        assert self.travelled(point, 2.0) == [1.5, 1.0, 0.5]

    def test_a_motion_of_an_axis_goes_around_the_path(self) -> None:
        point = LatentPoint(AXES, motions={0: Motion(kind="orbit", shape="square", depth=0.5)})
        point.set_path(self.DIAGONAL)
        assert self.travelled(point, 1.0) == [1.5, 1.0]  # half of the depth above 0.25 of the axis
        assert self.travelled(point, 3.5) == [3.0, -1.5]  # it ends with the axis
        assert point.moved_positions == [1.0, 0.125]

    def test_without_time_for_it_or_without_a_path_the_point_stays_at_its_knobs(self) -> None:
        point = LatentPoint(AXES)
        point.move(0, 0.5)
        assert not point.moves(self.ONE_BAR)
        point.set_path(self.DIAGONAL)
        assert point.moves(self.ONE_BAR)
        self.travelled(point, 1.0)
        slow = PlaySettings(path_bars=0.0)
        assert not point.moves(slow)
        assert self.travelled(point, 1.0, slow) == [1.5, 0.0]
        self.travelled(point, 1.0)
        point.set_path(None)
        assert self.travelled(point, 1.0) == [1.5, 0.0]
        assert point.moved_positions == point.positions

    def test_a_path_on_an_axis_that_does_not_exist_is_refused_and_the_old_one_stays(self) -> None:
        point = LatentPoint(AXES)
        point.set_path(self.DIAGONAL)
        with pytest.raises(ControlError, match=r"axes must be in 1\.\.2, got 3"):
            point.set_path(Path(axes=(1, 3), points=((0.0, 0.0), (1.0, 1.0))))
        assert point.path == self.DIAGONAL
