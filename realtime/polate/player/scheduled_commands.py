"""Controls that are asked for now and are to happen later: OSC bundles with a time tag."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

from polate.control.commands import Control
from polate.errors import ControlError

__all__ = ["MOST_WAITING", "Schedule"]

MOST_WAITING = 1024
"""Bundles."""


@dataclass(slots=True)
class Schedule:
    """A heap by time; what is for one time comes in the order in which it was asked for."""

    _waiting: list[tuple[int, int, Sequence[Control]]] = field(default_factory=list)
    _serial: int = 0

    def add(self, at_ns: int, controls: Sequence[Control]) -> None:
        """Raises `ControlError` when too many wait."""
        if len(self._waiting) >= MOST_WAITING:
            came = len(self._waiting) + 1
            raise ControlError(f"at most {MOST_WAITING} OSC bundles can wait for their time, got {came}")
        self._serial += 1
        heapq.heappush(self._waiting, (at_ns, self._serial, controls))

    @property
    def deadline_ns(self) -> int | None:
        """When the first is due; None while none waits."""
        return self._waiting[0][0] if self._waiting else None

    def due(self, now_ns: int) -> list[Control]:
        """Those whose time has come."""
        controls: list[Control] = []
        while self._waiting and self._waiting[0][0] <= now_ns:
            controls += heapq.heappop(self._waiting)[2]
        return controls
