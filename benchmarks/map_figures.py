"""How good a map the model is to steer by: one table of figures.

    python benchmarks/map_figures.py runs/slonimsky/checkpoint.safetensors
    python benchmarks/map_figures.py exported/slonimsky.onnx     (its .encoder.onnx beside it)

Everything goes through Assemble, so these are the patterns that a player hears. Seeded: one model, one table.

What counts as a change between two neighbouring patterns: the interval, the size, the symmetric flag, and each
offset in a slot that both of them have. A change of size is thus one change, and the notes that it adds or takes
away are none. A *legal step* of an offset passes over illegal ones only: pitch classes that the other notes of the
cell hold, before or after, and the next principal tone.
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from polate.errors import PatternError
from polate.pattern import Pattern
from polate_training.attributes import ATTRIBUTES
from polate_training.corpus import thesaurus
from polate_training.encoding import Vocabulary

if TYPE_CHECKING:
    from polate_training.fit import Training

Floats = npt.NDArray[np.float32]
Row = tuple[int, ...]  # interval, size, symmetric, cell ...; 0 past the cell's end

STEPS = 128  # positions of a knob, and of a sweep: those of MIDI
FINE_STEPS = 2048
DRAWS, SWEEPS, TURNS = 10_000, 400, 1_000


@dataclass(frozen=True, slots=True)
class Map:
    """A model seen from outside: points to patterns, and where the corpus lies among the points."""

    decode: Callable[[Floats], list[Row]]  # (B, latent) -> B rows
    mu: Floats  # (patterns, latent)
    logvar: Floats  # (patterns, latent)
    low: Floats  # (latent,) the exported range of each axis
    high: Floats  # (latent,)
    patterns: list[Pattern]


def from_training(training: "Training") -> Map:
    import torch

    from polate_training.export import useful_range
    from polate_training.vae import Assemble

    vocabulary, model = training.vocabulary, training.model
    assemble = Assemble(vocabulary)

    def decode(z: Floats) -> list[Row]:
        with torch.no_grad():
            interval, size, symmetric, cell = assemble(model.decoder(torch.from_numpy(z)))
        return _rows(interval.numpy(), size.numpy(), symmetric.numpy(), cell.numpy())

    patterns = list(training.patterns)
    with torch.no_grad():
        mu, logvar = model.encoder(vocabulary.one_hot(vocabulary.encode(patterns)))
    low, high = useful_range(mu, logvar)
    return Map(decode, mu.numpy(), logvar.numpy(), low.numpy(), high.numpy(), patterns)


def from_onnx(path: Path) -> Map:
    import onnxruntime

    patterns = list(thesaurus().patterns)
    vocabulary = Vocabulary.of(patterns)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    encoder = onnxruntime.InferenceSession(path.with_suffix(".encoder.onnx"), providers=["CPUExecutionProvider"])
    axes = json.loads(session.get_modelmeta().custom_metadata_map["polate.axes"])

    def decode(z: Floats) -> list[Row]:
        return _rows(*session.run(["interval", "size", "symmetric", "cell"], {"z": z}))

    one_hot = vocabulary.one_hot(vocabulary.encode(patterns)).numpy()
    mu, logvar = encoder.run(["mu", "logvar"], {"one_hot": one_hot})
    ranges = np.array([axis["range"] for axis in axes], dtype=np.float32)
    return Map(decode, mu, logvar, ranges[:, 0], ranges[:, 1], patterns)


def _rows(interval: Floats, size: Floats, symmetric: Floats, cell: Floats) -> list[Row]:
    return [tuple(row) for row in np.column_stack([interval, size, symmetric, cell]).tolist()]


@cache
def _pattern(row: Row) -> Pattern:
    return Pattern(row[0], row[3 : 3 + row[1]], bool(row[2]))


def _legal(row: Row) -> Pattern | None:
    try:
        return _pattern(row)
    except PatternError:
        return None


@cache
def _attribute(index: int, row: Row) -> float:
    return ATTRIBUTES[index].measure(_pattern(row))


# -- changes -------------------------------------------------------------------------------------


@cache
def _changes(before: Row, after: Row) -> tuple[int, tuple[tuple[int, bool], ...]]:
    """How many parameters change, and for each offset that does: by how many semitones, and whether by a legal step."""
    count = sum(a != b for a, b in zip(before[:3], after[:3], strict=True))
    offsets = []
    shared = range(1, min(before[1], after[1]))
    for slot in shared:
        a, b = before[3 + slot], after[3 + slot]
        if a != b:
            between = range(min(a, b) + 1, max(a, b))
            taken = [{x % 12 for k, x in enumerate(row[3 : 3 + row[1]]) if k != slot} for row in (before, after)]
            legal = all(x in (before[0], after[0]) or x % 12 in taken[0] or x % 12 in taken[1] for x in between)
            offsets.append((abs(a - b), legal))
    return count + len(offsets), tuple(offsets)


def _distinct_neighbours(rows: list[Row]) -> list[tuple[Row, Row]]:
    return [(a, b) for a, b in pairwise(rows) if a != b]


def _along(model: Map, start: Floats, end: Floats, steps: int = STEPS) -> list[list[Row]]:
    """(L, latent) twice -> the patterns on L straight lines, both ends included."""
    t = np.linspace(0, 1, steps, dtype=np.float32)[None, :, None]
    lines = start[:, None] * (1 - t) + end[:, None] * t  # (L, steps, latent)
    rows = model.decode(np.ascontiguousarray(lines.reshape(-1, start.shape[1])))
    return [rows[i : i + steps] for i in range(0, len(rows), steps)]


def _one_at_a_time(sweeps: list[list[Row]]) -> float:
    return float(np.mean([_changes(*pair)[0] == 1 for sweep in sweeps for pair in _distinct_neighbours(sweep)]))


# -- Spearman ------------------------------------------------------------------------------------


def _ranks(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Ties share their mean rank."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[inverse], dtype=np.float64)


def spearman(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    first, second = _ranks(np.asarray(a, dtype=np.float64)), _ranks(np.asarray(b, dtype=np.float64))
    return float(np.corrcoef(first, second)[0, 1])


# -- the table -----------------------------------------------------------------------------------


def figures(model: Map, seed: int = 0) -> dict[str, float | str]:
    """Every figure by name, in the order of the table."""
    random = np.random.default_rng(seed)
    table: dict[str, float | str] = {}
    latent = model.mu.shape[1]
    names = [attribute.name for attribute in ATTRIBUTES]

    back = [_pattern(row) for row in model.decode(model.mu)]
    table["a. corpus patterns that come back exactly"] = np.mean(
        [a == b for a, b in zip(back, model.patterns, strict=True)]
    )

    z = random.standard_normal((DRAWS, latent), dtype=np.float32)
    draws = model.decode(z)
    known = set(model.patterns)
    legal = [pattern for row in draws if (pattern := _legal(row))]
    new = [pattern for pattern in legal if pattern not in known]
    table["b. prior draws that are legal"] = len(legal) / DRAWS
    table["b. prior draws outside the corpus"] = len(new) / DRAWS
    table["b. of these distinct"] = len(set(new)) / max(len(new), 1)

    ends = random.standard_normal((2, SWEEPS, latent), dtype=np.float32)
    sweeps = _along(model, ends[0], ends[1])
    neighbours = [pair for sweep in sweeps for pair in _distinct_neighbours(sweep)]
    changes = [_changes(*pair) for pair in neighbours]
    counts = np.array([count for count, _ in changes])
    offsets = [offset for _, moved in changes for offset in moved]
    met = [len(set(sweep)) for sweep in sweeps]
    table["c. parameters changed at once, mean"] = counts.mean()
    table["c. changes of one parameter"] = _one_at_a_time(sweeps)
    fine = _along(model, ends[0, ::4], ends[1, ::4], FINE_STEPS)
    table[f"c. ditto, on {FINE_STEPS} steps"] = _one_at_a_time(fine)
    table["c. offset changes by one semitone"] = np.mean([by == 1 for by, _ in offsets])
    table["c. offset changes by one legal step"] = np.mean([legal for _, legal in offsets])
    table["c. distinct patterns in a sweep, mean"] = np.mean(met)
    table["c. distinct patterns in a sweep, median"] = np.median(met)

    points = random.standard_normal((TURNS, latent), dtype=np.float32)
    divergence = 0.5 * (model.mu**2 + np.exp(model.logvar) - 1 - model.logvar).mean(0)
    spread = np.sqrt(model.mu.var(0) + np.exp(model.logvar).mean(0))
    distinct, forward = [], []
    for axis in range(latent):
        start, end = points.copy(), points.copy()
        start[:, axis], end[:, axis] = model.low[axis], model.high[axis]
        turns = _along(model, start, end)
        distinct.append(float(np.median([len(set(turn)) for turn in turns])))
        if axis < len(names):
            moves = np.array(
                [_attribute(axis, b) - _attribute(axis, a) for turn in turns for a, b in _distinct_neighbours(turn)]
            )
            forward.append(float((moves > 1e-9).sum() / (np.abs(moves) > 1e-9).sum()))  # nan is neither

    def each(values: list[float], form: str) -> str:
        return " ".join(format(value, form) for value in values)

    table["d. distinct patterns in a knob's turn, median"] = each(distinct, ".0f")
    table["d. KL in nats"] = each(divergence.tolist(), ".2f")
    table["e. attributes"] = " ".join(names)
    # A cell of too few notes does not say: once among the draws as a tie in the middle, once left out.
    measured = [np.array([_attribute(i, row) for row in draws]) for i in range(len(names))]
    says = [~np.isnan(values) for values in measured]
    table["e. Spearman of axis and attribute"] = each(
        [spearman(z[:, i], np.nan_to_num(v, nan=float(np.nanmedian(v)))) for i, v in enumerate(measured)], ".3f"
    )
    table["e. ditto, where the attribute says something"] = each(
        [spearman(z[says[i], i], v[says[i]]) for i, v in enumerate(measured)], ".3f"
    )
    table["e. share of draws where it does"] = each([float(s.mean()) for s in says], ".3f")
    table["e. steps of the attribute that do not go back"] = each(forward, ".3f")
    table["f. aggregated posterior, mean"] = each(model.mu.mean(0).tolist(), "+.2f")
    table["f. aggregated posterior, standard deviation"] = each(spread.tolist(), ".2f")
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("model", type=Path, help="a checkpoint.safetensors, or an exported .onnx")
    parser.add_argument("--seed", type=int, default=0, help="of the draws, the sweeps and the turns")
    arguments = parser.parse_args()
    if arguments.model.suffix == ".onnx":
        model = from_onnx(arguments.model)
    else:
        from polate_training.fit import Training

        model = from_training(Training.load(arguments.model))
    for name, value in figures(model, arguments.seed).items():
        print(f"{name:<50} {value if isinstance(value, str) else format(value, '.4g')}")


if __name__ == "__main__":
    main()
