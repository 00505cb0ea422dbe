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
from polate.pattern import HIGHEST_OFFSET, LONGEST_CELL, Pattern
from polate_training.encoding import CellCodes, Vocabulary

__all__ = ["Assemble", "Assembled", "CellCosts", "Chosen", "Costs"]

LIMIT = 1e4  # costs are held within it
HARD = 1e6  # above every sum of what else there is to pay
SOFT = 3.0  # semitones of detour: what it costs to stand where another note stands or is about to go
MARGIN = 1.0  # semitones: a note is about to go where it would cost less than this more


class CellCosts(NamedTuple):
    """How far each choice is from the place that the decoder gives the parameter: the nearest is taken."""

    size: Tensor  # (B, slots + 1) notes, for 0 .. slots added ones
    offset: Tensor  # (B, slots, offsets) semitones
    precision: Tensor  # (1 + slots,) nats a note, and nats a semitone in each slot


class Costs(NamedTuple):
    """What the decoder says before the rules have their say."""

    interval: Tensor  # (B, intervals) semitones
    up: CellCosts
    symmetric: Tensor  # (B,) above 0 is yes
    down: CellCosts | None  # of the descending cell; None in a vocabulary that has none
    descends: Tensor | None  # (B,) above 0 is yes: the way down has a cell of its own
    precision: Tensor  # () nats a semitone of the interval


class Assembled(NamedTuple):
    """Legal patterns; all int64 but the last."""

    interval: Tensor  # (B,) semitones
    size: Tensor  # (B,) notes in the cell, the principal tone included
    symmetric: Tensor  # (B,) 0 or 1
    cell: Tensor  # (B, slots + 1) semitones, 0 past the cell's end
    descending_size: Tensor  # (B,) 0 where the way down is the way up reversed
    descending: Tensor  # (B, slots + 1)
    runner_up: Tensor  # (B, slots) semitones: the second choice for each slot (see `Chosen`), 0 past the cell's end
    confidence: Tensor  # (B,) float32, the probability of interval, size and cell

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
    note: Tensor  # (B, slots) semitones, 0 past the cell's end
    runner_up: Tensor  # (B, slots) the next best after the same earlier notes; the note itself where no other may be
    cost: Tensor  # (B, slots, offsets) of each offset, the earlier notes being what they are


