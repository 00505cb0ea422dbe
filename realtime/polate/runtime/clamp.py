"""Keep a number within its limits."""

from typing import TypeVar

__all__ = ["clamp"]

N = TypeVar("N", int, float)


def clamp(value: N, low: N, high: N) -> N:
    """The number in ``low``..``high`` that is nearest to ``value``.

    NaN becomes ``low``: check `math.isfinite` first where that matters.
    """
    return min(high, max(low, value))
