"""The clients one by one, with children that are played by the test."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

from osc_messages import STATE

from polate.control.commands import Jump, KeyUp, Seek, Set, SetAxis, SetPlaying, Sync
from polate.control.front_messages import NotesLost, NotesSounded, ToFront, Watched
from polate.control.front_messages import StateChanged as StateOfPage
from polate.control.player_state import OFF, NoteEvent
from polate.gate.frames import MONO, Frame, Kind
from polate.osc.messages import CannotListen, Listening, Messages, StateChanged, Subscribed, ToOsc
from polate.osc.state import values_of
from polate.patchbay.messages import EndNotes, Leave, PortsChanged, PortsChosen, ToPatchbay
from polate.player.config import Config
from polate.player.connections import Connections
from polate.player.facts import Facts
from polate.player.gate_client import GateClient
from polate.player.link_client import LinkClient
from polate.player.note_stream import NoteStream
from polate.player.osc_client import OscClient
from polate.player.patchbay_client import PatchbayClient
from polate.player.patchbay_client import open_client as open_patchbay
from polate.player.rescue import Rescue
from polate.player.troubles import Troubles
from polate.player.web_client import WebClient
from polate.runtime.clock import clock
from polate.runtime.line_stream import LineReader
from polate.sequencer.held_keys import Key
from polate.sync.messages import AskPlaying, AskTempo, Beat, Peers, Playing, ToLink


class FakeChild:
    """Its messages are given by the test; what it is sent is kept."""

    def __init__(self) -> None:
        self.said: list[Any] = []
        self.sent = b""
        self.starts = 1
        self.unsent = 0
        self.rests_ns = 0
        self.given: dict[str, Any] = {}
        self.killed = False
        self.resumed = 0
        self.end: str | None = None
        self.is_alive = True

    def resume(self) -> None:
        self.resumed += 1

    def kill(self) -> None:
        self.killed = True

    def take_end(self) -> str | None:
        return self.end

    def give(self, **settings: Any) -> None:
        self.given |= settings

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
        session = SimpleNamespace(engine=SimpleNamespace(held_keys=[Key(key) for key in keys]))
        self.rescue = Rescue()
        self.frames: list[Frame] = []
        self.desk: Any = SimpleNamespace(
            facts=self.facts,
            troubles=self.troubles,
            session=session,
            rescue=self.rescue,
            notes=NoteStream(),
            connections=Connections(Config()),
        )

    def gate(self) -> GateClient:
        """The gate's client, of a gate with one output and two notes that sound."""
        self.desk.connections = SimpleNamespace(outputs=[None], wanted=[None], place=lambda kind: None)
        self.desk.output = SimpleNamespace(
            sent_ns=0, send=lambda frames: None, send_messages=lambda messages, port: None, opened=lambda port: None
        )
        self.desk.session.release = self.desk.session.report = lambda _: None
        client = GateClient(self.desk, self.child)  # type: ignore[arg-type]
        self.child.said = [Frame(Kind.OPENED)] + [
            Frame(Kind.ON, 1, channel, note, 90, 5, 7, voice=1) for channel, note in ((0, 60), (1, 64))
        ]
        list(client.commands(clock()))
        return client

    def osc(self) -> OscClient:
        return OscClient(self.desk, self.child, None)  # type: ignore[arg-type]


class Listener:
    def __init__(self, follows: bool = True) -> None:
        self.follows_notes = follows
        self.heard: list[NoteEvent] = []

    def sound(self, event: NoteEvent) -> None:
        self.heard.append(event)


