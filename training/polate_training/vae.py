"""The variational autoencoder over patterns, and the part of it that always answers with a legal pattern.

    Codes -> one-hot -> Encoder -> mu, logvar -> z -> Decoder -> Logits -> Assemble -> interval, size, cell, symmetric

The encoder is a network. The decoder is a *frame*: it puts the interval, the size and each note of the cell at
a place on a line, in semitones (in notes, for the size). A note's place is a sum over the axes; those of the interval
and the size climb a ladder, each on an axis of its own. So a knob moves notes evenly, what it moves does not depend on
where the other knobs stand, and the patterns on the way from one to another are those between them. A Gaussian round
the place gives the logits: neighbouring semitones are neighbours.

Sources: Kingma & Welling 2014 (VAE); Pati & Lerch 2020 (AR-VAE: latent axes tied to attributes).
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from polate.pattern import Pattern
from polate_training.attributes import ATTRIBUTES, COLOURS, level_scores
from polate_training.encoding import Codes, Vocabulary

__all__ = [
    "LATENT",
    "VAE",
    "Assemble",
    "Assembled",
    "Decoder",
    "Encoder",
    "Logits",
    "Places",
    "attribute_loss",
    "crowding_loss",
    "kl",
    "moment_loss",
    "reconstruction",
]

LATENT = len(ATTRIBUTES) + len(COLOURS)
_INTERVAL, _DENSITY, *_ = range(LATENT)

# By how many semitones one unit of an axis moves the first, the second, the third and each later added note: where
# training begins, and `None` for what never moves.
_START = {
    "interval": (None, None, 0.0, 0.0),
    "register": (4.5, 4.5, None, None),
    "direction": (-4.0, 4.0, None, None),
    "third note": (None, None, 5.0, 4.0),
}
# The same, for what is set by hand and not learned. A pattern has fewer parameters than the map has axes, and left
# to the data the free axes carry nothing (0.01 nats). So they are given to single notes: enough for a turn of the
# knob to meet eight patterns, and no more, for they blur register and direction. A denser cell is a closer one too.
_FIXED = {
    "density": (0.0, 0.0, -1.3, -2.5),
    "first note": (1.2, 0.0, 0.0, 0.0),
    "second note": (0.0, 1.62, 0.0, 0.0),
    "fan": (-0.47, 0.47, 1.25, 2.8),
}


class Logits(NamedTuple):
    """What the decoder says before the rules have their say."""

    interval: Tensor  # (B, intervals)
    size: Tensor  # (B, slots + 1), for 0 .. slots added notes
    symmetric: Tensor  # (B,) > 0 is yes
    offset: Tensor  # (B, slots, offsets)


class Assembled(NamedTuple):
    """Legal patterns, all int64."""

    interval: Tensor  # (B,) semitones
    size: Tensor  # (B,) notes in the cell, the principal tone included
    symmetric: Tensor  # (B,) 0 or 1
    cell: Tensor  # (B, slots + 1) semitones, 0 past the cell's end

    def patterns(self) -> list[Pattern]:
        rows = zip(*(tensor.tolist() for tensor in self), strict=True)
        return [Pattern(interval, tuple(cell[:size]), bool(symmetric)) for interval, size, symmetric, cell in rows]


class Places(NamedTuple):
    """Where a point of the map puts the parameters of its pattern, before they are rounded."""

    interval: Tensor  # (B,) semitones
    size: Tensor  # (B,) added notes
    offset: Tensor  # (B, slots) semitones from the principal tone


class Encoder(nn.Module):
    """(B, width) one-hot -> mu (B, latent), logvar (B, latent)."""

    def __init__(self, vocabulary: Vocabulary, hidden: int) -> None:
        super().__init__()
        head = nn.Linear(hidden, 2 * LATENT)
        with torch.no_grad():
            head.bias[LATENT:] = -3  # begin with patterns that can be told apart
        self.layers = nn.Sequential(
            nn.Linear(vocabulary.width, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU(), head
        )

    def forward(self, one_hot: Tensor) -> tuple[Tensor, Tensor]:
        mu, logvar = self.layers(one_hot).chunk(2, dim=1)
        return mu, logvar


class Decoder(nn.Module):
    """(B, latent) -> Logits."""

    intervals: Tensor  # (intervals,) semitones
    sizes: Tensor  # (slots + 1,)
    offsets: Tensor  # (offsets,) semitones
    interval_rungs: Tensor  # (intervals,) where on its axis each interval has its middle
    size_rungs: Tensor  # (slots + 1,)
    fixed: Tensor  # (slots, latent)
    learned: Tensor  # (slots, latent) 1 where `frame` counts, 0 elsewhere

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        names = [axis.name for axis in (*ATTRIBUTES, *COLOURS)]
        columns = [min(slot, 3) for slot in range(vocabulary.slots)]
        start, learned, fixed = (torch.zeros(vocabulary.slots, LATENT) for _ in range(3))
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
        self.log_precision = nn.Parameter(torch.zeros(2 + vocabulary.slots))  # interval, size, each offset
        few = nn.Linear(32, 1)
        nn.init.constant_(few.bias, -4)  # symmetric patterns are
        self.symmetric = nn.Sequential(nn.Linear(LATENT, 32), nn.SiLU(), few)
        for name, buffer in {
            "fixed": fixed,
            "learned": learned,
            "intervals": torch.tensor(vocabulary.intervals).float(),
            "sizes": torch.arange(vocabulary.slots + 1).float(),
            "offsets": torch.tensor(list(vocabulary.offsets)).float(),
            "interval_rungs": torch.zeros(len(vocabulary.intervals)),
            "size_rungs": torch.zeros(vocabulary.slots + 1),
        }.items():
            self.register_buffer(name, buffer)

    @torch.no_grad()
    def settle(self, codes: Codes) -> None:
        """Begin where the corpus lies: its normal scores for the rungs, its mean notes for the middle."""
        self.interval_rungs.copy_(level_scores(codes.interval.bincount(minlength=len(self.intervals))))
        self.size_rungs.copy_(level_scores(codes.added.bincount(minlength=len(self.sizes))))
        filled = codes.offset >= 0
        semitones = self.offsets[codes.offset.clamp(min=0)] * filled
        self.middle.copy_(semitones.sum(0) / filled.sum(0))

    def places(self, z: Tensor) -> Places:
        return Places(
            ladder(z[:, _INTERVAL], self.interval_rungs, self.intervals),
            ladder(z[:, _DENSITY], self.size_rungs, self.sizes),
            z @ (self.frame * self.learned + self.fixed).T + self.middle,
        )

    def logits(self, z: Tensor, places: Places) -> Logits:
        precision = self.log_precision.exp()
        return Logits(
            interval=-precision[0] * (self.intervals - places.interval[:, None]).square(),
            size=-precision[1] * (self.sizes - places.size[:, None]).square(),
            symmetric=self.symmetric(z)[:, 0],
            offset=-precision[2:, None] * (self.offsets - places.offset[..., None]).square(),
        )

    def forward(self, z: Tensor) -> Logits:
        """As played: in reach, and the notes out of each other's way. Training takes `places` as they are."""
        places = self.places(z)
        offset = torch.minimum(torch.maximum(places.offset, self.offsets[0]), self.offsets[-1])
        return self.logits(z, places._replace(offset=keep_apart(offset, places.interval)))


