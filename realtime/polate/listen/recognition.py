"""From a phrase to the patterns that it is most like, by an edit distance.

    notes --what occurs in it--> some patterns --where it could begin--> some tonics --distance--> Heard

The *distance* of a phrase from a pattern is what the least errors cost that make the phrase of the pattern's turn
(`polate.listen.phrase_table`) from some tonic:

    1      a wrong note, a note too many
    1/2    a note that was left out
    1/4    a note in another octave than the leap to it has in the pattern; a note that is repeated
    1/4    a turn at a principal tone before the top or the bottom
    1      a beginning that is not a principal tone on the way up
    1/8    an end that is not a principal tone

The phrase may end anywhere, and climb or descend more than once. Its timing does not matter. A note that is left out
costs less than a wrong one, because there are eleven wrong notes for every right one. If two notes in a row are left
out, one of them costs as much as a wrong note. Of patterns at the same distance, that with the fewest notes in its
cells is nearer, then the plain one before a symmetric one, then the smallest interval, as in
`polate.theory.identification`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from polate.listen.phrase_table import PhraseTable, gram_weights
from polate.theory.pattern import Pattern

__all__ = ["FEWEST_NOTES", "MOST_NOTES", "Candidate", "Recogniser"]

FEWEST_NOTES = 3  # different from the note before
MOST_NOTES = 128  # a turn of the longest pattern of the Thesaurus has 121

_UNIT = 8  # what an error costs: all costs are whole numbers of eighths
_LEFT_OUT = 4
_OCTAVE = _REPEAT = _TURN = 2
_OFF_BEGINNING, _OFF_END = 8, 1
_FAR = 10_000
_RIGHT, _OTHER_OCTAVE, _WRONG = np.int16(0), np.int16(_OCTAVE), np.int16(_UNIT)

_WIDTHS = (0, 24, 48, 72, 96, 1000)  # columns

_LOOKED_AT = 1000  # patterns, of which tonics are tried
_CELLS = 15_000
_FEWEST_PAIRS, _MOST_PAIRS = 120, 800


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pattern that the phrase is like."""

    pattern: Pattern
    tonic: int  # MIDI note 0..127 from which the phrase plays it
    distance: float  # errors


