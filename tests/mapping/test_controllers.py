"""The templates: every file is whole, names where its numbers come from, and plays the axes."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from polate.control.commands import SetAxis
from polate.errors import ConfigError
from polate.mapping.controllers import controller_names, load_controller, recognise
from polate.mapping.mapper import Mapper
from polate.mapping.mapping import check_axes, mappings_of
from polate.midi.sources import parse_source

ROOT = Path(__file__).parents[2]


def test_there_are_templates_for_common_controllers() -> None:
    assert {"nanokontrol2", "midimix", "launch-control-xl", "midi-fighter-twister", "x-touch-mini"} <= set(
        controller_names()
    )
    assert len(controller_names()) >= 10


@pytest.mark.parametrize("name", controller_names())
class TestEach:
    def test_it_reaches_all_eight_axes_and_no_more(self, name: str) -> None:
        maps = load_controller(name).map
        assert {f"z/{axis}" for axis in range(1, 9)} <= {map_.target for map_ in maps}
        check_axes(maps, 8)

    def test_no_source_is_there_twice(self, name: str) -> None:
        sources = [(parse_source(map_.source), map_.channel) for map_ in load_controller(name).map]
        assert len(sources) == len(set(sources))

    def test_every_entry_names_its_channel(self, name: str) -> None:
        """So that the keys of a keyboard on another channel stay keys."""
        assert all(map_.channel for map_ in load_controller(name).map)

    def test_its_first_knob_moves_the_first_axis(self, name: str) -> None:
        controller = load_controller(name)
        first = next(map_ for map_ in controller.map if map_.target == "z/1")
        source, channel = parse_source(first.source), (first.channel or 1) - 1
        place = {"z/1": 0.0}
        mapper = Mapper(mappings_of(None, [], controller.map), place.get)
        assert source.number is not None
        values = (5, 5) if source.kind == "relative" else (0, 64)
        controls = [mapper.feed(bytes([0xB0 | channel, source.number, value]), 0) for value in values]
        assert any(isinstance(control, SetAxis) and control.axis == 0 for came in controls for control in came)

    def test_it_says_where_its_numbers_come_from(self, name: str) -> None:
        assert "https://" in load_controller(name).source
        assert files("polate.mapping.controllers").joinpath(f"{name}.toml").read_text().startswith("# ")

    def test_the_documentation_lists_it(self, name: str) -> None:
        controller = load_controller(name)
        feedback = "yes" if controller.feedback else ""
        row = f"| `{name}` | {controller.name} | {controller.setup} | {feedback} |"
        assert re.sub(" +", " ", row) in re.sub(" +", " ", (ROOT / "docs/mapping.md").read_text())


def test_an_unknown_controller_is_answered_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match="nanokontrol2") as refused:
        load_controller("../../etc/passwd")
    assert "got '../../etc/passwd'" in str(refused.value)


@pytest.mark.parametrize(
    ("port", "name"),
    [
        ("nanoKONTROL2:nanoKONTROL2 nanoKONTROL2 _ CTR 24:0", "nanokontrol2"),
        ("nanoKONTROL:nanoKONTROL MIDI 1 20:0", "nanokontrol"),
        ("MIDI Mix", "midimix"),
        ("X-TOUCH MINI 2", "x-touch-mini"),
        ("Ableton Push 2 User Port", "push-2"),
        ("Midi Through:Midi Through Port-0 14:0", None),
        ("Polate In", None),
    ],
)
def test_controllers_are_recognised_by_their_ports(port: str, name: str | None) -> None:
    assert recognise(port) == name
