"""From a controller's messages to controls: knobs, faders, buttons and encoders, each with its target.

    messages --Mapper.feed--> controls --> engine
                  ^  Mapper.advance(now)  (smoothing)
    position_of --/

Pure: it is told the time, and asks ``position_of`` where a target stands.
"""

import math
from collections.abc import Sequence

from polate.control.commands import Control, KeyDown, KeyUp
from polate.mapping.mapping import Mapping
from polate.mapping.targets import PositionOf, parse_target
from polate.midi.messages import KIND_MASK, NOTE_OFF, NOTE_ON, is_channel_message
from polate.midi.source_reader import Moved, SourceReader
from polate.midi.sources import Source, parse_source
from polate.runtime.clamp import clamp

__all__ = ["PICKUP_WINDOW", "TICK_NS", "Mapper"]

PICKUP_WINDOW = 1 / 64
TICK_NS = 10_000_000  # a moving value is sent 100 times a second
_CLOSE = 1 / 2000  # a smoothed value that is so near to where it goes is there
_SAME = 1e-6


class Mapper:
    """Turns messages into controls. What `feed` and `advance` give must be applied before either is called again:
    whether somebody else has moved a target is seen by comparing where it stands with where this map has put it.

    That comparison, made at every message, is what re-arms a takeover: after a recall, an OSC write, another knob, a
    morph or whatever will be invented, without anybody having to tell.
    """

    def __init__(self, mappings: Sequence[Mapping], position_of: PositionOf) -> None:
        self._hands = [_hand(mapping, position_of) for mapping in mappings]
        self._reader = SourceReader([(hand.source, hand.mapping.channel) for hand in self._hands])
        self._moving: list[_Knob] = []

    def feed(self, message: Sequence[int], now_ns: int) -> list[Control]:
        """The controls that a MIDI message asks for; a note that is not mapped is a key. Never raises."""
        moved = self._reader.read(message)
        if not moved:
            return _key(message)
        controls = []
        for move in moved:
            hand = self._hands[move.which]
            control = hand.move(move, now_ns)
            if control is not None:
                controls.append(control)
            elif isinstance(hand, _Knob) and hand.next_ns is not None and hand not in self._moving:
                self._moving.append(hand)
        return controls

    def advance(self, now_ns: int) -> list[Control]:
        """The controls of what is still on its way."""
        if not self._moving:
            return []
        controls = [control for hand in self._moving if (control := hand.advance(now_ns)) is not None]
        self._moving = [hand for hand in self._moving if hand.next_ns is not None]
        return controls

    @property
    def deadline_ns(self) -> int | None:
        """When `advance` is to be called next; None while nothing is on its way."""
        return min((hand.next_ns for hand in self._moving if hand.next_ns is not None), default=None)


def _key(message: Sequence[int]) -> list[Control]:
    if not is_channel_message(message):
        return []
    kind, note, velocity = message[0] & KIND_MASK, message[1], message[-1]
    if kind == NOTE_ON and velocity:
        return [KeyDown(note, velocity)]
    return [KeyUp(note)] if kind in (NOTE_ON, NOTE_OFF) else []


class _Hand:
    """One mapping at work."""

    __slots__ = ("_position_of", "mapping", "source", "target")

    def __init__(self, mapping: Mapping, position_of: PositionOf) -> None:
        self.mapping, self._position_of = mapping, position_of
        self.source: Source = parse_source(mapping.source)
        self.target = parse_target(mapping.target)

    def move(self, move: Moved, now_ns: int) -> Control | None:
        raise NotImplementedError


class _Button(_Hand):
    """Presses count: of a trigger, of what toggles, and of what is on while it is held."""

    __slots__ = ("_down",)

    def __init__(self, mapping: Mapping, position_of: PositionOf) -> None:
        super().__init__(mapping, position_of)
        self._down = False

    def move(self, move: Moved, now_ns: int) -> Control | None:
        mapping, down = self.mapping, move.amount >= 0.5
        if down == self._down:
            return None
        self._down = down and self.source.kind != "program"  # which is never let go
        if mapping.mode == "toggle":
            return self._toggle() if down else None
        if self.target.kind == "trigger":
            return self.target.make(1.0) if down else None
        return self.target.make(mapping.place(float(down)))

    def _toggle(self) -> Control:
        on, off = self.mapping.place(1.0), self.mapping.place(0.0)
        now = self._position_of(self.target.text)
        is_on = now is not None and abs(now - on) < abs(now - off)
        return self.target.make(off if is_on else on)


