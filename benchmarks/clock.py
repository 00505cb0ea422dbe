"""The error of the beat that Polate finds in a MIDI clock, with jitter, ramps, lost and doubled ticks, jumps and
packets; and the error of the onsets when Polate follows a DAW's song position.

    python benchmarks/clock.py [--seeds 10] [--memory 96]

The clocks are synthetic and seeded, so the figures are the same on every machine. Jitter is uniform: 20 % means that
each tick is up to 20 % of a tick interval early or late, 11.5 % rms. --memory is the length of the loop's memory in
ticks. A message of the DAW arrives late by up to so many milliseconds, uniformly distributed.
"""

import argparse
import math
import random
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from clock_ticks import CLOCK, MILLISECOND, SECOND, Heard, errors_ms, in_packets, jittered, ramp, started, steady
from playheads import Daw, Following, deviations_ms

from polate.sync import tick_loop

JITTERS = (0.0, 0.02, 0.05, 0.2)
PACKETS_MS = {"256 frames": 256 / 48, "512 frames": 512 / 48, "1,024 frames": 1024 / 48, "2,048 frames": 2048 / 48}
PACKETS_MS |= {f"{ms:g} ms": ms for ms in (7.5, 11.25, 15, 20, 30)}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--seeds", type=int, default=10)
    arguments.add_argument("--memory", type=int, default=tick_loop.MEMORY_TICKS)
    options = arguments.parse_args()
    tick_loop.MEMORY_TICKS = options.memory
    seeds = range(options.seeds)
    print("steady, after 4 beats: rms of the jitter and of the remaining error, the worst error, in ms; in ticks")
    for bpm in (20, 120, 400):
        for jitter in JITTERS[1:]:
            steady_errors(bpm, jitter, seeds)
    print("from 20 to 400 bpm and back: rms and worst error in ms; worst in ticks")
    for low, high in ((20, 400), (400, 20)):
        for seconds in (10, 30, 60):
            for jitter in (0.0, 0.2):
                ramp_errors(low, high, seconds, jitter, seeds)
    print("2 % of 1,500 ticks lost, and 2 % doubled at any time before the next tick: how many were counted wrongly")
    for jitter in JITTERS:
        miscounted(jitter, seeds)
    print("a jump of the tempo: ticks until the beat is right to 0.1 tick, or to the jitter; ticks counted wrongly")
    for before, after in ((120, 130), (120, 90), (120, 60), (60, 120), (20, 400)):
        for jitter in (0.0, 0.05):
            jump(before, after, jitter, seeds)
    print("packets, 40 to 200 bpm: tempos with a wrong count; the worst tempo; the beat, after 1,000 ticks")
    for name, packet_ms in PACKETS_MS.items():
        packets(name, packet_ms)
    print("playhead, 60 s: sixteenths from where they are on average, after 2 s: p50, p95, worst; first to second half")
    for bpm in (120.0, 97.3):
        for late_ms in (10.0, 20.0):
            for rate in (10, 30, 60):
                playhead(bpm, late_ms, rate, seeds)
    print("playhead, 30 messages a second, 10 ms: another tempo; sixteenths of the 10 s after it: p50, p95, worst")
    for after in (130.0, 140.0, 60.0):
        playhead_tempo(after, seeds)


def playhead(bpm: float, late_ms: float, rate: int, seeds: range) -> None:
    """A line for a song at one tempo. ``rate``: messages a second, each late by up to ``late_ms``."""
    off, drift = [], 0.0
    for seed in seeds:
        following = Following(bpm)
        following.hear(Daw(bpm, rate=rate, jitter_ms=late_ms, seed=seed).say(60))
        errors = deviations_ms([(at, note) for at, note in following.heard() if at > 2], bpm)
        middle = statistics.fmean(errors)
        off += [abs(error - middle) for error in errors]
        half = len(errors) // 2
        drift = max(drift, abs(statistics.fmean(errors[:half]) - statistics.fmean(errors[half:])))
    print(f"  {bpm:5.1f} bpm, {late_ms:2.0f} ms, {rate:2} a second: {spread(off)}; {drift:.2f} ms")


def playhead_tempo(after: float, seeds: range) -> None:
    """A line for a song that changes from 120 bpm to ``after`` bpm."""
    off = []
    for seed in seeds:
        following, daw = Following(), Daw(120.0, seed=seed)
        following.hear(daw.say(5))
        daw.bpm = after
        following.hear(daw.say(10))
        later = [(at, note) for at, note in following.heard() if at > 5.05]
        off += [abs(error - 5) for error in deviations_ms(later, after, 5.0, 10.0)]
    print(f"  120 to {after:3.0f} bpm: {spread(off)}")


