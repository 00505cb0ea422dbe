"""The decoder: a *frame* that gives every parameter of a pattern a place on a line.

    z -> places of interval, size, and each note of the cell -> Costs: the distance of each choice from its place

There are two frames. In `PatternDecoder` the notes of a cell may be anywhere round their principal tone, and the place
of a note is a linear sum over the axes. In `ScaleDecoder` the notes rise from one principal tone to the next. Its axes
move notes by the sine waves by which a scale departs from the mean scale of its size: all notes higher; lower notes
higher and upper notes lower; and so on. The last axes share the higher waves, so that none of them moves nothing.
Interval and size each climb a ladder on an axis of their own. So a knob moves notes evenly, and the patterns on the way
between two are those that lie between them.
"""

from math import sqrt

import torch
from torch import Tensor, nn

from polate_training.assemble import CellCosts, Costs
from polate_training.attributes import DENSITY, INTERVAL, PATTERN_AXES, SCALE_AXES, Axis, level_scores
from polate_training.encoding import CellCodes, Codes, Vocabulary

__all__ = ["Decoder", "PatternDecoder", "ScaleDecoder", "decoder_for"]

# The places of the sizes on their axis use the counts to this power, and are shifted down a little. So the few cells of
# one note and of two notes also have room on the knob, and draws are a little denser than the corpus.
_TEMPER, _DENSER = 0.8, 0.075

# How many semitones one unit of an axis moves the first, the second, the third and each later added note, before
# training; `None` for a note that the axis never moves.
_START = {
    "interval": (None, None, 0.0, 0.0),
    "register": (4.5, 4.5, None, None),
    "direction": (-4.0, 4.0, None, None),
    "third note": (None, None, 5.0, 4.0),
}
# The same for axes that are set by hand and not learned. A pattern has fewer parameters than the map has axes, and if
# the free axes are learned they carry nothing (0.01 nats). So each moves single notes: enough for eight patterns in a
# turn of the knob, and no more, because they blur register and direction. A denser cell is also a closer one.
_FIXED = {
    "density": (0.0, 0.0, -0.9, -2.2),
    "first note": (0.95, 0.0, 0.0, 0.0),
    "second note": (0.0, 1.4, 0.0, 0.0),
    "fan": (-0.42, 0.42, 1.1, 2.5),
}

# How five axes share the five waves from the third on. If each had one, a turn of the third would meet twice as many
# scales as a turn of the seventh, which moves nothing in a scale of seven notes. The columns are orthogonal and of
# length 1, so a normal distribution of the axes gives the same places as one of the waves. Even waves are mixed with
# even ones, and odd with odd: so the two notes of a pair, counted from the two ends of a scale, move the same way, or
# opposite ways.
_SHARES = (  # middle, span, outer, gap, inner
    (sqrt(2 / 3), 0.0, -sqrt(1 / 6), 0.0, -sqrt(1 / 6)),  # third wave
    (0.0, -sqrt(3 / 4), 0.0, sqrt(1 / 4), 0.0),  # fourth
    (0.0, 0.0, sqrt(1 / 2), 0.0, -sqrt(1 / 2)),  # fifth
    (0.0, -sqrt(1 / 4), 0.0, -sqrt(3 / 4), 0.0),  # sixth
    (-sqrt(1 / 3), 0.0, -sqrt(1 / 3), 0.0, -sqrt(1 / 3)),  # seventh
)


