"""The two listening processes, on real sockets: what they hand on, and what they keep while the player is behind."""

import socket
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st
from osc_messages import STATE, bundle, message, timetag
from rig import free_udp_port, hear, next_line, wait_until

from polate import ControlError, PortError
from polate.midi import input_process
from polate.midi.input_process import PORT_IS_GONE, PORT_IS_THERE, RECORD, Arrivals, Record, Records
from polate.osc.arguments import Argument
from polate.osc.messages import Listening, Messages, Refused, StateChanged, ToPlayer
from polate.osc.packets import MAX_SENT_BYTES, messages
from polate.osc.process import OscProcess
from polate.osc.publisher import ANSWER_BYTES_PER_SECOND
from polate.osc.state import state_of
from polate.osc.subscribers import LEASE_SECONDS, MAX_SUBSCRIBERS, Allowance, Subscribers
from polate.runtime.child_process import Child
from polate.runtime.clock import clock
from polate.runtime.line_stream import LineReader, encode_line

ROOT = Path(__file__).parents[2]


@dataclass
class FakeInput:
    """A MIDI input that is filled by the test."""

    waiting: deque[list[int]]
    closed: bool = False

    def messages(self) -> Iterator[tuple[list[int], float]]:
        while self.waiting:
            yield self.waiting.popleft(), 0.001

    def alive(self) -> bool:
        return True

    def abandon(self) -> None:
        raise AssertionError

    def close(self) -> None:
        self.closed = True


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
    thread = threading.Thread(target=input_process.Front(theirs, lambda: port).loop)
    thread.start()
    came = Records().feed(read_until(player, lambda data: len(data) >= 6 * RECORD))
    assert [message for _, message in came] == [PORT_IS_THERE, *map(bytes, wanted)]
    assert [at_ns for at_ns, _ in came] == sorted(at_ns for at_ns, _ in came)
    assert began < came[0].at_ns <= came[-1].at_ns < clock()
    player.close()
    thread.join(5)
    theirs.close()
    assert port.closed


def test_without_a_port_the_player_is_told() -> None:
    player, theirs = socket.socketpair()

    def no_port() -> FakeInput:
        raise PortError("none")

    thread = threading.Thread(target=input_process.Front(theirs, no_port).loop)
    thread.start()
    [news] = Records().feed(read_until(player, lambda data: len(data) >= RECORD))
    assert news.message == PORT_IS_GONE
    player.close()
    thread.join(5)
    theirs.close()


