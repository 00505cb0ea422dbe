"""The exported encoder: a pattern in, its place on the map out.

    Pattern --one_hot--> (width,) --NAME.encoder.onnx--> mu, logvar: (latent_size,) each

Its file lies beside the decoder's, and belongs to that decoder only. The contract is exported/README.md and
`polate.model.contract`.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from polate.errors import ModelError, PatternError
from polate.model import onnx_file
from polate.model.contract import ENCODER_INPUT, ENCODER_OUTPUTS, Metadata, check_shared_metadata, encoder_file
from polate.model.decoder import Decoder
from polate.model.run_guard import RunGuard
from polate.model.shipped import is_shipped, model_file
from polate.theory.pattern import Pattern

__all__ = ["Encoder", "check_vocabulary", "one_hot"]

_LONGEST_SECONDS = 5.0  # a run of many patterns


class Encoder:
    """A loaded encoder: patterns in, places on the map of its decoder out. It reads no file but its own.

    >>> from polate import Decoder, Encoder, Pattern
    >>> decoder = Decoder.open()
    >>> mu, logvar = Encoder.open(decoder).encode(Pattern.parse("tritone 0 1 2"))
    >>> mu.shape, decoder.decode(mu.tolist()).text
    ((8,), 'tritone 0 1 2')
    """

    def __init__(self, content: bytes, decoder: Decoder, name: str = "encoder") -> None:
        """``content``: the bytes of an .onnx file.

        Raises `ModelError`, which names the key, for a file that breaks the contract or belongs to another decoder.
        """
        self.name = name
        self.metadata = decoder.metadata
        self._session = onnx_file.session(content, name)
        self._guard = RunGuard(name, _LONGEST_SECONDS)
        check_shared_metadata(onnx_file.metadata_texts(self._session), self.metadata, decoder.name, name)
        width = one_hot(Pattern(12, (0,)), self.metadata).size
        latent = ("tensor(float)", [self.metadata.latent_size])
        onnx_file.check_nodes(
            self._session, {ENCODER_INPUT: ("tensor(float)", [width])}, dict.fromkeys(ENCODER_OUTPUTS, latent), name
        )
        for landmark in self.metadata.landmarks:
            mu, _ = self.encode(Pattern.parse(landmark.text))
            if (text := decoder.decode(mu.tolist()).text) != landmark.text:
                raise ModelError(
                    f"{name} was not trained with {decoder.name}: "
                    f"it puts the landmark {landmark.text!r} where {text!r} is"
                )

    @classmethod
    def open(cls, decoder: Decoder, model: Path | str | None = None) -> "Encoder":
        """Load the encoder of a decoder. ``model``: what the decoder was opened with.

        A file that did not come with Polate is first loaded in a process of its own, with limits. Raises `ModelError`.
        """
        chosen = model_file(model)
        path = encoder_file(chosen)
        if not path.exists():
            raise ModelError(
                f"no encoder: {path} does not exist. The encoder finds the place of a pattern on the map; "
                "'polate export' writes it beside the decoder"
            )
        content = onnx_file.read(path)
        if not is_shipped(chosen):
            onnx_file.try_out("polate.model.encoder", chosen)
        return cls(content, decoder, path.name)

    def encode(self, pattern: Pattern) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The posterior of a pattern: mu and logvar, (latent_size,) each.

        Raises `PatternError` for a pattern outside the model's vocabulary; the message says what the vocabulary is.
        """
        mu, logvar = self.encode_many([pattern])
        return mu[0], logvar[0]

    def encode_many(self, patterns: Sequence[Pattern]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The posteriors of one or more patterns: mu and logvar, (B, latent_size) each. Raises as `encode` does."""
        for pattern in patterns:
            check_vocabulary(pattern, self.metadata)
        rows = np.stack([one_hot(pattern, self.metadata) for pattern in patterns])  # (B, width)
        mu, logvar = self._guard.run(self._session.run, ENCODER_OUTPUTS, {ENCODER_INPUT: rows})
        if not (np.isfinite(mu).all() and np.isfinite(logvar).all()):
            raise ModelError(f"{self.name} encoded a pattern to a point that is not finite")
        return mu, logvar


def check_vocabulary(pattern: Pattern, metadata: Metadata) -> None:
    """Raises `PatternError` for a pattern outside the model's vocabulary; the message says what the vocabulary is."""
    low, high = metadata.offsets
    cells = [pattern.cell, pattern.descending or (0,)]
    longest = max(map(len, cells))
    outside = [offset for cell in cells for offset in cell if not low <= offset <= high]
    if pattern.interval not in metadata.intervals:
        allowed = f"its intervals are {', '.join(map(str, metadata.intervals))} semitones, got {pattern.interval}"
        if pattern.interval == 12:
            allowed += " (--model octave has octave scales)"
    elif longest > metadata.slots + 1:
        allowed = f"its cells have at most {metadata.slots + 1} notes, got {longest}"
    elif outside:
        allowed = f"its offsets are {low}..{high} semitones, got {outside[0]}"
    elif pattern.descending is not None and not metadata.descending:
        allowed = "it has no descending cells"
    else:
        return
    raise PatternError(f"'{pattern}' is not in the model's vocabulary: {allowed}")


def one_hot(pattern: Pattern, metadata: Metadata) -> NDArray[np.float32]:
    """The encoder's input for a pattern of its vocabulary: (width,), laid out as exported/README.md describes."""
    columns = [np.array(metadata.intervals) == pattern.interval, _cell(pattern.cell, pattern.symmetric, metadata)]
    if metadata.descending:
        columns.append(_cell(pattern.descending or (0,), pattern.descending is not None, metadata))
    return np.concatenate(columns).astype(np.float32)


def _cell(cell: tuple[int, ...], flag: bool, metadata: Metadata) -> NDArray[np.float32]:
    """The columns of one cell: its size (slots + 1,), its flag (1,), its added notes (slots * offsets,)."""
    low, high = metadata.offsets
    added = cell[1:]
    return np.concatenate(
        [
            np.arange(metadata.slots + 1) == len(added),
            [flag],
            *(np.arange(low, high + 1) == offset for offset in added),
            np.zeros((metadata.slots - len(added)) * len(range(low, high + 1))),
        ]
    ).astype(np.float32)


def _load(model: Path) -> None:
    path = encoder_file(model)
    Encoder(onnx_file.read(path), Decoder(onnx_file.read(model), model.name), path.name)


if __name__ == "__main__":
    raise SystemExit(onnx_file.child_main(_load))
