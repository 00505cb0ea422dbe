"""What is kept of what is played: the recording, the last bars in memory, and the snapshots.

Session.tape --settled--> Recorder --> take.mid, take.jsonl
                     '--> Memory --capture--> polate-YYYYMMDD-HHMMSS.mid
StoreSnapshot --> SnapshotFile
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from polate.control.snapshot import Snapshot
from polate.errors import TakeError
from polate.model.decoder import Decoder
from polate.model.shipped import model_file
from polate.player.config import Config
from polate.runtime.clock import clock
from polate.runtime.file_io import replace_file
from polate.takes.recent_bars import Memory, cut
from polate.takes.recorder import Recorder
from polate.takes.session import Session
from polate.takes.snapshot_file import SnapshotFile, default_file, read_snapshots
from polate.takes.timeline import Event

__all__ = ["Takes", "snapshots_path"]

_MOST_NS, _LEAST_NS = 1_000_000_000, 100_000_000  # between two savings: half a bar, but not more or less
_CAPTURES_NS = 250_000_000  # between two captures


def snapshots_path(config: Config) -> Path:
    """Where the snapshots of the chosen model are."""
    if config.snapshots:
        return Path(config.snapshots)
    return default_file(model_file(config.model_path))


class Takes:
    """Owned by the player's thread; the files are written by others."""

    def __init__(self, config: Config, decoder: Decoder) -> None:
        """Raises `TakeError` for a file of snapshots that is broken."""
        path = snapshots_path(config)
        self.snapshots = read_snapshots(path, len(decoder.axes))
        self.captured = ""  # the last file that was captured, or why there is none
        self._snapshots = SnapshotFile(path, decoder.name)
        self._folder = Path(config.captures or ".").absolute()
        self._record = config.record
        self._recorder: Recorder | None = None
        self._session: Session
        self._memory = Memory()
        self._settled: list[Event] = []  # and not given to the recorder yet
        self._thread = ThreadPoolExecutor(1, "polate-captures")
        self._save_ns = self._capture_ns = 0  # not before

    def begin(self, session: Session) -> None:
        """This is what is played. Raises `TakeError` for a take that cannot be recorded."""
        self._session = session
        if self._record:
            self._recorder = Recorder(Path(self._record))
            session.write_journal(self._recorder.journal)

    @property
    def problem(self) -> str:
        """What cannot be kept just now, in words; empty: nothing."""
        problems = [self._snapshots.problem] if self._snapshots.problem else []
        if self._recorder and self._recorder.problem:
            problems.append(f"cannot record to {self._record}: {self._recorder.problem}")
        return "; ".join(problems)

    def save(self, now_ns: int) -> None:
        """Have everything written that is to be written by now; often called, seldom at work."""
        if now_ns < self._save_ns:
            return
        grid = self._session.tape.newest
        self._save_ns = now_ns + round(min(_MOST_NS, max(_LEAST_NS, grid.bar * 30e9 / grid.bpm)))
        self._session.check(now_ns)
        self._snapshots.try_again()
        self._settle()
        if self._recorder:
            self._recorder.save(self._settled, self._session.tape.rest())
        self._settled = []

    def store(self, name: str, snapshot: Snapshot) -> None:
        """A snapshot was stored."""
        self._snapshots.store(name, snapshot)

    def capture(self, bars: int) -> None:
        """Write the last bars to a file of their own, soon: `captured` tells when it is done.

        Raises `TakeError` for one that comes too soon after another: a flood of messages would fill the disk.
        """
        if clock() < self._capture_ns:
            raise TakeError(f"the last bars can be captured every {_CAPTURES_NS // 10**6} ms: this was sooner")
        self._capture_ns = clock() + _CAPTURES_NS
        self._settle()
        tape = self._session.tape
        self._thread.submit(self._write, [*self._memory.copy(), *tape.rest()], tape.bar_tick(bars))

    def close(self, now_ns: int) -> None:
        """Write the last of it. Raises `TakeError` if the take could not be saved."""
        self._thread.shutdown()
        self._snapshots.close()
        if self._recorder:
            self._session.end(now_ns)
            self._settle()
            self._recorder.close(self._settled, self._session.tape.rest())
            if self._recorder.problem:
                raise TakeError(f"the take is not saved: cannot record to {self._record}: {self._recorder.problem}")

    def _settle(self) -> None:
        tape = self._session.tape
        events = tape.settle()
        self._memory.keep(events, tape.newest.bar)
        self._settled += events

    def _write(self, events: list[Event], first_tick: int) -> None:
        name = f"polate-{datetime.now():%Y%m%d-%H%M%S}"
        path, number = self._folder / f"{name}.mid", 1
        try:
            while path.exists():
                number += 1
                path = self._folder / f"{name}-{number}.mid"
            self._folder.mkdir(parents=True, exist_ok=True)
            replace_file(path, cut(events, first_tick))
            self.captured = str(path)
        except OSError as error:
            self.captured = f"cannot write {path}: {error.strerror}"