def test_while_the_player_does_not_read_the_newest_value_of_each_knob_is_kept() -> None:
    player, theirs = socket.socketpair()
    flood = [[0xB0, 70 + number % 8, number // 8 % 128] for number in range(100_000)]
    port = FakeInput(deque([*flood, *([0xB0, 70 + knob, 100 + knob] for knob in range(8))]))
    thread = threading.Thread(target=input_process.Front(theirs, lambda: port).loop)
    thread.start()
    while port.waiting:
        time.sleep(0.05)
    newest: dict[int, int] = {}

    def all_are_newest(data: bytes) -> bool:
        whole = len(data) // RECORD * RECORD
        for _, (*_, knob, value) in Records().feed(data[max(RECORD, whole - RECORD * 16) : whole]):
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
    thread = threading.Thread(target=input_process.Front(theirs, lambda: port).loop)
    thread.start()
    while port.waiting:
        time.sleep(0.05)
    end = [*kept, [0xE0, 3, 4], [0xD0, 2], [0xA0, 60, 9], [0x80, 60, 0]]
    data = read_until(player, lambda data: len(data) % RECORD == 0 and data.endswith(bytes([3, 0x80, 60, 0])))
    assert [message for _, message in Records().feed(data)][-len(end) :] == list(map(bytes, end))
    player.close()
    thread.join(5)
    theirs.close()


def test_what_waits_for_a_player_that_does_not_read_is_bounded() -> None:
    player, theirs = socket.socketpair()
    front = input_process.Front(theirs, lambda: FakeInput(deque()))
    for number in range(100_000):
        front._keep(Record(number, b"\xf8"))
    assert 1000 < len(front._waiting) < 10_000
    assert list(front._waiting.values())[-1] == Record(99_999, b"\xf8").pack()
    player.close()
    theirs.close()


def test_a_message_came_as_long_after_the_last_as_the_driver_says_whenever_it_is_found() -> None:
    arrivals, ms = Arrivals(), 1_000_000
    arrivals.polled(1000 * ms)
    assert arrivals.came(0.0, 1001 * ms) == 1000 * ms
    arrivals.polled(1001 * ms)
    arrivals.polled(1019 * ms)
    assert arrivals.came(0.020, 1021 * ms) == 1020 * ms
    assert arrivals.came(0.0005, 1021 * ms) == 1_020_500_000


@given(st.lists(st.tuples(st.floats(-1, 100), st.integers(0, 20_000_000)), max_size=50))
def test_whatever_a_driver_says_a_message_came_between_the_last_poll_and_now(
    messages: list[tuple[float, int]],
) -> None:
    arrivals, before = Arrivals(), 10**12
    arrivals.polled(before)
    for since_seconds, poll_ns in messages:
        now = before + poll_ns
        assert before <= arrivals.came(since_seconds, now) <= now
        arrivals.polled(now)
        before = now


# -- OSC, the front alone -------------------------------------------------------------------------


@dataclass
class Network:
    """A UDP socket that is filled and read by the test."""

    arrived: deque[tuple[bytes, tuple[str, int]]] = field(default_factory=deque)
    sent: list[tuple[bytes, tuple[str, int]]] = field(default_factory=list)
    is_full: bool = False

    def recvfrom(self, size: int) -> tuple[bytes, tuple[str, int]]:
        if not self.arrived:
            raise BlockingIOError
        return self.arrived.popleft()

    def sendto(self, data: bytes, peer: tuple[str, int]) -> int:
        if self.is_full:
            raise BlockingIOError(11, "no room")
        self.sent.append((data, peer))
        return len(data)

    def getsockname(self) -> tuple[str, int]:
        return "127.0.0.1", 9010


class Desk:
    """A front on such a network, and the player's end of its socket."""

    def __init__(self, **options: Any) -> None:
        self.player, self._theirs = socket.socketpair()
        self._cut: LineReader[ToPlayer] = LineReader(ToPlayer)
        self._theirs.setblocking(False)
        self.player.setblocking(False)
        self.network = Network()
        self.front = OscProcess(self.network, self._theirs, **options)  # type: ignore[arg-type]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.player.close()
        self._theirs.close()

    def receive(self, *datagrams: bytes, sender: tuple[str, int] = ("127.0.0.1", 5000)) -> None:
        for datagram in datagrams:
            self.network.arrived.append((datagram, sender))
            self.front._receive()

    def tell(self, state: dict[str, list[Argument]]) -> None:
        self.player.send(encode_line(StateChanged(state)))
        self.front._listen_to_player()

    def said(self) -> list[Any]:
        """What has come to the player."""
        self.front.outbox.report()
        return self.heard()

    def heard(self) -> list[Any]:
        """The same, without asking for it."""
        return list(hear(self.player, self._cut, 0))

    def sent(self) -> list[tuple[int, str, list[Argument]]]:
        """(port, address, arguments) of what was sent."""
        datagrams, self.network.sent = self.network.sent, []
        assert all(len(data) <= MAX_SENT_BYTES for data, _ in datagrams)
        return [(port, heard.address, heard.arguments) for data, (_, port) in datagrams for heard in messages(data)]


def test_one_message_of_a_bundle_that_cannot_be_does_not_cost_the_others() -> None:
    with Desk() as desk:
        desk.receive(
            bundle(message("/video/fade", 0.1), message("/polate/z/1", 0.5), message("/polate/z/2", "loud")),
        )
        wanted, refused = desk.said()
    assert wanted == Messages([("/polate/z/1", [0.5])])
    assert refused == Refused("/polate/z/2 takes one number 0..1, got 'loud'", 2)


def test_osc_keeps_the_newest_in_their_order_and_never_loses_a_panic_or_a_key() -> None:
    with Desk() as desk:
        while not desk.front.outbox.is_behind:  # until the player is behind
            desk.receive(message("/polate/tempo", 100))
        desk.receive(
            message("/polate/z/1", 0.25),
            message("/polate/landmark", "home"),
            message("/polate/key", 60, 100),
            message("/polate/key", 64, 100),
            message("/polate/panic", 1),
            message("/polate/panic", 0),
            message("/polate/key", 60, 0),
            message("/polate/z/1", 0.5),
            bundle(message("/polate/z/2", 0.5), timetag=timetag(time.time() + 10)),
        )
        lines: list[object] = []
        while not lines or "/polate/z/1" not in str(lines[-1]):
            desk.front.outbox.flush()
            lines += desk.heard()
        (report,) = desk.said()
    assert lines[-1] == Messages(
        [
            ("/polate/landmark", ["home"]),
            ("/polate/key", [64, 100]),
            ("/polate/panic", [1]),
            ("/polate/key", [60, 0]),
            ("/polate/z/1", [0.5]),
        ]
    )
    assert report == Refused("the player is behind: a message for later was dropped", 3)


def test_what_is_for_one_instant_is_one_line_and_what_is_to_wait_says_until_when() -> None:
    z, play = message("/polate/z/1", 0.5), message("/polate/play", 1)
    with Desk() as desk:
        before = clock()
        soon = timetag(time.time() + 2)
        desk.receive(bundle(z, bundle(play, timetag=soon), play, bundle(z, z, timetag=soon)))
        now, later = desk.said()
        after = clock()
    assert now == Messages([("/polate/z/1", [0.5]), ("/polate/play", [1])])
    assert later.messages == [("/polate/play", [1]), ("/polate/z/1", [0.5]), ("/polate/z/1", [0.5])]
    assert before + 1.9e9 < later.at_ns < after + 2.1e9


@pytest.mark.parametrize("tag", [0, 1, 3 << 32, timetag(1_000_000_000)])
def test_a_time_tag_of_the_past_is_now(tag: int) -> None:
    with Desk() as desk:
        desk.receive(bundle(message("/polate/play", 1), timetag=tag))
        assert desk.said() == [Messages([("/polate/play", [1])])]


def test_time_tags_can_be_ignored() -> None:
    skewed = bundle(message("/polate/play", 1), timetag=timetag(time.time() + 3600))
    with Desk() as desk:
        desk.receive(skewed)
        (report,) = desk.said()
        assert "an OSC time tag must be at most 60 s ahead, got 3600 s" in report.why
    with Desk(honour_timetags=False) as desk:
        desk.receive(skewed)
        assert desk.said() == [Messages([("/polate/play", [1])])]


def test_everything_is_told_to_who_asks_and_to_nobody_else() -> None:
    with Desk() as desk:
        desk.tell(state_of(STATE))
        assert desk.sent() == []
        desk.receive(message("/polate/get"))
        sent = desk.sent()
        assert [(address, arguments) for _, address, arguments in sent if address == "/polate/z/1"] == [
            ("/polate/z/1", [0.25])
        ]
        assert {address for _, address, _ in sent} == set(state_of(STATE))
        assert {port for port, _, _ in sent} == {5000}
        assert desk.said() == []


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        (message("/polate/get", "/polate/z/1"), [(5000, "/polate/z/1", [0.25])]),
        (message("/polate/get", "/polate/z/1", 6000), [(6000, "/polate/z/1", [0.25])]),
        (message("/polate/get", 0, "/polate/z/1"), [(5000, "/polate/z/1", [0.25])]),
        (
            message("/polate/get", "/polate/tempo", "/polate/pattern"),
            [(5000, "/polate/tempo", [120.0]), (5000, "/polate/pattern", ["tritone 0 1 2"])],
        ),
        (message("/polate/z/1"), [(5000, "/polate/z/1", [0.25])]),
        (message("/polate/order"), [(5000, "/polate/order", ["thesaurus"])]),
        (message("/polate/notes"), [(5000, "/polate/notes", [60, 61, 62, 66, 67, 68, 72])]),
    ],
)
def test_every_address_answers_when_it_is_asked(question: bytes, answers: list[object]) -> None:
    with Desk() as desk:
        desk.tell(state_of(STATE))
        desk.receive(question)
        assert desk.sent() == answers
        assert desk.said() == []


