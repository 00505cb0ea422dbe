"""What the music waits for at the start: its port is open, and the place where it begins is found."""

from collections.abc import Sequence

from polate.player.client import Client
from polate.player.troubles import Troubles

__all__ = ["Beginning"]

_SECOND = 1_000_000_000
_MOST_PATIENCE_NS = 20 * _SECOND  # a JACK client that died unclosed stalls each port that is opened then by 4.6 s


class Beginning:
    """Asks the clients; after a second it says what it waits for, and after 20 s it waits no longer."""

    def __init__(self, clients: Sequence[Client], troubles: Troubles, now_ns: int) -> None:
        self._clients, self._troubles = clients, troubles
        self._said_ns, self._over_ns = now_ns + _SECOND, now_ns + _MOST_PATIENCE_NS

    def has_come(self, now_ns: int) -> bool:
        """Whether the music may begin."""
        waits_for = next((client.waits_for for client in self._clients if client.waits_for), "")
        if not waits_for or now_ns >= self._over_ns:
            return True
        if now_ns >= self._said_ns:
            self._said_ns = self._over_ns
            self._troubles.refuse(f"waiting for {waits_for}", count=0)
        return False
