"""A DAW's playhead followed, as a plugin reports it: in bursts, late, and not always."""

import math
import statistics

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playheads import MILLISECOND, SECOND, T0, Daw, Following, deviations_ms

from polate.control.commands import FASTEST, LAST_BEAT, SLOWEST, Jump, Seek, SetPlaying, SongPosition, Sync
from polate.errors import ControlError
from polate.sync.clock_follower import Dropout
from polate.sync.song_position_follower import SongPositionFollower


def playing(beat: float, at_ns: int, bpm: float = 120.0) -> SongPosition:
    return SongPosition(beat, bpm, True, at_ns=at_ns)


def stopped(beat: float, at_ns: int, bpm: float = 120.0) -> SongPosition:
    return SongPosition(beat, bpm, False, at_ns=at_ns)


def looping(beat: float, at_ns: int, loop: tuple[float, float] = (4.0, 8.0)) -> SongPosition:
    return SongPosition(beat, 120.0, True, loop, at_ns)


class TestCommands:
    def test_the_first_message_starts_the_music_at_its_place(self) -> None:
        follower = SongPositionFollower()
        assert follower.feed(playing(33.5, T0, 97.3)) == [Seek(33.5), Sync(33.5, T0, 97.3), SetPlaying(True)]
        assert follower.feed(playing(34.5, T0 + SECOND, 60)) == [Sync(pytest.approx(34.5, abs=0.4), T0 + SECOND, 60)]

    def test_a_song_that_stands_gives_its_place_and_its_tempo_when_they_change(self) -> None:
        follower = SongPositionFollower()
        assert follower.feed(stopped(4, T0)) == [SetPlaying(False), Seek(4), Sync(4, T0, 120)]
        assert follower.feed(stopped(4, T0 + 1)) == []
        assert follower.feed(stopped(8, T0 + 2)) == [Seek(8), Sync(8, T0 + 2, 120)]
        assert follower.feed(stopped(8, T0 + 3, 90)) == [Seek(8), Sync(8, T0 + 3, 90)]

    def test_a_stop_stops_once_and_a_start_starts_where_the_song_is(self) -> None:
        follower = SongPositionFollower()
        follower.feed(playing(4, T0))
        assert follower.feed(stopped(4.1, T0 + SECOND))[0] == SetPlaying(False)
        assert follower.feed(stopped(4.1, T0 + 2 * SECOND)) == []
        start = follower.feed(playing(16, T0 + 3 * SECOND))
        assert start == [Seek(16), Sync(16, T0 + 3 * SECOND, 120), SetPlaying(True)]

    def test_a_count_in_leads_to_beat_0(self) -> None:
        assert SongPositionFollower().feed(playing(-4, T0)) == [Seek(0), Sync(-4, T0, 120), SetPlaying(True)]

    def test_the_tempo_is_that_of_the_message_at_once(self) -> None:
        follower = SongPositionFollower()
        follower.feed(playing(0, T0))
        [sync] = follower.feed(playing(0.06, T0 + 30 * MILLISECOND, 140))
        assert isinstance(sync, Sync)
        assert sync.bpm == 140

    def test_more_than_half_a_beat_away_is_a_jump(self) -> None:
        follower = SongPositionFollower()
        follower.feed(playing(0, T0))
        at_ns = T0 + 30 * MILLISECOND
        assert follower.feed(playing(0.55, at_ns)) == [Sync(pytest.approx(0.06), at_ns, 120)]
        [seek, sync] = follower.feed(playing(64.01, at_ns + 30 * MILLISECOND))
        assert seek == Seek(pytest.approx(64.01 - 0.04))  # what was due up to 20 ms ago is still played
        assert sync == Sync(64.01, at_ns + 30 * MILLISECOND, 120)

    def test_one_late_message_does_not_count_and_a_second_one_does(self) -> None:
        follower = SongPositionFollower()
        follower.feed(playing(0, T0))
        for number in range(1, 100):
            follower.feed(playing(number / 10, T0 + number * 50 * MILLISECOND))
        at_ns = T0 + 5 * SECOND
        assert follower.feed(playing(9.8, at_ns)) == [Sync(pytest.approx(10), at_ns, 120)]  # 100 ms late
        assert follower.feed(playing(9.9, at_ns + 50 * MILLISECOND))[0].beat == 9.9  # type: ignore[union-attr]

    def test_a_jump_back_after_a_gap_is_believed_with_the_second_message(self) -> None:
        follower = SongPositionFollower()
        follower.feed(playing(10, T0))
        at_ns = T0 + 900 * MILLISECOND  # it may have waited: the song is at beat 11.8
        assert follower.feed(playing(10.2, at_ns)) == [Sync(pytest.approx(11.8), at_ns, 120)]
        at_ns += 50 * MILLISECOND
        assert follower.feed(playing(10.3, at_ns))[0] == Seek(pytest.approx(10.3 - 0.04))


