"""The variational autoencoder over patterns.

    Codes -> one-hot -> Encoder -> mu, logvar -> z -> Decoder -> Costs -> Assemble -> a legal pattern

The encoder is a network. The decoder is a frame (`decoders`), and `assemble` applies the rules. This module holds the
encoder and the terms of the loss.

Sources: Kingma & Welling 2014 (VAE); Pati & Lerch 2020 (AR-VAE: latent axes tied to attributes).
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from polate_training.assemble import Assemble, CellCosts, Costs
from polate_training.decoders import Decoder, decoder_for
from polate_training.encoding import CellCodes, Codes, Vocabulary

__all__ = ["VAE", "Encoder", "attribute_loss", "kl", "moment_loss", "reconstruction"]


class Encoder(nn.Module):
    """(B, width) one-hot -> mu (B, latent), logvar (B, latent)."""

    def __init__(self, width: int, hidden: int, latent: int) -> None:
        super().__init__()
        head = nn.Linear(hidden, 2 * latent)
        with torch.no_grad():
            head.bias[latent:] = -3  # start with narrow posteriors, so that patterns are distinct
        self.layers = nn.Sequential(nn.Linear(width, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU(), head)

    def forward(self, one_hot: Tensor) -> tuple[Tensor, Tensor]:
        mu, logvar = self.layers(one_hot).chunk(2, dim=1)
        return mu, logvar


class VAE(nn.Module):
    """Encoder and decoder over one vocabulary."""

    def __init__(
        self, vocabulary: Vocabulary, hidden: int, make_decoder: Callable[[Vocabulary], Decoder] = decoder_for
    ) -> None:
        super().__init__()
        self.decoder = make_decoder(vocabulary)
        self.assemble = Assemble(vocabulary)
        self.latent = len(self.decoder.axes)
        self.encoder = Encoder(vocabulary.width, hidden, self.latent)


def reconstruction(costs: Costs, codes: Codes, assemble: Assemble | None = None) -> Tensor:
    """Negative log-likelihood of the codes in nats, the mean of the batch: (). Slots past a cell's end do not count.

    With ``assemble`` the costs of an offset include the rules, given the notes before it, as when it is chosen.
    """

    def cell_nats(cell: CellCosts, wanted: CellCodes, there: Tensor | slice = slice(None)) -> Tensor:
        distance = cell.offset
        if assemble is not None:
            distance = assemble.choose(cell, costs.interval, codes.interval, wanted).cost
        size = cross_entropy((-cell.precision[0] * cell.size)[there], wanted.added[there], reduction="sum")
        filled = wanted.filled  # (B, slots)
        notes = -cell.precision[1:, None] * distance.view(*filled.shape, -1)
        return size + cross_entropy(notes[filled], wanted.offset[filled], reduction="sum")

    total = (
        cross_entropy(-costs.precision * costs.interval, codes.interval, reduction="sum")
        + binary_cross_entropy_with_logits(costs.symmetric[:, 0], codes.symmetric.float(), reduction="sum")
        + cell_nats(costs.up, codes.up)
    )
    if costs.down is not None and costs.descends is not None:
        descends = binary_cross_entropy_with_logits(costs.descends, codes.descends.float(), reduction="sum")
        total = total + descends + cell_nats(costs.down, codes.down, codes.descends == 1)
    return total / len(codes)


def kl(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL divergence from the standard normal in nats, for each axis, the mean of the batch: (latent,)."""
    return 0.5 * (mu.square() + logvar.exp() - 1 - logvar).mean(0)


def attribute_loss(z: Tensor, scores: Tensor) -> Tensor:
    """Squared distance of the axes from the normal scores of their attributes, summed over the attributes: ().

    ``z``: (B, latent), samples of the posterior. ``scores``: (B, latent), nan where an axis has no attribute or the
    attribute does not apply. AR-VAE uses only the order of an attribute; a normal score also gives the axis the shape
    of the prior.
    """
    known = ~scores.isnan()
    return ((z - scores.nan_to_num()) * known).square().sum() / len(z)


def moment_loss(mu: Tensor, logvar: Tensor, spread: float) -> Tensor:
    """Squared distance of the batch's aggregated posterior from a normal of deviation ``spread``: ().

    It compares mean and covariance.
    """
    centred = mu - mu.mean(0)
    covariance = centred.T @ centred / len(mu) + logvar.exp().mean(0).diag()
    return mu.mean(0).square().sum() + (covariance - spread**2 * torch.eye(mu.shape[1])).square().sum()
