"""The bounded least squares of the live side, against scipy's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polate.model.bounded_least_squares import bounded_least_squares


@given(seed=st.integers(0, 10**6), equations=st.integers(0, 4), weight=st.sampled_from([1.0, 30.0, 1e3]))
def test_it_gives_the_answer_of_scipy(seed: int, equations: int, weight: float) -> None:
    optimize = pytest.importorskip("scipy.optimize")
    random = np.random.default_rng(seed)
    rows = np.concatenate([weight * random.standard_normal((equations, 8)), np.eye(8)])
    sides = random.standard_normal(len(rows)) * np.array([*[weight * 20] * equations, *[2.0] * 8])
    low = random.uniform(-3, 0, 8)
    high = low + random.uniform(0, 3, 8)
    ours = bounded_least_squares(rows, sides, low, high)
    assert ((low <= ours) & (ours <= high)).all()
    theirs = optimize.lsq_linear(rows, sides, (low, np.maximum(high, low + 1e-9)), method="bvls", tol=1e-14).x
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_bounds_that_meet_hold_the_unknown() -> None:
    rows = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    answer = bounded_least_squares(rows, np.array([5.0, 0.0, 0.0]), np.array([1.0, -9.0]), np.array([1.0, 9.0]))
    np.testing.assert_allclose(answer, [1.0, 2.0])
