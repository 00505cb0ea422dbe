"""Ticks that arrive in packets: JACK's periods, and the intervals of wireless MIDI."""

import random

import pytest
from clock_ticks import CLOCK, MILLISECOND, SECOND, START, T0, in_packets, jittered, started, steady

PERIODS = {frames: frames / 48 for frames in (256, 512, 1024, 2048)}  # ms, at 48 kHz


@pytest.mark.parametrize("bpm", [40, 60, 75, 100, 120, 128, 140, 170, 200])
@pytest.mark.parametrize("packet_ms", [*PERIODS.values(), 7.5, 11.25, 15, 20, 30])
def test_in_the_long_run_the_number_of_ticks_is_the_tempo(packet_ms: float, bpm: float) -> None:
    true = steady(bpm, 1000)
    heard = started(came := in_packets(true, packet_ms, 0.1), bpm)
    assert heard.sync.beat == 999 / 24
    assert heard.sync.bpm == pytest.approx(bpm, rel=0.02)
    assert 0 <= came[-1] - true[-1] <= (packet_ms + 0.1) * MILLISECOND
    assert abs(heard.sync.at_ns - true[-1]) <= (packet_ms + 2) * MILLISECOND


def test_a_tempo_that_is_not_known_before_is_found_too() -> None:
    for bpm in (40, 100, 200):
        heard = started(in_packets(steady(bpm, 400), PERIODS[1024]), 120)
        assert heard.sync.bpm == pytest.approx(bpm, rel=0.02)
        assert heard.sync.beat == 399 / 24


def test_a_beginning_out_of_step_costs_no_tick() -> None:
    """A server that has just begun, on a busy machine."""
    came = in_packets(steady(200, 400), PERIODS[2048])
    came[:5] = [came[0], came[0] + 9 * MILLISECOND, came[0] + 9 * MILLISECOND, came[3], came[3]]
    assert started(came, 120).sync.beat == 399 / 24


@pytest.mark.parametrize(("before", "after"), [(100, 140), (140, 100), (120, 60), (60, 180), (200, 40)])
def test_a_change_of_the_tempo_is_found_within_two_beats(before: float, after: float) -> None:
    first = steady(before, 600)
    true = first + steady(after, 300, first[-1] + round(60 * SECOND / after / 24))
    came = in_packets(true, PERIODS[1024], 0.1)
    heard = started(came[:648], before)
    assert heard.sync.bpm == pytest.approx(after, rel=0.05)
    heard.ticks(came[648:])
    assert heard.sync.bpm == pytest.approx(after, rel=0.01)
    assert heard.sync.beat == 899 / 24


@pytest.mark.parametrize(("frames", "bpm"), [(512, 200), (1024, 100), (2048, 120)])
def test_a_packet_that_is_late_once_moves_the_tempo_by_less_than_2_percent(frames: int, bpm: float) -> None:
    came = in_packets(steady(bpm, 600), PERIODS[frames], 0.1)
    late_ns = came[400] + 40 * MILLISECOND  # the machine stood still until then
    came = [late_ns if came[400] <= at < late_ns else at for at in came]
    heard = started(came[:400], bpm)
    for at_ns in came[400:]:
        heard.feed(CLOCK, at_ns)
        assert heard.sync.bpm == pytest.approx(bpm, rel=0.02)
    assert heard.sync.beat == 599 / 24


def test_a_start_in_packets_is_beat_0() -> None:
    came = in_packets(steady(110, 600), PERIODS[1024])
    heard = started(came[:400], 110)
    heard.feed(START, came[399])
    heard.ticks(came[400:])
    assert heard.sync.beat == 199 / 24


@pytest.mark.parametrize("every", [15, 25, 40])
def test_ticks_lost_or_doubled_now_and_then_are_no_packets(every: int) -> None:
    for seed in range(5):
        generator = random.Random(seed)
        times = jittered(steady(120, 1500), 0.02, seed)
        some = set(generator.sample(range(30, 1480), 1500 // every // 2))
        heard = started([time for number, time in enumerate(times) if number not in some])
        assert abs(heard.sync.beat * 24 - 1499) <= 2
        assert heard.sync.bpm == pytest.approx(120, rel=0.05)


def test_packets_that_end_leave_a_clock_whose_lost_ticks_are_counted() -> None:
    first = in_packets(steady(100, 300), PERIODS[1024])
    later = steady(100, 800, T0 + round(300 * 60 * SECOND / 100 / 24))
    heard = started(first, 100)
    for number, time in enumerate(later):
        if number not in (600, 700, 701):
            heard.feed(CLOCK, time)
    assert heard.sync.beat == 1099 / 24
