"""Polate among its neighbours: clocks, controllers, other outputs, and OSC programs that listen."""

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pythonosc.osc_bundle_builder import OscBundleBuilder
from rig import (
    Controller,
    Heard,
    Receiver,
    Rig,
    children_of,
    free_udp_port,
    next_line,
    no_midi,
    osc_message,
    playing,
    start_polate,
    wait_until,
)

from polate.model.decoder import Decoder
from polate.osc.packets import messages

pytestmark = pytest.mark.jack

CLOCK, START, CONTINUE, STOP = [0xF8], [0xFA], [0xFB], [0xFC]


@contextlib.contextmanager
def on_stage(rig: Rig, *options: str, config: str = "", folder: Path | None = None) -> Iterator[subprocess.Popen[str]]:
    """Polate between the controller and the DAW, both by name; ready when it says so."""
    if folder:
        (folder / "polate.toml").write_text(config)
        options = (*options, "--config", str(folder / "polate.toml"))
    process = start_polate("--output", "daw", "--input", "knobs", *options, env=rig.jack.env)
    rig.owns(process)
    assert "playing" in next_line(process)
    yield process


def test_two_controllers_play_together_and_the_keys_come_from_one(rig: Rig, tmp_path: Path) -> None:
    pads = Controller("pads")
    try:
        options = ("--input", "pads", "--keys-input", "pads", "--keys", "chromatic", "--bpm", "400", "--order", "chord")
        maps = '[[map]]\ninput = "knobs"\nsource = "cc 1"\ntarget = "stop"\n'
        with on_stage(rig, *options, config=maps, folder=tmp_path) as process:
            rig.knobs.send((0x90, 40, 100))
            pads.send((0xB0, 1, 127))
            pads.send((0x90, 72, 100))
            wait_until(lambda: 72 in rig.daw.note_ons(), 10, "the tonic of the key")
            assert 40 not in rig.daw.note_ons()
            rig.knobs.turn(1, 127)
            wait_until(lambda: not rig.daw.sounding(), 10, "the end of the music")
            time.sleep(0.3)
            since = len(rig.daw.heard)
            time.sleep(0.5)
            assert rig.daw.note_ons(since) == []
            assert rig.stop(process).controls == 3  # play, the key, stop
    finally:
        pads.close()


def test_a_controller_that_is_plugged_in_is_opened_by_its_template(rig: Rig) -> None:
    mix = Controller("MIDI Mix")
    try:
        process = start_polate("--output", "daw", "--controller", "midimix", env=rig.jack.env)
        rig.owns(process)
        assert "listening to MIDI from 'MIDI Mix:MIDI Mix, Polate In'" in next_line(process)
        wait_until(rig.daw.note_ons, 10, "notes")
        mix.send((0x90, 26, 127))  # stop
        wait_until(lambda: rig.daw.note_ons() and not rig.daw.sounding(), 10, "the end of the music")
        assert rig.stop(process).controls == 3
    finally:
        mix.close()


def tick(rig: Rig, count: int, bpm: float, *, first: float | None = None) -> float:
    """Send so many clock ticks, each at its time; returns when the next is due."""
    due = first if first is not None else time.monotonic()
    for _ in range(count):
        time.sleep(max(0.0, due - time.monotonic()))
        rig.knobs.send(CLOCK)
        due += 60 / bpm / 24
    return due


def strikes(rig: Rig, since: int = 0) -> list[tuple[float, int]]:
    return [(h.at, h.data[1]) for h in rig.daw.heard[since:] if h.data[0] & 0xF0 == 0x90]


