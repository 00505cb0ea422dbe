import json
from pathlib import Path

import pytest

from polate import ConfigError
from polate.control.commands import SyncSource
from polate.control.path import Path as MapPath
from polate.player.config import Config, json_schema, load


def test_without_a_file_the_defaults_hold() -> None:
    config = load(None, {})
    assert (config.osc_host, config.osc_port, config.bpm, config.rate) == ("127.0.0.1", 9010, 120.0, "1/16")
    assert config.tonic_note == 60
    assert [(one.source, one.target) for one in config.mappings()] == [
        ("program", "snapshot"),
        *((f"cc {70 + axis}", f"z/{axis + 1}") for axis in range(8)),
    ]


def test_the_command_line_comes_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "polate.toml"
    file.write_text('bpm = 96\ntonic = "Eb3"\nosc-port = 9100\n[cc]\n21 = "z/1"\n')
    config = load(file, {"bpm": 140.0})
    assert (config.bpm, config.tonic_note, config.osc_port, config.cc) == (140.0, 51, 9100, {21: "z/1"})


@pytest.mark.parametrize(
    ("text", "path", "complaint"),
    [
        ("bpm = 5", "bpm", "bpm must be a number 20..400, got 5"),
        ("bpm = nan", "bpm", "bpm must be a number 20..400, got nan"),
        ('bpm = "fast"', "bpm", "bpm must be a number 20..400, got 'fast'"),
        ("osc-port = 70000", "osc-port", "osc-port must be a whole number 1..65535, got 70000"),
        (
            'midi-api = "core"',
            "midi-api",
            "midi-api must be one of auto, alsa, jack, coremidi, winmm, got 'core'",
        ),
        ("hold = 1", "hold", "hold must be true or false, got 1"),
        ("speed = 3", "", "there is no setting 'speed'; there are bpm, rate,"),
        ("x" * 70_000, "", "must have at most 65536 bytes, got 70000"),
        ("tonic = 200", "tonic", "tonic must be a whole number 0..127 or a note's name, got 200"),
        ("lowest = 60\nhighest = 70", "highest", "highest must be at least 11 above lowest (60), got 70"),
        ('rate = "1/5"', "rate", "rate must be one of 1/1., 1/1,"),
        ("seconds = inf", "seconds", "seconds must be a number above 0 (Expected `float` <= 31536000.0), got inf"),
        ("bpm = inf", "bpm", "bpm must be a number 20..400, got inf"),
        (
            'tonic = "H"',
            "tonic",
            "tonic is not valid: a note must be in 0..127 or a name such as C4, F#3 or Bb, got 'H'",
        ),
        ("bpm = 1" + "0" * 5000, "", "is not TOML"),
        ('[cc]\n200 = "z/1"', "cc", "cc is not valid: key: Expected `int` <= 127"),
        ('[cc]\n20 = "volume"', "cc.20", "cc.20 is not valid: target must be one of z/1,"),
        ("bpm = ", "", "is not TOML"),
        ("x = " + "[" * 2000, "", "is not TOML"),
        ('record = "a\\u0000b"', "record", "record must be text (Expected `str` matching regex"),
        ('osc-host = ""', "osc-host", "osc-host must be text (Expected `str` of length >= 1), got ''"),
        (
            '[[map]]\nsource = "cc 1"\ntarget = "z/1"\nchannel = 17',
            "map[0].channel",
            "map[0].channel is not valid: Expected `int` <= 16",
        ),
        ("path = 3", "path", "path is not valid: Expected `object | null`, got `int`"),
        (
            "[path]\naxes = [1, 2]\npoints = [[0.5, 0.5]]",
            "path",
            "path is not valid: points must be 2 to 64, got 1",
        ),
        (
            "[path]\naxes = [1, 2]\npoints = [[0, 0], [1, 1, 1]]",
            "path.points[1]",
            "path.points[1] is not valid: Expected `array` of length 2, got 3",
        ),
        ("seconds = 1e300", "seconds", "seconds must be a number above 0"),
        ('sync = "osc"\nosc = false', "osc", "osc must be true with sync = 'osc', got false"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, path: str, complaint: str) -> None:
    file = tmp_path / "polate.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(file, {})
    assert complaint in str(caught.value)
    assert str(file) in str(caught.value)
    assert caught.value.path == path


@pytest.mark.parametrize(("sync", "begins"), [("internal", True), ("link", True), ("midi", False), ("osc", False)])
def test_a_midi_clock_and_a_daw_say_when_the_music_begins(sync: SyncSource, begins: bool) -> None:
    assert Config(sync=sync).begins_to_play is begins
    assert not Config(sync=sync, stopped=True).begins_to_play


def test_a_path_is_a_table_with_whole_numbers_or_fractions(tmp_path: Path) -> None:
    file = tmp_path / "polate.toml"
    file.write_text("path-bars = 8\n[path]\naxes = [3, 1]\npoints = [[0, 0.5], [1, 0.25]]\nclosed = false\n")
    config = load(file, {})
    assert config.path == MapPath(axes=(3, 1), points=((0.0, 0.5), (1.0, 0.25)), closed=False)
    assert config.path_bars == 8.0
    assert load(None, {}).path is None


def test_a_mistake_of_the_command_line_is_not_said_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "polate.toml"
    file.write_text("bpm = 96\n")
    with pytest.raises(ConfigError) as caught:
        load(file, {"bpm": 5.0})
    assert (caught.value.file, caught.value.path) == ("", "bpm")
    assert str(caught.value) == "bpm must be a number 20..400, got 5.0"


def test_several_inputs_are_those_of_the_command_line_or_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "polate.toml"
    path.write_text('input = "a"\ninputs = ["b", "Polate In", "a"]\n')
    assert load(path, {}).input_names == ["a", "b", None]
    assert load(path, {"input": ["c", "d"]}).input_names == ["c", "d"]
    assert load(None, {"input": ["c"]}).input_names == ["c"]
    assert load(None, {}).input_names == [None]
    path.write_text('inputs = ["b", "c"]\n')
    assert load(path, {}).input_names == ["b", "c"]


def test_a_mapping_names_an_input_that_there_is(tmp_path: Path) -> None:
    path = tmp_path / "polate.toml"
    path.write_text('inputs = ["MIDI Mix", "keys"]\n[[map]]\nsource = "cc 1"\ntarget = "gate"\ninput = "mox"\n')
    with pytest.raises(ConfigError, match=r"map\[0\]\.input must be a part .* 'MIDI Mix', 'keys', got 'mox'"):
        load(path, {})
    with pytest.raises(ConfigError, match=r"sync-input must be a part .* inputs 'Polate In', got 'daw'"):
        load(None, {"sync_input": "daw"})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load(tmp_path / "none.toml", {})


def test_the_model_is_a_path_or_left_to_the_default() -> None:
    assert Config(model="mine/tuned.onnx").model_path == Path("mine/tuned.onnx")
    assert Config().model_path is None


def test_the_schema_names_every_setting() -> None:
    properties = json_schema()["$defs"]["Config"]["properties"]
    assert set(properties) == {name.replace("_", "-") for name in Config.__struct_fields__}
    json.dumps(properties)


@pytest.mark.parametrize("key", ["rhythm", "accents"])
def test_a_rhythm_is_one_line(key: str) -> None:
    with pytest.raises(ConfigError, match=key):
        load(None, {key: "x.\n"})
    assert getattr(load(None, {key: "x."}), key) == "x."
