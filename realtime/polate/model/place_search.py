"""Search for a point that decodes to a given pattern.

    Pattern --Encoder--> mean --find_place--> z --Decoder--> the pattern, or the most similar one found

A pattern that the model has learned decodes from its mean. Another pattern may decode to a neighbour there. Then its
notes are moved to their places: the decoder's costs say where each note is and how the axes move it, and a bounded
least-squares problem gives the nearest point at which every note is where the pattern has it. If that fails, points
are scattered at random.

The search is bounded by counts of steps and not by a time, so the same pattern always has the same place. It ends early
for a pattern that no point can decode to: see `_is_ruled_out`.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polate.model.bounded_least_squares import bounded_least_squares
from polate.model.contract import Metadata
from polate.model.decoder import Choices, Costs, Decoder
from polate.theory.pattern import Pattern

__all__ = ["MARGINS", "difference", "find_place", "ladders", "note_places"]

MARGINS = (1.0, 1.5, 2.0, 3.0, 4.0)
"""How far from the middle of its range a coordinate may lie, in halves of the range, tried one after the other.

With 1 the point is within reach of the knobs. A point outside plays as well: its knobs are at their ends until they
are turned.
"""

_ROUGH, _COARSE, _FINE = 9, 49, 385  # points over the range of an axis, to find whether and where it changes a choice
_CLEAR = 0.7  # semitones: a nearer second interval moves notes away from its principal tone
_ROUNDS = 4  # linear problems one after the other; a frame that is linear needs one
_STEP = 0.05  # for the differences along the axes, in deviations of the prior
_WEIGHT = 1e3  # of a semitone, beside a deviation of distance from the mean
_SCATTER_ROUNDS, _SCATTERED, _KEPT = 12, 256, 4
_NEAR_ROUNDS = 3  # for a pattern that has no place: only a similar one is looked for


def find_place(pattern: Pattern, mean: NDArray[np.float32], decoder: Decoder) -> tuple[float, ...]:
    """A point that decodes to the pattern, near its mean; if none is found, one that decodes to the most similar found.

    ``mean``: (latent_size,), the mean of the pattern's posterior. It is the answer if it decodes to the pattern. The
    same arguments give the same answer.

    A point within the ranges of the axes is preferred; coordinates are at most four times as far out.
    """
    start = tuple(mean.tolist())
    found = decoder.decode(start)
    if found == pattern:
        return start
    tried = {start: difference(found, pattern)}
    ruled_out = _is_ruled_out(pattern, found, start, decoder)
    for z in () if ruled_out else _moved(pattern, mean.astype(np.float64), decoder):
        if z not in tried:
            found = decoder.decode(z)
            tried[z] = difference(found, pattern)
            if not tried[z]:
                return z
            if ruled_out := _is_ruled_out(pattern, found, z, decoder):
                break
    rounds = _NEAR_ROUNDS if ruled_out else _SCATTER_ROUNDS
    return _scatter(pattern, np.array(min(tried, key=tried.__getitem__), dtype=np.float32), decoder, rounds)


def _is_ruled_out(pattern: Pattern, found: Pattern, z: tuple[float, ...], decoder: Decoder) -> bool:
    """Whether the rules of the model forbid the pattern at every point, as far as the point ``z`` shows it.

    The decoder chooses the interval, the size, and then note by note. What is forbidden depends only on the choices
    before it and not on the point. So if they are right at ``z``, and the next choice is forbidden there, it is
    forbidden wherever they are right.
    """
    if found.interval != pattern.interval:
        return False
    metadata, costs = decoder.metadata, decoder.costs([z])
    if len(found.cell) != len(pattern.cell):
        return bool(costs.size[0, len(pattern.cell) - 1] > metadata.forbidden)
    for slot, (wanted, chosen) in enumerate(zip(pattern.cell[1:], found.cell[1:], strict=True)):
        if wanted != chosen:
            return bool(costs.offset[0, slot, wanted - metadata.offsets[0]] > metadata.forbidden)
    return False


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
    for with_size in (False, True):
        points = np.broadcast_to(z, (z.size, _ROUGH, z.size)).copy()
        points[np.arange(z.size), :, np.arange(z.size)] = rough
        costs = decoder.costs(points.reshape(-1, z.size))
        chosen = (costs.size if with_size else costs.interval).argmin(1).reshape(z.size, _ROUGH)
        for axis in np.flatnonzero(np.ptp(chosen, axis=1)).tolist():  # the others choose neither
            found = _stretch(
                lambda steps, axis=axis, with_size=with_size: right(along(axis, steps), with_size),  # type: ignore[misc]
                np.linspace(low[axis], high[axis], _FINE),
                z[axis],
            )
            if found:
                first[axis], last[axis] = max(first[axis], found[0]), min(last[axis], found[1])
                z[axis] = z[axis].clip(first[axis], last[axis])
    return z, first, last


def _stretch(
    is_right: Callable[[NDArray[np.float64]], NDArray[np.bool_]], steps: NDArray[np.float64], at: float
) -> tuple[float, float] | None:
    """The ends of the stretch of right steps that is nearest to a point; None if no step is right.

    Some of the steps are looked at first, and then those between the last right one and the first wrong one.
    """
    every = (len(steps) - 1) // (_COARSE - 1)
    hits = is_right(steps[::every])
    if not hits.any():  # all stretches are shorter than that
        every, hits = 1, is_right(steps)
        if not hits.any():
            return None
    where = every * np.flatnonzero(hits)
    one, other = _run(hits, int(where[np.abs(steps[where] - at).argmin()]) // every)
    one, other = every * one, every * other
    if every > 1:
        edges = steps[max(0, one - every) : one], steps[other + 1 : other + every]
        inside = is_right(np.concatenate(edges))
        one -= int(np.logical_and.accumulate(inside[: len(edges[0])][::-1]).sum())
        other += int(np.logical_and.accumulate(inside[len(edges[0]) :]).sum())
    return float(steps[one]), float(steps[other])


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


def _scatter(pattern: Pattern, start: NDArray[np.float32], decoder: Decoder, rounds: int) -> tuple[float, ...]:
    """A small evolution strategy with a fixed seed.

    Each round scatters points round the four best, at radii from 0.05 to 1, and keeps the four whose patterns are most
    similar; of equally similar ones, the nearest to the start.
    """
    rng = np.random.default_rng(0)
    radii = np.geomspace(0.05, 1, _SCATTERED // _KEPT)[:, np.newaxis]  # (scattered / kept, 1)
    best = start[np.newaxis]  # (kept, latent_size)
    for _ in range(rounds):
        noise = radii * rng.standard_normal((len(radii), start.size))
        scattered = (best[:, np.newaxis] + noise).reshape(-1, start.size)  # (scattered, latent_size)
        z = np.concatenate([best, scattered]).astype(np.float32)
        differing = _differences(decoder.choices(z), pattern)  # (kept + scattered,)
        best = z[np.lexsort((np.linalg.norm(z - start, axis=1), differing))[:_KEPT]]
        if not differing.all():
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


def _differences(choices: Choices, pattern: Pattern) -> NDArray[np.int64]:
    """`difference` of each of some points, (B,), from a pattern."""
    down = pattern.descending or ()
    differing: NDArray[np.int64] = (
        2 * np.abs(choices.interval - pattern.interval)
        + 2 * (choices.symmetric != pattern.symmetric)
        + _cell_differences(choices.size, choices.cell, pattern.cell)
    )
    if choices.descending_size is not None and choices.descending is not None:
        differing += _cell_differences(choices.descending_size, choices.descending, down)
    elif down:
        differing += 4 * len(down)
    return differing


def _cell_differences(sizes: NDArray[np.int64], cells: NDArray[np.int64], wanted: tuple[int, ...]) -> NDArray[np.int64]:
    """The share of a cell in `difference`: (B,), (B, slots + 1) -> (B,)."""
    shared = np.arange(len(wanted)) < sizes[:, np.newaxis]  # (B, wanted)
    apart: NDArray[np.int64] = 4 * np.abs(sizes - len(wanted))
    apart += (np.abs(cells[:, : len(wanted)] - np.array(wanted, dtype=np.int64)) * shared).sum(1)
    return apart
