import pytest
from hypothesis import given
from hypothesis import strategies as st

from polate import ControlError
from polate.control.commands import Control, Panic, Seek, SetAxis
from polate.player.scheduled_commands import MOST_WAITING, Schedule


def test_what_is_for_later_comes_when_its_time_has_come() -> None:
    schedule = Schedule()
    schedule.add(2_000, [Panic()])
    schedule.add(1_000, [SetAxis(0, 0.5), SetAxis(1, 0.25)])
    assert schedule.deadline_ns == 1_000
    assert schedule.due(999) == []
    assert schedule.due(1_000) == [SetAxis(0, 0.5), SetAxis(1, 0.25)]
    assert schedule.deadline_ns == 2_000
    assert schedule.due(5_000) == [Panic()]
    assert schedule.deadline_ns is None


@given(st.lists(st.tuples(st.integers(0, 3), st.lists(st.integers(0, 99), max_size=3)), max_size=30))
def test_what_is_for_one_time_comes_in_the_order_in_which_it_was_asked_for(asked: list[tuple[int, list[int]]]) -> None:
    schedule = Schedule()
    for at_ns, beats in asked:
        schedule.add(at_ns, [Seek(beat) for beat in beats])
    expected: list[Control] = [Seek(beat) for _, beats in sorted(asked, key=lambda ask: ask[0]) for beat in beats]
    assert schedule.due(3) == expected


def test_too_many_that_wait_are_refused_and_the_others_stay() -> None:
    schedule = Schedule()
    for at_ns in range(MOST_WAITING):
        schedule.add(at_ns, [Panic()])
    with pytest.raises(ControlError, match=r"at most 1024 OSC bundles can wait for their time, got 1025"):
        schedule.add(0, [Panic()])
    assert len(schedule.due(MOST_WAITING)) == MOST_WAITING
    schedule.add(0, [Panic()])
    assert schedule.due(0) == [Panic()]
