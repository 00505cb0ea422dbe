"""Ports that are chosen and controls that are bound while playing: the clients, with children played by the test."""

from types import SimpleNamespace
from typing import Any

import pytest
from rig import wait_until

from polate import ConfigError, ControlError
from polate.control.commands import (
    SYNC_SOURCES,
    ChooseController,
    ChoosePort,
    Control,
    Forget,
    KeyDown,
    KeyUp,
    Learn,
    PortKind,
    ReleaseKeys,
    Set,
    SetVoicePort,
)
from polate.errors import PortError
from polate.gate.frames import Frame, FrameReader, Kind
from polate.mapping.gestures import REST_NS
from polate.mapping.mapping import Mapping
from polate.midi.input_process import PORT_IS_GONE, PORT_IS_THERE
from polate.midi.port_messages import AskEnd, PortsThere
from polate.player.config import Config
from polate.player.connections import Connections
from polate.player.facts import Facts
from polate.player.gate_client import GateClient
from polate.player.midi_client import MidiClient
from polate.player.note_stream import NoteStream
from polate.player.output import Output
from polate.player.ports_client import PortsClient
from polate.player.rescue import Rescue
from polate.player.troubles import Troubles
from polate.runtime.line_stream import encode_line
from polate.sequencer.held_keys import Key
from polate.sequencer.voices import BASS, CHORD

THERE = PortsThere(("knobs", "keys"), ("daw", "synth", "lights"))
OPENED, LOST = (lambda port, kind=kind: Frame(kind, port=port) for kind in (Kind.OPENED, Kind.LOST))


class FakeChild:
    """Its messages are given by the test; what it is sent and given is kept."""

    def __init__(self) -> None:
        self.said: list[Any] = []
        self.sent = b""
        self.given: dict[str, Any] = {}
        self.rests: list[int] = []

    def hear(self) -> list[Any]:
        said, self.said = self.said, []
        return said

    def send(self, data: bytes) -> None:
        self.sent += data

    def rest(self, ns: int) -> None:
        self.rests.append(ns)

    def give(self, **settings: Any) -> None:
        self.given |= settings


class Bench:
    """A desk, and the clients of the gate, the MIDI input and the list of ports."""

    def __init__(self, *keys: int, axes: int = 0, **config: Any) -> None:
        self.gate_child, self.midi_child, self.ports_child = FakeChild(), FakeChild(), FakeChild()
        self.config = Config(**config)
        point = SimpleNamespace(axes=[None] * axes, motions=[], morph=0.5, pad=(0, 0))
        engine = SimpleNamespace(held_keys=[Key(key) for key in keys], point=point, settings=self.config, playing=True)
        self.released = 0
        self.facts, self.troubles = Facts("internal"), Troubles()
        self.connections = Connections(self.config)
        desk: Any = SimpleNamespace(
            config=self.config,
            facts=self.facts,
            troubles=self.troubles,
            connections=self.connections,
            output=Output(self.gate_child),  # type: ignore[arg-type]
            notes=NoteStream(),
            rescue=Rescue(),
            session=SimpleNamespace(engine=engine, report=lambda frame: None, release=lambda now: None),
        )
        self.gate = GateClient(desk, self.gate_child)  # type: ignore[arg-type]
        self.midi = MidiClient(desk, self.midi_child, None)  # type: ignore[arg-type]
        self.ports = PortsClient(desk, self.ports_child)  # type: ignore[arg-type]

    def choose(self, kind: PortKind, name: str) -> None:
        assert self.ports.claims(ChoosePort(kind, name))

    def list_ports(self) -> None:
        self.ports_child.said = [THERE]
        assert list(self.ports.commands(0)) == []

    def gate_says(self, *frames: Frame) -> list[Control]:
        self.gate_child.said = list(frames)
        return list(self.gate.commands(0))

    def kinds_sent(self) -> list[Kind]:
        sent, self.gate_child.sent = self.gate_child.sent, b""
        return [frame.kind for frame in FrameReader().feed(sent) if frame.kind is not Kind.ALIVE]


