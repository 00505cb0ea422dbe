"""The training verbs of the command line. `polate` finds them by entry points.

Each verb imports torch only if it needs it, so `polate corpus` and every `--help` work without the [train] extra.
"""

import json
import os
import shlex
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AbstractContextManager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter, validators

from polate.errors import ConfigError, printable
from polate_training.corpus import Corpus
from polate_training.scala import TOLERANCE_CENTS
from polate_training.sources import BUILT_IN, MOST_LANDMARKS, corpus_name, find_corpus

if TYPE_CHECKING:
    from polate.theory.pattern import Pattern
    from polate_training.fit import Training

__all__ = ["corpus", "evaluate", "export", "train"]

RUNS = Path("runs")
SLONIMSKY, ATLAS = "slonimsky", "atlas"
MAX_SEED = 10**9
FEW = 10  # patterns: a corpus of fewer gets a warning
MOST_LISTED = 20  # patterns that do not come back

Rounding = Annotated[float, Parameter(validator=validators.Number(gte=0, lte=50))]  # cents


def corpus(
    *,
    corpus: str = SLONIMSKY,
    round: Rounding | None = None,  # noqa: A002
    json_: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Print every pattern of a corpus, one a line: text form, class, names.

    Parameters
    ----------
    corpus
        slonimsky (the rules of the Thesaurus), octave (the octave scales), atlas (both), or a path, as for
        'polate train'.
    round
        As for 'polate train'.
    json_
        One JSON object a pattern: interval, cell, symmetric, descending, class, text, names.
    """
    found = _find(corpus, rounding=round)
    names = defaultdict(list)
    for name, text in found.landmarks.items():
        names[text].append(name)
    for pattern in found.patterns:
        if json_:
            about = {
                "interval": pattern.interval,
                "cell": pattern.cell,
                "symmetric": pattern.symmetric,
                "descending": pattern.descending,
                "class": pattern.classification,
                "text": pattern.text,
                "names": names[pattern.text],
            }
            sys.stdout.write(json.dumps(about) + "\n")
        else:
            columns = [pattern.text, pattern.classification, *filter(None, [", ".join(names[pattern.text])])]
            sys.stdout.write("\t".join(columns) + "\n")


def train(
    *,
    corpus: str = SLONIMSKY,
    strict: bool = False,
    round: Rounding | None = None,  # noqa: A002
    run: Path | None = None,
    seed: Annotated[int, Parameter(validator=validators.Number(gte=0, lte=MAX_SEED))] | None = None,
    epochs: Annotated[int, Parameter(validator=validators.Number(gte=1))] | None = None,
    resume: bool = False,
    overwrite: bool = False,
    plot: Annotated[bool, Parameter(negative="--no-plot")] = True,
) -> None:
    """Train a model on a corpus. A checkpoint is written every second, so Ctrl-C loses at most one second.

    Parameters
    ----------
    corpus
        slonimsky (the rules of the Thesaurus), octave (the octave scales), atlas (both), or a path: a text file of
        patterns, one a line; a Scala file (.scl); a MIDI file; a folder or .zip archive of Scala and MIDI files.
        Entries that are not valid patterns are listed and left out.
    strict
        Do not train if the corpus has an entry that is not a valid pattern.
    round
        How many cents a degree of a Scala file may be away from a whole semitone, 0 to 50 (default: 1). A scale that is
        rounded by more than 1 cent has its largest error in its name.
    run
        Folder for checkpoint.safetensors, losses.csv and losses.png (default: runs/ and the name of the corpus).
    seed
        The same seed gives the same model on one machine (default: 1).
    epochs
        Number of passes over the corpus, from the beginning of the run (default: as many optimizer steps as for the
        shipped model; fewer for a small corpus). With --resume, a larger number makes the run longer.
    resume
        Continue from the checkpoint in the folder, with the corpus that the checkpoint contains.
    overwrite
        Start again, even if the folder has a checkpoint.
    plot
        Draw the loss curves.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    with _working("loading torch"):
        from polate_training.fit import CHECKPOINT, Settings, Training
        from polate_training.plots import plot_losses
        from polate_training.strays import bring_back

    run = run or RUNS / corpus_name(corpus)
    path = run / CHECKPOINT
    with _working("preparing the model"):
        if resume:
            if round is not None:
                raise ConfigError("--round belongs to a new run: a resumed run keeps its corpus")
            if seed is not None or strict:
                raise ConfigError("--seed and --strict belong to a new run: a resumed run keeps its own")
            training = Training.load(path)
            if epochs is not None:
                training.go_on(epochs)
        elif path.exists() and not overwrite:
            raise ConfigError(f"{path} exists: --resume continues it, --overwrite starts again")
        else:
            found = _find(corpus, strict, round).with_text_forms(MOST_LANDMARKS)
            given = {name: value for name, value in (("seed", seed), ("epochs", epochs)) if value is not None}
            training = Training(found, Settings.of(len(found.patterns), **given))
        training.save(run)  # so that --resume can never find another run here
    _warn_of_few(len(training.patterns))

    saved, saved_seconds = training.epoch, time.monotonic()
    console = Console(stderr=True)
    columns = (TextColumn("epoch {task.completed:.0f}/{task.total:.0f}"), BarColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, TextColumn("{task.description}"), console=console) as progress:
            task = progress.add_task("", total=training.settings.epochs, completed=training.epoch)

            def after_epoch(state: "Training") -> None:
                nonlocal saved, saved_seconds
                loss = f"reconstruction {state.losses[-1]['reconstruction']:.3f} nats"
                progress.update(task, completed=state.epoch, description=loss)
                if state.epoch == state.settings.epochs or time.monotonic() - saved_seconds >= 1:
                    state.save(run)
                    saved, saved_seconds = state.epoch, time.monotonic()

            training.run(after_epoch)
    except KeyboardInterrupt:
        text = f"stopped; saved after {saved} epochs: 'polate train --run {run} --resume' continues"
        console.print(printable(text, 1000), markup=False)
        raise
    with _working("looking which patterns come back"):
        left = bring_back(training)
        training.save(run)
        if plot:
            plot_losses(training.losses, run / "losses.png")
    text = printable(f"trained {training.epoch} epochs: {path}", 1000)
    console.print(text, soft_wrap=True, highlight=False, markup=False)
    _tell_what_comes_back(training.corpus, left, _longer(run, training.epoch))


def export(
    *,
    run: Path = RUNS / SLONIMSKY,
    join: Path | None = None,
    folder: Path = Path("exported"),
    name: str | None = None,
) -> None:
    """Write the trained decoder and encoder as ONNX files. torch and onnxruntime must agree first.

    Parameters
    ----------
    run
        The folder of 'polate train'.
    join
        The folder of a run on octave scales. Both are exported as one map, as the shipped model atlas.
    folder
        Write the files into this folder.
    name
        Write NAME.onnx, the decoder, NAME.encoder.onnx, the encoder, and NAME.patterns.txt, the patterns of the
        corpus (default: the name of the run's folder; atlas with --join).
    """
    with _working("loading torch"):
        from polate_training.export import PARITY_POINTS, Exportable, lost, write
        from polate_training.fit import CHECKPOINT, Training

    with _working(f"reading {run}"):
        training = Training.load(run / CHECKPOINT)
        if join is None:
            exportable = Exportable.of(training)
        else:
            exportable = Exportable.joined(training, Training.load(join / CHECKPOINT))
    name = name or (ATLAS if join else os.path.basename(os.path.realpath(run)))
    with _working(f"writing {folder / name}.onnx, and comparing it with torch"):
        metadata = write(exportable, folder, name)
        left = lost(exportable)
    sys.stdout.write(
        f"{printable(str(folder / name))}.onnx: {_patterns(metadata['corpus']['patterns'])}, "
        f"{metadata['figures']['reconstruction_exact']:.2%} come back exactly, "
        f"torch and onnxruntime agree on {PARITY_POINTS} points\n"
    )
    if left:
        _tell_what_comes_back(exportable.corpus, left, _longer(run, training.epoch))
        if missing := len(exportable.corpus.landmarks) - len(metadata["landmarks"]):
            print(f"left out {missing} names, because their patterns do not come back", file=sys.stderr)


def evaluate(
    *,
    model: Path = Path(SLONIMSKY),
    corpus: str | None = None,
    seed: Annotated[int, Parameter(validator=validators.Number(gte=0, lte=MAX_SEED))] = 0,
    json_: Annotated[bool, Parameter(name="--json")] = False,
    plot: Path | None = None,
    axes: tuple[str, str] = ("1", "2"),
    run: Path | None = None,
    quick: bool = False,
) -> None:
    """Measure a model through its exported files. docs/evaluation.md defines the figures.

    Parameters
    ----------
    model
        The decoder NAME.onnx, with NAME.encoder.onnx beside it; or slonimsky, octave or atlas, from the folder
        exported, or else those that come with Polate.
    corpus
        The corpus that the model was trained on: slonimsky, octave, atlas or a path, as for 'polate train' (default:
        the one of the same name as the model, else slonimsky).
    seed
        The same seed gives the same figures.
    json_
        Print one JSON object: command, model, seed, machine and figures.
    plot
        Draw map.png, axes.png and confusion.png into this folder, and losses.png if --run is given.
    axes
        The two axes of map.png, by number or name.
    run
        The folder of 'polate train', for its loss curves.
    quick
        Draw a twentieth of the points, for a first look.
    """
    with _working("loading torch, scipy and matplotlib"):
        from polate_training.evaluation import Counts, check_corpus, open_model
        from polate_training.evaluation import evaluate as measure
        from polate_training.evaluation.pictures import find_axis, write_pictures
        from polate_training.evaluation.report import as_json, judgement, machine, print_table
        from polate_training.plots import plot_losses, read_losses

    built_in = str(model) in BUILT_IN
    with _working("opening the model and its corpus"):
        opened = open_model(_built_in_model(str(model)) if built_in else model)
        found = _find(corpus or (str(model) if built_in else SLONIMSKY))
        check_corpus(opened, found)
    counts = Counts().twentieth() if quick else Counts()
    if run is not None and plot is None:
        raise ConfigError("--run needs --plot DIR, the folder for the loss curves")
    if plot is not None:
        losses = None if run is None else read_losses(run / "losses.csv")
        chosen = find_axis(opened, axes[0]), find_axis(opened, axes[1])
        with _working("drawing pictures"):
            write_pictures(opened, found.patterns, chosen, seed, plot)
            if losses is not None:
                plot_losses(losses, plot / "losses.png")
    with _working("measuring: with all points this takes about a minute"):
        figures = measure(opened, found, seed, counts)
    sentence = judgement(opened.name.removesuffix(".onnx"), figures)
    command = shlex.join(["polate", *sys.argv[1:]])
    about = {"command": command, "model": str(model), "seed": seed, "machine": machine()}
    if json_:
        rows = {**about, "figures": as_json(figures), "judgement": sentence}
        sys.stdout.write(json.dumps(rows, indent=1) + "\n")
    else:
        print_table(figures, about)
        print(f"\n{sentence}")


def _find(corpus: str, strict: bool = False, rounding: float | None = None) -> Corpus:
    """The corpus. Refused and merged entries are listed on standard error, one a line."""
    source = find_corpus(corpus, TOLERANCE_CENTS if rounding is None else rounding)
    for refusal in source.refused:
        print(f"refused: {refusal}", file=sys.stderr)
    for merged in source.merged:
        print(f"merged: {merged}", file=sys.stderr)
    for changed in source.changed:
        print(f"note: {changed}", file=sys.stderr)
    if source.refused or source.merged:
        counts = f"{len(source.refused)} refused, {len(source.merged)} merged"
        print(f"{printable(corpus)}: {len(source.corpus.patterns)} patterns; {counts}", file=sys.stderr)
    if strict and source.refused:
        raise ConfigError(f"--strict: nothing was trained, {len(source.refused)} refused")
    return source.corpus


def _warn_of_few(count: int) -> None:
    if count < FEW:
        print(
            f"warning: {_patterns(count)} {'is' if count == 1 else 'are'} few: the model plays them, but it knows "
            f"little about what lies between them. {FEW} or more are better.",
            file=sys.stderr,
        )


def _tell_what_comes_back(corpus: Corpus, left: "Sequence[Pattern]", longer: str) -> None:
    """Say on standard error that all patterns come back, or list those that do not. ``longer``: how to train on."""
    count = len(corpus.patterns)
    if not left:
        print(f"every pattern comes back exactly, of {_patterns(count)}", file=sys.stderr)
        return
    print(f"{len(left)} of {_patterns(count)} do not come back exactly; {longer}:", file=sys.stderr)
    for pattern in left[:MOST_LISTED]:
        print(f"  {corpus.called(pattern)}", file=sys.stderr)
    if len(left) > MOST_LISTED:
        print(f"  and {len(left) - MOST_LISTED} more", file=sys.stderr)


def _longer(run: Path, epochs: int) -> str:
    return f"'polate train --run {run} --resume --epochs {2 * epochs}' trains for longer"


def _patterns(count: int) -> str:
    return "1 pattern" if count == 1 else f"{count} patterns"


def _working(what: str) -> AbstractContextManager[object]:
    """Show on a terminal what is being done while the block runs."""
    from rich.console import Console
    from rich.markup import escape

    return Console(stderr=True).status(escape(printable(what)))


def _built_in_model(name: str) -> Path:
    """The file of a model by its name: in the folder exported, or else the one that comes with Polate."""
    exported = Path("exported", f"{name}.onnx")
    package = Path(str(files("polate")))
    candidates = [exported, package / f"models/{name}.onnx", package.parents[1] / f"exported/{name}.onnx"]
    return next((path for path in candidates if path.exists()), exported)
