from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polate.control.path import Path
from polate.control.settings import Motion
from polate.sequencer.motion import along, between, offset, pad, round_corners, triangle

A, B, C, D = (0.0, 0.0), (1.0, 0.1), (0.3, 2.0), (-1.0, 0.7)
beats = st.floats(-10, 1e5)
bars = st.floats(0.0625, 256)
unit = st.floats(0, 1)


def at(motion: Motion, beat: float = 0.0, seconds: float = 0.0, axis: int = 0, bar: int = 4, seed: int = 0) -> float:
    return offset(motion, axis, beat, seconds, bar, seed)


class TestAxes:
    def test_what_is_off_stays(self) -> None:
        assert at(Motion(), 3.0, 5.0) == 0

    @pytest.mark.parametrize(
        ("shape", "quarters"),
        [
            ("sine", [0, 0.5, 0, -0.5]),
            ("triangle", [0, 0.5, 0, -0.5]),
            ("saw", [0, 0.25, -0.5, -0.25]),
            ("square", [0.5, 0.5, -0.5, -0.5]),
        ],
    )
    def test_an_orbit_of_one_bar_at_each_of_its_beats(self, shape: Any, quarters: list[float]) -> None:
        motion = Motion(kind="orbit", shape=shape, depth=1, bars=1)
        assert [at(motion, beat) for beat in range(4)] == pytest.approx(quarters, abs=1e-12)
        assert [at(motion, beat + 4) for beat in range(4)] == pytest.approx(quarters, abs=1e-12)

    def test_an_orbit_takes_its_bars_whatever_a_bar_has(self) -> None:
        motion = Motion(kind="orbit", shape="triangle", depth=1, bars=2)
        assert at(motion, 1.5, bar=3) == 0.5  # a quarter of six beats
        assert at(motion, 1.5, seconds=77.0, bar=3) == 0.5

    def test_an_lfo_is_free_of_the_tempo(self) -> None:
        motion = Motion(kind="lfo", shape="triangle", depth=0.6, hz=0.5)
        assert at(motion, beat=11.0, seconds=0.5) == pytest.approx(0.3)
        assert at(motion, beat=12.0, seconds=1.5) == pytest.approx(-0.3)

    def test_phase_is_where_it_begins(self) -> None:
        assert at(Motion(kind="orbit", depth=1, phase=0.25)) == pytest.approx(0.5)
        assert at(Motion(kind="lfo", depth=1, phase=0.75)) == pytest.approx(-0.5)

    def test_a_walk_has_a_place_at_each_span_of_bars_and_goes_smoothly_between(self) -> None:
        motion = Motion(kind="walk", depth=1, bars=2)
        places = [at(motion, beat) for beat in (0, 8, 16, 24)]
        assert places == pytest.approx([0.016, 0.419, 0.391, -0.040], abs=0.001)
        assert at(motion, 4) == pytest.approx((places[0] + places[1]) / 2)
        assert abs(at(motion, 8.01) - places[1]) < 1e-5  # the smoothstep stands still at a place

    def test_walks_differ_by_axis_and_by_seed(self) -> None:
        motion = Motion(kind="walk")
        assert len({at(motion, 16, axis=axis, seed=seed) for axis in range(8) for seed in range(8)}) == 64

    def test_a_walk_has_its_full_depth(self) -> None:
        motion = Motion(kind="walk", depth=0.5, bars=1)
        places = [at(motion, 4 * span) for span in range(2_000)]
        assert min(places) < -0.24
        assert max(places) > 0.24
        assert abs(sum(places) / len(places)) < 0.02

    @given(
        st.builds(
            Motion,
            kind=st.sampled_from(["off", "lfo", "orbit", "walk"]),
            shape=st.sampled_from(["sine", "triangle", "saw", "square"]),
            depth=unit,
            hz=st.floats(0.001, 20),
            bars=bars,
            phase=unit,
        ),
        st.integers(0, 31),
        beats,
        st.floats(0, 1e5),
        st.integers(1, 16),
        st.integers(0, 2**31 - 1),
    )
    def test_no_axis_goes_further_than_half_its_depth(
        self, motion: Motion, axis: int, beat: float, seconds: float, bar: int, seed: int
    ) -> None:
        there = offset(motion, axis, beat, seconds, bar, seed)
        assert -motion.depth / 2 <= there <= motion.depth / 2
        assert there == offset(motion, axis, beat, seconds, bar, seed)