class TestChoosing:
    def test_a_port_that_is_there_is_taken_at_once_when_the_list_is_known(self) -> None:
        bench = Bench()
        bench.list_ports()
        bench.choose("output", "synth")
        assert bench.connections.wanted == ["synth"]
        assert bench.connections.names["output"] == "synth"

    def test_a_port_that_is_not_there_is_refused_with_those_that_are(self) -> None:
        bench = Bench()
        bench.list_ports()
        with pytest.raises(PortError, match="no MIDI output 'knobs'; there are: 'daw', 'synth', 'lights'"):
            bench.choose("output", "knobs")
        with pytest.raises(PortError, match="no MIDI input 'daw'; there are: 'knobs', 'keys'"):
            bench.choose("input", "daw")
        assert (bench.connections.wanted, bench.connections.names["input"]) == ([None], "")

    def test_while_nobody_looks_a_choice_starts_the_list_and_waits_for_it(self) -> None:
        bench = Bench()
        bench.choose("output", "synth")
        bench.choose("bass-output", "none")
        assert bench.connections.wanted == [None]
        list(bench.ports.commands(0))
        assert bench.ports_child.rests == [0]
        bench.list_ports()
        assert bench.connections.wanted == ["synth"]
        assert "no MIDI output 'none'" in bench.troubles.text
        assert (bench.troubles.refused, bench.ports_child.sent) == (1, encode_line(AskEnd()))
        list(bench.ports.died(0))
        bench.choose("output", "daw")  # asks again
        assert bench.connections.wanted == ["synth"]

    def test_the_list_is_kept_up_to_date_while_a_page_is_open(self) -> None:
        bench = Bench()
        bench.facts.watch(True)
        list(bench.ports.commands(0))
        bench.list_ports()
        assert bench.facts.midi_inputs == ("knobs", "keys")
        assert (bench.ports_child.rests, bench.ports_child.sent) == ([0], b"")
        bench.facts.watch(False)
        list(bench.ports.commands(0))
        assert bench.ports_child.sent == encode_line(AskEnd())
        assert bench.ports_child.rests[-1] > 10**18

    def test_an_empty_name_is_the_default_and_needs_no_list(self) -> None:
        bench = Bench(output="daw", feedback_output="lights")
        bench.choose("feedback-output", "")
        bench.choose("output", "")
        assert bench.connections.wanted == [None]
        assert bench.ports_child.rests == []

    def test_a_name_has_an_end(self) -> None:
        with pytest.raises(ControlError, match="at most 256 characters"):
            ChoosePort("output", "x" * 257)


class TestClock:
    def test_that_of_a_daw_is_refused_if_osc_is_off(self) -> None:
        connections = Connections(Config(osc=False))
        with pytest.raises(ConfigError, match=r"^osc must be true with sync = 'osc', got false$"):
            connections.check_clock("osc")
        connections.check_clock("midi")

    def test_every_one_can_be_chosen_by_default(self) -> None:
        connections = Connections(Config())
        for source in SYNC_SOURCES:
            connections.check_clock(source)

    def test_link_is_refused_if_no_process_can_join_a_session(self) -> None:
        connections = Connections(Config(osc=False, web=False))
        with pytest.raises(
            ControlError, match=r"^sync must be internal or midi with osc = false and web = false, got link$"
        ):
            connections.check_clock("link")
        connections.check_clock("midi")

    @pytest.mark.parametrize("config", [Config(), Config(osc=False), Config(osc=False, web=False, sync="link")])
    def test_link_can_be_chosen_again_after_another_clock(self, config: Config) -> None:
        connections = Connections(config)
        connections.follow("internal")
        connections.check_clock("link")


