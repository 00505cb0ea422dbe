"""The messages between the player and `polate.sync.link_process`, each a line of JSON.

    player --AskTempo, AskPlaying, Leave--> LinkProcess --Joined, CannotJoin, Beat, Playing, Peers--> player

A change of any message needs a new number in `polate.runtime.protocol.PROTOCOL`.
"""

import msgspec

__all__ = ["AskPlaying", "AskTempo", "Beat", "CannotJoin", "Joined", "Leave", "Peers", "Playing", "ToLink", "ToPlayer"]


class Joined(msgspec.Struct, frozen=True, tag="joined"):
    """The process has joined the session."""


class CannotJoin(msgspec.Struct, frozen=True, tag="cannot-join"):
    """Link is not installed. The process ends after this message."""

    why: str


class Beat(msgspec.Struct, frozen=True, tag="beat"):
    """The beat of the session at one instant. Sent about fifty times a second."""

    beat: float  # quarter notes; below 0 during a count-in
    at_ns: int  # of `polate.runtime.clock`
    bpm: float


class Playing(msgspec.Struct, frozen=True, tag="playing"):
    """The session has started or stopped."""

    playing: bool


class Peers(msgspec.Struct, frozen=True, tag="peers"):
    """The number of other peers, when it has changed."""

    peers: int


ToPlayer = Joined | CannotJoin | Beat | Playing | Peers


class AskTempo(msgspec.Struct, frozen=True, tag="ask-tempo"):
    """Set the tempo of the session."""

    bpm: float


class AskPlaying(msgspec.Struct, frozen=True, tag="ask-playing"):
    """Start or stop the session."""

    playing: bool


class Leave(msgspec.Struct, frozen=True, tag="leave"):
    """Leave the session, and end the process."""


ToLink = AskTempo | AskPlaying | Leave
