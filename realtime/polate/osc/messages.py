"""The messages between the player and `polate.osc.process`, each a line of JSON.

    player --StateChanged, NotesSounded--> OscProcess
           <--Listening, CannotListen, Messages, Moved, Refused, Subscribed--

A change of any message needs a new number in `polate.runtime.protocol.PROTOCOL`.
"""

from collections.abc import Mapping, Sequence

import msgspec

from polate.control.front_messages import NotesSounded
from polate.osc.arguments import Argument

__all__ = [
    "CannotListen",
    "Listening",
    "Messages",
    "Moved",
    "Refused",
    "StateChanged",
    "Subscribed",
    "ToOsc",
    "ToPlayer",
]


class Listening(msgspec.Struct, frozen=True, tag="listening"):
    """The UDP port is open."""

    host: str
    port: int


class CannotListen(msgspec.Struct, frozen=True, tag="cannot-listen"):
    """The UDP port cannot be opened. The process ends after this message."""

    why: str


class Messages(msgspec.Struct, frozen=True, tag="messages", omit_defaults=True):
    """OSC messages that take effect at the same instant."""

    messages: Sequence[tuple[str, Sequence[Argument]]]  # address and arguments
    at_ns: int | None = None  # of `polate.runtime.clock`; None: now


class Moved(msgspec.Struct, frozen=True, tag="moved"):
    """Positions that were written to `polate.runtime.shared_positions` before the next line."""

    words: Sequence[tuple[int, int]]  # axis and word


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """The messages that were refused since the last report. Sent at most once a second."""

    why: str  # the last one was refused
    count: int


class Subscribed(msgspec.Struct, frozen=True, tag="subscribed"):
    """How many subscribers there are: without one, the notes need not be sent to this process."""

    peers: int


ToPlayer = Listening | CannotListen | Messages | Moved | Refused | Subscribed


class StateChanged(msgspec.Struct, frozen=True, tag="state"):
    """Values of OSC addresses: first all of them, then those that have changed."""

    state: Mapping[str, Sequence[Argument]]


ToOsc = StateChanged | NotesSounded
