"""The figures of a model, measured through its exported files. docs/evaluation.md defines each figure.

NAME.onnx, NAME.encoder.onnx -> model ─┬─> steering -> map_figures ─┬─> report: a table, JSON
               corpus, seed, counts ───┼─> disentanglement          │
                                       ├─> generation               │
                                       └─> interpolation ───────────┘
"""

from dataclasses import dataclass, replace

import numpy as np

from polate_training.corpus import Corpus, thesaurus
from polate_training.evaluation.disentanglement import disentanglement_figures
from polate_training.evaluation.generation import generation_figures
from polate_training.evaluation.interpolation import interpolation_figures
from polate_training.evaluation.map_figures import (
    axis_figures,
    bound_axes,
    draw_figures,
    knob_figures,
    posterior_figures,
    reconstruction_figures,
    sweep_figures,
)
from polate_training.evaluation.model import Model, check_corpus, open_model
from polate_training.evaluation.report import Figure

__all__ = ["Counts", "Figure", "Model", "check_corpus", "evaluate", "open_model"]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many points, lines and turns are drawn."""

    legal_draws: int = 100_000
    draws: int = 10_000
    sweeps: int = 4_000
    fine_sweeps: int = 100  # on 2,048 steps
    turns: int = 1_000  # of each knob
    blends: int = 200

    def twentieth(self) -> "Counts":
        """A twentieth of each, for a first look."""
        return Counts(*(getattr(self, name) // 20 for name in self.__slots__))


def evaluate(model: Model, corpus: Corpus, seed: int, counts: Counts) -> list[Figure]:
    """Every figure of the table. The same model, seed and counts give the same figures.

    The targets are for a model of the Thesaurus; the figures of another have none. Raises `ConfigError` if the model
    was trained on another corpus.
    """
    check_corpus(model, corpus)
    # Each part has its own random stream, so its draws do not depend on the number that another part has drawn.
    prior, ends, points = (np.random.default_rng([seed, part]) for part in range(3))
    latent, patterns = len(model.axes), corpus.patterns
    mu, logvar = model.encode(patterns)
    z = prior.standard_normal((counts.legal_draws, latent))
    all_draws = model.decode(z)
    z, draws = z[: counts.draws], all_draws[: counts.draws]
    lines = ends.standard_normal((2, counts.sweeps, latent))
    legal = [pattern for pattern in draws.flat() if pattern is not None]
    measures = [attribute.measure for _, attribute in bound_axes(model)]
    sampled, of_corpus = model.sample(patterns, seed), [np.array([of(p) for p in patterns]) for of in measures]
    figures = [
        *reconstruction_figures(model, patterns, mu),
        *draw_figures(all_draws, draws, frozenset(patterns)),
        *sweep_figures(model, lines, counts.fine_sweeps),
        *knob_figures(model, points.standard_normal((counts.turns, latent))),
        *axis_figures(model, z, draws),
        *posterior_figures(model, mu, logvar),
        *disentanglement_figures("disentanglement, prior draws", z, [draws.measure(of) for of in measures]),
        *disentanglement_figures("disentanglement, corpus", sampled, of_corpus),
        *generation_figures(legal, patterns),
        *interpolation_figures(model, lines[:, : counts.blends]),
    ]
    return figures if corpus.sha256 == thesaurus().sha256 else [replace(figure, target=None) for figure in figures]
