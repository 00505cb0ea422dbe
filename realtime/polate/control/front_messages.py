"""What the page's process and the player say to each other: one line of JSON a message, its tag first.

page's process --Listening, Asked, Watched--> player
               <--StateChanged, NotesSounded, Refused--
"""

from typing import Any

import msgspec

__all__ = ["Asked", "FromFront", "Listening", "NotesSounded", "Refused", "StateChanged", "ToFront", "Watched"]


class Listening(msgspec.Struct, frozen=True, tag="listening"):
    """The front can be reached at these links, the one for this machine first. No link: it cannot be, and why."""

    links: list[str]
    error: str = ""


class Asked(msgspec.Struct, frozen=True, tag="asked"):
    """Addresses (docs/osc.md) and their arguments, to take effect at one instant."""

    messages: list[tuple[str, list[int | float | str | bool]]]


class Watched(msgspec.Struct, frozen=True, tag="watched"):
    """How many people look. With none, the player sends nothing."""

    pages: int


class StateChanged(msgspec.Struct, frozen=True, tag="state"):
    """The fields of `PlayerState` that have changed since the last of these; at first all."""

    fields: dict[str, Any]


class NotesSounded(msgspec.Struct, frozen=True, tag="notes"):
    """Notes that were struck or have ended: the fields of each `NoteEvent` in their order."""

    events: list[tuple[bool, int, int, int, int, int, int, int]]


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """Why something that was asked for is not possible."""

    text: str


FromFront = Listening | Asked | Watched
ToFront = StateChanged | NotesSounded | Refused
