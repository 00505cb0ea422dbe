"""Undo and redo: a gesture is one step, and what it did not touch stays."""

from polate.web.history import MOST_CHANGES, History


def test_a_drag_is_undone_as_a_whole() -> None:
    history, state = History(), {"/polate/z/1": [0.2], "/polate/tempo": [120.0]}
    for step in range(10):
        history.began("/polate/z/1", state, step * 0.05)
        state = {**state, "/polate/z/1": [0.2 + step / 20]}
    assert history.depths == (1, 0)
    assert history.undo(state) == {"/polate/z/1": [0.2]}


def test_what_was_undone_is_done_again() -> None:
    history = History()
    history.began("/polate/tempo", {"/polate/tempo": [120.0]}, 0.0)
    assert history.undo({"/polate/tempo": [140.0]}) == {"/polate/tempo": [120.0]}
    assert history.redo({"/polate/tempo": [120.0]}) == {"/polate/tempo": [140.0]}
    assert history.depths == (1, 0)


def test_two_controls_are_two_steps_however_quickly_they_follow() -> None:
    history = History()
    history.began("/polate/gate", {"/polate/gate": [90.0], "/polate/swing": [50.0]}, 0.0)
    history.began("/polate/swing", {"/polate/gate": [20.0], "/polate/swing": [50.0]}, 0.1)
    now = {"/polate/gate": [20.0], "/polate/swing": [60.0]}
    assert history.undo(now) == {"/polate/swing": [50.0]}
    assert history.undo({**now, "/polate/swing": [50.0]}) == {"/polate/gate": [90.0]}
    assert history.undo({"/polate/gate": [90.0], "/polate/swing": [50.0]}) == {}


def test_a_drag_on_the_map_which_sets_two_axes_in_turn_is_one_step() -> None:
    history, state = History(), {"/polate/z/1": [0.2], "/polate/z/2": [0.5]}
    for step in range(1, 30):
        history.began("/polate/z/1", state, step * 0.2)
        state = {**state, "/polate/z/1": [0.2 + step / 100]}
        history.began("/polate/z/2", state, step * 0.2 + 0.001)
        state = {**state, "/polate/z/2": [0.5 - step / 100]}
    assert history.depths == (1, 0)
    assert history.undo(state) == {"/polate/z/1": [0.2], "/polate/z/2": [0.5]}


def test_a_pause_of_a_second_ends_a_gesture() -> None:
    history = History()
    history.began("/polate/z/1", {"/polate/z/1": [0.1]}, 0.0)
    assert not history.tick({"/polate/z/1": [0.3]}, 0.9)
    assert history.tick({"/polate/z/1": [0.3]}, 1.1)
    history.began("/polate/z/1", {"/polate/z/1": [0.3]}, 5.0)
    assert history.undo({"/polate/z/1": [0.9]}) == {"/polate/z/1": [0.3]}


def test_a_gesture_that_changed_nothing_is_no_step() -> None:
    history = History()
    history.began("/polate/z/1", {"/polate/z/1": [0.1]}, 0.0)
    assert history.undo({"/polate/z/1": [0.1]}) == {}


def test_a_recall_is_undone_with_all_that_it_set() -> None:
    history = History()
    history.began("/polate/snapshot/recall", {"/polate/z/1": [0.1], "/polate/tempo": [120.0], "/polate/bar": [4]}, 0.0)
    after = {"/polate/z/1": [0.9], "/polate/tempo": [90.0], "/polate/bar": [4]}
    assert history.undo(after) == {"/polate/z/1": [0.1], "/polate/tempo": [120.0]}


def test_a_new_gesture_forgets_what_was_undone() -> None:
    history = History()
    history.began("/polate/bar", {"/polate/bar": [4]}, 0.0)
    history.undo({"/polate/bar": [5]})
    history.began("/polate/bar", {"/polate/bar": [4]}, 10.0)
    history.settle({"/polate/bar": [7]})
    assert history.redo({"/polate/bar": [7]}) == {}


def test_what_is_kept_is_bounded() -> None:
    history = History()
    for number in range(MOST_CHANGES + 50):
        history.began("/polate/bar", {"/polate/bar": [number]}, number * 10.0)
        history.settle({"/polate/bar": [number + 1]})
    assert history.depths[0] == MOST_CHANGES
