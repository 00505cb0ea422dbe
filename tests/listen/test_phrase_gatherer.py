"""When a phrase begins and ends, on a virtual clock."""

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polate.control.settings import PlaySettings
from polate.listen.phrase_gatherer import CHORD_NS, EARLY_NS, LONGEST_HOLD_NS, BarLine, Phrase, PhraseGatherer

MS = 1_000_000
SECOND = 1000 * MS
BAR = 2 * SECOND


class Ear:
    """A gatherer and its clock. Every turn of 5 ms it is told the time, as the player does."""

    def __init__(self, is_playing: bool = False, **settings: Any) -> None:
        self.settings = PlaySettings(**{"listen": "rest", **settings})
        self.gatherer = PhraseGatherer(self.settings)
        self.now, self.is_playing = 10 * BAR, is_playing
        self.phrases: list[Phrase] = []
        self.ended: list[int] = []  # ms after the beginning
        self.wait(0)

    def wait(self, ms: int) -> None:
        for _ in range(max(1, ms // 5)):
            self.now += 5 * MS if ms else 0
            line = BarLine(self.now // BAR, self.now // BAR * BAR) if self.is_playing else None
            self._keep(self.gatherer.advance(self.now, line))

    def strike(self, *notes: int, ms: int = 100, channel: int = 0) -> None:
        """Notes together, held for four fifths of the time."""
        for note in notes:
            self._keep(self.gatherer.key_down(note, channel, self.now))
        self.wait(ms * 4 // 5)
        for note in notes:
            self.gatherer.key_up(note, channel, self.now)
        self.wait(ms // 5)

    def play(self, notes: Iterable[int], ms: int = 100) -> None:
        for note in notes:
            self.strike(note, ms=ms)

    def pedal(self, is_down: bool) -> None:
        self._keep(self.gatherer.pedal(is_down))

    def use(self, **settings: Any) -> None:
        self.settings = msgspec.structs.replace(self.settings, **settings)
        self.gatherer.use(self.settings)

    @property
    def heard(self) -> list[tuple[int, ...]]:
        return [phrase.notes for phrase in self.phrases]

    def _keep(self, phrase: Phrase | None) -> None:
        if phrase:
            self.phrases.append(phrase)
            self.ended.append((self.now - 10 * BAR) // MS)


class TestARest:
    def test_it_ends_a_phrase_when_no_key_was_down_for_as_long_as_the_gap(self) -> None:
        ear = Ear(listen_gap=300)
        ear.play([60, 62, 64])
        assert ear.gatherer.deadline_ns == 10 * BAR + (280 + 300) * MS
        ear.wait(1000)
        assert ear.heard == [(60, 62, 64)]
        assert ear.ended == [580]  # the last note ended at 280 ms

    def test_a_shorter_one_does_not(self) -> None:
        ear = Ear(listen_gap=300)
        ear.play([60, 62])
        ear.wait(250)
        ear.play([64, 65])
        assert ear.heard == []
        ear.wait(400)
        assert ear.heard == [(60, 62, 64, 65)]

    def test_it_does_not_come_while_a_key_is_down(self) -> None:
        ear = Ear(listen_gap=200)
        ear.play([60, 62])
        ear.gatherer.key_down(64, 0, ear.now)
        ear.wait(3000)
        assert ear.heard == []
        ear.gatherer.key_up(64, 0, ear.now)
        ear.wait(200)
        assert ear.heard == [(60, 62, 64)]

    def test_a_key_whose_release_was_lost_delays_it_by_four_seconds_at_most(self) -> None:
        ear = Ear(listen_gap=200)
        ear.gatherer.key_down(60, 0, ear.now)
        ear.wait(LONGEST_HOLD_NS // MS - 5)
        assert ear.heard == []
        ear.wait(5)
        assert ear.heard == [(60,)]

    def test_a_key_that_was_down_before_listening_does_not_count(self) -> None:
        ear = Ear(listen="off")
        ear.gatherer.key_down(40, 0, ear.now)
        ear.use(listen="rest", listen_gap=200)
        ear.play([60, 62, 64])
        ear.wait(200)
        assert ear.heard == [(60, 62, 64)]

    def test_releasing_all_keys_begins_it(self) -> None:
        ear = Ear(listen_gap=200)
        for note, channel in ((60, 0), (62, 1)):
            ear.gatherer.key_down(note, channel, ear.now)
            ear.wait(50)
        ear.gatherer.release(0, ear.now)
        ear.wait(300)
        assert ear.heard == []
        ear.gatherer.release(None, ear.now)
        ear.wait(300)
        assert ear.heard == [(60, 62)]


class TestABar:
    def test_every_bar_with_notes_is_a_phrase(self) -> None:
        ear = Ear(is_playing=True, listen="bar")
        ear.play([60, 62, 64, 65], ms=500)
        ear.wait(2000)
        ear.play([67, 69], ms=500)
        ear.wait(1000)
        assert ear.heard == [(60, 62, 64, 65), (67, 69)]
        assert ear.ended == [2000, 6000]

    def test_several_bars_can_be_one(self) -> None:
        ear = Ear(is_playing=True, listen="bar")
        ear.wait(1900)
        lines = [BarLine(number, number * 2 * BAR) for number in (6, 7)]
        assert ear.gatherer.advance(ear.now, lines[0]) is None
        ear.gatherer.key_down(60, 0, ear.now)
        assert ear.gatherer.advance(7 * 2 * BAR, lines[1]) == Phrase((60,), 0)

    def test_a_note_a_little_before_the_line_belongs_to_the_bar_behind_it(self) -> None:
        ear = Ear(is_playing=True, listen="bar")
        ear.play([60, 62], ms=500)
        ear.wait(1000 - EARLY_NS // MS)
        ear.play([64, 65], ms=500)
        ear.wait(2000)
        assert ear.heard == [(60, 62), (64, 65)]

    def test_a_rest_does_not_end_it(self) -> None:
        ear = Ear(is_playing=True, listen="bar", listen_gap=50)
        ear.play([60, 62])
        ear.wait(600)
        ear.play([64])
        ear.wait(1500)
        assert ear.heard == [(60, 62, 64)]

    def test_while_no_song_plays_a_rest_ends_it(self) -> None:
        ear = Ear(listen="bar", listen_gap=200)
        ear.play([60, 62, 64])
        ear.wait(300)
        assert ear.heard == [(60, 62, 64)]

    def test_a_seek_ends_it_too(self) -> None:
        ear = Ear(is_playing=True, listen="bar")
        ear.play([60, 62])
        assert ear.gatherer.advance(ear.now, BarLine(0, ear.now)) == Phrase((60, 62), 0)


class TestThePedal:
    def test_notes_are_a_phrase_while_it_is_down(self) -> None:
        ear = Ear(listen="pedal", listen_gap=100)
        ear.play([40, 41])
        ear.pedal(True)
        ear.play([60, 62])
        ear.wait(1000)
        ear.play([64])
        assert ear.heard == []
        ear.pedal(False)
        ear.play([70, 71])
        ear.wait(1000)
        assert ear.heard == [(60, 62, 64)]

    @pytest.mark.parametrize("listen", ["rest", "bar"])
    def test_it_also_begins_and_ends_a_phrase_where_rests_or_bars_do(self, listen: str) -> None:
        ear = Ear(is_playing=True, listen=listen, listen_gap=100)
        ear.play([40], ms=50)
        ear.pedal(True)
        ear.play([60, 62], ms=1500)
        ear.wait(1500)
        ear.pedal(False)
        assert ear.heard == [(60, 62)]

    def test_pressed_again_or_released_without_notes_it_does_nothing(self) -> None:
        ear = Ear(listen="pedal")
        ear.pedal(False)
        ear.pedal(True)
        ear.play([60])
        ear.pedal(True)
        ear.pedal(False)
        ear.pedal(False)
        assert ear.heard == [(60,)]

    def test_while_nobody_listens_it_does_nothing(self) -> None:
        ear = Ear(listen="off")
        ear.pedal(True)
        ear.play([60, 62, 64])
        ear.pedal(False)
        ear.wait(5000)
        assert ear.heard == []


class TestBounds:
    def test_a_phrase_of_too_many_notes_ends_and_another_begins(self) -> None:
        ear = Ear(listen_notes=3, listen_gap=200)
        ear.play([60, 62, 64, 65, 67])
        assert ear.heard == [(60, 62, 64)]
        ear.wait(300)
        assert ear.heard == [(60, 62, 64), (65, 67)]

    def test_of_a_chord_the_highest_note_counts(self) -> None:
        ear = Ear(listen_gap=200)
        for chord in ((60, 64, 67), (71, 62, 65), (64,)):
            ear.strike(*chord)
        ear.wait(300)
        assert ear.phrases == [Phrase((67, 71, 64), 2)]

    def test_notes_one_after_the_other_are_no_chord(self) -> None:
        ear = Ear(listen_gap=200)
        ear.play([60, 62, 64, 65], ms=CHORD_NS // MS)
        ear.wait(300)
        assert ear.phrases == [Phrase((60, 62, 64, 65), 0)]

    def test_other_channels_can_be_left_out(self) -> None:
        ear = Ear(listen_channel=2, listen_gap=200)
        ear.strike(60, channel=0)
        ear.strike(62, channel=1)
        ear.wait(300)
        assert ear.heard == [(62,)]

    def test_of_2000_notes_a_second_at_most_67_count(self) -> None:
        ear = Ear(listen_notes=128, listen_gap=200)
        for number in range(2000):
            ear.now += SECOND // 2000
            ear._keep(ear.gatherer.key_down(number % 128, 0, ear.now))
            ear.gatherer.key_up(number % 128, 0, ear.now)
        ear.wait(300)
        assert len(ear.phrases) == 1
        assert len(ear.heard[0]) == 67

    def test_three_hours_of_notes_leave_nothing_behind(self) -> None:
        ear = Ear(listen_notes=128)
        for number in range(3 * 3600 * 10):
            ear.now += SECOND // 10
            ear._keep(ear.gatherer.key_down(60 + number % 12, number % 16, ear.now))
        assert {len(notes) for notes in ear.heard} == {128}
        assert len(ear.gatherer._onsets) <= 128
        assert len(ear.gatherer._held) <= 128 * 16

    def test_to_listen_in_another_way_drops_what_was_begun(self) -> None:
        ear = Ear(listen_gap=200)
        ear.play([60, 62, 64])
        ear.use(listen="pedal")
        ear.use(listen="rest")
        ear.wait(5000)
        assert ear.heard == []


@given(
    st.sampled_from(["rest", "bar", "pedal", "off"]),
    st.booleans(),
    st.integers(3, 128),
    st.lists(
        st.one_of(
            st.tuples(st.just("down"), st.integers(0, 127), st.integers(0, 15)),
            st.tuples(st.just("up"), st.integers(0, 127), st.integers(0, 15)),
            st.tuples(st.just("wait"), st.integers(0, 300), st.just(0)),
            st.tuples(st.just("pedal"), st.integers(0, 1), st.just(0)),
            st.tuples(st.just("release"), st.just(0), st.integers(0, 15)),
        ),
        max_size=60,
    ),
)
def test_whatever_is_played_phrases_are_bounded_and_the_next_call_is_never_in_the_past(
    listen: str, is_playing: bool, most: int, events: list[tuple[str, int, int]]
) -> None:
    ear = Ear(is_playing=is_playing, listen=listen, listen_notes=most)
    struck: list[int] = []
    for kind, value, channel in events:
        match kind:
            case "down":
                struck.append(value)
                ear._keep(ear.gatherer.key_down(value, channel, ear.now))
            case "up":
                ear.gatherer.key_up(value, channel, ear.now)
            case "wait":
                ear.wait(value)
                deadline = ear.gatherer.deadline_ns
                assert deadline is None or deadline > ear.now
            case "pedal":
                ear.pedal(bool(value))
            case _:
                ear.gatherer.release(channel, ear.now)
    assert all(1 <= len(notes) <= most for notes in ear.heard)
    heard = [note for notes in ear.heard for note in notes]
    assert len(heard) <= len(struck)
    assert set(heard) <= set(struck)
    assert listen != "off" or not heard
