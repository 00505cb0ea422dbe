"""The tempi of a song that another clock leads: few of them, and every note where it was heard.

    when the song was where --fit--> Piece, Piece ... (constant tempo each) --tick_at--> the tick of a time

The follower corrects the song with every tick of the clock, by parts of a millisecond. The pieces leave these
corrections out: a line is split only where the song is far away from it (Ramer, Douglas and Peucker).
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from polate.runtime.clamp import clamp
from polate.takes.events import TICKS_PER_BEAT

__all__ = ["MOST_BEAT_US", "Piece", "Place", "fit", "tick_at"]

MOST_BEAT_US = 2**24 - 1  # the slowest tempo of a MIDI file
_FAR_NS = 5_000_000  # a change of the tempo; jitter of 5 ms moves the song by less than 2 ms, after the first bar
_FAR_AT_FIRST_NS, _FINDING_TICKS = 10_000_000, 4 * TICKS_PER_BEAT  # the follower has only just found the clock
_NEAR_TICKS = 1.0  # the tempo stays as it is if the song stays so near, and comes to half of it


class Place(NamedTuple):
    """Where the song was."""

    ns: float
    tick: float


class Piece(NamedTuple):
    """A constant tempo from a place on."""

    ns: float
    tick: int
    beat_us: int  # whole microseconds a beat, as the file has it

    @property
    def tick_ns(self) -> float:
        return self.beat_us * 1000 / TICKS_PER_BEAT

    def ns_at(self, tick: float) -> float:
        return self.ns + (tick - self.tick) * self.tick_ns


def fit(begin: Place, places: Sequence[Place], beat_us: int | None = None) -> list[Piece]:
    """The pieces from a place, whose tick is whole, through later ones, one at least.

    ``beat_us``: the tempo until then. It goes on if the song stays near it.
    """
    last = places[-1]
    if beat_us is not None:
        piece = Piece(begin.ns, round(begin.tick), beat_us)
        away_ticks = [abs(piece.ns_at(place.tick) - place.ns) / piece.tick_ns for place in places]
        if max(away_ticks) <= _NEAR_TICKS and away_ticks[-1] <= _NEAR_TICKS / 2:
            return [piece]
    ticks = max(last.tick - begin.tick, 1.0)
    slope_us = round((last.ns - begin.ns) / ticks * TICKS_PER_BEAT / 1000)
    piece = Piece(begin.ns, round(begin.tick), int(clamp(slope_us, 1, MOST_BEAT_US)))
    found_tick = begin.tick if beat_us is not None else begin.tick + _FINDING_TICKS
    away = [
        abs(piece.ns_at(place.tick) - place.ns) / (_FAR_NS if place.tick > found_tick else _FAR_AT_FIRST_NS)
        for place in places[:-1]
    ]
    farthest = max(range(len(away)), key=away.__getitem__, default=-1)
    if farthest < 0 or away[farthest] <= 1:
        return [piece]
    tick = round(places[farthest].tick)
    if not piece.tick < tick < round(last.tick):
        return [piece]
    before = fit(begin, places[: farthest + 1], beat_us)
    middle = Place(before[-1].ns_at(tick), tick)
    return [*before, *fit(middle, places[farthest + 1 :], before[-1].beat_us)]


def tick_at(pieces: Sequence[Piece], ns: float) -> float:
    """The tick of a time."""
    piece = pieces[max(0, bisect_right(pieces, ns, key=lambda piece: piece.ns) - 1)]
    return piece.tick + (ns - piece.ns) / piece.tick_ns
