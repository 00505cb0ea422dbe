"""Export a checkpoint to the files of the contract (exported/README.md).

    Training, or two -> Exportable -> ONNX --check_decoder: torch and onnxruntime agree--> NAME.onnx, NAME.encoder.onnx
    Corpus ------------------------------------------------------------------------> NAME.patterns.txt

Before a file is written, torch and onnxruntime must give the same patterns for 10,000 random points.
"""

import json
import logging
import subprocess
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from polate.errors import ConfigError, ModelError
from polate.model import contract
from polate.runtime.file_io import replace_file
from polate.theory.pattern import Pattern
from polate_training.assemble import HARD, LIMIT, Assembled
from polate_training.atlas import AXES, Joined, JoinedEncoder, joined_precision
from polate_training.attributes import Axis
from polate_training.corpus import Corpus
from polate_training.encoding import Vocabulary
from polate_training.fit import Training
from polate_training.vae import VAE, kl

__all__ = ["PARITY_POINTS", "Exportable", "Instrument", "check_decoder", "export", "lost", "write"]

PARITY_POINTS = 10_000
ENCODER_TOLERANCE = 1e-4  # deviations of the prior
COST_TOLERANCE = 1e-3  # semitones, or notes
FAR = 1e6  # coordinates are clamped to -FAR..FAR, because sums of larger ones overflow
KNOB = 3.0  # a knob covers this many deviations of the prior to either side: 997 of 1,000 draws


class Instrument(nn.Module):
    """The exported decoder: z (B, latent) -> the outputs of the contract."""

    def __init__(self, model: VAE) -> None:
        super().__init__()
        self.decoder, self.assemble = model.decoder, model.assemble

    def assembled(self, z: Tensor) -> Assembled:
        pattern: Assembled = self.assemble(self.decoder(z.clamp(-FAR, FAR)))
        return pattern

    def forward(self, z: Tensor) -> dict[str, Tensor]:
        outputs = self.assembled(z)._asdict()
        if not self.assemble.descending:
            del outputs["descending_size"], outputs["descending"]
        return outputs


@dataclass(frozen=True, slots=True)
class Exportable:
    """What is written: one trained model, or two that are joined."""

    instrument: Instrument | Joined
    encoder: nn.Module
    axes: tuple[Axis, ...]
    vocabulary: Vocabulary
    corpus: Corpus
    precision: Tensor  # (2 + slots,) nats a unit of cost: interval, size, each offset
    seed: int
    epochs: int

    @classmethod
    def of(cls, training: Training) -> Self:
        """One trained model."""
        model, vocabulary, settings = training.model.eval(), training.vocabulary, training.settings
        precision = model.decoder.log_precision.exp()
        instrument, axes = Instrument(model), model.decoder.axes
        return cls(
            instrument, model.encoder, axes, vocabulary, training.corpus, precision, settings.seed, training.epoch
        )

    @classmethod
    def joined(cls, patterns: Training, scales: Training) -> Self:
        """A model of the Thesaurus's patterns, and one of octave scales. Raises `ConfigError` for other models."""
        first, second = patterns.vocabulary, scales.vocabulary
        if (
            first.rising
            or 12 in first.intervals
            or not second.rising
            or second.intervals != (12,)
            or second.slots < first.slots
        ):
            raise ConfigError(
                "--join must join a model without interval 12 (as slonimsky) with one of octave scales (as octave), "
                f"got intervals {first.intervals} and {second.intervals}"
            )
        corpus = patterns.corpus.joined(scales.corpus)
        whole = Vocabulary.of(corpus.patterns)
        models = patterns.model.eval(), scales.model.eval()
        encoder = JoinedEncoder(*models, (whole, first, second))
        precision, epochs = joined_precision(*models), patterns.epoch + scales.epoch
        return cls(Joined(*models, whole), encoder, AXES, whole, corpus, precision, patterns.settings.seed, epochs)


def export(training: Training, folder: Path, name: str) -> dict[str, Any]:
    """Write the files of one trained model, see `write`."""
    return write(Exportable.of(training), folder, name)


