"""The process that listens to the MIDI input: what it hands on, and what it keeps while the player is behind."""

import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig import wait_until

from polate import PortError
from polate.midi import input_process, kept_port
from polate.midi.input_process import (
    PORT_IS_GONE,
    PORT_IS_THERE,
    RECORD,
    THE_NEXT_ARE_OF,
    Arrivals,
    Record,
    RecordReader,
)
from polate.midi.kept_port import Heard
from polate.runtime.clock import clock


@dataclass(eq=False)
class FakeInput:
    """A MIDI input that hands over what the test has given it, from a thread of its own. It sees no other input."""

    waiting: deque[list[int]]
    sees: list[str] = field(default_factory=list)
    closed: bool = False
    paused: bool = False

    def open(self) -> "FakeInput":
        return self

    def find(self, wanted: str) -> None:
        if wanted not in self.sees:
            raise PortError(f"there is no {wanted}")

    def hear(self, heard: Heard) -> None:
        self._heard = heard
        threading.Thread(target=self._hand_over, args=[heard], daemon=True).start()

    def pause(self) -> None:
        self.paused = True

    def go_on(self) -> None:
        self.paused = False
        self.hear(self._heard)

    def _hand_over(self, heard: Heard) -> None:
        while self.waiting:
            now = clock()
            heard(self.waiting.popleft(), 0.001, now, now)

    def alive(self) -> bool:
        return True

    def reachable(self) -> bool:
        return True

    def abandon(self) -> None:
        raise AssertionError

    def close(self) -> None:
        self.closed = True


def listening(player: socket.socket, *opens: Callable[[], FakeInput]) -> input_process.InputProcess:
    """A process that listens to virtual inputs."""
    ways = iter(opens)
    return input_process.InputProcess(player, [None] * len(opens), lambda name: next(ways)())


def read_until(sock: socket.socket, is_enough: object, seconds: float = 5.0) -> bytes:
    data, end = b"", time.monotonic() + seconds
    sock.settimeout(0.05)
    while not is_enough(data):  # type: ignore[operator]
        assert time.monotonic() < end, data[-200:]
        try:
            data += sock.recv(65536)
        except TimeoutError:
            continue
    return data


def test_midi_messages_are_handed_on_in_order_and_system_exclusive_and_active_sensing_are_not() -> None:
    player, theirs = socket.socketpair()
    wanted = [[0xB0, 70, 1], [0xC0, 5], [0xF8], [0xF2, 1, 2], [0x90, 60, 100]]
    port = FakeInput(
        deque([wanted[0], [0xF0, 1, 2, 3, 0xF7], [0xF0, 1, 0xF7], [0xFE], [0x00], [0x40, 1, 2], *wanted[1:]])
    )
    began = clock()
    thread = threading.Thread(target=listening(theirs, port.open).loop)
    thread.start()
    came = RecordReader().feed(read_until(player, lambda data: len(data) >= 6 * RECORD))
    assert [message for _, message in came] == [PORT_IS_THERE, *map(bytes, wanted)]
    times = [at_ns for at_ns, _ in came[1:]]
    assert times == sorted(times)
    assert began - 2_000_000 < times[0] <= times[-1] < clock()
    player.close()
    thread.join(5)
    theirs.close()
    assert port.closed


def test_the_messages_of_several_inputs_follow_the_number_of_their_input() -> None:
    player, theirs = socket.socketpair()
    first, second = FakeInput(deque([[0xB0, 70, 1]])), FakeInput(deque([[0x90, 60, 100], [0x80, 60, 0]]))
    process = listening(theirs, first.open, second.open)
    thread = threading.Thread(target=process.loop)
    thread.start()
    messages = bytes([3, 0xB0, 70, 1]), bytes([3, 0x80, 60, 0])
    came = RecordReader().feed(read_until(player, lambda data: all(message in data for message in messages)))
    heard: dict[int, list[bytes]] = {0: [], 1: []}
    number = 0
    for _, message in came:
        if message[0] == THE_NEXT_ARE_OF:
            number = message[1]
        else:
            heard[number].append(message)
    assert heard == {
        0: [PORT_IS_THERE, b"\xb0\x46\x01"],
        1: [PORT_IS_THERE, b"\x90\x3c\x64", b"\x80\x3c\x00"],
    }
    player.close()
    thread.join(5)
    theirs.close()
    assert first.closed
    assert second.closed


def test_without_a_port_the_player_is_told() -> None:
    player, theirs = socket.socketpair()

    def no_port() -> FakeInput:
        raise PortError("none")

    thread = threading.Thread(target=listening(theirs, no_port).loop)
    thread.start()
    [news] = RecordReader().feed(read_until(player, lambda data: len(data) >= RECORD))
    assert news.message == PORT_IS_GONE
    player.close()
    thread.join(5)
    theirs.close()


