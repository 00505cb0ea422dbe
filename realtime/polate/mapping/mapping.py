"""From a controller's messages to controls: knobs, faders, buttons and encoders, each with its target.

    [[map]] tables --> Mapping --\
                                  > Mapper.feed(message) --> controls --> engine
    position_of(target) ---------/  Mapper.advance(now)  (smoothing)

Pure: it is told the time, and asks ``position_of`` where a target stands.
"""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as Table
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta

from polate.control.commands import (
    Control,
    KeyDown,
    KeyUp,
    Morph,
    MovePad,
    Panic,
    RecallSnapshot,
    Set,
    SetAxis,
    SetMotion,
    SetPlaying,
    StoreSnapshot,
)
from polate.control.settings import FIELDS, MOTION_FIELDS, Field
from polate.errors import ConfigError, ControlError
from polate.midi.sources import NOTE_OFF, NOTE_ON, Moved, Reader, Source, is_channel_message, parse_source

if TYPE_CHECKING:
    from polate.sequencer.engine import Engine

__all__ = [
    "DEFAULT_CC",
    "PICKUP_WINDOW",
    "TARGETS",
    "TICK_NS",
    "Mapper",
    "Mapping",
    "PositionOf",
    "Target",
    "check_axes",
    "join_maps",
    "mappings_of",
    "parse_target",
    "place_in",
]

PositionOf = Callable[[str], float | None]
"""Where a target stands, 0..1; None where that is unknown, or means nothing."""

DEFAULT_CC = {70 + axis: f"z/{axis + 1}" for axis in range(8)}
PICKUP_WINDOW = 1 / 64
TICK_NS = 10_000_000  # a moving value is sent 100 times a second
_CLOSE = 1 / 2000  # a smoothed value that is so near to where it goes is there
_SAME = 1e-6

Place = Annotated[float, Meta(ge=0, le=1)]


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """One ``[[map]]`` table: what is moved, and what it moves. Raises `ConfigError` for what cannot be."""

    source: Annotated[str, Meta(description="what is moved: 'cc 21', 'note 36', 'relative 21 offset' ...")]
    target: Annotated[str, Meta(description="what it moves: 'z/1', 'gate', 'play', 'snapshot' ...")]
    channel: Annotated[
        Annotated[int, Meta(ge=1, le=16)] | None, Meta(description="the source's MIDI channel; left out: any")
    ] = None
    range: Annotated[tuple[Place, Place], Meta(description="the part of the target's range that it covers, 0 to 1")] = (
        0.0,
        1.0,
    )
    invert: Annotated[bool, Meta(description="from high to low")] = False
    curve: Annotated[
        float, Meta(ge=0.1, le=10, description="an exponent: above 1 finer at the low end, below 1 at the high end")
    ] = 1.0
    smoothing: Annotated[
        float, Meta(ge=0, le=60, description="seconds in which the target covers 63 % of the way to the knob")
    ] = 0.0
    takeover: Annotated[
        Literal["none", "pickup", "scale"],
        Meta(description="a knob that does not stand where its target does: jump, wait for it, or close in on it"),
    ] = "none"
    step: Annotated[float, Meta(gt=0, le=1, description="of the range, for a click of an encoder")] = 1 / 127
    mode: Annotated[
        Literal["momentary", "toggle"], Meta(description="of a button: on while it is held, or from press to press")
    ] = "momentary"

    def __post_init__(self) -> None:
        """What the types cannot say."""
        source, target = parse_source(self.source), parse_target(self.target)
        absolute = not source.is_button and source.kind not in ("relative", "program")
        for wrong, why in (
            (
                target.kind == "number" and (source.is_button or source.kind == "relative"),
                "target 'snapshot' needs a source with a value, as 'program' or 'cc 21'; a button takes "
                f"'snapshot/NAME', got source {self.source!r}",
            ),
            (
                source.kind == "relative" and target.kind != "place",
                f"a relative source needs a target with a range, got target {self.target!r}",
            ),
            (
                self.takeover != "none" and not (absolute and target.kind == "place"),
                f"takeover must be none for source {self.source!r} and target {self.target!r}: it is for knobs and "
                f"faders that stand somewhere, and targets with a range; got {self.takeover!r}",
            ),
            (
                self.smoothing > 0 and target.kind != "place",
                f"smoothing must be 0 for target {self.target!r}, which has no range, got {self.smoothing:g}",
            ),
            (
                self.mode == "toggle"
                and not ((source.is_button or source.kind == "cc") and target.kind in ("place", "state")),
                f"mode must be momentary for source {self.source!r} and target {self.target!r}: toggle is for buttons "
                f"(note, cc, program with a number), and targets that can be on and off; got {self.mode!r}",
            ),
        ):
            if wrong:
                raise ConfigError(why)

    def place(self, knob: float) -> float:
        """Where on the target's range 0..1 a knob at 0..1 stands for."""
        bent: float = knob**self.curve
        low, high = self.range
        return min(1.0, max(0.0, low + (high - low) * (1 - bent if self.invert else bent)))

    def knob(self, place: float) -> float:
        """The way back: where the knob would be, 0..1, for a place on the target's range; the nearest end beyond."""
        low, high = self.range
        bent = min(1.0, max(0.0, (place - low) / (high - low))) if high != low else 0.0
        return float((1 - bent if self.invert else bent) ** (1 / self.curve))


