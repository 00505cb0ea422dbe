"""Figures and their targets, as a table and as JSON."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from rich.box import MARKDOWN
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from polate.errors import printable

__all__ = ["Figure", "as_json", "judgement", "machine", "print_table"]

_WIDTH = 400  # a Markdown table must not be wrapped


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure. If it has several values, one an axis, each of them must reach the target."""

    section: str
    name: str
    values: tuple[float, ...]
    form: str = ".3f"  # the format of a value
    labels: tuple[str, ...] = ()  # the axis of each of several values
    target: float | None = None
    at_most: bool = False  # whether the target is a maximum; otherwise it is a minimum

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; None without a target. A nan does not reach it."""
        if self.target is None:
            return None
        return all(value <= self.target if self.at_most else value >= self.target for value in self.values)

    @property
    def target_text(self) -> str:
        if self.target is None:
            return ""
        return f"{'at most' if self.at_most else 'at least'} {format(self.target, self.form)}"


def as_json(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """One JSON object a figure; nan becomes null."""
    rows = []
    for figure in figures:
        values = [None if np.isnan(value) else round(float(value), 6) for value in figure.values]
        row: dict[str, Any] = {"section": figure.section, "name": figure.name}
        row["value"] = dict(zip(figure.labels, values, strict=True)) if figure.labels else values[0]
        if figure.target is not None:
            row |= {"target": figure.target_text, "reached": figure.reached}
        rows.append(row)
    return rows


def judgement(name: str, figures: Sequence[Figure]) -> str:
    """A sentence or two in plain words: what holds, and what misses its target."""
    values = {(figure.section, figure.name): figure for figure in figures}
    said = [_of_figure(form, values.get(key)) for key, form in _IN_WORDS.items()]
    holds = "; ".join(filter(None, said))
    aimed = [figure for figure in figures if figure.reached is not None]
    missed = [figure for figure in aimed if not figure.reached]
    if not aimed:
        verdict = "There are no targets for a model of this corpus."
    elif not missed:
        verdict = "It reaches its target." if len(aimed) == 1 else f"It reaches all {len(aimed)} targets."
    else:
        verdict = f"It misses {len(missed)} of {len(aimed)} targets: {'; '.join(map(_miss, missed))}."
    return f"{name}: {holds}. {verdict}" if holds else f"{name}: {verdict}"


_IN_WORDS = {
    ("corpus", "patterns that come back exactly from their mean"): "{} of the patterns come back exactly",
    ("sweeps of 128 steps", "steps of one parameter"): "{} of the steps between two places change one thing",
    ("sweeps of 128 steps", "distinct patterns met, mean"): "a way across the map meets {} patterns",
    ("a knob's full turn", "distinct patterns met, median"): "a full turn of a knob meets {}",
    ("a knob's full turn", "steps that do not go back"): "{} of the steps of a knob do not go back",
}


def _of_figure(form: str, figure: Figure | None) -> str:
    if figure is None or any(np.isnan(value) for value in figure.values):
        return ""
    as_percent = figure.form.endswith("%") or "steps" in figure.name
    texts = [f"{100 * value:.3g} %" if as_percent else f"{value:.3g}" for value in figure.values]
    if len(texts) == 1 or min(figure.values) == max(figure.values):
        return form.format(texts[0])
    least, most = (figure.values.index(value) for value in (min(figure.values), max(figure.values)))
    return form.format(f"{texts[least]} ({figure.labels[least]}) to {texts[most]} ({figure.labels[most]})")


def _miss(figure: Figure) -> str:
    """The worst value of a figure that misses its target."""
    worst = max(figure.values) if figure.at_most else min(figure.values)
    where = f" of {figure.labels[figure.values.index(worst)]}" if figure.labels else ""
    return f"{figure.section}, {figure.name}{where} is {format(worst, figure.form)}, not {figure.target_text}"


def print_table(figures: Sequence[Figure], about: Mapping[str, Any]) -> None:
    """Print Markdown tables: figures with one value, figures with one value an axis; then the lines of ``about``."""
    axes = max((figure.labels for figure in figures), key=len, default=())
    single = Table("", "figure", "reached", "target", "verdict", box=MARKDOWN)
    by_axis = Table("", "figure", *map(escape, axes), "target", "verdict", box=MARKDOWN)
    for figure in figures:
        end = (figure.target_text, {None: "", True: "reached", False: "**not reached**"}[figure.reached])
        texts = [format(value, figure.form) for value in figure.values]
        if figure.labels:
            of_axis = dict(zip(figure.labels, texts, strict=True))
            by_axis.add_row(figure.section, figure.name, *(of_axis.get(axis, "") for axis in axes), *end)
        else:
            single.add_row(figure.section, figure.name, *texts, *end)
    console = Console(highlight=False, width=_WIDTH)
    for table in (single, by_axis):
        if table.row_count:
            console.print(table)
    for key, value in about.items():
        text = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, Mapping) else value
        console.print(f"{key}: {printable(str(text), 1000)}", soft_wrap=True, markup=False)


def machine() -> dict[str, str | int]:
    """The machine and the library versions of a measurement."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 0,
        "system": platform.platform(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "onnxruntime", "scikit-image", "scipy")},
    }


def _processor() -> str:
    information = Path("/proc/cpuinfo")  # platform.processor() is empty on Linux
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