class TestMidiClock:
    def test_it_starts_stops_and_goes_on_with_the_clock(self, rig: Rig) -> None:
        with on_stage(rig, "--no-osc", "--sync", "midi"):
            time.sleep(0.3)
            assert strikes(rig) == []  # waits for the clock
            due = tick(rig, 24, 150)
            rig.knobs.send(START)
            due = tick(rig, 96, 150, first=due)
            rig.knobs.send(STOP)
            time.sleep(0.3)
            heard = strikes(rig)
            assert 15 <= len(heard) <= 17  # four beats of sixteenths
            assert not rig.daw.sounding()
            steps = [b - a for (a, _), (b, _) in itertools.pairwise(heard)]
            assert sorted(steps)[len(steps) // 2] == pytest.approx(0.1, abs=0.01)
            rig.knobs.send([0xF2, 0, 0])
            rig.knobs.send(CONTINUE)
            tick(rig, 24, 150)
            time.sleep(0.1)
            assert [note for _, note in strikes(rig)[len(heard) :]][:4] == [note for _, note in heard[:4]]

    def test_a_clock_that_stays_away_releases_what_sounds(self, rig: Rig) -> None:
        with on_stage(rig, "--no-osc", "--sync", "midi", "--rate", "1/1", "--gate", "100"):
            due = tick(rig, 12, 120)
            rig.knobs.send(START)
            tick(rig, 24, 120, first=due)
            wait_until(rig.daw.sounding, 2, "a note")
            wait_until(lambda: not rig.daw.sounding(), 2, "silence")

    def test_the_clock_that_it_sends_is_24_ticks_a_beat_and_begins_with_start(self, rig: Rig) -> None:
        with on_stage(rig, "--no-osc", "--clock-out", "--bpm", "150") as process:
            wait_until(lambda: len(strikes(rig)) > 24, 10, "notes")
            summary = rig.stop(process)
        # By their order: a busy receiver finds many at once, and their times tell nothing.
        heard, told = rig.daw.heard, rig.daw.clock()
        began = next(place for place, message in enumerate(heard) if message.data == (0xFA,))
        notes = [place for place, message in enumerate(heard) if message.data[0] == 0x90]
        beats = (heard[notes[24]].at - heard[notes[0]].at) / 0.4 if summary.dropped else 6
        assert ticks(heard[notes[0] : notes[24]]) == pytest.approx(beats * 24, abs=1)
        assert ticks(heard[min(began, notes[0]) : max(began, notes[0])]) <= 1
        assert told[-1].data == (0xFC,) or (0xFC,) in [heard.data for heard in told[-3:]]

    def test_a_jump_of_the_clock_it_follows_is_a_jump_of_the_one_it_sends(self, rig: Rig) -> None:
        with on_stage(rig, "--no-osc", "--sync", "midi", "--clock-out"):
            due = tick(rig, 24, 120)
            rig.knobs.send(START)
            end = time.monotonic() + 20
            while not {(0xFA,), (0xFB,)} & set(words(rig)) and time.monotonic() < end:
                due = tick(rig, 6, 120, first=due)
            rig.knobs.send([0xF2, 64, 0])
            while not (jumped := jump_to(rig, 64)) and time.monotonic() < end:
                due = tick(rig, 6, 120, first=due)
            assert [message[0] for message in jumped] == [0xFC, 0xF2, 0xFB], words(rig)

    def test_the_clock_is_chosen_while_playing_and_the_music_goes_on(self, rig: Rig) -> None:
        osc = free_udp_port()
        with on_stage(rig, "--bpm", "150", "--osc-port", str(osc)) as process:
            wait_until(lambda: is_in_time(rig, 150), 10, "notes at its own tempo")
            send(osc, "/polate/sync", "midi")
            due = tick(rig, 96, 110)
            end = time.monotonic() + 10
            while not is_in_time(rig, 110):
                assert time.monotonic() < end, "notes must have the clock's tempo"
                due = tick(rig, 6, 110, first=due)
            rig.knobs.send(STOP)
            wait_until(lambda: not rig.daw.sounding() and quiet(rig), 5, "silence")
            send(osc, "/polate/sync", "internal")
            send(osc, "/polate/play", 1)
            send(osc, "/polate/tempo", 180.0)
            wait_until(lambda: is_in_time(rig, 180), 10, "notes at its own tempo again")
            assert rig.stop(process).refused == 0


def ticks(heard: Sequence[Heard]) -> int:
    return sum(message.data == (0xF8,) for message in heard)


def words(rig: Rig) -> list[tuple[int, ...]]:
    """What the clock that is sent says beside its ticks."""
    return [heard.data for heard in rig.daw.clock() if heard.data != (0xF8,)]


def jump_to(rig: Rig, sixteenth: int) -> list[tuple[int, ...]]:
    """The song position that is there or a little after, and the words beside it, when all are heard."""
    said = words(rig)
    for place, (status, *rest) in enumerate(said):
        if status == 0xF2 and sixteenth <= rest[0] <= sixteenth + 2 and len(said) > place + 1:
            return said[place - 1 : place + 2]
    return []


class TestLink:
    @pytest.mark.link
    def test_it_plays_in_time_with_a_peer_and_takes_and_gives_the_tempo(self, rig: Rig) -> None:
        from polate.sync.link_peer import LinkPeer

        osc = free_udp_port()
        with LinkPeer(133.0, 4.0) as peer, on_stage(rig, "--sync", "link", "--osc-port", str(osc)) as process:
            wait_until(lambda: peer.state().peers == 1, 10, "the peer")
            wait_until(lambda: is_in_time(rig, peer.state().bpm), 15, "notes at the session's tempo")
            send(osc, "/polate/tempo", 90.0)
            wait_until(lambda: abs(peer.state().bpm - 90.0) < 0.1, 5, "the tempo at the peer")
            wait_until(lambda: is_in_time(rig, 90.0), 5, "notes at the new tempo")
            peer.set_playing(False)
            wait_until(lambda: not rig.daw.sounding() and quiet(rig), 5, "silence")
            assert rig.stop(process).refused == 0

    @pytest.mark.link
    def test_a_session_is_joined_and_left_while_playing(self, rig: Rig) -> None:
        from polate.sync.link_peer import LinkPeer

        osc = free_udp_port()
        with LinkPeer(133.0, 4.0) as peer, on_stage(rig, "--bpm", "100", "--osc-port", str(osc)):
            wait_until(lambda: is_in_time(rig, 100), 10, "notes at its own tempo")
            assert peer.state().peers == 0
            send(osc, "/polate/sync", "link")
            wait_until(lambda: peer.state().peers == 1, 10, "the peer")
            wait_until(lambda: is_in_time(rig, 133), 10, "notes at the session's tempo")
            assert not peer.state().playing  # who joins starts nobody else
            send(osc, "/polate/sync", "internal")
            wait_until(lambda: peer.state().peers == 0, 10, "that it leaves")
            send(osc, "/polate/tempo", 90.0)
            wait_until(lambda: is_in_time(rig, 90), 10, "notes at its own tempo again")


def is_in_time(rig: Rig, bpm: float) -> bool:
    """Whether the last nine notes are sixteenths of this tempo."""
    heard = strikes(rig)[-9:]
    return len(heard) == 9 and abs((heard[-1][0] - heard[0][0]) / 8 - 60 / bpm / 4) < 0.004


def quiet(rig: Rig) -> bool:
    since = len(rig.daw.heard)
    time.sleep(0.5)
    return strikes(rig, since) == []


class TestController:
    def test_maps_pickup_and_notes_played_through(self, rig: Rig, tmp_path: Path) -> None:
        config = """
            bpm = 250.0
            osc = false
            keys = "through"
            keys-channel = 9
            [[map]]
            source = "cc14 1"
            target = "velocity"
            [[map]]
            source = "note 36"
            target = "play"
            mode = "toggle"
        """
        with on_stage(rig, config=config, folder=tmp_path):
            wait_until(lambda: len(strikes(rig)) > 3, 5, "notes")
            rig.knobs.turn(1, 127)
            rig.knobs.turn(33, 127)
            wait_until(lambda: rig.daw.heard[-1].data[2] == 127 or rig.daw.heard[-2].data[2] == 127, 2, "loud notes")
            rig.knobs.send([0x90, 36, 100])
            wait_until(lambda: quiet(rig), 3, "silence")
            since = len(rig.daw.heard)
            rig.knobs.send([0x90, 61, 55])  # C4, D#4, A#3, E4 ... : C# is between C and D
            wait_until(lambda: len(rig.daw.heard) > since, 2, "the key")
            rig.knobs.send([0x80, 61, 0])
            wait_until(lambda: len(rig.daw.heard) > since + 1, 2, "its end")
            (on, note, velocity), (off, ended, _) = (heard.data for heard in rig.daw.heard[since : since + 2])
            assert (on, velocity, off, ended) == (0x98, 55, 0x88, note)
            assert abs(note - 61) <= 2

    def test_a_controller_that_comes_back_turns_what_it_turned_before(self, rig: Rig, tmp_path: Path) -> None:
        osc = free_udp_port()
        config = f'osc-port = {osc}\n[[map]]\nsource = "cc 21"\ntarget = "z/3"\nrange = [0.5, 1.0]\n'
        with on_stage(rig, config=config, folder=tmp_path):
            listener = Listener(osc)
            with listener.socket:
                listener.say("/polate/subscribe")
                rig.knobs.turn(21, 127)
                wait_until(lambda: listener.knows("/polate/z/3", 1.0), 5, "the knob")
                rig.knobs.close()
                time.sleep(2.5)
                rig.knobs = Controller()

                def is_turned_again() -> bool:
                    rig.knobs.turn(21, 0)
                    return listener.knows("/polate/z/3", 0.5)

                wait_until(is_turned_again, 10, "the knob again")

    def test_a_program_change_recalls_the_snapshot_of_its_number(self, rig: Rig) -> None:
        osc = free_udp_port()
        with on_stage(rig, "--osc-port", str(osc)):
            listener = Listener(osc)
            with listener.socket:

                def sets(address: str, value: float) -> None:
                    listener.say(address, value)
                    wait_until(lambda: listener.knows(address, value), 5, f"{address} {value}")

                listener.say("/polate/subscribe")
                for number, (place, swing) in {"6": (1.0, 60.0), "7": (0.5, 70.0)}.items():
                    sets("/polate/z/1", place)
                    sets("/polate/swing", swing)
                    listener.say("/polate/snapshot/store", number)
                for program, (place, swing) in ((5, (1.0, 60.0)), (6, (0.5, 70.0)), (5, (1.0, 60.0))):
                    sets("/polate/z/1", 0.0)
                    sets("/polate/swing", 50.0)
                    rig.knobs.send([0xC0, program])
                    wait_until(lambda place=place: listener.knows("/polate/z/1", place), 5, f"the place of {program}")
                    wait_until(lambda swing=swing: listener.knows("/polate/swing", swing), 5, f"the swing of {program}")

    def test_a_key_is_let_go_when_nobody_is_left_to_say_so(self, rig: Rig) -> None:
        with on_stage(rig, "--no-osc", "--keys", "through", "--keys-channel", "5", "--probability", "0") as process:
            for key in (60, 67):
                rig.knobs.send([0x90, key, 100])
            wait_until(lambda: len(rig.daw.sounding()) == 2, 5, "the keys")
            os.kill(children_of(process.pid)["polate.midi.input_process"], signal.SIGKILL)
            # A JACK client that is killed holds its server back for some 5 s.
            wait_until(lambda: not rig.daw.sounding(), 15, "their ends")

    def test_rings_show_what_others_have_moved_and_not_what_the_hand_has(self, rig: Rig) -> None:
        osc = free_udp_port()
        rings, listener = Receiver("rings"), Listener(osc)
        try:
            with on_stage(rig, "--osc-port", str(osc), "--feedback-output", "rings"):
                listener.say("/polate/subscribe")
                listener.say("/polate/z/2", 1.0)
                wait_until(lambda: (0xB0, 71, 127) in [heard.data for heard in rings.heard], 5, "the ring")
                since = len(rings.heard)
                rig.knobs.turn(71, 64)
                rig.knobs.turn(72, 127)
                wait_until(lambda: listener.knows("/polate/z/3", 1.0), 5, "the hand")
                listener.say("/polate/z/3", 0.0)
                # What was turned last is written to when it has rested; what was turned before has rested longer.
                wait_until(lambda: (0xB0, 72, 0) in [heard.data for heard in rings.heard[since:]], 5, "the other ring")
                assert 71 not in [heard.data[1] for heard in rings.heard[since:]]  # it knows where it stands
        finally:
            rings.close()
            listener.socket.close()

    def test_the_bass_has_a_port_of_its_own(self, rig: Rig) -> None:
        bass = Receiver("bass")
        try:
            with on_stage(rig, "--no-osc", "--bass", "3", "--bass-output", "bass", "--bpm", "250") as process:
                wait_until(lambda: len(bass.note_ons()) > 3, 10, "the bass")
                rig.stop(process)
                wait_until(lambda: not bass.sounding() and not rig.daw.sounding(), 2, "silence")
            assert {heard.data[0] for heard in bass.heard if heard.data[0] & 0xF0 == 0x90} == {0x92}
            assert {status for status in (h.data[0] for h in rig.daw.heard) if status & 0xF0 == 0x90} == {0x90}
        finally:
            bass.close()


def send(port: int, address: str, *arguments: object) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(osc_message(address, *arguments).dgram, ("127.0.0.1", port))


class Listener:
    """An OSC program that subscribes."""

    def __init__(self, polate: int) -> None:
        self._polate = ("127.0.0.1", polate)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.05)
        self.known: dict[str, Sequence[object]] = {}

    def say(self, address: str, *arguments: object) -> None:
        self.socket.sendto(osc_message(address, *arguments).dgram, self._polate)

    def knows(self, address: str, *arguments: object) -> bool:
        """Read what there is. Whether this was told last."""
        with contextlib.suppress(TimeoutError):
            while True:
                for heard in messages(self.socket.recv(65536)):
                    self.known[heard.address] = heard.arguments
        return self.known.get(address) == list(arguments)