class TestLoop:
    def test_the_jump_at_the_end_is_given_before_it_comes_and_the_song_goes_on_at_the_begin(self) -> None:
        follower = SongPositionFollower()
        assert follower.feed(looping(7.8, T0))[-1] == Jump(8, 4)
        at_ns = T0 + 50 * MILLISECOND
        assert follower.feed(looping(7.9, at_ns)) == [Sync(pytest.approx(7.9), at_ns, 120)]
        at_ns += 50 * MILLISECOND
        assert follower.feed(looping(4.0, at_ns)) == [Sync(pytest.approx(4), at_ns, 120), Jump(8, 4)]

    def test_a_loop_that_is_switched_off_or_moved_takes_its_jump_back(self) -> None:
        follower = SongPositionFollower()
        follower.feed(looping(5, T0))
        at_ns = T0 + 50 * MILLISECOND
        sync = Sync(pytest.approx(5.1), at_ns, 120)
        assert follower.feed(playing(5.1, at_ns)) == [sync, Seek(pytest.approx(5.1)), sync]
        at_ns += 50 * MILLISECOND
        assert follower.feed(looping(5.2, at_ns))[1:] == [Jump(8, 4)]
        at_ns += 50 * MILLISECOND
        assert follower.feed(looping(5.3, at_ns, (4, 6)))[-1] == Jump(6, 4)

    def test_a_song_beyond_its_loop_plays_on(self) -> None:
        follower = SongPositionFollower()
        assert len(follower.feed(looping(8, T0))) == 3
        follower = SongPositionFollower()
        follower.feed(looping(7.98, T0))
        for number in range(1, 20):
            commands = follower.feed(looping(7.98 + number / 10, T0 + number * 50 * MILLISECOND))
            assert any(isinstance(command, Seek) for command in commands) == (number == 2)


class TestSilence:
    def test_after_a_second_without_a_message_the_music_waits_and_the_next_one_starts_it(self) -> None:
        follower = SongPositionFollower()
        follower.feed(playing(8, T0))
        assert follower.deadline_ns == T0 + SECOND
        assert follower.advance(T0 + SECOND - 1) == []
        assert follower.advance(T0 + SECOND) == [SetPlaying(False)]
        assert follower.is_silent
        assert follower.deadline_ns is None
        assert follower.advance(T0 + 9 * SECOND) == []
        again = follower.feed(playing(30, T0 + 9 * SECOND))
        assert again == [Seek(30), Sync(30, T0 + 9 * SECOND, 120), SetPlaying(True)]
        assert not follower.is_silent

    def test_in_free_run_the_music_goes_on_and_is_found_again(self) -> None:
        follower = SongPositionFollower("free-run")
        follower.feed(playing(8, T0))
        assert follower.advance(T0 + SECOND) == []
        assert follower.is_silent
        at_ns = T0 + 9 * SECOND
        assert follower.feed(playing(26.01, at_ns)) == [Sync(26.01, at_ns, 120)]

    def test_a_stopped_song_may_be_silent(self) -> None:
        follower = SongPositionFollower()
        follower.feed(stopped(8, T0))
        assert follower.deadline_ns is None
        assert follower.advance(T0 + 99 * SECOND) == []
        assert not follower.is_silent


