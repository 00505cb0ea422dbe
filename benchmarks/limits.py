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

*Octave scales.* How far two scales are apart, for random pairs: the semitones by which their notes differ, added up, if
they have equally many notes; and the difference of their numbers of notes. A straight way that moves all notes evenly
meets about as many scales as the sum of both, and one more.
"""

import argparse
from collections import Counter
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np

from polate.errors import PatternError
from polate.theory.pattern import Pattern
from polate_training.corpus import thesaurus
from polate_training.evaluation import open_model
from polate_training.evaluation.steering import STEPS, lines, steps
from polate_training.octave import octave

SWEEPS = 2_000


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


def apart(cells: list[tuple[int, ...]], pairs: int = 20_000) -> tuple[float, float]:
    """The mean distance of two scales of one size in semitones, and the mean difference of two scales' sizes."""
    draw = np.random.default_rng(0)
    drawn = [(cells[a], cells[b]) for a, b in draw.integers(len(cells), size=(pairs, 2)).tolist()]
    semitones = [sum(abs(x - y) for x, y in zip(a, b, strict=True)) for a, b in drawn if len(a) == len(b)]
    return float(np.mean(semitones)), float(np.mean([abs(len(a) - len(b)) for a, b in drawn]))


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
    named = [pattern.cell for pattern in octave().patterns]
    every = [(0, *added) for size in range(12) for added in combinations(range(1, 12), size)]
    every = [cell for cell in every if all(b - a <= 4 for a, b in pairwise((*cell, 12)))]
    for title, cells in (("with names", named), ("without a step above four semitones", every)):
        semitones, notes = apart(cells)
        print(f"octave scales {title}: {len(cells)}, {semitones:.1f} semitones and {notes:.1f} notes apart")
    print(f"density: sizes {dict(sorted(sizes.items()))}; Spearman at most {np.sqrt(1 - (shares**3).sum()):.3f}")


if __name__ == "__main__":
    main()
