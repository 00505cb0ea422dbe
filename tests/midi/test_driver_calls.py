"""The calls of a MIDI driver: every message is handed over once and in its order, whenever it comes."""

import gc
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator

import pytest

from polate.midi.driver_calls import DriverCalls
from polate.runtime.clock import clock

Message = list[int]


class Record:
    """What rtmidi keeps of a function, until another one is set."""


class FakeClient:
    """A client as python-rtmidi's: it calls a function, or queues, and its queue is closed while it calls."""

    def __init__(self) -> None:
        self.queue: deque[Message] = deque()
        self.call: Callable[[tuple[Message, float]], None] | None = None
        self.before_it_calls: Callable[[], None] = lambda: None

    def set_callback(self, call: Callable[[tuple[Message, float]], None]) -> None:
        assert self.call is None
        self.before_it_calls()
        self.call = call
        self.record = Record()  # that the driver reads when it calls

    def cancel_callback(self) -> None:
        self.call = None

    def get_message(self) -> tuple[Message, float] | None:
        assert self.call is None, "a user callback is currently set for this port"
        return (self.queue.popleft(), 0.0) if self.queue else None

    def receive(self, *message: int) -> None:
        """In the driver's thread."""
        if call := self.call:
            call((list(message), 0.0))
        else:
            self.queue.append(list(message))


ON, OFF = (0x90, 60, 100), (0x80, 60, 0)


def heard_by(calls: DriverCalls) -> list[tuple[int, ...]]:
    heard: list[tuple[int, ...]] = []
    calls.hear(lambda message, *_: heard.append(tuple(message)))
    return heard


def pause_with_a_message_at_its_end(client: FakeClient, calls: DriverCalls) -> None:
    """It comes when the queue has been read, just before the driver calls again."""
    calls.pause()
    comes = [ON]
    client.before_it_calls = lambda: client.receive(*comes.pop()) if comes else None
    calls.go_on()


def test_what_comes_before_anybody_hears_and_in_a_pause_is_handed_over_first() -> None:
    client = FakeClient()
    calls = DriverCalls(client)
    client.receive(1)
    heard = heard_by(calls)
    client.receive(2)
    calls.pause()
    client.receive(3)
    assert heard == [(1,), (2,)]
    calls.go_on()
    client.receive(4)
    assert heard == [(1,), (2,), (3,), (4,)]


def test_a_message_at_the_very_end_of_a_pause_comes_before_the_next_one() -> None:
    client = FakeClient()
    calls = DriverCalls(client)
    heard = heard_by(calls)
    pause_with_a_message_at_its_end(client, calls)
    client.receive(*OFF)
    assert heard == [ON, OFF]
    calls.look_again()
    assert heard == [ON, OFF]


def test_a_message_at_the_very_end_of_a_pause_waits_for_the_next_look_if_no_other_comes() -> None:
    client = FakeClient()
    calls = DriverCalls(client)
    heard = heard_by(calls)
    pause_with_a_message_at_its_end(client, calls)
    calls.look_again()
    assert heard == [ON]
    client.receive(*OFF)
    assert heard == [ON, OFF]


def test_what_the_driver_brings_while_older_messages_are_handed_over_comes_after_them() -> None:
    client = FakeClient()
    calls = DriverCalls(client)
    heard: list[int] = []

    def hear(message: Message, *_: object) -> None:
        if message[0] in (1, 4):  # a call in another thread
            thread = threading.Thread(target=client.receive, args=[message[0] + 2])
            thread.start()
            thread.join(5)
        heard.append(message[0])

    client.receive(1)
    client.receive(2)
    calls.hear(hear)
    assert heard == [1, 2, 3]
    calls.pause()
    client.receive(4)
    client.receive(5)
    calls.go_on()
    assert heard == [1, 2, 3, 4, 5, 6]


def test_what_raises_is_lost_and_what_comes_after_it_is_not() -> None:
    client = FakeClient()
    calls = DriverCalls(client)
    heard = []

    def hear(message: Message, *_: object) -> None:
        heard.append(10 // message[0])

    for number in (1, 0, 2):
        client.receive(number)
    calls.hear(hear)
    client.receive(0)
    client.receive(5)
    assert heard == [10, 5, 2]


def test_a_message_of_a_pause_may_have_waited_since_its_beginning_and_another_one_has_not_waited() -> None:
    client = FakeClient()
    calls = DriverCalls(client)
    waits = list[tuple[int, int]]()
    calls.hear(lambda message, since_seconds, *times: waits.append(times))
    client.receive(1)
    before = clock()
    calls.pause()
    began = clock()
    client.receive(2)
    calls.pause()  # it is paused already
    ends = clock()
    pause_with_a_message_at_its_end(client, calls)
    over = clock()
    calls.pause()
    client.receive(3)
    calls.go_on()
    (called, at_once), (paused, handed_over), (left, found), (again, _) = waits
    assert called == at_once
    assert before <= paused <= began <= ends <= handed_over <= left <= over <= found
    assert left == again


def test_the_record_of_a_function_lives_longer_than_a_call_that_has_begun_could_wait() -> None:
    client = FakeClient()
    calls = DriverCalls(client)
    record = weakref.ref(client.record)
    for _ in range(500):
        calls.pause()
        calls.go_on()
        gc.collect(0)
    assert record() is not None
    for _ in range(600):
        calls.pause()
        calls.go_on()
    assert record() is None


@pytest.fixture
def busy() -> Iterator[None]:
    """Threads alternate often."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("busy")
def test_in_many_pauses_of_a_flood_no_message_is_lost_doubled_or_out_of_order() -> None:
    client = FakeClient()
    calls = DriverCalls(client)
    count, heard, over = 20_000, list[int](), threading.Event()

    def flood() -> None:
        for number in range(count):
            client.receive(number)
        over.set()

    driver = threading.Thread(target=flood)
    driver.start()
    calls.hear(lambda message, *_: heard.append(message[0]))
    while not over.is_set():
        calls.pause()
        calls.go_on()
    driver.join()
    calls.look_again()
    assert heard == list(range(count))
