"""Commands for a later time: OSC bundles with a time tag."""

import heapq
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from polate.control.commands import Control, Morph, MovePad, Set, SetAxis, SetMotion, SetPoint
from polate.errors import ControlError

__all__ = ["MOST_MERGED", "MOST_WAITING", "Schedule"]

MOST_WAITING = 1024
"""The number of bundles that can wait."""

MOST_MERGED = 2048
"""The number of commands that one call of `Schedule.due` looks at. That takes about 1 ms."""


@dataclass(slots=True)
class Schedule:
    """A heap by time. Commands for the same time keep their order.

    If several bundles are due, only the newest of the commands that set the same thing is carried out: a bundle of 64
    commands takes up to 15 ms, and 1,024 bundles can be due at once.
    """

    _waiting: list[tuple[int, int, Sequence[Control]]] = field(default_factory=list)
    _serial: int = 0
    _due: dict[Hashable, Control] = field(default_factory=dict)  # the newest of each, in order
    _acts: int = 0  # the commands so far that do something: nothing that is set before one is set after it instead

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
        """The commands whose time has come. They are removed.

        If there are more than `MOST_MERGED`, the answer is empty until further calls have looked at all of them.
        """
        merged = 0
        while self._waiting and self._waiting[0][0] <= now_ns:
            if merged >= MOST_MERGED:
                return []
            bundle = heapq.heappop(self._waiting)[2]
            merged += len(bundle)
            for control in bundle:
                self._merge(control)
        due, self._due = list(self._due.values()), {}
        return due

    def _merge(self, control: Control) -> None:
        what = _what_it_sets(control)
        if what is None:
            self._acts += 1
        key = (self._acts, what)
        self._due.pop(key, None)  # so that the newest is the last
        self._due[key] = control


def _what_it_sets(control: Control) -> Hashable:
    """What a newer command of the same kind replaces; None: it acts, as pressing a key does."""
    match control:
        case Set(key):
            return Set, key
        case SetAxis(axis):
            return SetAxis, axis
        case SetMotion(axis, key):
            return SetMotion, axis, key
        case MovePad(x, y):
            return MovePad, x is None, y is None
        case SetPoint() | Morph():
            return type(control)
    return None