class TestGate:
    def test_the_notes_of_a_dead_gate_have_ended_for_whoever_plays_them_too(self) -> None:
        bench = Bench()
        listener = Listener()
        bench.desk.notes.subscribe(listener)
        bench.desk.connections = SimpleNamespace(outputs=[None], wanted=[None], place=lambda kind: None)
        bench.desk.output = SimpleNamespace(
            sent_ns=0, send=lambda frames: None, send_messages=lambda messages, port: None
        )
        bench.desk.session.release = bench.desk.session.report = lambda _: None
        client = GateClient(bench.desk, bench.child)  # type: ignore[arg-type]
        bench.child.said = [Frame(Kind.ON, 1, 0, 60, 90, 5, 7, voice=1), Frame(Kind.ON, 1, 0, 64, 90, 5, 7, voice=3)]
        list(client.commands(0))
        list(client.died(1000))
        assert [(event.on, event.note, event.voice) for event in listener.heard[2:]] == [(False, 60, 1), (False, 64, 3)]
        listener.heard.clear()
        list(client.died(2000))
        assert listener.heard == []

    def test_its_reports_can_wait_once_it_is_open_while_nobody_follows_the_notes(self) -> None:
        bench = Bench()
        listener = Listener(follows=False)
        bench.desk.notes.subscribe(listener)
        assert not GateClient(bench.desk, bench.child).can_wait  # type: ignore[arg-type]
        client = bench.gate()
        assert client.can_wait
        listener.follows_notes = True
        assert not client.can_wait

    def test_a_report_that_was_read_late_counts_from_when_it_was_sent(self) -> None:
        bench = Bench()
        client = bench.gate()
        now = clock() + 200 * 1_000_000
        bench.child.said = [Frame(Kind.ALIVE, off_ns=now - 100 * 1_000_000)]
        list(client.commands(now))
        list(client.commands(now + 190 * 1_000_000))
        assert bench.rescue.take() == []
        assert client.deadline_ns <= now + 200 * 1_000_000
        list(client.commands(now + 200 * 1_000_000))
        assert len(bench.rescue.take()) == 1

    def test_a_gate_that_is_silent_is_continued_once_and_its_notes_are_ended_by_another_process(self) -> None:
        bench = Bench()
        client = bench.gate()
        now = clock()
        for late_ms in range(0, 600, 100):  # at every look, so that the player was not late itself
            list(client.commands(now + late_ms * 1_000_000))
            assert not bench.child.killed
        (ends,) = bench.rescue.take()
        assert (set(ends.notes), ends.everything) == ({(0, 60), (1, 64)}, True)
        assert bench.child.resumed == 1

    def test_a_gate_that_is_silent_for_a_second_is_killed(self) -> None:
        bench = Bench()
        client = bench.gate()
        now = clock()
        for late_ms in range(0, 1200, 100):
            list(client.commands(now + late_ms * 1_000_000))
        assert bench.child.killed

    def test_a_player_that_was_late_itself_does_not_judge_the_gate(self) -> None:
        bench = Bench()
        client = bench.gate()
        list(client.commands(clock() + 5_000_000_000))
        assert bench.rescue.take() == []
        assert not bench.child.killed

    def test_the_notes_of_a_dead_gate_are_ended_by_another_process_again_and_again(self) -> None:
        bench = Bench()
        client = bench.gate()
        now = clock()
        list(client.died(now))
        (ends,) = bench.rescue.take()
        assert (set(ends.notes), ends.everything) == ({(0, 60), (1, 64)}, True)
        for _ in range(2):
            now += 200_000_000
            list(client.commands(now))
            (ends,) = bench.rescue.take()
            assert (set(ends.notes), ends.everything) == ({(0, 60), (1, 64)}, False)
        bench.child.said = [Frame(Kind.ON, 2, 0, 60, 90, 5, 7, voice=1)]  # the next gate plays one of them
        list(client.commands(now))
        list(client.commands(now + 200_000_000))
        assert bench.rescue.take()[-1].notes == ((1, 64),)

    def test_what_a_gate_that_died_at_the_end_has_left_is_ended_by_another_process(self) -> None:
        bench = Bench()
        client = bench.gate()
        bench.child.end, bench.child.is_alive = "the gate process ended: starting another", False
        client.part()
        (ends,) = bench.rescue.take()
        assert ends.everything

    def test_a_gate_that_does_not_end_may_have_sent_its_ends_to_a_midi_system_that_stands_still(self) -> None:
        bench = Bench()
        client = bench.gate()
        bench.child.said = [Frame(Kind.OFF, 1, 0, 60, 0, 5, 7, voice=1), Frame(Kind.OFF, 1, 1, 64, 0, 5, 7, voice=1)]
        list(client.commands(clock()))
        client.part()
        (ends,) = bench.rescue.take()
        assert ends.everything

    def test_a_gate_that_has_ended_its_notes_needs_no_other_process(self) -> None:
        bench = Bench()
        client = bench.gate()
        bench.child.said = [Frame(Kind.OFF, 1, 0, 60, 0, 5, 7, voice=1), Frame(Kind.OFF, 1, 1, 64, 0, 5, 7, voice=1)]
        list(client.commands(clock()))
        bench.child.end, bench.child.is_alive = "the gate process ended: starting another", False
        client.part()
        assert bench.rescue.take() == []