class TestPortsThatAreMissing:
    """The configuration names them. They are looked for, and the music plays."""

    def test_an_output_is_looked_for_with_those_that_are_there_and_its_coming_is_said(self) -> None:
        bench = Bench(output="sinth", bass_output="daw")
        bench.gate_says(LOST(0), OPENED(1))
        list(bench.ports.commands(0))
        assert bench.ports_child.rests == [0]
        bench.list_ports()
        there = "'daw', 'synth', 'lights'"
        assert bench.troubles.text == f"there is no MIDI output 'sinth'; there are: {there}; looking for it"
        assert (bench.facts.port("output"), bench.ports_child.sent) == ("none", encode_line(AskEnd()))
        bench.gate_says(OPENED(0))
        assert (bench.facts.port("output"), bench.troubles.text) == ("sinth", "the MIDI output 'sinth' is there")

    def test_an_input_is_looked_for_with_those_that_are_there_and_its_coming_is_said(self) -> None:
        bench = Bench(input="pads")
        bench.midi_child.said = [(0, PORT_IS_GONE)]
        list(bench.midi.commands(0))
        bench.list_ports()
        assert bench.troubles.text == "there is no MIDI input 'pads'; there are: 'knobs', 'keys'; looking for it"
        assert bench.midi.is_open
        bench.midi_child.said = [(0, PORT_IS_THERE)]
        list(bench.midi.commands(0))
        assert (bench.facts.port("input"), bench.troubles.text) == ("pads", "the MIDI input 'pads' is there")

    def test_a_name_that_fits_several_is_refused(self) -> None:
        bench = Bench(input="k")
        bench.facts.watch(True)
        bench.list_ports()
        bench.midi_child.said = [(0, PORT_IS_GONE)]
        list(bench.midi.commands(0))
        list(bench.ports.commands(0))
        assert str(bench.facts.refusal) == "MIDI input 'k' could be any of 'knobs', 'keys': give more of its name"

    def test_a_port_that_has_come_meanwhile_is_no_trouble(self) -> None:
        bench = Bench(output="daw")
        bench.gate_says(LOST(0))
        bench.list_ports()
        assert bench.troubles.text == ""


class TestGate:
    def test_it_ends_its_notes_and_another_opens_the_chosen_outputs(self) -> None:
        bench = Bench()
        bench.gate_says(OPENED(0))
        bench.list_ports()
        bench.choose("output", "synth")
        bench.choose("bass-output", "daw")
        assert bench.gate_says() == []
        assert (bench.kinds_sent(), bench.gate_child.rests) == ([Kind.QUIT], [0])
        assert bench.gate_says() == []  # it is asked once
        assert bench.kinds_sent() == []
        assert list(bench.gate.died(0)) == [SetVoicePort(BASS, 1)]
        assert bench.gate_child.given == {"outputs": ["synth", "daw"]}
        bench.gate_says(OPENED(0), OPENED(1))
        assert (bench.facts.port("output"), bench.troubles.text) == ("synth", "")

    def test_a_voice_moves_to_an_output_that_the_gate_has_without_another_gate(self) -> None:
        bench = Bench(output="daw", bass_output="synth")
        bench.list_ports()
        bench.choose("chord-output", "synth")
        assert bench.gate_says() == [SetVoicePort(CHORD, 1)]
        bench.choose("chord-output", "")
        assert bench.gate_says() == [SetVoicePort(CHORD, 0)]
        assert (bench.kinds_sent(), bench.gate_child.rests) == ([], [])

    def test_an_output_that_does_not_open_is_reported_and_so_is_its_opening(self) -> None:
        bench = Bench()
        bench.gate_says(OPENED(0))
        bench.list_ports()
        bench.choose("output", "synth")
        bench.gate_says()
        list(bench.gate.died(0))
        bench.gate_says(LOST(0))
        assert bench.troubles.text == "the MIDI output 'synth' is not there: playing on, looking for it"
        assert bench.facts.port("output") == "none"
        bench.gate_says(OPENED(0))
        assert bench.troubles.text == "the MIDI output 'synth' is there"

    def test_notes_that_a_dead_gate_left_are_ended_at_the_same_output_by_the_next(self) -> None:
        bench = Bench(bass_output="synth")
        bench.gate_says(OPENED(0), OPENED(1), Frame(Kind.ON, 1, 0, 36, 90, port=1), Frame(Kind.ON, 1, 0, 60, 90))
        list(bench.gate.died(0))  # it was killed
        bench.list_ports()
        bench.choose("output", "synth")
        bench.choose("bass-output", "")
        bench.gate_says()
        list(bench.gate.died(0))
        bench.kinds_sent()
        list(bench.gate.commands(10**9))
        frames = [frame for frame in FrameReader().feed(bench.gate_child.sent) if frame.kind is Kind.SEND]
        assert [(frame.port, frame.note) for frame in frames] == [(0, 36)]


