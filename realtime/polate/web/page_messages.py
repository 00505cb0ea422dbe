"""The messages of a page: JSON text frames. The key `t` is the kind of the message. PROTOCOL.md describes them.

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
"""The version of the protocol. A page of another version is asked to reload."""

MOST_BYTES = 65536
"""The size limit of one frame."""

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
    """Ask for the server's time, so that the page can convert due times to its own clock."""

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
    """Ask for the notes and the class of a pattern, given as a text form, on the present tonic."""

    text: Text
    id: Number


class Find(_Message, tag="find", frozen=True):
    """Search the places whose name or text form matches the words."""

    q: Text
    id: Number


class Undo(_Message, tag="undo", frozen=True):
    """Undo the last gesture."""


class Redo(_Message, tag="redo", frozen=True):
    """Redo the gesture that was undone last."""


Message = Hello | SetAddress | Ping | AskStrips | AskMap | AskPad | Describe | Find | Undo | Redo

_DECODER: msgspec.json.Decoder[Any] = msgspec.json.Decoder(Message)


def read(frame: str | bytes) -> Message:
    """The message in a frame. Raises `ControlError` if the frame holds none of the messages above."""
    try:
        message: Message = _DECODER.decode(frame)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise ControlError(f"a page must send one of the messages of PROTOCOL.md: {error}") from None
    return message
