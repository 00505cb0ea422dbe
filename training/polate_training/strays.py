"""Patterns that do not come back: the decoder gives another pattern at their means. They are brought back after a run.

    Training --strays--> rows of the corpus --_places: search in the latent space--> points --_teach--> the encoder

In training the gradient leads a pattern to its place. On the way there can be a barrier, where an offset would be the
next principal tone (`assemble`); or a place beyond the last rung of a ladder, where the gradient of the ladder is 0.
A small corpus has few other patterns that would pull such a pattern away from there. The decoder has a place for it all
the same. So the place is searched from many points, the decoder as it is, and the encoder learns it. All other patterns
keep their means.
"""

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from polate.theory.pattern import Pattern
from polate_training.assemble import Assembled
from polate_training.decoders import Decoder
from polate_training.encoding import Codes
from polate_training.vae import VAE, reconstruction

if TYPE_CHECKING:
    from polate_training.fit import Training

__all__ = ["bring_back", "strays"]

_ROUNDS = 3
_STARTS, _SEARCH_STEPS, _SEARCH_RATE = 32, 150, 0.1
_MOST = 64  # strays; more mean that the run was too short
_PRIOR = 0.02  # nats a square deviation: of two places the nearer to the centre
_TEACH_STEPS, _TEACH_RATE, _LOOK_EVERY = 1_000, 1e-3, 25
_WIDTHS = 0.01  # weight of the widths of the posteriors
_DIGITS = 10_000  # landmarks are exported with four decimals


def strays(training: "Training") -> list[Pattern]:
    """The patterns of the corpus that do not come back from their means."""
    patterns = training.patterns
    return [patterns[row] for row in _stray_rows(training)]


def bring_back(training: "Training") -> list[Pattern]:
    """Bring the strays of a run back, and return those that remain. The same run gives the same result."""
    codes = training.vocabulary.encode(training.patterns)
    generator = torch.Generator().manual_seed(training.settings.seed)
    for _ in range(_ROUNDS):
        rows = _stray_rows(training)
        if not 0 < len(rows) <= _MOST:
            break
        wanted = [training.patterns[row] for row in rows]
        places = _places(training.model, codes[torch.tensor(rows)], wanted, generator)
        targets = {row: place.z for row, place in zip(rows, places, strict=True)}
        _teach(training, targets, codes, with_decoder=not all(place.is_exact for place in places))
    return strays(training)


def _stray_rows(training: "Training") -> list[int]:
    encoder, vocabulary, patterns = training.model.encoder, training.vocabulary, training.patterns
    with torch.no_grad():
        mu, _ = encoder(vocabulary.one_hot(vocabulary.encode(patterns)))
        decoded = _decoded(training.model, mu)
    return [row for row, (a, b) in enumerate(zip(decoded, patterns, strict=True)) if a != b]


def _decoded(model: VAE, z: Tensor) -> list[Pattern]:
    """The patterns at points (B, latent), rounded as in the exported file."""
    with torch.no_grad():
        assembled: Assembled = model.assemble(model.decoder(z.mul(_DIGITS).round() / _DIGITS))
    return assembled.patterns()


class _Place(NamedTuple):
    z: Tensor  # (latent,)
    is_exact: bool  # the decoder has the pattern there


def _places(model: VAE, codes: Codes, wanted: list[Pattern], generator: torch.Generator) -> list[_Place]:
    """The best place of each pattern that the search finds."""
    every = codes[torch.arange(len(wanted)).repeat_interleave(_STARTS)]
    z = _starts(model.decoder, every, generator).requires_grad_()
    optimizer = torch.optim.Adam([z], _SEARCH_RATE)
    for _ in range(_SEARCH_STEPS):
        (z.grad,) = torch.autograd.grad(_nats(model, z, every), z)
        optimizer.step()
    z = z.detach()
    decoded, places = _decoded(model, z), []
    for row, pattern in enumerate(wanted):
        starts = range(row * _STARTS, (row + 1) * _STARTS)
        exact = [start for start in starts if decoded[start] == pattern]
        with torch.no_grad():
            best = min(exact or starts, key=lambda start: float(_nats(model, z[[start]], every[torch.tensor([start])])))
        places.append(_Place(z[best], bool(exact)))
    return places


def _nats(model: VAE, z: Tensor, codes: Codes) -> Tensor:
    """How far the points (B, latent) are from being good places of the patterns, the sum of all: ()."""
    return len(z) * reconstruction(model.decoder(z, codes), codes, model.assemble) + _PRIOR * z.square().sum()


def _starts(decoder: Decoder, codes: Codes, generator: torch.Generator) -> Tensor:
    """Draws of the prior with the interval and the size on their rungs, which have an axis each: (B, latent)."""
    z = torch.randn(len(codes), len(decoder.axes), generator=generator)
    names = [axis.name for axis in decoder.axes]
    for name, rungs, chosen in (
        ("interval", decoder.interval_rungs, codes.interval),
        ("density", decoder.size_rungs, codes.up.added),
    ):
        if name in names:
            z[:, names.index(name)] = rungs[chosen]
    return z


def _teach(training: "Training", targets: dict[int, Tensor], codes: Codes, *, with_decoder: bool) -> None:
    """Train the encoder until these rows have these means. The other rows keep theirs, and all keep their widths.

    ``with_decoder``: train the decoder too, to have every pattern at its mean.
    """
    model, one_hot = training.model, training.vocabulary.one_hot(codes)
    with torch.no_grad():
        mu, logvar = model.encoder(one_hot)
        for row, z in targets.items():
            mu[row] = z
    optimizer = torch.optim.Adam((model if with_decoder else model.encoder).parameters(), _TEACH_RATE)
    for step in range(1, _TEACH_STEPS + 1):
        means, widths = model.encoder(one_hot)
        loss = (means - mu).square().sum() + _WIDTHS * (widths - logvar).square().sum()
        if with_decoder:
            loss = loss + len(mu) * reconstruction(model.decoder(mu, codes), codes, model.assemble)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % _LOOK_EVERY == 0 and not _stray_rows(training):
            break
