"""What the pages share, without sockets: undo in the order that brings everything back."""

from typing import Any

from polate.model.contract import Axis
from polate.web.hub import Hub
from polate.web.page_messages import Redo, SetAddress, Undo


def hub(sent: list[Any], *axes: Axis) -> Hub:
    return Hub({"polate": "0"}, axes, (), sent.append, lambda text, tonic: {})


def test_an_undone_move_of_the_pad_brings_back_the_point_that_was_not_on_the_pad() -> None:
    sent: list[Any] = []
    shared = hub(sent)
    visitor = shared.join(0.0)
    shared.tell_state({"/polate/z/1": [0.9], "/polate/z/2": [0.1], "/polate/xy": [0.0, 0.0]})
    shared.take(visitor, SetAddress("/polate/xy", [1.0, 0.5]), 1.0, 0.0)
    shared.tell_state({"/polate/z/1": [0.4], "/polate/z/2": [0.3], "/polate/xy": [1.0, 0.5]})
    sent.clear()
    shared.take(visitor, Undo(), 2.0, 0.0)
    assert sent == [[("/polate/xy", [0.0, 0.0]), ("/polate/z/1", [0.9]), ("/polate/z/2", [0.1])]]


def test_a_pin_is_undone_and_done_again_after_the_axes_have_moved() -> None:
    sent: list[Any] = []
    shared = hub(sent)
    visitor = shared.join(0.0)
    shared.tell_state({"/polate/pinned": [""], "/polate/z/1": [0.9]})
    shared.take(visitor, SetAddress("/polate/go", ["20 0 5 -3"]), 1.0, 0.0)
    shared.tell_state({"/polate/pinned": ["20 0 5 -3"], "/polate/z/1": [0.4]})
    sent.clear()
    shared.take(visitor, Undo(), 3.0, 0.0)
    assert sent == [[("/polate/z/1", [0.9]), ("/polate/pinned", [""])]]
    shared.take(visitor, Redo(), 4.0, 0.0)
    assert sent[1:] == [[("/polate/z/1", [0.4]), ("/polate/pinned", ["20 0 5 -3"])]]


def test_a_point_beyond_the_ends_of_the_knobs_is_brought_back_by_its_coordinates() -> None:
    sent: list[Any] = []
    shared = hub(sent, Axis("one", "low", "high", (-1.0, 1.0)))
    visitor = shared.join(0.0)
    shared.tell_state({"/polate/pinned": [""], "/polate/z/1": [1.0], "/polate/point": [1.5]})
    shared.take(visitor, SetAddress("/polate/z/1", [0.5]), 1.0, 0.0)
    shared.tell_state({"/polate/z/1": [0.5], "/polate/point": [0.0]})
    sent.clear()
    shared.take(visitor, Undo(), 3.0, 0.0)
    shared.take(visitor, Redo(), 4.0, 0.0)
    back = [("/polate/z/1", [1.0]), ("/polate/point", [1.5]), ("/polate/pinned", [""])]
    assert sent == [back, [("/polate/z/1", [0.5])]]


def test_each_place_that_is_gone_to_is_undone_by_itself() -> None:
    sent: list[Any] = []
    shared = hub(sent)
    visitor = shared.join(0.0)
    shared.tell_state({"/polate/z/1": [0.1]})
    for at, position in ((1.0, 0.2), (1.2, 0.3)):
        shared.take(visitor, SetAddress("/polate/go", ["random"]), at, 0.0)
        shared.tell_state({"/polate/z/1": [position]})
    sent.clear()
    shared.take(visitor, Undo(), 1.4, 0.0)
    shared.take(visitor, Undo(), 1.5, 0.0)
    assert sent == [[("/polate/z/1", [0.2])], [("/polate/z/1", [0.1])]]


def test_a_pad_that_goes_back_to_a_pinned_corner_does_not_pin_a_point_that_was_not_pinned() -> None:
    sent: list[Any] = []
    shared = hub(sent)
    visitor = shared.join(0.0)
    shared.tell_state({"/polate/pinned": [""], "/polate/z/1": [0.9], "/polate/xy": [0.0, 0.0]})
    shared.take(visitor, SetAddress("/polate/xy", [0.5, 0.0]), 1.0, 0.0)
    shared.tell_state({"/polate/z/1": [0.4], "/polate/xy": [0.5, 0.0]})
    sent.clear()
    shared.take(visitor, Undo(), 3.0, 0.0)
    assert sent == [[("/polate/xy", [0.0, 0.0]), ("/polate/z/1", [0.9]), ("/polate/pinned", [""])]]


def test_the_transport_is_not_undone() -> None:
    sent: list[Any] = []
    shared = hub(sent)
    visitor = shared.join(0.0)
    shared.tell_state({"/polate/play": [0], "/polate/tempo": [120.0]})
    shared.take(visitor, SetAddress("/polate/play", [1]), 1.0, 0.0)
    shared.tell_state({"/polate/play": [1], "/polate/tempo": [120.0]})
    sent.clear()
    shared.take(visitor, Undo(), 2.0, 0.0)
    assert sent == []
