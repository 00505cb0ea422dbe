"""The contract between training and playing, as code. exported/README.md is the same in words.

    training --> NAME.onnx, NAME.encoder.onnx, NAME.patterns.txt --> decoder, encoder, recognition
                        |
                        metadata (JSON) --read_decoder_metadata--> Metadata: Axis, Landmark, Precision

Training and playing both import this module. It loads neither numpy nor onnxruntime.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from polate.errors import ModelError, message_and_path, printable

__all__ = [
    "DECODER_INPUT",
    "ENCODER_INPUT",
    "ENCODER_OUTPUTS",
    "METADATA_PREFIX",
    "SCHEMA",
    "SHARED_KEYS",
    "Axis",
    "Landmark",
    "Metadata",
    "Precision",
    "check_shared_metadata",
    "corpus_file",
    "encoder_file",
    "metadata_path",
    "read_decoder_metadata",
    "read_metadata",
]

SCHEMA = 2
"""The version of the contract. A file of another version is refused."""

METADATA_PREFIX = "polate."
"""Every metadata key of ours begins with this."""

DECODER_INPUT = "z"
ENCODER_INPUT = "one_hot"
ENCODER_OUTPUTS = ("mu", "logvar")

SHARED_KEYS = ("schema", "latent_size", "intervals", "offsets", "slots", "descending")
"""The keys that the encoder's file repeats, with the values of its decoder."""

_MOST_AXES = 64
_MOST_SLOTS = 11
_MOST_LANDMARKS = 4096  # each is decoded when the model is loaded, in 0.1 ms
_LONGEST_WORDS = 200


def _check_words(*words: str) -> None:
    """Raises `ValueError` for a word that is too long, or that would act on the terminal where it is printed."""
    for word in words:
        if len(word) > _LONGEST_WORDS or not word.isprintable():
            raise ValueError(
                f"Expected at most {_LONGEST_WORDS} characters, all printable, got '{printable(word, _LONGEST_WORDS)}'"
            )


class Axis(msgspec.Struct, frozen=True):
    """One latent axis: its name, what its two ends do, and the coordinates that a knob covers."""

    name: str
    low: str  # in words
    high: str
    range: tuple[float, float]  # rising

    def __post_init__(self) -> None:
        _check_words(self.name, self.low, self.high)

    def at(self, position: float) -> float:
        """The coordinate at a knob position, 0..1."""
        low, high = self.range
        return low + (high - low) * position

    def position(self, coordinate: float) -> float:
        """The knob position of a coordinate, limited to 0..1."""
        return min(1.0, max(0.0, self.place(coordinate)))  # not by clamp: the training side imports this

    def place(self, coordinate: float) -> float:
        """The same without the limit: below 0 or above 1 for a coordinate that the knob does not reach."""
        low, high = self.range
        return (coordinate - low) / (high - low)


class Landmark(msgspec.Struct, frozen=True):
    """A pattern with a name, and its point on the map."""

    name: str
    text: str  # the pattern's text form
    z: tuple[float, ...]  # (latent_size,)

    def __post_init__(self) -> None:
        _check_words(self.name, self.text)


class Precision(msgspec.Struct, frozen=True):
    """Factors that turn costs into nats."""

    interval: float
    size: float
    offsets: tuple[float, ...]  # one a slot


class Metadata(msgspec.Struct, frozen=True):
    """The decoder's metadata, schema 2. Keys that are not here (corpus, commit, seed, figures) inform people only."""

    schema: int
    latent_size: int
    axes: tuple[Axis, ...]
    intervals: tuple[int, ...]  # semitones
    offsets: tuple[int, int]  # the lowest and the highest, semitones
    slots: int  # the most notes that a cell adds to its principal tone
    descending: bool  # whether a pattern can have a descending cell
    precision: Precision
    forbidden: float  # a choice that costs more is not legal
    landmarks: tuple[Landmark, ...]


def encoder_file(decoder: Path) -> Path:
    """The path of the encoder of a decoder: NAME.encoder.onnx beside NAME.onnx."""
    return decoder.with_suffix(".encoder.onnx")


def corpus_file(decoder: Path) -> Path:
    """The path of the list of the patterns that a decoder has learned: NAME.patterns.txt beside NAME.onnx."""
    return decoder.with_suffix(".patterns.txt")


def read_decoder_metadata(texts: Mapping[str, str], name: str) -> Metadata:
    """The metadata of a decoder's file, checked. ``texts``: its metadata properties; ``name``: for the messages.

    Raises `ModelError`, which names the key.
    """
    kinds = Metadata.__annotations__
    schema = read_metadata(texts, {"schema": kinds["schema"]}, name)["schema"]
    if schema != SCHEMA:
        raise _error("schema", f"must be {SCHEMA}, got {schema}", name)
    metadata = Metadata(**read_metadata(texts, kinds, name))
    size, slots = metadata.latent_size, metadata.slots
    if not 1 <= size <= _MOST_AXES:
        raise _error("latent_size", f"must be in 1..{_MOST_AXES}, got {size}", name)
    if len(metadata.axes) != size:
        raise _error("axes", f"must have {size} entries, got {len(metadata.axes)}", name)
    for axis in metadata.axes:
        if not (all(map(math.isfinite, axis.range)) and axis.range[0] < axis.range[1]):
            raise _error("axes", f"is not valid: a range must rise from low to high, got {axis.range}", name)
    if not 0 <= slots <= _MOST_SLOTS:
        raise _error("slots", f"must be in 0..{_MOST_SLOTS}, got {slots}", name)
    if (count := len(metadata.precision.offsets)) != slots:
        raise _error("precision", f"is not valid: offsets must have {slots} entries, one a slot, got {count}", name)
    if (count := len(metadata.landmarks)) > _MOST_LANDMARKS:
        raise _error("landmarks", f"must have at most {_MOST_LANDMARKS} entries, got {count}", name)
    for mark in metadata.landmarks:
        if len(mark.z) != size:
            raise _error(
                "landmarks", f"is not valid: {mark.name!r} must have {size} coordinates, got {len(mark.z)}", name
            )
    return metadata


def check_shared_metadata(texts: Mapping[str, str], decoder: Metadata, decoder_name: str, name: str) -> None:
    """Check that an encoder's metadata has the values of its decoder. Raises `ModelError`, which names the key."""
    for key, value in read_metadata(texts, {key: Metadata.__annotations__[key] for key in SHARED_KEYS}, name).items():
        if value != (wanted := getattr(decoder, key)):
            raise _error(key, f"must be {wanted} as in {decoder_name}, got {value}", name)


def read_metadata(texts: Mapping[str, str], kinds: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The values of some keys, each decoded from JSON as its type. ``kinds``: key without the prefix -> type.

    Raises `ModelError`, which names the key.
    """
    values = {}
    for key, kind in kinds.items():
        if (text := texts.get(METADATA_PREFIX + key)) is None:
            raise _error(key, "is missing: was it written by 'polate export'?", name)
        try:
            values[key] = msgspec.json.decode(text, type=kind)
        except msgspec.DecodeError as error:
            message, path = message_and_path(error)
            inner = path if path.startswith("[") or not path else f".{path}"
            raise _error(f"{key}{inner}", f"is not valid: {message}", name) from error
    return values


def metadata_path(key: str) -> str:
    """The ``path`` of a `ModelError` in a metadata key."""
    return f"metadata key {METADATA_PREFIX}{key}"


def _error(key: str, message: str, name: str) -> ModelError:
    return ModelError(message, path=metadata_path(key), file=name)
