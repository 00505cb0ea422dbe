"""Pictures of a training run. `evaluation.pictures` draws those of a map."""

import csv
import io
from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path

from matplotlib.figure import Figure

from polate.errors import ConfigError
from polate.runtime.file_io import read_at_most, replace_file

__all__ = ["COLOURS", "plot_losses", "read_losses", "write_picture"]

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000")
"""Okabe and Ito's colours, which colour-blind readers can distinguish."""
DPI = 150
_LARGEST_TABLE = 16 << 20  # bytes


def read_losses(path: Path) -> list[dict[str, float]]:
    """The rows of a losses.csv, without the number of the epoch. Raises `ConfigError`."""
    try:
        table = io.StringIO(read_at_most(path, _LARGEST_TABLE).decode(), newline="")
        rows = [{key: float(text) for key, text in row.items() if key != "epoch"} for row in csv.DictReader(table)]
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
    write_picture(figure, path)


def write_picture(figure: Figure, path: Path) -> None:
    """Write a figure as PNG. Raises `OSError`."""
    picture = io.BytesIO()
    figure.savefig(picture, dpi=DPI, format="png")
    replace_file(path, picture.getvalue())
