"""The real thing: Polate as its own process between a controller and a receiver on JACK; OSC from real clients."""

import contextlib
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mido
import pytest
from page_rig import Page
from pythonosc.osc_message import OscMessage
from rig import (
    PLAYER_IN,
    PLAYER_OUT,
    Controller,
    Receiver,
    Rig,
    children_of,
    free_udp_port,
    hang,
    heeded,
    next_line,
    osc_message,
    start_polate,
    wait_until,
)

from polate import Pattern
from polate.model.decoder import Decoder

pytestmark = pytest.mark.jack

FAST = ("--bpm", "250", "--rate", "1/16", "--no-osc")
STEP = 0.06  # seconds, of FAST
CLEAN_RUNS = 6  # how often a run is tried again when the machine stalled for more than a step


def turned(decoder: Decoder, values: list[int]) -> Pattern:
    """What the decoder gives for eight knobs at these values, 0..127."""
    return decoder.decode([axis.at(value / 127) for axis, value in zip(decoder.axes, values, strict=True)])


def follows(cycle: tuple[int, ...], heard: list[int]) -> bool:
    """Whether these notes are a stretch of the cycle, wherever it begins."""
    return any(
        all(note == cycle[(start + place) % len(cycle)] for place, note in enumerate(heard))
        for start in range(len(cycle))
    )


def _first_note(rig: Rig, since: int, not_before: float) -> int | None:
    """The first note of those heard after ``since`` that began at that time or later."""
    return next((h.data[1] for h in rig.daw.heard[since:] if h.at >= not_before and h.data[0] == 0x90), None)


