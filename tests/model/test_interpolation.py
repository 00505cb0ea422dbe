"""The laws of paths and grids: the ends are exactly the given points, and every point between them is finite."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from polate.model.interpolation import Curve, GridOrder, grid, grid_positions, linear, path, spherical

Points = NDArray[np.float64]

COORDINATES = st.one_of(
    st.floats(-1000, 1000), st.sampled_from([0.0, -0.0, 1.0, -1.0, 1e-9, -1e-9, 5e-324, 1e-160, 1000.0, -1000.0])
)
VECTORS = st.lists(COORDINATES, min_size=8, max_size=8).map(np.array)
CURVES = st.sampled_from(["linear", "spherical"])
SHARES = st.floats(0, 1)


def norm(vector: Points) -> float:
    return float(np.linalg.norm(vector))


class TestPath:
    @given(VECTORS, VECTORS, st.integers(2, 20), CURVES)
    def test_it_reaches_both_ends_exactly(self, a: Points, b: Points, steps: int, curve: Curve) -> None:
        points = path(a, b, steps, curve)
        assert points.shape == (steps, 8)
        assert points[0].tolist() == a.tolist()
        assert points[-1].tolist() == b.tolist()

    @given(VECTORS, VECTORS, st.integers(2, 20), CURVES)
    def test_no_point_is_farther_out_than_the_farther_end(self, a: Points, b: Points, steps: int, curve: Curve) -> None:
        points = path(a, b, steps, curve)
        assert np.isfinite(points).all()
        assert max(map(norm, points)) <= max(norm(a), norm(b)) * (1 + 1e-9)

    @given(VECTORS, st.integers(2, 20), CURVES)
    def test_from_a_point_to_itself_it_stays(self, a: Points, steps: int, curve: Curve) -> None:
        np.testing.assert_allclose(path(a, a, steps, curve), [a] * steps, rtol=1e-9, atol=1e-9)

    def test_a_straight_way_has_even_steps(self) -> None:
        assert path([0, 0], [4, -2], 5).tolist() == [[0, 0], [1, -0.5], [2, -1], [3, -1.5], [4, -2]]

    @given(st.sampled_from([1, 2, 3, 8]), CURVES)
    def test_there_is_one_in_any_number_of_dimensions(self, size: int, curve: Curve) -> None:
        points = path([1.0] * size, [-1.0] * size, 3, curve)
        assert points.shape == (3, size)
        assert np.isfinite(points).all()


class TestSpherical:
    @given(VECTORS, VECTORS, SHARES)
    def test_the_norm_is_interpolated(self, a: Points, b: Points, t: float) -> None:
        assume(min(norm(a), norm(b)) > 1e-6)
        assert norm(spherical(a, b, t)) == pytest.approx((1 - t) * norm(a) + t * norm(b), rel=1e-9)

    @given(VECTORS, VECTORS, SHARES)
    def test_the_direction_turns_evenly(self, a: Points, b: Points, t: float) -> None:
        assume(min(norm(a), norm(b)) > 1e-6)

        def angle(u: Points, v: Points) -> float:
            u, v = u / norm(u), v / norm(v)
            return 2 * float(np.arctan2(norm(u - v), norm(u + v)))  # exact for small and for straight angles

        assert angle(a, spherical(a, b, t)) == pytest.approx(t * angle(a, b), abs=1e-7)
        assert angle(spherical(a, b, t), b) == pytest.approx((1 - t) * angle(a, b), abs=1e-7)

    @given(VECTORS, st.floats(1e-3, 1e3), SHARES)
    def test_between_parallel_vectors_it_is_straight(self, a: Points, factor: float, t: float) -> None:
        assume(norm(a) > 1e-6)
        np.testing.assert_allclose(spherical(a, factor * a, t), linear(a, factor * a, t), rtol=1e-6, atol=1e-9)

    @given(VECTORS, SHARES)
    def test_between_opposite_vectors_it_goes_round_the_centre_the_same_way_every_time(
        self, a: Points, t: float
    ) -> None:
        assume(norm(a) > 1e-6)
        point = spherical(a, -a, t)
        assert norm(point) == pytest.approx(norm(a), rel=1e-9)
        assert point.tolist() == spherical(a, -a, t).tolist()

    @given(st.floats(-9, -5), st.integers(0, 2**32 - 1))
    def test_between_nearly_opposite_vectors_the_norm_holds_too(self, exponent: float, seed: int) -> None:
        a, tilt = np.random.default_rng(seed).standard_normal((2, 8))
        b = -a + 10**exponent * tilt
        assert norm(spherical(a, b, 0.25)) == pytest.approx(0.75 * norm(a) + 0.25 * norm(b), rel=1e-12)

    @given(VECTORS, SHARES)
    def test_from_the_centre_it_is_straight(self, a: Points, t: float) -> None:
        centre = np.zeros(8)
        np.testing.assert_allclose(spherical(centre, a, t), t * a, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(spherical(a, centre, t), (1 - t) * a, rtol=1e-9, atol=1e-12)

    def test_a_quarter_turn_passes_the_diagonal(self) -> None:
        np.testing.assert_allclose(spherical(np.array([2.0, 0]), np.array([0, 4.0]), 0.5), [3 / 2**0.5, 3 / 2**0.5])


class TestGrid:
    @given(VECTORS, VECTORS, VECTORS, VECTORS, st.integers(2, 6))
    def test_its_corners_are_the_four_points(self, a: Points, b: Points, c: Points, d: Points, n: int) -> None:
        square = grid(a, b, c, d, n)
        assert square.shape == (n, n, 8)
        corners = [square[0, 0], square[0, -1], square[-1, 0], square[-1, -1]]
        assert [corner.tolist() for corner in corners] == [a.tolist(), b.tolist(), c.tolist(), d.tolist()]

    @given(VECTORS, VECTORS, VECTORS, VECTORS, st.integers(2, 6))
    def test_turned_over_it_is_the_grid_of_the_corners_turned_over(
        self, a: Points, b: Points, c: Points, d: Points, n: int
    ) -> None:
        np.testing.assert_allclose(grid(a, c, b, d, n), grid(a, b, c, d, n).swapaxes(0, 1), rtol=1e-9, atol=1e-9)

    def test_rows_go_from_a_to_b_and_columns_from_a_to_c(self) -> None:
        square = grid([0, 0], [2, 0], [0, 2], [2, 2], 3)
        assert square[0].tolist() == [[0, 0], [1, 0], [2, 0]]
        assert square[:, 0].tolist() == [[0, 0], [0, 1], [0, 2]]
        assert square[1, 1].tolist() == [1, 1]

    @pytest.mark.parametrize(
        ("order", "positions"),
        [
            ("rows", [(0, 0), (0, 1), (1, 0), (1, 1)]),
            ("columns", [(0, 0), (1, 0), (0, 1), (1, 1)]),
            ("diagonals", [(0, 0), (1, 1), (0, 1), (1, 0)]),
        ],
    )
    def test_its_places_come_by_rows_columns_or_diagonals(
        self, order: GridOrder, positions: list[tuple[int, int]]
    ) -> None:
        assert grid_positions(2, order) == positions
