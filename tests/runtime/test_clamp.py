import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polate.runtime.clamp import clamp


@given(st.floats(), st.floats(-10, 0), st.floats(0, 10))
def test_whatever_comes_the_limits_hold(value: float, low: float, high: float) -> None:
    assert low <= clamp(value, low, high) <= high


@pytest.mark.parametrize(("value", "nearest"), [(-1, 0), (0, 0), (3, 3), (7, 7), (8, 7), (math.nan, 0), (math.inf, 7)])
def test_it_is_the_nearest_number_within(value: float, nearest: float) -> None:
    assert clamp(value, 0, 7) == nearest
