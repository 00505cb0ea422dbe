"""What the pages share, without sockets: undo in the order that brings everything back."""

from typing import Any

from polate.web.hub import Hub
from polate.web.page_messages import SetAddress, Undo


def hub(sent: list[Any]) -> Hub:
    return Hub({"polate": "0"}, (), (), sent.append, lambda text, tonic: {})


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
