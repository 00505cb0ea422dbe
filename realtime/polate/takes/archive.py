"""Writes what is played to files: the recording, captures of the last bars, and the snapshots.

Timeline --events--> Recorder --> take.mid, take.jsonl
                '--> LiveTake --> polate-YYYYMMDD-HHMMSS.mid
                '--> RecentBars --capture--> polate-YYYYMMDD-HHMMSS.mid
StoreSnapshot, RenameSnapshot, DeleteSnapshot --> SnapshotFile
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from polate.control.commands import DeleteSnapshot, RenameSnapshot, StoreSnapshot
from polate.errors import TakeError, described
from polate.runtime.clamp import clamp
from polate.runtime.file_io import replace_file
from polate.takes.events import Event
from polate.takes.live_take import LiveTake, free_path
from polate.takes.recent_bars import RecentBars, cut
from polate.takes.recorder import Recorder
from polate.takes.session import Session
from polate.takes.snapshot_file import SnapshotFile

__all__ = ["Archive"]

_MOST_NS, _LEAST_NS = 1_000_000_000, 100_000_000  # between two saves: half a bar, within these limits
_CAPTURES_NS = 250_000_000  # between two captures, and between two takes
_MOST_FILES = 1000  # captures and takes of one run: OSC can ask for four a second


class Archive:
    """Its methods are for the player's thread. Other threads write the files."""

    def __init__(
        self, session: Session, snapshots: SnapshotFile, captures: Path, recorder: Recorder | None = None
    ) -> None:
        """``captures``: the folder for captured bars. ``recorder``: None if the take is not recorded."""
        self.captured = ""  # the file that was captured last, or why it could not be written
        self.recorded = ""  # the file of the last take that was begun while playing, and has ended
        self._session = session
        self._snapshots = snapshots
        self._captures = captures.absolute()
        self._recorder = recorder
        self._recent = RecentBars()
        self._settled: list[Event] = []  # events that the recorder has not got yet
        self._thread = ThreadPoolExecutor(1, "polate-captures")
        self._files = 0  # captures and takes so far
        self._take: LiveTake | None = None  # that was begun while playing
        self._take_problem: str | None = None  # of the last one
        self._save_ns = self._capture_ns = self._begin_ns = 0  # the earliest times of the next save, capture and take

    @property
    def problem(self) -> str:
        """What cannot be written at present, as sentences; empty if everything can."""
        problems = [
            self._snapshots.problem,
            self._recorder.problem if self._recorder else None,
            self._take.problem if self._take else self._take_problem,
        ]
        return "; ".join(problem for problem in problems if problem)

    @property
    def recording(self) -> str:
        """The path of the take that is being recorded; empty: none."""
        if self._recorder:
            return str(self._recorder.path)
        return self._take.path if self._take else ""

    def record(self, on: bool, now_ns: int) -> None:
        """Begin a take in the folder for captured bars, with the present bar; or end it.

        Raises `TakeError` if the whole session is recorded already, and for a take that begins too soon after another.
        """
        if self._recorder:
            raise TakeError(f"everything is recorded to {self._recorder.path} already, until Polate ends (--record)")
        self._settle()
        timeline = self._session.timeline
        if not on:
            if self._take:
                self._take.end(self._settled, timeline.rest())
                self._settled = []
        elif self._take is None:
            if now_ns < self._begin_ns:
                raise TakeError(f"takes must begin {_CAPTURES_NS // 10**6} ms apart: this one came sooner")
            self._count_file()
            self._begin_ns = now_ns + _CAPTURES_NS
            self._take_problem, self._settled = None, []
            first_tick = timeline.bar_tick_at(now_ns)
            self._take = LiveTake(self._captures, self._thread, first_tick, self._recent.events())

    def save(self, now_ns: int) -> None:
        """Save the take every half bar. To be called often; most calls do nothing."""
        if self._take and self._take.is_over:
            self.recorded = self._take.path or self.recorded
            self._take_problem, self._take = self._take.problem, None
        if now_ns < self._save_ns:
            return
        song = self._session.timeline.song
        self._save_ns = now_ns + round(clamp(song.bar * 30e9 / song.bpm, _LEAST_NS, _MOST_NS))
        self._session.check(now_ns)
        self._snapshots.try_again()
        self._settle()
        if self._recorder:
            self._recorder.save(self._settled, self._session.timeline.rest())
        if self._take:
            self._take.save(self._settled, self._session.timeline.rest())
        self._settled = []

    def keep_snapshots(self, control: StoreSnapshot | RenameSnapshot | DeleteSnapshot) -> None:
        """Write to the file what a command has changed in the engine's snapshots."""
        snapshots = self._session.engine.snapshots
        names = (control.old, control.new) if isinstance(control, RenameSnapshot) else (control.name,)
        self._snapshots.change({name: snapshots.get(name) for name in names}, list(snapshots))

    def capture(self, bars: int, now_ns: int) -> None:
        """Write the last bars, and what has been played of the present one, to a file. `captured` then has its name.

        Raises `TakeError` if it comes too soon after another capture: a flood of messages would fill the disk.
        """
        if now_ns < self._capture_ns:
            raise TakeError(f"captures must be {_CAPTURES_NS // 10**6} ms apart: this one came sooner")
        self._count_file()
        self._capture_ns = now_ns + _CAPTURES_NS
        self._settle()
        timeline = self._session.timeline
        self._thread.submit(self._write, [*self._recent.events(), *timeline.rest()], timeline.bar_tick(bars))

    def close(self, now_ns: int) -> None:
        """Write everything and end the threads. Raises `TakeError` if the take could not be saved."""
        if self._take:
            self.record(False, now_ns)
        self._thread.shutdown()
        self._snapshots.close()
        if self._take and self._take.problem:
            raise TakeError(f"the take is not saved: {self._take.problem}")
        if self._recorder:
            self._session.end(now_ns)
            self._settle()
            self._recorder.close(self._settled, self._session.timeline.rest())
            if self._recorder.problem:
                raise TakeError(f"the take is not saved: {self._recorder.problem}")

    def _count_file(self) -> None:
        """Raises `TakeError` if there are as many captures and takes as there may be."""
        if self._files >= _MOST_FILES:
            raise TakeError(f"at most {_MOST_FILES} captures and takes can be written until Polate is started again")
        self._files += 1

    def _settle(self) -> None:
        timeline = self._session.timeline
        events = timeline.settle()
        self._recent.add(events, timeline.song.bar)
        self._settled += events

    def _write(self, events: list[Event], first_tick: int) -> None:
        """In the thread: write a capture under a name that is free."""
        place = self._captures
        try:
            place = free_path(self._captures)
            replace_file(place, cut(events, first_tick))
            self.captured = str(place)
        except OSError as error:
            self.captured = f"cannot write {place}: {error.strerror}"
        except Exception as error:  # nobody reads what the thread raises
            self.captured = f"cannot write {place}: {described(error)}"
