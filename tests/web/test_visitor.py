"""What is sent to a page, and how often."""

import json

from polate.web.visitor import Visitor


def frames(visitor: Visitor, now: float) -> list[dict[str, object]]:
    return [json.loads(frame) for frame in visitor.frames(now)]


def test_of_one_address_only_the_newest_value_is_sent() -> None:
    visitor = Visitor(0.0)
    for value in (0.1, 0.2, 0.3):
        visitor.put_state({"/polate/z/1": [value]})
    assert frames(visitor, 0.0) == [{"t": "state", "set": {"/polate/z/1": [0.3]}}]
    assert visitor.due_seconds(0.0) is None


def test_state_goes_out_fifty_times_a_second_and_notes_at_once() -> None:
    visitor = Visitor(0.0)
    visitor.put_state({"/polate/bar": [4]})
    visitor.frames(1.0)
    visitor.put_state({"/polate/bar": [5]})
    visitor.put_note([1, 0, 0, 60, 100, 1.0, 1.1])
    assert visitor.due_seconds(1.005) == 0.0
    assert [frame["t"] for frame in frames(visitor, 1.005)] == ["notes"]
    assert round(visitor.due_seconds(1.005) or 0, 3) == 0.015
    assert [frame["t"] for frame in frames(visitor, 1.02)] == ["state"]


def test_a_page_that_does_not_read_costs_a_bounded_amount() -> None:
    visitor = Visitor(0.0)
    for number in range(10_000):
        visitor.put_note([1, 0, 0, number % 128, 100, float(number), float(number)])
        visitor.put_answer({"t": "pong", "id": number, "ms": 0.0})
        visitor.put_picture({"t": "map", "number": number})
    sent = frames(visitor, 0.0)
    assert len(sent) < 100
    assert sent[-1] == {"t": "map", "number": 9999}
    assert sent[0] == {"t": "silence"}  # the end of a note may be among those that were dropped
    assert len(sent[1]["e"]) == 256  # type: ignore[arg-type]
    visitor.put_note([1, 0, 0, 60, 100, 1.0, 1.1])
    assert [frame["t"] for frame in frames(visitor, 1.0)] == ["notes"]
