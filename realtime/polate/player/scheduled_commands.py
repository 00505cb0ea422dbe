"""Commands for a later time: OSC bundles with a time tag."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

from polate.control.commands import Control
from polate.errors import ControlError

__all__ = ["MOST_WAITING", "Schedule"]

MOST_WAITING = 1024
"""The number of bundles that can wait."""


@dataclass(slots=True)
class Schedule:
    """A heap by time. Commands for the same time keep their order."""

    _waiting: list[tuple[int, int, Sequence[Control]]] = field(default_factory=list)
    _serial: int = 0

    def add(self, at_ns: int, controls: Sequence[Control]) -> None:
        """Keep commands until their time. Raises `ControlError` when too many wait."""
        if len(self._waiting) >= MOST_WAITING:
            came = len(self._waiting) + 1
            raise ControlError(f"at most {MOST_WAITING} OSC bundles can wait for their time, got {came}")
        self._serial += 1
        heapq.heappush(self._waiting, (at_ns, self._serial, controls))

    @property
    def deadline_ns(self) -> int | None:
        """When the first commands are due; None while none wait."""
        return self._waiting[0][0] if self._waiting else None

    def due(self, now_ns: int) -> list[Control]:
        """The commands whose time has come. They are removed."""
        controls: list[Control] = []
        while self._waiting and self._waiting[0][0] <= now_ns:
            controls += heapq.heappop(self._waiting)[2]
        return controls