class _Number(_Hand):
    """A value that stands for a snapshot's number."""

    __slots__ = ("_last",)

    def __init__(self, mapping: Mapping, position_of: PositionOf) -> None:
        super().__init__(mapping, position_of)
        self._last: Control | None = None

    def move(self, move: Moved, now_ns: int) -> Control | None:
        control = self.target.make(self.mapping.place(move.amount))
        if control == self._last and self.source.kind != "program":  # a knob that trembles
            return None
        self._last = control
        return control


class _Knob(_Hand):
    """What stands somewhere, or is turned by clicks, and has a target with a range."""

    __slots__ = ("_attached", "_goal", "_knob", "_last", "_last_ns", "_settled", "_value", "next_ns")

    def __init__(self, mapping: Mapping, position_of: PositionOf) -> None:
        super().__init__(mapping, position_of)
        self.next_ns: int | None = None  # while it is on its way
        self._attached = True  # does the target follow the knob?
        self._goal = self._value = 0.5  # on the target's range: where it goes, and where it is by now
        self._settled: float | None = None  # where the target stands if nobody else has moved it
        self._knob: float | None = None  # where the knob was seen last
        self._last: Control | None = None
        self._last_ns = 0

    def move(self, move: Moved, now_ns: int) -> Control | None:
        mapping = self.mapping
        if not move.relative and mapping.takeover == "none" and not mapping.smoothing:
            return self._put(mapping.place(move.amount))
        self._look()
        if move.relative:
            knob = mapping.knob(self._goal) + move.amount * mapping.step
            goal: float | None = mapping.place(clamp(knob, 0.0, 1.0))
        else:
            previous, self._knob = self._knob, move.amount
            goal = mapping.place(move.amount) if self._attached else self._take_over(previous, move.amount)
        if goal is None:
            return None
        self._goal = goal
        if not mapping.smoothing:
            return self._put(goal)
        if self.next_ns is None:
            self._last_ns, self.next_ns = now_ns, now_ns + TICK_NS
        return None

    def _look(self) -> None:
        """Has somebody else moved the target? Then the knob does not hold it any more."""
        now = self._position_of(self.target.text)
        if now is not None and (self._settled is None or abs(now - self._settled) > _SAME):
            self._goal = self._value = self._settled = now
            self._attached, self.next_ns = False, None

    def _take_over(self, previous: float | None, knob: float) -> float | None:
        """Where a knob that does not hold its target brings it; None: nowhere yet."""
        mapping = self.mapping
        match mapping.takeover:
            case "pickup":
                goal, low, high = mapping.place(knob), min(mapping.range), max(mapping.range)
                value = clamp(self._goal, low, high)
                crossed = previous is not None and (mapping.place(previous) - value) * (goal - value) <= 0
                self._attached = crossed or abs(goal - value) <= PICKUP_WINDOW
                return goal if self._attached else None
            case "scale":
                if previous is None or knob == previous:
                    return None
                at = mapping.knob(self._goal)
                if knob > previous:  # the rest of the way up is shared out over the rest of the knob's way
                    at += (1 - at) * (knob - previous) / (1 - previous)
                else:
                    at *= knob / previous
                self._attached = abs(at - knob) < _SAME
                return mapping.place(clamp(at, 0.0, 1.0))
        self._attached = True
        return mapping.place(knob)

    def advance(self, now_ns: int) -> Control | None:
        if self.next_ns is None or now_ns < self.next_ns:
            return None
        self._look()
        if self.next_ns is None:
            return None
        seconds, self._last_ns = (now_ns - self._last_ns) / 1e9, now_ns
        self._value += (self._goal - self._value) * (1 - math.exp(-seconds / self.mapping.smoothing))
        self.next_ns = now_ns + TICK_NS
        if abs(self._goal - self._value) < _CLOSE:
            self._value, self.next_ns = self._goal, None
        before = self._last
        control = self._put(self._value)
        return None if control == before else control

    def _put(self, place: float) -> Control:
        self._value = place
        self._settled = self.target.settle(place)
        self._last = self.target.make(place)
        return self._last


def _hand(mapping: Mapping, position_of: PositionOf) -> _Hand:
    target, source = parse_target(mapping.target), parse_source(mapping.source)
    if target.kind == "number":
        return _Number(mapping, position_of)
    if target.kind in ("trigger", "state") or mapping.mode == "toggle" or source.is_button:
        return _Button(mapping, position_of)
    return _Knob(mapping, position_of)
