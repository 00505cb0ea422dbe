"""A take on disk: a MIDI file, and beside it its journal.

The MIDI file is replaced as a whole; the journal grows. A thread writes both after each call of `Recorder.save`. So
little is lost when Polate is killed, and a slow disk delays nothing.
"""

import contextlib
import os
import threading
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Self

from polate.errors import TakeError, described
from polate.runtime.file_io import create_file, read_beginning, replace_file
from polate.runtime.process_limit import start_thread, why_not_started
from polate.takes.events import Event, Track
from polate.takes.journal import MARK, Line, encode
from polate.takes.smf import TrackEncoder, midi_file

__all__ = ["Recorder", "journal_of"]

_COPIED_BYTES = 2**20
_AGAIN_SECONDS = 1.0  # after an error that is not the disk's


class Recorder:
    """Made by `open`; ended by `close`. Its methods are for one thread, the player's."""

    def __init__(self, path: Path, journal: BinaryIO | None) -> None:
        """``path``: of the MIDI file. ``journal``: open for writing, without a buffer; None: there is none.

        Writes nothing yet.
        """
        self.problem: str | None = None  # the path, and why the last write failed
        self.path, self._journal = path, journal
        self._encoder = TrackEncoder()
        self._thread = threading.Thread(target=self._work, name="polate-recorder", daemon=True)
        self._lines: deque[bytes] = deque()  # filled without a lock, emptied by the thread
        self._wake = threading.Condition()  # guards the next three
        self._added: list[Mapping[Track, bytes]] = []
        self._ends: Mapping[Track, bytes] | None = None
        self._closing = False
        self._tracks: dict[Track, bytearray] = {}  # of the thread
        self._last_ends: Mapping[Track, bytes] = {}  # of the thread
        self._unwritten = b""  # of the thread: the journal's

    @classmethod
    def open(cls, path: Path) -> Self:
        """Create both files and start the thread. An earlier take gets other names.

        Raises `TakeError` if a file cannot be written, or if another file than a take is in the way.
        """
        path = path.absolute()
        if not path.name:
            raise TakeError(f"cannot record to {path}: it is a folder")
        journal = journal_of(path)
        _set_aside(path, journal)
        try:
            recorder = cls(path, create_file(journal))
        except OSError as error:
            raise TakeError(f"cannot record to {path}: its journal: {error.strerror}") from error
        recorder._begin()
        return recorder

    @classmethod
    def open_without_journal(cls, path: Path) -> Self:
        """Create the MIDI file alone and start the thread. Raises `TakeError` if it cannot be written."""
        recorder = cls(path, None)
        recorder._begin()
        return recorder

    def journal(self, line: Line) -> None:
        """Write a line of the journal with the next `save`."""
        self._lines.append(encode(line))

    def save(self, settled: list[Event], rest: list[Event]) -> None:
        """Have the thread write the files. ``settled``: since the last call; ``rest``: that would end the take now."""
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
        self._close_journal()

    def _begin(self) -> None:
        """Write the files for the first time and start the thread. Raises `TakeError` if that fails."""
        self.save([], [])
        self._write()
        if self.problem:
            self._close_journal()
            raise TakeError(self.problem)
        if not start_thread(self._thread):
            self._close_journal()
            raise TakeError(f"cannot record to {self.path}: {why_not_started()}")

    def _close_journal(self) -> None:
        if self._journal:
            self._journal.close()

    # -- the thread ------------------------------------------------------------------------------

    def _work(self) -> None:
        closing = False
        while not closing:
            with self._wake:
                while self._ends is None and not self._closing:
                    self._wake.wait()
                closing = self._closing
            self._try_to_write(sync=closing)

    def _try_to_write(self, *, sync: bool) -> None:
        """`_write`. After an error nothing that waits is lost: it is written a second later; at the end at once."""
        for _ in range(2 if sync else 1):
            try:
                self._write(sync=sync)
                return
            except Exception as error:  # OSError is a problem of `_write`
                self.problem = f"cannot record to {self.path}: {described(error)}"
                with self._wake:
                    if not self._closing:
                        self._wake.wait(_AGAIN_SECONDS)

    def _write(self, *, sync: bool = False) -> None:
        with self._wake:
            added, self._added = self._added, []
            lines = [self._lines.popleft() for _ in range(len(self._lines))]
            if self._ends is not None:
                self._last_ends, self._ends = self._ends, None
        self._unwritten += b"".join(lines)
        for track, data in (part for parts in added for part in parts.items()):
            self._tracks.setdefault(track, bytearray()).extend(data)
        self.problem = None
        try:
            if sync:  # the last time: even if the folder was deleted
                self.path.parent.mkdir(parents=True, exist_ok=True)
            if self._journal:
                self._journal = _still_there(self._journal, journal_of(self.path))
                while self._unwritten:
                    self._unwritten = self._unwritten[self._journal.write(self._unwritten) :]
                if sync:
                    os.fsync(self._journal.fileno())
            tracks = {track: bytes(self._tracks.get(track, b"")) + end for track, end in self._last_ends.items()}
            replace_file(self.path, midi_file(tracks), sync=sync)
        except OSError as error:
            self.problem = f"cannot record to {self.path}: {error.strerror or error}"


def _still_there(journal: BinaryIO, path: Path) -> BinaryIO:
    """The journal, which is written to a new file if somebody has deleted the one that is open.

    A deleted file can be read until it is closed. Raises `OSError` if another file has its name, or if the folder is
    gone.
    """
    here = os.fstat(journal.fileno())
    with contextlib.suppress(FileNotFoundError):
        if os.path.samestat(here, path.stat()):
            return journal
    again = create_file(path, is_new=True)
    journal.seek(0)
    while part := journal.read(_COPIED_BYTES):
        again.write(part)
    journal.close()
    return again


def journal_of(path: Path) -> Path:
    """The path of a take's journal."""
    return path.with_suffix(".jsonl") if path.suffix in (".mid", ".midi") else path.with_name(f"{path.name}.jsonl")


def _set_aside(path: Path, journal: Path) -> None:
    """Rename an earlier take. Raises `TakeError` if one of the files is not part of a take: it is never replaced."""
    for file, mark, kind in ((path, b"MThd", "MIDI file"), (journal, MARK, "journal of a take")):
        _check(file, mark, kind)
        _check(_before(file), mark, kind)
    for file in (path, journal):
        try:
            if file.exists() and file.stat().st_size:
                os.replace(file, _before(file))
        except OSError as error:
            raise TakeError(f"cannot record to {file}: {error.strerror}") from error


def _before(path: Path) -> Path:
    """The name under which an earlier take is kept."""
    return path.with_name(f"{path.stem}.before{path.suffix}")


def _check(path: Path, mark: bytes, kind: str) -> None:
    """Raises `TakeError` for a file that exists, is not empty and does not begin with the mark."""
    try:
        if path.is_dir():
            raise TakeError(f"cannot record to {path}: it is a folder")
        if not path.exists():
            return
        beginning = b"not a file"
        if path.is_file():
            beginning = read_beginning(path, len(mark))
        if beginning not in (b"", mark):
            raise TakeError(f"cannot record to {path}: it exists and is not a {kind}")
    except OSError as error:
        raise TakeError(f"cannot record to {path}: {error.strerror}") from error
