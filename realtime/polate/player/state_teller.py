"""Reads the player's state and tells it to the clients.

change --> is new --at most 50 times a second--> read --> Client.tell
"""

from collections.abc import Callable, Sequence

from polate.control.player_state import PlayerState
from polate.player.client import Client
from polate.player.troubles import Troubles
from polate.runtime.clock import clock

__all__ = ["StateTeller"]

_TELL_NS = 20_000_000  # between two states that the clients are told


class StateTeller:
    """Tells all clients the state, if it may have changed since they were told."""

    def __init__(self, read: Callable[[int], PlayerState], clients: Sequence[Client], troubles: Troubles) -> None:
        """``read`` gives the state at a time (nanoseconds of `clock`)."""
        self._read, self._clients, self._troubles = read, clients, troubles
        self._is_new = True  # something may have changed since the clients were told
        self._tell_ns = 0
        self._state = read(clock())

    @property
    def state(self) -> PlayerState:
        """The state as it was read last. Any thread may read it."""
        return self._state

    @property
    def deadline_ns(self) -> int | None:
        """When `tell` must be called; None: nothing has changed."""
        return self._tell_ns if self._is_new else None

    def change(self) -> None:
        """Something may have changed."""
        self._is_new = True

    def read(self, now_ns: int) -> PlayerState:
        """Read the state without telling it to the clients."""
        self._state = self._read(now_ns)
        return self._state

    def tell(self, now_ns: int) -> bool:
        """Read the state and tell it to the clients, if something may have changed and it is time to. False if not."""
        if not self._is_new or now_ns < self._tell_ns:
            return False
        state = self.read(now_ns)
        self._is_new, self._tell_ns = False, now_ns + _TELL_NS
        for client in self._clients:
            with self._troubles.border(f"telling the {client.child.name} process the state"):
                client.tell(state)
        return True
