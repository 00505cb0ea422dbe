import pytest
from hypothesis import given
from hypothesis import strategies as st

from polate import ControlError
from polate.sequencer.held_keys import HeldKeys


def test_keys_are_held_in_the_order_in_which_they_were_pressed() -> None:
    keys = HeldKeys()
    for note in (64, 60, 67):
        keys.press(note)
    assert keys.held == (64, 60, 67)
    assert keys.last == 67
    keys.release(67)
    assert keys.held == (64, 60)
    assert keys.last == 60


def test_without_a_key_there_is_no_last_one() -> None:
    assert HeldKeys().held == ()
    assert HeldKeys().last is None


def test_a_key_that_is_pressed_again_comes_last_and_counts_once() -> None:
    keys = HeldKeys()
    for note in (60, 64, 60):
        keys.press(note)
    assert keys.held == (64, 60)
    keys.release(60)
    assert keys.held == (64,)


def test_a_key_that_was_not_pressed_may_be_released() -> None:
    keys = HeldKeys()
    keys.release(60)
    keys.press(62)
    keys.release(61)
    assert keys.held == (62,)


class TestLatch:
    def test_keys_stay_until_all_are_up_and_another_is_pressed(self) -> None:
        keys = HeldKeys(latch=True)
        keys.press(60)
        keys.press(64)
        keys.release(60)
        keys.press(67)  # 64 is still down: it joins
        assert keys.held == (60, 64, 67)
        keys.release(64)
        keys.release(67)
        assert keys.held == (60, 64, 67)
        keys.press(62)
        assert keys.held == (62,)

    def test_a_latched_key_that_is_pressed_again_comes_last(self) -> None:
        keys = HeldKeys(latch=True)
        keys.press(60)
        keys.press(64)
        keys.release(60)
        keys.press(60)
        assert keys.held == (64, 60)

    def test_switched_off_it_lets_go_of_what_is_up(self) -> None:
        keys = HeldKeys(latch=True)
        keys.press(60)
        keys.press(64)
        keys.release(60)
        keys.set_latch(False)
        assert keys.held == (64,)

    def test_switched_on_it_keeps_what_is_down(self) -> None:
        keys = HeldKeys()
        keys.press(60)
        keys.press(64)
        keys.release(60)
        keys.set_latch(True)
        keys.release(64)
        assert keys.held == (64,)


class TestChannels:
    def test_the_same_note_on_two_channels_is_two_keys(self) -> None:
        keys = HeldKeys()
        keys.press(60, 0)
        keys.press(64, 0)
        keys.press(60, 5)
        assert keys.held == (64, 60)
        assert keys.keys == ((60, 0), (64, 0), (60, 5))
        keys.release(60, 5)
        assert keys.held == (60, 64)
        keys.release(60, 5)
        assert keys.held == (60, 64)
        keys.release(60, 0)
        assert keys.held == (64,)

    @pytest.mark.parametrize("latch", [False, True])
    def test_the_keys_of_one_channel_are_released_together_latched_or_not(self, latch: bool) -> None:
        keys = HeldKeys(latch)
        for note, channel in ((60, 0), (62, 1), (64, 1), (60, 1)):
            keys.press(note, channel)
        keys.release(64, 1)
        assert set(keys.release_all(1)) == ({(62, 1), (64, 1), (60, 1)} if latch else {(62, 1), (60, 1)})
        assert keys.held == (60,)
        keys.press(67, 1)  # 60 is still down: it joins
        assert keys.held == (60, 67)
        assert set(keys.release_all()) == {(60, 0), (67, 1)}
        assert keys.held == ()


@pytest.mark.parametrize("note", [-1, 128])
def test_a_key_that_midi_has_not_is_refused(note: int) -> None:
    with pytest.raises(ControlError, match=f"a key must be in 0..127, got {note}"):
        HeldKeys().press(note)


def test_all_keys_there_are_can_be_held_at_once() -> None:
    keys = HeldKeys()
    for note in (*range(128), *range(128)):
        keys.press(note)
    assert keys.held == tuple(range(128))


@given(st.lists(st.tuples(st.sampled_from(["press", "release", "latch"]), st.integers(0, 127))))
def test_whatever_is_pressed_what_is_down_is_held_once(events: list[tuple[str, int]]) -> None:
    keys, down, latch = HeldKeys(), set(), False
    for event, note in events:
        match event:
            case "press":
                keys.press(note)
                down.add(note)
                assert keys.last == note
            case "release":
                keys.release(note)
                down.discard(note)
            case "latch":
                latch = note % 2 == 1
                keys.set_latch(latch)
        assert down <= set(keys.held)
        assert latch or down == set(keys.held)
        assert len(set(keys.held)) == len(keys.held)