# -- targets --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Target:
    """What a mapping moves."""

    text: str
    kind: Literal["place", "state", "number", "trigger"]
    make: Callable[[float], Control]  # from a place 0..1
    settle: Callable[[float], float] = float  # where it will be found to stand when it was put at a place
    axis: int | None = None  # 0.. , of a target that belongs to one


TARGETS = {
    "z/1": "the first axis of the map, and so on",
    "morph": "the place between the corners A and B",
    "pad/x": "the place on the pad between four corners, from A to B",
    "pad/y": "and from A to C",
    "bpm": "and every other setting with a range or a choice",
    "motion/1/depth": "what moves an axis by itself: kind, shape, depth, hz, bars, phase",
    "play": "1 plays, 0 stops",
    "start": "a button: play, from the top, or where another clock's song is; nothing while it plays",
    "stop": "a button: stop",
    "panic": "a button: end what sounds",
    "snapshot": "recall the snapshot named 1 to 128, by program or value",
    "snapshot/NAME": "a button: recall this one",
    "snapshot-store/NAME": "a button: keep where all stands under this name",
}
"""Every target there is: the errors and the documentation read this table."""

_AXIS = re.compile(r"z/([1-9][0-9]?)")
_MOTION = re.compile(r"motion/([1-9][0-9]?)/(.+)")
_NAMED = re.compile(r"(snapshot|snapshot-store)/(.+)")
_FIXED = {
    "morph": Target("morph", "place", lambda place: Morph(place)),
    "pad/x": Target("pad/x", "place", lambda place: MovePad(place, None)),
    "pad/y": Target("pad/y", "place", lambda place: MovePad(None, place)),
    "play": Target("play", "state", lambda place: SetPlaying(place >= 0.5)),
    "start": Target("start", "trigger", lambda place: SetPlaying(True)),
    "stop": Target("stop", "trigger", lambda place: SetPlaying(False)),
    "panic": Target("panic", "trigger", lambda place: Panic()),
    "snapshot": Target("snapshot", "number", lambda place: RecallSnapshot(str(round(place * 127) + 1))),
}


def parse_target(text: str) -> Target:
    """Raises `ConfigError` with what is allowed."""
    if fixed := _FIXED.get(text):
        return fixed
    if match := _AXIS.fullmatch(text):
        axis = int(match[1]) - 1
        return Target(text, "place", lambda place: SetAxis(axis, place), axis=axis)
    if (field := FIELDS.get(text)) and field.has_range:
        return Target(text, "place", lambda place: Set(text, field.at(place)), _settle(field))
    if (match := _MOTION.fullmatch(text)) and match[2] in MOTION_FIELDS:
        axis, key, motion = int(match[1]) - 1, match[2], MOTION_FIELDS[match[2]]
        return Target(text, "place", lambda place: SetMotion(axis, key, motion.at(place)), _settle(motion), axis)
    if match := _NAMED.fullmatch(text):
        try:
            store = StoreSnapshot(match[2])
        except ControlError as error:
            raise ConfigError(f"target {text[:80]!r}: {error}") from None
        control: Control = store if match[1] == "snapshot-store" else RecallSnapshot(store.name)
        return Target(text, "trigger", lambda place: control)
    settings = ", ".join(key for key, field in FIELDS.items() if field.has_range)
    others = ", ".join(name for name in TARGETS if name not in FIELDS)
    raise ConfigError(f"target must be one of {others}, or one of the settings {settings}; got {text[:64]!r}")


