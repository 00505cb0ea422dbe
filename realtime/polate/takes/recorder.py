"""A take on disk: a MIDI file, and beside it its journal.

The MIDI file is written anew, whole or not at all; the journal grows. Both are written by a thread of its own, as often
as `save` is called: so a kill at any moment loses little, and a slow disk holds nothing up.
"""

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from polate.errors import TakeError
from polate.runtime.file_io import replace_file
from polate.takes.journal import MARK, Line, encode
from polate.takes.smf import Tracks, midi_file
from polate.takes.timeline import Event, Track

__all__ = ["Recorder", "journal_of"]


class Recorder:
    """Open files; `close` ends them."""

    def __init__(self, path: Path) -> None:
        """Raises `TakeError` if a file cannot be written, before a note is played."""
        self._path, journal = _keep_what_is_there(path.absolute())
        self._encoder = Tracks()
        self._tracks: dict[Track, bytearray] = {}  # the thread's
        self._wake = threading.Condition()
        self._added: list[Mapping[Track, bytes]] = []
        self._ends: Mapping[Track, bytes] | None = None
        self._lines: list[bytes] = []
        self._closing = False
        self.problem: str | None = None  # why the last write failed
        try:
            self._journal: BinaryIO = journal.open("wb", buffering=0)
        except OSError as error:
            raise TakeError(f"cannot record to {path}: its journal: {error.strerror}") from error
        self._unwritten = b""
        self.save([], [])
        self._write()
        if self.problem:
            self._journal.close()
            raise TakeError(f"cannot record to {path}: {self.problem}")
        self._thread = threading.Thread(target=self._work, name="polate-recorder", daemon=True)
        self._thread.start()

    def journal(self, line: Line) -> None:
        """Have a line written with the next `save`."""
        self._lines.append(encode(line))

    def save(self, settled: list[Event], rest: list[Event]) -> None:
        """Have what there is written, soon: what has been settled since the last time, and what the tape ends with."""
        added = self._encoder.add(settled)
        with self._wake:
            self._added.append(added)
            self._ends = self._encoder.end(rest)
            self._wake.notify()

    def close(self, settled: list[Event], rest: list[Event]) -> None:
        """`save` for the last time, down to the disk, and end the thread."""
        with self._wake:
            self.save(settled, rest)
            self._closing = True
        self._thread.join()
        self._journal.close()

    # -- the thread ------------------------------------------------------------------------------

    def _work(self) -> None:
        closing = False
        while not closing:
            with self._wake:
                while self._ends is None and not self._closing:
                    self._wake.wait()
                closing = self._closing
            self._write(sync=closing)

    def _write(self, *, sync: bool = False) -> None:
        with self._wake:
            added, self._added = self._added, []
            ends, self._ends = self._ends, None
            lines, self._lines = self._lines, []
        for track, data in (part for parts in added for part in parts.items()):
            self._tracks.setdefault(track, bytearray()).extend(data)
        self._unwritten += b"".join(lines)
        self.problem = None
        try:
            while self._unwritten:
                self._unwritten = self._unwritten[self._journal.write(self._unwritten) :]
            if sync:
                os.fsync(self._journal.fileno())
            if ends is not None:
                tracks = {track: bytes(self._tracks.get(track, b"")) + end for track, end in ends.items()}
                replace_file(self._path, midi_file(tracks), sync=sync)
        except OSError as error:
            self.problem = error.strerror or str(error)


def journal_of(path: Path) -> Path:
    """Where the journal of a take is."""
    return path.with_suffix(".jsonl") if path.suffix in (".mid", ".midi") else path.with_name(f"{path.name}.jsonl")


def _keep_what_is_there(path: Path) -> tuple[Path, Path]:
    """Where to write: an earlier take is kept under another name, and nothing but a take is ever replaced."""
    journal = journal_of(path)
    for file, mark, what in ((path, b"MThd", "MIDI file"), (journal, MARK, "journal of a take")):
        _check(file, mark, what)
        _check(_before(file), mark, what)
    for file in (path, journal):
        try:
            if file.exists() and file.stat().st_size:
                os.replace(file, _before(file))
        except OSError as error:
            raise TakeError(f"cannot record to {file}: {error.strerror}") from error
    return path, journal


def _before(path: Path) -> Path:
    """The name of the take before."""
    return path.with_name(f"{path.stem}.before{path.suffix}")


def _check(path: Path, mark: bytes, what: str) -> None:
    try:
        if path.is_dir() or not path.name:
            raise TakeError(f"cannot record to {path}: it is a folder")
        if not path.exists():
            return
        beginning = b"not a file"
        if path.is_file():
            with path.open("rb") as file:
                beginning = file.read(len(mark))
        if beginning not in (b"", mark):
            raise TakeError(f"cannot record to {path}: it is there, and is not a {what}")
    except OSError as error:
        raise TakeError(f"cannot record to {path}: {error.strerror}") from error