class TestInput:
    def test_another_process_listens_to_the_chosen_input_and_keys_are_let_go(self) -> None:
        bench = Bench(60)
        bench.midi_child.said = [(0, PORT_IS_THERE)]
        list(bench.midi.commands(0))
        assert bench.facts.port("input") == "Polate In"
        bench.list_ports()
        bench.choose("input", "keys")
        list(bench.midi.commands(0))
        assert bench.midi_child.given == {"inputs": ["keys"]}
        assert (bench.midi_child.sent, bench.midi_child.rests) == (b"\0", [0])
        assert list(bench.midi.died(0)) == [KeyUp(60)]
        bench.midi_child.said = [(0, PORT_IS_THERE)]
        list(bench.midi.commands(0))
        assert (bench.facts.port("input"), bench.midi_child.sent) == ("keys", b"\0")
        bench.midi_child.said = [(0, PORT_IS_GONE)]
        list(bench.midi.commands(0))
        assert bench.facts.port("input") == "none"

    def test_feedback_goes_to_the_chosen_output_once_the_gate_has_it(self) -> None:
        bench = Bench()
        bench.list_ports()
        bench.choose("feedback-output", "lights")
        list(bench.midi.commands(10**9))
        assert bench.kinds_sent() == []
        bench.gate_says()
        assert bench.kinds_sent() == [Kind.QUIT]
        list(bench.gate.died(0))
        bench.gate_says(OPENED(0), OPENED(1))
        bench.midi_child.said = []
        list(bench.midi.commands(2 * 10**9))
        bench.choose("feedback-output", "")
        bench.kinds_sent()
        list(bench.midi.commands(3 * 10**9))
        assert bench.kinds_sent() == []

    @pytest.mark.parametrize("sync", ["internal", "midi"])
    def test_modes_and_a_reset_let_go_of_keys_whatever_the_clock(self, sync: str) -> None:
        bench = Bench(60, sync=sync)
        bench.midi_child.said = [(0, b"\xb2\x7b\x00"), (0, b"\xff"), (0, b"\xf8")]
        released = [control for control in bench.midi.commands(0) if isinstance(control, ReleaseKeys)]
        assert released == [ReleaseKeys(2), ReleaseKeys()]


class TestSeveralInputs:
    """Records of an input follow a record with its number."""

    INPUTS = ("knobs", "keys")

    def bench(self, *keys: int, **config: Any) -> Bench:
        bench = Bench(*keys, inputs=list(self.INPUTS), **config)
        bench.midi_child.said = [(0, PORT_IS_THERE), (0, b"\2\1"), (0, PORT_IS_THERE)]
        assert list(bench.midi.commands(0)) == []
        return bench

    def hear(self, bench: Bench, *messages: bytes) -> list[Control]:
        bench.midi_child.said = [(0, message) for message in messages]
        return list(bench.midi.commands(0))

    def test_all_are_named_once_they_are_there(self) -> None:
        bench = self.bench()
        assert bench.facts.port("input") == "knobs, keys"
        self.hear(bench, b"\2\0", PORT_IS_GONE)
        assert bench.facts.port("input") == "keys"

    def test_a_mapping_is_of_its_own_input(self) -> None:
        maps = [Mapping(source="cc 21", target="gate", input="knobs"), Mapping(source="cc 22", target="swing")]
        bench = self.bench(map=maps)
        gate, swing = b"\xb0\x15\x7f", b"\xb0\x16\x00"
        assert self.hear(bench, gate, swing) == [Set("swing", 50.0)]  # of input 1, "keys"
        assert self.hear(bench, b"\2\0", gate, swing) == [Set("gate", 200.0), Set("swing", 50.0)]

    def test_only_one_inputs_notes_are_keys_if_it_is_named(self) -> None:
        bench = self.bench(keys_input="knobs")
        assert self.hear(bench, b"\x90\x3c\x40", b"\x80\x3c\x00") == []
        assert self.hear(bench, b"\2\0", b"\x90\x3c\x40") == [KeyDown(60, 64)]

    def test_the_keys_of_an_input_that_is_unplugged_end_and_no_others(self) -> None:
        bench = self.bench(60, 62)
        self.hear(bench, b"\x90\x3c\x40", b"\2\0", b"\x90\x3e\x40")
        assert self.hear(bench, b"\2\1", PORT_IS_GONE) == [KeyUp(60)]

    def test_a_control_is_learned_with_its_input(self) -> None:
        bench = self.bench(cc={99: "swing"})
        assert bench.midi.claims(Learn("gate"))
        trembling = bytes((0xB0, 7, 3))
        moved = [bytes((0xB0, 21, value)) for value in range(40, 60)]
        assert self.hear(bench, b"\2\0", trembling, b"\2\1", *moved) == []
        list(bench.midi.commands(REST_NS))
        assert bench.facts.bound.mappings == (("cc 21", "gate"), ("cc 99", "swing"))
        assert self.hear(bench, b"\2\0", b"\xb0\x15\x7f") == []
        assert self.hear(bench, b"\2\1", b"\xb0\x15\x7f") == [Set("gate", 200.0)]

    def test_a_controller_that_is_not_there_is_looked_for_with_its_names(self) -> None:
        bench = Bench(controller="midimix", input="MIDI Mix", inputs=["Polate In"], axes=8)
        self.hear(bench, PORT_IS_GONE, b"\2\1", PORT_IS_THERE)
        assert bench.troubles.text == "no MIDI input 'MIDI Mix' or 'MIDImix' of midimix is there: looking for it"
        assert not bench.facts.misses_ports
        assert bench.facts.port("input") == "Polate In"
        self.hear(bench, b"\2\0", PORT_IS_THERE)
        assert bench.troubles.text == "the MIDI input 'MIDI Mix' is there"


