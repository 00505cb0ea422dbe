"""Patterns as tensors, and back.

A pattern is four things, each an index into a vocabulary that the corpus itself gives: the interval, the number
of notes in the cell, whether it is symmetric, and one offset for each slot after the principal tone's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from polate.pattern import Pattern

__all__ = ["Codes", "Vocabulary"]


@dataclass(frozen=True, slots=True)
class Codes:
    """A batch of patterns as indices, all int64."""

    interval: Tensor  # (B,) index into Vocabulary.intervals
    added: Tensor  # (B,) how many notes are added to the principal tone
    symmetric: Tensor  # (B,) 0 or 1
    offset: Tensor  # (B, slots) index into Vocabulary.offsets; -1 in the slots past `added`

    def __getitem__(self, rows: Tensor) -> "Codes":
        return Codes(self.interval[rows], self.added[rows], self.symmetric[rows], self.offset[rows])

    def __len__(self) -> int:
        return len(self.interval)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the model can say: rising intervals, a longest cell, and a run of offsets without a gap."""

    intervals: tuple[int, ...]  # semitones
    slots: int  # the most notes a cell adds to its principal tone
    lowest_offset: int
    highest_offset: int

    @classmethod
    def of(cls, patterns: Sequence[Pattern]) -> Self:
        """The smallest vocabulary that holds the patterns."""
        offsets = [offset for pattern in patterns for offset in pattern.cell]
        return cls(
            intervals=tuple(sorted({pattern.interval for pattern in patterns})),
            slots=max(len(pattern.cell) for pattern in patterns) - 1,
            lowest_offset=min(offsets),
            highest_offset=max(offsets),
        )

    @property
    def offsets(self) -> range:
        return range(self.lowest_offset, self.highest_offset + 1)

    @property
    def width(self) -> int:
        """Length of `one_hot`: intervals, sizes, the symmetric flag, offsets of every slot."""
        return len(self.intervals) + self.slots + 1 + 1 + self.slots * len(self.offsets)

    def encode(self, patterns: Sequence[Pattern]) -> Codes:
        """Raises `ValueError` for a pattern outside the vocabulary."""
        offsets = torch.full((len(patterns), self.slots), -1)
        for row, pattern in enumerate(patterns):
            for slot, offset in enumerate(pattern.cell[1:]):
                offsets[row, slot] = self.offsets.index(offset)
        return Codes(
            interval=torch.tensor([self.intervals.index(pattern.interval) for pattern in patterns]),
            added=torch.tensor([len(pattern.cell) - 1 for pattern in patterns]),
            symmetric=torch.tensor([int(pattern.symmetric) for pattern in patterns]),
            offset=offsets,
        )

    def one_hot(self, codes: Codes) -> Tensor:
        """What the encoder network reads: (B, width) float32; an empty slot is all zeros."""
        offset = one_hot(codes.offset + 1, len(self.offsets) + 1)[..., 1:]  # (B, slots, offsets)
        return torch.cat(
            [
                one_hot(codes.interval, len(self.intervals)),
                one_hot(codes.added, self.slots + 1),
                codes.symmetric[:, None],
                offset.flatten(1),
            ],
            dim=1,
        ).float()
