"""What all pages share: the state as it is known here, the pages that look at it, and what they ask for.

    player --state, notes, refusals--> Hub --put--> Visitor, one a page
    page   --Message--> Hub --addresses and arguments--> player

Pure: it is told the time, and answers by calling what it was given.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from polate.control.fields import FIELDS, MOTION_FIELDS, Field
from polate.errors import ControlError
from polate.model.contract import Axis, Landmark
from polate.osc.addresses import ADDRESSES
from polate.web.history import Arguments, History
from polate.web.page_messages import (
    VERSION,
    AskMap,
    AskPad,
    AskStrips,
    Describe,
    Find,
    Message,
    Ping,
    Redo,
    SetAddress,
    Undo,
)
from polate.web.place_index import find
from polate.web.visitor import Visitor

__all__ = ["Hub"]

Asked = list[tuple[str, Arguments]]

_KEPT_LATENESS = 512  # notes that the gauge looks back at
_NOT_UNDONE = {
    "/polate/play",
    "/polate/z",
    "/polate/x",
    "/polate/y",
    "/polate/learn",
    "/polate/record",
}  # the transport, and what others hold
_MOVING_CORNERS = {"here", "random"}  # a corner's words that mean another place each time


class Hub:
    """``send`` gives addresses and arguments to the player; ``now`` is in seconds of one clock."""

    def __init__(
        self,
        about: Mapping[str, Any],
        axes: Sequence[Axis],
        landmarks: Sequence[Landmark],
        send: Callable[[Asked], None],
        describe: Callable[[str, int], Mapping[str, Any]],
    ) -> None:
        """``about``: the version and the model's name. ``describe``: what a text form is, on a tonic."""
        self.visitors: set[Visitor] = set()
        self.told: dict[str, Arguments] = {}
        self.corners: tuple[tuple[float, ...], ...] = ()
        """The points of the corners A to D."""
        self.more: dict[str, Any] = {}
        self.look_anew = True
        """Is there a page that waits for pictures of another place or plane?"""
        self._landmarks = landmarks
        self._send, self._describe = send, describe
        self._history = History()
        self._settable = frozenset(spec.address for spec in ADDRESSES if spec.maker and spec.has_value) - _NOT_UNDONE
        self._gauge: dict[str, Any] = {}
        self._late_us: deque[float] = deque(maxlen=_KEPT_LATENESS)
        self._welcome = {
            "t": "welcome",
            "v": VERSION,
            **about,
            "axes": [{"name": axis.name, "low": axis.low, "high": axis.high} for axis in axes],
            "landmarks": [_placed(mark, axes) for mark in landmarks],
            "addresses": [
                {"address": spec.address, "arguments": spec.arguments, "doc": spec.doc} for spec in ADDRESSES
            ],
            "settings": [_described(field) for field in FIELDS.values()],
            "motions": [_described(field) for field in MOTION_FIELDS.values()],
        }

    @property
    def tonic(self) -> int:
        """The MIDI note that patterns are played from."""
        tonic = self.told.get("/polate/tonic", [60])[0]
        return tonic if isinstance(tonic, int) else 60

    # -- pages that come and go ------------------------------------------------------------------

    def join(self, now: float) -> Visitor:
        """A page has shown the token: it gets everything."""
        visitor = Visitor(now)
        visitor.put_answer(self._welcome)
        visitor.put_state(self.told)
        visitor.put_more(self.more | self._depths())
        self.visitors.add(visitor)
        self.look_anew = True
        return visitor

    def leave(self, visitor: Visitor) -> None:
        """A page has gone."""
        self.visitors.discard(visitor)

    # -- from the player -------------------------------------------------------------------------

    def tell_state(self, state: Mapping[str, Arguments]) -> None:
        """The whole state by OSC address; the pages get what is new."""
        new = {address: arguments for address, arguments in state.items() if self.told.get(address) != arguments}
        self.told |= new
        if new:
            for visitor in self.visitors:
                visitor.put_state(new)

    def tell_more(self, more: Mapping[str, Any]) -> None:
        """What has no address; the pages get what is new."""
        new = {key: value for key, value in more.items() if self.more.get(key) != value}
        self.more |= new
        if new:
            for visitor in self.visitors:
                visitor.put_more(new)

    def tell_note(self, event: list[Any]) -> None:
        """A note event as the protocol has it: on or off, voice, channel, note, velocity, due and sent in ms."""
        if event[0]:
            self._late_us.append((event[6] - event[5]) * 1e3)
        for visitor in self.visitors:
            visitor.put_note(event)

    def refuse(self, text: str) -> None:
        """The player could not do what was asked."""
        for visitor in self.visitors:
            visitor.put_answer({"t": "refused", "text": text})

    # -- from a page -----------------------------------------------------------------------------

    def take(self, visitor: Visitor, message: Message, now: float, clock_ms: float) -> None:
        """Do what a page asks. ``clock_ms``: the time of the notes' clock. Raises `ControlError` for what cannot be."""
        match message:
            case SetAddress(address, arguments):
                self._history.began(address, self._undoable(), now)
                self._send([(address, list(arguments))])
            case Ping(number):
                visitor.put_answer({"t": "pong", "id": number, "ms": clock_ms})
            case AskStrips(on):
                visitor.wants_strips, self.look_anew = on, True
            case AskPad(on):
                visitor.wants_pad, self.look_anew = on, True
            case AskMap(x, y, on):
                count = len(self._welcome["axes"])
                if on and not (x < count and y < count and x != y):
                    raise ControlError(f"a map needs two of the axes 0..{count - 1}, got {x} and {y}")
                visitor.plane, self.look_anew = (x, y) if on else None, True
            case Find(words, number):
                snapshots = [(each["name"], each["text"]) for each in self.more.get("snapshots", [])]
                found = find(words, self._landmarks, snapshots)
                items = [{"name": place.name, "text": place.text, "kind": place.kind} for place in found]
                visitor.put_answer({"t": "found", "id": number, "items": items})
            case Undo():
                self._restore(self._history.undo(self._undoable()))
            case Redo():
                self._restore(self._history.redo(self._undoable()))
            case Describe(text, number):
                visitor.put_answer({"t": "described", "id": number, **self._describe(text, self.tonic)})
            case _:
                raise ControlError("the page has said hello already")

    def tick(self, now: float) -> None:
        """Ten times a second while there are pages: what changes with time alone."""
        self._history.tick(self._undoable(), now)
        self.tell_more(self._depths())
        if self._late_us:
            late = sorted(self._late_us)
            at = {"p50_us": late[len(late) // 2], "p99_us": late[min(len(late) - 1, len(late) * 99 // 100)]}
            gauge = {name: round(value, 1) for name, value in at.items()}
            status = self.more.get("status", {})
            message = {"t": "gauge", "late": status.get("late", 0), "dropped": status.get("dropped", 0), **gauge}
            if message != self._gauge:
                self._gauge = message
                for visitor in self.visitors:
                    visitor.put_picture(message)

    def _restore(self, state: Mapping[str, Arguments]) -> None:
        """The axes come last, because the pad, the morph and a snapshot's settings move them too."""
        in_order = sorted(state, key=lambda address: address.startswith("/polate/z/"))
        if in_order:
            self._send([(address, list(state[address])) for address in in_order])

    def _undoable(self) -> dict[str, Arguments]:
        """What can be set, as it is now, but for corners whose words mean another place each time."""
        return {
            address: arguments
            for address, arguments in self.told.items()
            if (address in self._settable or address.startswith(("/polate/z/", "/polate/motion/")))
            and not (address.startswith("/polate/corner/") and arguments[0] in _MOVING_CORNERS)
        }

    def _depths(self) -> dict[str, int]:
        undo, redo = self._history.depths
        return {"undo": undo, "redo": redo}


def _placed(mark: Landmark, axes: Sequence[Axis]) -> dict[str, Any]:
    positions = [round(axis.position(value), 4) for axis, value in zip(axes, mark.z, strict=True)]
    return {"name": mark.name, "text": mark.text, "positions": positions}


def _described(field: Field) -> dict[str, Any]:
    """A setting, for a control that the page makes of it."""
    low, high = field.range or (None, None)
    return {
        "key": field.key,
        "doc": field.doc,
        "type": field.plain.__name__,
        "low": low,
        "high": high,
        "choices": list(field.choices),
        "default": field.default,
    }
