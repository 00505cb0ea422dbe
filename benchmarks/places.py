"""How many patterns that the model has not learned have a place on its map: at their mean, and after the search. And
how far `polate generate --near` scatters round the landmarks.

    python benchmarks/places.py [MODEL.onnx]

Patterns: legal cells of one to four added notes in any order, drawn evenly from the model's intervals and offsets,
without those of the Thesaurus' rules. The same seed draws the same.
"""

import sys
import time
from pathlib import Path

import numpy as np

from polate import Pattern, PatternError
from polate.model.contract import Landmark
from polate.model.latent_map import LatentMap
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


def main() -> None:
    places = LatentMap.open(Path(sys.argv[1]) if sys.argv[1:] else None)
    patterns = outside(places, DRAWN)
    mu, _ = places.encoder.encode_many(patterns)
    at_mean = np.array([a == b for a, b in zip(places.decoder.decode_many(mu), patterns, strict=True)])
    found, seconds = [], []
    for pattern in patterns:
        start = time.perf_counter()
        found.append(places.point(pattern.text).pattern == pattern)
        seconds.append(time.perf_counter() - start)
    added = np.array([len(pattern.cell) - 1 for pattern in patterns])
    for label, rows in [("all", added > 0), *((f"{n} added", added == n) for n in range(1, max(added) + 1))]:
        shares = f"at the mean {at_mean[rows].mean():6.1%}, found {np.array(found)[rows].mean():6.1%}"
        print(f"{label:8} {rows.sum():5} patterns: {shares}")
    print(f"ms a pattern: median {1000 * np.median(seconds):.1f}, slowest {1000 * max(seconds):.0f}")
    for temperature in (0.1, 0.3, 1.0):
        same, distinct = zip(
            *(scatter(places, mark, temperature) for mark in places.decoder.metadata.landmarks), strict=True
        )
        print(
            f"near a landmark, {temperature}: itself {np.mean(same):.0%}, distinct {np.median(distinct):.0f} of {DRAWS}"
        )


def scatter(places: LatentMap, landmark: Landmark, temperature: float) -> tuple[float, int]:
    """Of draws round a landmark: the share that is the landmark, and how many are distinct."""
    z = landmark.z + temperature * np.random.default_rng(0).standard_normal((DRAWS, len(landmark.z)))
    patterns = places.decoder.decode_many(z.astype(np.float32))
    return float(np.mean([pattern.text == landmark.text for pattern in patterns])), len(set(patterns))


if __name__ == "__main__":
    main()
