"""Child processes that are started, read, written to, and started again when they die."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from polate.runtime.child_process import Child
from polate.runtime.clock import clock
from polate.runtime.line_stream import Outbox

__all__ = ["Family", "Member", "MessageReader"]

_SECOND = 1_000_000_000
_RESTART_NS = _SECOND // 2  # between two starts of a child
_A_TURN = 4096  # bytes taken from a child at once: OSC for 15 ms of work would be longer than the lookahead


class MessageReader(Protocol):
    """Cuts what a child says into whole words."""

    def feed(self, data: bytes) -> Sequence[Any]: ...


@dataclass(slots=True)
class Member:
    """One child that there should be."""

    module: str
    settings: dict[str, Any]
    reads: Callable[[], MessageReader]
    child: Child | None = None
    outbox: Outbox | None = None
    reader: MessageReader = field(init=False)  # of what the child says
    starts: int = 0
    start_after_ns: int = 0

    def send(self, data: bytes) -> None:
        """Write, without waiting; to nobody while it is dead."""
        if self.outbox is not None:
            self.outbox.put(data)
            self.outbox.flush()

    def say(self, value: object) -> None:
        """The same, as a line of JSON."""
        if self.outbox is not None:
            self.outbox.say(value)
            self.outbox.flush()


@dataclass(slots=True)
class Family:
    """All of them, by name. ``died`` is told the name of one that has ended by itself."""

    members: dict[str, Member]
    died: Callable[[str], None] = lambda name: None
    _closing: bool = field(default=False, init=False)

    def __getitem__(self, name: str) -> Member:
        return self.members[name]

    def __contains__(self, name: str) -> bool:
        return name in self.members

    def start(self, *names: str) -> None:
        """Start those of these, or of all, that are not there and whose time has come.

        Raises `OSError` if no process can be had.
        """
        for member in [self.members[name] for name in names or self.members]:
            if member.child is None and clock() >= member.start_after_ns:
                member.start_after_ns = clock() + _RESTART_NS
                member.child = Child.start(member.module, {**member.settings, "restarted": member.starts > 0})
                member.outbox, member.reader = Outbox(member.child.socket), member.reads()
                member.starts += 1

    @property
    def sockets(self) -> list[Any]:
        """What wakes the player: something is said, or one has died."""
        return [member.child.socket for member in self.members.values() if member.child]

    def hear(self, name: str) -> Sequence[Any]:
        """What a child has said; nothing, too, if it is not there. One that has died is buried."""
        member = self.members.get(name)
        if member is None or member.child is None:
            return ()
        try:
            data = member.child.socket.recv(_A_TURN)
        except BlockingIOError:
            return ()
        except ConnectionError:
            data = b""
        if not data:
            self._bury(name, member)
        return member.reader.feed(data)

    def is_alive(self, name: str) -> bool:
        member = self.members.get(name)
        return member is not None and member.child is not None

    def kill(self, name: str) -> None:
        """The next time it is heard it is found dead."""
        if child := self.members[name].child:
            child.process.kill()

    def _bury(self, name: str, member: Member) -> None:
        assert member.child is not None
        member.child.close(0)
        member.child = member.outbox = None
        if not self._closing:
            self.died(name)

    def close(self, name: str | None = None) -> None:
        """Hang up on one and wait for its end; on all that are left, if none is named."""
        self._closing = True
        for member in [self.members[name]] if name else self.members.values():
            if member.child:
                member.child.close()
                member.child = member.outbox = None