class TestMusic:
    """On the virtual clock. The plugin speaks 30 times a second, and arrives up to 10 ms late: 5 ms on average."""

    @pytest.mark.parametrize("bpm", [120.0, 97.3])
    def test_the_onsets_stay_within_a_millisecond_of_the_songs_for_a_minute(self, bpm: float) -> None:
        following, daw = Following(bpm), Daw(bpm)
        following.hear(daw.say(59.9))
        deviations = deviations_ms(following.heard(), bpm)
        assert len(deviations) == math.ceil(59.9 / (15 / bpm))
        early, late = deviations[16 : len(deviations) // 2], deviations[len(deviations) // 2 :]
        assert all(4 < deviation < 6 for deviation in early + late)
        assert statistics.mean(late) == pytest.approx(statistics.mean(early), abs=0.2)  # no drift

    def test_a_clock_of_the_sound_card_that_is_100_ppm_slow_costs_less_than_half_a_millisecond(self) -> None:
        following, daw = Following(), Daw(120)
        slow = [SongPosition(said.beat * 0.9999, said.bpm, True, at_ns=said.at_ns) for said in daw.say(60)]
        following.hear(slow)
        deviations = deviations_ms(following.heard(), 120 * 0.9999)
        assert all(4 < deviation < 6.2 for deviation in deviations[16:])

    def test_after_a_jump_the_notes_are_those_of_the_new_place_in_its_time(self) -> None:
        following, daw = Following(), Daw(120)
        following.hear(daw.say(2.05))
        daw.beat = 64.0
        following.hear(daw.say(4))
        straight, other = Following(), Daw(120)
        other.beat = 64.0
        straight.hear(other.say(4))
        jumped = [(at - 2.05, note) for at, note in following.heard() if at > 2.05]
        assert [note for _, note in jumped] == [note for _, note in straight.heard()]
        assert all(-1 < deviation < 11 for deviation in deviations_ms(jumped, 120, beat=64))

    @pytest.mark.parametrize("settings", [{}, {"rate": "1/8t"}, {"nudge": -8}, {"swing": 66}, {"rate": "1/1"}])
    def test_each_round_of_a_loop_is_the_same_and_its_first_note_in_time(self, settings: dict[str, object]) -> None:
        following, daw = Following(97.3, **settings), Daw(97.3)
        daw.beat, daw.loop = 4.0, (4.0, 8.0)
        following.hear(daw.say(30))
        round_s = 4 * 60 / 97.3
        rounds = [
            [
                (at - begin * round_s, note)
                for at, note in following.heard()
                if -0.05 <= at - begin * round_s < round_s - 0.05
            ]
            for begin in range(12)
        ]
        assert all(rounds)
        for each in rounds[1:]:
            assert [note for _, note in each] == [note for _, note in rounds[0]]
            assert [at for at, _ in each] == pytest.approx([at for at, _ in rounds[1]], abs=0.0015)
        assert rounds[1][0][0] == pytest.approx(0.005 + float(settings.get("nudge", 0)) / 1000, abs=0.001)  # type: ignore[arg-type]

    def test_a_loop_may_be_switched_on_and_off(self) -> None:
        following, daw = Following(), Daw(120)
        following.hear(daw.say(3.2))  # to beat 6.4
        daw.loop = (4.0, 8.0)
        following.hear(daw.say(3))  # twice to its end, and to 4.4
        daw.loop = None
        following.hear(daw.say(3))  # on to 10.4
        straight, other = Following(), Daw(120)
        straight.hear(other.say(6))
        notes = [note for _, note in straight.heard()]
        assert [note for _, note in following.heard()] == notes[:32] + notes[16:32] + notes[16:42]
        assert all(3 < deviation < 7 for deviation in deviations_ms(following.heard(), 120)[8:])

    def test_a_stop_ends_the_notes_and_a_start_begins_with_the_first_of_its_place(self) -> None:
        following, daw = Following(gate=100), Daw(120)
        following.hear(daw.say(2.05))
        daw.playing = False
        following.hear(daw.say(1))
        heard = following.heard()
        assert heard[-1][0] < 2.07
        assert not any(note.sounds for note in following.studio.notes)
        daw.playing, daw.beat = True, 16.0
        following.hear(daw.say(1.95))
        again = following.heard()[len(heard) :]
        assert again[0][0] == pytest.approx(3.05, abs=0.011)
        assert len(again) == 16

    @pytest.mark.parametrize("stall_ms", [60, 100, 300, 800])
    def test_messages_that_come_late_together_move_nothing(self, stall_ms: int) -> None:
        following, daw = Following(), Daw(120)
        said = daw.say(10)
        stall = range(T0 + 5 * SECOND, T0 + 5 * SECOND + stall_ms * MILLISECOND)
        following.hear(
            msgspec.structs.replace(each, at_ns=stall.stop if each.at_ns in stall else each.at_ns) for each in said
        )
        assert sum(isinstance(command, Seek) for command in following.commands) == 1
        assert all(3 < deviation < 7 for deviation in deviations_ms(following.heard(), 120)[16:])

    def test_a_change_of_tempo_is_followed_within_a_few_messages(self) -> None:
        following, daw = Following(), Daw(120)
        following.hear(daw.say(5))
        daw.bpm = 140.0
        following.hear(daw.say(10))
        after = [(at, note) for at, note in following.heard() if at > 6]
        assert all(3.5 < deviation < 6.5 for deviation in deviations_ms(after, 140, 5, 10))

    def test_a_ramp_of_tempo_is_followed(self) -> None:
        following, daw = Following(), Daw(60)
        following.hear(daw.say(5))
        following.hear(daw.say(5, bpm=180))
        following.hear(daw.say(5))
        after = [(at, note) for at, note in following.heard() if at > 10.1]
        assert all(4 < deviation < 6 for deviation in deviations_ms(after, 180, 10, 15))

    def test_when_the_messages_end_the_notes_end_and_in_free_run_they_go_on_in_time(self) -> None:
        for dropout, more in (("hold", 8), ("free-run", 40)):
            following, daw = Following(dropout=dropout, gate=50), Daw(120)  # type: ignore[arg-type]
            following.hear(daw.say(10))
            before = len(following.heard())
            following.rest(5)
            assert len(following.heard()) == pytest.approx(before + more, abs=1)
            assert all(4 < deviation < 6 for deviation in deviations_ms(following.heard(), 120)[16:])


# -- whatever comes -------------------------------------------------------------------------------

MESSAGES = st.lists(
    st.tuples(
        st.floats(-1000, LAST_BEAT),
        st.floats(SLOWEST, FASTEST),
        st.booleans(),
        st.none() | st.just((4.0, 8.0)) | st.just((0.0, 0.25)),
        st.integers(-MILLISECOND, 10 * SECOND),
    ),
    max_size=30,
)


@given(MESSAGES, st.sampled_from(["hold", "free-run"]))
def test_whatever_comes_the_commands_make_sense(
    messages: list[tuple[float, float, bool, tuple[float, float] | None, int]], dropout: Dropout
) -> None:
    follower, now, plays = SongPositionFollower(dropout), T0, False
    for beat, bpm, is_playing, loop, passed_ns in messages:
        now += passed_ns
        for command in [*follower.advance(now), *follower.feed(SongPosition(beat, bpm, is_playing, loop, now))]:
            if isinstance(command, SetPlaying):
                plays = command.playing
            elif isinstance(command, Seek):
                assert 0 <= command.beat <= LAST_BEAT
            elif isinstance(command, Sync):
                assert command.bpm == bpm
                assert abs(command.beat - beat) <= max(0.5, bpm / 60)  # a message may be a second late
        assert plays == is_playing


@pytest.mark.parametrize(
    ("beat", "bpm", "why"),
    [
        (math.nan, 120.0, "the beat must be in -1000..1000000, got nan"),
        (-1001.0, 120.0, "the beat must be in -1000..1000000, got -1001"),
        (2e6, 120.0, "the beat must be in -1000..1000000, got 2e+06"),
        (0.0, math.nan, "the tempo must be in 4..1000 bpm, got nan"),
        (0.0, 0.0, "the tempo must be in 4..1000 bpm, got 0"),
        (0.0, 1e30, "the tempo must be in 4..1000 bpm, got 1e+30"),
    ],
)
def test_a_place_or_a_tempo_that_no_song_has_is_refused(beat: float, bpm: float, why: str) -> None:
    with pytest.raises(ControlError) as refused:
        SongPosition(beat, bpm, True)
    assert str(refused.value) == why


def test_a_loop_outside_of_any_song_is_refused() -> None:
    with pytest.raises(ControlError, match=r"the beat must be in .*, got inf"):
        SongPosition(0, 120, True, (0.0, math.inf))
