import pytest
from hypothesis import given
from hypothesis import strategies as st

from polate import ControlError
from polate.control.commands import Control, MovePad, Panic, Seek, Set, SetAxis, StoreSnapshot
from polate.player.scheduled_commands import MOST_MERGED, MOST_WAITING, Schedule


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


class TestManyAtOnce:
    def test_of_bundles_that_are_due_at_once_the_newest_wins(self) -> None:
        schedule = Schedule()
        for number in range(8):
            schedule.add(5, [Set("octaves", number % 3 + 1), SetAxis(number % 2, number / 8), MovePad(x=number / 8)])
        expected: list[Control] = [SetAxis(0, 6 / 8), Set("octaves", 2), SetAxis(1, 7 / 8), MovePad(x=7 / 8)]
        assert schedule.due(5) == expected

    def test_a_command_that_acts_keeps_its_place_among_those_that_set(self) -> None:
        schedule = Schedule()
        schedule.add(1, [SetAxis(0, 0.1), StoreSnapshot("a"), SetAxis(0, 0.2), SetAxis(0, 0.3)])
        assert schedule.due(1) == [SetAxis(0, 0.1), StoreSnapshot("a"), SetAxis(0, 0.3)]

    def test_65536_commands_are_looked_at_in_several_calls_and_one_of_each_is_left(self) -> None:
        schedule = Schedule()
        for number in range(MOST_WAITING):
            schedule.add(5, [SetAxis(axis % 8, number / MOST_WAITING) for axis in range(64)])
        calls, due = 1, schedule.due(5)
        while not due:
            assert schedule.deadline_ns == 5
            calls, due = calls + 1, schedule.due(5)
        assert calls >= MOST_WAITING * 64 // (MOST_MERGED + 64)
        assert due == [SetAxis(axis, (MOST_WAITING - 1) / MOST_WAITING) for axis in range(8)]
        assert schedule.due(5) == []
