"""From costs to a legal pattern: the part of the graph that contains the rules.

    Costs -> interval, size -> cell, slot by slot -> symmetric -> Assembled

The slots are filled one after the other. An offset that an earlier note forbids has the cost `HARD`, so it is never
chosen. An offset that an earlier note is *about to* forbid has a small extra cost, which rises as that note comes
nearer to moving there. So a note makes way before another arrives, and a turn of a knob changes one parameter at a
time: without this cost, 78 % of the changes in a sweep of 128 steps change one parameter; with it, 93 %.

The graph consists of table look-ups, sums and argmins, without control flow. Any ONNX runtime has these.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding, pad

from polate.errors import PatternError
from polate.theory.pattern import HIGHEST_OFFSET, LONGEST_CELL, Pattern
from polate_training.encoding import CellCodes, Vocabulary

__all__ = ["Assemble", "Assembled", "CellCosts", "Chosen", "Costs"]

LIMIT = 1e4  # costs are clamped to -LIMIT..LIMIT
HARD = 1e6  # larger than every sum of other costs
SOFT = 3.0  # semitones of detour: the extra cost of a place that another note has or is about to take
MARGIN = 1.0  # semitones: a note is about to move where its cost would be less than this higher


class CellCosts(NamedTuple):
    """The distance of each choice from the place that the decoder gives to the parameter. The nearest is chosen."""

    size: Tensor  # (B, slots + 1) notes, for 0 .. slots added notes
    offset: Tensor  # (B, slots * offsets) semitones, slot by slot
    precision: Tensor  # (1 + slots,) nats a note for the size, and nats a semitone in each slot


class Costs(NamedTuple):
    """The output of the decoder, before the rules are applied."""

    interval: Tensor  # (B, intervals) semitones
    up: CellCosts
    symmetric: Tensor  # (B, 1) yes if above 0
    down: CellCosts | None  # of the descending cell; None if the vocabulary has none
    descends: Tensor | None  # (B,) yes if above 0: the way down has a cell of its own
    precision: Tensor  # () nats a semitone, of the interval


class Assembled(NamedTuple):
    """Legal patterns, int64, and the cost of each choice with the rules applied, float32."""

    interval: Tensor  # (B,) semitones
    size: Tensor  # (B,) notes in the cell, with the principal tone
    symmetric: Tensor  # (B,) 0 or 1
    cell: Tensor  # (B, slots + 1) semitones, 0 past the cell's end
    descending_size: Tensor  # (B,) 0 if the way down is the way up reversed
    descending: Tensor  # (B, slots + 1)
    interval_cost: Tensor  # (B, intervals)
    size_cost: Tensor  # (B, slots + 1)
    offset_cost: Tensor  # (B, slots, offsets), given the earlier notes; also past the cell's end

    def patterns(self) -> list[Pattern]:
        rows = zip(*(tensor.tolist() for tensor in self[:6]), strict=True)
        return [
            Pattern(interval, tuple(cell[:size]), bool(symmetric), tuple(down[:down_size]) if down_size else None)
            for interval, size, symmetric, cell, down_size, down in rows
        ]


class Chosen(NamedTuple):
    """A chosen cell, note by note."""

    added: Tensor  # (B,) number of added notes
    size_cost: Tensor  # (B, slots + 1) the cost of each number of added notes
    place: Tensor  # (B, slots) index of each note in `Assemble.notes`
    note: Tensor  # (B, slots) semitones, 0 past the cell's end
    cost: Tensor  # (B, slots, offsets) the cost of each offset, given the earlier notes


class Assemble(nn.Module):
    """Costs -> the most likely legal pattern.

    In onnxruntime each operation takes some microseconds with cold caches, whatever it computes. So this module looks
    values up, where it can, in tables that are made once.
    """

    intervals: Tensor  # (intervals,) semitones
    offsets: Tensor  # (offsets,) semitones
    barred: Tensor  # (intervals, offsets) `HARD` where no note is allowed
    next_principal: Tensor  # (intervals, offsets) at the next principal tone, `SOFT` a semitone of nearness
    taken: Tensor  # (offsets, offsets) `HARD` where a note at the row forbids the column to later notes
    clash: Tensor  # (offsets, offsets) there, `SOFT` a semitone of nearness
    beyond: Tensor  # (intervals * (slots + 1), slots, offsets) `HARD` where later notes would have no room
    too_many: Tensor  # (intervals, slots + 1) `HARD` where there are fewer places than notes
    first_place: Tensor  # (slots + 1, slots) by added notes: where each slot's offsets begin in `notes` and `keys`
    notes: Tensor  # (places,) semitones, 0 past the cell's end
    keys: Tensor  # (places,) what each adds to the key of a pattern, see `_key`
    interval_keys: Tensor  # (intervals, 1) what each adds to that key
    symmetric_keys: Tensor  # (symmetric patterns,) the keys of all that the vocabulary has

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        self.slots, self.rising, self.descending = vocabulary.slots, vocabulary.rising, vocabulary.descending
        intervals, offsets = vocabulary.intervals, list(vocabulary.offsets)
        interval, offset = torch.tensor(intervals)[:, None], torch.tensor(offsets)  # (intervals, 1), (offsets,)
        barred = (offset % 12 == 0) | (offset == interval)
        clash = offset[:, None] % 12 == offset % 12
        if self.rising:
            barred |= (offset < 0) | (offset > interval)
            clash = offset <= offset[:, None]
        added, slot = torch.arange(self.slots + 1)[:, None], torch.arange(self.slots)  # (slots + 1, 1), (slots,)
        room = (added - 1 - slot).clamp(min=0)[..., None]  # (slots + 1, slots, 1) number of notes after this one
        end = interval.clamp(max=offsets[-1] + 1)  # (intervals, 1) upper limit of a rising cell
        beyond = offset >= end[..., None, None] - room  # (intervals, slots + 1, slots, offsets)
        places = [len({x % 12 for x, bar in zip(offsets, row, strict=True) if not bar}) for row in barred.tolist()]
        self.cramped = min(places) < self.slots
        next_principal = (offset == interval).float()
        filled = slot < added  # (slots + 1, slots)
        notes = (filled[..., None] * offset).flatten()  # (places,)
        digits = LONGEST_CELL * (HIGHEST_OFFSET + 1) ** slot
        keys = filled[..., None] * offset.clamp(min=0) * digits[:, None]
        keys[:, 0] += added
        for name, buffer in {
            "intervals": torch.tensor(intervals),
            "offsets": offset,
            # A nearness is -MARGIN..0. These SOFTs shift its cost to 0..SOFT.
            "barred": HARD * barred.float() + SOFT * next_principal.sum(0),
            "next_principal": SOFT / MARGIN * next_principal,
            "taken": HARD * clash.float() + SOFT * clash.float().sum(0),
            "clash": SOFT / MARGIN * clash.float(),
            "beyond": HARD * beyond.flatten(2).flatten(0, 1).float(),
            "too_many": HARD * (torch.arange(self.slots + 1) > torch.tensor(places)[:, None]).float(),
            "first_place": torch.arange(len(notes))[:: len(offsets)].view(self.slots + 1, self.slots),
            "notes": notes,
            "keys": keys.flatten(),
            "interval_keys": LONGEST_CELL * (HIGHEST_OFFSET + 1) ** self.slots * torch.arange(len(intervals))[:, None],
        }.items():
            self.register_buffer(name, buffer, persistent=False)
        symmetric = [self._key(pattern, vocabulary) for pattern in _symmetric(vocabulary)]
        self.register_buffer("symmetric_keys", torch.tensor(symmetric, dtype=torch.long), persistent=False)

    def forward(self, costs: Costs) -> Assembled:
        interval_cost = costs.interval.clamp(-LIMIT, LIMIT)
        interval_index = interval_cost.argmin(1)
        up = self.choose(costs.up, interval_cost, interval_index)
        symmetric = torch.zeros_like(up.added, dtype=torch.bool)
        if len(self.symmetric_keys):
            key = self.keys[up.place].sum(1, keepdim=True) + embedding(interval_index, self.interval_keys)
            symmetric = torch.where(key == self.symmetric_keys, costs.symmetric, -1.0).amax(1) > 0
        cell = pad(up.note, (1, 0))
        descending_size, descending = torch.zeros_like(up.added), torch.zeros_like(cell)
        if costs.down is not None and costs.descends is not None:
            down = self.choose(costs.down, interval_cost, interval_index)
            differs = (down.note != up.note).any(1) | (down.added != up.added)
            descends = ((costs.descends > 0) & differs & ~symmetric).long()
            descending_size, descending = (down.added + 1) * descends, pad(down.note * descends[:, None], (1, 0))
        return Assembled(
            interval=self.intervals.index_select(0, interval_index),
            size=up.added + 1,
            symmetric=symmetric.long(),
            cell=cell,
            descending_size=descending_size,
            descending=descending,
            interval_cost=interval_cost,
            size_cost=up.size_cost,
            offset_cost=up.cost,
        )

    def choose(
        self, costs: CellCosts, interval_cost: Tensor, interval_index: Tensor, codes: CellCodes | None = None
    ) -> Chosen:
        """The cell on an interval, note by note. In training ``codes`` gives the notes, and only the costs are used."""
        sizes = costs.size
        if self.cramped:
            sizes = sizes.clamp(-LIMIT, LIMIT) + embedding(interval_index, self.too_many)
        added = sizes.argmin(1) if codes is None else codes.added
        wished = costs.offset.clamp(-LIMIT, LIMIT)  # (B, slots * offsets)
        if self.rising:
            wished = wished + self.beyond[interval_index * (self.slots + 1) + added]
        load = torch.addmm(embedding(interval_index, self.barred), nearness(interval_cost), self.next_principal)
        each = []
        for slot, wish in enumerate(wished.chunk(self.slots, 1)):
            each.append(wish + load)  # (B, offsets)
            if slot + 1 < self.slots:
                index = each[-1].argmin(1) if codes is None else codes.offset[:, slot].clamp(min=0)
                load = torch.addmm(load + embedding(index, self.taken), nearness(each[-1]), self.clash)
        cost = torch.cat(each, 1).view(-1, self.slots, len(self.offsets))
        place = embedding(added, self.first_place) + cost.argmin(2)
        return Chosen(added, sizes, place, self.notes[place], cost)

    def _key(self, pattern: Pattern, vocabulary: Vocabulary) -> int:
        """A number that identifies a rising cell and its interval."""
        codes = vocabulary.encode([pattern])
        place = self.first_place[codes.up.added] + codes.up.offset.clamp(min=0)  # (1, slots)
        return int(self.keys[place].sum() + self.interval_keys[codes.interval].sum())


def nearness(cost: Tensor) -> Tensor:
    """How near each choice is to being chosen: costs (B, N) -> (B, N) semitones.

    0 for the choice with the smallest cost, `-MARGIN` for one whose cost is that much higher or more. It is continuous
    in the costs, so a note that is pushed aside pushes the next one aside before it moves.
    """
    return (cost.amin(1, keepdim=True) - cost).clamp(min=-MARGIN)


def _symmetric(vocabulary: Vocabulary) -> Iterator[Pattern]:
    """All symmetric patterns on the intervals on which the corpus has some, up to its number of notes there."""
    for interval, most in vocabulary.symmetric:
        inside = range(max(1, vocabulary.lowest_offset), min(interval - 1, vocabulary.highest_offset) + 1)
        for count in range(1, most + 1):
            for added in combinations(inside, count):
                try:
                    yield Pattern(interval, (0, *added), symmetric=True)
                except PatternError:  # its own mirror, or a pitch class twice
                    continue
