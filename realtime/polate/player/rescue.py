"""Notes that the gate cannot end, because it is dead or does not answer.

GateClient --ask--> Rescue --take--> PatchbayClient
"""

from collections.abc import Iterable

from polate.patchbay.messages import EndNotes

__all__ = ["Rescue"]


class Rescue:
    """What one client asks of another in the same turn."""

    def __init__(self) -> None:
        self._asked: list[EndNotes] = []

    def ask(self, notes: Iterable[tuple[int, int]], *, everything: bool) -> None:
        """Have these notes, (channel, note), ended. ``everything``: and whatever else sounds."""
        self._asked = [*self._asked[-7:], EndNotes(tuple(notes), everything)]

    def take(self) -> list[EndNotes]:
        """What was asked since the last call."""
        asked, self._asked = self._asked, []
        return asked
