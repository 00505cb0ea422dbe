"""The training verbs of the command line; `polate` finds them by entry point.

torch is imported inside the verbs that need it, so that `polate corpus` and every `--help` work without the
[train] extra.
"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter, validators

from polate.errors import ConfigError
from polate_training.corpus import thesaurus

if TYPE_CHECKING:
    from polate_training.fit import Training

__all__ = ["corpus", "export", "train"]

RUN = Path("runs/slonimsky")


def corpus(*, json_: Annotated[bool, Parameter(name="--json")] = False) -> None:
    """Print every pattern of the Thesaurus' rules, one a line.

    Parameters
    ----------
    json_
        One JSON object a pattern: interval, cell, symmetric, class, text.
    """
    for pattern in thesaurus().patterns:
        if json_:
            about = {
                "interval": pattern.interval,
                "cell": pattern.cell,
                "symmetric": pattern.symmetric,
                "class": pattern.classification,
                "text": pattern.text,
            }
            sys.stdout.write(json.dumps(about) + "\n")
        else:
            sys.stdout.write(f"{pattern.text}\t{pattern.classification}\n")


def train(
    *,
    run: Path = RUN,
    seed: int | None = None,
    epochs: Annotated[int, Parameter(validator=validators.Number(gte=1))] | None = None,
    resume: bool = False,
    overwrite: bool = False,
    plot: bool = True,
) -> None:
    """Train the VAE on the corpus; the checkpoint is written after every epoch, so Ctrl-C loses none that is done.

    Parameters
    ----------
    run
        Folder for checkpoint.safetensors, losses.csv and losses.png.
    seed
        The same seed gives the same model on one machine; 1 where it is left out.
    epochs
        How many times to go through the corpus; the shipped model's number where it is left out.
    resume
        Go on from the checkpoint in the folder.
    overwrite
        Begin anew even though the folder holds a checkpoint.
    plot
        Draw the loss curves.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from polate_training.fit import CHECKPOINT, Settings, Training
    from polate_training.plots import plot_losses

    path = run / CHECKPOINT
    if resume:
        if seed is not None or epochs is not None:
            raise ConfigError("--seed and --epochs belong to a new run: a resumed one keeps its own")
        training = Training.load(path)
    elif path.exists() and not overwrite:
        raise ConfigError(f"{path} is there already: --resume goes on with it, --overwrite begins anew")
    else:
        given = {"seed": seed, "epochs": epochs}
        training = Training(thesaurus(), Settings(**{k: v for k, v in given.items() if v is not None}))

    console = Console(stderr=True)
    columns = (TextColumn("epoch {task.completed:.0f}/{task.total:.0f}"), BarColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, TextColumn("{task.description}"), console=console) as progress:
            task = progress.add_task("", total=training.settings.epochs, completed=training.epoch)

            def after_epoch(state: "Training") -> None:
                loss = f"reconstruction {state.losses[-1]['reconstruction']:.3f} nats"
                progress.update(task, completed=state.epoch, description=loss)
                state.save(run)

            training.run(after_epoch)
    except KeyboardInterrupt:
        console.print(f"stopped after {training.epoch} epochs: 'polate train --run {run} --resume' goes on")
        raise
    if plot:
        plot_losses(training.losses, run / "losses.png")
    console.print(f"trained {training.epoch} epochs: {path}")


def export(*, run: Path = RUN, folder: Path = Path("exported"), name: str = "slonimsky") -> None:
    """Write the decoder and the encoder as ONNX, after checking that torch and onnxruntime agree.

    Parameters
    ----------
    run
        The folder that `polate train` wrote.
    folder
        Where the files go.
    name
        NAME.onnx is the decoder, NAME.encoder.onnx the encoder.
    """
    from polate_training.export import PARITY_POINTS
    from polate_training.export import export as write
    from polate_training.fit import CHECKPOINT, Training

    training = Training.load(run / CHECKPOINT)
    metadata = write(training, folder, name)
    sys.stdout.write(
        f"{folder / name}.onnx: {metadata['corpus']['patterns']} patterns, "
        f"{metadata['figures']['reconstruction_exact']:.2%} come back exactly, "
        f"torch and onnxruntime agree on {PARITY_POINTS} points\n"
    )
