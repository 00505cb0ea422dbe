"""Draws from the prior beside the corpus: the generation metrics of the starting system, corrected.

docs/evaluation.md defines each, and says what was wrong. All are computed on the way up, from the tonic, not folded
into the keyboard. A draw counts as often as it occurs; a pattern of the corpus counts once.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from math import log2

import numpy as np
from numpy.typing import NDArray
from scipy.stats import entropy

from polate.theory.pattern import Pattern
from polate_training.evaluation.report import Figure

__all__ = [
    "distance_to_nearest",
    "generation_figures",
    "interval_entropy",
    "kl",
    "mirrored",
    "palindrome",
    "pitch_coverage",
    "sparseness",
]


def generation_figures(draws: Sequence[Pattern], corpus: Sequence[Pattern]) -> list[Figure]:
    """The figures of the legal draws: first the comparisons with the corpus, then the means of both."""
    section = "draws beside the corpus"
    if not draws:
        return []
    compared: dict[str, Callable[[Pattern], Iterable[int]]] = {
        "pitch classes": _pitch_classes,
        "added notes' offsets": lambda pattern: pattern.cell[1:],
        "progressions": lambda pattern: [pattern.interval],
        "sizes of the cell": lambda pattern: [len(pattern.cell)],
    }
    figures = [
        Figure(section, f"KL of {name}, in bits", (kl(_count(of, draws), _count(of, corpus)),), ".4f")
        for name, of in compared.items()
    ]
    known = set(corpus)
    new = [pattern for pattern in draws if pattern not in known]
    if new:
        distances = distance_to_nearest(new, corpus)
        figures += [
            Figure(section, "new draws: parameters from the nearest in the corpus, mean", (float(distances.mean()),)),
            Figure(section, "new draws: one parameter from it", (float((distances == 1).mean()),), ".1%"),
        ]
    means: dict[str, Callable[[Pattern], float]] = {
        "sparseness": sparseness,
        "pitch coverage": pitch_coverage,
        "entropy of the melodic intervals in bits": interval_entropy,
        "symmetry: up and down the same": palindrome,
        "symmetry: its own mirror": mirrored,
    }
    for name, of in means.items():
        for whose, patterns in (("draws", draws), ("corpus", corpus)):
            mean = float(np.mean([of(pattern) for pattern in patterns]))
            figures.append(Figure(section, f"{name}, {whose}", (mean,)))
    return figures


def kl(first: Counter[int], second: Counter[int]) -> float:
    """The KL divergence of the first distribution from the second, in bits. 1 is added to every count of either."""
    keys = sorted(first.keys() | second.keys())
    return float(entropy([first[key] + 1 for key in keys], [second[key] + 1 for key in keys], base=2))


def sparseness(pattern: Pattern) -> float:
    """The share of the semitones from the lowest to the highest note that the way up does not play, 0..1."""
    notes = _way_up(pattern)
    return 1 - len(set(notes)) / (max(notes) - min(notes) + 1)


def pitch_coverage(pattern: Pattern) -> float:
    """The share of the 12 pitch classes that the way up plays, 0..1."""
    return len(set(_pitch_classes(pattern))) / 12


def interval_entropy(pattern: Pattern) -> float:
    """The entropy of the melodic intervals of the way up, with direction, in bits: 0 if all steps are equal."""
    notes = _way_up(pattern)
    counts = Counter(b - a for a, b in pairwise(notes))
    # scipy's entropy takes 0.6 ms a call.
    return -sum(count / (len(notes) - 1) * log2(count / (len(notes) - 1)) for count in counts.values())


def palindrome(pattern: Pattern) -> float:
    """The share of notes of the scale, up and down, that are the same when it is read backwards, 0..1."""
    up = _way_up(pattern)
    notes = [*up, *(principal + offset for principal, cell in pattern.descent() for offset in cell)]
    return sum(a == b for a, b in zip(notes, reversed(notes), strict=True)) / len(notes)


def mirrored(pattern: Pattern) -> float:
    """1 if the melodic intervals of the way up, as a cycle, are the same backwards; else 0."""
    intervals = [b - a for a, b in pairwise(_way_up(pattern))]
    turns = [intervals[place:] + intervals[:place] for place in range(len(intervals))]
    return float(intervals[::-1] in turns)


def distance_to_nearest(patterns: Sequence[Pattern], corpus: Sequence[Pattern]) -> NDArray[np.int64]:
    """In how many parameters each pattern differs from the nearest pattern of the corpus: (N,).

    The parameters are the interval, the symmetric flag, and the slots of the cell and of the descending cell. An empty
    slot has a value of its own.
    """
    slots = max(len(cell) for p in (*patterns, *corpus) for cell in (p.cell, p.descending or ()))
    others = np.array([_parameters(pattern, slots) for pattern in corpus], dtype=np.int8)
    seen: dict[Pattern, int] = {}
    for pattern in patterns:
        if pattern not in seen:
            seen[pattern] = int((others != np.array(_parameters(pattern, slots), dtype=np.int8)).sum(1).min())
    return np.array([seen[pattern] for pattern in patterns])


_EMPTY = 127  # an empty slot; no offset has this value


def _parameters(pattern: Pattern, slots: int) -> list[int]:
    cells = [[*cell, *[_EMPTY] * (slots - len(cell))] for cell in (pattern.cell, pattern.descending or ())]
    return [pattern.interval, int(pattern.symmetric), *cells[0], *cells[1]]


def _way_up(pattern: Pattern) -> list[int]:
    """Semitones above the tonic, the tonic at the top included."""
    return [principal + offset for principal, cell in pattern.ascent() for offset in cell]


def _pitch_classes(pattern: Pattern) -> list[int]:
    """The pitch classes of the way up, without the tonic at the top."""
    return [note % 12 for note in _way_up(pattern)[:-1]]


def _count(of: Callable[[Pattern], Iterable[int]], patterns: Sequence[Pattern]) -> Counter[int]:
    counts: Counter[int] = Counter()
    for pattern in patterns:
        counts.update(of(pattern))
    return counts
