"""Ports by name: exact, then without ALSA's numbers, then a part that only one has; and ports that come and go."""

from dataclasses import dataclass

import pytest

from polate.errors import PortError
from polate.midi.kept_port import Keeper
from polate.midi.ports import find_port

STUDIO = [
    "Midi Through:Midi Through Port-0 14:0",
    "nanoKONTROL2:nanoKONTROL2 MIDI 1 24:0",
    "MiniLab3:MiniLab3 MIDI 28:0",
    "MiniLab3:MiniLab3 DIN THRU 28:1",
    "iCON:iCON MIDI 32:0",
    "iCON:iCON MIDI 32:1",
]


def found(wanted: str, names: list[str] = STUDIO) -> str:
    return names[find_port(wanted, names, "input")]


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("nanoKONTROL2:nanoKONTROL2 MIDI 1 24:0", STUDIO[1]),
        ("nanokontrol2", STUDIO[1]),
        ("DIN THRU", STUDIO[3]),
        ("nanoKONTROL2:nanoKONTROL2 MIDI 1", STUDIO[1]),
        ("nanoKONTROL2:nanoKONTROL2 MIDI 1 20:0", STUDIO[1]),  # its number at the last boot
        ("MiniLab3 MIDI 20:0", STUDIO[2]),
        ("iCON:iCON MIDI 20:1", STUDIO[5]),  # of two of one name, the second
    ],
)
def test_a_port_is_found_by_its_name_whatever_number_it_has_today(wanted: str, name: str) -> None:
    assert found(wanted) == name


@pytest.mark.parametrize("wanted", ["MiniLab3", "iCON MIDI", "28"])
def test_several_that_fit_are_an_error_that_lists_them(wanted: str) -> None:
    with pytest.raises(PortError, match="could be any of") as refused:
        found(wanted)
    listed = [name for name in STUDIO if repr(name) in str(refused.value)]
    assert listed == [name for name in STUDIO if wanted in name]


def test_a_port_that_is_not_there_is_an_error_that_lists_those_that_are() -> None:
    with pytest.raises(PortError, match="there is no MIDI input 'BCF2000'; there are: 'Midi Through"):
        found("BCF2000")


def test_a_port_is_found_by_its_name_as_it_is_shown() -> None:
    names = ["red", "red \x1b[31m:in"]
    for wanted in (r"red \x1b[31m:in", r"\x1b", names[1]):
        assert found(wanted, names) == names[1]
    with pytest.raises(PortError) as refused:
        found("blue \x07", names)
    assert str(refused.value) == r"there is no MIDI input 'blue \x07'; there are: 'red', 'red \x1b[31m:in'"


def test_an_exact_name_comes_before_one_that_contains_it() -> None:
    assert found("Bus 1", ["IAC Bus 1", "Bus 1", "Bus 12"]) == "Bus 1"


def test_a_whole_name_without_its_numbers_comes_before_one_that_contains_it() -> None:
    assert found("USB MIDI 1", ["USB MIDI 1 24:0", "USB MIDI 10 28:0"]) == "USB MIDI 1 24:0"


def test_numbers_that_are_part_of_a_name_are_kept() -> None:
    with pytest.raises(PortError):
        found("IAC Driver Bus 1", ["IAC Driver Bus 2"])


@dataclass
class Unpluggable:
    """A port that lives while its name is in the list."""

    name: str
    there: list[str]

    def alive(self) -> bool:
        return self.name in self.there

    def abandon(self) -> None:
        pass

    def close(self) -> None:
        pass


def test_a_controller_that_comes_back_with_another_number_is_kept() -> None:
    there = ["nanoKONTROL2:nanoKONTROL2 MIDI 1 24:0"]
    remembered = there[0]
    keeper = Keeper(lambda: Unpluggable(found(remembered, there), there))
    assert keeper.open()
    there.clear()
    assert keeper.check() is False
    assert keeper.check() is None
    there.append("nanoKONTROL2:nanoKONTROL2 MIDI 1 28:0")
    assert keeper.check() is True
    assert keeper.port is not None
    assert keeper.port.name == there[0]


def test_a_controller_may_be_plugged_in_after_the_start() -> None:
    there: list[str] = []
    keeper = Keeper(lambda: Unpluggable(found("nanoKONTROL2", there), there))
    assert not keeper.open()
    there.append("nanoKONTROL2:nanoKONTROL2 MIDI 1 24:0")
    assert keeper.check() is True
