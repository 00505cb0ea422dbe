"""The messages between the player and `polate.listen.process`, each a line of JSON.

    player --Recognise, EndListening--> process --Recognised, CannotRecognise--> player

A change of any message needs a new number in `polate.runtime.protocol.PROTOCOL`.
"""

import msgspec

__all__ = ["CannotRecognise", "EndListening", "FromListen", "Recognise", "Recognised", "Resemblance", "ToListen"]


class Recognise(msgspec.Struct, frozen=True, tag="recognise"):
    """Find the patterns that a phrase is most like."""

    number: int  # of the phrase; the answer has it too
    notes: tuple[int, ...]  # MIDI notes 0..127 in the order played


class EndListening(msgspec.Struct, frozen=True, tag="end-listening"):
    """Nobody listens any more: end."""


class Resemblance(msgspec.Struct, frozen=True):
    """A pattern that the phrase is like, see `polate.listen.recognition`."""

    pattern: str  # text form
    tonic: int  # MIDI note 0..127
    distance: float  # errors


class Recognised(msgspec.Struct, frozen=True, tag="recognised"):
    """The answer to the newest phrase. A phrase that a newer one has overtaken has no answer."""

    number: int
    nearest: tuple[Resemblance, ...]  # nearest first, at most three; none for a phrase of too few notes
    z: tuple[float, ...] = ()  # the place of the nearest on the map; empty without an encoder


class CannotRecognise(msgspec.Struct, frozen=True, tag="cannot-recognise"):
    """The model or its list of patterns cannot be read. The process ends."""

    why: str


ToListen = Recognise | EndListening
FromListen = Recognised | CannotRecognise
