"""Who may use the page: the address a browser may call it by, the token, and how much one page may send.

A page of another site can send a browser here, and a name of that site can be pointed at this machine (DNS
rebinding). So a request must name this server in `Host`, and, where it has an `Origin`, that must be this server too;
and the first message of a websocket must hold the token, which stands only in the link that Polate prints.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["HEADERS", "Allowance", "Guard"]

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
        "connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self' blob:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-cache",
}
"""Every answer has them: no script that is not a file of ours, and nothing from elsewhere."""


@dataclass(frozen=True, slots=True)
class Guard:
    """The names by which the page may be called, and the token of this run."""

    hosts: frozenset[str]  # "127.0.0.1:9080": as a Host header has them, in lower case
    token: str

    @classmethod
    def of(cls, addresses: Iterable[str], port: int, token: str) -> "Guard":
        """``addresses``: names and addresses of this machine that the page is served on; IPv6 without brackets."""
        names = [f"[{address}]" if ":" in address else address for address in addresses]
        return cls(frozenset(f"{name}:{port}".lower() for name in names), token)

    def knows(self, host: str | None, origin: str | None, *, needs_origin: bool = False) -> bool:
        """Does a request come from this page, by a name of this server? A websocket needs an Origin."""
        if host is None or host.lower() not in self.hosts:
            return False
        if origin is None:
            return not needs_origin
        scheme, _, rest = origin.lower().partition("://")
        return scheme == "http" and rest in self.hosts

    def admits(self, token: object) -> bool:
        """Is this the token? Compared in a time that tells nothing of it."""
        return isinstance(token, str) and secrets.compare_digest(token.encode(), self.token.encode())


class Allowance:
    """How many messages one page may send: so many a second, and as many at once."""

    def __init__(self, a_second: float, now: float) -> None:
        self._a_second = a_second
        self._left = a_second
        self._seen = now
        self.refused = 0
        """Messages that were too many, since there was last room for as many as in a whole second."""

    def take(self, now: float) -> bool:
        """May one more come? ``now`` in seconds."""
        self._left = min(self._a_second, self._left + (now - self._seen) * self._a_second)
        self._seen = now
        if self._left < 1:
            self.refused += 1
            return False
        if self._left == self._a_second:
            self.refused = 0
        self._left -= 1
        return True
