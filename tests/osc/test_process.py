"""The OSC process on a network that the test fills and reads."""

import socket
import struct
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Self

import pytest
from osc_messages import STATE, bundle, message, timetag
from rig import hear, wait_until

from polate.control.front_messages import NotesSounded
from polate.osc.arguments import Argument
from polate.osc.messages import CannotListen, Listening, Messages, Refused, StateChanged, Subscribed, ToPlayer
from polate.osc.packets import MAX_SENT_BYTES, build, messages
from polate.osc.process import OscProcess
from polate.osc.publisher import ANSWER_BYTES_PER_SECOND
from polate.osc.state import values_of
from polate.runtime.child_process import Child
from polate.runtime.clock import clock
from polate.runtime.line_stream import LineReader, encode_line


@dataclass
class Network:
    """A UDP socket that the test fills and reads."""

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
    """An `OscProcess` on this network, and the player's end of its socket."""

    def __init__(self, **options: Any) -> None:
        self.player, self._theirs = socket.socketpair()
        self._cut: LineReader[ToPlayer] = LineReader(ToPlayer)
        self._theirs.setblocking(False)
        self.player.setblocking(False)
        self.network = Network()
        self.process = OscProcess(self.network, self._theirs, **options)  # type: ignore[arg-type]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.player.close()
        self._theirs.close()

    def receive(self, *datagrams: bytes, sender: tuple[str, int] = ("127.0.0.1", 5000)) -> None:
        for datagram in datagrams:
            self.network.arrived.append((datagram, sender))
            self.process._receive()

    def tell(self, state: dict[str, list[Argument]]) -> None:
        self.player.send(encode_line(StateChanged(state)))
        self.process._listen_to_player()

    def said(self) -> list[Any]:
        """What the player has received, with a report of refused messages, but no numbers of subscribers."""
        self.process.outbox.report()
        return [each for each in self.heard() if not isinstance(each, Subscribed)]

    def heard(self) -> list[Any]:
        """What the player has received."""
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


def test_notes_go_to_subscribers_on_the_address_of_their_voice() -> None:
    due_ns = clock() - 3_000_000
    notes = [(True, 1, 0, 0, 60, 90, due_ns, due_ns), (False, 3, 0, 0, 64, 0, due_ns, due_ns)]
    with Desk(aliases={"/flash": "/polate/note/chord"}) as desk:
        desk.player.send(encode_line(NotesSounded(notes)))
        desk.process._listen_to_player()
        assert desk.sent() == []
        desk.receive(message("/polate/subscribe", 7000))
        assert Subscribed(1) in desk.heard()
        desk.sent()
        desk.player.send(encode_line(NotesSounded(notes)))
        desk.process._listen_to_player()
        sent = desk.sent()
        desk.receive(message("/polate/unsubscribe", 7000))
        assert desk.heard() == [Subscribed(0)]
    assert [(port, address, arguments[:2]) for port, address, arguments in sent] == [
        (7000, "/polate/note/line", [60, 90]),
        (7000, "/polate/note/chord", [64, 0]),
        (7000, "/flash", [64, 0]),
    ]
    assert all(3 <= float(arguments[2]) < 10_000 for _, _, arguments in sent)


def test_an_overshoot_is_clamped_or_refused() -> None:
    with Desk(clamp_positions=True, aliases={"/1/fader1": "/polate/z/1"}) as desk:
        desk.receive(message("/polate/z/1", 1.5), message("/1/fader1", -3.0), message("/polate/xy", 0.5, 2.0))
        assert [each.messages for each in desk.said()] == [
            [("/polate/z/1", [1])],
            [("/polate/z/1", [0])],
            [("/polate/xy", [0.5, 1])],
        ]
    with Desk() as desk:
        desk.receive(message("/polate/z/1", 1.5))
        assert desk.said() == [Refused("/polate/z/1: a position must be in 0..1, got 1.5", 1)]


def test_osc_keeps_the_newest_in_their_order_and_never_loses_a_panic_or_a_key() -> None:
    with Desk() as desk:
        while not desk.process.outbox.is_behind:  # until the player is behind
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
            desk.process.outbox.flush()
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


