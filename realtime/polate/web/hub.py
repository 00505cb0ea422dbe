"""The hub between the player and all open pages: the last state, the undo history, and the answers to pages.

    player --state, notes, refusals--> Hub --put--> Visitor, one a page
    page   --Message--> Hub --addresses and arguments--> player

It opens no socket and reads no clock: the time is an argument.
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

_KEPT_LATENESS = 512  # notes in the statistics of the timing gauge
_NOT_UNDONE = {
    "/polate/play",
    "/polate/z",
    "/polate/x",
    "/polate/y",
    "/polate/learn",
    "/polate/record",
}
"""The transport, actions, and addresses whose values other addresses have too."""

_JUMPS = {"/polate/go", "/polate/glide", "/polate/landmark", "/polate/snapshot/recall"}
"""Each of these is a gesture of its own, however soon it follows another."""

_PINNED = "/polate/pinned"
_POINT = "/polate/point"
_CHANGE_PIN = {"/polate/xy", "/polate/morph", _POINT}

_MOVING_CORNERS = {"here", "random"}  # names of a corner that mean another place each time


class Hub:
    """``now`` in every method: seconds of one monotonic clock."""

    def __init__(
        self,
        about: Mapping[str, Any],
        axes: Sequence[Axis],
        landmarks: Sequence[Landmark],
        send: Callable[[Asked], None],
        describe: Callable[[str, int], Mapping[str, Any]],
    ) -> None:
        """``about``: fields of the welcome, such as the version. ``send``: passes addresses with their arguments to the
        player. ``describe``: the facts of a pattern, from its text form and a tonic."""
        self.visitors: set[Visitor] = set()
        self.told: dict[str, Arguments] = {}
        self.times_told = 0
        """How often the player has told its state."""
        self.corners: tuple[tuple[float, ...], ...] = ()
        """The latent points of the corners A to D."""
        self.more: dict[str, Any] = {}
        self.look_anew = True
        """Whether a page waits for pictures that nobody had asked for before."""
        self._axes, self._landmarks = axes, landmarks
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
        """Add a page that has sent the token. It first gets the whole state."""
        visitor = Visitor(now)
        visitor.put_answer(self._welcome)
        visitor.put_state(self.told)
        visitor.put_more(self.more | self._depths())
        self.visitors.add(visitor)
        self.look_anew = True
        return visitor

    def leave(self, visitor: Visitor) -> None:
        """Remove a page."""
        self.visitors.discard(visitor)

    # -- from the player -------------------------------------------------------------------------

    def tell_state(self, state: Mapping[str, Arguments]) -> None:
        """Take the whole state, by OSC address. Each page gets the values that have changed."""
        new = {address: arguments for address, arguments in state.items() if self.told.get(address) != arguments}
        self.times_told += 1
        self.told |= new
        if new:
            for visitor in self.visitors:
                visitor.put_state(new)

    def tell_more(self, more: Mapping[str, Any]) -> None:
        """Take values that have no OSC address. Each page gets those that have changed."""
        new = {key: value for key, value in more.items() if self.more.get(key) != value}
        self.more |= new
        if new:
            for visitor in self.visitors:
                visitor.put_more(new)

    def tell_note(self, event: list[Any]) -> None:
        """Pass a note event to every page: [on (1) or off (0), voice, channel, note, velocity, due ms, sent ms]."""
        if event[0]:
            self._late_us.append((event[6] - event[5]) * 1e3)
        for visitor in self.visitors:
            visitor.put_note(event)

    def silence(self) -> None:
        """Events of notes were lost: every page ends what sounds."""
        for visitor in self.visitors:
            visitor.put_silence()

    def refuse(self, text: str) -> None:
        """Pass a refusal of the player to every page."""
        for visitor in self.visitors:
            visitor.put_answer({"t": "refused", "text": text})

    # -- from a page -----------------------------------------------------------------------------

    def take(self, visitor: Visitor, message: Message, now: float, clock_ms: float) -> None:
        """Handle a message of a page. ``clock_ms``: the present time on the clock of the note events.

        Raises `ControlError` for a message that makes no sense here.
        """
        match message:
            case SetAddress(address, arguments):
                if address in _JUMPS:
                    self._history.settle(self._undoable())
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
                raise ControlError("hello must be the first message only")

    def tick(self, now: float) -> None:
        """Update the undo history and the timing gauge. Called ten times a second while a page is open."""
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
        """The axes come late, because the pad, the morph and a snapshot's settings move them too. Then comes the point,
        if it is beyond the ends of the knobs, and then the pin, which all of these change."""
        if not self._is_beyond_knobs(state.get(_POINT, [])):
            state = {address: state[address] for address in state if address != _POINT}
        if _PINNED in self.told and not state.keys().isdisjoint(_CHANGE_PIN):
            state = {_PINNED: self.told[_PINNED], **state}
        late = ("/polate/z/", _POINT, _PINNED)
        in_order = sorted(state, key=lambda address: [address.startswith(each) for each in reversed(late)])
        if in_order:
            self._send([(address, list(state[address])) for address in in_order])

    def _is_beyond_knobs(self, coordinates: Sequence[Any]) -> bool:
        return any(not 0 <= axis.place(each) <= 1 for axis, each in zip(self._axes, coordinates, strict=False))

    def _undoable(self) -> dict[str, Arguments]:
        """The present values that undo can restore."""
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
    """A setting as the page needs it to make a control."""
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