@pytest.mark.parametrize(
    ("question", "complaint"),
    [
        (message("/polate/get", "/polate/zz"), "no OSC address '/polate/zz'; similar: "),
        (message("/polate/get", "/polate/panic"), "/polate/panic has no value"),
        (message("/polate/z/9"), "/polate/z/9 has no value"),
        (message("/polate/get", 70000), "/polate/get takes one port 0..65535, or none, got 70000"),
        (message("/polate/subscribe", "me"), "/polate/subscribe takes one port 0..65535, or none, got 'me'"),
        (message("/polate/subscribe", 1, 2), "/polate/subscribe takes one port 0..65535, or none, got 1 2"),
        (
            message("/polate/subscribe", 9010),
            "/polate/subscribe takes the port where you listen, got Polate's own, 9010",
        ),
    ],
)
def test_a_question_that_cannot_be_is_refused(question: bytes, complaint: str) -> None:
    with Desk() as desk:
        desk.tell(state_of(STATE))
        desk.receive(question)
        (report,) = desk.said()
        assert report.why.startswith(complaint)
        assert desk.sent() == []


def test_subscribers_hear_what_changes_on_the_address_that_sets_it_until_they_go() -> None:
    with Desk() as desk:
        desk.tell(state_of(STATE))
        desk.receive(message("/polate/subscribe"))
        desk.receive(message("/polate/subscribe", 7000))
        everything = desk.sent()
        assert {port for port, _, _ in everything} == {5000, 7000}
        assert len(everything) == 2 * len(state_of(STATE))
        desk.tell({"/polate/z/1": [0.75]})
        assert desk.sent() == [(5000, "/polate/z/1", [0.75]), (7000, "/polate/z/1", [0.75])]
        desk.receive(message("/polate/unsubscribe", 7000))
        desk.tell({"/polate/z/1": [0.5], "/polate/note": [61]})
        assert desk.sent() == [(5000, "/polate/z/1", [0.5]), (5000, "/polate/note", [61])]
        desk.receive(message("/polate/unsubscribe"))
        desk.tell({"/polate/z/1": [0.25]})
        assert desk.sent() == []
        assert desk.said() == []


