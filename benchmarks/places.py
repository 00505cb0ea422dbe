"""How many patterns that the model has not learned have a place on its map: at their mean, and after the search. And
how far `polate generate --near` scatters round the landmarks.

    python benchmarks/places.py [slonimsky | octave | atlas | MODEL.onnx]

A place found within 1 x the range is within reach of every knob; within 2 x the range, at most twice as far out.

Patterns: legal cells of one to four added notes in any order, drawn evenly from the model's intervals and offsets,
without those of the Thesaurus' rules. The same seed draws the same. On the octave and the atlas, some have no place
because the rules of the frame forbid them: a cell on interval 12 whose notes do not rise within it, and one of more
than four added notes on another interval. These are counted, and left out of the shares.

Times are processor time of this process, so other work on the machine matters less.
"""

import sys
import time

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from polate import Pattern, PatternError
from polate.model.contract import Landmark
from polate.model.latent_map import LatentMap
from polate.model.place_search import MARGINS, ladders, note_places
from polate_training.corpus import thesaurus

DRAWN = 1_000
DRAWS = 100  # round each landmark


def outside(places: LatentMap, count: int) -> list[Pattern]:
    chance = np.random.default_rng(2)
    vocabulary, learned = places.decoder.metadata, set(thesaurus().patterns)
    low, high = vocabulary.offsets
    patterns: list[Pattern] = []
    while len(patterns) < count:
        added = chance.integers(low, high + 1, chance.integers(1, vocabulary.slots + 1)).tolist()
        try:
            pattern = Pattern(int(chance.choice(vocabulary.intervals)), (0, *added))
        except PatternError:
            continue
        if pattern not in learned:
            patterns.append(pattern)
    return patterns


def is_allowed(pattern: Pattern) -> bool:
    """Whether the rules of the shipped frames allow a pattern."""
    if pattern.interval == 12:
        return list(pattern.cell) == sorted(pattern.cell) and pattern.cell[-1] < 12
    return len(pattern.cell) - 1 <= 4


def main() -> None:
    places = LatentMap.open(sys.argv[1] if sys.argv[1:] else None)
    drawn = outside(places, DRAWN)
    patterns = [each for each in drawn if is_allowed(each)]
    forbidden = [each for each in drawn if not is_allowed(each)]
    print(f"{len(drawn)} drawn, of which {len(forbidden)} have no place by the rules of the frame")
    mu, _ = places.encoder.encode_many(patterns)
    at_mean = np.array([a == b for a, b in zip(places.decoder.decode_many(mu), patterns, strict=True)])
    ranges = np.array([axis.range for axis in places.decoder.axes])
    found, margins, seconds = [], [], []
    for pattern in patterns:
        start = time.process_time()
        point = places.point(pattern.text)
        seconds.append(time.process_time() - start)
        found.append(point.pattern == pattern)
        margins.append(np.abs((np.array(point.z) - ranges.mean(1)) / np.diff(ranges)[:, 0] * 2).max())
    added = np.array([len(pattern.cell) - 1 for pattern in patterns])
    for label, rows in [("all", added > 0), *((f"{n} added", added == n) for n in range(1, max(added) + 1))]:
        shares = [f"at the mean {at_mean[rows].mean():6.1%}, found {np.array(found)[rows].mean():6.1%}, within"]
        for margin in MARGINS:
            inside = np.array(found) & (np.array(margins) <= margin + 1e-6)
            shares.append(f"{margin:g} x the range {inside[rows].mean():6.1%}")
        print(f"{label:8} {rows.sum():5} patterns: {' '.join(shares)}")
    searched = np.array(seconds)[~at_mean]
    print(f"ms a search: median {1000 * np.median(searched):.1f}, slowest {1000 * max(searched):.0f}")
    if forbidden:
        seconds = []
        for pattern in forbidden:
            start = time.process_time()
            assert places.point(pattern.text).pattern != pattern
            seconds.append(time.process_time() - start)
        print(f"ms a forbidden one: median {1000 * np.median(seconds):.1f}, slowest {1000 * max(seconds):.0f}")
    if not places.decoder.metadata.descending:
        reach(places, patterns, added)
    for temperature in (0.1, 0.3, 1.0):
        same, distinct = zip(
            *(scatter(places, mark, temperature) for mark in places.decoder.metadata.landmarks), strict=True
        )
        print(
            f"near a landmark, {temperature}: itself {np.mean(same):.0%}, distinct {np.median(distinct):.0f} of {DRAWS}"
        )


def reach(places: LatentMap, patterns: list[Pattern], added: NDArray[np.int64]) -> None:
    """What is impossible: by linear programmes over the frame, the least distance of the farthest note from its place.

    The places of the notes are linear in z (on a frame that has a network too, this is an approximation).
    """
    decoder, size = places.decoder, places.decoder.metadata.latent_size
    at = note_places(decoder.costs(np.concatenate([np.zeros((1, size)), np.eye(size)])), decoder.metadata)
    middle, gains = at[0], (at[1:] - at[0]).T  # (slots,), (slots, latent_size) semitones
    means, _ = places.encoder.encode_many(patterns)
    stretches = [
        ladders(pattern, mean, decoder)[1:] for pattern, mean in zip(patterns, means.astype(float), strict=True)
    ]
    cost = np.append(np.zeros(size), 1)
    for far in (3.0, 4.0, 6.0, 8.0, 10.0):
        least = []
        for pattern, (low, high) in zip(patterns, stretches, strict=True):
            rows, wanted = gains[: len(pattern.cell) - 1], np.array(pattern.cell[1:]) - middle[: len(pattern.cell) - 1]
            slack = -np.ones((len(rows), 1))
            bounds = np.array([np.where(low <= -3, -far, low), np.where(high >= 3, far, high)]).T
            answer = linprog(
                cost,
                A_ub=np.block([[rows, slack], [-rows, slack]]),
                b_ub=np.append(wanted, -wanted),
                bounds=[*bounds.tolist(), (0, None)],
            )
            least.append(answer.fun)
        shares = [
            f"{n} added "
            + " ".join(f"{np.mean(np.array(least)[added == n] <= near + 1e-6):6.1%}" for near in (0, 0.5, 1.5))
            for n in range(1, max(added) + 1)
        ]
        print(f"every note within 0, 0.5, 1.5 semitones of its place, in -{far:g}..{far:g}: {'; '.join(shares)}")


def scatter(places: LatentMap, landmark: Landmark, temperature: float) -> tuple[float, int]:
    """Of draws round a landmark: the share that is the landmark, and how many are distinct."""
    z = landmark.z + temperature * np.random.default_rng(0).standard_normal((DRAWS, len(landmark.z)))
    patterns = places.decoder.decode_many(z.astype(np.float32))
    return float(np.mean([pattern.text == landmark.text for pattern in patterns])), len(set(patterns))


if __name__ == "__main__":
    main()
