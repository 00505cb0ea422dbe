"""The exported model: a latent point in, a pattern out. The contract is exported/README.md.

onnxruntime runs the graph on one thread, on buffers made once (IOBinding): 23 us a point where `run` takes 30.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnxruntime

from polate.errors import ModelError
from polate.pattern import Pattern

__all__ = ["SCHEMA", "Axis", "Decoder", "Landmark", "shipped_model"]

SCHEMA = 1
_LARGEST_FILE = 64 * 2**20
_PROBE_SECONDS = 20
_PROBE_MEMORY = 4 * 2**30  # onnxruntime reserves 1.2 GB of address space by itself
_PREFIX = "polate."


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


class Metadata(msgspec.Struct, frozen=True):
    """The metadata of schema 1; keys not named here are for people (corpus, commit, seed, figures)."""

    schema: int
    latent_size: int
    axes: tuple[Axis, ...]
    intervals: tuple[int, ...]
    offsets: tuple[int, int]
    slots: int
    landmarks: tuple[Landmark, ...]


class Decoder:
    """A loaded model. Opens nothing but the file it is given; not for use from two threads at once."""

    def __init__(self, content: bytes, name: str = "model") -> None:
        """Raises `ModelError`, naming the key, if the content breaks the contract."""
        self.name = name
        self._session = _session(content, name)
        self.metadata = _metadata(self._session.get_modelmeta().custom_metadata_map, name)
        self.axes = self.metadata.axes
        _check_interface(self._session, self.metadata, name)
        # onnxruntime keeps bare pointers to these: they must live as long as the binding.
        self._z = np.zeros((1, self.metadata.latent_size), dtype=np.float32)
        self._outputs = {
            "interval": np.zeros(1, dtype=np.int64),
            "size": np.zeros(1, dtype=np.int64),
            "symmetric": np.zeros(1, dtype=np.int64),
            "cell": np.zeros((1, self.metadata.slots + 1), dtype=np.int64),
        }
        self._binding = self._session.io_binding()
        self._binding.bind_input("z", "cpu", 0, np.float32, self._z.shape, self._z.ctypes.data)
        for key, buffer in self._outputs.items():
            self._binding.bind_output(key, "cpu", 0, np.int64, buffer.shape, buffer.ctypes.data)
        for landmark in self.metadata.landmarks:
            if (text := self.decode(landmark.z).text) != landmark.text:
                key = "metadata key polate.landmarks"
                raise ModelError(f"{name}: {key}: {landmark.name!r} must decode to {landmark.text!r}, got {text!r}")
        self.decode([0.0] * self.metadata.latent_size)

    @classmethod
    def open(cls, path: Path | None = None) -> "Decoder":
        """Load a file, or the shipped model. Any other file is first tried in a process of its own, with limits.

        Raises `ModelError`.
        """
        shipped = shipped_model()
        chosen = shipped if path is None else path
        content = _read(chosen)
        if chosen.resolve() != shipped.resolve():
            _probe(chosen)
        return cls(content, chosen.name)

    def decode(self, z: Sequence[float]) -> Pattern:
        """The pattern at one point: ``z`` has latent_size finite numbers. Raises `ModelError` otherwise."""
        self._z[0] = z
        if not np.isfinite(self._z).all():
            raise ModelError(f"a latent point must be finite, got {list(z)}")
        self._session.run_with_iobinding(self._binding)
        return self._pattern(*(buffer[0] for buffer in self._outputs.values()))

    def decode_many(self, z: np.ndarray[Any, np.dtype[np.float32]]) -> list[Pattern]:
        """The patterns at many points, ``z`` (B, latent_size) float32."""
        if z.ndim != 2 or z.shape[1] != self.metadata.latent_size or not np.isfinite(z).all():
            raise ModelError(f"latent points must be finite and (B, {self.metadata.latent_size}), got shape {z.shape}")
        rows = self._session.run(list(self._outputs), {"z": z.astype(np.float32)})
        return [self._pattern(*row) for row in zip(*rows, strict=True)]

    def _pattern(self, interval: Any, size: Any, symmetric: Any, cell: Any) -> Pattern:
        try:
            return Pattern(int(interval), tuple(cell[: int(size)].tolist()), bool(symmetric))
        except ValueError as error:
            raise ModelError(f"{self.name} gave a pattern that is not legal: {error}") from error


def shipped_model() -> Path:
    """The model that comes with Polate: inside the package when installed, in exported/ in a checkout."""
    installed = Path(__file__).parent / "models" / "slonimsky.onnx"
    return installed if installed.exists() else Path(__file__).parents[2] / "exported" / "slonimsky.onnx"


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():
            path.stat()  # says that it is not there
            raise ModelError(f"cannot read the model {path}: not a file")
        if (size := path.stat().st_size) > _LARGEST_FILE:
            raise ModelError(f"{path}: a model must be at most {_LARGEST_FILE} bytes, got {size}")
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"cannot read the model {path}: {error.strerror}") from error


def _session(content: bytes, name: str) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # the default pool burns 44 % of a core at 50 points a second
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 4
    try:
        # From bytes: then a model cannot ask for files beside it.
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ModelError(f"{name} is not an ONNX model that onnxruntime can load: {_first_line(error)}") from error


def _metadata(raw: dict[str, str], name: str) -> Metadata:
    fields = {}
    for key, kind in Metadata.__annotations__.items():
        if (text := raw.get(_PREFIX + key)) is None:
            raise ModelError(f"{name}: metadata key {_PREFIX + key} is missing: was it written by 'polate export'?")
        try:
            fields[key] = msgspec.json.decode(text, type=kind)
        except msgspec.DecodeError as error:
            raise ModelError(f"{name}: metadata key {_PREFIX + key}: {error}") from error
        if key == "schema" and fields[key] != SCHEMA:
            raise ModelError(f"{name}: metadata key polate.schema must be {SCHEMA}, got {fields[key]}")
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
    for landmark in metadata.landmarks:
        if len(landmark.z) != size:
            raise ModelError(
                f"{name}: metadata key polate.landmarks: {landmark.name!r} must have {size} coordinates, "
                f"got {len(landmark.z)}"
            )
    return metadata


def _check_interface(session: onnxruntime.InferenceSession, metadata: Metadata, name: str) -> None:
    wanted = {
        "z": ("input", "tensor(float)", [metadata.latent_size]),
        "interval": ("output", "tensor(int64)", []),
        "size": ("output", "tensor(int64)", []),
        "symmetric": ("output", "tensor(int64)", []),
        "cell": ("output", "tensor(int64)", [metadata.slots + 1]),
    }
    found = {node.name: ("input", node) for node in session.get_inputs()}
    found |= {node.name: ("output", node) for node in session.get_outputs()}
    for key, (side, kind, shape) in wanted.items():
        if key not in found or found[key][0] != side:
            raise ModelError(f"{name}: {side} {key!r} is missing, it has {', '.join(found)}")
        node = found[key][1]
        if node.type != kind or list(node.shape[1:]) != shape or isinstance(node.shape[0], int):
            raise ModelError(
                f"{name}: {side} {key!r} must be {kind} of shape ['batch', {', '.join(map(str, shape))}], "
                f"got {node.type} of shape {node.shape}"
            )
    if len(session.get_inputs()) != 1:
        raise ModelError(f"{name}: the one input must be 'z', it has {len(session.get_inputs())} inputs")


def _probe(path: Path) -> None:
    """Load and run an unknown file where it can do no harm: a graph of 84 bytes can ask for 160 GB, or never end."""
    command = [sys.executable, "-P", "-m", "polate.decoder", str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PROBE_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise ModelError(f"{path}: the model did not answer within {_PROBE_SECONDS} s") from None
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise ModelError(lines[-1] if lines else f"{path}: the model ended its process ({done.returncode})")


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:300]


def _main() -> int:
    """The probe's child: load the file within limits, decode once, say what is wrong on standard error."""
    if sys.platform == "linux":  # macOS refuses the first of these limits
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_PROBE_MEMORY, _PROBE_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (_PROBE_SECONDS, _PROBE_SECONDS))  # though the parent be killed
    path = Path(sys.argv[1])
    try:
        Decoder(_read(path), path.name)
    except ModelError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