def ladder(z: Tensor, rungs: Tensor, values: Tensor) -> Tensor:
    """From an axis to a line: (B,) -> (B,). At rung i it is value i, and it rises evenly between; level outside."""
    way = (z[:, None] - rungs[:-1]) / (rungs[1:] - rungs[:-1])  # (B, rungs - 1)
    return values[0] + (way.clamp(0, 1) * (values[1:] - values[:-1])).sum(1)


# How near a note may come to what it must not meet, in semitones. To a principal tone, which never moves: so that
# it is not rounded to it. To the other notes and the next principal tone, which do move: a little more than a
# semitone, so that the one makes way before the other arrives, and the two do not change at the same moment.
_REACH_FIXED, _REACH_NOTE, _REACH_NEXT = 0.501, 1.1, 1.08
_CROWDED = 10.0  # what a semitone too near costs, in semitones of detour: for where there is no room to keep apart


def keep_apart(offset: Tensor, interval: Tensor) -> Tensor:
    """Move the notes' places so that no two round to the same pitch class: (B, slots), (B,) -> (B, slots).

    Assemble sees to that too, but by the next best offset: a note that passes another makes it jump away and
    back. Here the later note is pushed along, and leaps over. Changes of one parameter in a sweep: 77 % without,
    89 % with.
    """
    reach, period = _reach_and_period(offset.shape[1])
    obstacles = torch.stack([torch.zeros_like(interval), interval], dim=1)  # (B, O), a note more for each slot
    for slot in range(offset.shape[1]):
        place = offset[:, slot, None]
        r, p = reach[: slot + 2], period[: slot + 2]
        nearest = obstacles + p * torch.round((place - obstacles) / p)
        choices = torch.cat([place, nearest - r, nearest + r], dim=1)  # (B, C)
        cost = (choices - place).abs() + _CROWDED * _too_near(choices, obstacles, r, p).sum(2)
        obstacles = torch.cat([obstacles, choices.gather(1, cost.argmin(1, keepdim=True))], dim=1)
    return obstacles[:, 2:]