def spread(values: list[float]) -> str:
    """The 50th and the 95th percentile and the worst of values in milliseconds."""
    values = sorted(values)
    return f"{values[len(values) // 2]:.2f}, {values[len(values) * 95 // 100]:.2f}, {values[-1]:.2f} ms"


def packets(name: str, packet_ms: float) -> None:
    """From 40 to 200 bpm in steps of 2: the count after 2,000 ticks, and tempo and beat in its second half."""
    wrong, off, early, late = [], 0.0, 0.0, 0.0
    for bpm in range(40, 202, 2):
        true = steady(bpm, 2000)
        heard = Heard(bpm)
        came = in_packets(true, packet_ms, 0.1)
        heard.feed(b"\xfa", came[0] - MILLISECOND)
        for number, at_ns in enumerate(came):
            heard.feed(CLOCK, at_ns)
            if number >= 1000:
                sync = heard.sync
                error = (sync.at_ns + (number / 24 - sync.beat) * 60 * SECOND / sync.bpm - true[number]) / MILLISECOND
                off, early, late = max(off, abs(sync.bpm / bpm - 1)), min(early, error), max(late, error)
        if round(heard.sync.beat * 24) != 1999:
            wrong.append(bpm)
    print(f"  {name}: {wrong or 'none'}; {off:.1%}; {-early:.1f} ms early to {late:.1f} ms late")


def rms(values: list[float]) -> float:
    return math.sqrt(sum(value * value for value in values) / len(values))


def steady_errors(bpm: float, jitter: float, seeds: range) -> None:
    true = steady(bpm, 1500)
    interval_ms = 2500 / bpm
    errors = [error for seed in seeds for error in errors_ms(true, jittered(true, jitter, seed), bpm)[96:]]
    worst = max(map(abs, errors))
    before, after = jitter * interval_ms / math.sqrt(3), rms(errors)
    print(f"  {bpm:3} bpm, {jitter:4.0%}: {before:6.3f} -> {after:6.3f}, {worst:6.3f}; {worst / interval_ms:.3f}")


def ramp_errors(low: float, high: float, seconds: float, jitter: float, seeds: range) -> None:
    true = ramp(low, high, seconds)
    errors, ticks = [], []
    for seed in seeds:
        for number, error in enumerate(errors_ms(true, jittered(true, jitter, seed), low)[:-1]):
            errors.append(error)
            ticks.append(abs(error) * MILLISECOND / (true[number + 1] - true[number]))
    name = f"{low:3} to {high:3} in {seconds:2} s, {jitter:3.0%}"
    print(f"  {name}: {rms(errors):6.3f}, {max(map(abs, errors)):6.2f}; {max(ticks):.2f}")


def miscounted(jitter: float, seeds: range) -> None:
    lost_wrong = doubled_wrong = 0
    for seed in seeds:
        generator = random.Random(seed)
        times = jittered(steady(120, 1500), jitter, seed)
        some = sorted(generator.sample(range(30, 1480), 30))
        heard = started([time for number, time in enumerate(times) if number not in some])
        lost_wrong += abs(round(heard.sync.beat * 24) - 1499)
        doubled = [times[number] + generator.randrange(1, times[number + 1] - times[number]) for number in some]
        heard = started(sorted([*times, *doubled]))
        doubled_wrong += abs(round(heard.sync.beat * 24) - 1499)
    print(f"  {jitter:4.0%}: lost {lost_wrong} of {30 * len(seeds)}, doubled {doubled_wrong} of {30 * len(seeds)}")


def jump(before: float, after: float, jitter: float, seeds: range) -> None:
    settled, wrong = [], 0
    for seed in seeds:
        first = steady(before, 200)
        true = [*first, *steady(after, 300, first[-1] + round(60 * SECOND / after / 24))]
        heard, last = Heard(before), 0
        heard.feed(b"\xfa", true[0] - MILLISECOND)
        for number, at_ns in enumerate(jittered(true, jitter, seed)):
            heard.feed(CLOCK, at_ns)
            here = heard.sync.beat * 24 + (true[number] - heard.sync.at_ns) * heard.sync.bpm / 2.5e9
            if abs(here - number) > max(0.1, jitter):
                last = number
        settled.append(max(0, last - 199))
        wrong += abs(round(heard.sync.beat * 24) - 499)
    print(f"  {before:3} to {after:3} bpm, {jitter:3.0%}: {min(settled)} to {max(settled)}; {wrong}")


if __name__ == "__main__":
    main()
