"""The clients one by one, with children that are played by the test."""

from types import SimpleNamespace
from typing import Any

from osc_messages import STATE

from polate.control.commands import KeyUp, Set, SetAxis, SetPlaying, Sync
from polate.control.player_state import OFF, NoteEvent
from polate.gate.frames import MONO, Frame, Kind
from polate.osc.messages import CannotListen, Listening, Messages, StateChanged
from polate.osc.state import values_of
from polate.player.facts import Facts
from polate.player.link_client import LinkClient
from polate.player.note_stream import NoteStream
from polate.player.osc_client import OscClient
from polate.player.troubles import Troubles
from polate.runtime.line_stream import LineReader
from polate.sync.messages import AskPlaying, AskTempo, Beat, Peers, Playing, ToLink


class FakeChild:
    """Its messages are given by the test; what it is sent is kept."""

    def __init__(self) -> None:
        self.said: list[Any] = []
        self.sent = b""
        self.starts = 1
        self.rests_ns = 0

    def hear(self) -> list[Any]:
        said, self.said = self.said, []
        return said

    def send(self, data: bytes) -> None:
        self.sent += data

    def rest(self, ns: int) -> None:
        self.rests_ns = ns

    def was_sent(self, kind: Any) -> list[Any]:
        reader: LineReader[Any] = LineReader(kind)
        sent, self.sent = self.sent, b""
        return reader.feed(sent)


class Bench:
    """A client's desk and its child."""

    def __init__(self, *keys: int) -> None:
        self.child = FakeChild()
        self.facts, self.troubles = Facts("internal"), Troubles()
        session = SimpleNamespace(engine=SimpleNamespace(keys=keys))
        self.desk: Any = SimpleNamespace(facts=self.facts, troubles=self.troubles, session=session)

    def osc(self) -> OscClient:
        return OscClient(self.desk, self.child, None)  # type: ignore[arg-type]


class TestOsc:
    def test_it_is_told_what_has_changed_since_it_was_told_last_and_a_new_process_everything(self) -> None:
        bench = Bench()
        client = bench.osc()
        bench.child.said = [Listening("127.0.0.1", 9010)]
        assert list(client.commands(0)) == []
        client.tell(STATE)
        assert bench.child.was_sent(StateChanged) == [StateChanged(values_of(STATE))]
        client.tell(STATE)
        assert bench.child.sent == b""
        bench.child.starts = 2
        client.tell(STATE)
        assert bench.child.was_sent(StateChanged) == [StateChanged(values_of(STATE))]

    def test_two_clients_are_told_each_what_it_has_not_seen(self) -> None:
        first, second = Bench(), Bench()
        early, late = first.osc(), second.osc()
        first.facts.set_port("osc", "a:1")
        early.tell(STATE)
        first.child.was_sent(StateChanged)
        second.facts.set_port("osc", "b:2")
        for client in (early, late):
            client.tell(STATE)
        assert first.child.was_sent(StateChanged) == []
        assert second.child.was_sent(StateChanged) == [StateChanged(values_of(STATE))]

    def test_without_a_port_it_is_told_nothing_and_left_alone_for_a_while(self) -> None:
        bench = Bench()
        client = bench.osc()
        assert not client.is_open
        bench.child.said = [CannotListen("the port is taken")]
        assert list(client.commands(0)) == []
        client.tell(STATE)
        assert (bench.child.sent, bench.child.rests_ns) == (b"", 10_000_000_000)
        assert (client.is_open, bench.facts.port("osc"), bench.troubles.text) == (True, OFF, "the port is taken")

    def test_messages_for_later_wait_and_those_that_cannot_be_are_refused(self) -> None:
        bench = Bench()
        client = bench.osc()
        bench.child.said = [
            Messages([("/polate/z/1", [0.5]), ("/polate/zz", [1])]),
            Messages([("/polate/play", [1])], at_ns=1000),
        ]
        assert list(client.commands(0)) == [SetAxis(0, 0.5)]
        assert bench.troubles.refused == 1
        assert client.deadline_ns == 1000
        assert list(client.commands(1000)) == [SetPlaying(True)]

    def test_the_keys_of_a_dead_process_are_let_go(self) -> None:
        assert list(Bench(60, 64).osc().died(0)) == [KeyUp(60), KeyUp(64)]


class TestLink:
    def test_it_follows_the_session_and_asks_it_for_tempo_and_start(self) -> None:
        bench = Bench()
        client = LinkClient(bench.desk, bench.child)  # type: ignore[arg-type]
        bench.child.said = [Peers(2), Beat(4.0, 5, 120.0), Playing(True)]
        assert list(client.commands(0)) == [Sync(4.0, 5, 120.0), SetPlaying(True)]
        assert bench.facts.sync == "link, 2 peers"
        assert [client.claims(control) for control in (Set("bpm", 96), SetPlaying(False), Set("order", "up"))] == [
            True,
            True,
            False,
        ]
        assert bench.child.was_sent(ToLink) == [AskTempo(96.0), AskPlaying(False)]


def test_notes_are_a_stream_for_everyone_who_subscribes() -> None:
    stream = NoteStream()
    stream.publish(Frame(Kind.ON, 1, 0, 60))
    first: list[NoteEvent] = []
    second: list[NoteEvent] = []
    stream.subscribe(first.append)
    stream.subscribe(second.append)
    stream.publish(Frame(Kind.ON, 1, 2, 60, 100, 5, 7, 1, 3 | MONO))
    stream.publish(Frame(Kind.OFF, 1, 2, 60, 0, 9, 10, 1, 3))
    assert first == second == [NoteEvent(True, 3, 1, 2, 60, 100, 5, 7), NoteEvent(False, 3, 1, 2, 60, 0, 9, 10)]
