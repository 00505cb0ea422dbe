"""Takes in what the clients ask for, in a bounded time a turn.

    Client.commands --Intake.take--> apply(control, client) --> session --> engine

The engine must play on in time, whatever is asked for. So a client whose commands take too long is left in the middle
of them, and goes on in the next turn. Every client has at least one command carried out a turn. A client that raises
loses the commands of its turn: the others and the music go on.
"""

from collections.abc import Callable, Iterator, Sequence

from polate.control.commands import Control
from polate.player.client import Client
from polate.player.troubles import Troubles
from polate.runtime.clock import clock

__all__ = ["TURN_NS", "Intake"]

TURN_NS = 1_500_000
"""The time for commands in one turn. The lookahead is 5 ms, and one command takes up to 0.25 ms."""

Apply = Callable[[Control, Client, int], None]


class Intake:
    """The clients, each with the commands that it has still to give."""

    def __init__(self, clients: Sequence[Client], troubles: Troubles) -> None:
        self._clients, self._troubles = clients, troubles
        self._unfinished: dict[Client, Iterator[Control]] = {}

    @property
    def has_more(self) -> bool:
        """Whether a client was left in the middle of its commands: the next turn must not wait."""
        return bool(self._unfinished)

    def take(self, apply: Apply) -> None:
        """Have ``apply`` called with the commands of every client, until the time of this turn is over."""
        until_ns = clock() + TURN_NS
        for client in self._clients:
            try:
                self._take_from(client, apply, until_ns)
            except Exception as error:
                self._unfinished.pop(client, None)
                self._troubles.fail(f"reading from the {client.child.name} process", error)

    def _take_from(self, client: Client, apply: Apply, until_ns: int) -> None:
        now = clock()
        commands = self._unfinished.pop(client, None) or iter(client.commands(now))
        for control in commands:
            apply(control, client, now)
            if clock() >= until_ns:
                self._unfinished[client] = commands
                return
        if (end := client.child.take_end()) is not None:
            if end:
                self._troubles.report(end)
            for control in client.died(now):
                apply(control, client, now)