def _reach_and_period(slots: int) -> tuple[Tensor, Tensor]:
    """Of a cell's obstacles, (2 + slots,) each: its principal tone, the next one, its notes."""
    octave, endless = 12.0, 1e6
    reach = torch.tensor([_REACH_FIXED, _REACH_NEXT, *[_REACH_NOTE] * slots])
    return reach, torch.tensor([octave, endless, *[octave] * slots])


def _too_near(place: Tensor, obstacles: Tensor, reach: Tensor, period: Tensor) -> Tensor:
    """By how much each of the places is too near to each of the obstacles: (B, P), (B, O) -> (B, P, O) semitones."""
    distance = place[:, :, None] - obstacles[:, None]
    distance = (distance - period * torch.round(distance / period)).abs()
    return (reach - distance).clamp(min=0)


_LEAST = -1e30  # no legal offset is less likely than the illegal ones, which are at minus infinity


class Assemble(nn.Module):
    """Logits -> the most likely pattern that is legal, whatever the network says.

    Slot by slot, the offsets that would break a rule are masked before the argmax: a pitch class already in the
    cell, and the next principal tone. A symmetric cell rises inside its interval, and keeps room for the notes to
    come. Only index and compare operations, no control flow, so that it exports to any ONNX runtime.
    """

    intervals: Tensor
    offsets: Tensor
    pitch_class: Tensor
    mirrors: Tensor

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        self.slots = vocabulary.slots
        self.register_buffer("intervals", torch.tensor(vocabulary.intervals))
        self.register_buffer("offsets", torch.tensor(list(vocabulary.offsets)))
        self.register_buffer("pitch_class", self.offsets % 12)
        # (intervals, sizes): where a symmetric pattern is possible. Past the octave two interpolations can share a
        # pitch class, and room for the notes to come could not be promised.
        possible = [
            [
                Pattern(interval, (0,)).parts % 2 == 0 and 1 <= added < interval <= 12
                for added in range(vocabulary.slots + 1)
            ]
            for interval in vocabulary.intervals
        ]
        self.register_buffer("mirrors", torch.tensor(possible))

    def forward(self, logits: Logits) -> Assembled:
        interval_index = logits.interval.argmax(1)
        added = logits.size.argmax(1)  # (B,)
        interval = self.intervals[interval_index]
        symmetric = (logits.symmetric > 0) & self.mirrors[interval_index, added]

        offsets = self.offsets[None, :]  # (1, offsets)
        taken = (self.pitch_class == 0) | (offsets == interval[:, None])  # (B, offsets)
        previous = torch.zeros_like(added)
        wished = logits.offset.clamp(min=_LEAST)  # (B, slots, offsets)
        notes = []
        for slot in range(self.slots):
            room = (added - 1 - slot)[:, None]  # notes still to come after this one
            outside = (offsets <= previous[:, None]) | (offsets >= interval[:, None] - room)
            illegal = taken | (symmetric[:, None] & outside)
            choice = wished[:, slot].masked_fill(illegal, -torch.inf).argmax(1)
            note = torch.where(slot < added, self.offsets[choice], 0)
            taken = taken | (self.pitch_class == (note % 12)[:, None])
            previous = note
            notes.append(note)
        cell = torch.stack([torch.zeros_like(added), *notes], dim=1)  # (B, slots + 1)

        # A cell that is its own mirror is written without the flag.
        slots = torch.arange(1, self.slots + 1)[None, :]
        within = slots <= added[:, None]
        mirror = interval[:, None] - cell.gather(1, (added[:, None] + 1 - slots).clamp(min=0))
        changed = (within & (mirror != cell[:, 1:])).any(1)
        return Assembled(interval, added + 1, (symmetric & changed).long(), cell)