def _settle(field: Field) -> Callable[[float], float]:
    return lambda place: field.position(field.at(place))


def place_in(engine: "Engine") -> PositionOf:
    """Where each target stands in an engine."""
    readers: dict[str, Callable[[], float | None]] = {}

    def place(text: str) -> float | None:
        reader = readers.get(text)
        if reader is None:
            reader = readers[text] = _reader(engine, text)
        return reader()

    return place


def _reader(engine: "Engine", text: str) -> Callable[[], float | None]:
    point, target = engine.point, parse_target(text)
    if target.axis is not None:
        number = target.axis
        if number >= len(point.axes):
            return lambda: None
        if match := _MOTION.fullmatch(text):
            motion = MOTION_FIELDS[match[2]]
            return lambda: motion.position(getattr(point.motions[number], motion.name))
        return lambda: point.axes[number].position(point.z[number])
    if field := FIELDS.get(text):
        return lambda: field.position(getattr(engine.settings, field.name))
    others: dict[str, Callable[[], float]] = {
        "morph": lambda: point.morph,
        "pad/x": lambda: point.pad[0],
        "pad/y": lambda: point.pad[1],
        "play": lambda: float(engine.playing),
    }
    return others.get(text, lambda: None)


# -- lists of mappings ----------------------------------------------------------------------------


def mappings_of(
    cc: Table[int, str] | None, maps: Iterable[Mapping], controller: Iterable[Mapping] = ()
) -> list[Mapping]:
    """All that a settings file asks for: its ``[cc]`` table, its ``[[map]]`` tables, and its controller's template.

    A template's entry gives way to one of the file with the same source. Where the file says nothing at all,
    `DEFAULT_CC`, and program changes recall snapshots. Raises `ConfigError`.
    """
    own, template = list(maps), list(controller)
    if cc is None and not own and not template:
        cc, own = DEFAULT_CC, [Mapping(source="program", target="snapshot")]
    own += [Mapping(source=f"cc {number}", target=target) for number, target in (cc or {}).items()]
    return join_maps(own, template)


def join_maps(own: Sequence[Mapping], template: Sequence[Mapping]) -> list[Mapping]:
    """Own maps, and those of the template whose source is not among them."""
    taken = [(parse_source(mapping.source), mapping.channel) for mapping in own]

    def is_taken(mapping: Mapping) -> bool:
        source, channel = parse_source(mapping.source), mapping.channel
        return any(source == other and (channel == at or None in (channel, at)) for other, at in taken)

    return [*own, *(mapping for mapping in template if not is_taken(mapping))]


def check_axes(mappings: Iterable[Mapping], count: int) -> None:
    """Raises `ConfigError` for an axis that the model does not have."""
    for mapping in mappings:
        axis = parse_target(mapping.target).axis
        if axis is not None and axis >= count:
            raise ConfigError(f"{mapping.source}: the model has axes z/1..z/{count}, got target {mapping.target!r}")


# -- at run time ----------------------------------------------------------------------------------


class Mapper:
    """Turns messages into controls. What `feed` and `advance` give must be applied before either is called again:
    whether somebody else has moved a target is seen by comparing where it stands with where this map has put it.

    That comparison, made at every message, is what re-arms a takeover: after a recall, an OSC write, another knob, a
    morph or whatever will be invented, without anybody having to tell.
    """

    def __init__(self, mappings: Sequence[Mapping], position_of: PositionOf) -> None:
        self._hands = [_hand(mapping, position_of) for mapping in mappings]
        self._reader = Reader([(hand.source, hand.mapping.channel) for hand in self._hands])
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
    kind, note, velocity = message[0] & 0xF0, message[1], message[-1]
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
            goal: float | None = mapping.place(min(1.0, max(0.0, knob)))
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
                value = min(high, max(low, self._goal))
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
                return mapping.place(min(1.0, max(0.0, at)))
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
