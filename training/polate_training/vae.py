"""The variational autoencoder over patterns, and the part of it that always answers with a legal pattern.

    Codes -> one-hot -> Encoder -> mu, logvar -> z -> Decoder -> Logits -> Assemble -> interval, size, cell, symmetric

Sources: Kingma & Welling 2014 (VAE); Pati & Lerch 2020 (AR-VAE: latent axes tied to attributes).
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from polate.pattern import Pattern
from polate_training.encoding import Codes, Vocabulary

__all__ = ["VAE", "Assemble", "Assembled", "Decoder", "Encoder", "Logits", "attribute_loss", "kl", "reconstruction"]


class Logits(NamedTuple):
    """What the decoder network says before the rules have their say."""

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
        return [
            Pattern(interval, tuple(cell[:size]), bool(symmetric)) for interval, size, symmetric, cell in rows
        ]


def _mlp(width: int, hidden: int, out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(width, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU(), nn.Linear(hidden, out)
    )


class Encoder(nn.Module):
    """(B, width) one-hot -> mu (B, latent), logvar (B, latent)."""

    def __init__(self, vocabulary: Vocabulary, latent: int, hidden: int) -> None:
        super().__init__()
        self.layers = _mlp(vocabulary.width, hidden, 2 * latent)

    def forward(self, one_hot: Tensor) -> tuple[Tensor, Tensor]:
        mu, logvar = self.layers(one_hot).chunk(2, dim=1)
        return mu, logvar


class Decoder(nn.Module):
    """(B, latent) -> Logits."""

    def __init__(self, vocabulary: Vocabulary, latent: int, hidden: int) -> None:
        super().__init__()
        self.slots = vocabulary.slots
        self.heads = [len(vocabulary.intervals), vocabulary.slots + 1, 1, vocabulary.slots * len(vocabulary.offsets)]
        self.layers = _mlp(latent, hidden, sum(self.heads))

    def forward(self, z: Tensor) -> Logits:
        interval, size, symmetric, offset = self.layers(z).split(self.heads, dim=1)
        return Logits(interval, size, symmetric[:, 0], offset.unflatten(1, (self.slots, -1)))


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
        used = (torch.arange(12) == 0)[None, :].expand(added.shape[0], 12)  # pitch classes taken, 0 at first
        previous = torch.zeros_like(added)
        notes = []
        for slot in range(self.slots):
            illegal = used[:, self.pitch_class] | (offsets == interval[:, None])
            room = (added - 1 - slot)[:, None]  # notes still to come after this one
            outside = (offsets <= previous[:, None]) | (offsets >= interval[:, None] - room)
            illegal = illegal | (symmetric[:, None] & outside)
            choice = logits.offset[:, slot].masked_fill(illegal, -torch.inf).argmax(1)
            note = torch.where(slot < added, self.offsets[choice], 0)
            used = used | (torch.arange(12)[None, :] == (note % 12)[:, None])
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

    def __init__(self, vocabulary: Vocabulary, latent: int, hidden: int) -> None:
        super().__init__()
        self.encoder = Encoder(vocabulary, latent, hidden)
        self.decoder = Decoder(vocabulary, latent, hidden)


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


def kl(mu: Tensor, logvar: Tensor) -> Tensor:
    """Divergence from the standard normal in nats, per axis, the batch's mean: (latent,)."""
    return 0.5 * (mu.square() + logvar.exp() - 1 - logvar).mean(0)


def attribute_loss(mu: Tensor, attributes: Tensor) -> Tensor:
    """How far the order of the first axes is from the order of the attributes: (), 0 is the same order.

    ``mu``: (B, latent); ``attributes``: (B, A), of which attribute a goes with axis a. Pati & Lerch 2020, eq. 4:
    the mean absolute difference between tanh of the axis' pairwise distances and the sign of the attribute's.
    """
    axes = mu[:, : attributes.shape[1]]
    distance = torch.tanh(axes[:, None] - axes[None, :])  # (B, B, A)
    order = torch.sign(attributes[:, None] - attributes[None, :])
    return (distance - order).abs().mean((0, 1)).sum()
