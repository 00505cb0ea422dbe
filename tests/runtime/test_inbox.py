"""A queue that threads fill and that a `select` waits for."""

import contextlib
import select
import threading
from collections.abc import Iterator

import pytest

from polate.runtime.inbox import Inbox


@pytest.fixture
def inbox() -> Iterator[Inbox[int]]:
    with contextlib.closing(Inbox[int](4)) as inbox:
        yield inbox


def is_ready(inbox: Inbox[int]) -> bool:
    return bool(select.select([inbox], [], [], 0)[0])


def test_it_is_readable_while_an_item_waits(inbox: Inbox[int]) -> None:
    assert not is_ready(inbox)
    inbox.put(1)
    inbox.put(2)
    assert is_ready(inbox)
    assert list(inbox.take()) == [1, 2]
    assert not is_ready(inbox)
    inbox.put(3)
    assert is_ready(inbox)


def test_more_than_may_wait_are_dropped(inbox: Inbox[int]) -> None:
    for item in range(9):
        inbox.put(item)
    assert list(inbox.take()) == [0, 1, 2, 3]


def test_an_item_that_is_put_while_others_are_taken_is_taken_too_and_wakes_once_in_vain(inbox: Inbox[int]) -> None:
    inbox.put(1)
    taken = []
    for item in inbox.take():
        taken.append(item)
        if item == 1:
            inbox.put(2)
    assert taken == [1, 2]
    assert is_ready(inbox)
    assert list(inbox.take()) == []
    assert not is_ready(inbox)


def test_nothing_is_lost_between_threads() -> None:
    with contextlib.closing(Inbox[int](10**6)) as inbox:
        threads = [threading.Thread(target=lambda: [inbox.put(item) for item in range(20_000)]) for _ in range(2)]
        for thread in threads:
            thread.start()
        taken: list[int] = []
        while len(taken) < 40_000:
            assert select.select([inbox], [], [], 5)[0]
            taken += inbox.take()
        for thread in threads:
            thread.join()
        assert sorted(taken) == sorted([*range(20_000), *range(20_000)])
