import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import mido
import pytest
from command import polate
from rig import free_udp_port, no_midi

from polate import Pattern
from polate.midi.ports import find_system
from polate.model.decoder import Decoder
from polate.player.config import Config


def started(*words: str) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own, where there is no JACK server, and away from any other MIDI system."""
    command = [sys.executable, "-m", "polate", *words]
    return subprocess.run(command, capture_output=True, text=True, env=no_midi(), timeout=60, check=False)


def play(*words: str) -> subprocess.CompletedProcess[str]:
    """`polate play` without the page."""
    api = [] if {"--record", "--midi-api"} & set(words) else ["--midi-api", "jack"]
    return started("play", *words, "--no-web", *api)


class TestGenerate:
    def test_it_prints_one_object_a_line_with_everything_a_scale_is(self, decoder: Decoder) -> None:
        done = polate("generate", "--count", "50", "--seed", "3", "--json")
        scales = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(scales) == 50
        for scale in scales:
            assert list(scale) == ["z", "interval", "cell", "symmetric", "descending", "text", "notes", "near"]
            pattern = Pattern(scale["interval"], tuple(scale["cell"]), scale["symmetric"])
            assert pattern.text == scale["text"]
            assert decoder.decode(scale["z"]) == pattern
            assert tuple(scale["notes"]) == pattern.render(60)

    def test_a_seed_is_a_seed(self) -> None:
        one, two, other = (polate("generate", "--count", "5", "--seed", seed, "--json").stdout for seed in "112")
        assert one == two != other

    def test_the_midi_file_has_the_same_notes(self, tmp_path: Path) -> None:
        path = tmp_path / "scales.mid"
        done = polate("generate", "--count", "3", "--seed", "1", "--json", "--out", str(path), "--tonic", "D4")
        scales = [json.loads(line) for line in done.stdout.splitlines()]
        _, *tracks = mido.MidiFile(path).tracks
        assert [[m.note for m in track if m.type == "note_on"] for track in tracks] == [s["notes"] for s in scales]
        assert [track.name for track in tracks] == [s["text"] for s in scales]
        assert scales[0]["notes"][0] % 12 == 2

    @pytest.mark.parametrize(
        ("words", "complaint"),
        [
            (["--count", "0"], "Must be >= 1"),
            (["--count", "x"], "int"),
            (["--tonic", "H"], "a note must be in 0..127"),
            (
                ["--model", "none.onnx"],
                "a model must be slonimsky, octave, atlas or an .onnx file, got none.onnx, which does not exist",
            ),
            (["--out", "/no/such/place.mid"], "cannot write /no/such/place.mid"),
            (
                ["--out", "scales.wav"],
                "must end in .mid, .json, .musicxml, .ly, .roll.svg, .roll.png, .roll.pdf, .svg, .png, .pdf, got ",
            ),
        ],
    )
    def test_a_mistake_is_said_in_a_line(self, words: list[str], complaint: str) -> None:
        done = polate("generate", *words)
        assert done.returncode != 0
        assert complaint in done.stderr + done.stdout
        assert "Traceback" not in done.stderr


class TestCorpus:
    def test_it_prints_every_pattern(self) -> None:
        lines = polate("corpus", "--json").stdout.splitlines()
        assert len(lines) == 10_541
        assert json.loads(lines[0]) == {
            "interval": 6,
            "cell": [0],
            "symmetric": False,
            "descending": None,
            "class": "Principal Tones",
            "text": "tritone 0",
            "names": ["tritone"],
        }
        assert len(polate("corpus").stdout.splitlines()) == 10_541

    def test_a_closed_pipe_is_no_error(self) -> None:
        command = f"{sys.executable} -m polate corpus | head -1"
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=True)
        assert done.stdout == "tritone 0\tPrincipal Tones\ttritone\n"
        assert done.stderr == ""


nowhere = pytest.mark.skipif(find_system() is not None, reason="this machine has a MIDI system, which cannot be hidden")


class TestPlayWithoutMidi:
    @nowhere
    def test_it_says_what_it_looked_for_and_what_to_install_and_plays_on_to_a_file(self, tmp_path: Path) -> None:
        take = tmp_path / "take.mid"
        port = str(free_udp_port())
        done = play("--record", str(take), "--seconds", "2", "--no-display", "--osc-port", port)
        assert done.returncode == 0
        said = done.stdout + done.stderr
        assert "no MIDI: neither the ALSA sequencer (/dev/snd/seq) nor a JACK server" in said
        assert "apt install jackd2" in said
        conductor, line = mido.MidiFile(take).tracks
        notes = [m.note for m in line if m.type == "note_on"]
        assert 10 <= len(notes) <= 17
        assert [m.text for m in conductor if m.type == "marker"]
        assert re.search(r"stopped: 1\d notes, \d+ late, \d+ dropped", done.stdout)

    def test_everything_on_the_command_line_can_stand_in_the_file(self, tmp_path: Path) -> None:
        take = tmp_path / "take.mid"
        settings = tmp_path / "polate.toml"
        settings.write_text(
            f'record = "{take}"\nseconds = 1.5\ndisplay = false\nosc = false\nbpm = 200\nrate = "1/8"\ntonic = 50\n'
            "velocity = 64\nchannel = 16\ngate = 50\n"
        )
        assert play("--config", str(settings)).returncode == 0
        conductor, track = mido.MidiFile(take).tracks
        first = next(m for m in track if m.type == "note_on")
        end = next(m for m in track if m.type == "note_off")
        assert (first.channel, first.velocity, first.note % 12) == (15, 64, 2)
        assert end.time == 120  # half an eighth
        assert next(m.tempo for m in conductor if m.type == "set_tempo") == 300_000

    def test_in_a_pipe_the_display_is_a_line_a_pattern(self) -> None:
        done = play("--seconds", "1", "--no-osc")
        assert re.search(r"^\S+ 0.*: C4 ", done.stdout, re.MULTILINE)
        assert "\x1b" not in done.stdout

    def test_a_taken_osc_port_is_said_and_the_music_goes_on(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            port = str(other.getsockname()[1])
            done = play("--seconds", "1", "--no-display", "--osc-port", port)
        assert done.returncode == 0
        assert f"cannot listen to OSC on 127.0.0.1:{port}: Address already in use" in done.stdout + done.stderr
        assert "stopped: " in done.stdout

    @pytest.mark.parametrize(
        ("words", "complaint"),
        [
            (["--bpm", "5"], "bpm must be a number 20..400, got 5.0"),
            (["--rate", "1/5"], "rate must be one of 1/1., 1/1,"),
            (["--tonic", "200"], "a note must be in 0..127"),
            (["--seconds=-1"], "seconds must be a number above 0 (Expected `float` > 0.0), got -1.0"),
            (["--config", "none.toml"], "cannot read none.toml"),
            (["--model", "README.md"], "is not an ONNX model"),
            (["--record", "/no/such/place.mid"], "cannot record to /no/such/place.mid"),
        ],
    )
    def test_a_mistake_is_said_in_a_line_before_a_note_is_played(self, words: list[str], complaint: str) -> None:
        done = play("--no-display", "--no-osc", *words)
        assert done.returncode == 1
        assert complaint in done.stderr
        assert done.stderr.startswith("polate: ")
        assert len(done.stderr.splitlines()) == 1


class TestOtherVerbs:
    @nowhere
    def test_ports_says_what_is_missing(self) -> None:
        assert "no MIDI: neither" in started("ports").stdout

    @nowhere
    def test_doctor_looks_at_everything(self, tmp_path: Path) -> None:
        done = started("doctor")
        assert done.returncode == 0
        for words in ("Python 3.", "us per point", "no MIDI", "OSC", "timer", "real-time priority"):
            assert words in done.stdout
        settings = tmp_path / "polate.toml"
        settings.write_text("bpm = 1\n")
        done = started("doctor", "--config", str(settings))
        assert done.returncode == 1
        assert "FAIL" in done.stdout

    def test_the_landmarks_are_listed_with_their_patterns(self) -> None:
        lines = polate("landmarks").stdout.splitlines()
        assert "giant steps\tditone 0 -2 3" in lines
        assert len(lines) >= 30

    def test_the_schema_is_json(self) -> None:
        assert "osc-port" in json.loads(polate("config", "schema").stdout)["$defs"]["Config"]["properties"]

    def test_a_config_file_is_shown_as_it_comes_out(self, tmp_path: Path) -> None:
        settings = tmp_path / "polate.toml"
        settings.write_text("bpm = 99\n")
        shown = json.loads(polate("config", "show", str(settings)).stdout)
        assert (shown["bpm"], shown["rate"]) == (99.0, "1/16")

    def test_help_names_every_verb_and_every_option_of_play(self) -> None:
        verbs = re.findall(r"^│ (\w+)  ", polate("--help").stdout, re.MULTILINE)
        assert verbs == [
            *("bench", "capture", "config", "controllers", "corpus", "doctor", "evaluate", "export", "generate"),
            *(
                "grid",
                "help",
                "identify",
                "landmarks",
                "learn",
                "morph",
                "osc",
                "play",
                "ports",
                "replay",
                "snapshots",
                "train",
            ),
        ]
        options = polate("play", "--help").stdout
        for name in Config.__struct_fields__:
            assert (
                name in ("cc", "map", "motion", "path", "osc_alias", "osc_allow", "inputs", "corners")
                or f"--{name.replace('_', '-')}" in options
            )
        for option in ("--no-display", "--no-osc", "--config"):
            assert option in options

    def test_a_picture_says_what_to_install_where_it_is_missing(self, tmp_path: Path) -> None:
        words = ["generate", "--out", str(tmp_path / "score.svg")]
        code = f"import sys; sys.modules['verovio'] = None; sys.argv[1:] = {words}\n"
        code += "from polate.cli.main import main; main()"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 1
        assert "polate: this needs verovio: pip install -e '.[score]'" in done.stderr

    @pytest.mark.parametrize(
        ("module", "suffix"), [("resvg_py", ".png"), ("typst", ".pdf"), ("matplotlib", ".roll.svg")]
    )
    def test_each_picture_names_the_extra_of_the_library_that_it_lacks_before_any_file_is_written(
        self, tmp_path: Path, module: str, suffix: str
    ) -> None:
        words = ["generate", "--out", str(tmp_path / "first.mid"), "--out", str(tmp_path / f"score{suffix}")]
        code = f"import sys; sys.modules[{module!r}] = None; sys.argv[1:] = {words}\n"
        code += "from polate.cli.main import main; main()"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
        assert f"polate: this needs {module}: pip install -e '.[score]'" in done.stderr
        assert not list(tmp_path.iterdir())

    def test_the_training_verbs_say_what_to_install_where_it_is_missing(self) -> None:
        code = "import sys; sys.modules['torch'] = None; sys.argv[1:] = ['train']\n"
        code += "from polate.cli.main import main; main()"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 1
        assert "polate: this needs torch: pip install -e '.[train]'" in done.stderr
