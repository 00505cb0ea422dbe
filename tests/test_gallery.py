"""The takes of the gallery: each is replayed byte for byte, and has its sound, its pictures and its settings."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import mido
import pytest

from polate.cli.take_commands import play_again
from polate.player.config import load

GALLERY = Path(__file__).parents[1] / "docs/gallery"
NAMES = sorted(path.stem for path in GALLERY.glob("*.jsonl"))


@pytest.fixture(scope="module")
def make() -> Iterator[ModuleType]:
    sys.path.insert(0, str(GALLERY))
    try:
        import make

        yield make
    finally:
        sys.path.remove(str(GALLERY))


def test_there_are_twelve_takes(make: ModuleType) -> None:
    assert [take.name for take in make.GALLERY] == NAMES
    assert len(NAMES) == 12


@pytest.mark.parametrize("name", NAMES)
def test_a_take_is_replayed_byte_for_byte(name: str) -> None:
    replayed = play_again(GALLERY / f"{name}.jsonl")
    assert replayed.is_whole
    assert replayed.unmatched == 0
    assert replayed.midi == (GALLERY / f"{name}.mid").read_bytes(), "python docs/gallery/make.py makes the gallery anew"


@pytest.mark.parametrize("name", NAMES)
def test_a_take_lasts_10_to_30_seconds_and_no_note_of_it_hangs(name: str) -> None:
    file = mido.MidiFile(GALLERY / f"{name}.mid")
    assert 9.5 < file.length < 30
    for track in file.tracks:
        struck = [message.velocity > 0 for message in track if message.type == "note_on"]
        released = sum(message.type == "note_off" for message in track)
        assert struck.count(True) == struck.count(False) + released


@pytest.mark.parametrize("name", NAMES)
def test_a_take_has_its_settings_as_a_file_for_play(name: str, make: ModuleType) -> None:
    take = next(take for take in make.GALLERY if take.name == name)
    assert (GALLERY / f"{name}.toml").read_text() == make.settings_of(take)
    config = load(GALLERY / f"{name}.toml", {})
    assert (config.bpm, config.order, config.place) == (take.settings.bpm, take.settings.order, take.place)
    assert config.motion == dict(take.motions)
    assert config.path == take.path


def test_the_page_is_that_of_the_takes_and_has_all_their_files(make: ModuleType) -> None:
    text = (GALLERY / "index.md").read_text()
    assert text == make.page_of_the_gallery()
    for name in NAMES:
        for ending in ("mp3", "mid", "jsonl", "toml", "svg", "roll.svg"):
            assert f"{name}.{ending}" in text
            assert (GALLERY / f"{name}.{ending}").stat().st_size > 100


def test_all_sounds_together_are_small() -> None:
    sounds = [*GALLERY.glob("*.mp3"), *GALLERY.parent.glob("knobs/*.mp3")]
    assert len(sounds) == 12 + 8 + 1
    assert sum(path.stat().st_size for path in sounds) < 3_000_000


def test_the_takes_differ_in_what_can_be_told_in_figures(make: ModuleType) -> None:
    takes = make.GALLERY
    assert len({take.settings.bpm for take in takes}) == 12
    assert len({take.settings.order for take in takes}) >= 5
    assert len({take.settings.rate for take in takes}) >= 4
    assert len({tuple(take.instruments.items()) for take in takes}) >= 7
    assert len({take.model for take in takes}) >= 2
    assert any(take.path for take in takes)
    assert any(take.motions for take in takes)
