import logging

import pytest

from polate import ControlError
from polate.player import troubles as module
from polate.player.troubles import Troubles

SECOND = 1_000_000_000


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The time, in nanoseconds."""
    time = [100 * SECOND]
    monkeypatch.setattr(module, "clock", lambda: time[0])
    return time


def test_a_refusal_is_shown_for_8_s_over_the_last_trouble_and_counted(now: list[int]) -> None:
    troubles = Troubles()
    troubles.report("the output is gone")
    troubles.refuse(ControlError("a position must be in 0..1, got 2"))
    troubles.refuse("several", count=4)
    assert (troubles.text, troubles.refused) == ("several", 5)
    troubles.refresh(now[0] + 8 * SECOND - 1)
    assert troubles.text == "several"
    troubles.refresh(now[0] + 8 * SECOND)
    assert troubles.text == "the output is gone"


def test_refusals_are_logged_once_a_second_and_the_same_trouble_once(
    now: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    troubles = Troubles()
    with caplog.at_level(logging.WARNING):
        for text in ("one", "two", "three"):
            troubles.refuse(text)
            now[0] += SECOND // 2
        troubles.report("gone")
        troubles.report("gone")
    assert [record.message for record in caplog.records] == ["one", "three", "gone"]


def test_the_latest_refusal_of_a_second_is_logged_when_the_second_is_over(
    now: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    troubles = Troubles()
    with caplog.at_level(logging.WARNING):
        for text in ("one", "two", "three"):
            troubles.refuse(text)
        troubles.refresh(now[0] + SECOND - 1)
        assert [record.message for record in caplog.records] == ["one"]
        for later in (0, 1, 2):
            troubles.refresh(now[0] + SECOND + later * SECOND)
    assert [record.message for record in caplog.records] == ["one", "three"]