def test_a_playhead_has_the_time_at_which_it_arrived_or_that_of_its_tag() -> None:
    with Desk() as desk:
        before = clock()
        desk.receive(message("/polate/playhead", 8.0, 96.0, 1))
        desk.receive(bundle(message("/polate/playhead", 9.0, 96.0, 1), timetag=timetag(time.time() + 2)))
        now, later = desk.said()
        after = clock()
    assert now.messages == [("/polate/playhead", [8.0, 96.0, 1])]
    assert before <= now.at_ns <= after
    assert before + 1.9e9 < later.at_ns < after + 2.1e9


def test_the_playhead_of_one_sender_is_passed_on() -> None:
    with Desk() as desk:
        for beat in range(3):
            desk.receive(message("/polate/playhead", float(beat), 96.0, 1))
            desk.receive(message("/polate/playhead", 100.0 + beat, 96.0, 1), sender=("127.0.0.1", 5001))
        desk.receive(message("/polate/z/1", 0.5), sender=("127.0.0.1", 5001))
        *said, report = desk.said()
    assert [each.messages for each in said] == [
        *([("/polate/playhead", [float(beat), 96.0, 1])] for beat in range(3)),
        [("/polate/z/1", [0.5])],
    ]
    why = "the song position of 127.0.0.1:5000 is followed, that of 127.0.0.1:5001 is not"
    assert report == Refused(why, 1)


def test_everything_is_told_to_who_asks_and_to_nobody_else() -> None:
    with Desk() as desk:
        desk.tell(values_of(STATE))
        assert desk.sent() == []
        desk.receive(message("/polate/get"))
        sent = desk.sent()
        assert [(address, arguments) for _, address, arguments in sent if address == "/polate/z/1"] == [
            ("/polate/z/1", [0.25])
        ]
        assert {address for _, address, _ in sent} == set(values_of(STATE))
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
        desk.tell(values_of(STATE))
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
        desk.tell(values_of(STATE))
        desk.receive(question)
        (report,) = desk.said()
        assert report.why.startswith(complaint)
        assert desk.sent() == []


def test_subscribers_hear_what_changes_on_the_address_that_sets_it_until_they_go() -> None:
    with Desk() as desk:
        desk.tell(values_of(STATE))
        desk.receive(message("/polate/subscribe"))
        desk.receive(message("/polate/subscribe", 7000))
        everything = desk.sent()
        assert {port for port, _, _ in everything} == {5000, 7000}
        assert len(everything) == 2 * len(values_of(STATE))
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
            assert desk.process._listen_to_player()
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
        desk.tell(values_of(STATE))
        desk.receive(*[bundle(*[message("/polate/get")] * 64)] * 5)  # 320 questions
        answered = sum(len(data) for data, _ in desk.network.sent)
        assert ANSWER_BYTES_PER_SECOND <= answered < 2 * ANSWER_BYTES_PER_SECOND
        (report,) = desk.said()
        assert report.why == f"answers to OSC questions are limited to {ANSWER_BYTES_PER_SECOND} bytes a second"


STRANGER = ("192.168.1.66", 5000)


def test_a_subscriber_on_another_machine_is_sent_no_more_than_it_sent_until_it_confirms() -> None:
    question = message("/polate/subscribe")
    with Desk() as desk:
        desk.tell(values_of(STATE))
        desk.receive(*[question] * 32, sender=STRANGER)
        desk.tell({"/polate/pattern": ["tritone 0 1"]})
        sent = desk.network.sent
        assert sum(len(data) for data, _ in sent) <= 32 * len(question)
        numbers = [heard.arguments[0] for data, _ in sent for heard in messages(data)]
        assert {heard.address for data, _ in sent for heard in messages(data)} == {"/polate/confirm"}
        desk.sent()
        desk.receive(message("/polate/confirm", numbers[-1]), sender=("192.168.1.67", 5000))
        assert desk.sent() == []
        desk.receive(message("/polate/confirm", numbers[-1]), sender=STRANGER)
        assert len(desk.sent()) > 50
        desk.tell({"/polate/pattern": ["tritone 0 2"]})
        assert desk.sent() == [(5000, "/polate/pattern", ["tritone 0 2"])]