def _interrupted(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Ctrl-C, and what was said."""
    process.send_signal(signal.SIGINT)
    return process.communicate(timeout=20)


def plain(text: str) -> bool:
    """Whether it has no control or escape characters but line feeds."""
    return all(each.isprintable() or each == "\n" for each in text)


def osc_player(rig: Rig, *options: str) -> int:
    """Start with OSC on a free port; returns the port once it is listened to."""
    port = free_udp_port()
    process = rig.play("--bpm", "250", "--rate", "1/16", "--osc-port", str(port), *options)
    assert f"OSC on 127.0.0.1:{port}" in next_line(process)
    return port


class TestNotes:
    def test_the_notes_heard_are_those_of_the_pattern_for_the_knobs(self, rig: Rig, decoder: Decoder) -> None:
        values = [55, 80, 114, 9, 66, 36, 100, 107]  # tritone 0 21 5 11 17
        cycle = turned(decoder, values).render(60)[:-1]
        for _ in range(CLEAN_RUNS):
            process = rig.play(*FAST)
            for axis, value in enumerate(values):
                rig.knobs.turn(70 + axis, value)
            time.sleep(4 * STEP)
            since = len(rig.daw.heard)
            wait_until(lambda since=since: len(rig.daw.note_ons(since)) >= len(cycle) + 10, 30, "a turn of the pattern")
            heard = rig.daw.note_ons(since)
            assert set(heard) <= set(cycle)
            if (
                rig.stop(process).dropped == 0
            ):  # else the machine stood still for more than a step, and notes are missing
                assert set(heard) == set(cycle)
                assert follows(cycle, heard)
                return
        pytest.fail(f"no run of {CLEAN_RUNS} without dropped steps")

    def test_over_80_random_turns_each_is_heard_at_the_next_step(self, rig: Rig, decoder: Decoder) -> None:
        rig.play(*FAST)
        values = [64] * 8
        for axis, value in enumerate(values):
            rig.knobs.turn(70 + axis, value)
        time.sleep(4 * STEP)
        late = telling = 0
        dice = random.Random(5)
        for _ in range(80):
            before = set(turned(decoder, values).render(60))
            values = [dice.randrange(128) for _ in values]
            after = set(turned(decoder, values).render(60))
            since = len(rig.daw.heard)
            for axis, value in enumerate(values):
                rig.knobs.turn(70 + axis, value)
            sent = time.monotonic()
            # 10 ms: the JACK periods of the receiver, of the sender and of Polate's input
            wait_until(lambda since=since, sent=sent: _first_note(rig, since, sent + 0.010), 5, "a step after the turn")
            note = _first_note(rig, since, sent + 0.010)
            late += note not in after
            telling += note not in before
        assert telling >= 8  # notes that the pattern before could not have given
        assert late <= 1

    def test_no_beat_is_lost_and_no_note_hangs_while_every_knob_turns(self, rig: Rig) -> None:
        process = rig.play(*FAST)
        dice, began = random.Random(6), rig.daw.heard[0].at
        while time.monotonic() - began < 3:
            rig.knobs.turn(70 + dice.randrange(8), dice.randrange(128))
            time.sleep(0.002)
        assert len(rig.daw.sounding()) <= 1
        summary = rig.stop(process)
        wait_until(lambda: not rig.daw.sounding(), 1, "silence")
        seconds = rig.daw.heard[-1].at - began
        assert abs(len(rig.daw.note_ons()) + summary.dropped - seconds / STEP) <= 3
        assert summary.controls > 200
        assert summary.refused == 0

    def test_the_channel_the_velocity_and_the_tonic_are_as_asked(self, rig: Rig, decoder: Decoder) -> None:
        rig.play(*FAST, "--channel", "5", "--velocity", "33", "--tonic", "Eb3")
        wait_until(lambda: len(rig.daw.note_ons()) > 3, 5, "notes")
        ons = [heard.data for heard in rig.daw.heard if heard.data[0] & 0xF0 == 0x90]
        assert {(status, velocity) for status, _, velocity in ons} == {(0x94, 33)}
        cycle = decoder.decode([0.0] * 8).render(51)
        assert {note for _, note, _ in ons} <= set(cycle)


class TestEndings:
    LONG = ("--bpm", "20", "--rate", "1/4", "--gate", "100", "--no-osc")  # notes of 3 seconds, one after the other
    SOON = 2  # seconds: before such a note would end by itself

    def begins_a_note(self, rig: Rig) -> None:
        """Wait until a note sounds that has begun within the last half second."""

        def has_begun() -> bool:
            ons = [heard.at for heard in rig.daw.heard if heard.data[0] & 0xF0 == 0x90]
            return bool(ons and rig.daw.sounding() and time.monotonic() - ons[-1] < 0.5)

        wait_until(has_begun, 10, "a note")

    def test_at_the_end_of_the_seconds_nothing_sounds(self, rig: Rig) -> None:
        process = rig.play(*self.LONG, "--seconds", "5")  # in the middle of the second note
        assert process.wait(20) == 0
        wait_until(lambda: not rig.daw.sounding(), self.SOON, "silence")

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_after_a_signal_nothing_sounds(self, rig: Rig, number: signal.Signals) -> None:
        with heeded(number):
            process = rig.play(*self.LONG)
        self.begins_a_note(rig)
        process.send_signal(number)
        wait_until(lambda: not rig.daw.sounding(), self.SOON, "silence")
        assert process.wait(10) == 0

    def test_when_the_player_freezes_its_notes_end(self, rig: Rig) -> None:
        process = rig.play(*self.LONG)
        self.begins_a_note(rig)
        process.send_signal(signal.SIGSTOP)
        try:
            wait_until(lambda: not rig.daw.sounding(), self.SOON, "silence")
        finally:
            process.send_signal(signal.SIGCONT)

    def test_ctrl_z_ends_the_notes_and_then_stops_and_the_music_goes_on_without_a_burst(self, rig: Rig) -> None:
        process = rig.play("--bpm", "120", "--rate", "1/16", "--gate", "200")
        self.begins_a_note(rig)
        began = time.monotonic()
        process.send_signal(signal.SIGTSTP)
        try:
            wait_until(lambda: not rig.daw.sounding(), self.SOON, "silence")
            os.waitpid(process.pid, os.WUNTRACED)  # it has stopped
            time.sleep(2)
            assert not [heard for heard in rig.daw.heard if heard.at > began + 1]
        finally:
            process.send_signal(signal.SIGCONT)
        since = len(rig.daw.heard)
        wait_until(lambda: len(rig.daw.note_ons(since)) > 6, 10, "notes")
        first = [heard.at for heard in rig.daw.heard[since:] if heard.data[0] & 0xF0 == 0x90][:6]
        assert first[-1] - first[0] > 0.3  # five sixteenth notes take 0.625 s
        rig.stop(process)
        wait_until(lambda: not rig.daw.sounding(), 1, "silence")

    def test_after_sigkill_of_the_player_nothing_sounds(self, rig: Rig) -> None:
        process = rig.play(*self.LONG)
        children = children_of(process.pid)
        self.begins_a_note(rig)
        process.kill()
        wait_until(lambda: not rig.daw.sounding(), self.SOON, "silence")
        for child in children.values():
            wait_until(lambda child=child: not _alive(child), 10, "the children to end")


def _alive(pid: int) -> bool:
    """Not so a process that has ended and waits for its parent's leave."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


class TestFailures:
    def test_a_killed_gate_is_started_again(self, rig: Rig) -> None:
        process = rig.play(*FAST)
        gate = children_of(process.pid)["polate.gate.process"]
        os.kill(gate, signal.SIGKILL)
        self.another_gate_plays(rig, process, gate)

    def test_a_killed_gates_connections_are_made_again_and_its_notes_end(self, rig: Rig) -> None:
        process = rig.play(*TestEndings.LONG)
        rig.owns(process)
        wait_until(lambda: "Polate Ends:Polate Ends" in rig.jack.ports(), 20, "the patchbay process")
        TestEndings().begins_a_note(rig)
        struck = rig.daw.sounding()
        os.kill(children_of(process.pid)["polate.gate.process"], signal.SIGKILL)
        since = len(rig.daw.heard)
        wait_until(lambda: rig.daw.note_ons(since), 20, "notes of the next gate")  # jackd -S stands still for 5 s

        def ended() -> set[tuple[int, int]]:
            return {(heard.data[0] & 0x0F, heard.data[1]) for heard in rig.daw.heard[since:] if heard.data[0] < 0x90}

        wait_until(lambda: struck <= ended(), 5, "the ends of what the dead gate had played")
        rig.stop(process)
        wait_until(lambda: not rig.daw.sounding(), 1, "silence")

    def test_a_receiver_that_is_away_for_a_moment_is_played_to_again(self, rig: Rig) -> None:
        process = rig.play(*FAST)
        wait_until(lambda: "Polate Ends:Polate Ends" in rig.jack.ports(), 20, "the patchbay process")
        for _ in range(3):
            rig.daw.close()
            rig.daw = Receiver()
            wait_until(lambda: len(rig.daw.note_ons()) > 3, 5, "notes")
        rig.stop(process)

    def test_a_gate_that_hangs_is_replaced(self, rig: Rig) -> None:
        process = rig.play(*FAST)
        gate = children_of(process.pid)["polate.gate.process"]
        hang(gate)
        self.another_gate_plays(rig, process, gate)

    def test_a_gate_that_is_stopped_is_continued_and_its_notes_are_ended(self, rig: Rig) -> None:
        process = rig.play(*TestEndings.LONG)
        wait_until(lambda: "Polate Ends:Polate Ends" in rig.jack.ports(), 20, "the patchbay process")
        wait_until(lambda: rig.daw.sounding(), 20, "a note that sounds")
        gate = children_of(process.pid)["polate.gate.process"]
        os.kill(gate, signal.SIGSTOP)
        wait_until(lambda: not rig.daw.sounding(), 2, "its end")
        since = len(rig.daw.heard)
        wait_until(lambda: rig.daw.note_ons(since), 10, "the next note")
        assert children_of(process.pid)["polate.gate.process"] == gate
        rig.stop(process)
        wait_until(lambda: not rig.daw.sounding(), 1, "silence")

    def another_gate_plays(self, rig: Rig, process: subprocess.Popen[str], gate: int) -> None:
        wait_until(lambda: children_of(process.pid).get("polate.gate.process", gate) != gate, 10, "another gate")
        time.sleep(0.5)  # the dead client's port is gone by now
        wait_until(lambda: PLAYER_OUT in rig.jack.ports(), 20, "its port")
        rig.jack.connect(PLAYER_OUT, "daw:daw")
        since = len(rig.daw.heard)
        wait_until(lambda: len(rig.daw.note_ons(since)) > 10, 5, "notes")

    def test_what_a_killed_gate_left_sounding_in_a_named_port_is_silenced(self, rig: Rig) -> None:
        process = start_polate("--output", "daw", *TestEndings.LONG, env=rig.jack.env)
        rig.owns(process)
        wait_until(lambda: len(rig.daw.note_ons()) > 1, 20, "notes")
        os.kill(children_of(process.pid)["polate.gate.process"], signal.SIGKILL)
        since = len(rig.daw.heard)
        wait_until(lambda: rig.daw.note_ons(since), 20, "the next gate")
        # JACK may lose what is sent while it gets over the death: so it is sent more than once.
        wait_until(lambda: len(rig.daw.sounding()) <= 1, 8, "the end of what was left")
        rig.stop(process)
        wait_until(lambda: not rig.daw.sounding(), 1, "silence")

    def test_a_named_port_that_comes_back_is_played_to_again(self, rig: Rig) -> None:
        process = start_polate("--output", "daw", *FAST, env=rig.jack.env)
        rig.owns(process)
        wait_until(lambda: len(rig.daw.note_ons()) > 3, 20, "notes")
        rig.daw.close()
        time.sleep(2.5)
        rig.daw = Receiver()
        wait_until(lambda: len(rig.daw.note_ons()) > 3, 10, "notes again")
        _, complaint = _interrupted(process)
        assert "the MIDI output 'daw' is gone" in complaint
        assert "the MIDI output 'daw' is there" in complaint

    def test_a_second_ctrl_c_does_not_cost_the_take(self, rig: Rig, tmp_path: Path) -> None:
        take = tmp_path / "take.mid"
        process = rig.play(*FAST, "--record", str(take))
        wait_until(lambda: len(rig.daw.note_ons()) > 8, 5, "notes")
        process.send_signal(signal.SIGINT)
        time.sleep(0.02)
        out, _ = _interrupted(process)
        assert "stopped: " in out
        recorded = [m.note for m in mido.MidiFile(take).tracks[1] if m.type == "note_on"]
        heard = rig.daw.note_ons()
        assert recorded[-len(heard) :] == heard

    def test_a_full_pipe_on_standard_error_does_not_stop_the_music(self, rig: Rig) -> None:
        port = osc_player(rig)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for _ in range(8):
                sender.sendto(b"/" + b"x" * 3000 + b"\0\0\0\0,f\0\0\x7f\xc0\0\0", ("127.0.0.1", port))
                time.sleep(0.3)
        since = len(rig.daw.heard)
        wait_until(lambda: len(rig.daw.note_ons(since)) > 10, 5, "notes")

    def test_a_killed_osc_front_is_started_again(self, rig: Rig, decoder: Decoder) -> None:
        port = osc_player(rig)
        front = children_of(rig.processes[0].pid)["polate.osc.process"]
        os.kill(front, signal.SIGKILL)
        target = decoder.metadata.landmarks[0]
        since = len(rig.daw.heard)

        def landmark_is_heard() -> bool:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.sendto(osc_message("/polate/landmark", target.text).dgram, ("127.0.0.1", port))
            time.sleep(0.2)
            return follows(Pattern.parse(target.text).render(60)[:-1], rig.daw.note_ons(since)[-5:])

        wait_until(landmark_is_heard, 10, "OSC to be heard again")

    def test_ports_that_are_not_there_are_looked_for_and_found(self, rig: Rig) -> None:
        process = start_polate("--output", "late synth", "--input", "late keys", *FAST, env=rig.jack.env)
        rig.owns(process)
        assert process.stderr is not None
        assert sorted(process.stderr.readline() for _ in range(2)) == [
            "there is no MIDI input 'late keys'; there are: 'knobs:knobs'; looking for it\n",
            "there is no MIDI output 'late synth'; there are: 'daw:daw'; looking for it\n",
        ]
        with contextlib.closing(Receiver("late synth")) as synth, contextlib.closing(Controller("late keys")):
            said = sorted(process.stderr.readline() for _ in range(2))
            assert said == ["the MIDI input 'late keys' is there\n", "the MIDI output 'late synth' is there\n"]
            wait_until(lambda: len(synth.note_ons()) > 5, 5, "notes")
            rig.stop(process)

    def test_a_name_that_fits_several_ports_ends_polate_with_their_names(self, rig: Rig) -> None:
        with contextlib.closing(Receiver("daw two")):
            process = start_polate("--output", "da", "--no-osc", env=rig.jack.env)
            _, complaint = process.communicate(timeout=20)
        assert process.returncode == 1
        assert "MIDI output 'da' could be any of " in complaint
        assert "Traceback" not in complaint

    def test_a_named_port_is_played_to_and_listened_to(self, rig: Rig) -> None:
        process = start_polate("--output", "daw", "--input", "knobs", *FAST, env=rig.jack.env)
        rig.owns(process)
        wait_until(lambda: len(rig.daw.note_ons()) > 5, 15, "notes")


class TestNamesWithControlCharacters:
    """Any program can give its port such a name. It is shown with escapes, and can be chosen as it is shown."""

    SYNTH, KEYS = "synth \x1b[31m\x07", "keys \x9b2J\u202e"
    SHOWN = r"synth \x1b[31m\x07", r"keys \x9b2J\u202e"

    @pytest.fixture(autouse=True)
    def ports(self, rig: Rig) -> Iterator[None]:
        with contextlib.closing(Receiver(self.SYNTH)), contextlib.closing(Controller(self.KEYS)):
            wait_until(lambda: f"{self.SYNTH}:{self.SYNTH}" in rig.jack.ports(), 5, "the port")
            yield

    @pytest.mark.parametrize("verb", ["ports", "doctor"])
    def test_by_the_verbs_that_list_them(self, rig: Rig, verb: str) -> None:
        command = [sys.executable, "-P", "-m", "polate", verb]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=rig.jack.env, check=False)
        shown = self.SHOWN if verb == "ports" else self.SHOWN[:1]
        assert all(name in done.stdout for name in shown)
        assert plain(done.stdout + done.stderr)

    def test_in_what_is_said_while_playing(self, rig: Rig) -> None:
        process = start_polate("--output", self.SHOWN[0], "--input", "others", *FAST, env=rig.jack.env)
        rig.owns(process)
        assert process.stderr is not None
        said = process.stderr.readline() + next_line(process)
        assert [name in said for name in self.SHOWN] == [True, True], said
        assert plain(said)

    def test_on_the_page_where_it_can_be_chosen(self, rig: Rig) -> None:
        process = start_polate("--no-open", "--web-port", str(free_udp_port()), "--no-osc", env=rig.jack.env)
        rig.owns(process)
        assert process.stdout is not None
        link = next(found[0] for line in process.stdout if (found := re.search(r"http://\S+", line)))
        outputs, inputs = [], []

        def has_come(message: dict[str, Any]) -> bool:
            ports = message.get("set", {}).get("ports", {})
            outputs.extend(ports.get("outputs", []))
            inputs.extend(ports.get("inputs", []))
            return bool(outputs)

        with Page(link).hello() as page:
            page.wait_for(has_come, 20)
            chosen = f"{self.SHOWN[0]}:{self.SHOWN[0]}"
            assert chosen in outputs
            assert f"{self.SHOWN[1]}:{self.SHOWN[1]}" in inputs
            page.send({"t": "set", "a": "/polate/output", "v": [chosen]})
            page.wait_for(lambda message: message.get("set", {}).get("status", {}).get("output") == chosen, 20)
            assert all(plain(str(text)) for message in page.heard for text in message.get("set", {}).values())