def test_an_alias_sets_and_is_told_like_its_address() -> None:
    with Desk(aliases={"/1/fader1": "/polate/z/1", "/1/label": "/polate/pattern"}) as desk:
        desk.receive(message("/1/fader1", 0.5))
        assert desk.said() == [Messages([("/polate/z/1", [0.5])])]
        desk.receive(message("/polate/subscribe"))
        desk.tell({"/polate/z/1": [0.5], "/polate/pattern": ["ditone 0"]})
        assert [(address, arguments) for _, address, arguments in desk.sent()] == [
            ("/polate/z/1", [0.5]),
            ("/1/fader1", [0.5]),
            ("/polate/pattern", ["ditone 0"]),
            ("/1/label", ["ditone 0"]),
        ]
        desk.receive(message("/1/fader1"))
        assert desk.sent() == [(5000, "/polate/z/1", [0.5]), (5000, "/1/fader1", [0.5])]


def test_a_change_with_nothing_in_it_is_not_sent_for_it_would_be_a_question() -> None:
    with Desk() as desk:
        desk.receive(message("/polate/subscribe"))
        desk.tell({"/polate/notes": [], "/polate/note": [60]})
        assert desk.sent() == [(5000, "/polate/note", [60])]


def test_words_of_the_player_that_come_in_pieces_are_put_together() -> None:
    with Desk() as desk:
        desk.receive(message("/polate/subscribe"))
        stream = b"".join(encode_line(StateChanged({"/polate/note": [note]})) for note in (60, 61, 62))
        for piece in (stream[:33], stream[33:-40]):
            desk.player.send(piece)
            assert desk.front._listen_to_player()
        assert desk.sent() == [(5000, "/polate/note", [61])]  # the newer of what came at once


def test_what_the_network_does_not_take_is_dropped_and_counted() -> None:
    with Desk() as desk:
        desk.receive(message("/polate/subscribe"))
        desk.network.is_full = True
        desk.tell({"/polate/note": [60]})
        desk.network.is_full = False
        assert desk.said() == [Refused("cannot send OSC to 127.0.0.1:5000: no room", 1)]
        desk.tell({"/polate/note": [61]})
        assert desk.sent() == [(5000, "/polate/note", [61])]


def test_questions_are_answered_up_to_so_many_bytes() -> None:
    with Desk() as desk:
        desk.tell(state_of(STATE))
        desk.receive(*[bundle(*[message("/polate/get")] * 64)] * 5)  # 320 questions
        answered = sum(len(data) for data, _ in desk.network.sent)
        assert ANSWER_BYTES_PER_SECOND <= answered < 2 * ANSWER_BYTES_PER_SECOND
        (report,) = desk.said()
        assert report.why == f"answers to OSC questions are limited to {ANSWER_BYTES_PER_SECOND} bytes a second"


