"""Patterns as tensors.

    Pattern --Vocabulary.encode--> Codes --Vocabulary.one_hot--> (B, width), the encoder's input

A pattern is an interval, a cell (the number of added notes, and one offset for each slot), a symmetric flag, and in
some corpora a descending cell. Each is encoded as an index into a vocabulary, which is computed from the corpus.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from polate.theory.pattern import Pattern

__all__ = ["CellCodes", "Codes", "Vocabulary"]


@dataclass(frozen=True, slots=True)
class CellCodes:
    """A batch of cells as indices, all int64."""

    added: Tensor  # (B,) number of added notes
    offset: Tensor  # (B, slots) index into Vocabulary.offsets; -1 in empty slots

    def __getitem__(self, rows: Tensor) -> "CellCodes":
        return CellCodes(self.added[rows], self.offset[rows])

    @property
    def filled(self) -> Tensor:
        """Whether the slot has a note: (B, slots)."""
        return self.offset >= 0


@dataclass(frozen=True, slots=True)
class Codes:
    """A batch of patterns as indices, all int64."""

    interval: Tensor  # (B,) index into Vocabulary.intervals
    up: CellCodes
    symmetric: Tensor  # (B,) 0 or 1
    descends: Tensor  # (B,) 0 or 1: whether there is a descending cell
    down: CellCodes  # empty cells where there is none

    def __getitem__(self, rows: Tensor) -> "Codes":
        return Codes(self.interval[rows], self.up[rows], self.symmetric[rows], self.descends[rows], self.down[rows])

    def __len__(self) -> int:
        return len(self.interval)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The patterns that a model can represent: a set of intervals, a longest cell, and a range of offsets."""

    intervals: tuple[int, ...]  # semitones, rising
    slots: int  # the most notes a cell adds to its principal tone
    lowest_offset: int
    highest_offset: int
    rising: bool  # whether every cell rises inside its interval, as in octave scales
    descending: bool  # whether a pattern can have a descending cell
    symmetric: tuple[tuple[int, int], ...]  # each interval of symmetric patterns, and the most notes that they add

    @classmethod
    def of(cls, patterns: Sequence[Pattern]) -> Self:
        """The smallest vocabulary that holds the patterns."""
        cells = [(p.interval, cell) for p in patterns for cell in (p.cell, p.descending) if cell is not None]
        offsets = [offset for _, cell in cells for offset in cell]
        symmetric: dict[int, int] = {}
        for pattern in patterns:
            if pattern.symmetric:
                symmetric[pattern.interval] = max(len(pattern.cell) - 1, symmetric.get(pattern.interval, 0))
        return cls(
            intervals=tuple(sorted({pattern.interval for pattern in patterns})),
            slots=max(1, max(len(cell) for _, cell in cells) - 1),  # tensors without slots cannot be exported
            lowest_offset=min(offsets),
            highest_offset=max(*offsets, 1),  # one offset alone would leave no second choice
            rising=all(list(cell) == sorted(cell) and cell[-1] < interval <= 12 for interval, cell in cells),
            descending=any(pattern.descending is not None for pattern in patterns),
            symmetric=tuple(sorted(symmetric.items())),
        )

    @property
    def offsets(self) -> range:
        return range(self.lowest_offset, self.highest_offset + 1)

    @property
    def width(self) -> int:
        """The number of columns of `one_hot`."""
        cell = (self.slots + 1) + 1 + self.slots * len(self.offsets)
        return len(self.intervals) + cell * (1 + self.descending)

    def encode(self, patterns: Sequence[Pattern]) -> Codes:
        """Raises `ValueError` for a pattern outside the vocabulary."""
        return Codes(
            interval=_indices(self.intervals.index(pattern.interval) for pattern in patterns),
            up=self._cells([pattern.cell for pattern in patterns]),
            symmetric=_indices(pattern.symmetric for pattern in patterns),
            descends=_indices(pattern.descending is not None for pattern in patterns),
            down=self._cells([pattern.descending or (0,) for pattern in patterns]),
        )

    def _cells(self, cells: Sequence[tuple[int, ...]]) -> CellCodes:
        offsets = torch.full((len(cells), self.slots), -1)
        for row, cell in enumerate(cells):
            for slot, offset in enumerate(cell[1:]):
                offsets[row, slot] = self.offsets.index(offset)
        return CellCodes(_indices(len(cell) - 1 for cell in cells), offsets)

    def one_hot(self, codes: Codes) -> Tensor:
        """The input of the encoder network: (B, width) float32.

        The columns are interval, size, symmetric, and offsets slot by slot (all zeros in an empty slot). A vocabulary
        with descending cells adds size, descends, and offsets of the descending cell.
        """
        columns = [one_hot(codes.interval, len(self.intervals)), *self._cell_columns(codes.up, codes.symmetric)]
        if self.descending:
            columns += self._cell_columns(codes.down, codes.descends)
        return torch.cat(columns, dim=1).float()

    def _cell_columns(self, cell: CellCodes, flag: Tensor) -> list[Tensor]:
        offset = one_hot(cell.offset + 1, len(self.offsets) + 1)[..., 1:]  # (B, slots, offsets)
        return [one_hot(cell.added, self.slots + 1), flag[:, None], offset.flatten(1)]


def _indices(values: Iterable[int]) -> Tensor:
    return torch.tensor(list(values), dtype=torch.int64)  # also for an empty batch
