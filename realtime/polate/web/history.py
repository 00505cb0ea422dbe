"""Undo and redo of the changes made on the page. One change holds every address that one gesture changed.

    began --> gesture --settle--> change: the values before and after, by address

A gesture is a drag or a click. It lasts while the page sets the same addresses, with pauses of at most a second. A drag
on the map sets two addresses in turn, so an address that follows within 50 ms belongs to the same gesture.
"""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["GESTURE_SECONDS", "MOST_CHANGES", "TOGETHER_SECONDS", "Arguments", "History"]

Arguments = list[int | float | str | bool]
State = Mapping[str, Arguments]

GESTURE_SECONDS = 1.0
"""The longest pause within a gesture."""

TOGETHER_SECONDS = 0.05
"""An address that is set so soon after another one belongs to the same gesture."""

MOST_CHANGES = 200
"""The number of changes that are kept. Older ones are dropped."""


@dataclass(frozen=True, slots=True)
class _Change:
    before: dict[str, Arguments]
    after: dict[str, Arguments]


class History:
    """``state`` in every method: the addresses that can be set, with their present arguments."""

    def __init__(self) -> None:
        self._done: list[_Change] = []
        self._undone: list[_Change] = []
        self._before: dict[str, Arguments] | None = None  # the state before the present gesture; None: there is none
        self._addresses: set[str] = set()  # those that the present gesture has set
        self._last = 0.0  # when it set the last one

    @property
    def depths(self) -> tuple[int, int]:
        """The number of changes that can be undone, and of those that can be redone."""
        return len(self._done) + (self._before is not None), len(self._undone)

    def began(self, address: str, state: State, now: float) -> None:
        """The page sets an address at ``now``, in seconds. ``state`` is the state before that."""
        longest = GESTURE_SECONDS if address in self._addresses else TOGETHER_SECONDS
        if self._before is not None and now - self._last > longest:
            self.settle(state)
        if self._before is None:
            self._before, self._addresses = dict(state), set()
        self._addresses.add(address)
        self._last = now

    def settle(self, state: State) -> None:
        """End the present gesture and keep what it has changed."""
        before, self._before = self._before, None
        if before is None:
            return
        changed = [address for address in before if address in state and before[address] != state[address]]
        if changed:
            self._done.append(_Change({key: before[key] for key in changed}, {key: state[key] for key in changed}))
            del self._done[:-MOST_CHANGES]
            self._undone.clear()

    def tick(self, state: State, now: float) -> bool:
        """Settle the present gesture if it has paused for too long. Returns whether it did."""
        if self._before is None or now - self._last <= GESTURE_SECONDS:
            return False
        self.settle(state)
        return True

    def undo(self, state: State) -> dict[str, Arguments]:
        """The values to set to undo the last change; empty if there is none."""
        self.settle(state)
        if not self._done:
            return {}
        change = self._done.pop()
        self._undone.append(change)
        return change.before

    def redo(self, state: State) -> dict[str, Arguments]:
        """The values to set to redo the change that was undone last; empty if there is none."""
        self.settle(state)
        if not self._undone:
            return {}
        change = self._undone.pop()
        self._done.append(change)
        return change.after
