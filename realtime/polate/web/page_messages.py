"""What a page sends: JSON text frames, each an object whose `t` tells its kind. PROTOCOL.md is the contract.

{"t": "set", "a": "/polate/z/1", "v": [0.5]} --read--> SetAddress("/polate/z/1", [0.5])
"""

from typing import Annotated, Any

import msgspec

from polate.errors import ControlError

__all__ = [
    "MOST_BYTES",
    "VERSION",
    "AskMap",
    "AskPad",
    "AskStrips",
    "Describe",
    "Find",
    "Hello",
    "Message",
    "Ping",
    "Redo",
    "SetAddress",
    "Undo",
    "read",
]

VERSION = 1
"""Of the protocol; a page of another version is told to reload."""

MOST_BYTES = 65536
"""Of one frame."""

Text = Annotated[str, msgspec.Meta(max_length=256)]
Number = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
AxisNumber = Annotated[int, msgspec.Meta(ge=0, le=255)]


class _Message(msgspec.Struct, frozen=True, tag_field="t"):
    pass


class Hello(_Message, tag="hello", frozen=True):
    """The first message: the protocol's version and the token of the link."""

    v: int
    token: Text


class SetAddress(_Message, tag="set", frozen=True):
    """Set what an OSC address sets (docs/osc.md)."""

    a: Text
    v: Annotated[list[int | float | str | bool], msgspec.Meta(max_length=256)] = []


class Ping(_Message, tag="ping", frozen=True):
    """Asks for the time here, so that the page can place due times on its own clock."""

    id: Number


class AskStrips(_Message, tag="strips", frozen=True):
    """Send the strips of all knobs now, and again whenever they change."""

    on: bool = True


class AskMap(_Message, tag="map", frozen=True):
    """Send the map in the plane of two axes (0..) now, and again whenever it changes; or stop."""

    x: AxisNumber = 0
    y: AxisNumber = 1
    on: bool = True


class AskPad(_Message, tag="pad", frozen=True):
    """Send the picture of the pad and the strip of the morph now, and again whenever a corner changes; or stop."""

    on: bool = True


class Describe(_Message, tag="describe", frozen=True):
    """The notes and the class of a pattern, by its text form, on the present tonic."""

    text: Text
    id: Number


class Find(_Message, tag="find", frozen=True):
    """Places whose name or text form contains the words."""

    q: Text
    id: Number


class Undo(_Message, tag="undo", frozen=True):
    """Take back the last gesture."""


class Redo(_Message, tag="redo", frozen=True):
    """Do the gesture again that was taken back last."""


Message = Hello | SetAddress | Ping | AskStrips | AskMap | AskPad | Describe | Find | Undo | Redo

_DECODER: msgspec.json.Decoder[Any] = msgspec.json.Decoder(Message)


def read(frame: str | bytes) -> Message:
    """Raises `ControlError` for anything else than one of the messages above."""
    try:
        message: Message = _DECODER.decode(frame)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ControlError(f"the page sent a message that the protocol does not have: {error}") from None
    return message
