"""The messages between the player and the process that listens to OSC, each a line of JSON.

player --StateChanged--> OSC process --Listening, CannotListen, Messages, Moved, Refused--> player
"""

from collections.abc import Mapping, Sequence

import msgspec

from polate.osc.arguments import Argument

__all__ = ["CannotListen", "Listening", "Messages", "Moved", "Refused", "StateChanged", "ToPlayer"]


class Listening(msgspec.Struct, frozen=True, tag="listening"):
    """The UDP port is open."""

    host: str
    port: int


class CannotListen(msgspec.Struct, frozen=True, tag="cannot-listen"):
    """The UDP port cannot be opened. The process ends after this."""

    why: str


class Messages(msgspec.Struct, frozen=True, tag="messages", omit_defaults=True):
    """OSC messages that are to take effect at one instant."""

    messages: Sequence[tuple[str, Sequence[Argument]]]  # address and arguments
    at_ns: int | None = None  # of `polate.runtime.clock`; None: now


class Moved(msgspec.Struct, frozen=True, tag="moved"):
    """Positions that were written to `polate.runtime.shared_positions` before the next line."""

    words: Sequence[tuple[int, int]]  # axis and word


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """Messages that were refused since the last report. At most one a second."""

    why: str  # of the last one
    count: int


ToPlayer = Listening | CannotListen | Messages | Moved | Refused


class StateChanged(msgspec.Struct, frozen=True, tag="state"):
    """First the whole state, then what has changed, as OSC addresses with their arguments."""

    state: Mapping[str, Sequence[Argument]]
