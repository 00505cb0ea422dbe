"""The exported decoder: a latent point in, a pattern out.

    z --NAME.onnx--> interval, size, symmetric, cell --> Pattern
                     what each choice costs          --> Certainty

The contract is exported/README.md and `polate.model.contract`. onnxruntime runs the graph on one thread, on buffers
that are made once (IOBinding), so a call copies nothing.
"""

import ctypes
import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from polate.errors import ModelError
from polate.model import onnx_file
from polate.model.contract import DECODER_INPUT, Metadata, metadata_path, read_decoder_metadata
from polate.model.run_guard import RunGuard
from polate.model.shipped import SHIPPED, is_shipped, model_file
from polate.theory.pattern import Pattern

__all__ = ["Certainty", "Choices", "Costs", "Decoder", "certainty"]

_LONGEST_SECONDS = 0.2  # one point takes 30 us; a player that is silent for 0.3 s has its notes ended
_LONGEST_BATCH_SECONDS = 5.0  # a batch takes 60 ms
_BATCH = 4096  # points in one run of the graph, whose tensors need 18 kB a point
_KEYS = np.random.default_rng(0).integers(1, 2**62, size=64) | 1  # odd numbers that tell rows apart


class Certainty(msgspec.Struct, frozen=True):
    """How sure the model is of a pattern."""

    confidence: float  # the probability of interval, size and cell, 0..1
    runner_up: tuple[int, ...]  # for each added note, the second most likely offset in its place, in semitones


@dataclass(frozen=True, slots=True)
class Costs:
    """The cost of each choice at some points: see exported/README.md."""

    interval: NDArray[np.float32]  # (B, intervals)
    size: NDArray[np.float32]  # (B, slots + 1)
    offset: NDArray[np.float32]  # (B, slots, offsets)


@dataclass(frozen=True, slots=True)
class Choices:
    """What is chosen at some points, before patterns are made of it: see exported/README.md."""

    interval: NDArray[np.int64]  # (B,) semitones
    size: NDArray[np.int64]  # (B,) notes in the cell
    symmetric: NDArray[np.int64]  # (B,) 0 or 1
    cell: NDArray[np.int64]  # (B, slots + 1) semitones, 0 past the cell's end
    descending_size: NDArray[np.int64] | None = None  # (B,); None if the model has no descending cells
    descending: NDArray[np.int64] | None = None  # (B, slots + 1)