class TestPatchbay:
    @staticmethod
    def client(bench: Bench) -> PatchbayClient:
        bench.desk.connections = SimpleNamespace(wanted=[None], config=SimpleNamespace(input_names=[None]))
        bench.desk.output = SimpleNamespace(sent_ns=0, send=bench.frames.extend)
        return cast("PatchbayClient", open_patchbay(bench.desk, bench.child))  # type: ignore[arg-type]

    def test_the_process_starts_after_the_first_note(self) -> None:
        bench = Bench()
        client = self.client(bench)
        list(client.commands(0))
        assert bench.child.rests_ns > 10**18
        bench.facts.count_note(0)
        list(client.commands(0))
        assert bench.child.rests_ns > 10**18  # no MIDI port is open
        bench.facts.set_port("output", "Polate Out")
        list(client.commands(0))
        assert bench.child.rests_ns == 0

    def test_a_change_of_the_ports_has_the_gate_look_at_its_own(self) -> None:
        bench = Bench()
        client = self.client(bench)
        bench.child.said = [PortsChanged(), PortsChanged()]
        list(client.commands(0))
        assert [frame.kind for frame in bench.frames] == [Kind.LOOK]

    def test_what_was_asked_for_is_passed_on_at_once_and_at_the_end(self) -> None:
        bench = Bench()
        client = self.client(bench)
        bench.rescue.ask([(0, 60)], everything=True)
        list(client.commands(0))
        bench.rescue.ask([(0, 61)], everything=False)
        client.part()
        ends = [EndNotes(((0, 60),), True), EndNotes(((0, 61),), False), Leave()]
        assert bench.child.was_sent(ToPatchbay) == ends

    def test_other_ports_that_were_chosen_end_the_wish_for_the_connections_of_the_old_ones(self) -> None:
        bench = Bench()
        client = self.client(bench)
        list(client.commands(0))
        bench.desk.connections.config.input_names = ["pads"]
        list(client.commands(0))
        bench.desk.connections.wanted = ["synth"]
        list(client.commands(0))
        assert bench.child.was_sent(ToPatchbay) == [
            PortsChosen(inputs=True, virtual_inputs=False),
            PortsChosen(outputs=True, virtual_outputs=False, virtual_inputs=False),
        ]


class TestWeb:
    def test_a_page_that_did_not_read_is_told_that_notes_were_lost_before_the_next_one(self) -> None:
        bench = Bench()
        notes = NoteStream()
        bench.desk.notes = notes
        client = WebClient(bench.desk, bench.child)  # type: ignore[arg-type]
        bench.child.said = [Watched(1)]
        assert list(client.commands(0)) == []
        on = Frame(Kind.ON, 1, 0, 60, 90, 5, 7, voice=1)
        notes.publish(on)
        assert bench.child.was_sent(ToFront) == [NotesSounded([(True, 1, 0, 0, 60, 90, 5, 7)])]
        bench.child.unsent = 2**20
        notes.publish(replace(on, kind=Kind.OFF))
        assert bench.child.sent == b""
        bench.child.unsent = 0
        notes.publish(on)
        assert [type(message) for message in bench.child.was_sent(ToFront)] == [NotesLost, NotesSounded]

    def test_lost_notes_are_told_with_the_state_too_since_no_note_may_follow(self) -> None:
        bench = Bench()
        bench.desk.notes = NoteStream()
        client = WebClient(bench.desk, bench.child)  # type: ignore[arg-type]
        bench.child.said = [Watched(1)]
        list(client.commands(0))
        bench.child.unsent = 2**20
        bench.desk.notes.publish(Frame(Kind.OFF, 1, 0, 60, voice=1))
        bench.child.unsent = 0
        client.tell(STATE)
        assert [type(message) for message in bench.child.was_sent(ToFront)] == [NotesLost, StateOfPage]


