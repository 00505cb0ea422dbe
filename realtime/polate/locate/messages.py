"""The messages between the player and `polate.locate.process`, each a line of JSON.

    player <--NamesElsewhere-- process, once at its start
    player --Locate--> process --Located, NotLocated--> player

A change of any message needs a new number in `polate.runtime.protocol.PROTOCOL`.
"""

import msgspec

__all__ = ["FromLocate", "Locate", "Located", "NamesElsewhere", "NotLocated"]


class Locate(msgspec.Struct, frozen=True, tag="locate"):
    """Find a place: what `polate.model.places` reads, without MIDI files."""

    number: int  # of the request; the answer has it too
    place: str


class Located(msgspec.Struct, frozen=True, tag="located"):
    """The place was found."""

    number: int
    z: tuple[float, ...]  # one coordinate an axis; for a pattern that the map does not have, the nearest place
    pattern: str  # text form of the pattern that was looked for; empty: the one that the map has there


class NotLocated(msgspec.Struct, frozen=True, tag="not-located"):
    """The text names no place."""

    number: int
    why: str


class NamesElsewhere(msgspec.Struct, frozen=True, tag="names-elsewhere"):
    """The landmarks that only other shipped maps have."""

    models: dict[str, tuple[str, ...]]  # name in small letters -> the shipped models that have it


FromLocate = Located | NotLocated | NamesElsewhere
