"""Child processes that are started, read, written to, and started again when they die.

    Member.start --> process --Member.hear--> messages
                             <--Member.send--

It knows no child by name. A child that ends within a second of its start, or before its hello, again and again, is
started less and less often: at last every five seconds. What it prints is shown the first time. A child that speaks
another version of the messages is ended, and the next one is started only after a while.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from polate.runtime.child_process import Child
from polate.runtime.clock import clock
from polate.runtime.outbox import Outbox
from polate.runtime.protocol import ProtocolError

__all__ = ["Member", "MessageReader", "Supervisor"]

_SECOND = 1_000_000_000
_RESTART_NS = _SECOND // 2  # between two starts of a child
_MOST_RESTART_NS = 5 * _SECOND  # of a child that ends again and again
_LIVES_NS = _SECOND  # a child that has lived so long had no cause to end at its start
_CLOSE_NS = _SECOND  # for the end of all children
_REFUSED_NS = 10 * _SECOND  # until a child that spoke another version is tried again
_READ_BYTES = 4096  # from a child in one turn: OSC for 15 ms of work would be longer than the lookahead


class MessageReader(Protocol):
    """Cuts a byte stream into messages."""

    def feed(self, data: bytes) -> Sequence[Any]:
        """The messages that are complete now. Raises `ProtocolError` or `ValueError` for bytes that are none."""
        ...


class Member:
    """One child that there should be. It may be dead at the moment."""

    def __init__(
        self,
        name: str,
        module: str,
        settings: Mapping[str, Any],
        make_reader: Callable[[], MessageReader],
        *,
        lingers: bool = False,
    ) -> None:
        """``module`` is run as ``python -m``; the settings must be JSON; the reader is made anew for each process.

        ``lingers``: the process may have work after the end of the player. It is not killed then, and ends by itself.
        """
        self.name, self.module, self._lingers = name, module, lingers
        self._settings = dict(settings)
        self._make_reader = make_reader
        self._reader = make_reader()
        self._child: Child | None = None
        self._outbox: Outbox | None = None
        self._starts = 0
        self._start_after_ns = 0
        self._started_ns = 0  # the last start
        self._failures = 0  # ends soon after the start, one after another
        self._rests = False
        self._end: str | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """What a process is started with."""
        return dict(self._settings)

    @property
    def starts(self) -> int:
        """How many processes were started: the number of the one that runs, from 1."""
        return self._starts

    @property
    def socket(self) -> Any:
        """Readable when the child has sent something or has died; None while there is no child."""
        return self._child.socket if self._child else None

    @property
    def lifeline(self) -> Any:
        """Readable only when the child has died; on Windows the same as `socket`. None while there is no child."""
        return self._child.lifeline if self._child and self._child.lifeline is not None else self.socket

    @property
    def is_alive(self) -> bool:
        return self._child is not None

    @property
    def unsent(self) -> int:
        """Bytes that wait because the child does not read."""
        return len(self._outbox) if self._outbox is not None else 0

    def give(self, **settings: Any) -> None:
        """Add settings for the next start."""
        self._settings |= settings

    def run_instead(self, module: str) -> None:
        """Run another module from the next start on."""
        self.module = module

    def rest(self, ns: int) -> None:
        """Do not start another process for so long. The end of the one that runs is expected, and no trouble."""
        self._failures = 0
        self._start_after_ns = clock() + ns
        self._rests = True

    def start(self) -> None:
        """Start the process, unless it runs or its time has not come. Raises `OSError` if the system gives none."""
        if self._child is None and clock() >= self._start_after_ns:
            self._started_ns = clock()
            self._start_after_ns = self._started_ns + _RESTART_NS
            self._rests = False
            settings = {**self._settings, "restarted": self._starts > 0}
            self._child = Child.start(self.module, settings, quiet=self._failures > 0)  # a traceback is shown once
            self._outbox, self._reader = Outbox(self._child.socket), self._make_reader()
            self._starts += 1

    def send(self, data: bytes) -> None:
        """Write without waiting. While the child is dead the bytes are dropped."""
        if self._outbox is not None:
            self._outbox.put(data)
            self._outbox.flush()

    def hear(self) -> Sequence[Any]:
        """The messages that have arrived, of one turn. If the child has died, `take_end` says so afterwards."""
        if self._child is None:
            return ()
        try:
            data = self._child.receive(_READ_BYTES)
            if data:
                return self._reader.feed(data)
        except BlockingIOError:
            return ()
        except ConnectionError:
            pass
        except (ProtocolError, ValueError) as error:
            self._bury(f"the {self.name} process was stopped: {error}")
            self.rest(_REFUSED_NS)
            return ()
        self._bury("" if self._rests else f"the {self.name} process ended: starting another")
        return ()

    def take_end(self) -> str | None:
        """Why the child has ended by itself, once; empty if that was expected; None if it has not ended."""
        end, self._end = self._end, None
        return end

    def resume(self) -> None:
        """Resume the process if somebody has stopped it."""
        if self._child:
            self._child.resume()

    def kill(self) -> None:
        """Kill the process. The next `hear` finds it dead."""
        if self._child:
            self._child.process.kill()

    def hang_up(self) -> None:
        """Close the socket to the child, which then ends. `close` waits for that. What is sent now is dropped."""
        if self._child:
            self._child.hang_up()
            self._outbox = None

    def close(self, timeout_seconds: float = 3.0) -> None:
        """Close the socket to the child and wait for its end. A child that does not end in time is killed or left."""
        if self._child:
            self._child.close(timeout_seconds, lingers=self._lingers)
            self._child = self._outbox = None

    def _bury(self, end: str) -> None:
        assert self._child is not None
        has_lived = self._child.has_begun and clock() - self._started_ns >= _LIVES_NS
        self._failures = 0 if has_lived or self._rests else self._failures + 1
        if self._failures > 1:  # it ends at its start: twice as long until the next one, each time
            delay_ns = min(_RESTART_NS << min(self._failures - 1, 8), _MOST_RESTART_NS)
            self._start_after_ns = max(self._start_after_ns, self._started_ns + delay_ns)
        self._child.close(0)
        self._child = self._outbox = None
        self._end = end


class Supervisor:
    """All the members, by name."""

    def __init__(self, members: Iterable[Member]) -> None:
        self._members = {member.name: member for member in members}

    def __getitem__(self, name: str) -> Member:
        return self._members[name]

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def __iter__(self) -> Iterator[Member]:
        return iter(self._members.values())

    def start(self) -> None:
        """Start those that do not run and whose time has come. Raises `OSError` if the system gives none."""
        for member in self:
            member.start()

    def close(self) -> None:
        """End all of them and wait for it: for all together as long as for one."""
        for member in self:
            member.hang_up()
            member.resume()
        until_ns = clock() + _CLOSE_NS
        for member in self:
            member.close(max(0, until_ns - clock()) / _SECOND)
