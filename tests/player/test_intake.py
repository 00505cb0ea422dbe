"""The player takes in what it is asked for within a bounded time, and no failure of a part ends it."""

import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from polate.control.commands import Control, Panic, SetAxis
from polate.errors import ControlError
from polate.player import intake as module
from polate.player.client import Client
from polate.player.intake import TURN_NS, Intake
from polate.player.troubles import Troubles


class Asking(Client):
    """A client with commands that the test gives."""

    def __init__(self, name: str, *controls: Control | Exception) -> None:
        child: Any = SimpleNamespace(name=name, take_end=lambda: None)
        super().__init__(SimpleNamespace(), child)  # type: ignore[arg-type]
        self.controls = list(controls)

    def commands(self, now_ns: int) -> Iterator[Control]:
        while self.controls:
            control = self.controls.pop(0)
            if isinstance(control, Exception):
                raise control
            yield control


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    time = [0]
    monkeypatch.setattr(module, "clock", lambda: time[0])
    return time


def test_a_flood_takes_the_time_of_one_turn_and_goes_on_in_the_next(now: list[int]) -> None:
    flood, other = Asking("osc", *(SetAxis(0, i / 1000) for i in range(1000))), Asking("midi", *[Panic()] * 3)
    intake, applied = Intake([flood, other], Troubles()), []

    def apply(control: Control, source: Client, now_ns: int) -> None:
        now[0] += TURN_NS // 10
        applied.append(control)

    turns = 0
    while turns == 0 or intake.has_more:
        began, before = now[0], len(applied)
        intake.take(apply)
        turns += 1
        assert now[0] - began <= TURN_NS + TURN_NS // 10
        if turns <= 3:
            assert Panic() in applied[before:]  # the other client is not left waiting
    assert [control.position for control in applied if isinstance(control, SetAxis)] == [i / 1000 for i in range(1000)]
    assert turns >= 1000 // 10


def test_a_client_that_raises_loses_its_turn_and_the_others_go_on(caplog: pytest.LogCaptureFixture) -> None:
    broken = Asking("osc", SetAxis(0, 0.1), MemoryError("all gone"), SetAxis(0, 0.2))
    sound = Asking("midi", SetAxis(1, 0.5))
    troubles, applied = Troubles(), []
    intake = Intake([broken, sound], troubles)
    with caplog.at_level(logging.WARNING):
        intake.take(lambda control, source, now_ns: applied.append(control))
        intake.take(lambda control, source, now_ns: applied.append(control))
    assert applied == [SetAxis(0, 0.1), SetAxis(1, 0.5), SetAxis(0, 0.2)]
    assert troubles.failed == 1
    assert troubles.text.startswith("reading from the osc process failed, playing on: MemoryError: all gone (")
    assert len(caplog.records) == 1


class TestBorder:
    def test_the_same_failure_again_is_counted_and_not_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        troubles = Troubles()
        with caplog.at_level(logging.WARNING):
            for _ in range(5):
                with troubles.border("writing"):
                    raise ZeroDivisionError
        assert (troubles.failed, len(caplog.records)) == (5, 1)

    def test_an_error_on_purpose_is_a_refusal(self) -> None:
        troubles = Troubles()
        with troubles.border("writing"):
            raise ControlError("no")
        assert (troubles.failed, troubles.refused, troubles.text) == (0, 1, "no")

    def test_a_signal_to_stop_passes(self) -> None:
        with pytest.raises(KeyboardInterrupt), Troubles().border("writing"):
            raise KeyboardInterrupt
