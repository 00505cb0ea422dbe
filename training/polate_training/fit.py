"""Training: seeded and resumable. The same seed gives the same result on one machine.

Everything random in an epoch comes from a generator seeded with (seed, epoch), and the learning rate is a function of
the step. So a run that was stopped and resumed has the same result as one that was not.
"""

import csv
import io
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import torch
from safetensors import safe_open
from safetensors.torch import save as serialise

from polate.errors import ConfigError
from polate.runtime.file_io import read_beginning, replace_file
from polate.theory.pattern import Pattern
from polate_training.attributes import Attribute, normal_scores
from polate_training.corpus import Corpus
from polate_training.decoders import Decoder, decoder_for
from polate_training.encoding import Vocabulary
from polate_training.vae import VAE, attribute_loss, kl, moment_loss, reconstruction

__all__ = ["CHECKPOINT", "Settings", "Training"]

CHECKPOINT = "checkpoint.safetensors"
_STEPS = 5_150  # optimizer steps in a whole run
_FEWEST_STEPS, _STEPS_A_PATTERN = 1_500, 50  # a corpus of less than 100 patterns needs fewer: a step has all of them
_LOSSES = ("reconstruction", "exact", "kl", "attributes", "moments")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a run. Two runs with equal settings on one machine give equal weights."""

    seed: int = 1
    epochs: int = 250
    batch: int = 512
    learning_rate: float = 4e-3
    alpha: float = 4.0  # weight of the reconstruction from the mean, where landmarks are
    beta: float = 0.03  # weight of the KL term
    gamma: float = 1.0  # weight of the attribute term
    delta: float = 20.0  # weight of the moment term
    spread: float = 0.915  # deviation of the aggregated posterior: the prior is a little wider than the corpus
    hidden: int = 256
    threads: int = 1  # the order of additions depends on it, so it is part of the run

    @classmethod
    def of(cls, patterns: int, **given: Any) -> Self:
        """The settings for a corpus of ``patterns`` patterns, with as many optimizer steps as for the Thesaurus.

        A small corpus has fewer. The batch is as large as possible, up to 512: the moments of a small batch are mostly
        noise.
        """
        batch, steps = min(512, patterns), min(_STEPS, max(_FEWEST_STEPS, _STEPS_A_PATTERN * patterns))
        return cls(**{"batch": batch, "epochs": round(steps * batch / patterns), **given})


@dataclass(slots=True)
class Training:
    """A run: its model, its epoch, and its losses so far."""

    corpus: Corpus
    settings: Settings
    make_decoder: Callable[[Vocabulary], Decoder] = decoder_for
    patterns: Sequence[Pattern] = field(init=False)
    vocabulary: Vocabulary = field(init=False)
    model: VAE = field(init=False)
    epoch: int = field(init=False, default=0)
    losses: list[dict[str, float]] = field(init=False, default_factory=list)
    _optimizer: torch.optim.Adam = field(init=False)

    def __post_init__(self) -> None:
        torch.use_deterministic_algorithms(True)
        torch.set_num_threads(self.settings.threads)
        torch.manual_seed(self.settings.seed)
        self.patterns = self.corpus.patterns
        self.vocabulary = Vocabulary.of(self.patterns)
        self.model = VAE(self.vocabulary, self.settings.hidden, self.make_decoder)
        self.model.decoder.settle(self.vocabulary.encode(self.patterns), self.settings.spread)
        self._optimizer = torch.optim.Adam(self.model.parameters())

    def go_on(self, epochs: int) -> None:
        """Make the run longer: ``epochs`` in all. Raises `ConfigError` if it has as many already."""
        if epochs <= self.epoch:
            raise ConfigError(f"--epochs counts from the beginning of the run, which has {self.epoch}, got {epochs}")
        self.settings = replace(self.settings, epochs=epochs)

    def run(self, after_epoch: Callable[["Training"], None]) -> None:
        """Train to the last epoch. ``after_epoch`` is called after each, for progress and checkpoints."""
        settings = self.settings
        codes = self.vocabulary.encode(self.patterns)
        one_hot = self.vocabulary.one_hot(codes)  # (patterns, width)
        measured = [
            [float(axis.measure(p)) if isinstance(axis, Attribute) else math.nan for p in self.patterns]
            for axis in self.model.decoder.axes
        ]
        scores = settings.spread * torch.stack([normal_scores(torch.tensor(row)) for row in measured], dim=1)
        weights = torch.tensor([1.0, settings.alpha, settings.beta, settings.gamma, settings.delta])
        batches = math.ceil(len(codes) / settings.batch)
        while self.epoch < settings.epochs:
            generator = torch.Generator().manual_seed(settings.seed * 1_000_003 + self.epoch)
            sums = torch.zeros(len(_LOSSES))
            shuffled = torch.randperm(len(codes), generator=generator)
            for index, rows in enumerate(torch.split(shuffled, settings.batch)):
                progress = (self.epoch * batches + index) / (settings.epochs * batches)
                for group in self._optimizer.param_groups:
                    group["lr"] = settings.learning_rate * _schedule(progress)
                mu, logvar = self.model.encoder(one_hot[rows])
                z = mu + torch.randn(mu.shape, generator=generator) * (0.5 * logvar).exp()
                decoder, batch = self.model.decoder, codes[rows]
                terms = torch.stack(
                    [
                        reconstruction(decoder(z, batch), batch),
                        reconstruction(decoder(mu, batch), batch, self.model.assemble),
                        kl(mu, logvar).sum(),
                        attribute_loss(z, scores[rows]),
                        moment_loss(mu, logvar, settings.spread),
                    ]
                )
                self._optimizer.zero_grad()
                (weights @ terms).backward()  # type: ignore[no-untyped-call]
                self._optimizer.step()
                sums += terms.detach() * len(rows)
            self.epoch += 1
            self.losses.append(dict(zip(_LOSSES, (sums / len(codes)).tolist(), strict=True)))
            after_epoch(self)

    # -- checkpoints -----------------------------------------------------------------------------

    def save(self, folder: Path) -> None:
        """Write the checkpoint and the table of losses; a file is replaced only by a complete one."""
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        for number, moments in self._optimizer.state_dict()["state"].items():
            tensors |= {f"adam.{number}.{name}": tensor for name, tensor in moments.items()}
        about = {
            "settings": asdict(self.settings),
            "epoch": self.epoch,
            "losses": self.losses,
            "name": self.corpus.name,
            "landmarks": dict(self.corpus.landmarks),
        }
        target = folder / CHECKPOINT
        texts = {"polate": json.dumps(about), "corpus": "\n".join(p.text for p in self.patterns)}
        replace_file(target, serialise(tensors, texts))
        table = io.StringIO(newline="")
        writer = csv.DictWriter(table, ["epoch", *_LOSSES])
        writer.writeheader()
        writer.writerows({"epoch": number, **row} for number, row in enumerate(self.losses, 1))
        replace_file(folder / "losses.csv", table.getvalue().encode())

    @classmethod
    def load(cls, path: Path) -> "Training":
        """Continue from a checkpoint. Raises `ConfigError` for a file that is not a checkpoint."""
        try:
            read_beginning(path, 1)  # `safe_open` would wait for a pipe
            with safe_open(path, "pt") as file:
                metadata = file.metadata()
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            about = json.loads(metadata["polate"])
            patterns = tuple(Pattern.parse(line) for line in metadata["corpus"].splitlines())
            corpus = Corpus(about["name"], patterns, about["landmarks"])
            training = cls(corpus, Settings(**about["settings"]))
            training.epoch, training.losses = about["epoch"], about["losses"]
            training.model.load_state_dict(
                {name.removeprefix("model."): t for name, t in tensors.items() if name.startswith("model.")}
            )
            state: dict[int, dict[str, torch.Tensor]] = {}
            for name, tensor in tensors.items():
                if name.startswith("adam."):
                    _, number, moment = name.split(".")
                    state.setdefault(int(number), {})[moment] = tensor
            groups = training._optimizer.state_dict()["param_groups"]
            training._optimizer.load_state_dict({"state": state, "param_groups": groups})
        except FileNotFoundError:
            raise ConfigError(f"no checkpoint at {path}: 'polate train' writes one") from None
        except Exception as error:
            raise ConfigError(f"{path} is not a checkpoint that this version can read: {error}") from error
        return training


def _schedule(progress: float) -> float:
    """The learning rate as a share of its peak: it rises for a tenth of the run, then falls to 0.001 along a cosine."""
    if progress < 0.1:
        return 0.04 + 0.96 * progress / 0.1
    return 0.001 + 0.999 * 0.5 * (1 + math.cos(math.pi * (progress - 0.1) / 0.9))
