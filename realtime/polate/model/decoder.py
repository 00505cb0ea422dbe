"""The exported model: a latent point in, a pattern out. The contract is exported/README.md.

onnxruntime runs the graph on one thread, on buffers made once (IOBinding), which spares it a copy a call.
"""

import ctypes
import hashlib
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnxruntime

from polate.errors import ModelError
from polate.model import onnx_file
from polate.theory.pattern import Pattern

__all__ = [
    "SCHEMA",
    "SHIPPED",
    "Axis",
    "Certainty",
    "Decoder",
    "Landmark",
    "Metadata",
    "Precision",
    "certainty",
    "is_shipped",
    "model_file",
    "shipped_model",
]

SCHEMA = 2
Costs = np.ndarray[Any, np.dtype[np.float32]]

_BATCH = 4096  # points at once: a graph's tensors take 18 kB a point


class Axis(msgspec.Struct, frozen=True):
    """One latent axis: what it does, in words, and how far a knob moves it."""

    name: str
    low: str
    high: str
    range: tuple[float, float]

    def at(self, position: float) -> float:
        """The coordinate at a knob's position 0..1."""
        low, high = self.range
        return low + (high - low) * position

    def position(self, coordinate: float) -> float:
        """Where a knob stands for a coordinate, held to 0..1."""
        low, high = self.range
        return min(1.0, max(0.0, (coordinate - low) / (high - low)))


class Landmark(msgspec.Struct, frozen=True):
    """A well-known pattern and its place."""

    name: str
    text: str
    z: tuple[float, ...]


class Precision(msgspec.Struct, frozen=True):
    """Nats a unit of each cost."""

    interval: float
    size: float
    offsets: tuple[float, ...]  # one a slot


class Metadata(msgspec.Struct, frozen=True):
    """The metadata of schema 2; keys not named here are for people (corpus, commit, seed, figures)."""

    schema: int
    latent_size: int
    axes: tuple[Axis, ...]
    intervals: tuple[int, ...]
    offsets: tuple[int, int]
    slots: int
    descending: bool
    precision: Precision
    forbidden: float  # what costs more cannot be
    landmarks: tuple[Landmark, ...]


class Certainty(msgspec.Struct, frozen=True):
    """How sure the model is of a pattern."""

    confidence: float  # the probability of interval, size and cell, 0..1
    runner_up: tuple[int, ...]  # for each added note, the offset that it would take in its place


class Decoder:
    """A loaded model. Opens nothing but the file it is given; not for use from two threads at once."""

    def __init__(self, content: bytes, name: str = "model") -> None:
        """Raises `ModelError`, naming the key, if the content breaks the contract."""
        self.name = name
        self.sha256 = hashlib.sha256(content).hexdigest()  # of the file
        self._session = onnx_file.session(content, name)
        self.metadata = _metadata(self._session, name)
        self.axes = self.metadata.axes
        slots = self.metadata.slots
        shapes = {"interval": [], "size": [], "symmetric": [], "cell": [slots + 1]}
        if self.metadata.descending:
            shapes |= {"descending_size": [], "descending": [slots + 1]}
        self._output_names = list(shapes)
        outputs = {key: ("tensor(int64)", shape) for key, shape in shapes.items()}
        onnx_file.check_nodes(
            self._session,
            inputs={"z": ("tensor(float)", [self.metadata.latent_size])},
            outputs=outputs | {key: ("tensor(float)", shape) for key, shape in self._cost_shapes().items()},
            name=name,
        )
        # onnxruntime keeps bare pointers to these: they must live as long as the binding. Arrays of numpy's take longer
        # to fill and to read, most of all with cold caches.
        self._z = (ctypes.c_float * self.metadata.latent_size)()
        self._outputs = [(ctypes.c_int64 * math.prod(shape))() for shape in shapes.values()]
        self._binding = self._session.io_binding()
        self._binding.bind_input("z", "cpu", 0, np.float32, [1, len(self._z)], ctypes.addressof(self._z))
        for (key, shape), buffer in zip(shapes.items(), self._outputs, strict=True):
            self._binding.bind_output(key, "cpu", 0, np.int64, [1, *shape], ctypes.addressof(buffer))
        for landmark in self.metadata.landmarks:
            if (text := self.decode(landmark.z).text) != landmark.text:
                key = "metadata key polate.landmarks"
                raise ModelError(f"{name}: {key}: {landmark.name!r} must decode to {landmark.text!r}, got {text!r}")
        self.decode([0.0] * self.metadata.latent_size)

    @classmethod
    def open(cls, path: Path | None = None) -> "Decoder":
        """Load a file, or a shipped model by its name. Any other is first tried in a process of its own, with limits.

        Raises `ModelError`.
        """
        chosen = model_file(path)
        if not chosen.exists():
            raise ModelError(
                f"a model is {', '.join(SHIPPED)} or an exported .onnx file, got {chosen}, which is not there"
            )
        content = onnx_file.read(chosen)
        if not is_shipped(chosen):
            onnx_file.try_out("polate.model.decoder", chosen)
        return cls(content, chosen.name)

    def decode(self, z: Sequence[float]) -> Pattern:
        """The pattern at one point: ``z`` has latent_size finite numbers. Raises `ModelError` otherwise."""
        self._take(z)
        self._session.run_with_iobinding(self._binding)
        interval, size, symmetric, cell, *down = self._outputs
        return self._pattern(interval[0], size[0], symmetric[0], cell[:], *((down[0][0], down[1][:]) if down else ()))

    def _take(self, z: Sequence[float]) -> None:
        if len(z) != len(self._z):
            raise ModelError(f"a latent point must have {len(self._z)} coordinates, got {len(z)}")
        self._z[:] = [*z]
        if not all(map(math.isfinite, self._z)):
            raise ModelError(f"a latent point must be finite, got {list(z)}")

    def decode_many(self, z: np.ndarray[Any, np.dtype[np.float32]]) -> list[Pattern]:
        """The patterns at many points, ``z`` (B, latent_size) float32."""
        if z.ndim != 2 or z.shape[1] != self.metadata.latent_size or not np.isfinite(z).all():
            raise ModelError(f"latent points must be finite and (B, {self.metadata.latent_size}), got shape {z.shape}")
        patterns: list[Pattern] = []
        for start in range(0, len(z), _BATCH):
            columns = self._session.run(self._output_names, {"z": z[start : start + _BATCH].astype(np.float32)})
            patterns += (self._pattern(*row) for row in zip(*(column.tolist() for column in columns), strict=True))
        return patterns

    def consider(self, z: Sequence[float]) -> Certainty:
        """How sure the model is of its answer at a point. Raises `ModelError` as `decode` does."""
        self._take(z)
        point = np.array([self._z], dtype=np.float32)
        size, *costs = self._session.run(["size", *self._cost_shapes()], {"z": point})
        interval, sizes, offsets = (cost[0] for cost in costs)
        return certainty(self.metadata, interval, sizes, offsets[: int(size[0]) - 1])

    def _cost_shapes(self) -> dict[str, list[int]]:
        """The outputs that say what each choice costs."""
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
            raise ModelError(f"{self.name} gave a pattern that is not legal: {error}") from error


