"""A model as it is measured: through its exported files, with onnxruntime. The contract is exported/README.md.

points (..., latent) -> decoder .onnx -> rows -> Decoded: the distinct patterns, and the index of each point's pattern

The checkpoint is not used. torch only makes the one-hot columns that the encoder reads.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from polate.errors import ConfigError, ModelError, PatternError
from polate.model import contract
from polate.runtime.file_io import read_at_most
from polate.theory.pattern import Pattern
from polate_training.corpus import Corpus
from polate_training.encoding import Vocabulary

__all__ = ["Decoded", "Model", "TrainedOn", "check_corpus", "open_model"]

_OUTPUTS = (
    "interval",
    "size",
    "symmetric",
    "cell",
    "descending_size",
    "descending",
)  # some models lack the last two
_BATCH = 4096  # a larger batch does not fit into the cache: 10 us a point instead of 5


@dataclass(frozen=True, slots=True)
class TrainedOn:
    """The corpus that a model was trained on."""

    name: str
    sha256: str


_LARGEST_FILE = 64 << 20  # bytes
_KEYS = ("axes", "intervals", "offsets", "slots")
_METADATA = {key: contract.Metadata.__annotations__[key] for key in _KEYS} | {"corpus": TrainedOn}


@dataclass(frozen=True, slots=True)
class Decoded:
    """What points decode to. Each distinct pattern is stored once, so a measure is computed once for each."""

    patterns: tuple[Pattern | None, ...]  # None for a row that is not a legal pattern
    index: NDArray[np.intp]  # (...) index into `patterns`, for each point

    @classmethod
    def of(cls, rows: NDArray[np.int64], shape: tuple[int, ...]) -> "Decoded":
        """``rows``: as `Model.decode_rows` returns them, one for each point of ``shape``."""
        # Rows are compared by a 64-bit hash. Of a million rows, two share one with a probability of 1 to 40 million.
        multipliers = np.random.default_rng(0).integers(2**63, size=rows.shape[1], dtype=np.uint64)
        keys = (rows.astype(np.uint64) * multipliers).sum(1, dtype=np.uint64)
        _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
        return cls(tuple(_pattern(row) for row in rows[first].tolist()), inverse.reshape(shape))

    def __getitem__(self, where: Any) -> "Decoded":
        """Some of the points, by numpy indexing."""
        return Decoded(self.patterns, self.index[where])

    def measure(self, of: Callable[[Pattern], float]) -> NDArray[np.float64]:
        """A number for each point, (...) as `index`; nan for an illegal row."""
        values = [float("nan") if pattern is None else float(of(pattern)) for pattern in self.patterns]
        return np.array(values, dtype=np.float64)[self.index]

    @property
    def legal(self) -> NDArray[np.bool_]:
        """Whether each point decodes to a legal pattern, (...) as `index`."""
        return np.array([pattern is not None for pattern in self.patterns])[self.index]

    def flat(self) -> list[Pattern | None]:
        """The pattern of each point, in order."""
        return [self.patterns[i] for i in self.index.ravel()]


@dataclass(frozen=True, slots=True)
class Model:
    """A decoder, an encoder, and what their metadata says.

    ``decode_rows``: points (B, latent) -> rows (B, 2 (slots + 1) + 4). A row is the interval, the size, the symmetric
    flag, the cell with 0 past its end, the size of the descending cell (0 for none), and the descending cell.
    ``encode``: patterns -> mu and logvar, (patterns, latent) each.
    """

    name: str
    axes: tuple[contract.Axis, ...]
    decode_rows: Callable[[NDArray[np.float32]], NDArray[np.int64]]
    encode: Callable[[Sequence[Pattern]], tuple[NDArray[np.float32], NDArray[np.float32]]]
    corpus: TrainedOn

    def decode(self, points: NDArray[Any]) -> Decoded:
        """The patterns at points (..., latent)."""
        flat = np.ascontiguousarray(points.reshape(-1, len(self.axes)), dtype=np.float32)
        rows = [self.decode_rows(flat[start : start + _BATCH]) for start in range(0, len(flat), _BATCH)]
        return Decoded.of(np.concatenate(rows), points.shape[:-1])

    def sample(self, patterns: Sequence[Pattern], seed: int) -> NDArray[np.float64]:
        """One sample of each pattern's posterior: (patterns, latent)."""
        mu, logvar = self.encode(patterns)
        noise = np.random.default_rng(seed).standard_normal(mu.shape)
        return np.asarray(mu + np.exp(logvar / 2) * noise, dtype=np.float64)


def open_model(path: Path) -> Model:
    """Open the decoder ``NAME.onnx`` and the encoder ``NAME.encoder.onnx`` beside it.

    Raises `ConfigError` for a missing file, `ModelError` for a file that breaks the contract.
    """
    decoder, encoder = _session(path), _session(contract.encoder_file(path))
    texts = decoder.get_modelmeta().custom_metadata_map
    axes, intervals, offsets, slots, corpus = contract.read_metadata(texts, _METADATA, str(path)).values()
    names = [node.name for node in decoder.get_outputs()]
    if missing := [name for name in _OUTPUTS[:4] if name not in names]:
        raise ModelError(f"output {missing[0]!r} is missing, it has {', '.join(names)}", file=path)
    outputs = [name for name in _OUTPUTS if name in names]
    empty = 0 if "descending" in outputs else slots + 2
    vocabulary = Vocabulary(intervals, slots, offsets[0], offsets[1], rising=False, descending=not empty, symmetric=())

    def decode_rows(z: NDArray[np.float32]) -> NDArray[np.int64]:
        return np.column_stack(
            [*decoder.run(outputs, {contract.DECODER_INPUT: z}), np.zeros((len(z), empty), dtype=np.int64)]
        )

    def encode(patterns: Sequence[Pattern]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        read = vocabulary.one_hot(vocabulary.encode(patterns)).numpy()
        mu, logvar = encoder.run(contract.ENCODER_OUTPUTS, {contract.ENCODER_INPUT: read})
        return mu, logvar

    return Model(path.name, axes, decode_rows, encode, corpus)


def check_corpus(model: Model, corpus: Corpus) -> None:
    """Raises `ConfigError` if the model was trained on another corpus."""
    if model.corpus.sha256 != corpus.sha256:
        raise ConfigError(
            f"{model.name} must be measured with the corpus that it was trained on, {model.corpus.name!r} "
            f"(sha256 {model.corpus.sha256[:12]}), got {corpus.name!r} ({corpus.sha256[:12]}); --corpus chooses another"
        )


def _session(path: Path) -> onnxruntime.InferenceSession:
    if not path.is_file():
        raise ConfigError(f"{path} does not exist: 'polate export' writes NAME.onnx and NAME.encoder.onnx")
    try:
        return onnxruntime.InferenceSession(read_at_most(path, _LARGEST_FILE), providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ModelError(f"{path} is not an ONNX model that onnxruntime can load: {error}") from error


def _pattern(row: list[int]) -> Pattern | None:
    interval, size, symmetric, *cells = row
    cell, (descending_size, *descending) = cells[: len(cells) // 2], cells[len(cells) // 2 :]
    try:
        down = tuple(descending[:descending_size]) if descending_size else None
        return Pattern(interval, tuple(cell[:size]), bool(symmetric), down)
    except PatternError:
        return None