class TestMorph:
    def test_it_goes_there_in_its_bars_and_back_in_as_many(self) -> None:
        assert [triangle(beat, 2, 4) for beat in (0, 4, 8, 12, 16, 20)] == [0, 0.5, 1, 0.5, 0, 0.5]
        assert triangle(3, 2, 3) == 0.5

    @given(beats, bars, st.integers(1, 16))
    def test_it_stays_between_a_and_b(self, beat: float, bars: float, bar: int) -> None:
        assert 0 <= triangle(beat, bars, bar) <= 1

    def test_the_ends_are_reached_exactly(self) -> None:
        assert between(B, D, 0) == B
        assert between(B, D, 1) == D
        assert between(A, B, 0.5) == (0.5, 0.05)

    def test_points_of_two_maps_are_not_mixed(self) -> None:
        with pytest.raises(ValueError, match="argument 2"):
            between((0.0,), (0.0, 1.0), 0.5)


class TestPad:
    def test_it_goes_round_from_a_by_b_d_and_c(self) -> None:
        assert [round_corners(beat, 1, 4) for beat in range(5)] == [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]

    def test_it_goes_along_the_sides_evenly(self) -> None:
        assert [round_corners(beat, 4, 4) for beat in (1, 5, 9, 13)] == [(0.25, 0), (1, 0.25), (0.75, 1), (0, 0.75)]

    @given(beats, bars, st.integers(1, 16))
    def test_it_stays_on_the_edge(self, beat: float, bars: float, bar: int) -> None:
        x, y = round_corners(beat, bars, bar)
        assert 0 <= x <= 1
        assert 0 <= y <= 1
        assert x in (0, 1) or y in (0, 1)

    def test_it_goes_on_without_a_jump(self) -> None:
        places = [round_corners(beat / 64, 1, 4) for beat in range(-256, 512)]
        assert all(abs(x - u) + abs(y - v) < 0.016 for (x, y), (u, v) in pairwise(places))

    def test_the_corners_are_reached_exactly(self) -> None:
        corners = [pad(A, B, C, D, x, y) for x, y in ((0, 0), (1, 0), (0, 1), (1, 1))]
        assert corners == [A, B, C, D]

    def test_the_middle_is_the_mean_of_the_corners(self) -> None:
        assert pad(A, B, C, D, 0.5, 0.5) == pytest.approx((0.075, 0.7))


class TestPath:
    SQUARE = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))

    def test_each_piece_of_a_closed_path_takes_the_same_time_and_it_begins_again(self) -> None:
        path = Path(axes=(1, 2), points=self.SQUARE)
        assert [along(path, beat, bars=1.0, bar=4) for beat in (0.0, 0.5, 1.0, 2.0, 3.0, 3.5, 4.0, 6.0)] == [
            *((0.25, 0.25), (0.5, 0.25), (0.75, 0.25), (0.75, 0.75)),
            *((0.25, 0.75), (0.25, 0.5), (0.25, 0.25), (0.75, 0.75)),
        ]

    def test_an_open_path_begins_again_at_its_first_point(self) -> None:
        path = Path(axes=(1, 2), points=((0.0, 0.0), (0.5, 1.0), (1.0, 0.0)), closed=False)
        assert [along(path, beat, bars=2.0, bar=4) for beat in (0.0, 2.0, 4.0, 6.0, 8.0)] == [
            *((0.0, 0.0), (0.25, 0.5), (0.5, 1.0), (0.75, 0.5)),
            (0.0, 0.0),
        ]

    def test_a_long_piece_and_a_short_one_take_the_same_time(self) -> None:
        path = Path(axes=(1, 2), points=((0.0, 0.0), (1.0, 0.0), (1.0, 0.125)), closed=False)
        assert along(path, 1.0, bars=1.0, bar=4) == (0.5, 0.0)
        assert along(path, 3.0, bars=1.0, bar=4) == (1.0, 0.0625)

    def test_a_bar_has_as_many_beats_as_are_set(self) -> None:
        path = Path(axes=(1, 2), points=((0.0, 0.0), (1.0, 1.0)), closed=False)
        assert along(path, 1.5, bars=1.0, bar=3) == (0.5, 0.5)

    @given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=64), st.floats(-1e6, 1e6))
    def test_it_never_leaves_the_square_around_its_points(self, points: list[tuple[float, float]], beat: float) -> None:
        for closed in (True, False):
            path = Path(axes=(1, 2), points=tuple(points), closed=closed)
            for position, side in zip(along(path, beat, 4.0, 4), zip(*points, strict=True), strict=True):
                assert min(side) - 1e-12 <= position <= max(side) + 1e-12