class TestControlsThatAreLearned:
    def test_a_knob_is_bound_while_playing_and_moves_its_target(self, rig: Rig) -> None:
        osc = free_udp_port()
        listener = Listener(osc)
        with on_stage(rig, "--osc-port", str(osc)), listener.socket:
            listener.say("/polate/subscribe")
            wait_until(lambda: listener.knows("/polate/learn", ""), 5, "the state")
            listener.say("/polate/learn", "z/2")
            wait_until(lambda: listener.knows("/polate/learn", "z/2"), 5, "learning")
            for value in range(30, 60):
                rig.knobs.turn(39, value)
                time.sleep(0.005)
            wait_until(lambda: listener.knows("/polate/learn", ""), 5, "the binding")
            rig.knobs.turn(39, 127)
            wait_until(lambda: listener.knows("/polate/z/2", 1.0), 5, "the axis")
            rig.knobs.turn(70, 127)  # what was bound before
            wait_until(lambda: listener.knows("/polate/z/1", 1.0), 5, "the other axis")


class TestPortsThatAreChosen:
    def test_output_and_input_change_while_playing_and_no_note_is_left_hanging(self, rig: Rig, tmp_path: Path) -> None:
        osc, take = free_udp_port(), tmp_path / "take.mid"
        synth = Receiver("synth")
        listener = Listener(osc)
        try:
            options = ("--osc-port", str(osc), "--record", str(take), "--bass", "2", "--rate", "1/4", "--gate", "150")
            with on_stage(rig, *options, folder=tmp_path) as process, listener.socket:
                listener.say("/polate/subscribe")
                wait_until(lambda: listener.knows("/polate/output", "daw"), 5, "the state")
                wait_until(rig.daw.sounding, 5, "a note")
                listener.say("/polate/output", "synth")
                wait_until(synth.note_ons, 10, "notes at the other output")
                assert not rig.daw.sounding()
                assert listener.knows("/polate/output", "synth")
                listener.say("/polate/bass-output", "daw")
                since = len(rig.daw.heard)
                wait_until(lambda: rig.daw.note_ons(since), 10, "the bass")
                assert {heard.data[0] & 0x0F for heard in rig.daw.heard[since:] if heard.data[0] & 0xF0 == 0x90} == {1}
                listener.say("/polate/input", "")
                virtual = "Polate In:Polate In"  # the port that is connected to the controller has this name too
                wait_until(
                    lambda: virtual in rig.jack.ports() and virtual not in rig.jack.connections("knobs:knobs"),
                    10,
                    "the virtual input",
                )
                rig.jack.connect("knobs:knobs", virtual)
                rig.knobs.turn(70, 127)
                wait_until(lambda: listener.knows("/polate/z/1", 1.0), 5, "the knob")
                listener.say("/polate/output", "nobody")
                wait_until(
                    lambda: (
                        "there is no MIDI output 'nobody'; there are: " in str(listener.known.get("/polate/trouble"))
                        or listener.knows("/polate/none")
                    ),
                    10,
                    "the refusal",
                )
                rig.stop(process)
            assert not rig.daw.sounding()
            assert not synth.sounding()
        finally:
            synth.close()
        done = subprocess.run(
            [sys.executable, "-m", "polate", "replay", str(take.with_suffix(".jsonl"))],
            capture_output=True,
            text=True,
            check=False,
        )
        assert "identical" in done.stdout, done


