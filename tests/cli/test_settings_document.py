"""What `polate learn` writes into the settings file, and what stays there."""

import os
from pathlib import Path

import pytest
import tomlkit
from settings_file import FILE

from polate.cli.settings_document import bind, name_input, read_document, write_document
from polate.errors import ConfigError
from polate.mapping.mapping import Mapping
from polate.player.config import load


class TestTheFile:
    def test_what_stands_there_stays(self) -> None:
        document = tomlkit.parse(FILE)
        assert bind(document, Mapping(source="cc 24", channel=1, target="z/4")) == []
        text = document.as_string()
        for line in FILE.splitlines():
            assert line in text
        assert document.unwrap()["map"] == [
            {"source": "cc 23", "target": "z/3", "curve": 2.0},
            {"source": "cc 24", "channel": 1, "target": "z/4"},
        ]

    def test_the_same_target_and_the_same_source_are_replaced_and_said(self) -> None:
        document = tomlkit.parse(FILE)
        assert bind(document, Mapping(source="note 1", channel=1, target="z/3")) == ["cc 23 -> z/3"]
        assert bind(document, Mapping(source="cc 21", channel=1, target="gate")) == ["cc 21 -> z/1"]
        assert bind(document, Mapping(source="pressure", channel=1, target="z/2")) == ["cc 22 -> z/2"]
        assert [entry["target"] for entry in document.unwrap()["map"]] == ["z/3", "gate", "z/2"]

    def test_the_same_source_on_another_channel_stays(self) -> None:
        document = tomlkit.parse("")
        bind(document, Mapping(source="cc 21", channel=1, target="z/1"))
        assert bind(document, Mapping(source="cc 21", channel=2, target="z/2")) == []

    def test_a_button_that_toggles_is_written_as_one(self) -> None:
        document = tomlkit.parse("")
        bind(document, Mapping(source="note 36", channel=1, target="play", mode="toggle"))
        assert document.unwrap()["map"][0]["mode"] == "toggle"

    def test_the_input_is_written_with_the_first_mapping_and_others_among_inputs(self, tmp_path: Path) -> None:
        path = tmp_path / "polate.toml"
        path.write_text("bpm = 96.0  # slow\n[motion.1]\nhz = 1.0\n")
        for name, number in (("MIDI Mix", 16), ("MIDI Mix", 20), ("keys", 16), (None, 5)):
            document = read_document(path)
            mapping = Mapping(source=f"cc {number}", channel=1, target=f"z/{number % 7 + (name == 'keys')}")
            bind(document, name_input(document, mapping, name))
            write_document(path, document)
        config = load(path, {})
        assert config.input_names == ["MIDI Mix", "keys", None]
        assert [(each.input, each.source) for each in config.map] == [
            ("MIDI Mix", "cc 16"),
            ("MIDI Mix", "cc 20"),
            ("keys", "cc 16"),
            ("Polate In", "cc 5"),
        ]
        assert "# slow" in path.read_text()

    def test_without_a_name_no_input_is_written(self) -> None:
        document = tomlkit.parse("")
        mapping = Mapping(source="cc 1", channel=1, target="z/1")
        assert name_input(document, mapping, None) is mapping
        assert document.unwrap() == {}

    def test_what_is_written_can_be_read_again(self, tmp_path: Path) -> None:
        path = tmp_path / "polate.toml"
        document = read_document(path)
        bind(document, Mapping(source="relative 21 offset", channel=4, target="bpm"))
        write_document(path, document)
        assert [file.name for file in tmp_path.iterdir()] == ["polate.toml"]
        assert read_document(path).unwrap() == {
            "map": [{"source": "relative 21 offset", "channel": 4, "target": "bpm"}]
        }

    @pytest.mark.parametrize("maps", ["", '{source = "note 5", target = "play"}'])
    def test_maps_that_stand_in_a_line_become_tables(self, maps: str, tmp_path: Path) -> None:
        path = tmp_path / "polate.toml"
        path.write_text(f'map = [{maps}]\nbpm = 96.0  # slow\n[cc]\n30 = "z/2"\n')
        document = read_document(path)
        assert bind(document, Mapping(source="cc 21", channel=1, target="z/1")) == []
        write_document(path, document)
        config = load(path, {})
        assert [each.source for each in config.map] == ["note 5"] * bool(maps) + ["cc 21"]
        assert (config.bpm, dict(config.cc or {})) == (96.0, {30: "z/2"})
        assert "# slow" in path.read_text()

    def test_a_link_goes_on_leading_to_the_file(self, tmp_path: Path) -> None:
        path = tmp_path / "polate.toml"
        path.symlink_to(tmp_path / "elsewhere.toml")
        (tmp_path / "elsewhere.toml").write_text("bpm = 96.0\n")
        document = read_document(path)
        bind(document, Mapping(source="cc 21", channel=1, target="z/1"))
        write_document(path, document)
        assert path.is_symlink()
        assert "cc 21" in (tmp_path / "elsewhere.toml").read_text()

    @pytest.mark.parametrize("text", ["map = 3", "map = {a = 1}", "map = [1]", "cc = 3"])
    def test_maps_that_are_none_are_refused(self, text: str) -> None:
        with pytest.raises(ConfigError, match="got"):
            bind(tomlkit.parse(text), Mapping(source="cc 1", channel=1, target="z/1"))

    @pytest.mark.parametrize("text", [b"a = ", b"\xff\xff", b"a = 1\na = 2", b"#" * 70_000])
    def test_a_file_that_cannot_be_read_is_refused(self, text: bytes, tmp_path: Path) -> None:
        path = tmp_path / "polate.toml"
        path.write_bytes(text)
        with pytest.raises(ConfigError, match=r"polate\.toml"):
            read_document(path)

    @pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="there is no /dev/zero")
    def test_of_a_file_that_never_ends_no_more_is_read_than_is_allowed(self) -> None:
        with pytest.raises(ConfigError, match="cannot read /dev/zero: it must be a file, got a device"):
            read_document(Path("/dev/zero"))

    def test_the_size_of_a_file_is_that_of_its_bytes(self, tmp_path: Path) -> None:
        path = tmp_path / "polate.toml"
        path.write_text("#" + "\u266f" * 30_000, "utf-8")
        with pytest.raises(ConfigError, match="at most 65536 bytes, got 90001"):
            read_document(path)

    def test_a_folder_that_is_not_there_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="cannot write"):
            write_document(tmp_path / "no" / "polate.toml", tomlkit.parse(""))
