"""Pictures of a map. They are drawn without pyplot, so no window opens and no state remains.

Colours: viridis and cividis for ordered values, Okabe and Ito's (2008) for categories. Colour-blind readers can
distinguish them.
"""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from polate.errors import ConfigError
from polate.theory.pattern import Pattern
from polate_training.evaluation.model import Decoded, Model
from polate_training.evaluation.steering import STEPS, lines
from polate_training.plots import COLOURS, write_picture

__all__ = ["confusion", "find_axis", "plot_axes", "plot_confusion", "plot_map", "write_pictures"]

_SIDE = 480  # points to a side of the map's section
_NAMED = (3, 7)  # places of the section that are named, across and up


def write_pictures(model: Model, patterns: Sequence[Pattern], axes: tuple[int, int], seed: int, folder: Path) -> None:
    """Write map.png, axes.png and confusion.png into a folder, which is created if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    plot_map(model, patterns, axes, folder / "map.png")
    plot_axes(model, folder / "axes.png")
    plot_confusion(patterns, model.decode(model.sample(patterns, seed)).flat(), folder / "confusion.png")


def find_axis(model: Model, text: str) -> int:
    """The index of the axis with this number (from 1) or name. Raises `ConfigError`."""
    names = [axis.name for axis in model.axes]
    if text in names:
        return names.index(text)
    if text.isdecimal() and 1 <= int(text) <= len(names):
        return int(text) - 1
    raise ConfigError(f"an axis must be 1..{len(names)} or one of {', '.join(names)}, got {text!r}")


def plot_map(model: Model, patterns: Sequence[Pattern], axes: tuple[int, int], path: Path) -> None:
    """Two axes of the map: the corpus at its means, and what the plane through the centre decodes to."""
    intervals = sorted({pattern.interval for pattern in patterns})
    colours = ListedColormap(colormaps["viridis"](np.linspace(0, 1, len(intervals))))
    norm = BoundaryNorm(np.arange(len(intervals) + 1) - 0.5, len(intervals))
    place = {interval: index for index, interval in enumerate(intervals)}
    figure = Figure(figsize=(12, 5.8), layout="constrained")
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)

    mu, _ = model.encode(patterns)
    order = np.random.default_rng(0).permutation(len(patterns))  # so that no progression covers the others
    codes = np.array([place[pattern.interval] for pattern in patterns])
    x, y = axes
    left.scatter(mu[order, x], mu[order, y], c=codes[order], cmap=colours, norm=norm, s=5, linewidths=0)
    left.set_title(f"the corpus: {len(patterns):,} patterns at their means")

    decoded, across, up = _section(model, axes)
    filled = decoded.measure(lambda pattern: place.get(pattern.interval, np.nan))
    right.pcolormesh(across, up, filled, cmap=colours, norm=norm, alpha=0.6, shading="nearest", rasterized=True)
    for border in _borders(decoded, across, up):
        right.plot(*border, color="black", linewidth=0.3)
    for pattern, point in _named(decoded, across, up):
        box = {"boxstyle": "round,pad=0.15", "facecolor": "white", "alpha": 0.85, "linewidth": 0}
        right.plot(*point, marker="o", markersize=3, color="black")
        right.annotate(pattern.text, point, (0, 5), textcoords="offset points", ha="center", fontsize=7, bbox=box)
    right.set_title("the plane through the centre: one region a pattern")

    for each in (left, right):
        each.set(xlabel=_axis_label(model, x), xlim=model.axes[x].range, ylim=model.axes[y].range)
    left.set_ylabel(_axis_label(model, y))
    bar = figure.colorbar(ScalarMappable(norm, colours), ax=(left, right), ticks=range(len(intervals)), pad=0.01)
    bar.ax.set_yticklabels([f"{interval} {Pattern(interval, (0,)).progression}" for interval in intervals])
    bar.set_label("semitones between principal tones")
    write_picture(figure, path)


def plot_axes(model: Model, path: Path) -> None:
    """What each knob changes: the notes of the cell over a full turn, the other knobs in the middle."""
    count = len(model.axes)
    rows = -(-count // 2)
    figure = Figure(figsize=(11, 2.1 * rows + 0.6), layout="constrained")
    panels = figure.subplots(rows, 2, sharex=True, sharey=True, squeeze=False).T.ravel()
    centre = np.zeros((count, count))
    start, end = centre.copy(), centre.copy()
    for axis in range(count):
        start[axis, axis], end[axis, axis] = model.axes[axis].range
    turns = model.decode(lines(start, end))
    longest = max(len(pattern.cell) for pattern in turns.patterns if pattern is not None)
    for axis, (panel, label) in enumerate(zip(panels, model.axes, strict=False)):
        _strip(panel, turns[axis].flat(), longest)
        panel.set_title(f"{axis + 1}  {label.name}:  {label.low} ... {label.high}", loc="left", fontsize=10)
    for panel in panels[count:]:
        panel.set_axis_off()
    figure.supxlabel("position of the knob")
    figure.supylabel("semitones above the principal tone")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=longest + 2, frameon=False)
    write_picture(figure, path)


def plot_confusion(patterns: Sequence[Pattern], decoded: Sequence[Pattern | None], path: Path) -> None:
    """Progressions: of the patterns encoded (rows), and of the patterns decoded from samples of their posteriors."""
    intervals, percent = confusion(patterns, decoded)
    figure = Figure(figsize=(8, 6.5), layout="constrained")
    axes = figure.subplots()
    picture = axes.imshow(percent, cmap="cividis", vmin=0, vmax=100)
    for row, column in np.argwhere(percent > 0):
        value = percent[row, column]
        text = "100" if value == 100 else f"{value:.1f}"
        axes.text(column, row, text, ha="center", va="center", color="black" if value > 50 else "white", fontsize=8)
    names = [f"{Pattern(interval, (0,)).progression} ({interval})" for interval in intervals]
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="came back", ylabel="went in", title="each pattern by a sample of its posterior")
    figure.colorbar(picture, label="% of the row")
    write_picture(figure, path)


def confusion(patterns: Sequence[Pattern], decoded: Sequence[Pattern | None]) -> tuple[list[int], NDArray[np.float64]]:
    """The intervals that occur, rising, and which of them each was decoded to: (intervals, intervals) % of the row."""
    intervals = sorted({pattern.interval for pattern in (*patterns, *decoded) if pattern is not None})
    counts = np.zeros((len(intervals), len(intervals)))
    for before, after in zip(patterns, decoded, strict=True):
        if after is not None:
            counts[intervals.index(before.interval), intervals.index(after.interval)] += 1
    percent: NDArray[np.float64] = 100 * counts / np.maximum(counts.sum(1, keepdims=True), 1)
    return intervals, percent


def _axis_label(model: Model, axis: int) -> str:
    label = model.axes[axis]
    return f"axis {axis + 1}, {label.name}: {label.low} ... {label.high}"


def _section(model: Model, axes: tuple[int, int]) -> tuple[Decoded, NDArray[np.float64], NDArray[np.float64]]:
    """The plane through the centre: (_SIDE, _SIDE) patterns, and the coordinates (_SIDE,) of each direction."""
    across, up = (np.linspace(*model.axes[axis].range, _SIDE) for axis in axes)
    points = np.zeros((_SIDE, _SIDE, len(model.axes)))
    points[..., axes[0]], points[..., axes[1]] = across[None, :], up[:, None]
    return model.decode(points), across, up


def _borders(
    decoded: Decoded, across: NDArray[np.float64], up: NDArray[np.float64]
) -> list[tuple[list[float], list[float]]]:
    """The borders between neighbouring points that differ: one line of vertical strokes, one of horizontal ones."""
    half_x, half_y = (across[1] - across[0]) / 2, (up[1] - up[0]) / 2
    vertical: tuple[list[float], list[float]] = ([], [])
    for row, column in np.argwhere(decoded.index[:, 1:] != decoded.index[:, :-1]):
        x, y = across[column] + half_x, up[row]
        vertical[0].extend((x, x, np.nan))
        vertical[1].extend((y - half_y, y + half_y, np.nan))
    horizontal: tuple[list[float], list[float]] = ([], [])
    for row, column in np.argwhere(decoded.index[1:] != decoded.index[:-1]):
        x, y = across[column], up[row] + half_y
        horizontal[0].extend((x - half_x, x + half_x, np.nan))
        horizontal[1].extend((y, y, np.nan))
    return [vertical, horizontal]


def _named(
    decoded: Decoded, across: NDArray[np.float64], up: NDArray[np.float64]
) -> list[tuple[Pattern, tuple[float, float]]]:
    """The patterns at the points of a coarse grid, each with its point."""
    columns, rows = ((2 * np.arange(count) + 1) * _SIDE // (2 * count) for count in _NAMED)
    grid = [(decoded.patterns[decoded.index[row, column]], (row, column)) for row in rows for column in columns]
    return [(pattern, (across[column], up[row])) for pattern, (row, column) in grid if pattern is not None]


def _strip(panel: Axes, turn: Sequence[Pattern | None], longest: int) -> None:
    """One full turn: a line for each note of the cell, with gaps in shorter cells, and the next principal tone."""
    positions = np.linspace(0, 1, STEPS)
    interval = [np.nan if pattern is None else pattern.interval for pattern in turn]
    panel.axhline(0, color="0.75", linewidth=2, label="principal tone")
    panel.step(positions, interval, where="mid", color="0.4", linewidth=1.5, linestyle=":", label="the next one")
    for slot in range(1, longest):
        notes = [p.cell[slot] if p is not None and slot < len(p.cell) else np.nan for p in turn]
        panel.step(positions, notes, where="mid", color=COLOURS[(slot - 1) % 6], linewidth=2, label=f"note {slot}")
    for place, (a, b) in enumerate(pairwise(turn)):
        if a != b:
            panel.axvline((positions[place] + positions[place + 1]) / 2, color="0.9", linewidth=0.5, zorder=0)
    panel.set(xlim=(0, 1), ylim=(-12, 24), yticks=range(-12, 25, 6))
    panel.grid(axis="y", alpha=0.3)