class Decoder(nn.Module):
    """The common part of both frames: the ladders, the symmetric flag, the descending cell."""

    intervals: Tensor  # (intervals,) semitones
    sizes: Tensor  # (slots + 1,) notes
    offsets: Tensor  # (offsets,) semitones
    interval_rungs: Tensor  # (intervals,) the middle of each interval on its axis
    size_rungs: Tensor  # (slots + 1,) the middle of each size on its axis
    on_axis: Tensor  # (latent, latent) the unit matrix

    def __init__(self, vocabulary: Vocabulary, axes: tuple[Axis, ...]) -> None:
        super().__init__()
        self.axes, latent = axes, len(axes)
        self.log_precision = nn.Parameter(torch.zeros(2 + vocabulary.slots))  # nats: interval, size, each offset
        few = nn.Linear(32, 1)
        nn.init.constant_(few.bias, -4)  # because symmetric patterns are few
        self.symmetric = nn.Sequential(nn.Linear(latent, 32), nn.ReLU(), few)
        self.descent = Descent(vocabulary, latent) if vocabulary.descending else None
        for name, buffer in {
            "intervals": torch.tensor(vocabulary.intervals).float(),
            "sizes": torch.arange(vocabulary.slots + 1).float(),
            "offsets": torch.tensor(list(vocabulary.offsets)).float(),
            "interval_rungs": torch.zeros(len(vocabulary.intervals)),
            "size_rungs": torch.zeros(vocabulary.slots + 1),
            "on_axis": torch.eye(latent),
        }.items():
            self.register_buffer(name, buffer)

    @torch.no_grad()
    def settle(self, codes: Codes, spread: float) -> None:
        """Set the rungs to the normal scores of the corpus, on axes of deviation ``spread``, before training."""
        intervals = codes.interval.bincount(minlength=len(self.intervals))
        sizes = codes.up.added.bincount(minlength=len(self.sizes)) ** _TEMPER
        self.interval_rungs.copy_(spread * level_scores(intervals))
        self.size_rungs.copy_(spread * (level_scores(sizes) - _DENSER))

    def forward(self, z: Tensor, codes: Codes | None = None) -> Costs:
        """(B, latent) -> Costs. The places of a scale's notes depend on its size, which ``codes`` gives in training."""
        interval, size = self._ladders(z)
        added = size.argmin(1) if codes is None else codes.up.added
        precision = self.log_precision.exp()
        down, descends = None, None
        if self.descent is not None:
            descends, sizes, departure = self.descent(z)
            places = self.mean_places(sizes.argmin(1) if codes is None else codes.down.added) + departure
            down = CellCosts(sizes, self._from_places(places), self.descent.log_precision.exp())
        return Costs(
            interval=interval,
            up=CellCosts(size, self.distances(z, added), precision[1:]),
            symmetric=self.symmetric(z),
            down=down,
            descends=descends,
            precision=precision[0],
        )

    def _ladders(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """The distance of the two axes from each interval and each size: (B, latent) -> (B, intervals), (B, sizes).

        At rung i an axis has value i. It rises linearly between rungs, and is constant outside. A single value has no
        axis, and distance 0. Both ladders are computed in two matrix products, because each operation takes time in
        onnxruntime.
        """
        ladders = ((INTERVAL, self.interval_rungs, self.intervals), (DENSITY, self.size_rungs, self.sizes))
        below, climb, rises = [], [], []
        for axis, rungs, values in ladders:
            width = rungs[1:] - rungs[:-1]
            below.append(-rungs[:-1] / width)
            climb.append(self.on_axis[:, [self.axes.index(axis)] if axis in self.axes else []] / width)
            rises.append((values[1:] - values[:-1])[:, None].expand(-1, len(values)))
        way = torch.addmm(torch.cat(below), z, torch.cat(climb, 1)).clamp(0, 1)  # (B, intervals - 1 + sizes - 1)
        start = torch.cat([values[0] - values for _, _, values in ladders])
        away = torch.addmm(start, way, torch.block_diag(*rises)).abs()  # type: ignore[no-untyped-call]
        interval, size = away.split_with_sizes([len(self.intervals), len(self.sizes)], 1)
        return interval, size

    def _from_places(self, places: Tensor) -> Tensor:
        """The distance of places (B, slots), in semitones, from each offset: (B, slots * offsets)."""
        return (places[..., None] - self.offsets).abs().flatten(1)

    def distances(self, z: Tensor, added: Tensor) -> Tensor:
        """The distance of each note's place from each offset: (B, latent), (B,) added notes -> (B, slots * offsets)."""
        raise NotImplementedError

    def mean_places(self, added: Tensor) -> Tensor:
        """The mean places of the notes of such cells: (B,) added notes -> (B, slots) semitones."""
        raise NotImplementedError


class PatternDecoder(Decoder):
    """The place of a note is a linear sum over the axes."""

    fixed: Tensor  # (slots, latent)
    learned: Tensor  # (slots, latent) 1 where `frame` is learned, else 0

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__(vocabulary, PATTERN_AXES)
        names = [axis.name for axis in self.axes]
        columns = [min(slot, 3) for slot in range(vocabulary.slots)]
        start, learned, fixed = (torch.zeros(vocabulary.slots, len(names)) for _ in range(3))
        for table, into in ((_START, start), (_FIXED, fixed)):
            for name, semitones in table.items():
                for slot, column in enumerate(columns):
                    value = semitones[column]
                    if value is not None:
                        into[slot, names.index(name)] = value
                        if table is _START:
                            learned[slot, names.index(name)] = 1
        self.frame = nn.Parameter(start)
        self.middle = nn.Parameter(torch.zeros(vocabulary.slots))  # semitones
        self.register_buffer("fixed", fixed)
        self.register_buffer("learned", learned)
        # The frame has axes for four slots. Longer cells have more notes than that.
        self.detail = Detail(len(names), vocabulary.slots) if vocabulary.slots > len(_START) else None

    @torch.no_grad()
    def settle(self, codes: Codes, spread: float) -> None:
        super().settle(codes, spread)
        self.middle.copy_(mean_offsets(codes.up, self.offsets))

    def distances(self, z: Tensor, added: Tensor) -> Tensor:
        frame = self.frame * self.learned + self.fixed  # (slots, latent)
        slots, count = len(frame), len(self.offsets)
        to_each = frame.T[..., None].expand(-1, -1, count).reshape(-1, slots * count)
        from_each = (self.middle[:, None] - self.offsets).flatten()
        distances = torch.addmm(from_each, z, to_each)
        if self.detail is not None:
            distances = distances + self.detail(z).repeat_interleave(count, 1)
        return distances.abs()

    def mean_places(self, added: Tensor) -> Tensor:
        return self.middle.expand(added.shape[0], -1)


class ScaleDecoder(Decoder):
    """A note's place is its mean in scales of that size, plus a sum of sine waves and the output of a small network."""

    waves: Tensor  # (slots + 1, slots, latent) sin(a pi d / (added + 1)) for wave a and degree d
    shares: Tensor  # (latent, latent) how much of each wave an axis moves

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__(vocabulary, SCALE_AXES if len(vocabulary.intervals) == 1 else (INTERVAL, *SCALE_AXES[:-1]))
        slots, latent = vocabulary.slots, len(self.axes)
        first = self.axes.index(DENSITY) + 1  # index of the first wave's axis
        added = torch.arange(slots + 1)[:, None, None]
        degree = torch.arange(1, slots + 1)[:, None]
        wave = torch.arange(1, latent - first + 1)
        sign = torch.tensor([1.0, 1.0, -1.0])[: latent - first]  # so that the third wave raises the middle
        sign = torch.cat([sign, torch.ones(latent - first - len(sign))])
        waves = torch.zeros(slots + 1, slots, latent)
        waves[..., first:] = sign * torch.sin(wave * torch.pi * degree / (added + 1)) * (degree <= added)
        self.register_buffer("waves", waves)
        shares = torch.eye(latent)
        free = latent - (first + 2)  # axes behind brightness and tilt
        shares[first + 2 :, first + 2 :] = torch.tensor(_SHARES)[:free, :free]
        self.register_buffer("shares", shares)
        self.gain = nn.Parameter(torch.ones(latent))  # semitones a unit, of each wave
        self.middle = nn.Parameter(torch.zeros(slots + 1, slots))  # semitones
        self.detail = Detail(latent, slots)

    @torch.no_grad()
    def settle(self, codes: Codes, spread: float) -> None:
        super().settle(codes, spread)
        for added in range(len(self.sizes)):
            rows = codes.up[codes.up.added == added]
            even = self.intervals[-1] * torch.arange(1, len(self.sizes)) / (added + 1)
            self.middle[added] = mean_offsets(rows, self.offsets) if len(rows.added) else even

    def distances(self, z: Tensor, added: Tensor) -> Tensor:
        frame = (self.waves * self.gain @ self.shares)[added]  # (B, slots, latent)
        return self._from_places(self.mean_places(added) + (frame * z[:, None]).sum(2) + self.detail(z))

    def mean_places(self, added: Tensor) -> Tensor:
        return self.middle[added]


class Detail(nn.Sequential):
    """A small network whose output is 0 before training: (B, latent) -> (B, outputs)."""

    def __init__(self, latent: int, outputs: int, hidden: int = 64) -> None:
        last = nn.Linear(hidden, outputs)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        super().__init__(nn.Linear(latent, hidden), nn.SiLU(), last)


class Descent(nn.Module):
    """A network for the descending cell: whether there is one, its size, and its departure from the mean cell."""

    def __init__(self, vocabulary: Vocabulary, latent: int) -> None:
        super().__init__()
        self.slots = vocabulary.slots
        self.log_precision = nn.Parameter(torch.zeros(1 + vocabulary.slots))  # nats: size, each offset
        self.layers = Detail(latent, 1 + (self.slots + 1) + self.slots)

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, latent) -> (B,) yes if above 0, (B, slots + 1) costs of the sizes, (B, slots) semitones."""
        descends, size, departure = self.layers(z).split([1, self.slots + 1, self.slots], dim=1)
        return descends[:, 0], size, departure


def decoder_for(vocabulary: Vocabulary) -> Decoder:
    """The decoder with the frame that fits the cells of the vocabulary."""
    return ScaleDecoder(vocabulary) if vocabulary.rising else PatternDecoder(vocabulary)


def mean_offsets(cells: CellCodes, offsets: Tensor) -> Tensor:
    """The mean offset in each slot: (slots,) semitones, 0 if no cell has a note there."""
    semitones = offsets[cells.offset.clamp(min=0)] * cells.filled
    return semitones.sum(0) / cells.filled.sum(0).clamp(min=1)
