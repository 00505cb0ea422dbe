"""Every pattern of a corpus as one turn of its notes, as arrays, so that all are compared with a phrase at once.

    Patterns --PhraseTable.of--> notes, steps, where a turn may go on otherwise, and what occurs in it

A turn is the way up and the way down, as in `Pattern.render`, without the closing tonic and not folded: after its last
note it begins again. Its notes are *columns*, counted from 0. A column past the end of a turn has no meaning.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from polate.theory.pattern import Pattern

__all__ = ["GRAMS", "PhraseTable", "gram_weights"]

GRAMS = 3 * 144
"""Three kinds of two intervals in a row: of adjacent notes, with one note left out in the first, and in the second."""


@dataclass(frozen=True, slots=True, eq=False)
class PhraseTable:
    """The turns of N patterns; W is the number of columns of the longest."""

    patterns: tuple[Pattern, ...]  # N
    lengths: NDArray[np.int16]  # (N,) columns of the turn
    pitch_classes: NDArray[np.int8]  # (N, W) above the tonic, 0..11
    steps: NDArray[np.int8]  # (N, W) semitones from the note before
    detours: NDArray[np.int16]  # (N, W) another column from which the line may come to this one; -1: there is none
    is_natural: NDArray[np.bool_]  # (N, W) whether that other column is the top or the bottom of the turn
    is_principal: NDArray[np.bool_]  # (N, W)
    is_cell_up: NDArray[np.bool_]  # (N, W) whether a cell of the way up begins here
    tonics: NDArray[np.int8]  # (N,) the pitch classes of so many tonics in a row give different notes
    grams: NDArray[np.float32]  # (GRAMS, N) how telling two intervals are, in nats, if the turn has them; else 0
    moves: NDArray[np.bool_]  # (N, 12, 12) whether a note of this pitch class is left by this interval, modulo 12

    @classmethod
    def of(cls, patterns: Sequence[Pattern]) -> Self:
        """The table of one or more patterns."""
        turns = [_turn(pattern) for pattern in patterns]
        lengths = np.array([len(turn) for turn in turns], dtype=np.int16)
        count, width = len(turns), int(lengths.max())
        notes = np.zeros((count, width), dtype=np.int16)
        detours = np.full((count, width), -1, dtype=np.int16)
        natural, principal, cell_up = (np.zeros((count, width), dtype=np.bool_) for _ in range(3))
        for row, (pattern, turn) in enumerate(zip(patterns, turns, strict=True)):
            notes[row, : len(turn)] = turn
            parts, top, down = pattern.parts, pattern.top, len(pattern.descending or pattern.cell)
            for part in range(parts + 1):
                rising, falling = part * len(pattern.cell), (top + (parts - part) * down) % len(turn)
                principal[row, [rising, falling]] = True
                cell_up[row, rising] = part < parts
                if 0 < part < parts:  # the line may turn at every principal tone
                    detours[row, [rising + 1, (falling + 1) % len(turn)]] = falling, rising
            detours[row, [1, top + 1]] = top, 0  # and climb again at the top, or descend again at the bottom
            natural[row, [1, top + 1]] = True
        rows, columns = np.arange(count)[:, np.newaxis], np.arange(width)
        real = columns < lengths[:, np.newaxis]  # (N, W)

        def later(by: int) -> NDArray[np.int16]:
            moved: NDArray[np.int16] = notes[rows, (columns + by) % lengths[:, np.newaxis]]
            return moved

        classes = notes % 12
        moves = np.zeros((count, 12, 12), dtype=np.bool_)
        moves[np.broadcast_to(rows, real.shape)[real], classes[real], ((later(1) - notes) % 12)[real]] = True
        grams = np.zeros((GRAMS, count), dtype=np.float32)
        for kind, gram in enumerate(_grams(notes, later(1), later(2), later(3))):
            grams[144 * kind + gram[real], np.broadcast_to(rows, real.shape)[real]] = 1
        grams *= np.log((count + 1) / (grams.sum(1, keepdims=True) + 1)).clip(min=0.05)
        return cls(
            tuple(patterns),
            lengths,
            classes.astype(np.int8),
            (notes - later(-1)).astype(np.int8),
            detours,
            natural,
            principal,
            cell_up,
            np.array([_tonics(pattern) for pattern in patterns], dtype=np.int8),
            grams,
            moves,
        )


def gram_weights(notes: NDArray[np.int16]) -> NDArray[np.float32]:
    """How often each two intervals occur in a phrase ``notes`` (L,): (GRAMS,).

    A note that was left out, or one too many, makes two intervals of one kind look like another kind: so each counts
    half for the others.
    """
    ends = [notes[by : len(notes) - 3 + by] for by in range(4)]
    adjacent, first, second = (np.bincount(gram, minlength=144) for gram in _grams(*ends))
    last = notes[-3:]
    if len(last) == 3:  # the last two intervals
        adjacent[(last[1] - last[0]) % 12 * 12 + (last[2] - last[1]) % 12] += 1
    others = 0.5 * (first + second)
    return np.concatenate([adjacent + others, 0.5 * (adjacent + first), 0.5 * (adjacent + second)]).astype(np.float32)


def _grams(*four: NDArray[np.int16]) -> tuple[NDArray[np.int16], NDArray[np.int16], NDArray[np.int16]]:
    """The three kinds of two intervals at each of some notes. ``four``: the notes, and those one to three later."""
    a, b, c, d = four
    return (
        (b - a) % 12 * 12 + (c - b) % 12,
        (c - a) % 12 * 12 + (d - c) % 12,
        (b - a) % 12 * 12 + (d - b) % 12,
    )


def _turn(pattern: Pattern) -> list[int]:
    up = [principal + offset for principal, cell in pattern.ascent() for offset in cell]
    down = [principal + offset for principal, cell in pattern.descent() for offset in cell]
    return [*up, *down[:-1]]


def _tonics(pattern: Pattern) -> int:
    """A pattern moved by its interval has the same notes, and a symmetric one moved by two intervals."""
    return math.gcd(2 * pattern.interval if pattern.symmetric else pattern.interval, 12)