def write(exportable: Exportable, folder: Path, name: str) -> dict[str, Any]:
    """Write ``name.onnx``, ``name.encoder.onnx`` and ``name.patterns.txt`` into the folder, and return the metadata.

    A landmark that does not decode to itself, because of too little training, is left out. Raises `ModelError` if torch
    and onnxruntime disagree on a point.
    """
    vocabulary, landmarks, patterns = exportable.vocabulary, exportable.corpus.landmarks, exportable.corpus.patterns
    instrument, encoder, latent = exportable.instrument, exportable.encoder, len(exportable.axes)
    interval_precision, size_precision, *note_precisions = exportable.precision.tolist()
    one_hot = vocabulary.one_hot(vocabulary.encode(patterns))  # (patterns, width)
    with torch.no_grad():
        mu, logvar = encoder(one_hot)  # (patterns, latent)
        decoded = instrument.assembled(mu).patterns()
        marks = [Pattern.parse(text) for text in landmarks.values()]
        places = encoder(vocabulary.one_hot(vocabulary.encode(marks)))[0].mul(10_000).round() / 10_000
        learned = [a == b for a, b in zip(instrument.assembled(places).patterns(), marks, strict=True)]
    exact = sum(a == b for a, b in zip(decoded, patterns, strict=True)) / len(decoded)
    metadata = {
        "schema": contract.SCHEMA,
        "latent_size": latent,
        "axes": [
            {"name": axis.name, "low": axis.low, "high": axis.high, "range": [-KNOB, KNOB]} for axis in exportable.axes
        ],
        "intervals": list(vocabulary.intervals),
        "offsets": [vocabulary.lowest_offset, vocabulary.highest_offset],
        "slots": vocabulary.slots,
        "descending": vocabulary.descending,
        "precision": {"interval": interval_precision, "size": size_precision, "offsets": note_precisions},
        "forbidden": HARD / 2,
        "corpus": {
            "name": exportable.corpus.name,
            "patterns": len(patterns),
            "sha256": exportable.corpus.sha256,
        },
        "commit": _commit(),
        "seed": exportable.seed,
        "figures": {
            "epochs": exportable.epochs,
            "reconstruction_exact": exact,
            "kl_nats": [round(float(value), 4) for value in kl(mu, logvar)],
        },
        "landmarks": [
            {"name": key, "text": text, "z": [round(float(value), 4) for value in point]}
            for (key, text), point, is_there in zip(landmarks.items(), places, learned, strict=True)
            if is_there
        ],
    }
    outputs = list(instrument(torch.zeros(1, latent)))
    decoder_bytes = _to_onnx(instrument, torch.zeros(2, latent), contract.DECODER_INPUT, outputs, metadata)
    encoder_metadata = {key: metadata[key] for key in contract.SHARED_KEYS}
    mu_logvar = list(contract.ENCODER_OUTPUTS)
    encoder_bytes = _to_onnx(encoder, one_hot[:2], contract.ENCODER_INPUT, mu_logvar, encoder_metadata)
    check_decoder(decoder_bytes, instrument, outputs, metadata)
    _check_encoder(encoder_bytes, one_hot.numpy(), mu.numpy())
    folder.mkdir(parents=True, exist_ok=True)
    decoder_path = folder / f"{name}.onnx"
    for path, content in (
        (decoder_path, decoder_bytes),
        (contract.encoder_file(decoder_path), encoder_bytes),
        (contract.corpus_file(decoder_path), exportable.corpus.text.encode()),
    ):
        replace_file(path, content)
    return metadata


def lost(exportable: Exportable) -> list[Pattern]:
    """The patterns of the corpus that do not decode to themselves at their means, rounded as landmarks are."""
    vocabulary, patterns = exportable.vocabulary, exportable.corpus.patterns
    with torch.no_grad():
        mu, _ = exportable.encoder(vocabulary.one_hot(vocabulary.encode(patterns)))
        decoded = exportable.instrument.assembled(mu.mul(10_000).round() / 10_000).patterns()
    return [pattern for pattern, back in zip(patterns, decoded, strict=True) if back != pattern]


def _to_onnx(module: nn.Module, example: Tensor, name: str, outputs: list[str], metadata: Mapping[str, Any]) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own deprecations
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it warns that torchvision is missing
        program = torch.onnx.export(
            module,
            (example,),
            input_names=[name],
            output_names=outputs,
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            opset_version=20,
            external_data=False,
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    for node in program.model.graph.all_nodes():
        node.metadata_props.clear()  # it contains paths of this machine
        node.doc_string = None
    program.model.metadata_props.clear()
    for key, value in metadata.items():
        program.model.metadata_props[contract.METADATA_PREFIX + key] = json.dumps(value)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        program.save(path)
        return path.read_bytes()


def check_decoder(
    content: bytes, instrument: Instrument | Joined, outputs: list[str], metadata: Mapping[str, Any]
) -> None:
    """Check that onnxruntime gives the answers of torch for `PARITY_POINTS` draws and for the landmarks.

    Raises `ModelError` if they differ, and `PatternError` for a pattern that is not legal, which is a fault of
    `assemble`.
    """
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    draws = np.random.default_rng(0).standard_normal((PARITY_POINTS, metadata["latent_size"]), dtype=np.float32)
    z = np.array([*draws, *(landmark["z"] for landmark in metadata["landmarks"])], dtype=np.float32)
    answers = dict(zip(outputs, session.run(outputs, {contract.DECODER_INPUT: z}), strict=True))
    with torch.no_grad():
        assembled = instrument.assembled(torch.from_numpy(z))
    assembled.patterns()  # raises for a pattern that is not legal
    differ = np.zeros(len(z), dtype=bool)
    for name in outputs:
        ours, wanted = answers[name], getattr(assembled, name).numpy()
        if name.endswith("_cost"):
            wrong = (np.abs(ours - wanted) > COST_TOLERANCE) & (np.minimum(ours, wanted) < LIMIT)
        else:
            wrong = ours != wanted
        differ |= wrong.reshape(len(z), -1).any(1)
    if differ.any():
        raise ModelError(f"torch and onnxruntime differ on {differ.sum()} of {len(z)} points: not exported")


def _check_encoder(content: bytes, one_hot: NDArray[np.float32], mu: NDArray[np.float32]) -> None:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    (answer,) = session.run(["mu"], {contract.ENCODER_INPUT: one_hot})
    if (farthest := float(np.abs(answer - mu).max())) > ENCODER_TOLERANCE:
        raise ModelError(f"torch and onnxruntime place a pattern {farthest:g} apart: not exported")


def _commit() -> str:
    """The commit of this code, with -dirty if files are changed; 'unknown' outside a checkout."""
    sources = Path(__file__).parents[2]
    changed = ["git", "status", "--porcelain", "--", "training", "realtime"]
    try:
        commit, dirty = (
            subprocess.run(command, capture_output=True, text=True, check=True, cwd=sources).stdout.strip()
            for command in (["git", "rev-parse", "HEAD"], changed)
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{commit}-dirty" if dirty else commit
