"""How alike neighbouring patterns sound along sweeps of a map: what a listener hears change at each step.

    python benchmarks/heard.py [slonimsky octave atlas]

A *step* is a pair of neighbouring points of a sweep whose patterns differ (docs/evaluation.md). The same is measured
for patterns of the corpus and a nearest neighbour of each, and for pairs in random order. The nearest neighbour has the
smallest number of parameters that differ (each note more or less is one), and then of semitones. Both patterns of a
pair begin from the same tonic.

- Common tones: the pitch classes that both patterns have, as a share of those of the one that has more.
- Voice leading: the least sum of semitones by which the pitch classes of one are moved to those of the other, round the
  octave, if every pitch class of either is used at least once (Tymoczko, *A Geometry of Music*, 2011).
- Interval vector: the sum of the differences of the two vectors (Forte), which count how often each of the interval
  classes 1..6 occurs between the pitch classes.

The notes are those of the way up.
"""

import sys
from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from polate import Pattern
from polate.model.shipped import shipped_model
from polate_training.corpus import Corpus, thesaurus
from polate_training.evaluation.model import open_model
from polate_training.evaluation.steering import change, lines, steps
from polate_training.octave import octave

SWEEPS, PAIRS, NEIGHBOURS_OF = 300, 4_000, 1_000
FAR = 10_000


@cache
def pitch_classes(pattern: Pattern) -> tuple[int, ...]:
    """Those of the way up, rising, above the tonic."""
    return tuple(sorted({(principal + offset) % 12 for principal, cell in pattern.ascent() for offset in cell}))


def common(a: tuple[int, ...], b: tuple[int, ...]) -> float:
    """Of two sets of pitch classes."""
    return len({*a} & {*b}) / max(len(a), len(b))


@cache
def voice_leading(a: tuple[int, ...], b: tuple[int, ...]) -> int:
    """The least semitones, by dynamic programming over all rotations of one of the two.

    A smallest voice leading has no crossings, so both are read once round, each note with one or more of the other.
    """
    if a == b:
        return 0
    best = FAR
    for turn in range(len(b)):
        rotated = [*b[turn:], *b[:turn]]
        row = [0] + [FAR] * len(b)  # what the notes of `a` so far cost, with each number of notes of `b`
        for x in a:
            above, row = row, [FAR]
            for at, y in enumerate(rotated, 1):
                row.append(min((x - y) % 12, (y - x) % 12) + min(above[at], above[at - 1], row[at - 1]))
        best = min(best, row[-1])
    return best


@cache
def interval_vector(classes: tuple[int, ...]) -> NDArray[np.int64]:
    """How often each interval class 1..6 occurs: (6,)."""
    return np.bincount([min(b - a, 12 - b + a) for a, b in combinations(classes, 2)], minlength=7)[1:]


def heard(pairs: list[tuple[Pattern, Pattern]]) -> str:
    """The three means, for a table."""
    sets = [(pitch_classes(a), pitch_classes(b)) for a, b in pairs]
    return (
        f"{np.mean([common(a, b) for a, b in sets]):.1%} | {np.mean([voice_leading(a, b) for a, b in sets]):.2f} | "
        f"{np.mean([np.abs(interval_vector(a) - interval_vector(b)).sum() for a, b in sets]):.2f} |"
    )


def neighbours(patterns: tuple[Pattern, ...], chance: np.random.Generator) -> list[tuple[Pattern, Pattern]]:
    """Some patterns of a corpus, each with one of its nearest neighbours."""
    longest = max(len(pattern.cell) for pattern in patterns)
    cells = np.array([[*p.cell, *[99] * (longest - len(p.cell))] for p in patterns])
    intervals, sizes = np.array([(p.interval, len(p.cell)) for p in patterns]).T
    pairs = []
    for index in chance.choice(len(patterns), min(NEIGHBOURS_OF, len(patterns)), replace=False).tolist():
        shared = np.arange(longest) < np.minimum(sizes, sizes[index])[:, np.newaxis]
        apart = np.abs(cells - cells[index]) * shared
        parameters = (apart > 0).sum(1) + (intervals != intervals[index]) + np.abs(sizes - sizes[index])
        distance = 1_000 * parameters + apart.sum(1) + np.abs(intervals - intervals[index])
        distance[distance == 0] = 10**6  # itself, and patterns that differ in other things than the way up
        nearest = int(chance.choice(np.flatnonzero(distance == distance.min())))
        pairs.append((patterns[index], patterns[nearest]))
    return pairs


def main() -> None:
    corpora: dict[str, Corpus] = {"slonimsky": thesaurus(), "octave": octave()}
    corpora["atlas"] = corpora["slonimsky"].joined(corpora["octave"])
    print("| | common tones | voice leading, semitones | interval vector |\n|---|---|---|---|")
    for name in sys.argv[1:] or corpora:
        patterns, model = corpora[name].patterns, open_model(shipped_model(name))
        chance = np.random.default_rng(0)
        met = steps(model.decode(lines(*chance.standard_normal((2, SWEEPS, len(model.axes))))))
        single = [pair for pair in met if change(*pair).parameters == 1]
        drawn = [(patterns[a], patterns[b]) for a, b in chance.integers(len(patterns), size=(PAIRS, 2)).tolist()]
        print(f"| {name}: steps of a sweep | {heard(met)}")
        print(f"| {name}: those that change one parameter | {heard(single)}")
        print(f"| {name}: nearest neighbours in the corpus | {heard(neighbours(patterns, chance))}")
        print(
            f"| {name}: the corpus in random order | {heard([pair for pair in drawn if pair[0] != pair[1]])}",
            flush=True,
        )


if __name__ == "__main__":
    main()
