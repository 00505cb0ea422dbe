"""The limits of what is sent: leases of subscribers, their confirmation, and an allowance.

The sender of a datagram can be forged. So a host that is not this one confirms that it wants what it asked for: it is
sent a number, and sends it back.
"""

import secrets
from dataclasses import dataclass, field

from polate.errors import ControlError

__all__ = [
    "LEASE_SECONDS",
    "MAX_OF_A_HOST",
    "MAX_SUBSCRIBERS",
    "Allowance",
    "Confirmations",
    "HostPort",
    "Subscribers",
    "is_loopback",
    "name_of",
]

LEASE_SECONDS = 60.0
MAX_SUBSCRIBERS = 32
MAX_OF_A_HOST = 8

_CONFIRM_SECONDS = 10.0
_MOST_UNCONFIRMED = 64
_NUMBERS = 2**24  # a float of 32 bits holds each of them exactly, for a program that sends floats only

HostPort = tuple[str, int]


@dataclass(slots=True)
class Subscribers:
    """The subscribers, each until the end of its lease. Times are in seconds."""

    _until: dict[HostPort, float] = field(default_factory=dict)

    def add(self, peer: HostPort, now: float) -> None:
        """Start or renew a lease. Raises `ControlError` if there are too many subscribers."""
        there = self.at(now)
        if peer not in there and sum(host == peer[0] for host, _ in there) >= MAX_OF_A_HOST:
            raise ControlError(
                f"a host must have at most {MAX_OF_A_HOST} OSC subscriptions: no more for {name_of(peer)}"
            )
        if peer not in there and len(there) == MAX_SUBSCRIBERS:
            raise ControlError(f"there must be at most {MAX_SUBSCRIBERS} OSC subscribers: no more for {name_of(peer)}")
        self._until[peer] = now + LEASE_SECONDS

    def remove(self, peer: HostPort) -> None:
        """End a lease, if there is one."""
        self._until.pop(peer, None)

    def has_host(self, host: str, now: float) -> bool:
        """Whether a subscriber is on this host."""
        return any(each == host for each, _ in self.at(now))

    def at(self, now: float) -> list[HostPort]:
        """The subscribers whose lease has not ended."""
        self._until = {peer: until for peer, until in self._until.items() if until > now}
        return list(self._until)


@dataclass(slots=True)
class Confirmations:
    """The numbers that were sent to subscribers, and have not come back. Times are in seconds."""

    _wanted: dict[int, tuple[HostPort, float]] = field(default_factory=dict)

    def ask(self, peer: HostPort, now: float) -> int:
        """A number to send to this peer. Only the newest numbers are kept."""
        number = secrets.randbelow(_NUMBERS)
        self._wanted.pop(number, None)
        self._wanted[number] = (peer, now + _CONFIRM_SECONDS)
        while len(self._wanted) > _MOST_UNCONFIRMED:
            del self._wanted[next(iter(self._wanted))]
        return number

    def take(self, number: int, host: str, now: float) -> HostPort:
        """The peer that a number was sent to. Raises `ControlError` for a number that this host was not sent.

        A wrong number makes all numbers of this host void, so that none can be guessed.
        """
        peer, until = self._wanted.get(number, (("", 0), 0.0))
        if peer[0] != host or now > until:
            self._wanted = {each: wanted for each, wanted in self._wanted.items() if wanted[0][0] != host}
            raise ControlError(f"{host} confirms a subscription that it was not asked about: {number}")
        del self._wanted[number]
        return peer


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


def is_loopback(peer: HostPort) -> bool:
    """Whether it is on this machine."""
    return peer[0].startswith("127.") or peer[0] == "::1"


def name_of(peer: HostPort) -> str:
    return f"{peer[0]}:{peer[1]}"