class TestOsc:
    def test_notes_are_sent_only_while_somebody_has_subscribed(self) -> None:
        bench = Bench()
        client = bench.osc()
        event = NoteEvent(True, 1, 0, 0, 60, 90, 5, 7)
        client.sound(event)
        assert bench.child.sent == b""
        bench.child.said = [Subscribed(2)]
        list(client.commands(0))
        client.sound(event)
        assert bench.child.was_sent(ToOsc) == [NotesSounded([(True, 1, 0, 0, 60, 90, 5, 7)])]
        bench.child.unsent = 2**20
        client.sound(event)
        assert bench.child.sent == b""
        list(client.died(0))
        bench.child.unsent = 0
        client.sound(event)
        assert bench.child.sent == b""

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

    def test_the_song_position_of_a_daw_is_followed_from_the_time_at_which_it_arrived(self) -> None:
        bench = Bench()
        bench.desk.connections = Connections(Config(sync="osc"))
        client = bench.osc()
        bench.child.said = [Messages([("/polate/playhead", [8.0, 96.0, 1, 4.0, 12.0])], at_ns=1000)]
        assert list(client.commands(2000)) == [Seek(8), Sync(8, 1000, 96), SetPlaying(True), Jump(12, 4)]
        assert client.deadline_ns == 1_000_001_000
        assert list(client.commands(1_000_001_000)) == [SetPlaying(False)]
        assert bench.troubles.text == "the DAW sends no song position any more: the music waits for it"
        bench.child.said = [Messages([("/polate/playhead", [20, 96, True])], at_ns=2_000_000_000)]
        assert list(client.commands(2_000_000_000))[-1] == SetPlaying(True)
        assert bench.troubles.text == "the DAW sends its song position again"
        assert bench.troubles.refused == 0

    def test_with_another_clock_the_song_position_moves_nothing_and_this_is_said_once(self) -> None:
        bench = Bench()
        client = bench.osc()
        for number in range(3):
            bench.child.said = [Messages([("/polate/playhead", [8.0, 96.0, 1])], at_ns=number)]
            assert list(client.commands(1000)) == []
        assert bench.troubles.refused == 1
        assert bench.troubles.text == "a DAW's song position is followed with sync = 'osc', and sync is 'internal'"
        bench.desk.connections.follow("osc")  # chosen while the music plays
        bench.child.said = [Messages([("/polate/playhead", [8.0, 96.0, 1])], at_ns=1000)]
        assert list(client.commands(1000)) == [Seek(8), Sync(8, 1000, 96), SetPlaying(True)]

    def test_the_keys_of_a_dead_process_are_let_go(self) -> None:
        assert list(Bench(60, 64).osc().died(0)) == [KeyUp(60), KeyUp(64)]


class TestLink:
    def test_it_follows_the_session_and_asks_it_for_tempo_and_start(self) -> None:
        bench = Bench()
        bench.desk.config = Config(sync="link")
        bench.desk.connections = Connections(bench.desk.config)
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

    def test_a_process_that_takes_the_place_of_a_dead_one_joins_with_the_music_that_plays(self) -> None:
        bench = Bench()
        bench.desk.config = Config(sync="link")
        bench.desk.connections = Connections(bench.desk.config)
        engine = bench.desk.session.engine
        engine.transport, engine.playing = SimpleNamespace(bpm=97.0), True
        client = LinkClient(bench.desk, bench.child)  # type: ignore[arg-type]
        assert list(client.died(0)) == []
        assert bench.child.given == {"bpm": 97.0, "playing": True}


def test_notes_are_a_stream_for_everyone_who_subscribes() -> None:
    stream = NoteStream()
    stream.publish(Frame(Kind.ON, 1, 0, 60))
    first, second = Listener(), Listener(follows=False)
    stream.subscribe(second)
    assert not stream.is_followed
    stream.subscribe(first)
    assert stream.is_followed
    stream.publish(Frame(Kind.ON, 1, 2, 60, 100, 5, 7, 1, 3 | MONO))
    stream.publish(Frame(Kind.OFF, 1, 2, 60, 0, 9, 10, 1, 3))
    events = [NoteEvent(True, 3, 1, 2, 60, 100, 5, 7), NoteEvent(False, 3, 1, 2, 60, 0, 9, 10)]
    assert first.heard == second.heard == events