def test_an_allowance_is_so_much_a_second_and_no_more_at_once() -> None:
    allowance = Allowance(1000)
    assert allowance.is_left(0.0)
    allowance.spend(1500)
    assert not allowance.is_left(0.25)
    assert allowance.is_left(0.75)
    allowance.spend(250)
    assert not allowance.is_left(0.75)
    assert allowance.is_left(1000.0)
    allowance.spend(1000)
    assert not allowance.is_left(1000.0)


def test_a_lease_ends_unless_it_is_renewed() -> None:
    subscribers = Subscribers()
    subscribers.add(("a", 1), 0.0)
    subscribers.add(("b", 1), 0.0)
    subscribers.add(("a", 1), LEASE_SECONDS - 1)
    assert subscribers.at(LEASE_SECONDS - 0.5) == [("a", 1), ("b", 1)]
    assert subscribers.at(LEASE_SECONDS) == [("a", 1)]
    assert subscribers.at(2 * LEASE_SECONDS) == []


def test_there_are_only_so_many_subscribers_and_a_place_becomes_free_with_a_lease() -> None:
    subscribers = Subscribers()
    for port in range(MAX_SUBSCRIBERS):
        subscribers.add(("a", port), float(port))
    with pytest.raises(ControlError, match="at most 32 OSC subscribers: no more for a:99"):
        subscribers.add(("a", 99), LEASE_SECONDS - 1)
    subscribers.add(("a", 5), LEASE_SECONDS - 1)  # renewed
    subscribers.add(("a", 99), LEASE_SECONDS)  # the first one's is over
    assert len(subscribers.at(LEASE_SECONDS)) == MAX_SUBSCRIBERS


# -- OSC, the process, with real programs ---------------------------------------------------------


class ChildOscProcess:
    """The listening process on a free port; the test is its player."""

    def __init__(self, **settings: Any) -> None:
        self.child = Child.start("polate.osc.process", {"host": "127.0.0.1", "port": 0, "restarted": False, **settings})
        self._cut: LineReader[ToPlayer] = LineReader(ToPlayer)
        self.said: list[Any] = []
        wait_until(lambda: self.hears(lambda said: isinstance(said, Listening)), 10, "the front to listen")
        self.port: int = self.said.pop(0).port

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.close()

    def tell(self, state: dict[str, list[Argument]]) -> None:
        self.child.socket.sendall(encode_line(StateChanged(state)))

    def hears(self, what: Callable[[Any], bool]) -> bool:
        """Has something of this kind come to the player?"""
        self.said += hear(self.child, self._cut, 0)
        return any(what(said) for said in self.said)


def test_the_process_answers_a_client_and_ends_with_its_player() -> None:
    settings = {"aliases": {"/1/fader1": "/polate/z/1"}, "honour_timetags": False}
    with ChildOscProcess(**settings) as osc, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        osc.tell({"/polate/z/1": [0.25]})
        client.sendto(message("/polate/subscribe"), ("127.0.0.1", osc.port))
        assert client.recv(2000) == bundle(message("/polate/z/1", 0.25), message("/1/fader1", 0.25))
        client.sendto(bundle(message("/1/fader1", 0.5), timetag=2**63), ("127.0.0.1", osc.port))
        wait_until(lambda: osc.hears(lambda said: said == Messages([("/polate/z/1", [0.5])])), 5, "the value")
        osc.tell({"/polate/z/1": [0.5]})
        assert client.recv(2000) == bundle(message("/polate/z/1", 0.5), message("/1/fader1", 0.5))
    assert osc.child.process.returncode == 0


