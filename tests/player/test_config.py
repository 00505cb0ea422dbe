import json
from pathlib import Path

import pytest

from polate import ConfigError
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
    ("text", "complaint"),
    [
        ("bpm = 5", "Expected `float` >= 20.0 - at `$.bpm`, got 5"),
        ("bpm = nan", "at `$.bpm`, got nan"),
        ('bpm = "fast"', "Expected `float`, got `str` - at `$.bpm`, got 'fast'"),
        ("osc-port = 70000", "Expected `int` <= 65535 - at `$.osc-port`, got 70000"),
        (
            'midi-api = "core"',
            "Invalid enum value 'core' - at `$.midi-api`; there are auto, alsa, jack, coremidi, winmm",
        ),
        ("speed = 3", "unknown field `speed`; there are bpm, rate,"),
        ('tonic = "H"', "a note must be in 0..127 or a name such as C4, F#3 or Bb, got 'H' - at `$.tonic`"),
        ('rate = "1/5"', "Invalid enum value '1/5' - at `$.rate`; there are 1/1., 1/1,"),
        ("seconds = inf", "at `$.seconds`, got inf"),
        ("bpm = inf", "at `$.bpm`, got inf"),
        ('[cc]\n200 = "z/1"', "Expected `int` <= 127 - at `key` in `$.cc`"),
        ('[cc]\n20 = "volume"', "target must be one of z/1,"),
        ("bpm = ", "is not TOML"),
        ("x" * 70_000, "must have at most 65536 bytes, got 70000"),
        ("bpm = 1" + "0" * 5000, "is not TOML"),
        ("x = " + "[" * 2000, "is not TOML"),
        ('record = "a\\u0000b"', "at `$.record`"),
        ('osc-host = ""', "at `$.osc-host`"),
        ("seconds = 1e300", "at `$.seconds`"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "polate.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(file, {})
    assert complaint in str(caught.value)
    assert str(file) in str(caught.value)


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
