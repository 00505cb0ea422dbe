"""A byte order mark is harmless in every text file that Polate reads."""

import codecs
from collections.abc import Callable
from pathlib import Path

import pytest

from polate import ConfigError
from polate.cli.settings_document import read_document
from polate.player.config import load
from polate.takes.journal_reader import read_journal
from polate.takes.snapshot_file import read_snapshots

CASES = Path(__file__).parent
JOURNAL = CASES.parent / "takes" / "recorded" / "format-2-keys.jsonl"
SNAPSHOTS = b'{"model": "slonimsky", "snapshots": {"dawn": {"z": [0, 0], "settings": {}, "motions": {}}}}'

MARKED: list[Callable[[bytes], bytes]] = [
    lambda text: codecs.BOM_UTF8 + text,
    lambda text: codecs.BOM_UTF16_LE + text.decode().encode("utf-16-le"),
    lambda text: codecs.BOM_UTF16_BE + text.decode().encode("utf-16-be"),
]


def test_the_settings_of_the_case_are_read() -> None:
    config = load(CASES / "bom.toml", {})
    assert config.bpm == 96
    assert config.cc == {21: "z/1"}
    assert read_document(CASES / "bom.toml").unwrap() == {"bpm": 96, "cc": {"21": "z/1"}}


@pytest.mark.parametrize("marked", MARKED)
class TestMarks:
    def test_settings(self, marked: Callable[[bytes], bytes], tmp_path: Path) -> None:
        path = tmp_path / "polate.toml"
        path.write_bytes(marked(b'bpm = 96\r\noutput = "Synth"\r\n'))
        assert (load(path, {}).bpm, load(path, {}).output) == (96, "Synth")
        assert read_document(path).unwrap() == {"bpm": 96, "output": "Synth"}

    def test_snapshots(self, marked: Callable[[bytes], bytes], tmp_path: Path) -> None:
        path = tmp_path / "snapshots.json"
        path.write_bytes(marked(SNAPSHOTS))
        assert list(read_snapshots(path, axes=2)) == ["dawn"]

    def test_journals(self, marked: Callable[[bytes], bytes], tmp_path: Path) -> None:
        path = tmp_path / "take.jsonl"
        path.write_bytes(marked(JOURNAL.read_bytes()))
        assert list(read_journal(path)[1]) == list(read_journal(JOURNAL)[1])


def test_a_mark_that_lies_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "polate.toml"
    path.write_bytes(codecs.BOM_UTF16_LE + b"bpm")
    with pytest.raises(ConfigError, match=r"polate\.toml is not TOML"):
        load(path, {})