def test_while_the_player_does_not_read_the_newest_value_of_each_knob_is_kept() -> None:
    player, theirs = socket.socketpair()
    flood = [[0xB0, 70 + number % 8, number // 8 % 128] for number in range(100_000)]
    port = FakeInput(deque([*flood, *([0xB0, 70 + knob, 100 + knob] for knob in range(8))]))
    thread = threading.Thread(target=listening(theirs, port.open).loop)
    thread.start()
    while port.waiting:
        time.sleep(0.05)
    newest: dict[int, int] = {}

    def all_are_newest(data: bytes) -> bool:
        whole = len(data) // RECORD * RECORD
        for _, (*_, knob, value) in RecordReader().feed(data[max(RECORD, whole - RECORD * 16) : whole]):
            newest[knob] = value
        return all(newest.get(70 + knob) == 100 + knob for knob in range(8))

    read_until(player, all_are_newest)
    player.close()
    thread.join(5)
    theirs.close()


def test_while_the_player_does_not_read_no_tick_note_or_parameter_number_is_lost() -> None:
    player, theirs = socket.socketpair()
    flood = [[0xB0, 70, number % 128] for number in range(30_000)]
    kept = [[0xF8], [0x90, 60, 100], [0xB0, 99, 1], [0xB0, 98, 5], [0xB0, 6, 64], [0xF8], [0xB0, 99, 1], [0xB0, 98, 6]]
    coalesced = [[0xE0, 1, 2], [0xE0, 3, 4], [0xD0, 1], [0xD0, 2], [0xA0, 60, 1], [0xA0, 60, 9], [0x80, 60, 0]]
    port = FakeInput(deque([*flood, *kept, *coalesced]))
    thread = threading.Thread(target=listening(theirs, port.open).loop)
    thread.start()
    while port.waiting:
        time.sleep(0.05)
    end = [*kept, [0xE0, 3, 4], [0xD0, 2], [0xA0, 60, 9], [0x80, 60, 0]]
    data = read_until(player, lambda data: len(data) % RECORD == 0 and data.endswith(bytes([3, 0x80, 60, 0])))
    assert [message for _, message in RecordReader().feed(data)][-len(end) :] == list(map(bytes, end))
    player.close()
    thread.join(5)
    theirs.close()


def test_what_waits_for_a_player_that_does_not_read_is_bounded() -> None:
    player, theirs = socket.socketpair()
    front = listening(theirs, FakeInput(deque()).open)
    for number in range(100_000):
        front._keep(Record(number, b"\xf8"))
    assert 1000 < len(front._backlog) < 10_000
    assert front._backlog.take()[-1] == (0, Record(99_999, b"\xf8").pack())
    front._calls.close()
    player.close()
    theirs.close()


def test_a_message_came_as_long_after_the_last_as_the_driver_says_whenever_it_is_handed_over() -> None:
    arrivals, ms = Arrivals(), 1_000_000
    assert arrivals.came(0.0, 1002 * ms, 1002 * ms) == 1000 * ms
    assert arrivals.came(0.020, 1021 * ms, 1021 * ms) == 1020 * ms
    assert arrivals.came(0.0005, 1021 * ms, 1021 * ms) == 1_020_500_000


def test_the_ticks_of_a_pause_came_when_the_driver_says_and_not_at_its_end() -> None:
    arrivals, ms = Arrivals(), 1_000_000
    arrivals.came(0.0, 1002 * ms, 1002 * ms)
    pause, end = 1010 * ms, 1310 * ms
    came = [arrivals.came(0.020, pause, end) for _ in range(15)]
    assert came == [(1020 + 20 * tick) * ms for tick in range(15)]
    assert arrivals.came(0.020, 1321 * ms, 1321 * ms) == 1320 * ms


@given(st.lists(st.tuples(st.floats(-1, 100), st.integers(0, 20_000_000), st.integers(0, 10**9)), max_size=50))
def test_whatever_a_driver_says_a_message_came_after_the_last_and_in_the_2_ms_before_it_could_be_handed_over(
    messages: list[tuple[float, int, int]],
) -> None:
    arrivals, came_ns, now = Arrivals(), 0, 10**12
    for since_seconds, later_ns, waited_ns in messages:
        now += later_ns
        before, came_ns = came_ns, arrivals.came(since_seconds, now - waited_ns, now)
        assert max(before, now - waited_ns - 2_000_000) <= came_ns <= now


def test_a_message_of_any_bytes_while_the_player_is_behind_ends_nothing() -> None:
    player, theirs = socket.socketpair()
    odd = [[status, *data] for status in range(256) for data in ([], [1], [1, 2], [1, 2, 3])]
    port = FakeInput(deque([*([0xF8] for _ in range(30_000)), [], *odd, [0x90, 60, 1]]))
    thread = threading.Thread(target=listening(theirs, port.open).loop)
    thread.start()
    read_until(player, lambda data: data.endswith(bytes([3, 0x90, 60, 1])), 20)
    player.close()
    thread.join(5)
    theirs.close()
    assert port.closed


def test_an_input_that_gives_what_is_no_byte_is_opened_anew() -> None:
    player, theirs = socket.socketpair()

    class Wrong(FakeInput):
        def abandon(self) -> None:
            self.close()

    wrong, right = Wrong(deque([[0x90, 300, 1]])), FakeInput(deque([[0x90, 60, 1]]))
    opens = [wrong.open, right.open]
    thread = threading.Thread(target=input_process.InputProcess(theirs, [None], lambda name: opens.pop(0)()).loop)
    thread.start()
    came = RecordReader().feed(read_until(player, lambda data: len(data) >= 4 * RECORD))
    assert [record.message for record in came] == [PORT_IS_THERE, PORT_IS_GONE, PORT_IS_THERE, b"\x90\x3c\x01"]
    player.close()
    thread.join(5)
    theirs.close()


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The inputs are checked every millisecond."""
    monkeypatch.setattr(kept_port, "CHECK_NS", 1_000_000)


@pytest.mark.usefixtures("often")
def test_an_absent_input_is_looked_for_without_a_pause_of_the_others_and_without_a_client() -> None:
    player, theirs = socket.socketpair()
    looks, pads = list[bool](), FakeInput(deque([[0x90, 61, 1]]))
    opened_in_a_pause = list[bool]()

    class Keys(FakeInput):
        def find(self, wanted: str) -> None:
            looks.append(self.paused)
            super().find(wanted)

    keys = Keys(deque())

    def open_port(name: str | None) -> FakeInput:
        if name == "keys":
            return keys
        opened_in_a_pause.append(keys.paused)
        return pads

    thread = threading.Thread(target=input_process.InputProcess(theirs, ["keys", "pads"], open_port).loop)
    thread.start()
    wait_until(lambda: len(looks) > 3, 5, "the input to be looked for")
    assert opened_in_a_pause == []
    keys.sees.append("pads")
    read_until(player, lambda data: data.endswith(bytes([3, 0x90, 61, 1])))
    player.close()
    thread.join(5)
    theirs.close()
    assert not any(looks)
    assert opened_in_a_pause == [True]


@pytest.mark.usefixtures("often")
def test_while_a_lost_input_is_closed_the_others_are_paused() -> None:
    player, theirs = socket.socketpair()
    keys, closed_in_a_pause = FakeInput(deque()), list[bool]()

    class Gone(FakeInput):
        def alive(self) -> bool:
            return False

        def abandon(self) -> None:
            closed_in_a_pause.append(keys.paused)

    keys.sees.append("pads")

    def open_port(name: str | None) -> FakeInput:
        if name == "keys":
            return keys
        keys.sees.clear()  # it does not come back
        return Gone(deque())

    thread = threading.Thread(target=input_process.InputProcess(theirs, ["keys", "pads"], open_port).loop)
    thread.start()
    wait_until(lambda: len(closed_in_a_pause) > 0 and not keys.paused, 5, "the input to be closed")
    player.close()
    thread.join(5)
    theirs.close()
    assert closed_in_a_pause == [True]


@pytest.mark.usefixtures("often")
def test_that_an_input_is_gone_is_read_after_all_that_came_from_it() -> None:
    """Else a key that is held would be pressed when its end has passed."""
    player, theirs = socket.socketpair()
    gone = threading.Event()

    class Unplugged(FakeInput):
        def alive(self) -> bool:
            return not gone.is_set()

        def abandon(self) -> None:
            pass

    def open_port(name: str | None) -> FakeInput:
        if gone.is_set():
            raise PortError("gone")
        return port

    port = Unplugged(deque([*([0xB0, 6, 1] for _ in range(3000)), [0x90, 60, 100]]))
    process = input_process.InputProcess(theirs, [None], open_port)
    thread = threading.Thread(target=process.loop)
    thread.start()
    wait_until(lambda: not port.waiting, 10, "the messages to be sent")
    gone.set()
    wait_until(lambda: process._inputs[0].is_there is False, 5, "the input to be gone")
    data = read_until(player, lambda data: len(data) >= 3003 * RECORD)
    came = [record.message for record in RecordReader().feed(data)]
    assert came[0] == PORT_IS_THERE
    assert came[-2:] == [b"\x90\x3c\x64", PORT_IS_GONE]
    player.close()
    thread.join(5)
    theirs.close()
