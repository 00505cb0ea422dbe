"""From costs to a pattern that is legal, whatever the decoder says: the part of the graph that knows the rules.

    Costs -> interval, size -> cell, slot by slot -> symmetric -> Assembled

Slot by slot, what an earlier note forbids costs so much that nothing likelier can win: `HARD`. What an earlier note
is *about to* forbid costs a little, the more the nearer it is to going there: so a note makes way before another
arrives, and a turn of a knob changes one parameter at a time. Without that a sweep of 128 steps changes one in 78 % of
its changes, with it in 93 %. Table look-ups, sums and the least of a row, no control flow: any ONNX runtime has them.
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

LIMIT = 1e4  # costs are held within it
HARD = 1e6  # above every sum of what else there is to pay
SOFT = 3.0  # semitones of detour: what it costs to stand where another note stands or is about to go
MARGIN = 1.0  # semitones: a note is about to go where it would cost less than this more


class CellCosts(NamedTuple):
    """How far each choice is from the place that the decoder gives the parameter: the nearest is taken."""

    size: Tensor  # (B, slots + 1) notes, for 0 .. slots added ones
    offset: Tensor  # (B, slots * offsets) semitones, slot by slot
    precision: Tensor  # (1 + slots,) nats a note, and nats a semitone in each slot


class Costs(NamedTuple):
    """What the decoder says before the rules have their say."""

    interval: Tensor  # (B, intervals) semitones
    up: CellCosts
    symmetric: Tensor  # (B, 1) above 0 is yes
    down: CellCosts | None  # of the descending cell; None in a vocabulary that has none
    descends: Tensor | None  # (B,) above 0 is yes: the way down has a cell of its own
    precision: Tensor  # () nats a semitone of the interval


class Assembled(NamedTuple):
    """Legal patterns, int64; and what each choice costs, the rules included, float32."""

    interval: Tensor  # (B,) semitones
    size: Tensor  # (B,) notes in the cell, the principal tone included
    symmetric: Tensor  # (B,) 0 or 1
    cell: Tensor  # (B, slots + 1) semitones, 0 past the cell's end
    descending_size: Tensor  # (B,) 0 where the way down is the way up reversed
    descending: Tensor  # (B, slots + 1)
    interval_cost: Tensor  # (B, intervals)
    size_cost: Tensor  # (B, slots + 1)
    offset_cost: Tensor  # (B, slots, offsets), the earlier notes being what they are; past the cell's end too

    def patterns(self) -> list[Pattern]:
        rows = zip(*(tensor.tolist() for tensor in self[:6]), strict=True)
        return [
            Pattern(interval, tuple(cell[:size]), bool(symmetric), tuple(down[:down_size]) if down_size else None)
            for interval, size, symmetric, cell, down_size, down in rows
        ]


class Chosen(NamedTuple):
    """A cell, note by note."""

    added: Tensor  # (B,) how many notes
    size_cost: Tensor  # (B, slots + 1) of each number of added notes
    place: Tensor  # (B, slots) where the notes stand in `Assemble.notes`
    note: Tensor  # (B, slots) semitones, 0 past the cell's end
    cost: Tensor  # (B, slots, offsets) of each offset, the earlier notes being what they are


class Assemble(nn.Module):
    """Costs -> the likeliest legal pattern.

    onnxruntime pays for each operation, some microseconds with cold caches, whatever it computes: so what can be looked
    up is looked up, in tables that are made once.
    """

    intervals: Tensor  # (intervals,) semitones
    offsets: Tensor  # (offsets,) semitones
    barred: Tensor  # (intervals, offsets) `HARD` where no note may stand
    next_principal: Tensor  # (intervals, offsets) of `SOFT` at the next principal tone, a share a semitone of nearness
    taken: Tensor  # (offsets, offsets) `HARD` where a note in the row's place forbids the column's to the later ones
    clash: Tensor  # (offsets, offsets) of `SOFT` there, a share a semitone of nearness
    beyond: Tensor  # (intervals * (slots + 1), slots, offsets) 1 where no room would be left for the notes to come
    too_many: Tensor  # (intervals, slots + 1) 1 where there are not so many places
    first_place: Tensor  # (slots + 1, slots) for so many added notes, where each slot's offsets begin in the next two
    notes: Tensor  # (places,) semitones, 0 past the cell's end
    keys: Tensor  # (places,) what of it counts in the key of a pattern: see `_key`
    interval_keys: Tensor  # (intervals, 1) likewise
    symmetric_keys: Tensor  # of all symmetric patterns that the vocabulary can say

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
        room = (added - 1 - slot).clamp(min=0)[..., None]  # (slots + 1, slots, 1) notes still to come after this one
        end = interval.clamp(max=offsets[-1] + 1)  # (intervals, 1) a rising cell stays below
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
            # A nearness counts from -MARGIN: what it is short of 0 is paid here.
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
        """The cell on an interval, note by note; where training gives the notes in ``codes``, what they cost."""
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
        """One number for a rising cell and its interval, which no other has."""
        codes = vocabulary.encode([pattern])
        place = self.first_place[codes.up.added] + codes.up.offset.clamp(min=0)  # (1, slots)
        return int(self.keys[place].sum() + self.interval_keys[codes.interval].sum())


def nearness(cost: Tensor) -> Tensor:
    """How near each choice is to being the one taken: (B, N) -> (B, N) semitones, 0 where it is, `-MARGIN` where it is
    that far away or farther.

    Continuous in the costs, so that a note that is pushed aside pushes the next one aside before it moves.
    """
    return (cost.amin(1, keepdim=True) - cost).clamp(min=-MARGIN)


def _symmetric(vocabulary: Vocabulary) -> Iterator[Pattern]:
    """All symmetric patterns on the intervals that the corpus has them on, of at most as many notes."""
    for interval, most in vocabulary.symmetric:
        inside = range(max(1, vocabulary.lowest_offset), min(interval - 1, vocabulary.highest_offset) + 1)
        for count in range(1, most + 1):
            for added in combinations(inside, count):
                try:
                    yield Pattern(interval, (0, *added), symmetric=True)
                except PatternError:  # its own mirror, or past the octave a pitch class twice
                    continue