class TestOscListeners:
    def test_what_is_set_is_told_on_the_same_address_whoever_sets_it(self, rig: Rig, decoder: Decoder) -> None:
        osc = free_udp_port()
        with on_stage(rig, "--osc-port", str(osc)):
            listener = Listener(osc)
            with listener.socket:
                listener.say("/polate/subscribe")
                wait_until(lambda: listener.knows("/polate/pattern", decoder.decode([0.0] * 8).text), 5, "the state")
                listener.say("/polate/swing", 60)
                wait_until(lambda: listener.knows("/polate/swing", 60.0), 3, "the swing")
                rig.knobs.turn(70, 127)
                wait_until(lambda: listener.knows("/polate/z/1", 1.0), 3, "the knob")
                listener.say("/polate/snapshot/store", "verse")
                listener.say("/polate/z/1", 0.0)
                wait_until(lambda: listener.knows("/polate/z/1", 0.0), 3, "the axis")
                listener.say("/polate/snapshot/recall", "verse")
                wait_until(lambda: listener.knows("/polate/z/1", 1.0), 3, "the snapshot")
                listener.say("/polate/swing", 99)
                wait_until(
                    lambda: (
                        "swing must be a number 50..75" in str(listener.known.get("/polate/trouble"))
                        or listener.knows("/polate/none")
                    ),
                    3,
                    "the refusal",
                )
                assert listener.knows("/polate/swing", 60.0)

    def test_a_bundle_waits_for_its_time_tag(self) -> None:
        osc = free_udp_port()
        with playing("--osc-port", str(osc), "--midi-api", "jack", env=no_midi()) as process:
            next_line(process)
            listener = Listener(osc)
            with listener.socket:
                listener.say("/polate/subscribe")
                wait_until(lambda: listener.knows("/polate/swing", 50.0), 5, "the state")
                bundle = OscBundleBuilder(time.time() + 0.7)  # type: ignore[arg-type]
                bundle.add_content(osc_message("/polate/swing", 70.0))
                bundle.add_content(osc_message("/polate/gate", 150.0))
                listener.socket.sendto(bundle.build().dgram, ("127.0.0.1", osc))
                sent = time.monotonic()
                wait_until(lambda: listener.knows("/polate/swing", 70.0), 5, "the bundle")
                assert 0.6 < time.monotonic() - sent < 1.2
                assert listener.knows("/polate/gate", 150.0)