@pytest.mark.liblo
def test_oscdump_hears_the_state_that_oscsend_subscribes_it_to() -> None:
    listening = free_udp_port()
    dump = subprocess.Popen(["oscdump", "-L", str(listening)], stdout=subprocess.PIPE, text=True)
    try:
        with ChildOscProcess() as osc:
            osc.tell({"/polate/z/1": [0.25], "/polate/note": [60], "/polate/pattern": ["tritone 0 1 2"]})

            def send(*words: str) -> None:
                subprocess.run(["oscsend", "127.0.0.1", str(osc.port), *words], check=True, timeout=10)

            _wait_for_listener(listening)
            send("/polate/subscribe", "i", str(listening))
            heard = [next_line(dump).split(" ", 1)[-1] for _ in range(3)]
            osc.tell({"/polate/note": [61]})
            heard.append(next_line(dump).split(" ", 1)[-1])
        assert heard == [
            "/polate/z/1 f 0.250000\n",
            "/polate/note i 60\n",
            '/polate/pattern s "tritone 0 1 2"\n',
            "/polate/note i 61\n",
        ]
    finally:
        dump.terminate()
        dump.communicate(timeout=10)


@pytest.mark.puredata
def test_the_example_patch_of_pure_data_shows_what_is_told_and_sets_it(tmp_path: Path) -> None:
    remote, listening = free_udp_port(), free_udp_port()
    (tmp_path / "remote.pd").write_text(_pd_remote(remote, listening))
    with ChildOscProcess() as osc, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as hand:
        hand.bind(("127.0.0.1", listening))
        hand.settimeout(20)
        patch = tmp_path / "polate.pd"
        patch.write_text((ROOT / "examples/polate.pd").read_text().replace("127.0.0.1 9010", f"127.0.0.1 {osc.port}"))

        def does(line: str) -> None:
            hand.sendto(f"{line};\n".encode(), ("127.0.0.1", remote))

        def comes(address: str, value: float) -> None:
            wait_until(lambda: osc.hears(lambda said: said == Messages([(address, [value])])), 10, f"{address} {value}")

        osc.tell({**state_of(STATE), "/polate/z/8": [0.75]})
        command = ["pd", "-nogui", "-noaudio", "-nomidi", "-stderr", "-open", str(tmp_path / "remote.pd")]
        with subprocess.Popen([*command, "-open", str(patch)], stderr=subprocess.PIPE, text=True) as pd:
            try:
                assert messages(hand.recv(2000))[0].arguments == ["tritone 0 1 2"]  # by its subscription
                does("polate-z-1 0.5")  # a slider is moved
                comes("/polate/z/1", 0.5)
                does("polate-z-8 bang")  # a slider says where it stands
                comes("/polate/z/8", 0.75)
                osc.tell({"/polate/z/8": [0.25], "/polate/pattern": ["ditone 0 -1 2"], "/polate/y": [0.5]})
                assert messages(hand.recv(2000))[0].arguments == ["ditone 0 -1 2"]
                for line, address, value in (
                    ("polate-z-8 bang", "/polate/z/8", 0.25),
                    ("polate-x bang", "/polate/x", 0.25),
                    ("polate-y bang", "/polate/y", 0.5),
                    ("polate-tempo bang", "/polate/tempo", 120.0),
                    ("polate-play bang", "/polate/play", 0.0),  # a toggle
                ):
                    does(line)
                    comes(address, value)
            finally:
                pd.terminate()
                assert pd.stderr is not None
                complaints = pd.stderr.read()
        assert complaints == ""


def _pd_remote(remote: int, listening: int) -> str:
    """A patch that hands `name value` from one port to that receiver, and what the pattern's box shows to another."""
    return f"""#N canvas 0 0 400 300 12;
#X obj 10 10 netreceive -u {remote};
#X obj 10 40 list;
#X msg 10 70 \\; \\$1 \\$2;
#X obj 200 10 r polate-pattern;
#X obj 200 40 oscformat shown;
#X obj 200 70 list prepend send;
#X obj 200 100 list trim;
#X obj 200 130 netsend -u -b;
#X obj 300 10 loadbang;
#X msg 300 40 connect 127.0.0.1 {listening};
#X connect 0 0 1 0;
#X connect 1 0 2 0;
#X connect 3 0 4 0;
#X connect 4 0 5 0;
#X connect 5 0 6 0;
#X connect 6 0 7 0;
#X connect 8 0 9 0;
#X connect 9 0 7 0;
"""


def _wait_for_listener(port: int) -> None:
    """Until a process has bound the UDP port."""
    hexadecimal = f":{port:04X} "
    wait_until(
        lambda: any(hexadecimal in Path(table).read_text() for table in ("/proc/net/udp", "/proc/net/udp6")),
        10,
        f"UDP port {port} to be listened to",
    )
