"""Where python-rtmidi cannot be imported Polate plays to the page, to OSC and to files, and says what to install."""

import subprocess
import sys
from pathlib import Path

import mido
import pytest

from polate.midi.ports import _no_rtmidi

RUN = "import sys; sys.modules['rtmidi'] = None; sys.argv[1:] = {words}; from polate.cli.main import main; main()"


def polate(*words: str) -> subprocess.CompletedProcess[str]:
    """Without rtmidi; its child processes have it, but find no port by a system that is none."""
    code = RUN.format(words=list(words))
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=90, check=False)


@pytest.mark.parametrize("verb", ["ports", "doctor"])
def test_the_verbs_that_look_at_midi_go_on_and_say_so(verb: str) -> None:
    done = polate(verb)
    assert done.returncode == 0, done.stderr
    assert "no MIDI: python-rtmidi is not installed" in done.stdout


def test_it_plays_and_records_without_midi(tmp_path: Path) -> None:
    take = tmp_path / "take.mid"
    options = ("--no-web", "--no-osc", "--seconds", "1", "--record", str(take), "--midi-api", "winmm")
    done = polate("play", *options)
    assert done.returncode == 0, done.stderr
    assert "no MIDI: python-rtmidi is not installed" in done.stderr
    assert any(message.type == "note_on" for message in mido.MidiFile(take))


def test_what_to_install_follows_from_what_is_missing() -> None:
    assert "sudo apt install libasound2" in _no_rtmidi("libasound.so.2: cannot open shared object file")
    assert "sudo apt install libjack-jackd2-0" in _no_rtmidi("libjack.so.0: cannot open shared object file")
    assert "pip install python-rtmidi" in _no_rtmidi("No module named 'rtmidi'")


def test_outside_of_a_clone_no_message_speaks_of_one() -> None:
    code = "import sys; sys.modules['verovio'] = None; from polate.cli import main; main._is_clone = lambda: False; "
    code += "sys.argv[1:] = ['generate', '--out', 'score.svg']; main.main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == "polate: this needs verovio: pip install 'polate[score]'\n"
