"""Snapshots in a file: by name, as JSON that a person can read; written whole or not at all, by a thread of its own.

    {"model": "slonimsky", "snapshots": {"dawn": {"z": [...], "settings": {...}, "motions": {...}}}}

With two players on one file, what is stored last under a name is what is kept.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
from platformdirs import user_data_path

from polate.control.snapshot import Snapshot
from polate.errors import PolateError, TakeError
from polate.runtime.file_io import read_at_most, replace_file

__all__ = ["SnapshotFile", "default_file", "read_snapshots"]

_LARGEST_FILE = 8 * 2**20


class _Content(msgspec.Struct, forbid_unknown_fields=True):
    model: str  # for people: the name of the model that they are places of
    snapshots: dict[str, Snapshot] = {}


def default_file(model: Path) -> Path:
    """Where the snapshots of a model are if nothing else is said: in the user's data folder."""
    return user_data_path("polate", appauthor=False) / "snapshots" / f"{model.stem}.json"


def read_snapshots(path: Path, axes: int) -> dict[str, Snapshot]:
    """The snapshots of a file; none if it is not there. Raises `TakeError` that says what is wrong in it."""
    snapshots = _read(path)
    for name, snapshot in snapshots.items():
        try:
            if len(snapshot.z) != axes:
                raise TakeError(f"z must have {axes} numbers for this model, got {len(snapshot.z)}")
            snapshot.changes()
            snapshot.motions_for(axes)
        except PolateError as error:
            raise TakeError(f"{path}: snapshot {name[:64]!r}: {error}") from error
    return snapshots


def _read(path: Path) -> dict[str, Snapshot]:
    try:
        content = read_at_most(path, _LARGEST_FILE)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise TakeError(f"cannot read the snapshots in {path}: {error.strerror}") from error
    try:
        return msgspec.json.decode(content, type=_Content).snapshots
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise TakeError(f"{path} is no file of snapshots: {error}") from error


class SnapshotFile:
    """Takes down what is stored."""

    def __init__(self, path: Path, model: str) -> None:
        self.path = path
        self.problem: str | None = None  # why the last write failed
        self._model = model
        self._lock = threading.Lock()
        self._coming: dict[str, Snapshot] = {}
        self._waiting: dict[str, Snapshot] = {}  # the thread's: not written yet
        self._thread = ThreadPoolExecutor(1, "polate-snapshots")

    def store(self, name: str, snapshot: Snapshot) -> None:
        """Have one written, soon; with all that come until then."""
        with self._lock:
            self._coming[name] = snapshot
        self._thread.submit(self._store)

    def try_again(self) -> None:
        """Write what could not be written: there may be room again."""
        if self.problem:
            self._thread.submit(self._store)

    def close(self) -> None:
        """What is to be written is, or `problem` says why not."""
        self.try_again()
        self._thread.shutdown()

    def _store(self) -> None:
        """What another player has stored meanwhile stays; and so does a file that cannot be read."""
        with self._lock:
            coming, self._coming = self._coming, {}
        self._waiting |= coming
        if not self._waiting:  # written with one before
            return
        try:
            content = _Content(self._model, _read(self.path) | self._waiting)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(self.path, msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")
            self.problem = None
            self._waiting.clear()
        except OSError as error:
            self.problem = f"cannot store snapshots in {self.path}: {error.strerror}"
        except TakeError as error:
            self.problem = f"snapshots are not stored: {error}"
