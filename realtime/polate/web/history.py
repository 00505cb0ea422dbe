"""Undo and redo of what is set on the page: which addresses a gesture changed, from what, to what.

    set --began--> [gesture open] --state as it is told--> settled --> Change {address: (before, after)}

A gesture is a drag or a click: sets that follow one another within a second. What moves by itself while it lasts (an
axis with a motion, a morph in bars) is told under other addresses or is left out by its caller.
"""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["GESTURE_SECONDS", "MOST_CHANGES", "Arguments", "History"]

Arguments = list[int | float | str | bool]
State = Mapping[str, Arguments]

GESTURE_SECONDS = 1.0
"""Sets closer together than this are one gesture."""

MOST_CHANGES = 200
"""The oldest are forgotten."""


@dataclass(frozen=True, slots=True)
class _Change:
    before: dict[str, Arguments]
    after: dict[str, Arguments]


class History:
    """Takes the state as the page's process knows it: addresses that can be set, with their arguments."""

    def __init__(self) -> None:
        self._done: list[_Change] = []
        self._undone: list[_Change] = []
        self._before: dict[str, Arguments] | None = None  # the state before the gesture that is open
        self._last = 0.0
        self._address = ""

    @property
    def depths(self) -> tuple[int, int]:
        """How many changes can be undone, and how many can be done again."""
        return len(self._done) + (self._before is not None), len(self._undone)

    def began(self, address: str, state: State, now: float) -> None:
        """Something is set, at ``now`` in seconds; ``state`` is what holds before it."""
        if self._before is not None and (now - self._last > GESTURE_SECONDS or address != self._address):
            self.settle(state)
        if self._before is None:
            self._before = dict(state)
        self._last, self._address = now, address

    def settle(self, state: State) -> None:
        """The gesture is over: keep what it has changed."""
        before, self._before = self._before, None
        if before is None:
            return
        changed = [address for address in before if address in state and before[address] != state[address]]
        if changed:
            self._done.append(_Change({key: before[key] for key in changed}, {key: state[key] for key in changed}))
            del self._done[:-MOST_CHANGES]
            self._undone.clear()

    def tick(self, state: State, now: float) -> bool:
        """Settle a gesture that has been over for a while. True if it did."""
        if self._before is None or now - self._last <= GESTURE_SECONDS:
            return False
        self.settle(state)
        return True

    def undo(self, state: State) -> dict[str, Arguments]:
        """What is to be set so that the last change is undone; nothing if there is none."""
        self.settle(state)
        if not self._done:
            return {}
        change = self._done.pop()
        self._undone.append(change)
        return change.before

    def redo(self, state: State) -> dict[str, Arguments]:
        """What is to be set so that the change that was undone last is there again."""
        self.settle(state)
        if not self._undone:
            return {}
        change = self._undone.pop()
        self._done.append(change)
        return change.after
