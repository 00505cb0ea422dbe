"""The limits of what is sent: leases of subscribers, and an allowance for answers."""

from dataclasses import dataclass, field

from polate.errors import ControlError

__all__ = ["LEASE_SECONDS", "MAX_SUBSCRIBERS", "Allowance", "HostPort", "Subscribers", "name_of"]

LEASE_SECONDS = 60.0
MAX_SUBSCRIBERS = 32

HostPort = tuple[str, int]


@dataclass(slots=True)
class Subscribers:
    """The subscribers, each until the end of its lease. Times are in seconds."""

    _until: dict[HostPort, float] = field(default_factory=dict)

    def add(self, peer: HostPort, now: float) -> None:
        """Start or renew a lease. Raises `ControlError` if there are too many subscribers."""
        if peer not in self.at(now) and len(self._until) == MAX_SUBSCRIBERS:
            raise ControlError(f"there must be at most {MAX_SUBSCRIBERS} OSC subscribers: no more for {name_of(peer)}")
        self._until[peer] = now + LEASE_SECONDS

    def remove(self, peer: HostPort) -> None:
        """End a lease, if there is one."""
        self._until.pop(peer, None)

    def at(self, now: float) -> list[HostPort]:
        """The subscribers whose lease has not ended."""
        self._until = {peer: until for peer, until in self._until.items() if until > now}
        return list(self._until)


@dataclass(slots=True)
class Allowance:
    """A limit of bytes per second. Unused bytes add up for one second. Times are in seconds."""

    bytes_per_second: float
    _left: float = 0.0
    _at: float = float("-inf")

    def is_left(self, now: float) -> bool:
        """Whether something may be sent now."""
        self._left = min(self.bytes_per_second, self._left + (now - self._at) * self.bytes_per_second)
        self._at = now
        return self._left > 0

    def spend(self, size: int) -> None:
        """Count sent bytes. The last answer may exceed the limit: then the next one has to wait longer."""
        self._left -= size


def name_of(peer: HostPort) -> str:
    return f"{peer[0]}:{peer[1]}"
