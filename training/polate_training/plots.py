"""Pictures of a training run. `evaluation.pictures` draws those of a map."""

import csv
from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path

from matplotlib.figure import Figure

from polate.errors import ConfigError

__all__ = ["COLOURS", "DPI", "plot_losses", "read_losses"]

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000")
"""Okabe and Ito's colours, which colour-blind readers can distinguish."""
DPI = 150


def read_losses(path: Path) -> list[dict[str, float]]:
    """The rows of a losses.csv, without the number of the epoch. Raises `ConfigError`."""
    try:
        with path.open(newline="") as file:
            rows = [{key: float(text) for key, text in row.items() if key != "epoch"} for row in csv.DictReader(file)]
    except FileNotFoundError:
        raise ConfigError(f"no losses at {path}: 'polate train' writes them") from None
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(f"{path} is not a table of losses: {error}") from error
    if not rows:
        raise ConfigError(f"{path} is not a table of losses: it has no epochs")
    return rows


def plot_losses(losses: Sequence[Mapping[str, float]], path: Path) -> None:
    """Draw one curve for each term of the loss, over the epochs, on a logarithmic axis."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    epochs = range(1, len(losses) + 1)
    for colour, name in zip(cycle(COLOURS), losses[0], strict=False):
        axes.plot(epochs, [row[name] for row in losses], label=name, color=colour)
    axes.set(xlabel="epoch", ylabel="loss, mean over the corpus", yscale="log", xlim=(1, max(len(losses), 2)))
    axes.grid(alpha=0.3)
    figure.legend(loc="outside right upper")
    figure.savefig(path, dpi=DPI)
