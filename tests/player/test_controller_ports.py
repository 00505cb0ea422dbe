"""The ports of a controller that is named by its template."""

import pytest

from polate.midi import ports
from polate.player.config import Config
from polate.player.controller_ports import with_controller_ports

MIX, TWISTER = "MIDI Mix:MIDI Mix MIDI 1 24:0", "Midi Fighter Twister:Midi Fighter Twister MIDI 1 28:0"


@pytest.fixture(autouse=True)
def plugged_in(monkeypatch: pytest.MonkeyPatch) -> None:
    there = ["Keystation 20:0", MIX, TWISTER]
    monkeypatch.setattr(ports, "list_ports", lambda api: (there, there))


def test_the_controller_is_opened_beside_the_virtual_input() -> None:
    config = with_controller_ports(Config(controller="midimix"))
    assert (config.input_names, config.feedback_output) == ([MIX, None], None)


def test_one_that_shows_feedback_gets_it() -> None:
    config = with_controller_ports(Config(controller="midi-fighter-twister"))
    assert (config.input_names, config.feedback_output) == ([TWISTER, None], TWISTER)


def test_one_that_is_not_there_is_wanted_by_its_name() -> None:
    config = with_controller_ports(Config(controller="nanokontrol2"))
    assert (config.input_names, config.feedback_output) == (["nanoKONTROL2", None], None)


def test_an_input_that_is_named_is_the_one() -> None:
    config = Config(controller="midimix", input="Keystation")
    assert with_controller_ports(config) is config
