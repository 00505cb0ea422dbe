"""Of two senders of a playhead one is followed."""

import pytest

from polate.errors import ControlError
from polate.osc.playhead_choice import PlayheadChoice

SECOND = 1_000_000_000
DAW, OTHER, THIRD = ("127.0.0.1", 5000), ("127.0.0.1", 5001), ("192.168.1.20", 5000)


def test_the_first_sender_is_followed_and_the_others_are_reported_once() -> None:
    choice = PlayheadChoice()
    assert choice.is_followed(DAW, 0)
    with pytest.raises(
        ControlError, match=r"^the song position of 127\.0\.0\.1:5000 is followed, that of 127\.0\.0\.1:5001 is not$"
    ):
        choice.is_followed(OTHER, 10)
    heard = [choice.is_followed(sender, at) for at in range(20, 50) for sender in (OTHER, DAW, THIRD)]
    assert heard == [False, True, False] * 30


def test_another_is_followed_when_the_first_has_been_silent_for_a_second() -> None:
    choice = PlayheadChoice()
    choice.is_followed(DAW, 0)
    choice.is_followed(DAW, SECOND)
    with pytest.raises(ControlError):
        choice.is_followed(OTHER, 2 * SECOND - 1)
    assert choice.is_followed(OTHER, 2 * SECOND)
    with pytest.raises(ControlError, match=r"5001 is followed, that of 127\.0\.0\.1:5000 is not"):
        choice.is_followed(DAW, 2 * SECOND + 1)
    assert not choice.is_followed(DAW, 2 * SECOND + 2)


def test_a_sender_that_is_silent_is_followed_again_if_there_is_no_other() -> None:
    choice = PlayheadChoice()
    choice.is_followed(DAW, 0)
    assert choice.is_followed(DAW, 60 * SECOND)
