"""Snapshots in a file: JSON that a person can read and edit.

    {"model": "slonimsky", "snapshots": {"dawn": {"z": [...], "settings": {...}, "motions": {...}}}}

A thread writes the file, as a whole. Two players can share a file: what was stored last under a name is kept.
"""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from polate.control.snapshot import Snapshot
from polate.errors import PolateError, TakeError, described
from polate.runtime.file_io import read_at_most, replace_file
from polate.runtime.user_data import NO_HOME, user_data_folder
from polate.theory.text_encoding import utf8

__all__ = ["SnapshotFile", "default_file", "read_snapshots", "snapshots_path"]

_LARGEST_FILE = 8 * 2**20  # bytes
_LONGEST_NAME = 64
_MOST_UNWRITTEN = 4096  # names; many more than can be kept


class _Content(msgspec.Struct, forbid_unknown_fields=True):
    model: str  # the name of the model that the points belong to, for people who read the file
    snapshots: dict[str, Snapshot] = {}


def default_file(model: Path) -> Path | None:
    """The file for a model's snapshots in the user's data folder; None for a user without a home folder."""
    folder = user_data_folder()
    return folder / "snapshots" / f"{model.stem}.json" if folder else None


def snapshots_path(chosen: Path | str | None, model: Path) -> Path | None:
    """The chosen file for snapshots, or the default file of a model, if there is one."""
    return Path(chosen) if chosen else default_file(model)


def read_snapshots(path: Path | None, axes: int) -> dict[str, Snapshot]:
    """The snapshots of a file, by name; none if there is no such file. ``axes``: how many the model has.

    Raises `TakeError` with the error in the file.
    """
    snapshots = _read(path) if path else {}
    for name, snapshot in snapshots.items():
        try:
            if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
                raise TakeError(f"a name must have 1 to {_LONGEST_NAME} printable characters")
            if len(snapshot.z) != axes:
                raise TakeError(f"z must have {axes} numbers for this model, got {len(snapshot.z)}")
            _ = snapshot.changes(), snapshot.pinned_pattern
            snapshot.motions_for(axes)
            snapshot.path_for(axes)
        except PolateError as error:
            raise TakeError(f"snapshot {name[:64]!r}: {error}", file=path) from error
    return snapshots


def _read(path: Path) -> dict[str, Snapshot]:
    try:
        content = read_at_most(path, _LARGEST_FILE)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise TakeError(f"cannot read the snapshots in {path}: {error.strerror}") from error
    try:
        return msgspec.json.decode(utf8(content), type=_Content).snapshots
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise TakeError(f"{path} is no file of snapshots: {error}") from error


class SnapshotFile:
    """Writes snapshots to a file. The file is not touched before the first one is stored."""

    def __init__(self, path: Path | None, model: str) -> None:
        """``path``: None if there is no place for a file: `problem` then says so. ``model``: its name."""
        self.path = path
        self.problem: str | None = None  # why the last write failed
        self._model = model
        self._lock = threading.Lock()
        # By name; None: to be deleted. Guarded by the lock: since the thread looked.
        self._changed: dict[str, Snapshot | None] = {}
        self._order: tuple[str, ...] = ()  # guarded by the lock: the names in the order of the last change
        self._unwritten: dict[str, Snapshot | None] = {}  # of the thread
        self._thread = ThreadPoolExecutor(1, "polate-snapshots")

    def store(self, name: str, snapshot: Snapshot) -> None:
        """Have the thread write a snapshot, together with others that are stored before it does."""
        self.change({name: snapshot})

    def change(self, snapshots: Mapping[str, Snapshot | None], order: Sequence[str] = ()) -> None:
        """Have the thread write these snapshots, and delete those that are None.

        ``order``: the names that come first in the file, in their order. Names that only the file has come after them.
        """
        with self._lock:
            for name, snapshot in snapshots.items():
                self._changed.pop(name, None)  # so that the newest is the last
                self._changed[name] = snapshot
            _drop_oldest(self._changed)
            self._order = tuple(order)
        self._thread.submit(self._write)

    def try_again(self) -> None:
        """Have the thread try again if the last write failed."""
        if self.problem:
            self._thread.submit(self._write)

    def close(self) -> None:
        """Write the snapshots that are not in the file yet, or set `problem`. Then end the thread."""
        self.try_again()
        self._thread.shutdown()

    def _write(self) -> None:
        """Change the snapshots in the file. A file that cannot be read is left as it is."""
        with self._lock:
            changed, self._changed = self._changed, {}
            order = self._order
        self._unwritten |= changed
        _drop_oldest(self._unwritten)
        if not self._unwritten:  # an earlier call has written them
            return
        if self.path is None:
            self.problem = f"snapshots are not stored: {NO_HOME}"
            return
        try:
            snapshots = _changed(_read(self.path), self._unwritten, order)
            content = _Content(self._model, snapshots)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(self.path, msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")
            self.problem = None
            self._unwritten.clear()
        except OSError as error:
            self.problem = f"cannot store snapshots in {self.path}: {error.strerror}"
        except TakeError as error:
            self.problem = f"snapshots are not stored: {error}"
        except Exception as error:  # nobody reads what the thread raises
            self.problem = f"snapshots are not stored: {described(error)}"


def _drop_oldest(changes: dict[str, Snapshot | None]) -> None:
    """Keep the newest changes: while the file cannot be written, snapshots can be renamed without an end."""
    while len(changes) > _MOST_UNWRITTEN:
        del changes[next(iter(changes))]


def _changed(
    before: Mapping[str, Snapshot], changes: Mapping[str, Snapshot | None], order: Sequence[str]
) -> dict[str, Snapshot]:
    """The snapshots of a file after changes: those of ``order`` first, then the others as they were."""
    after = {name: snapshot for name, snapshot in {**before, **changes}.items() if snapshot is not None}
    return {name: after[name] for name in [*(name for name in order if name in after), *after]}