class Decoder:
    """A loaded decoder: latent points in, patterns out.

    ``name``: the file's name. ``axes``: one `Axis` for each coordinate, with its name and the range of a knob.
    ``metadata``: everything that the file says about itself, the landmarks among it. A decoder reads no file but its
    own. Do not use one from two threads at once.

    >>> from polate import Decoder
    >>> decoder = Decoder.open()
    >>> decoder.decode([0.0] * 8).text
    'quadritone 0 1 2 10'
    >>> [axis.name for axis in decoder.axes][:3]
    ['interval', 'density', 'register']
    """

    def __init__(self, content: bytes, name: str = "model", *, is_trusted: bool = False) -> None:
        """``content``: the bytes of an .onnx file. ``is_trusted``: it came with Polate, so every run ends.

        Raises `ModelError`, which names the key, for a file that breaks the contract.
        """
        self.name = name
        self.sha256 = hashlib.sha256(content).hexdigest()  # of the file
        self._session = onnx_file.session(content, name)
        self._guard = self._batch_guard = RunGuard(name, None if is_trusted else _LONGEST_BATCH_SECONDS)
        self.metadata = read_decoder_metadata(onnx_file.metadata_texts(self._session), name)
        self.axes = self.metadata.axes
        slots = self.metadata.slots
        shapes = {"interval": [], "size": [], "symmetric": [], "cell": [slots + 1]}
        if self.metadata.descending:
            shapes |= {"descending_size": [], "descending": [slots + 1]}
        self._output_names = list(shapes)
        outputs = {key: ("tensor(int64)", shape) for key, shape in shapes.items()}
        onnx_file.check_nodes(
            self._session,
            inputs={DECODER_INPUT: ("tensor(float)", [self.metadata.latent_size])},
            outputs=outputs | {key: ("tensor(float)", shape) for key, shape in self._cost_shapes().items()},
            name=name,
        )
        # onnxruntime keeps the addresses of these buffers, so they must live as long as the binding. Numpy arrays in
        # their place take longer to fill and to read, above all with cold caches.
        self._z = (ctypes.c_float * self.metadata.latent_size)()
        self._outputs = [(ctypes.c_int64 * math.prod(shape))() for shape in shapes.values()]
        self._binding = self._session.io_binding()
        self._binding.bind_input(DECODER_INPUT, "cpu", 0, np.float32, [1, len(self._z)], ctypes.addressof(self._z))
        for (key, shape), buffer in zip(shapes.items(), self._outputs, strict=True):
            self._binding.bind_output(key, "cpu", 0, np.int64, [1, *shape], ctypes.addressof(buffer))
        for landmark in self.metadata.landmarks:
            if (text := self.decode(landmark.z).text) != landmark.text:
                message = f"is not valid: {landmark.name!r} must decode to {landmark.text!r}, got {text!r}"
                raise ModelError(message, path=metadata_path("landmarks"), file=name)
        self.decode([0.0] * self.metadata.latent_size)
        if not is_trusted:
            self._guard = RunGuard(name, _LONGEST_SECONDS)  # while music is played

    @classmethod
    def open(cls, path: Path | str | None = None) -> "Decoder":
        """Load a file, a shipped model by its name ('slonimsky', 'octave', 'atlas'), or the default model (None).

        A file that did not come with Polate is first loaded in a process of its own, with limits. Raises `ModelError`.
        """
        chosen = model_file(path)
        if not chosen.exists():
            raise ModelError(
                f"a model must be {', '.join(SHIPPED)} or an .onnx file, got {chosen}, which does not exist"
            )
        content = onnx_file.read(chosen)
        if not is_shipped(chosen):
            onnx_file.try_out("polate.model.decoder", chosen)
        return cls(content, chosen.name, is_trusted=is_shipped(chosen))

    def decode(self, z: Sequence[float]) -> Pattern:
        """The pattern at a point ``z``, (latent_size,) finite numbers. Raises `ModelError` for any other."""
        self._take(z)
        self._guard.run(self._session.run_with_iobinding, self._binding)
        interval, size, symmetric, cell, *down = self._outputs
        return self._pattern(interval[0], size[0], symmetric[0], cell[:], *((down[0][0], down[1][:]) if down else ()))

    def _take(self, z: Sequence[float]) -> None:
        if len(z) != len(self._z):
            raise ModelError(f"a latent point must have {len(self._z)} coordinates, got {len(z)}")
        self._z[:] = [*z]
        if not all(map(math.isfinite, self._z)):
            raise ModelError(f"a latent point must be finite, got {list(z)}")

    def decode_many(self, z: ArrayLike) -> list[Pattern]:
        """The patterns at points ``z``, (B, latent_size) finite numbers. Raises `ModelError` for any other."""
        return [
            self._pattern(*row)
            for columns in self._batches(z, self._output_names)
            for row in zip(*(column.tolist() for column in columns), strict=True)
        ]

    def decode_distinct(self, z: ArrayLike) -> tuple[list[Pattern], NDArray[np.intp]]:
        """The different patterns at points ``z``, (B, latent_size), and for each point the index of its pattern, (B,).

        A picture of the map has thousands of points and some hundred patterns: each pattern is made once. Raises
        `ModelError` as `decode_many` does.
        """
        columns = [np.concatenate(parts) for parts in zip(*self._batches(z, self._output_names), strict=True)]
        rows = np.concatenate([column.reshape(len(column), -1) for column in columns], axis=1)  # (B, numbers)
        keys = rows @ _KEYS[: rows.shape[1]]  # two rows that differ share a key with a probability of 2**-64
        _, first, which = np.unique(keys, return_index=True, return_inverse=True)
        chosen = zip(*(column[first].tolist() for column in columns), strict=True)
        patterns = [self._pattern(*row) for row in chosen]
        # Rows that differ only beyond the size of the cell are the same pattern.
        indexes = {pattern: index for index, pattern in enumerate(dict.fromkeys(patterns))}
        joined = np.array([indexes[pattern] for pattern in patterns], dtype=np.intp)
        return list(indexes), joined[which]

    def choices(self, z: ArrayLike) -> Choices:
        """The choices at points ``z``, (B, latent_size) finite numbers, without a check that they are legal.

        Raises `ModelError` as `decode_many` does.
        """
        return Choices(*(np.concatenate(parts) for parts in zip(*self._batches(z, self._output_names), strict=True)))

    def _batches(self, z: ArrayLike, names: list[str]) -> Iterator[list[NDArray[Any]]]:
        """Some outputs of the graph, one array an output, for `_BATCH` points at a time."""
        points: NDArray[np.float32] = np.asarray(z, dtype=np.float32)
        if points.ndim != 2 or points.shape[1] != self.metadata.latent_size or not np.isfinite(points).all():
            size = self.metadata.latent_size
            raise ModelError(f"latent points must be finite and (B, {size}), got shape {points.shape}")
        for start in range(0, len(points), _BATCH):
            part = points[start : start + _BATCH]
            yield self._batch_guard.run(self._session.run, names, {DECODER_INPUT: part})

    def consider(self, z: Sequence[float]) -> Certainty:
        """How sure the model is of the pattern at a point. Raises `ModelError` as `decode` does."""
        self._take(z)
        point = np.array([self._z], dtype=np.float32)  # (1, latent_size)
        size, *costs = self._guard.run(self._session.run, ["size", *self._cost_shapes()], {DECODER_INPUT: point})
        interval, sizes, offsets = (cost[0] for cost in costs)
        return certainty(self.metadata, interval, sizes, offsets[: int(size[0]) - 1])

    def costs(self, z: ArrayLike) -> Costs:
        """The costs at points ``z``, (B, latent_size) finite numbers. Raises `ModelError` for any other."""
        return Costs(*(np.concatenate(parts) for parts in zip(*self._batches(z, [*self._cost_shapes()]), strict=True)))

    def _cost_shapes(self) -> dict[str, list[int]]:
        """The outputs that contain the cost of each choice."""
        lowest, highest = self.metadata.offsets
        slots = self.metadata.slots
        return {
            "interval_cost": [len(self.metadata.intervals)],
            "size_cost": [slots + 1],
            "offset_cost": [slots, highest - lowest + 1],
        }

    def _pattern(
        self,
        interval: int,
        size: int,
        symmetric: int,
        cell: Sequence[int],
        descending_size: int = 0,
        descending: Sequence[int] = (),
    ) -> Pattern:
        down = tuple(descending[:descending_size]) if descending_size else None
        try:
            return Pattern(interval, tuple(cell[:size]), bool(symmetric), down)
        except ValueError as error:
            raise ModelError(f"{self.name} decoded to a pattern that is not legal: {error}") from error


def certainty(
    metadata: Metadata, interval: NDArray[np.float32], size: NDArray[np.float32], notes: NDArray[np.float32]
) -> Certainty:
    """How sure a model is, from the costs of its choices.

    ``interval`` (intervals,), ``size`` (slots + 1,), ``notes`` (added notes, offsets). A cost times its precision is in
    nats. The probability of a choice is the softmax of the negative nats; for a note, given the notes before it.
    """
    precision = metadata.precision
    nats = [precision.interval * interval, precision.size * size]
    nats += [factor * cost for factor, cost in zip(precision.offsets, notes, strict=False)]
    probabilities = [1 / np.exp(cost.min() - cost.astype(float)).sum() for cost in nats]
    first, second = notes.argsort(1, kind="stable")[:, :2].T  # (added notes,) each
    is_legal = notes[np.arange(len(notes)), second] < metadata.forbidden
    runner_up = np.where(is_legal, second, first) + metadata.offsets[0]
    return Certainty(float(np.prod(probabilities)), tuple(runner_up.tolist()))


if __name__ == "__main__":
    raise SystemExit(onnx_file.child_main(lambda path: Decoder(onnx_file.read(path), path.name)))
