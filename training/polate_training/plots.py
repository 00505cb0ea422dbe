"""Pictures of a training run."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

__all__ = ["plot_losses"]


def plot_losses(losses: Sequence[Mapping[str, float]], path: Path) -> None:
    """One curve a term, over the epochs, on a logarithmic axis."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for name in losses[0]:
        axes.plot(range(1, len(losses) + 1), [row[name] for row in losses], label=name)
    axes.set(xlabel="epoch", ylabel="loss", yscale="log")
    figure.legend(loc="outside right upper")
    figure.savefig(path)