def test_a_surface_that_sends_floats_only_can_confirm() -> None:
    with Desk() as desk:
        desk.tell(values_of(STATE))
        desk.receive(*[message("/polate/confirm", wrong) for wrong in (0.5, "1")], sender=STRANGER)
        assert desk.said() == [Refused("/polate/confirm takes the number that it was sent with", 2)]
        desk.receive(*[message("/polate/subscribe")] * 20, sender=STRANGER)
        numbers = [arguments[0] for _, _, arguments in desk.sent()]
        assert all(number == struct.unpack(">f", struct.pack(">f", number))[0] for number in numbers)
        desk.receive(message("/polate/confirm", float(numbers[0])), sender=STRANGER)
        assert len(desk.sent()) > 50


def test_another_machine_cannot_ask_for_everything_at_once() -> None:
    with Desk() as desk:
        desk.tell(values_of(STATE))
        desk.receive(message("/polate/get"), sender=STRANGER)
        assert desk.sent() == []
        (refused,) = desk.said()
        assert refused == Refused("/polate/get without addresses is for subscribers: 192.168.1.66 is none", 1)


def test_what_leaves_this_machine_is_within_one_allowance() -> None:
    with Desk(allowed=["192.168.1.0/24"]) as desk:
        desk.tell(values_of(STATE))
        for port in range(8):
            desk.receive(message("/polate/subscribe", 7000 + port), sender=STRANGER)
        for number in range(2000):
            desk.tell({"/polate/pattern": ["x" * 100 + str(number)]})
        most = 2 * ANSWER_BYTES_PER_SECOND + 10_000  # a second's worth at once, and perhaps a second of the test
        assert sum(len(data) for data, _ in desk.network.sent) < most
        assert desk.said()[-1].why.startswith("OSC to other machines is limited to")


def test_only_the_machines_that_the_settings_name_are_heard() -> None:
    with Desk(allowed=["192.168.1.66", "10.0.0.0/8"]) as desk:
        for host in ("192.168.1.66", "10.1.2.3", "127.0.0.1"):
            desk.receive(message("/polate/z/1", 0.5), sender=(host, 5000))
            assert desk.said() == [Messages([("/polate/z/1", [0.5])])]
        desk.receive(message("/polate/z/1", 0.7), message("/polate/panic"), sender=("192.168.1.67", 5000))
        time.sleep(1.0)  # a report of refused messages
        assert desk.said() == [Refused("OSC from 192.168.1.67:5000 is not in osc-allow", 2)]


@pytest.mark.parametrize(
    ("host", "port", "why"),
    [
        ("\u00fc" * 70 + ".de", 0, "this is no name of a host"),
        ("a..b", 0, ""),
        ("192.0.2.1", 0, ""),
        ("::2", 0, ""),
    ],
)
def test_a_host_that_cannot_be_is_reported_and_ends_the_process(
    host: str, port: int, why: str, capfd: pytest.CaptureFixture[str]
) -> None:
    child = Child.start("polate.osc.process", {"host": host, "port": port})
    said: list[Any] = []
    reader: LineReader[Any] = LineReader(ToPlayer)
    wait_until(lambda: said.extend(hear(child, reader)) or said, 20, "what it says")  # type: ignore[func-returns-value]
    child.process.wait(10)
    child.close()
    (cannot,) = said
    assert isinstance(cannot, CannotListen)
    assert cannot.why.startswith(f"cannot listen to OSC on {host}:{port}: ")
    assert why in cannot.why
    assert capfd.readouterr().err == ""


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_ipv6_is_heard_and_answered() -> None:
    try:
        sender = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        sender.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    child = Child.start("polate.osc.process", {"host": "::1", "port": 0})
    said: list[Any] = []
    reader: LineReader[Any] = LineReader(ToPlayer)
    wait_until(lambda: said.extend(hear(child, reader)) or said, 20, "what it says")  # type: ignore[func-returns-value]
    (listening,) = said
    assert isinstance(listening, Listening)
    child.socket.send(encode_line(StateChanged({"/polate/tempo": [120.0]})))
    with sender:
        sender.settimeout(10)
        sender.sendto(build("/polate/subscribe", []).dgram, ("::1", listening.port))
        heard = sender.recv(65536)
        if b"/polate/tempo" not in heard:
            heard = sender.recv(65536)
    assert b"/polate/tempo" in heard
    child.close()
