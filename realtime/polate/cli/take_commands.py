"""The verbs for what is kept of what was played. Light to import: what a verb needs it imports when it is called."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter, validators

from polate.cli.map_commands import Model
from polate.errors import TakeError

if TYPE_CHECKING:
    from polate.model.decoder import Decoder
    from polate.takes.journal import Start

__all__ = ["capture", "replay", "snapshots"]

Port = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=65535))]


def replay(journal: Path, *, out: Path | None = None, model: Path | None = None) -> None:
    """Make a take's MIDI file again from its journal: the same, byte for byte.

    Parameters
    ----------
    journal
        What 'polate play --record take.mid' has written beside it: take.jsonl.
    out
        The MIDI file to write; NAME.replay.mid if left out.
    model
        Play it with this model, though it may be another than that of the take; the take's own where it is left out.
    """
    from polate.runtime.file_io import replace_file
    from polate.takes.journal_reader import read_journal
    from polate.takes.replay import replay as play_again

    out = out or journal.with_suffix(".replay.mid")
    if out.exists() and out.read_bytes()[:4] not in (b"", b"MThd"):
        raise TakeError(f"cannot write {out}: it is there, and is not a MIDI file")
    start, lines = read_journal(journal)
    decoder = _decoder(journal, start, model)
    replayed = play_again(start, lines, decoder.decode, decoder.axes, decoder.metadata.landmarks)
    try:
        replace_file(out, replayed.midi)
    except OSError as error:
        raise TakeError(f"cannot write {out}: {error.strerror}") from error
    print(f"{out}: {_compared(journal, out, replayed.midi)}")
    if not replayed.is_whole:
        print(f"{journal} was cut off: the take ended when Polate was killed")
    if replayed.unmatched:
        print(f"{replayed.unmatched} of the gate's reports fit nothing: the journal is not as it was written")


def _decoder(journal: Path, start: "Start", chosen: Path | None) -> "Decoder":
    """The model of a take, or the one that is asked for."""
    from polate.model.decoder import Decoder

    if chosen is not None:
        return Decoder.open(chosen)
    decoder = Decoder.open(Path(start.model))
    if decoder.sha256 != start.sha256:
        raise TakeError(
            f"{journal} was played with a model {start.model!r} of sha256 {start.sha256[:16]}..., and the one that is "
            f"there now has {decoder.sha256[:16]}...: name one with --model"
        )
    return decoder


def _compared(journal: Path, out: Path, midi: bytes) -> str:
    for take in (journal.with_suffix(".mid"), journal.with_suffix(".midi"), journal.with_suffix("")):
        if take.is_file() and take.resolve() != out.resolve():
            return f"identical to {take}" if take.read_bytes() == midi else f"not the same as {take}"
    return f"{len(midi)} bytes"


def snapshots(*, model: Model = None, file: Path | None = None) -> None:
    """List the snapshots there are of a model, with the pattern at the place of each.

    Parameters
    ----------
    file
        The file that they are kept in ('snapshots' among the settings); the model's own if left out.
    """
    from polate.model.decoder import Decoder
    from polate.model.shipped import model_file
    from polate.takes.snapshot_file import default_file, read_snapshots

    decoder = Decoder.open(model)
    path = file or default_file(model_file(model))
    found = read_snapshots(path, len(decoder.axes))
    for name, snapshot in found.items():
        print(f"{name}\t{decoder.decode(snapshot.z).text}")
    if not found:
        print(f"no snapshots in {path}")


def capture(
    *,
    bars: Annotated[int, Parameter(validator=validators.Number(gte=1, lte=64))] = 8,
    osc_host: str = "127.0.0.1",
    osc_port: Port = 9010,
) -> None:
    """Have the Polate that plays write its last bars to a file, and print the file's name.

    Parameters
    ----------
    bars
        How many, and what has been played of the present one.
    osc_host
        Where that Polate listens to OSC.
    osc_port
        The UDP port it listens on.
    """
    from polate.osc.client import running_polate

    with running_polate(osc_host, osc_port) as polate:
        before = polate.value("/polate/captured")
        captured = polate.ask("/polate/capture", [bars], "/polate/captured", before)
    if captured.startswith("cannot "):
        raise TakeError(captured)
    print(captured)
