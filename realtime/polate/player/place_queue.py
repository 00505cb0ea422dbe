"""The requests for places that wait until the places are found, in the order in which they were made.

    GoTo, SetCorner --add--> [newest of each target; commands that must wait behind them] --take--> entries

A newer request for the same target takes the place of an older one. A command that needs the point where a request will
put it, such as `StoreSnapshot`, waits behind that request, and so keeps it from being replaced. The places of a
sequence, `KnowPlace`, are found last: nobody waits for them yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from polate.control.commands import (
    Control,
    GoTo,
    GoToPoint,
    KnowPlace,
    Pin,
    RecallSnapshot,
    SetCorner,
    SetCornerPoint,
    SetPoint,
    StoreSnapshot,
)
from polate.errors import ControlError

__all__ = ["MOST_WAITING", "Entry", "PlaceQueue", "concerns_places"]

MOST_WAITING = 64
"""The number of commands that can wait."""

_POINT = "point"
Source = TypeVar("Source")


@dataclass(frozen=True, slots=True, eq=False)
class Entry(Generic[Source]):
    """A command that waits."""

    control: Control
    source: Source  # who has asked for it
    is_sought: bool  # its place must be found; else it waits behind such an entry


class PlaceQueue(Generic[Source]):
    """The first entry, if there is one, is a request whose place must be found."""

    def __init__(self) -> None:
        self._entries: list[Entry[Source]] = []

    @property
    def first(self) -> Entry[Source] | None:
        """The request whose place is to be found first."""
        return self._entries[0] if self._entries else None

    def add(self, control: Control, source: Source, is_sought: bool) -> bool:
        """Take a command. False if nothing needs to wait: it can be carried out now.

        ``is_sought``: its place must be found. Raises `ControlError` when too many wait.
        """
        target, reads_point = _target(control), _reads_point(control)
        held = any(not entry.is_sought for entry in self._entries)
        same = [entry for entry in self._entries if entry.is_sought and _target(entry.control) == target]
        if is_sought and same and self._is_free(same[-1]):
            self._entries[self._entries.index(same[-1])] = Entry(control, source, True)
            return True
        seeks_point = any(entry.is_sought and _target(entry.control) == _POINT for entry in self._entries)
        if not (is_sought or held or (reads_point and seeks_point)):
            self._entries = [entry for entry in self._entries if entry not in same]
            return False
        if len(self._entries) >= MOST_WAITING:
            raise ControlError(
                f"at most {MOST_WAITING} commands can wait for places on the map, got {MOST_WAITING + 1}"
            )
        ends = range(1, len(self._entries)) if not isinstance(control, KnowPlace) else ()
        known = (at for at in ends if isinstance(self._entries[at].control, KnowPlace))
        self._entries.insert(next(known, len(self._entries)), Entry(control, source, is_sought))
        return True

    def take(self) -> Sequence[Entry[Source]]:
        """Remove the first request and the commands directly behind it, and return them."""
        end = next((at for at, entry in enumerate(self._entries) if at and entry.is_sought), len(self._entries))
        taken, self._entries = self._entries[:end], self._entries[end:]
        return taken

    def _is_free(self, entry: Entry[Source]) -> bool:
        """Whether no command waits behind an entry."""
        return all(later.is_sought for later in self._entries[self._entries.index(entry) :])


def concerns_places(control: Control) -> bool:
    """Whether a command goes to a place, sets a corner, or needs the point where another one has gone."""
    return _target(control) is not None or isinstance(control, StoreSnapshot)


def _target(control: Control) -> str | None:
    """What a command puts at a place: the point, or a corner by its name. Movements of knobs are not counted."""
    match control:
        case GoTo() | GoToPoint() | Pin() | SetPoint() | RecallSnapshot():
            return _POINT
        case SetCorner(corner) | SetCornerPoint(corner):
            return corner
        case KnowPlace(place):
            return f"place {place}"
        case _:
            return None


def _reads_point(control: Control) -> bool:
    match control:
        case StoreSnapshot():
            return True
        case SetCorner(_, place):
            return place.strip().lower() == "here"
        case _:
            return False