class Assemble(nn.Module):
    """Costs -> the likeliest legal pattern, its probability and each slot's second choice."""

    intervals: Tensor  # (intervals,) semitones
    offsets: Tensor  # (offsets,) semitones
    barred: Tensor  # (intervals, offsets) 1 where no note may stand
    next_principal: Tensor  # (intervals, offsets) 1 at the next principal tone
    clash: Tensor  # (offsets, offsets) 1 where a note in the row's place forbids the column's to the later ones
    beyond: Tensor  # (intervals * (slots + 1), slots, offsets) 1 where no room would be left for the notes to come
    too_many: Tensor  # (intervals, slots + 1) 1 where there are not so many places
    symmetric_keys: Tensor  # of all symmetric patterns that the vocabulary can say: see `_key`
    digits: Tensor  # (slots + 2,) what each number of that key counts

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
        digits = (HIGHEST_OFFSET + 1) ** torch.arange(self.slots + 1)
        for name, buffer in {
            "intervals": torch.tensor(intervals),
            "offsets": offset,
            "barred": barred.float(),
            "next_principal": (offset == interval).float(),
            "clash": clash.float(),
            "beyond": beyond.flatten(0, 1).float(),
            "too_many": (torch.arange(self.slots + 1) > torch.tensor(places)[:, None]).float(),
            "digits": torch.cat([digits, LONGEST_CELL * digits[-1:]]),
        }.items():
            self.register_buffer(name, buffer, persistent=False)
        symmetric = list(_symmetric(vocabulary))
        notes = torch.tensor([[*p.cell[1:], *[0] * self.slots][: self.slots] for p in symmetric])
        keys = self._key(
            notes.view(-1, self.slots),
            torch.tensor([len(p.cell) - 1 for p in symmetric]),
            torch.tensor([intervals.index(p.interval) for p in symmetric]),
        )
        self.register_buffer("symmetric_keys", keys, persistent=False)

    def forward(self, costs: Costs) -> Assembled:
        interval_cost = costs.interval.clamp(-LIMIT, LIMIT)
        interval_index = interval_cost.argmin(1)
        up = self.choose(costs.up, interval_cost, interval_index)
        key = self._key(up.note, up.added, interval_index)
        symmetric = costs.symmetric > 0
        symmetric &= (key[:, None] == self.symmetric_keys).any(1) if len(self.symmetric_keys) else False
        cell = pad(up.note, (1, 0))
        descending_size, descending = torch.zeros_like(up.added), torch.zeros_like(cell)
        if costs.down is not None and costs.descends is not None:
            down = self.choose(costs.down, interval_cost, interval_index)
            differs = (down.note != up.note).any(1) | (down.added != up.added)
            descends = ((costs.descends > 0) & differs & ~symmetric).long()
            descending_size, descending = (down.added + 1) * descends, pad(down.note * descends[:, None], (1, 0))
        return Assembled(
            interval=embedding(interval_index, self.intervals[:, None])[:, 0],
            size=up.added + 1,
            symmetric=symmetric.long(),
            cell=cell,
            descending_size=descending_size,
            descending=descending,
            runner_up=up.runner_up,
            confidence=self._confidence(costs, up),
        )

    def choose(
        self, costs: CellCosts, interval_cost: Tensor, interval_index: Tensor, codes: CellCodes | None = None
    ) -> Chosen:
        """The cell on an interval, note by note; where training gives the notes in ``codes``, what they cost."""
        sizes = costs.size
        if self.cramped:
            sizes = sizes.clamp(-LIMIT, LIMIT) + HARD * embedding(interval_index, self.too_many)
        added = sizes.argmin(1) if codes is None else codes.added
        wished = costs.offset.clamp(-LIMIT, LIMIT)  # (B, slots, offsets)
        if self.rising:
            wished = wished + HARD * self.beyond[interval_index * (self.slots + 1) + added]
        load = embedding(interval_index, HARD * self.barred)
        load = torch.addmm(load, about_to(interval_cost), SOFT / MARGIN * self.next_principal)
        filled = self._filled(added)
        costs_of_all, costs_of_two, two = [], [], []
        for slot in range(self.slots):
            cost = wished[:, slot] + load
            least, order = cost.topk(2, largest=False)  # (B, 2) each
            costs_of_all.append(cost)
            costs_of_two.append(least)
            two.append(order)
            if slot + 1 < self.slots:
                taken = order[:, 0] if codes is None else codes.offset[:, slot].clamp(min=0)
                load = load + embedding(taken, HARD * self.clash)
                load = torch.addmm(load, about_to(cost), SOFT / MARGIN * self.clash)
        notes, seconds = (self.offsets.take(torch.cat(two, 1)).view(-1, self.slots, 2) * filled[..., None]).unbind(2)
        legal = torch.cat(costs_of_two, 1).view(-1, self.slots, 2)[..., 1] < HARD / 2
        cost = torch.cat(costs_of_all, 1).view(-1, self.slots, len(self.offsets))
        return Chosen(added, sizes, notes, torch.where(legal, seconds, notes), cost)

    def _filled(self, added: Tensor) -> Tensor:
        """(B,) -> (B, slots): whether there is a note in the slot."""
        return torch.arange(self.slots) < added[:, None]

    def _key(self, notes: Tensor, added: Tensor, interval_index: Tensor) -> Tensor:
        """One number for a rising cell, its size and its interval: (B,) int64, which no other cell has."""
        cell = (notes.clamp(min=0) * self.digits[: self.slots]).sum(1)
        return cell + added * self.digits[self.slots] + interval_index * self.digits[self.slots + 1]

    def _confidence(self, costs: Costs, up: Chosen) -> Tensor:
        interval = -costs.precision * costs.interval
        size = -costs.up.precision[0] * up.size_cost
        notes = -costs.up.precision[1:, None] * up.cost
        nats = (notes.log_softmax(2).amax(2) * self._filled(up.added)).sum(1)
        return (nats + interval.log_softmax(1).amax(1) + size.log_softmax(1).amax(1)).exp()


def about_to(cost: Tensor) -> Tensor:
    """How near each choice is to being the one taken: (B, N) -> (B, N), `MARGIN` where it is, 0 where it is that far.

    Continuous in the costs, so that a note that is pushed aside pushes the next one aside before it moves.
    """
    return (cost.amin(1, keepdim=True) + MARGIN - cost).relu()


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
