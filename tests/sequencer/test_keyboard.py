import pytest
from studio import SECOND

from polate import ControlError, Pattern
from polate.control.settings import PlaySettings
from polate.gate.frames import Frame, Kind
from polate.sequencer.keyboard import Keyboard
from polate.sequencer.voices import KEYS

MAJOR = Pattern.parse("12 0 2 4 5 7 9 11")
HOUR = 3600 * SECOND


def pressed(*keys: int, **settings: object) -> tuple[Keyboard, PlaySettings]:
    playing = PlaySettings(**settings)
    keyboard = Keyboard(playing)
    for key in keys:
        keyboard.press(key)
    return keyboard, playing


class TestTonic:
    def test_without_a_key_it_is_the_setting(self) -> None:
        keyboard, playing = pressed(tonic="D4", keys="chromatic")
        assert not keyboard.find_tonic(playing, MAJOR)
        assert keyboard.tonic == 62

    @pytest.mark.parametrize("keys", ["off", "through"])
    def test_keys_that_do_not_transpose_leave_it(self, keys: str) -> None:
        keyboard, playing = pressed(67, keys=keys)
        assert not keyboard.find_tonic(playing, MAJOR)
        assert keyboard.tonic == 60

    def test_the_key_pressed_last_gives_it_until_it_is_released(self) -> None:
        keyboard, playing = pressed(61, 66, keys="chromatic")
        assert keyboard.find_tonic(playing, MAJOR)
        assert keyboard.tonic == 66
        keyboard.release(66)
        assert keyboard.find_tonic(playing, MAJOR)
        assert keyboard.tonic == 61
        keyboard.release(61)
        assert keyboard.find_tonic(playing, MAJOR)
        assert keyboard.tonic == 60

    def test_by_degrees_it_is_the_nearest_note_of_the_scale(self) -> None:
        keyboard, playing = pressed(63, keys="scale")  # D#4, between D4 and E4
        assert keyboard.find_tonic(playing, MAJOR)
        assert keyboard.tonic == 62
        assert keyboard.find_tonic(playing, Pattern.parse("sesquitone 0 1"))  # which has D#4
        assert keyboard.tonic == 63


class TestHolding:
    def test_steps_wait_for_a_key_only_with_hold(self) -> None:
        keyboard, playing = pressed(hold=True)
        assert keyboard.silences(playing)
        assert not keyboard.silences(PlaySettings())
        keyboard.press(60)
        assert not keyboard.silences(playing)

    def test_a_latched_key_stays_held_until_the_latch_is_off(self) -> None:
        keyboard, _ = pressed(60, latch=True)
        keyboard.release(60)
        assert keyboard.held == (60,)
        keyboard.set_latch(False)
        assert keyboard.held == ()

    def test_a_note_that_is_no_midi_note_is_refused(self) -> None:
        with pytest.raises(ControlError, match=r"a key must be in 0\.\.127, got 128"):
            pressed(128)


class TestSounding:
    def test_a_key_sounds_the_nearest_note_of_the_scale_at_once(self) -> None:
        keyboard, playing = pressed(channel=3)
        frames = keyboard.sound(66, 90, playing, MAJOR, 5)  # F#4, between F4 and G4
        assert frames == [Frame(Kind.NOTE, 0, 2, 65, 90, 5, 5 + HOUR, 0, KEYS)]

    def test_it_may_have_a_channel_of_its_own(self) -> None:
        keyboard, playing = pressed(channel=3, keys_channel=16)
        assert [frame.channel for frame in keyboard.sound(60, 90, playing, MAJOR, 5)] == [15]

    def test_its_note_ends_with_the_key(self) -> None:
        keyboard, playing = pressed()
        keyboard.sound(60, 90, playing, MAJOR, 5)
        assert keyboard.end([60], 9) == [Frame(Kind.TIE, 0, 0, 60, 0, 9, 9, 0, KEYS)]
        assert keyboard.end([60], 10) == []

    def test_a_note_that_another_key_sounds_too_goes_on(self) -> None:
        keyboard, playing = pressed()
        keyboard.sound(60, 90, playing, MAJOR, 5)
        keyboard.sound(61, 90, playing, MAJOR, 6)  # C#4 sounds C4
        assert keyboard.end([61], 7) == []
        assert [frame.note for frame in keyboard.end([60], 8)] == [60]

    def test_a_key_pressed_again_ends_its_note_first(self) -> None:
        keyboard, playing = pressed()
        keyboard.sound(60, 90, playing, MAJOR, 5)
        kinds = [frame.kind for frame in keyboard.sound(60, 50, playing, MAJOR, 7)]
        assert kinds == [Kind.TIE, Kind.NOTE]

    def test_all_notes_can_end_at_once_and_what_the_gate_has_ended_is_not_ended_again(self) -> None:
        keyboard, playing = pressed(60, 64)
        for key in (60, 64):
            keyboard.sound(key, 90, playing, MAJOR, 5)
        assert [frame.note for frame in keyboard.end_all(6)] == [60, 64]
        keyboard.sound(67, 90, playing, MAJOR, 7)
        keyboard.forget_sounding()
        assert keyboard.end_all(8) == []
        assert keyboard.held == (60, 64)