class Recogniser:
    """Finds the nearest patterns of a corpus."""

    def __init__(self, table: PhraseTable) -> None:
        self._table = table
        rules = [(len(p.cell) + len(p.descending or ()), len(p.cell), p.symmetric, p.interval) for p in table.patterns]
        order = sorted(range(len(rules)), key=rules.__getitem__)
        self._rank = np.empty(len(rules), dtype=np.int32)
        self._rank[order] = np.arange(len(rules))

    def nearest(self, notes: Sequence[int], count: int = 3) -> list[Candidate]:
        """The nearest patterns, nearest first. ``notes``: MIDI notes 0..127 in the order played.

        Empty for a phrase of fewer than FEWEST_NOTES different notes in a row. Only the last MOST_NOTES count.
        """
        phrase = np.array(notes, dtype=np.int16)[-MOST_NOTES:]
        moving = phrase[np.diff(phrase, prepend=-1) != 0]
        if len(moving) < FEWEST_NOTES:
            return []
        rows, tonics = self._pairs(moving)
        distances = self.distances(phrase, rows, tonics)
        order = np.lexsort((self._rank[rows], distances))
        found: list[int] = []
        for pair in order.tolist():
            if rows[pair] not in rows[found]:
                found.append(pair)
                if len(found) == count:
                    break
        return [
            Candidate(
                self._table.patterns[rows[pair]],
                self._tonic(phrase, int(rows[pair])),
                int(distances[pair]) / _UNIT,
            )
            for pair in found
        ]

    def _pairs(self, phrase: NDArray[np.int16]) -> tuple[NDArray[np.intp], NDArray[np.int8]]:
        """The pairs of a pattern and the pitch class of its tonic that are worth a full comparison."""
        table = self._table
        weights = gram_weights(phrase)
        given = np.flatnonzero(weights)
        evidence = weights[given] @ table.grams[given]  # (N,)
        looked_at = min(_LOOKED_AT, len(evidence))
        rows = np.argpartition(-evidence, looked_at - 1)[:looked_at]
        leave, interval = phrase[:-1] % 12, (phrase[1:] - phrase[:-1]) % 12
        above = (leave[:, np.newaxis] - np.arange(12)) % 12  # (L - 1, 12) pitch class above each tonic
        flat = above * 12 + interval[:, np.newaxis]  # (L - 1, 12)
        moves = table.moves[rows].reshape(len(rows), 144)
        votes = moves[:, flat].sum(1, dtype=np.int16).astype(np.float32)  # (looked_at, 12)
        votes += 0.1 * evidence[rows, np.newaxis]
        votes[np.arange(12) >= table.tonics[rows, np.newaxis]] = -1
        pairs = min(max(_FEWEST_PAIRS, min(_MOST_PAIRS, _CELLS // len(phrase))), votes.size)
        best = np.argpartition(-votes.ravel(), pairs - 1)[:pairs]
        best = best[votes.ravel()[best] >= 0]
        return rows[best // 12], (best % 12).astype(np.int8)

    def _tonic(self, phrase: NDArray[np.int16], row: int) -> int:
        """The note from which the phrase plays a pattern: that of the tonic with the least distance."""
        tonics = np.arange(12, dtype=np.int8)
        rows = np.full(12, row, dtype=np.intp)
        distances = self.distances(phrase, rows, tonics)
        first = int(phrase[0])
        distances[first % 12] -= _TURN + 1  # rather the note that the phrase begins with, though it turns early
        away = (int(distances.argmin()) - first) % 12
        tonic = first + (away - 12 if away > 6 else away)
        return tonic - 12 if tonic > 127 else tonic + 12 if tonic < 0 else tonic

    def distances(
        self, phrase: NDArray[np.int16], rows: NDArray[np.intp], tonics: NDArray[np.int8]
    ) -> NDArray[np.int16]:
        """The distance of the phrase (L,) from patterns from tonics, (P,) each, in units of 1/8: (P,).

        Patterns with turns of about the same length are compared together, because the arrays have the longest's width.
        """
        distances = np.empty(len(rows), dtype=np.int16)
        lengths = self._table.lengths[rows]
        for shortest, longest in pairwise(_WIDTHS):
            some = np.flatnonzero((lengths > shortest) & (lengths <= longest))
            if len(some):
                distances[some] = self._distances_together(phrase, rows[some], tonics[some])
        return distances

    def _distances_together(
        self, phrase: NDArray[np.int16], rows: NDArray[np.intp], tonics: NDArray[np.int8]
    ) -> NDArray[np.int16]:
        """``costs`` has for each column of each turn what the errors so far cost at least if the last note is there."""
        table = self._table
        lengths = table.lengths[rows]
        width = int(lengths.max())
        classes, steps = table.pitch_classes[rows, :width], table.steps[rows, :width]
        past = np.arange(width) >= lengths[:, np.newaxis]
        last = np.arange(len(rows)) * width + lengths - 1  # in the flat array
        detours = table.detours[rows, :width]
        to = np.flatnonzero(detours >= 0)
        come_from = to // width * width + detours.ravel()[to]
        detour_cost = np.where(table.is_natural[rows, :width].ravel()[to], 0, _TURN).astype(np.int16)
        heard = ((phrase[:, np.newaxis] - tonics) % 12).astype(np.int8)[..., np.newaxis]  # (L, P, 1) above the tonic
        leaps = np.diff(phrase, prepend=phrase[:1])  # (L,)
        costs = np.where(table.is_cell_up[rows, :width], 0, _OFF_BEGINNING).astype(np.int16)
        costs += _UNIT * (classes != heard[0])
        costs[past] = _FAR
        along, missed = np.empty_like(costs), np.empty_like(costs)
        for number in range(1, len(phrase)):
            along[:, 1:] = costs[:, :-1]  # from the column before
            along[:, 0] = costs.take(last)
            flat = along.reshape(-1)
            flat[to] = np.minimum(flat[to], costs.take(come_from) + detour_cost)
            along += np.where(classes != heard[number], _WRONG, np.where(steps == leaps[number], _RIGHT, _OTHER_OCTAVE))
            costs += _UNIT if leaps[number] else _REPEAT  # one note too many
            np.minimum(along, costs, out=along)
            missed[:, 1:] = along[:, :-1]  # one note left out
            missed[:, 0] = along.take(last)
            missed += _LEFT_OUT
            np.minimum(along, missed, out=costs)
        costs += np.where(table.is_principal[rows, :width], 0, _OFF_END).astype(np.int16)
        costs[past] = _FAR
        nearest: NDArray[np.int16] = costs.min(1)
        return nearest
