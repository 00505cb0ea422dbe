"""One clock of several inputs is followed."""

from polate.sync.clock_choice import ClockChoice

SECOND = 1_000_000_000


def test_the_first_that_sends_a_clock_is_followed_until_it_is_silent() -> None:
    choice = ClockChoice(None)
    assert choice.is_followed(1, "b", 0)
    assert not choice.is_followed(0, "a", SECOND)
    assert choice.is_followed(1, "b", 2 * SECOND)
    assert not choice.is_followed(0, "a", 3 * SECOND)
    assert choice.is_followed(0, "a", 5 * SECOND)
    assert not choice.is_followed(1, "b", 5 * SECOND)


def test_another_one_is_followed_when_it_is_gone() -> None:
    choice = ClockChoice(None)
    assert choice.is_followed(1, "b", 0)
    choice.lose(0)
    assert not choice.is_followed(0, "a", 1)
    choice.lose(1)
    assert choice.is_followed(0, "a", 1)


def test_a_named_one_is_the_only_one() -> None:
    choice = ClockChoice("daw")
    assert not choice.is_followed(0, "keys", 0)
    assert choice.is_followed(1, "from DAW 1", 0)
