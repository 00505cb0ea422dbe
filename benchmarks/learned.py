"""What training adds to a map whose frame is set by hand: the same frame before training, without the KL term, and as
it is shipped.

    python benchmarks/learned.py [--epochs N] [--only untrained no-kl shipped]

It trains in memory, with the settings of `polate train`, and writes no files. Each column is a decoder, and the encoder
that was trained with it; before training there is no encoder, so nothing can come back. The figures are those of
`polate evaluate` with fewer draws (docs/evaluation.md), and how far training moved the numbers of the frame.
"""

import argparse

import numpy as np
import torch

from polate_training.attributes import Attribute
from polate_training.corpus import thesaurus
from polate_training.decoders import PatternDecoder
from polate_training.encoding import Vocabulary
from polate_training.evaluation.map_figures import spearman
from polate_training.evaluation.model import Decoded
from polate_training.evaluation.steering import change, distinct, lines, steps
from polate_training.export import Instrument
from polate_training.fit import Settings, Training
from polate_training.vae import kl

DRAWS, SWEEPS, BATCH = 10_000, 1_000, 4096


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--epochs", type=int, default=Settings().epochs)
    parser.add_argument("--only", nargs="+", default=["untrained", "no-kl", "shipped"])
    options = parser.parse_args()
    for name in options.only:
        settings = Settings(epochs=options.epochs, beta=0.0 if name == "no-kl" else Settings().beta)
        training = Training(thesaurus(), settings)
        before = frame(training)
        if name != "untrained":
            training.run(lambda _: None)
        print(f"{name}: {', '.join(figures(training, name != 'untrained'))}")
        moved = np.abs(frame(training) - before)
        print(f"  numbers of the frame that moved by more than 0.1: {(moved > 0.1).sum()} of {moved.size}")


def frame(training: Training) -> "np.ndarray":
    """What training can move of the frame: the gains that are learned, and the middle places."""
    decoder = training.model.decoder
    assert isinstance(decoder, PatternDecoder)
    with torch.no_grad():
        return torch.cat([decoder.frame[decoder.learned == 1], decoder.middle]).numpy().copy()


def figures(training: Training, is_trained: bool) -> list[str]:
    model, patterns = training.model.eval(), training.patterns
    instrument = Instrument(model)

    def decode(points: "np.ndarray") -> Decoded:
        flat = torch.from_numpy(points.reshape(-1, model.latent).astype(np.float32))
        with torch.no_grad():
            parts = [instrument.assembled(part) for part in flat.split(BATCH)]
        rows = torch.cat(
            [
                torch.column_stack([p.interval, p.size, p.symmetric, p.cell, p.descending_size, p.descending])
                for p in parts
            ]
        )
        return Decoded.of(rows.numpy(), points.shape[:-1])

    random = np.random.default_rng(0)
    z = random.standard_normal((DRAWS, model.latent))
    draws = decode(z)
    known = set(patterns)
    new = [pattern for pattern in draws.flat() if pattern not in known]
    sweeps = decode(lines(*random.standard_normal((2, SWEEPS, model.latent))))
    changes = [change(*pair).parameters for pair in steps(sweeps)]
    correlations = []
    for index, axis in enumerate(model.decoder.axes):
        if isinstance(axis, Attribute):
            measured = draws.measure(axis.measure)
            there = ~np.isnan(measured)
            correlations.append(f"{spearman(z[there, index], measured[there]):.3f}")
    found = [
        f"new {len(new) / DRAWS:.1%} (distinct {len(set(new)) / len(new):.1%})",
        f"sweeps {distinct(sweeps).mean():.1f} patterns, {np.mean(np.array(changes) == 1):.1%} of one parameter",
        f"Spearman where it applies {' '.join(correlations)}",
    ]
    if is_trained:
        vocabulary: Vocabulary = training.vocabulary
        with torch.no_grad():
            mu, logvar = model.encoder(vocabulary.one_hot(vocabulary.encode(patterns)))
            nats = kl(mu, logvar)
        back = decode(mu.numpy().astype(np.float64)).flat()
        exact = np.mean([a == b for a, b in zip(back, patterns, strict=True)])
        found = [f"exact {exact:.2%}", *found, f"KL {nats.sum():.1f} nats"]
    return found


if __name__ == "__main__":
    main()
