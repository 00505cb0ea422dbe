"""A take that is begun while playing: a MIDI file from the present bar on, without a journal.

    RecentBars, Timeline --events--> LiveTake --Cut--> Recorder --> polate-YYYYMMDD-HHMMSS.mid

A journal would have to begin with the engine's state in the middle of a session, which no command can set. So such a
take cannot be replayed. The executor's thread creates the file and ends it: a slow disk delays nothing.
"""

from collections.abc import Iterable
from concurrent.futures import Executor, Future
from datetime import datetime
from pathlib import Path

from polate.errors import TakeError
from polate.takes.events import Event
from polate.takes.recent_bars import Cut
from polate.takes.recorder import Recorder

__all__ = ["LiveTake", "free_path"]


class LiveTake:
    """Its methods are for the player's thread."""

    def __init__(self, folder: Path, thread: Executor, first_tick: int, recent: list[Event]) -> None:
        """Begin a take of the timeline's events from a tick on.

        ``thread``: runs one job after the other. ``recent``: the events that are settled, as `RecentBars` gives them.
        """
        self._thread = thread
        self._cut = Cut(first_tick)  # of the thread until the file is there, and from the end on
        self._settled: list[Event] = []  # since the take began, until the file is there
        self._begun: Future[Recorder] = thread.submit(_begin, folder, self._cut, recent)
        self._ended: Future[None] | None = None

    @property
    def path(self) -> str:
        """The path of the file; empty until it is there, and if it cannot be created."""
        return str(self._recorder.path) if self._recorder else ""

    @property
    def problem(self) -> str | None:
        """Why the file cannot be created or written."""
        if self._begun.done() and (error := self._begun.exception()):
            return str(error)
        return self._recorder.problem if self._recorder else None

    @property
    def is_over(self) -> bool:
        """It has ended, and its file is complete; or it could not begin."""
        cannot_begin = self._begun.done() and self._begun.exception() is not None
        return cannot_begin or (self._ended is not None and self._ended.done())

    def save(self, settled: Iterable[Event], rest: Iterable[Event]) -> None:
        """Write what was played. ``settled``, ``rest``: as for `Recorder.save`."""
        if self._ended:
            return
        self._settled += settled
        if self._recorder:
            kept, self._settled = self._cut.add(self._settled), []
            self._recorder.save(kept, self._cut.copy().add(rest))

    def end(self, settled: Iterable[Event], rest: Iterable[Event]) -> None:
        """`save` for the last time, and end the take. `is_over` says when it is done."""
        if self._ended is None:
            events = [*self._settled, *settled]
            self._ended = self._thread.submit(_end, self._begun, self._cut, events, list(rest))

    @property
    def _recorder(self) -> Recorder | None:
        is_there = self._begun.done() and self._begun.exception() is None
        return self._begun.result() if is_there else None


def free_path(folder: Path) -> Path:
    """A path with the present time that no file has: polate-YYYYMMDD-HHMMSS.mid, then -2, -3. Makes the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    name, number = f"polate-{datetime.now():%Y%m%d-%H%M%S}", 1
    path = folder / f"{name}.mid"
    while path.exists():
        number += 1
        path = folder / f"{name}-{number}.mid"
    return path


def _begin(folder: Path, cut: Cut, recent: list[Event]) -> Recorder:
    """In the thread. Raises `TakeError` if the file cannot be created."""
    try:
        path = free_path(folder)
    except OSError as error:
        raise TakeError(f"cannot record to {folder}: {error.strerror}") from error
    recorder = Recorder.open_without_journal(path)
    recorder.save(cut.add(recent), [])
    return recorder


def _end(begun: Future[Recorder], cut: Cut, settled: list[Event], rest: list[Event]) -> None:
    """In the thread, after `_begin`: write the end."""
    if begun.exception() is None:
        begun.result().close(cut.add(settled), cut.add(rest))
