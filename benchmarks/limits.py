"""What stands in the way of a map's figures, in numbers: from the corpus alone, and from a model's sweeps.

    python benchmarks/limits.py [--model exported/slonimsky.onnx]

*A semitone at a time.* Of every pattern of the corpus, each added note is moved to the nearest offset up and to the
nearest down that leaves the pattern legal. The share of these moves that are one semitone is what a map could reach
that moves every note as often.

*One parameter at a time.* A sweep of 128 steps crosses, for each parameter, so many places where it changes. If these
lay independently of each other, a step would hold two of different parameters as often as the sum over pairs of
n1 n2 / 127 says. The share of steps with more than one change that follows stands beside the one that was measured.

*Ties.* An attribute that takes few values ties, and no axis can have a greater Spearman correlation with it than
sqrt(1 - sum of the cubes of the shares).

*Octave scales.* With each change, a sweep that only goes forward brings the scale nearer to its last one. So it meets
at most one scale more than the shortest way between its ends has changes. Two ways are counted, each exactly. In the
first, a change is one note by one semitone, one note more or one note less, and any octave scale may lie between. In
the second, notes keep their order, and only the difference of the numbers of notes is added or taken away: each other
note goes to its partner by semitones, with the partners for which the sum is least. The way up counts.

*Octave waves.* The departures of the corpus from the mean scale of each size, as sums of sine waves: how many semitones
all notes together move in a turn from -3 to 3, if the axis of each wave has the deviation of the trained model. An
equal share is the root mean square over the waves behind tilt.
"""

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import shortest_path

from polate.errors import PatternError
from polate.theory.pattern import Pattern
from polate_training.corpus import thesaurus
from polate_training.evaluation import open_model
from polate_training.evaluation.steering import STEPS, distinct, lines, steps
from polate_training.fit import Settings
from polate_training.octave import octave

SWEEPS = 2_000
WAVES = 7

Cell = tuple[int, ...]


def nearest_moves(pattern: Pattern, lowest: int, highest: int) -> list[int]:
    """By how many semitones each added note must move, down and up, to the nearest legal place."""
    moves = []
    for slot in range(1, len(pattern.cell)):
        for way in (-1, 1):
            offset = pattern.cell[slot] + way
            while lowest <= offset <= highest:
                try:
                    Pattern(pattern.interval, (*pattern.cell[:slot], offset, *pattern.cell[slot + 1 :]))
                except PatternError:
                    offset += way
                    continue
                moves.append(abs(offset - pattern.cell[slot]))
                break
    return moves


def changed(before: Pattern, after: Pattern) -> list[str]:
    """The parameters that differ, by name."""
    names = ["interval"] * (before.interval != after.interval) + ["size"] * (len(before.cell) != len(after.cell))
    shared = zip(before.cell, after.cell, strict=False)
    return names + [f"note {slot}" for slot, (a, b) in enumerate(shared) if a != b]


def one_change(cell: frozenset[int]) -> Iterator[frozenset[int]]:
    """The octave scales that are one change away; the cell without its first note, 0."""
    for note in range(1, 12):
        if note not in cell:
            yield cell | {note}
            continue
        yield cell - {note}
        for moved in (note - 1, note + 1):
            if 1 <= moved <= 11 and moved not in cell:
                yield cell - {note} | {moved}


@cache
def shortest_ways() -> tuple[dict[frozenset[int], int], NDArray[np.float64]]:
    """All 2,048 octave scales, and the changes from each to each: (2048, 2048)."""
    scales = [frozenset(notes) for size in range(12) for notes in combinations(range(1, 12), size)]
    index = {scale: at for at, scale in enumerate(scales)}
    pairs = np.array([(index[scale], index[other]) for scale in scales for other in one_change(scale)]).T
    graph = coo_array((np.ones(pairs.shape[1]), (pairs[0], pairs[1])), shape=(len(scales), len(scales)))
    return index, shortest_path(graph.tocsr(), unweighted=True)


def any_way(a: Cell, b: Cell) -> int:
    index, ways = shortest_ways()
    return int(ways[index[frozenset(a[1:])], index[frozenset(b[1:])]])


def in_order(a: Cell, b: Cell) -> int:
    """The semitones by which notes move to their partners, and the difference of the numbers of notes."""
    few, many = sorted((a[1:], b[1:]), key=len)
    least = [0] * (len(many) + 1)  # of the first notes of ``few``, with partners among the first notes of ``many``
    for note in few:
        behind = [10**6]
        for at, partner in enumerate(many):
            behind.append(min(behind[-1], least[at] + abs(note - partner)))
        least = behind
    return least[-1] + len(many) - len(few)


