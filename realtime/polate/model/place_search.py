"""Search for a point that decodes to a given pattern.

    Pattern --Encoder--> mean --find_place--> z --Decoder--> the pattern, or the most similar one found

A pattern that the model has learned decodes from its mean. Another pattern may decode to a neighbour there. Then its
notes are moved to their places: the decoder's costs say where each note is and how the axes move it, and a bounded
least-squares problem gives the nearest point at which every note is where the pattern has it. If that fails, points
are scattered at random.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polate.model.bounded_least_squares import bounded_least_squares
from polate.model.contract import Metadata
from polate.model.decoder import Costs, Decoder
from polate.theory.pattern import Pattern

__all__ = ["MARGINS", "difference", "find_place", "ladders", "note_places"]

MARGINS = (1.0, 1.5, 2.0, 3.0, 4.0)
"""How far from the middle of its range a coordinate may lie, in halves of the range, tried one after the other.

With 1 the point is within reach of the knobs. A point outside plays as well: its knobs are at their ends until they
are turned.
"""

_ROUGH, _FINE = 9, 385  # points over the range of an axis, to find whether and where it changes interval or size
_CLEAR = 0.7  # semitones: a nearer second interval moves notes away from its principal tone
_ROUNDS = 4  # linear problems one after the other; a frame that is linear needs one
_STEP = 0.05  # for the differences along the axes, in deviations of the prior
_WEIGHT = 1e3  # of a semitone, beside a deviation of distance from the mean
_SCATTER_ROUNDS, _SCATTERED, _KEPT = 12, 256, 4


def find_place(pattern: Pattern, mean: NDArray[np.float32], decoder: Decoder) -> tuple[float, ...]:
    """A point that decodes to the pattern, near its mean; if none is found, one that decodes to the most similar found.

    ``mean``: (latent_size,), the mean of the pattern's posterior. It is the answer if it decodes to the pattern. The
    same arguments give the same answer.

    A point within the ranges of the axes is preferred; coordinates are at most four times as far out.
    """
    start = tuple(mean.tolist())
    if decoder.decode(start) == pattern:
        return start
    tried = {start: difference(decoder.decode(start), pattern)}
    for z in _moved(pattern, mean.astype(np.float64), decoder):
        if z not in tried:
            tried[z] = difference(decoder.decode(z), pattern)
        if not tried[z]:
            return z
    return _scatter(pattern, np.array(min(tried, key=tried.__getitem__), dtype=np.float32), decoder)


def _moved(pattern: Pattern, mean: NDArray[np.float64], decoder: Decoder) -> Iterator[tuple[float, ...]]:
    """Points at which the notes of the pattern are at their places, or as near as the margin allows: margin by margin.

    Interval and size have axes of their own, where they are chosen by steps, so they are set first, and then bound
    their axes.
    """
    start, low, high = ladders(pattern, mean, decoder)
    wanted = np.array(pattern.cell[1:], dtype=np.float64)  # (added,)
    ranges = np.array([axis.range for axis in decoder.axes])  # (latent_size, 2)
    middle, half = ranges.mean(1), np.diff(ranges)[:, 0] / 2
    for margin in MARGINS:
        # A ladder that is right at the end of the range is constant from there on.
        least = np.where(low <= ranges[:, 0], middle - margin * half, low)
        most = np.where(high >= ranges[:, 1], middle + margin * half, high)
        z = start.clip(least, most)
        for _ in range(_ROUNDS if len(wanted) else 0):
            points = np.concatenate([z[np.newaxis], z + _STEP * np.eye(z.size)])  # (1 + latent_size, latent_size)
            places = note_places(decoder.costs(points), decoder.metadata)[:, : len(wanted)]
            gains = (places[1:] - places[0]).T / _STEP  # (added, latent_size) semitones
            rows = np.concatenate([_WEIGHT * gains, np.eye(z.size)])
            sides = np.concatenate([_WEIGHT * (wanted - places[0] + gains @ z), start])
            before, z = z, bounded_least_squares(rows, sides, least, most)
            yield tuple(z.tolist())
            if np.abs(z - before).max() < _STEP:
                break


def ladders(
    pattern: Pattern, mean: NDArray[np.float64], decoder: Decoder
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """A point with the interval and the size of the pattern, and the stretch of each axis over which it keeps them.

    One axis is moved if the mean has another interval, one if it has another size.
    """
    low, high = np.array([axis.range for axis in decoder.axes]).T
    z = mean.clip(low, high)
    interval, size = decoder.metadata.intervals.index(pattern.interval), len(pattern.cell) - 1

    def along(axis: int, steps: NDArray[np.float64]) -> Costs:
        points = z[np.newaxis].repeat(len(steps), axis=0)
        points[:, axis] = steps
        return decoder.costs(points)

    def right(costs: Costs, with_size: bool) -> NDArray[np.bool_]:
        others = np.delete(costs.interval, interval, axis=1).min(1, initial=np.inf)
        hits: NDArray[np.bool_] = costs.interval[:, interval] + _CLEAR <= others
        return hits & (costs.size.argmin(1) == size) if with_size else hits

    first, last = low.copy(), high.copy()
    rough = np.linspace(low, high, _ROUGH).T  # (latent_size, _ROUGH)
    for axis, with_size in ((axis, with_size) for with_size in (False, True) for axis in range(z.size)):
        costs = along(axis, rough[axis])
        chosen = costs.size if with_size else costs.interval
        if np.ptp(chosen.argmin(1)) == 0:
            continue  # this axis chooses neither
        steps = np.linspace(low[axis], high[axis], _FINE)
        hits = right(along(axis, steps), with_size)
        if hits.any():
            where = np.flatnonzero(hits)
            nearest = int(where[np.abs(steps[where] - z[axis]).argmin()])
            one, other = _run(hits, nearest)
            first[axis], last[axis] = max(first[axis], steps[one]), min(last[axis], steps[other])
            z[axis] = z[axis].clip(first[axis], last[axis])
    return z, first, last


def _run(row: NDArray[np.bool_], at: int) -> tuple[int, int]:
    """The first and the last index of the stretch of True that holds an index."""
    wrong = np.flatnonzero(~row)
    before, after = wrong[wrong < at], wrong[wrong > at]
    return (int(before[-1]) + 1 if before.size else 0), (int(after[0]) - 1 if after.size else len(row) - 1)


def note_places(costs: Costs, metadata: Metadata) -> NDArray[np.float64]:
    """Where the decoder puts each note, before it chooses an offset: (B, slots) semitones.

    The cost of an offset is its distance from that place, in units of the slot, plus a detour of 0 or more near other
    notes. So offset plus distance is the place at the undisturbed offsets below it, and more elsewhere; offset minus
    distance likewise from above.
    """
    offset = np.arange(metadata.offsets[0], metadata.offsets[1] + 1)
    units = np.ones((*costs.offset.shape[:2], 1)), _units(costs.offset, metadata.forbidden)  # (B, slots, 1) each
    places, agreeing = zip(*(_places(costs.offset / unit, offset) for unit in units), strict=True)
    chosen: NDArray[np.float64] = np.where(agreeing[0] >= agreeing[1], *places)
    return chosen


def _places(
    distance: NDArray[np.floating[Any]], offset: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The places, and how many offsets agree on each: (B, slots, offsets), (offsets,) -> (B, slots), (B, slots)."""
    below, above = offset + distance, offset - distance  # (B, slots, offsets)
    least, most = below.min(2), above.max(2)
    from_below = (below < least[..., np.newaxis] + 1e-2).sum(2)
    from_above = (above > most[..., np.newaxis] - 1e-2).sum(2)
    places = np.where(from_below >= from_above, least, most).astype(np.float64)
    return places, np.maximum(from_below, from_above)