class TestLearning:
    def test_a_control_that_moves_is_bound_and_moves_nothing_else_meanwhile(self) -> None:
        bench = Bench(60, cc={21: "morph"})
        assert bench.midi.claims(Learn("gate"))
        assert bench.facts.bound.learning == "gate"
        bench.midi_child.said = [(0, bytes((0xB0, 21, value))) for value in range(40, 60)]
        bench.midi_child.said.append((0, b"\x80\x3c\x00"))  # a key that was held before
        assert list(bench.midi.commands(0)) == [KeyUp(60)]
        assert bench.midi.deadline_ns == REST_NS
        assert list(bench.midi.commands(REST_NS)) == []
        assert bench.facts.bound.learning == ""
        assert bench.facts.bound.mappings == (("cc 21", "gate"),)
        bench.midi_child.said = [(0, b"\xb0\x15\x7f")]
        assert list(bench.midi.commands(REST_NS)) == [Set("gate", 200.0)]

    def test_a_doubt_is_shown_and_counts_as_no_refusal(self) -> None:
        bench = Bench()
        bench.midi.claims(Learn("gate"))
        bench.midi_child.said = [(0, b"\xb0\x15\x01")]
        list(bench.midi.commands(0))
        list(bench.midi.commands(REST_NS))
        assert (bench.troubles.text, bench.troubles.refused) == ("learn gate: cc 21? move it further", 0)
        bench.midi.claims(Learn(""))
        assert (bench.facts.bound.learning, bench.midi.deadline_ns) == ("", None)

    def test_what_cannot_be_a_target_is_refused(self) -> None:
        bench = Bench()
        for control in (Learn("z/9"), Forget("z/9")):
            with pytest.raises(ConfigError, match="the model has axes"):
                bench.midi.claims(control)
        with pytest.raises(ConfigError, match="target must be one of"):
            bench.midi.claims(Learn("nothing"))

    def test_a_target_is_forgotten(self) -> None:
        bench = Bench(cc={21: "morph", 22: "gate"})
        bench.midi.claims(Forget("morph"))
        assert bench.facts.bound.mappings == (("cc 22", "gate"),)

    def test_a_template_is_read_beside_the_music_and_then_used(self) -> None:
        bench = Bench(8, axes=8)
        bench.midi.claims(ChooseController("nanokontrol2"))
        wait_until(lambda: not list(bench.midi.commands(0)) and bench.facts.bound.controller, 10, "the template")
        assert len(bench.facts.bound.mappings) > 20
        bench.midi.claims(ChooseController("none"))
        wait_until(lambda: not list(bench.midi.commands(0)) and bench.troubles.text, 10, "the refusal")
        assert "controller must be one of apc-mini" in bench.troubles.text
        assert bench.facts.bound.controller == "nanokontrol2"
        bench.midi.claims(ChooseController(""))
        assert bench.facts.bound.controller == ""
        assert ("cc 70", "z/1") in bench.facts.bound.mappings