class TestOsc:
    @pytest.mark.liblo
    def test_oscsend_turns_a_knob(self, rig: Rig, decoder: Decoder) -> None:
        port = osc_player(rig)
        positions = [0.9, 0.2, 0.7, 0.4, 0.5, 0.3, 0.6, 0.1]
        for axis, position in enumerate(positions, 1):
            subprocess.run(
                ["oscsend", "127.0.0.1", str(port), f"/polate/z/{axis}", "f", str(position)], check=True, timeout=10
            )
        z = [axis.at(position) for axis, position in zip(decoder.axes, positions, strict=True)]
        self.hears(rig, decoder.decode(z))

    @pytest.mark.liblo
    def test_oscsend_goes_to_a_landmark_changes_the_tonic_and_stops(self, rig: Rig) -> None:
        port = osc_player(rig)

        def send(*words: str) -> None:
            subprocess.run(["oscsend", "127.0.0.1", str(port), *words], check=True, timeout=10)

        send("/polate/landmark", "s", "tritone 0 1 2")
        send("/polate/tonic", "i", "48")
        self.hears(rig, Pattern(6, (0, 1, 2)), tonic=48)
        send("/polate/play", "i", "0")
        time.sleep(0.2)
        since = len(rig.daw.heard)
        time.sleep(0.3)
        assert rig.daw.note_ons(since) == []
        assert not rig.daw.sounding()
        send("/polate/play", "f", "1")
        wait_until(lambda: rig.daw.note_ons(since), 2, "notes")
        assert rig.daw.note_ons(since)[0] == 48

    @pytest.mark.puredata
    def test_pure_data_turns_every_knob(self, rig: Rig, decoder: Decoder, tmp_path: Path) -> None:
        port = osc_player(rig)
        positions = [0.1, 0.8, 0.3, 0.6, 0.5, 0.7, 0.4, 0.9]
        patch = tmp_path / "knobs.pd"
        patch.write_text(_pd_patch(port, positions))
        pd = subprocess.Popen(
            ["pd", "-nogui", "-noaudio", "-nomidi", "-open", str(patch)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            z = [axis.at(position) for axis, position in zip(decoder.axes, positions, strict=True)]
            self.hears(rig, decoder.decode(z), seconds=20)
        finally:
            pd.terminate()
            pd.wait(10)

    def test_hostile_datagrams_do_not_stop_the_music(self, rig: Rig) -> None:
        port = osc_player(rig)
        dice = random.Random(9)
        nasty = [
            bytes.fromhex("2362756e646c65000000000000000001fffffffc"),
            b"/" + b"*" * 50 + b"\0\0\0,f\0\0\0\0\0\0",
            b"#bundle\0" + b"\xff" * 8,
            b"",
        ]
        began = rig.daw.heard[0].at
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            while time.monotonic() - began < 3:
                junk = dice.choice([*nasty, dice.randbytes(dice.randrange(200))])
                sender.sendto(junk, ("127.0.0.1", port))
                time.sleep(0.001)
        summary = rig.stop(rig.processes[0])
        seconds = rig.daw.heard[-1].at - began
        assert abs(len(rig.daw.note_ons()) + summary.dropped - seconds / STEP) <= 3
        assert summary.refused > 100

    def test_any_pattern_is_gone_to_and_one_without_a_place_is_pinned_and_replayed(
        self, rig: Rig, decoder: Decoder, tmp_path: Path
    ) -> None:
        take = tmp_path / "take.mid"
        port = osc_player(rig, "--record", str(take), "--order", "up")
        foreign = Pattern.parse("20 0 5 -3")  # no map has this interval
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.bind(("127.0.0.1", 0))
            client.settimeout(10)

            def send(address: str, *arguments: object) -> None:
                client.sendto(osc_message(address, *arguments).dgram, ("127.0.0.1", port))

            def pinned() -> object:
                send("/polate/pinned")
                return OscMessage(client.recv(65536)).params[0]

            for arguments, pattern in (
                (("ditone", 0, 1, -2, 5), Pattern.parse("ditone 0 1 -2 5")),
                ((60, 61, 63, 66, 67, 69, 72), Pattern.parse("tritone 0 1 3")),
                ((",".join(["0"] * 8),), decoder.decode([0.0] * 8)),
            ):
                send("/polate/go", *arguments)
                self.hears(rig, pattern, up=True)
                assert pinned() == ""
            send("/polate/go", foreign.text)
            self.hears(rig, foreign, up=True)
            wait_until(lambda: pinned() == foreign.text, 5, "the pin to be told")
            send("/polate/snapshot/store", "mine")
            send("/polate/z/1", 0.0)
            wait_until(lambda: pinned() == "", 5, "the end of the pin")
            send("/polate/corner/b", foreign.text)
            send("/polate/go", "mine")
            self.hears(rig, foreign, up=True)
            send("/polate/go", "home")
            send("/polate/go", "tritone 0 6")
            wait_until(lambda: pinned() == foreign.text, 5, "the pin to stay")
        summary = rig.stop(rig.processes[-1])
        assert summary.refused == 2
        assert_replayed(take)

    def hears(self, rig: Rig, pattern: Pattern, seconds: float = 10, tonic: int = 60, up: bool = False) -> None:
        cycle = pattern.render(tonic)[: pattern.top if up else -1]
        wait_until(lambda: follows(cycle, rig.daw.note_ons()[-12:]), seconds, f"{pattern} to be heard")


def assert_replayed(take: Path) -> None:
    """The replay of its journal is the take."""
    command = [sys.executable, "-m", "polate", "replay", str(take.with_suffix(".jsonl"))]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert f"identical to {take}" in done.stdout


class TestRecording:
    def test_the_take_is_what_the_receiver_heard(self, rig: Rig, tmp_path: Path) -> None:
        take = tmp_path / "take.mid"
        process = rig.play(*FAST, "--record", str(take), "--seconds", "4")
        dice = random.Random(7)
        for _ in range(20):
            rig.knobs.turn(70 + dice.randrange(8), dice.randrange(128))
            time.sleep(0.05)
        assert process.wait(15) == 0
        conductor, line = mido.MidiFile(take).tracks
        recorded = [m.note for m in line if m.type == "note_on"]
        heard = rig.daw.note_ons()
        assert recorded[-len(heard) :] == heard
        assert len([m for m in line if m.type == "note_off"]) == len(recorded)
        assert len([m for m in conductor if m.type == "marker"]) > 1
        assert_replayed(take)

    def test_a_take_in_which_the_gate_was_killed_is_replayed_as_it_was_heard(self, rig: Rig, tmp_path: Path) -> None:
        take = tmp_path / "take.mid"
        process = rig.play(*FAST, "--record", str(take))
        time.sleep(1)
        gate = children_of(process.pid)["polate.gate.process"]
        os.kill(gate, signal.SIGKILL)
        since = len(rig.daw.heard)
        wait_until(lambda: len(rig.daw.note_ons(since)) > 10, 20, "notes of another gate")
        rig.stop(process)
        assert '[-1,{"kind"' in take.with_suffix(".jsonl").read_text()
        assert_replayed(take)

    def test_a_kill_leaves_a_whole_file(self, rig: Rig, tmp_path: Path) -> None:
        take = tmp_path / "take.mid"
        process = rig.play(*FAST, "--record", str(take))
        time.sleep(2.5)
        process.kill()
        process.wait(5)
        _, track = mido.MidiFile(take).tracks
        assert len([m for m in track if m.type == "note_on"]) >= 1.3 / STEP


def _pd_patch(port: int, positions: list[float]) -> str:
    """A patch that, when it is opened, connects and sends each position through Pd's own [oscformat]."""
    objects = [
        "obj 10 10 loadbang",
        f"msg 10 40 connect 127.0.0.1 {port}",
        "obj 10 300 netsend -u -b",
        "obj 90 40 delay 200",
    ]
    wires = [(0, 1), (1, 2), (0, 3)]
    for axis, position in enumerate(positions, 1):
        first = len(objects)
        objects += [
            f"msg 10 100 {position}",
            f"obj 10 130 oscformat polate z {axis}",
            "obj 10 160 list prepend send",
            "obj 10 190 list trim",
        ]
        wires += [(3, first), (first, first + 1), (first + 1, first + 2), (first + 2, first + 3), (first + 3, 2)]
    lines = ["N canvas 0 0 600 400 12", *(f"X {thing}" for thing in objects)]
    lines += [f"X connect {source} 0 {destination} 0" for source, destination in wires]
    return "".join(f"#{line};\n" for line in lines)


class TestJackRestart:
    """Last: the server itself goes away."""

    def test_the_music_goes_on_without_the_server_and_comes_back_with_it(self, rig: Rig, tmp_path: Path) -> None:
        take = tmp_path / "take.mid"
        process = rig.play(*FAST, "--record", str(take))
        rig.jack.process.kill()
        rig.jack.process.wait()
        time.sleep(3)
        assert process.poll() is None
        rig.jack.start()
        wait_until(lambda: PLAYER_OUT in rig.jack.ports(), 15, "the output to come back")
        wait_until(lambda: PLAYER_IN in rig.jack.ports(), 15, "the input to come back")
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0
        _, track = mido.MidiFile(take).tracks
        notes = len([m for m in track if m.type == "note_on"])
        assert notes > 3 / STEP / 2  # those of the three seconds without a server among them
