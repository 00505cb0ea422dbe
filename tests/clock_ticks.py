"""MIDI clocks as lists of times, and a follower that hears them."""

import itertools
import math
import random
from collections.abc import Iterable

from polate.control.commands import Seek, SetPlaying, Sync
from polate.sync.clock_follower import ClockFollower, Dropout

CLOCK, START, CONTINUE, STOP = b"\xf8", b"\xfa", b"\xfb", b"\xfc"
SECOND, MILLISECOND = 1_000_000_000, 1_000_000
T0 = 5_000 * SECOND


def steady(bpm: float, ticks: int, begin_ns: int = T0) -> list[int]:
    """When the ticks of a clock are."""
    return [begin_ns + round(tick * 60 * SECOND / bpm / 24) for tick in range(ticks)]


def ramp(low: float, high: float, seconds: float) -> list[int]:
    """When the ticks are while the tempo goes evenly from one to the other."""
    times, slope = [], (high - low) / 60 / seconds
    while True:
        time = (math.sqrt((low / 60) ** 2 + 2 * slope * len(times) / 24) - low / 60) / slope
        if not 0 <= time <= seconds:
            return times
        times.append(T0 + round(time * SECOND))


def jittered(times: list[int], share: float, seed: int) -> list[int]:
    """Each tick earlier or later by up to this share of the interval."""
    generator = random.Random(seed)
    gaps = [b - a for a, b in itertools.pairwise(times)]
    return [t + round(generator.uniform(-share, share) * gap) for t, gap in zip(times, [*gaps, gaps[-1]], strict=True)]


def in_packets(
    times: list[int], packet_ms: float, late_ms: float = 0.0, begin_ns: int = T0, seed: int = 0
) -> list[int]:
    """Each tick at the end of its packet; each packet late by up to so much."""
    generator, packet_ns = random.Random(seed), packet_ms * MILLISECOND
    ends = [math.ceil((time - begin_ns) / packet_ns) for time in times]
    late = {end: generator.uniform(0, late_ms * MILLISECOND) for end in sorted(set(ends))}
    return [begin_ns + round(end * packet_ns + late[end]) for end in ends]


class Heard:
    """A follower that was started and fed, and what it has said."""

    def __init__(self, bpm: float = 120.0, dropout: Dropout = "hold") -> None:
        self.follower = ClockFollower(bpm, dropout)
        self.said: list[Sync | Seek | SetPlaying] = []

    def feed(self, message: bytes, at_ns: int) -> list[Sync | Seek | SetPlaying]:
        said = self.follower.feed(message, at_ns)
        self.said += said
        return said

    def ticks(self, times: Iterable[int]) -> "Heard":
        for time in times:
            self.feed(CLOCK, time)
        return self

    @property
    def sync(self) -> Sync:
        return next(said for said in reversed(self.said) if isinstance(said, Sync))


def started(times: list[int], bpm: float = 120.0, dropout: Dropout = "hold") -> Heard:
    heard = Heard(bpm, dropout)
    heard.feed(START, times[0] - MILLISECOND)
    return heard.ticks(times)


def errors_ms(true: list[int], came: list[int], bpm: float = 120.0) -> list[float]:
    """How far from its true time the follower has each tick when it has just come."""
    heard, errors = Heard(bpm), []
    heard.feed(START, came[0] - MILLISECOND)
    for number, (true_ns, at_ns) in enumerate(zip(true, came, strict=True)):
        heard.feed(CLOCK, at_ns)
        sync = heard.sync
        tick_ns = sync.at_ns + (number / 24 - sync.beat) * 60 * SECOND / sync.bpm
        errors.append((tick_ns - true_ns) / MILLISECOND)
    return errors