def _units(costs: NDArray[np.float32], forbidden: float) -> NDArray[np.float32]:
    """What a semitone costs in each slot, by the usual step between offsets: (B, slots, offsets) -> (B, slots, 1)."""
    steps = np.abs(np.diff(costs, axis=2))
    legal = np.maximum(costs[..., 1:], costs[..., :-1]) < forbidden
    in_order = np.sort(np.where(legal, steps, np.inf), axis=2)
    units = np.take_along_axis(in_order, legal.sum(2, keepdims=True) // 2, axis=2)
    return np.where((units > 0) & np.isfinite(units), units, 1).astype(np.float32)


def _scatter(pattern: Pattern, start: NDArray[np.float32], decoder: Decoder) -> tuple[float, ...]:
    """A small evolution strategy with a fixed seed.

    Each round scatters points round the four best, at radii from 0.05 to 1, and keeps the four whose patterns are most
    similar; of equally similar ones, the nearest to the start.
    """
    rng = np.random.default_rng(0)
    radii = np.geomspace(0.05, 1, _SCATTERED // _KEPT)[:, np.newaxis]  # (scattered / kept, 1)
    best = start[np.newaxis]  # (kept, latent_size)
    for _ in range(_SCATTER_ROUNDS):
        noise = radii * rng.standard_normal((len(radii), start.size))
        scattered = (best[:, np.newaxis] + noise).reshape(-1, start.size)  # (scattered, latent_size)
        z = np.concatenate([best, scattered]).astype(np.float32)
        patterns, which = decoder.decode_distinct(z)
        differences = np.array([difference(found, pattern) for found in patterns])[which]  # (kept + scattered,)
        best = z[np.lexsort((np.linalg.norm(z - start, axis=1), differences))[:_KEPT]]
        if not differences.all():
            break
    return tuple(best[0].tolist())


def difference(a: Pattern, b: Pattern) -> int:
    """How different two patterns are, 0 for equal ones. A parameter that moves all later notes has more weight."""
    cells = [(a.cell, b.cell), (a.descending or (), b.descending or ())]
    return (
        2 * abs(a.interval - b.interval)
        + 2 * (a.symmetric != b.symmetric)
        + sum(4 * abs(len(x) - len(y)) + sum(abs(p - q) for p, q in zip(x, y, strict=False)) for x, y in cells)
    )
