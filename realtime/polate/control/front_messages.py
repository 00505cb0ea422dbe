"""The messages between the player and the page's process, each a line of JSON.

page's process --Listening, Asked, Watched--> player
               <--StateChanged, NotesSounded, NotesLost, Refused--

Another process that shows the state and sets addresses can use the same messages; such a process is a front.
"""

from typing import Any

import msgspec

__all__ = [
    "Asked",
    "FromFront",
    "Listening",
    "NotesLost",
    "NotesSounded",
    "Refused",
    "StateChanged",
    "ToFront",
    "Watched",
]


class Listening(msgspec.Struct, frozen=True, tag="listening"):
    """The links under which the front can be reached, the one for this machine first."""

    links: list[str]  # empty: no port is free
    error: str = ""  # why there is no link


class Asked(msgspec.Struct, frozen=True, tag="asked"):
    """Addresses of docs/osc.md with their arguments, to set at the same instant."""

    messages: list[tuple[str, list[int | float | str | bool]]]


class Watched(msgspec.Struct, frozen=True, tag="watched"):
    """The number of open pages. While it is 0, the player sends nothing."""

    pages: int


class StateChanged(msgspec.Struct, frozen=True, tag="state"):
    """The fields of `PlayerState` that have changed since the last such message. The first one has all fields."""

    fields: dict[str, Any]


class NotesSounded(msgspec.Struct, frozen=True, tag="notes"):
    """Notes that have begun or ended: the fields of each `NoteEvent`, in their order."""

    events: list[tuple[bool, int, int, int, int, int, int, int]]


class NotesLost(msgspec.Struct, frozen=True, tag="notes-lost"):
    """Events of notes were dropped because the front did not read: end every note that sounds."""


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """An address that the front has set was refused."""

    text: str  # why


FromFront = Listening | Asked | Watched
ToFront = StateChanged | NotesSounded | NotesLost | Refused
