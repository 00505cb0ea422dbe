"""A MIDI clock followed through all that is done to one on its way, and one sent."""

import math
import random

import pytest
from clock_ticks import (
    CLOCK,
    CONTINUE,
    MILLISECOND,
    SECOND,
    START,
    STOP,
    T0,
    Heard,
    errors_ms,
    jittered,
    ramp,
    started,
    steady,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from polate.control.commands import Jump, Seek, SetPlaying, Sync
from polate.sequencer.transport import Transport
from polate.sync.clock_follower import ClockFollower, Dropout
from polate.sync.clock_messages import song_position
from polate.sync.clock_sender import ClockSender


def test_the_first_tick_after_start_is_beat_0_and_the_24th_after_it_is_beat_1() -> None:
    heard = Heard()
    assert heard.feed(START, T0) == []
    times = steady(120, 25, T0 + MILLISECOND)
    assert heard.feed(CLOCK, times[0]) == [Seek(0.0), Sync(0.0, times[0], pytest.approx(120)), SetPlaying(True)]
    heard.ticks(times[1:])
    assert heard.sync.beat == 1.0
    assert heard.sync.at_ns == pytest.approx(times[24], abs=1000)
    assert heard.sync.bpm == pytest.approx(120)


def test_the_second_tick_gives_the_tempo() -> None:
    assert started(steady(77, 2)).sync.bpm == pytest.approx(77, rel=1e-6)


def test_ticks_before_start_tell_the_tempo_and_move_nothing() -> None:
    times = steady(96, 50)
    heard = Heard().ticks(times[:40])
    assert not any(isinstance(said, SetPlaying | Seek) for said in heard.said)
    assert heard.sync.beat == 0.0
    assert heard.follower.bpm == pytest.approx(96)
    heard.feed(START, times[40] - MILLISECOND)
    [seek, sync, playing] = heard.feed(CLOCK, times[40])
    assert (seek, playing) == (Seek(0.0), SetPlaying(True))
    assert isinstance(sync, Sync)
    assert sync.bpm == pytest.approx(96)


def test_stop_keeps_the_position_and_continue_goes_on_with_the_next_tick() -> None:
    times = steady(120, 100)
    heard = started(times[:37])
    assert heard.feed(STOP, times[36] + MILLISECOND) == [SetPlaying(False)]
    heard.ticks(times[37:60])  # many sequencers send ticks while they stand
    assert heard.feed(CONTINUE, times[60] - MILLISECOND) == []
    [seek, sync, playing] = heard.feed(CLOCK, times[60])
    assert (seek, playing) == (Seek(37 / 24), SetPlaying(True))
    assert isinstance(sync, Sync)
    assert sync.beat == 37 / 24


def test_a_clock_that_was_silent_while_stopped_goes_on_at_another_tempo() -> None:
    heard = started(steady(120, 24))
    heard.feed(STOP, T0 + SECOND // 2)
    assert heard.follower.advance(T0 + 60 * SECOND) == []  # it said stop: that is no dropout
    heard.feed(CONTINUE, T0 + 60 * SECOND)
    heard.ticks(steady(90, 25, T0 + 60 * SECOND + MILLISECOND))
    assert heard.sync.beat == 2.0
    assert heard.sync.bpm == pytest.approx(90)


def test_a_song_position_while_stopped_is_where_continue_begins() -> None:
    heard = Heard()
    assert heard.feed(bytes([0xF2, 0x09, 0x01]), T0) == [Seek(137 / 4)]  # the 137th sixteenth, in the middle of a bar
    heard.feed(CONTINUE, T0 + 1)
    assert heard.feed(CLOCK, T0 + MILLISECOND) == [
        Seek(137 / 4),
        Sync(137 / 4, T0 + MILLISECOND, pytest.approx(120)),
        SetPlaying(True),
    ]


def test_a_song_position_while_playing_is_the_place_of_the_next_tick() -> None:
    times = steady(120, 60)
    heard = started(times[:30])
    # a sequencer's loop: back to the second beat
    assert heard.feed(song_position(6), times[29] + MILLISECOND) == [Jump(30 / 24, 1.5)]
    assert Seek(1.5) in heard.feed(CLOCK, times[30])
    heard.ticks(times[31:55])
    assert heard.sync.beat == 2.5
    assert heard.sync.at_ns == pytest.approx(times[54], abs=1000)


def test_a_start_after_a_stop_begins_with_beat_0() -> None:
    times = steady(120, 60)
    heard = started(times[:30])
    heard.feed(STOP, times[30])
    heard.feed(START, times[50])
    assert heard.feed(CLOCK, times[50] + MILLISECOND)[0] == Seek(0.0)


def test_a_start_while_playing_begins_anew() -> None:
    times = steady(120, 60)
    heard = started(times[:30])
    heard.feed(START, times[30] - MILLISECOND)
    assert heard.feed(CLOCK, times[30])[0] == Seek(0.0)


@pytest.mark.parametrize("away_ms", [-8, 0, 8])
def test_music_that_plays_already_goes_on_at_its_beat_with_the_ticks_of_a_clock(away_ms: int) -> None:
    follower = ClockFollower.join(7.5, T0, 120.0)  # a tick of this beat is due at T0, and the next after 20.8 ms
    assert follower.deadline_ns is None
    times = steady(120, 50, T0 + 10 * SECOND // 48 + away_ms * MILLISECOND)
    said = [follower.feed(CLOCK, at) for at in times]
    assert all(len(commands) == 1 and isinstance(commands[0], Sync) for commands in said)
    assert said[0] == [Sync(pytest.approx(7.5 + 10 / 24), times[0], pytest.approx(120))]
    assert said[-1] == [
        Sync(pytest.approx(7.5 + 59 / 24), pytest.approx(times[-1], abs=MILLISECOND), pytest.approx(120))
    ]
    assert follower.feed(STOP, times[-1] + MILLISECOND) == [SetPlaying(False)]


def test_a_start_may_move_the_ticks() -> None:
    times = steady(120, 60)
    heard = Heard().ticks(times[:40])
    begin = times[39] + 2 * MILLISECOND
    heard.feed(START, begin - MILLISECOND)
    heard.ticks(steady(120, 25, begin))
    assert heard.sync.beat == 1.0
    assert heard.sync.at_ns == pytest.approx(begin + SECOND // 2, abs=MILLISECOND)


def test_what_is_not_about_the_clock_says_nothing() -> None:
    heard = Heard()
    for message in (b"", b"\xf2\x01", b"\xfe", b"\xff", b"\x90\x3c\x64", b"\xf8\x00"):
        assert heard.feed(message, T0) == []


@pytest.mark.parametrize("bpm", [20, 120, 400])
def test_jitter_of_20_percent_is_filtered_to_a_sixth(bpm: float) -> None:
    """Uniform jitter of 20 % of the interval is 11.5 % rms."""
    true = steady(bpm, 1500)
    interval_ms = (true[1] - true[0]) / MILLISECOND
    for seed in range(4):
        errors = errors_ms(true, jittered(true, 0.2, seed), bpm)[96:]
        rms = math.sqrt(sum(error * error for error in errors) / len(errors))
        assert rms < 0.2 * interval_ms / math.sqrt(3) / 4
        assert max(map(abs, errors)) < 0.2 * interval_ms


@pytest.mark.parametrize(("low", "high"), [(20, 400), (400, 20)])
@pytest.mark.parametrize("jitter", [0.0, 0.05, 0.2])
def test_a_ramp_is_followed_to_less_than_three_quarters_of_a_tick(low: float, high: float, jitter: float) -> None:
    true = ramp(low, high, 30)
    for seed in range(3):
        came = jittered(true, jitter, seed)
        for number, error in enumerate(errors_ms(true, came, low)[:-1]):
            assert abs(error) * MILLISECOND < 0.75 * (true[number + 1] - true[number])


@pytest.mark.parametrize("jitter", [0.0, 0.05])
def test_lost_ticks_are_counted_in(jitter: float) -> None:
    for seed in range(5):
        times = jittered(steady(120, 1500), jitter, seed)
        lost = set(random.Random(seed).sample(range(20, 1490), 30)) | {700, 701, 702, 703}
        heard = started([time for number, time in enumerate(times) if number not in lost])
        assert heard.sync.beat == 1499 / 24


@pytest.mark.parametrize("jitter", [0.0, 0.05, 0.2])
def test_doubled_ticks_are_not_counted(jitter: float) -> None:
    for seed in range(5):
        generator = random.Random(seed)
        times = jittered(steady(120, 1500), jitter, seed)
        doubled = [times[number] + generator.randrange(1, 5 * MILLISECOND) for number in range(20, 1480, 40)]
        assert started(sorted([*times, *doubled])).sync.beat == 1499 / 24


@pytest.mark.parametrize("place", [0.3, 0.5, 0.61, 0.9])
def test_one_doubled_tick_anywhere_in_a_clean_clock_costs_nothing(place: float) -> None:
    times = steady(137, 1000)
    doubled = times[950] + round(place * (times[1] - times[0]))
    heard = started(sorted([*times[:960], doubled]), 137)
    assert heard.sync.beat == 959 / 24
    for time in times[960:]:
        heard.feed(CLOCK, time)
        assert heard.sync.bpm == pytest.approx(137, rel=0.002)


def test_every_tick_may_come_twice() -> None:
    """As from a sequencer that is connected by two ways."""
    times = steady(120, 241)
    heard = started(sorted([*times, *(time + MILLISECOND for time in times)]))
    assert heard.sync.beat == 10.0
    assert heard.sync.bpm == pytest.approx(120)


@pytest.mark.parametrize(
    ("before", "after"), [(120, 60), (60, 120), (120, 240), (120, 90), (120, 150), (400, 20), (20, 400), (100, 250)]
)
def test_a_jump_of_the_tempo_is_no_loss_and_no_doubling(before: float, after: float) -> None:
    first = steady(before, 200)
    second = steady(after, 200, first[-1] + round(60 * SECOND / after / 24))
    heard = started([*first, *second[:8]], before)
    assert heard.sync.beat == 207 / 24
    assert heard.sync.bpm == pytest.approx(after, rel=0.2)
    assert abs(heard.sync.at_ns - second[7]) < 0.1 * (second[1] - second[0])
    assert heard.ticks(second[8:]).sync.bpm == pytest.approx(after, rel=0.001)


def test_one_late_tick_moves_the_tempo_by_less_than_2_percent() -> None:
    times = steady(120, 300)
    times[200] += 8 * MILLISECOND
    heard = started(times[:200])
    for time in times[200:]:
        heard.feed(CLOCK, time)
        assert heard.sync.bpm == pytest.approx(120, rel=0.02)


def test_when_the_ticks_stay_away_the_music_stops_and_goes_on_where_it_was() -> None:
    times = steady(120, 48)
    heard = started(times)
    deadline = heard.follower.deadline_ns
    assert deadline == times[-1] + 250 * MILLISECOND  # 4 intervals would be 83
    assert heard.follower.advance(deadline - 1) == []
    assert heard.follower.advance(deadline) == [SetPlaying(False)]
    assert heard.follower.deadline_ns is None
    [seek, sync, playing] = heard.feed(CLOCK, deadline + SECOND)
    assert (seek, playing) == (Seek(2.0), SetPlaying(True))
    assert isinstance(sync, Sync)
    assert (sync.beat, sync.at_ns) == (2.0, deadline + SECOND)


def test_slow_ticks_are_waited_for_four_intervals_long() -> None:
    times = steady(20, 30)
    assert started(times, 20).follower.deadline_ns == pytest.approx(times[-1] + SECOND // 2, abs=MILLISECOND)


def test_in_free_run_the_music_goes_on_and_the_ticks_that_come_again_are_counted_from_where_it_is() -> None:
    times = steady(120, 480)
    heard = started(times[:48], dropout="free-run")
    assert heard.follower.deadline_ns is not None
    assert heard.follower.advance(heard.follower.deadline_ns) == []
    assert heard.follower.playing
    heard.ticks(times[400:])
    assert heard.sync.beat == 479 / 24


def test_a_stop_in_free_run_keeps_the_place_that_the_music_has_reached() -> None:
    times = steady(120, 48)
    heard = started(times, dropout="free-run")
    heard.feed(STOP, times[0] + 2 * SECOND - MILLISECOND)
    heard.feed(CONTINUE, T0 + 9 * SECOND)
    assert Seek(4.0) in heard.feed(CLOCK, T0 + 10 * SECOND)


def test_a_stop_while_held_is_a_stop() -> None:
    times = steady(120, 48)
    heard = started(times)
    heard.follower.advance(times[-1] + SECOND)
    heard.feed(STOP, times[-1] + 2 * SECOND)
    assert SetPlaying(True) not in heard.feed(CLOCK, times[-1] + 3 * SECOND)


MESSAGES = st.sampled_from([CLOCK, CLOCK, CLOCK, START, CONTINUE, STOP, song_position(7), b"\xf2", b"\xfe"])


@given(
    st.lists(st.tuples(MESSAGES, st.integers(0, 400 * MILLISECOND)), max_size=80), st.sampled_from(["hold", "free-run"])
)
def test_whatever_comes_the_controls_make_sense(messages: list[tuple[bytes, int]], dropout: Dropout) -> None:
    """The music stops only when it plays, is sought before it begins, and has a beat, a time and a tempo."""
    heard, now, playing = Heard(dropout=dropout), T0, False
    for message, gap in messages:
        now += gap
        said = heard.feed(message, now)
        for place, control in enumerate(said):
            match control:
                case SetPlaying(True):
                    assert [type(before) for before in said[place - 2 : place]] == [Seek, Sync]
                    playing = True
                case SetPlaying(False):
                    assert playing
                    playing = False
                case Sync(beat, at_ns, bpm):
                    assert beat >= 0
                    assert abs(at_ns - now) < 10 * SECOND
                    assert 0 < bpm < math.inf
                case Seek(beat):
                    assert beat >= 0
        assert playing == heard.follower.playing


def test_a_start_between_ticks_and_then_a_flood_of_them_leave_a_tempo() -> None:
    heard, now = Heard(20.0), T0
    for message, gap in [*[(CLOCK, 125.0)] * 12, (START, 125.0), (CLOCK, 125.0), (CLOCK, 193.0), *[(CLOCK, 3.1)] * 12]:
        now += round(gap * MILLISECOND)
        heard.feed(message, now)
        assert 0 < heard.sync.bpm < 1000


# -- sending -------------------------------------------------------------------------------------


def sent(sender: ClockSender, transport: Transport, begin_ns: int, end_ns: int) -> list[tuple[int, bytes]]:
    """What a sender gives that is asked every five milliseconds for the next six."""
    out = []
    for now_ns in range(begin_ns, end_ns, 5 * MILLISECOND):
        out += sender.advance(transport, now_ns, now_ns + 6 * MILLISECOND)
    return out


def test_from_beat_0_a_start_goes_out_a_millisecond_before_the_first_of_24_ticks_a_beat() -> None:
    sender, transport = ClockSender(), Transport(120, T0)
    out = sender.start(0.0, T0 - 3 * MILLISECOND) + sent(sender, transport, T0 - 3 * MILLISECOND, T0 + SECOND // 2)
    assert out[:2] == [(T0 - MILLISECOND, START), (T0, CLOCK)]
    assert [due for due, message in out[1:] if message == CLOCK] == steady(120, 25)


def test_from_the_middle_of_a_bar_a_continue_goes_out_at_the_next_sixteenth() -> None:
    sender, transport = ClockSender(), Transport(120, T0, 5.1)
    out = sender.start(5.1, T0) + sent(sender, transport, T0, T0 + SECOND // 2)
    assert out[0] == (T0, b"\xf2\x15\x00")  # 21 sixteenths: beat 5.25
    place = out.index((transport.time_of(5.25) - MILLISECOND, CONTINUE))
    assert out[place + 1] == (transport.time_of(5.25), CLOCK)
    assert place == 4  # ticks before it tell the tempo only


def test_a_count_in_is_not_played() -> None:
    sender, transport = ClockSender(), Transport(120, T0, -4.0)
    out = sender.start(-4.0, T0) + sent(sender, transport, T0, T0 + 3 * SECOND)
    assert [message for _, message in out].index(START) == 96
    assert (T0 + 2 * SECOND, CLOCK) in out


def test_a_change_of_tempo_changes_the_ticks_that_are_not_given_yet() -> None:
    sender, transport = ClockSender(), Transport(120, T0)
    sender.start(0.0, T0)
    sent(sender, transport, T0, T0 + SECOND)
    transport.change_tempo(60, T0 + SECOND)
    out = sent(sender, transport, T0 + SECOND, T0 + 2 * SECOND)
    assert [due for due, _ in out] == [T0 + SECOND + round(tick * SECOND / 24) for tick in range(1, 25)]


def test_a_jump_while_playing_is_a_stop_a_position_and_a_continue() -> None:
    sender, transport = ClockSender(), Transport(120, T0)
    sender.start(0.0, T0)
    sent(sender, transport, T0, T0 + SECOND)
    transport.anchor_ns, transport.anchor_beat = T0 + SECOND, 32.0
    out = sender.start(32.0, T0 + SECOND)
    out += sent(sender, transport, T0 + SECOND, T0 + SECOND + MILLISECOND)
    assert [message for _, message in out] == [STOP, b"\xf2\x00\x01", CONTINUE, CLOCK]


def test_a_machine_that_stood_still_sends_its_receiver_to_where_the_music_is() -> None:
    sender, transport = ClockSender(), Transport(120, T0)
    sender.start(0.0, T0)
    sent(sender, transport, T0, T0 + SECOND)
    out = sent(sender, transport, T0 + 61 * SECOND, T0 + 61 * SECOND + 200 * MILLISECOND)
    assert [message for _, message in out[:2]] == [STOP, song_position(122 * 4)]
    assert len(out) < 20


def test_a_song_position_counts_16384_sixteenths_and_from_0_again() -> None:
    assert song_position(16383) == b"\xf2\x7f\x7f"
    assert song_position(16384) == b"\xf2\x00\x00"


TEMPOS = st.floats(20, 400)


@settings(max_examples=40)
@given(TEMPOS, st.floats(0, 1000), st.lists(st.tuples(TEMPOS, st.integers(1500, 3000)), max_size=2))
def test_what_is_sent_is_followed_to_the_same_beat(bpm: float, beat: float, changes: list[tuple[float, int]]) -> None:
    sender, transport, heard = ClockSender(), Transport(bpm, T0, beat), Heard(bpm)
    now, out = T0, sender.start(beat, T0)
    for tempo, milliseconds in [*changes, (bpm, 1500)]:
        out += sent(sender, transport, now, now + milliseconds * MILLISECOND)
        now += milliseconds * MILLISECOND
        transport.change_tempo(tempo, now)
    out += sent(sender, transport, now, now + 2 * SECOND)
    assert [due for due, _ in out] == sorted(due for due, _ in out)
    for due_ns, message in out:
        heard.feed(message, due_ns)
    assert heard.sync.beat == pytest.approx(transport.beat_at(heard.sync.at_ns), abs=0.2 / 24)


@pytest.mark.parametrize("bpm", [0.1, 1.0, 3.0])
def test_a_clock_that_crawls_gives_a_tempo_that_can_be_played_and_written(bpm: float) -> None:
    follower, tempi = ClockFollower(), []
    follower.feed(b"\xfa", 0)
    for tick in range(60):
        at_ns = round(tick * 60e9 / 24 / bpm)
        tempi += [command.bpm for command in follower.feed(b"\xf8", at_ns) if isinstance(command, Sync)]
    assert min(tempi) >= 4.0
