"""The messages between the player and the process that takes part in an Ableton Link session, each a line of JSON.

player --AskTempo, AskPlaying--> Link process --Joined, CannotJoin, Beat, Playing, Peers--> player
"""

import msgspec

__all__ = ["AskPlaying", "AskTempo", "Beat", "CannotJoin", "Joined", "Peers", "Playing", "ToLink", "ToPlayer"]


class Joined(msgspec.Struct, frozen=True, tag="joined"):
    """The process takes part in the session."""


class CannotJoin(msgspec.Struct, frozen=True, tag="cannot-join"):
    """Link cannot be had. The process ends after this."""

    why: str


class Beat(msgspec.Struct, frozen=True, tag="beat"):
    """Where the session is. About fifty a second."""

    beat: float  # quarter notes; below 0 during a count-in
    at_ns: int  # of `polate.runtime.clock`
    bpm: float


class Playing(msgspec.Struct, frozen=True, tag="playing"):
    """The session has started or stopped."""

    playing: bool


class Peers(msgspec.Struct, frozen=True, tag="peers"):
    """How many other participants the session has, after a change."""

    peers: int


ToPlayer = Joined | CannotJoin | Beat | Playing | Peers


class AskTempo(msgspec.Struct, frozen=True, tag="ask-tempo"):
    """Set the tempo of the session."""

    bpm: float


class AskPlaying(msgspec.Struct, frozen=True, tag="ask-playing"):
    """Start or stop the session."""

    playing: bool


ToLink = AskTempo | AskPlaying
