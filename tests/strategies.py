"""Hypothesis strategies that several tests draw from."""

from hypothesis import strategies as st

from polate import Pattern, PatternError
from polate.theory.pattern import HIGHEST_OFFSET, LOWEST_OFFSET


@st.composite
def patterns(draw: st.DrawFn) -> Pattern:
    """Any legal pattern."""
    interval = draw(st.integers(1, 24))
    offsets = draw(st.lists(st.integers(LOWEST_OFFSET, HIGHEST_OFFSET), max_size=11, unique_by=lambda x: x % 12))
    cell = (0, *(offset for offset in offsets if offset % 12 and offset != interval))
    if draw(st.booleans()):
        try:
            return Pattern(interval, tuple(sorted(cell)), symmetric=True)
        except PatternError:
            pass
    descending = (0, *draw(st.permutations(cell[1:]))[: draw(st.integers(0, 11))])
    return Pattern(interval, cell, descending=descending if descending != cell and draw(st.booleans()) else None)
