"""`polate doctor` on MIDI, permissions and limits. The facts of Windows and macOS are injected: they were never met."""

import os
import sys
from pathlib import Path

import pytest

from polate.cli.machine_facts import MachineFacts, _jack_of, _pipewire_runs, _sequencer, read_facts
from polate.cli.midi_advice import advice


def said(facts: MachineFacts) -> list[tuple[bool, str]]:
    """Each finding: is it good, and its text. None of them keeps Polate from playing."""
    findings = advice(facts)
    assert not any(finding.needed for finding in findings)
    assert all("\n" not in finding.text for finding in findings)
    return [(finding.good, finding.text) for finding in findings]


def windows(*outputs: str) -> list[tuple[bool, str]]:
    return said(MachineFacts("win32", "winmm", outputs))


def linux(**facts: object) -> list[tuple[bool, str]]:
    return said(MachineFacts("linux", **{"real_time": True, "user": "ada", **facts}))  # type: ignore[arg-type]


class TestWindows:
    def test_the_two_ends_of_the_loopback_are_named(self) -> None:
        assert windows(
            "Microsoft GS Wavetable Synth 0", "Default App Loopback (B) 2", "Default App Loopback (A) 1"
        ) == [
            (
                True,
                "Windows MIDI Services: polate play --output 'Default App Loopback (A)', and in the DAW choose the "
                "input 'Default App Loopback (B)'",
            )
        ]

    def test_a_loopback_with_one_name_is_both_ends(self) -> None:
        assert windows("Basic Loopback 1")[0][1].count("'Basic Loopback'") == 2

    def test_one_cable_of_loopmidi_lacks_a_second_for_the_way_back(self) -> None:
        ((good, text),) = windows("loopMIDI Port 1")
        assert good
        assert "--output 'loopMIDI Port'" in text
        assert "second port" in text

    def test_two_cables_are_enough(self) -> None:
        ((good, text),) = windows("loopMIDI to DAW 1", "loopMIDI to Polate 2")
        assert good
        assert "second" not in text

    def test_loopmidi_beside_loopback_endpoints_is_a_note(self) -> None:
        goods = [good for good, _ in windows("loopMIDI a 1", "loopMIDI b 2", "Default App Loopback (A) 3")]
        assert goods == [True, True, False]

    def test_without_any_it_says_how_to_get_one(self) -> None:
        ((good, text),) = windows("Microsoft GS Wavetable Synth 0")
        assert not good
        assert "Windows MIDI Services" in text
        assert "loopMIDI" in text


class TestMacOS:
    def test_the_iac_bus_is_named_if_it_is_on(self) -> None:
        ((good, text),) = said(MachineFacts("darwin", "coremidi", ("IAC Driver Bus 1",)))
        assert good
        assert "IAC Driver Bus 1" in text

    def test_else_where_to_switch_it_on_and_that_it_is_not_needed(self) -> None:
        ((good, text),) = said(MachineFacts("darwin", "coremidi"))
        assert good
        assert "Audio MIDI Setup" in text
        assert "does not need it" in text


class TestLinux:
    def test_a_machine_that_allows_everything_has_one_good_line(self) -> None:
        assert linux(midi="alsa", sequencer="open") == [(True, "real-time priority: allowed; the gate will use it")]

    def test_a_sequencer_that_may_not_be_opened_needs_the_group_audio(self) -> None:
        assert linux(sequencer="forbidden")[0] == (
            False,
            "/dev/snd/seq may not be opened: 'sudo usermod -aG audio ada', and log in again",
        )

    def test_who_is_in_the_group_already_is_not_sent_there(self) -> None:
        assert "usermod" not in linux(sequencer="forbidden", groups=("ada", "audio"))[0][1]

    def test_pipewire_without_its_jack_is_told_how_to_be_jack(self) -> None:
        good, text = linux(pipewire=True)[0]
        assert not good
        assert "pw-jack polate play" in text

    def test_pipewire_that_is_jack_is_good(self) -> None:
        assert linux(pipewire=True, midi="jack", jack="pipewire")[0][0]

    def test_pipewire_beside_alsa_needs_nothing(self) -> None:
        assert len(linux(pipewire=True, midi="alsa", sequencer="open")) == 1

    def test_jack_with_little_memory_to_lock_is_a_note(self) -> None:
        good, text = linux(midi="jack", jack="jackd", locked_limit=8_000_000)[0]
        assert not good
        assert "8 MB" in text
        assert "memlock unlimited" in text
        assert len(linux(midi="jack", jack="jackd", locked_limit=-1)) == 1

    def test_without_real_time_the_limits_are_given_in_one_line(self) -> None:
        good, text = linux(real_time=False)[-1]
        assert not good
        assert "'@audio - rtprio 95'" in text
        assert "usermod -aG audio ada" in text

    def test_limits_that_allow_what_the_system_refuses_are_not_the_cause(self) -> None:
        assert "container" in linux(real_time=False, real_time_limit=95)[-1][1]


class TestReading:
    @pytest.mark.parametrize(
        ("mapped", "whose"),
        [
            ("7f /usr/lib/x86_64-linux-gnu/pipewire-0.3/jack/libjack.so.0.3.1", "pipewire"),
            ("7f /usr/lib/x86_64-linux-gnu/libjack.so.0.1.0", "jackd"),
            ("7f /usr/lib/x86_64-linux-gnu/libpipewire-0.3.so", "none"),
        ],
    )
    def test_whose_libjack_is_loaded_follows_from_its_folder(self, mapped: str, whose: str) -> None:
        assert _jack_of(mapped) == whose

    def test_pipewire_runs_where_its_socket_is(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PIPEWIRE_RUNTIME_DIR", str(tmp_path))
        assert not _pipewire_runs()
        (tmp_path / "pipewire-0").touch()
        assert _pipewire_runs()

    def test_a_sequencer_is_missing_forbidden_or_open(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        device = tmp_path / "seq"
        assert _sequencer(device) == "missing"
        device.touch()
        assert _sequencer(device) == "open"
        monkeypatch.setattr(os, "access", lambda *_: False)  # root may open everything
        assert _sequencer(device) == "forbidden"

    @pytest.mark.skipif(sys.platform != "linux", reason="limits are Linux'")
    def test_this_machine_can_be_read_and_is_as_before(self) -> None:
        before = os.sched_getscheduler(0)
        facts = read_facts(None)
        assert os.sched_getscheduler(0) == before
        assert (facts.platform, facts.midi, facts.outputs) == ("linux", None, ())
        assert advice(facts)