class VAE(nn.Module):
    """Encoder and decoder over one vocabulary."""

    def __init__(self, vocabulary: Vocabulary, hidden: int) -> None:
        super().__init__()
        self.encoder = Encoder(vocabulary, hidden)
        self.decoder = Decoder(vocabulary)


def reconstruction(logits: Logits, codes: Codes) -> Tensor:
    """Negative log-likelihood of the codes in nats, the batch's mean; slots past the cell's end do not count."""
    filled = codes.offset >= 0
    total = (
        cross_entropy(logits.interval, codes.interval, reduction="sum")
        + cross_entropy(logits.size, codes.added, reduction="sum")
        + binary_cross_entropy_with_logits(logits.symmetric, codes.symmetric.float(), reduction="sum")
        + cross_entropy(logits.offset[filled], codes.offset[filled], reduction="sum")
    )
    return total / len(codes)


def crowding_loss(places: Places, codes: Codes) -> Tensor:
    """By how many semitones the notes of a pattern are too near to what they must not meet: (), the batch's mean.

    Where it is 0, `keep_apart` moves nothing: so that a pattern's own place decodes to it.
    """
    slots = places.offset.shape[1]
    obstacles = torch.cat([torch.zeros_like(places.interval)[:, None], places.interval[:, None], places.offset], dim=1)
    near = _too_near(places.offset, obstacles, *_reach_and_period(slots))  # (B, slots, 2 + slots)
    earlier = torch.ones(slots, 2 + slots).tril(1)
    filled = (codes.offset >= 0)[:, :, None]
    return (near * earlier * filled).sum() / len(codes)


def kl(mu: Tensor, logvar: Tensor) -> Tensor:
    """Divergence from the standard normal in nats, per axis, the batch's mean: (latent,)."""
    return 0.5 * (mu.square() + logvar.exp() - 1 - logvar).mean(0)


def attribute_loss(z: Tensor, scores: Tensor) -> Tensor:
    """Squared distance of the first axes from the attributes' normal scores: (), summed over the attributes.

    ``z``: (B, latent), samples of the posterior; ``scores``: (B, A), nan where an attribute does not say. AR-VAE
    asks for the attribute's order alone; a normal score gives the axis the prior's shape too.
    """
    known = ~scores.isnan()
    return ((z[:, : scores.shape[1]] - scores.nan_to_num()) * known).square().sum() / len(z)


def moment_loss(mu: Tensor, logvar: Tensor) -> Tensor:
    """How far the batch's aggregated posterior is from the prior in its mean and its covariance: ()."""
    centred = mu - mu.mean(0)
    covariance = centred.T @ centred / len(mu) + logvar.exp().mean(0).diag()
    return mu.mean(0).square().sum() + (covariance - torch.eye(mu.shape[1])).square().sum()
