"""Access to the page: the names of the server, the token, and the number of messages that a page may send.

Another site can make a browser send requests to this server, and it can give this machine a name of its own (DNS
rebinding). So `Host` must be a name of this server, and so must `Origin` if the request has one. The first message on a
websocket must hold the token. Only the link that Polate prints has it.
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
"""Headers of every response. The browser runs no script but the page's files, and loads nothing from other servers."""


@dataclass(frozen=True, slots=True)
class Guard:
    """The allowed values of `Host` and `Origin`, and the token."""

    hosts: frozenset[str]  # as in a Host header, lower case: "127.0.0.1:9080"
    token: str

    @classmethod
    def of(cls, addresses: Iterable[str], port: int, token: str) -> "Guard":
        """``addresses``: names and addresses of this machine; IPv6 addresses without brackets."""
        names = [f"[{address}]" if ":" in address else address for address in addresses]
        return cls(frozenset(f"{name}:{port}".lower() for name in names), token)

    def knows(self, host: str | None, origin: str | None, *, needs_origin: bool = False) -> bool:
        """Whether these headers belong to a request of this page. ``needs_origin``: as a websocket does."""
        if host is None or host.lower() not in self.hosts:
            return False
        if origin is None:
            return not needs_origin
        scheme, _, rest = origin.lower().partition("://")
        return scheme == "http" and rest in self.hosts

    def admits(self, token: object) -> bool:
        """Whether this is the token. The comparison takes the same time for every wrong token."""
        return isinstance(token, str) and secrets.compare_digest(token.encode(), self.token.encode())


class Allowance:
    """Limits the messages of a page: a number a second, and the same number at once (a token bucket)."""

    def __init__(self, a_second: float, now: float) -> None:
        self._a_second = a_second
        self._left = a_second
        self._seen = now
        self.refused = 0
        """The number of messages over the limit. It becomes 0 when the page has been quiet for a second."""

    def take(self, now: float) -> bool:
        """Count one message at ``now``, in seconds. Returns whether it is within the limit."""
        self._left = min(self._a_second, self._left + (now - self._seen) * self._a_second)
        self._seen = now
        if self._left < 1:
            self.refused += 1
            return False
        if self._left == self._a_second:
            self.refused = 0
        self._left -= 1
        return True
