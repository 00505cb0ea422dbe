"""The verbs for takes, captures and snapshots. Light to import: each verb imports what it needs when it is called."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter, validators

from polate.cli.map_commands import Model
from polate.cli.working import working
from polate.errors import TakeError, printable

if TYPE_CHECKING:
    from polate.model.decoder import Decoder
    from polate.takes.journal import Start
    from polate.takes.replay import Replayed

__all__ = ["capture", "play_again", "replay", "snapshots"]

_LONGEST_LINE = 1000  # characters

Port = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=65535))]


def replay(journal: Path, *, out: Path | None = None, model: Path | None = None) -> None:
    """Write a take's MIDI file again from its journal, byte for byte the same.

    Parameters
    ----------
    journal
        The journal, take.jsonl, which 'polate play --record take.mid' writes beside take.mid.
    out
        The MIDI file to write (default: the journal's name with the ending .replay.mid).
    model
        Use this model (default: the one that the take was played with).
    """
    from polate.runtime.file_io import read_beginning, replace_file

    if out is None:
        if not journal.name:
            raise TakeError(f"a journal must be a file, got {journal}")
        out = journal.with_suffix(".replay.mid")
    try:
        if out.exists() and read_beginning(out, 4) not in (b"", b"MThd"):
            raise TakeError(f"cannot write {out}: a file of that name exists, and it is not a MIDI file")
        with working(f"playing {journal} again"):
            replayed = play_again(journal, model)
        replace_file(out, replayed.midi)
    except OSError as error:
        raise TakeError(f"cannot write {out}: {error.strerror}") from error
    print(printable(f"{out}: {_compared(journal, out, replayed.midi)}", _LONGEST_LINE))
    if not replayed.is_whole:
        print(printable(f"{journal} has no end: Polate was killed during the take", _LONGEST_LINE))
    if replayed.unmatched:
        print(f"{replayed.unmatched} reports of the gate fit no note: the journal was changed after it was written")


def play_again(journal: Path, model: Path | None = None) -> "Replayed":
    """The take of a journal. Raises a `PolateError` if it cannot be read, or its model has changed."""
    from polate.takes.journal_checks import checked_lines, checked_start
    from polate.takes.journal_reader import read_journal
    from polate.takes.replay import replay

    start, lines = read_journal(journal)
    start, lines = checked_start(start, journal), checked_lines(lines, journal)
    decoder = _decoder(journal, start, model)
    return replay(start, lines, decoder.decode, decoder.axes, decoder.metadata.landmarks)


def _decoder(journal: Path, start: "Start", chosen: Path | None) -> "Decoder":
    """The chosen model, or the one of the take. Raises `TakeError` if that one has changed since."""
    from polate.model.decoder import Decoder

    if chosen is not None:
        return Decoder.open(chosen)
    decoder = Decoder.open(Path(start.model))
    if decoder.sha256 != start.sha256:
        raise TakeError(
            f"{journal} was played with model {start.model!r} of SHA-256 {start.sha256[:16]}..., "
            f"but that file now has {decoder.sha256[:16]}...: choose a model with --model"
        )
    return decoder


def _compared(journal: Path, out: Path, midi: bytes) -> str:
    for take in (journal.with_suffix(".mid"), journal.with_suffix(".midi"), journal.with_suffix("")):
        if take.is_file() and os.path.realpath(take) != os.path.realpath(out):
            return f"identical to {take}" if _has(take, midi) else f"differs from {take}"
    return f"{len(midi)} bytes"


def _has(take: Path, midi: bytes) -> bool:
    """Whether a file has this content."""
    from polate.runtime.file_io import read_at_most

    try:
        return read_at_most(take, len(midi)) == midi
    except OSError:  # it is longer, or cannot be read
        return False


def snapshots(*, model: Model = None, file: Path | None = None) -> None:
    """List the snapshots of a model and the pattern of each.

    Parameters
    ----------
    file
        The file of snapshots, as in the setting 'snapshots' (default: the model's own file).
    """
    from polate.errors import TakeError
    from polate.model.decoder import Decoder
    from polate.model.shipped import model_file
    from polate.runtime.user_data import NO_HOME
    from polate.takes.snapshot_file import default_file, read_snapshots

    decoder = Decoder.open(model)
    path = file or default_file(model_file(model))
    if path is None:
        raise TakeError(NO_HOME)
    found = read_snapshots(path, len(decoder.axes))
    for name, snapshot in found.items():
        print(f"{name}\t{f'{snapshot.pinned} (pinned)' if snapshot.pinned else decoder.decode(snapshot.z)}")
    if not found:
        print(printable(f"no snapshots in {path}", _LONGEST_LINE))


def capture(
    *,
    bars: Annotated[int, Parameter(validator=validators.Number(gte=1, lte=64))] = 8,
    osc_host: str = "127.0.0.1",
    osc_port: Port = 9010,
) -> None:
    """Write the last bars of a running 'polate play' to a MIDI file and print the file's name.

    Parameters
    ----------
    bars
        The number of whole bars. The notes of the current bar are added.
    osc_host
        The address on which that Polate listens to OSC.
    osc_port
        The UDP port on which it listens.
    """
    from polate.osc.client import running_polate

    with running_polate(osc_host, osc_port) as polate:
        before = polate.value("/polate/captured")
        captured = polate.ask("/polate/capture", [bars], "/polate/captured", before)
    if captured.startswith("cannot "):
        raise TakeError(captured)
    print(printable(captured, _LONGEST_LINE))
