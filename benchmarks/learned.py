"""What training adds to a map whose frame is set by hand: the same frame before training, without the KL term, and as
it is shipped; and a plain network in place of the frame.

    python benchmarks/learned.py [--epochs N] [--network-epochs N] [--only untrained no-kl shipped network]

The network learns everything: two hidden layers, and a softmax for each parameter. The rules are those of the frame,
and so are the other terms of the loss. Its settings are the best of those that were tried (docs/model.md).

It trains in memory, with the settings of `polate train`, and writes no files. Each column is a decoder, and the encoder
that was trained with it; before training there is no encoder, so nothing can come back. The figures are those of
`polate evaluate` with fewer draws (docs/evaluation.md), and how far training moved the numbers of the frame.
"""

import argparse
import time
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from polate_training.assemble import CellCosts, Costs
from polate_training.attributes import PATTERN_AXES, Attribute
from polate_training.corpus import thesaurus
from polate_training.decoders import Decoder, PatternDecoder
from polate_training.encoding import Codes, Vocabulary
from polate_training.evaluation.map_figures import spearman
from polate_training.evaluation.model import Decoded
from polate_training.evaluation.steering import change, distinct, lines, steps
from polate_training.export import Instrument
from polate_training.fit import Settings, Training
from polate_training.vae import kl

DRAWS, SWEEPS, BATCH = 10_000, 1_000, 4096
UNITS = 100.0  # a nat


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--epochs", type=int, default=Settings().epochs)
    parser.add_argument("--network-epochs", type=int, default=500, help="of the network")
    parser.add_argument("--network-beta", type=float, default=0.3)
    parser.add_argument("--network-gamma", type=float, default=10.0)
    parser.add_argument("--network-rate", type=float, default=2e-3, help="the learning rate at its peak")
    parser.add_argument("--network-hidden", type=int, default=512, help="units of the decoder's two layers")
    parser.add_argument("--only", nargs="+", default=["untrained", "no-kl", "shipped", "network"])
    options = parser.parse_args()
    for name in options.only:
        settings = Settings(epochs=options.epochs, beta=0.0 if name == "no-kl" else Settings().beta)
        if name == "network":
            settings = Settings(
                epochs=options.network_epochs,
                learning_rate=options.network_rate,
                beta=options.network_beta,
                gamma=options.network_gamma,
            )
            training = Training(thesaurus(), settings, partial(Network, hidden=options.network_hidden))
        else:
            training = Training(thesaurus(), settings)
        before, began = frame(training), time.process_time()
        if name != "untrained":
            training.run(lambda _: None)
        seconds = time.process_time() - began
        print(f"{name}: {', '.join(figures(training, name != 'untrained'))}; {seconds:.0f} s of processor time")
        if len(before):
            moved = np.abs(frame(training) - before)
            print(f"  numbers of the frame that moved by more than 0.1: {(moved > 0.1).sum()} of {moved.size}")


class Network(Decoder):
    """z -> two hidden layers -> the logits of interval, size, symmetric, and the offset of each slot."""

    def __init__(self, vocabulary: Vocabulary, hidden: int = 256) -> None:
        super().__init__(vocabulary, PATTERN_AXES)
        self.outputs = [
            len(vocabulary.intervals),
            1,
            vocabulary.slots + 1,
            vocabulary.slots * len(vocabulary.offsets),
        ]
        self.layers = nn.Sequential(
            nn.Linear(len(PATTERN_AXES), hidden),
            nn.SiLU(),
            nn.Linear(hidden, hidden),
            nn.SiLU(),
            nn.Linear(hidden, sum(self.outputs)),
        )

    def forward(self, z: Tensor, codes: Codes | None = None) -> Costs:
        interval, symmetric, size, offset = self.layers(z).split(self.outputs, 1)
        # Costs in hundredths of a nat: beside them, the detours of the rules, some semitones, are nothing.
        precision = torch.full_like(self.log_precision, 1 / UNITS)
        return Costs(
            interval=-UNITS * interval,
            up=CellCosts(-UNITS * size, -UNITS * offset, precision[1:]),
            symmetric=symmetric,
            down=None,
            descends=None,
            precision=precision[0],
        )


def frame(training: Training) -> "np.ndarray":
    """What training can move of the frame: the gains that are learned, and the middle places."""
    decoder = training.model.decoder
    if not isinstance(decoder, PatternDecoder):
        return np.empty(0)
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
