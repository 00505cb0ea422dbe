"""How well a player can steer on the map: the figures that have targets."""

from collections.abc import Sequence, Set

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from polate.theory.pattern import Pattern
from polate_training.attributes import ATTRIBUTES, Attribute
from polate_training.evaluation.model import Decoded, Model
from polate_training.evaluation.report import Figure
from polate_training.evaluation.steering import change, distinct, lines, steps, turns

__all__ = [
    "axis_figures",
    "bound_axes",
    "draw_figures",
    "knob_figures",
    "posterior_figures",
    "reconstruction_figures",
    "spearman",
    "sweep_figures",
]

_FINE_STEPS = 2048


def bound_axes(model: Model) -> list[tuple[int, Attribute]]:
    """The axes that follow an attribute, each with the attribute of its name."""
    attributes = {attribute.name: attribute for attribute in ATTRIBUTES}
    return [(index, attributes[axis.name]) for index, axis in enumerate(model.axes) if axis.name in attributes]


def spearman(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Rank correlation of (N,) and (N,), ties at their mean rank; nan if one of the two does not vary."""
    if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(spearmanr(a, b).statistic)


def reconstruction_figures(model: Model, patterns: Sequence[Pattern], mu: NDArray[np.float32]) -> list[Figure]:
    back = model.decode(mu).flat()
    exact = sum(a == b for a, b in zip(back, patterns, strict=True)) / len(patterns)
    return [Figure("corpus", "patterns that come back exactly from their mean", (exact,), ".3%", target=1.0)]


def draw_figures(all_draws: Decoded, draws: Decoded, known: Set[Pattern]) -> list[Figure]:
    legal = [pattern for pattern in draws.flat() if pattern is not None]
    new = [pattern for pattern in legal if pattern not in known]
    share = len(set(new)) / len(new) if new else float("nan")
    n = f"{all_draws.index.size:,} prior draws"
    m = f"{draws.index.size:,} prior draws"
    return [
        Figure("draws", f"legal, of {n}", (all_draws.legal.mean(),), ".3%", target=1.0),
        Figure("draws", f"legal and not in the corpus, of {m}", (len(new) / draws.index.size,), ".1%", target=0.45),
        Figure("draws", "of these distinct", (share,), ".1%", target=0.90),
    ]


def sweep_figures(model: Model, ends: NDArray[np.float64], fine_count: int) -> list[Figure]:
    sweeps = model.decode(lines(ends[0], ends[1]))
    changes = [change(*pair) for pair in steps(sweeps)]
    fine = [
        change(*pair) for pair in steps(model.decode(lines(ends[0, :fine_count], ends[1, :fine_count], _FINE_STEPS)))
    ]
    offsets = [offset for each in changes for offset in each.offsets]
    met = distinct(sweeps)

    def share(values: list[bool]) -> tuple[float, ...]:
        return (float(np.mean(values)) if values else float("nan"),)

    at_once = float(np.mean([each.parameters for each in changes])) if changes else float("nan")
    part = "sweeps of 128 steps"
    return [
        Figure(part, "parameters changed at a step, mean", (at_once,), ".3f", target=1.08, at_most=True),
        Figure(part, "steps of one parameter", share([c.parameters == 1 for c in changes]), ".1%", target=0.95),
        Figure(part, "the same on 2,048 steps", share([c.parameters == 1 for c in fine]), ".1%"),
        Figure(part, "offsets that move by one semitone", share([by == 1 for by, _ in offsets]), ".1%", target=0.95),
        Figure(part, "offsets that move by one legal step", share([legal for _, legal in offsets]), ".1%"),
        Figure(part, "distinct patterns met, mean", (met.mean(),), ".1f", target=25),
        Figure(part, "distinct patterns met, median", (float(np.median(met)),), ".0f"),
        Figure(part, "positions that are legal", (sweeps.legal.mean(),), ".3%", target=1.0),
    ]


def knob_figures(model: Model, points: NDArray[np.float64]) -> list[Figure]:
    names = tuple(axis.name for axis in model.axes)
    bound = dict(bound_axes(model))
    met, forward, not_back = [], [], []
    for axis in range(len(names)):
        turned = turns(model, points, axis)
        met.append(float(np.median(distinct(turned))))
        if axis in bound:
            moves = np.diff(turned.measure(bound[axis].measure), axis=1)
            ups, downs = (moves > 1e-9).sum(), (moves < -1e-9).sum()  # nan is neither
            forward.append(float(ups / (ups + downs)) if ups + downs else float("nan"))
            said = (~np.isnan(moves)).sum()
            not_back.append(float(1 - downs / said) if said else float("nan"))
    labels = tuple(attribute.name for attribute in bound.values())
    return [
        Figure("a knob's full turn", "distinct patterns met, median", tuple(met), ".0f", names, target=8),
        Figure(
            "a knob's full turn",
            "steps that do not go back",
            tuple(not_back),
            ".3f",
            labels,
            target=0.95,
        ),
        Figure("a knob's full turn", "changes of the attribute that go forward", tuple(forward), ".3f", labels),
    ]


def axis_figures(model: Model, z: NDArray[np.float64], draws: Decoded) -> list[Figure]:
    bound = bound_axes(model)
    labels = tuple(attribute.name for _, attribute in bound)
    everywhere, applies, shares = [], [], []
    for axis, attribute in bound:
        values = draws.measure(attribute.measure)
        says = ~np.isnan(values)
        # Draws to which the attribute does not apply: counted as a tie in the middle, and left out.
        middle = float(np.median(values[says])) if says.any() else 0.0
        everywhere.append(spearman(z[:, axis], np.nan_to_num(values, nan=middle)))
        applies.append(spearman(z[says, axis], values[says]))
        shares.append(float(says.mean()))
    part = "axis and attribute"
    return [
        Figure(part, "Spearman, over all draws", tuple(everywhere), ".3f", labels, target=0.95),
        Figure(part, "Spearman, where the attribute applies", tuple(applies), ".3f", labels, target=0.95),
        Figure(part, "share of draws where it does", tuple(shares), ".3f", labels),
    ]


def posterior_figures(model: Model, mu: NDArray[np.float32], logvar: NDArray[np.float32]) -> list[Figure]:
    mu, logvar = mu.astype(np.float64), logvar.astype(np.float64)
    names = tuple(axis.name for axis in model.axes)
    divergence = 0.5 * (mu**2 + np.exp(logvar) - 1 - logvar).mean(0)
    mean, deviation = mu.mean(0), np.sqrt(mu.var(0) + np.exp(logvar).mean(0))
    part = "posterior"
    return [
        Figure(part, "KL to the prior, in nats", tuple(divergence), ".2f", names, target=0.05),
        Figure(part, "aggregated mean", tuple(mean), "+.2f", names),
        Figure(part, "the farthest from 0", (float(np.abs(mean).max()),), ".3f", target=0.1, at_most=True),
        Figure(part, "aggregated standard deviation", tuple(deviation), ".2f", names),
        Figure(part, "the farthest from 1", (float(np.abs(deviation - 1).max()),), ".3f", target=0.1, at_most=True),
    ]