def certainty(metadata: Metadata, interval: Costs, size: Costs, notes: Costs) -> Certainty:
    """From what the choices cost: ``interval`` (intervals,), ``size`` (slots + 1,), ``notes`` (added, offsets).

    Costs times precision are nats: the probability of a choice is a softmax of minus them, and the notes' are each
    given the notes before.
    """
    precision = metadata.precision
    nats = [precision.interval * interval, precision.size * size]
    nats += [each * cost for each, cost in zip(precision.offsets, notes, strict=False)]
    chances = [1 / np.exp(cost.min() - cost.astype(float)).sum() for cost in nats]
    first, second = notes.argsort(1, kind="stable")[:, :2].T
    may_be = notes[np.arange(len(notes)), second] < metadata.forbidden
    runner_up = np.where(may_be, second, first) + metadata.offsets[0]
    return Certainty(float(np.prod(chances)), tuple(runner_up.tolist()))


SHIPPED = ("slonimsky", "octave")
"""The models that come with Polate: the patterns of the Thesaurus, and the octave scales that have names."""


def shipped_model(name: str = SHIPPED[0]) -> Path:
    """A model that comes with Polate: inside the package when installed, in exported/ in a checkout."""
    installed = Path(__file__).parents[1] / "models" / f"{name}.onnx"
    return installed if installed.exists() else Path(__file__).parents[3] / "exported" / f"{name}.onnx"


def model_file(chosen: Path | None) -> Path:
    """The file that a user means: a path, or the name of one that comes with Polate; the first of these for None."""
    if chosen is None:
        return shipped_model()
    return shipped_model(str(chosen)) if str(chosen) in SHIPPED else chosen


def is_shipped(model: Path) -> bool:
    return model.resolve() in {shipped_model(name).resolve() for name in SHIPPED}


def _metadata(session: onnxruntime.InferenceSession, name: str) -> Metadata:
    fields = onnx_file.read_metadata(session, {"schema": Metadata.__annotations__["schema"]}, name)
    if fields["schema"] != SCHEMA:
        raise ModelError(f"{name}: metadata key polate.schema must be {SCHEMA}, got {fields['schema']}")
    fields = onnx_file.read_metadata(session, Metadata.__annotations__, name)
    metadata = Metadata(**fields)
    size = metadata.latent_size
    if not 1 <= size <= 64:
        raise ModelError(f"{name}: metadata key polate.latent_size must be in 1..64, got {size}")
    if len(metadata.axes) != size:
        raise ModelError(f"{name}: metadata key polate.axes must have {size} entries, got {len(metadata.axes)}")
    for axis in metadata.axes:
        if not (all(map(np.isfinite, axis.range)) and axis.range[0] < axis.range[1]):
            raise ModelError(f"{name}: metadata key polate.axes: a range must rise from low to high, got {axis.range}")
    if not 0 <= metadata.slots <= 11:
        raise ModelError(f"{name}: metadata key polate.slots must be in 0..11, got {metadata.slots}")
    if len(metadata.precision.offsets) != metadata.slots:
        raise ModelError(
            f"{name}: metadata key polate.precision: offsets must have {metadata.slots} entries, one a slot, "
            f"got {len(metadata.precision.offsets)}"
        )
    for landmark in metadata.landmarks:
        if len(landmark.z) != size:
            raise ModelError(
                f"{name}: metadata key polate.landmarks: {landmark.name!r} must have {size} coordinates, "
                f"got {len(landmark.z)}"
            )
    return metadata


if __name__ == "__main__":
    raise SystemExit(onnx_file.child_main(lambda path: Decoder(onnx_file.read(path), path.name)))
