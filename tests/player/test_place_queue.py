import pytest
from hypothesis import given
from hypothesis import strategies as st

from polate import ControlError
from polate.control.commands import (
    Control,
    GoTo,
    KnowPlace,
    Pin,
    RecallSnapshot,
    SetAxis,
    SetCorner,
    SetCornerPoint,
    StoreSnapshot,
)
from polate.player.place_queue import MOST_WAITING, PlaceQueue, concerns_places

ONE, TWO = GoTo("ditone 0 1"), GoTo("ditone 0 2")
STORE, HERE = StoreSnapshot("x"), SetCorner("c", "here")


def queue(*controls: Control) -> PlaceQueue[str]:
    """With requests whose places must be found."""
    made: PlaceQueue[str] = PlaceQueue()
    for control in controls:
        assert made.add(control, "me", True)
    return made


def taken(made: PlaceQueue[str]) -> list[list[Control]]:
    groups = []
    while made.first:
        groups.append([entry.control for entry in made.take()])
    return groups


def test_a_newer_request_for_the_same_target_takes_the_place_of_the_older_one() -> None:
    a, b = SetCorner("a", "ditone 0 1"), SetCorner("b", "ditone 0 1")
    assert taken(queue(ONE, a, b, TWO, SetCorner("a", "ditone 0 2"))) == [[TWO], [SetCorner("a", "ditone 0 2")], [b]]


@pytest.mark.parametrize("newer", [GoTo("home"), RecallSnapshot("x"), Pin()])
def test_a_newer_place_that_is_known_ends_a_request_that_waits(newer: Control) -> None:
    made = queue(ONE, SetCorner("a", "ditone 0 1"))
    assert not made.add(newer, "me", False)
    assert taken(made) == [[SetCorner("a", "ditone 0 1")]]
    made = queue(ONE, SetCorner("a", "ditone 0 1"))
    assert not made.add(SetCornerPoint("a", (0.0,), "x"), "me", False)
    assert taken(made) == [[ONE]]


@pytest.mark.parametrize("reader", [STORE, HERE])
def test_what_needs_the_point_waits_behind_the_request_that_moves_it(reader: Control) -> None:
    made = queue()
    assert not made.add(reader, "me", False)
    made = queue(SetCorner("a", "ditone 0 1"))
    assert not made.add(reader, "me", False)  # this one does not move the point
    made = queue(ONE)
    assert made.add(reader, "me", False)
    assert made.add(TWO, "me", True)
    assert made.add(reader, "me", False)
    assert made.add(GoTo("home"), "me", False)
    assert taken(made) == [[ONE, reader], [TWO, reader, GoTo("home")]]


def test_the_places_of_a_sequence_are_found_after_those_that_somebody_waits_for() -> None:
    one, two = KnowPlace("ditone 0 1", ()), KnowPlace("ditone 0 2", ())
    made = queue(one, two, ONE)
    assert made.add(STORE, "me", False)
    assert taken(made) == [[one], [ONE, STORE], [two]]


def test_a_full_queue_refuses() -> None:
    made = queue(ONE)
    for _ in range(MOST_WAITING - 1):
        assert made.add(STORE, "me", False)
    with pytest.raises(ControlError, match="at most 64 commands can wait for places on the map, got 65"):
        made.add(STORE, "me", False)


def test_knobs_do_not_wait() -> None:
    assert not concerns_places(SetAxis(0, 0.5))
    assert all(map(concerns_places, [ONE, STORE, HERE, Pin(), RecallSnapshot("x")]))


@given(
    st.lists(
        st.one_of(
            st.tuples(st.builds(GoTo, st.sampled_from("abc")), st.booleans()),
            st.tuples(st.builds(SetCorner, st.sampled_from(["a", "b"]), st.sampled_from("abc")), st.booleans()),
            st.tuples(st.sampled_from([STORE, HERE, RecallSnapshot("x")]), st.just(False)),
        ),
        max_size=80,
    )
)
def test_the_first_entry_is_always_a_request_and_nothing_that_waits_for_the_point_is_lost(
    doing: list[tuple[Control, bool]],
) -> None:
    made: PlaceQueue[str] = PlaceQueue()
    waiting = 0
    for control, is_sought in doing:
        try:
            waits = made.add(control, "me", is_sought)
        except ControlError:
            continue
        waiting += waits and not is_sought
        assert made.first is None or made.first.is_sought
    groups = taken(made)
    assert sum(map(len, groups)) <= MOST_WAITING
    assert sum(len(group) - 1 for group in groups) == waiting