def tell_ways(title: str, pairs: Sequence[tuple[Cell, Cell]]) -> None:
    told = []
    for name, way in (("shortest", any_way), ("in order", in_order)):
        counts = np.array([way(a, b) for a, b in pairs])
        told.append(
            f"{name} {counts.mean():.2f} changes, at most {counts.max()}, 19 or more {(counts > 18).mean():.2%}"
        )
    print(f"{title}: {'; '.join(told)}")


def tell_octave(seed: int) -> None:
    index, ways = shortest_ways()
    print(f"octave scales: all {len(index)} of them are at most {ways.max():.0f} changes apart")
    named = [pattern.cell for pattern in octave().patterns]
    tell_ways(f"all pairs of the {len(named)} of the corpus", list(combinations(named, 2)))
    every = [(0, *added) for size in range(12) for added in combinations(range(1, 12), size)]
    every = [cell for cell in every if all(b - a <= 4 for a, b in pairwise((*cell, 12)))]
    tell_ways(f"all pairs of the {len(every)} without a step above four semitones", list(combinations(every, 2)))
    draw = np.random.default_rng(seed)
    model = open_model(Path("exported/octave.onnx"))
    sweeps = model.decode(lines(*draw.standard_normal((2, SWEEPS, len(model.axes)))))
    ends = [(sweeps.patterns[line[0]], sweeps.patterns[line[-1]]) for line in sweeps.index]
    tell_ways(f"the ends of {SWEEPS} sweeps", [(a.cell, b.cell) for a, b in ends if a and b])
    met = distinct(sweeps)
    print(f"scales that these sweeps meet: {met.mean():.2f} in the mean, at most {met.max():.0f}")


def tell_waves() -> None:
    by_size = defaultdict(list)
    for pattern in octave().patterns:
        by_size[len(pattern.cell) - 1].append(pattern.cell[1:])
    moves, share = np.zeros(WAVES), 0
    for added, cells in by_size.items():
        if len(cells) <= added:  # too few to vary in every direction
            continue
        departures = np.array(cells) - np.mean(cells, axis=0)  # (scales, added)
        waves = np.sin(np.pi * np.outer(np.arange(1, min(added, WAVES) + 1), np.arange(1, added + 1)) / (added + 1))
        deviations = (departures @ waves.T / (waves**2).sum(1)).std(0) / Settings().spread
        moves[: len(waves)] += len(cells) * 6 * deviations * np.abs(waves).sum(1)
        share += len(cells)
        if added == 6:
            variances = np.linalg.eigvalsh(departures.T @ departures / len(cells))[::-1]
            print(f"scales of seven notes: variances {' '.join(f'{each:.2f}' for each in variances)} semitones^2")
    moves /= share
    equal = np.sqrt((moves[2:] ** 2).mean())
    print(f"semitones in a turn, by wave: {' '.join(f'{each:.1f}' for each in moves)}; an equal share {equal:.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, default=Path("exported/slonimsky.onnx"))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    patterns = [pattern for pattern in thesaurus().patterns if not pattern.symmetric]
    offsets = [offset for pattern in patterns for offset in pattern.cell]
    moves = [move for pattern in patterns for move in nearest_moves(pattern, min(offsets), max(offsets))]
    print(f"nearest legal moves of a note that are one semitone: {np.mean(np.array(moves) == 1):.1%} of {len(moves)}")

    model = open_model(options.model)
    draw = np.random.default_rng(options.seed)
    start, end = draw.standard_normal((2, SWEEPS, len(model.axes)))
    pairs = [changed(a, b) for a, b in steps(model.decode(lines(start, end)))]
    counts = {name: n / SWEEPS for name, n in Counter(name for pair in pairs for name in pair).items()}
    print("changes in a sweep:", ", ".join(f"{name} {n:.2f}" for name, n in sorted(counts.items())))
    together = sum(a * b / (STEPS - 1) for a, b in combinations(counts.values(), 2))
    expected = together / (sum(counts.values()) - together)
    measured = np.mean([len(pair) > 1 for pair in pairs])
    print(f"steps that change more than one: {expected:.1%} if independent, {measured:.1%} measured")

    points = draw.standard_normal((10_000, len(model.axes)))
    sizes = Counter(len(pattern.cell) for pattern in model.decode(points).flat() if pattern)
    shares = np.array([sizes[size] for size in sorted(sizes)]) / sum(sizes.values())
    tell_octave(options.seed)
    tell_waves()
    print(f"density: sizes {dict(sorted(sizes.items()))}; Spearman at most {np.sqrt(1 - (shares**3).sum()):.3f}")


if __name__ == "__main__":
    main()
