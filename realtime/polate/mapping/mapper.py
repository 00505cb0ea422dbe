"""The mappings at run time: from a controller's messages to commands.

    messages --Mapper.feed--> commands --> session --> engine
                  ^  Mapper.advance(now) --> commands (smoothing)
    position_of --'

It is pure: time is an argument, and ``position_of`` returns the position of a target.
"""

import math
from collections.abc import Sequence

from polate.control.commands import Control, KeyDown, KeyUp, ReleaseKeys
from polate.mapping.mapping import Mapping
from polate.mapping.targets import PositionOf, parse_target
from polate.midi.messages import (
    CHANNEL_MASK,
    CONTROL_CHANGE,
    KIND_MASK,
    NOTE_OFF,
    NOTE_ON,
    RELEASING_MODES,
    SYSTEM_RESET,
    is_channel_message,
)
from polate.midi.source_reader import Moved, SourceReader
from polate.midi.sources import Source, parse_source
from polate.runtime.clamp import clamp

__all__ = ["PICKUP_WINDOW", "TICK_NS", "Mapper"]

PICKUP_WINDOW = 1 / 64
"""A knob picks its target up within this distance, in positions 0..1."""
TICK_NS = 10_000_000
"""With smoothing, a target is moved this often: 100 times a second."""
_CLOSE = 1 / 2000  # smoothing ends at this distance from its goal
_SAME = 1e-6


class Mapper:
    """Turns messages into commands.

    Apply the commands of `feed` and `advance` before you call either again. A mapping compares the position of its
    target with the one that it has set itself, at every message. If they differ, something else has moved the target,
    and a takeover begins anew. So a recall, OSC, another knob, a morph, or anything else need not report its changes.
    """

    def __init__(self, mappings: Sequence[Mapping], position_of: PositionOf) -> None:
        self._mappings, self._position_of = list(mappings), position_of
        self._active = [_activate(mapping, position_of) for mapping in mappings]
        self._reader = SourceReader(_sources(mappings))
        self._moving: list[_Knob] = []
        self.has_heard_cc = False  # a control change that is mapped has ever come

    def use(self, mappings: Sequence[Mapping]) -> None:
        """Use these mappings from now on. Those that were used before keep their state."""
        before = dict(zip(self._mappings, self._active, strict=True))
        self._mappings = list(mappings)
        self._active = [before.get(mapping) or _activate(mapping, self._position_of) for mapping in mappings]
        self._reader = SourceReader(_sources(mappings), self._reader)
        self._moving = [knob for knob in self._moving if knob in self._active]

    def feed(self, message: Sequence[int], now_ns: int) -> list[Control]:
        """The commands of a MIDI message. Never raises.

        A note without a mapping is a key. A channel mode message without a mapping releases the channel's keys.
        """
        movements = self._reader.read(message)
        if not movements:
            return _key(message)
        self.has_heard_cc |= message[0] & KIND_MASK == CONTROL_CHANGE
        commands = []
        for moved in movements:
            active = self._active[moved.which]
            command = active.move(moved, now_ns)
            if command is not None:
                commands.append(command)
            elif isinstance(active, _Knob) and active.next_ns is not None and active not in self._moving:
                self._moving.append(active)
        return commands

    def advance(self, now_ns: int) -> list[Control]:
        """The commands of the targets that are moving by smoothing."""
        if not self._moving:
            return []
        commands = [command for knob in self._moving if (command := knob.advance(now_ns)) is not None]
        self._moving = [knob for knob in self._moving if knob.next_ns is not None]
        return commands

    @property
    def deadline_ns(self) -> int | None:
        """The time for the next call of `advance`; None if no target is moving."""
        return min((knob.next_ns for knob in self._moving if knob.next_ns is not None), default=None)


def _sources(mappings: Sequence[Mapping]) -> list[tuple[Source, int | None]]:
    return [(parse_source(mapping.source), mapping.channel) for mapping in mappings]


def _key(message: Sequence[int]) -> list[Control]:
    if list(message) == [SYSTEM_RESET]:
        return [ReleaseKeys()]
    if not is_channel_message(message):
        return []
    kind, channel, note, velocity = message[0] & KIND_MASK, message[0] & CHANNEL_MASK, message[1], message[-1]
    if kind == NOTE_ON and velocity:
        return [KeyDown(note, velocity, channel)]
    if kind in (NOTE_ON, NOTE_OFF):
        return [KeyUp(note, channel)]
    return [ReleaseKeys(channel)] if kind == CONTROL_CHANGE and note in RELEASING_MODES else []


class _Active:
    """A mapping at run time."""

    __slots__ = ("_mapping", "_position_of", "_target")

    def __init__(self, mapping: Mapping, position_of: PositionOf) -> None:
        self._mapping, self._position_of = mapping, position_of
        self._target = parse_target(mapping.target)

    def move(self, moved: Moved, now_ns: int) -> Control | None:
        """The command of a movement of the source, if there is one."""
        raise NotImplementedError


class _Button(_Active):
    """Acts on presses and releases: for triggers, switches, toggles, and sources that can only be pressed.

    Some buttons and pads send only their presses: if the source has always sent the same value, each one is a press.
    A source that sends other values is a knob or a fader, and only its way over the middle is a press.
    """

    __slots__ = ("_has_steps", "_is_down", "_pressed")

    def __init__(self, mapping: Mapping, position_of: PositionOf) -> None:
        super().__init__(mapping, position_of)
        self._is_down = False
        self._pressed = 0.0  # the last position of the source that was not 0
        self._has_steps = False  # it has sent several of them

    def move(self, moved: Moved, now_ns: int) -> Control | None:
        mapping, was_down, is_down = self._mapping, self._is_down, moved.amount >= 0.5
        self._is_down = is_down
        if moved.amount:
            self._has_steps |= self._pressed not in (0.0, moved.amount)
            self._pressed = moved.amount
        is_pressed = is_down and not (was_down and self._has_steps)
        if mapping.mode == "toggle":
            return self._toggle() if is_pressed else None
        if self._target.kind == "trigger":
            return self._target.command(1.0) if is_pressed else None
        if is_pressed or is_down != was_down:
            return self._target.command(mapping.target_position(float(is_down)))
        return None

    def _toggle(self) -> Control:
        on, off = self._mapping.target_position(1.0), self._mapping.target_position(0.0)
        now = self._position_of(self._target.text)
        is_on = now is not None and abs(now - on) < abs(now - off)
        return self._target.command(off if is_on else on)


class _Number(_Active):
    """Sends a number: that of a snapshot."""

    __slots__ = ("_last", "_sends_again")

    def __init__(self, mapping: Mapping, position_of: PositionOf) -> None:
        super().__init__(mapping, position_of)
        self._last: Control | None = None
        self._sends_again = parse_source(mapping.source).kind == "program"

    def move(self, moved: Moved, now_ns: int) -> Control | None:
        command = self._target.command(self._mapping.target_position(moved.amount))
        if command == self._last and not self._sends_again:  # a knob that trembles
            return None
        self._last = command
        return command


class _Knob(_Active):
    """A source with a position, or an encoder, and a target with a range."""

    __slots__ = ("_goal", "_has_taken_over", "_knob", "_last", "_last_ns", "_reached", "_value", "next_ns")

    def __init__(self, mapping: Mapping, position_of: PositionOf) -> None:
        super().__init__(mapping, position_of)
        self.next_ns: int | None = None  # the time of the next step of smoothing; None: the target is not moving
        self._has_taken_over = True  # the target follows the knob
        self._goal = self._value = 0.5  # positions of the target: where it moves to, and where it is now
        self._reached: float | None = None  # the target's position, if nothing else has moved it
        self._knob: float | None = None  # the last position of the knob
        self._last: Control | None = None
        self._last_ns = 0

    def move(self, moved: Moved, now_ns: int) -> Control | None:
        mapping = self._mapping
        if not moved.relative and mapping.takeover == "none" and not mapping.smoothing:
            return self._set(mapping.target_position(moved.amount))
        self._compare()
        if moved.relative:
            knob = mapping.knob_position(self._goal) + moved.amount * mapping.step
            goal: float | None = mapping.target_position(clamp(knob, 0.0, 1.0))
        else:
            previous, self._knob = self._knob, moved.amount
            if self._has_taken_over:
                goal = mapping.target_position(moved.amount)
            else:
                goal = self._take_over(previous, moved.amount)
        if goal is None:
            return None
        self._goal = goal
        if not mapping.smoothing:
            return self._set(goal)
        if self.next_ns is None:
            self._last_ns, self.next_ns = now_ns, now_ns + TICK_NS
        return None

    def _compare(self) -> None:
        """If something else has moved the target, start from its position, and let the knob take over anew."""
        now = self._position_of(self._target.text)
        if now is not None and (self._reached is None or abs(now - self._reached) > _SAME):
            self._goal = self._value = self._reached = now
            self._has_taken_over, self.next_ns = False, None

    def _take_over(self, previous: float | None, knob: float) -> float | None:
        """The target position for a knob that has not taken over yet; None: the target does not move."""
        mapping = self._mapping
        match mapping.takeover:
            case "pickup":
                goal, low, high = mapping.target_position(knob), min(mapping.range), max(mapping.range)
                value = clamp(self._goal, low, high)
                has_crossed = previous is not None and (mapping.target_position(previous) - value) * (goal - value) <= 0
                self._has_taken_over = has_crossed or abs(goal - value) <= PICKUP_WINDOW
                return goal if self._has_taken_over else None
            case "scale":
                if previous is None or knob == previous:
                    return None
                at = mapping.knob_position(self._goal)
                if knob > previous:  # the target and the knob reach the upper end together
                    at += (1 - at) * (knob - previous) / (1 - previous)
                else:  # and the lower end
                    at *= knob / previous
                self._has_taken_over = abs(at - knob) < _SAME
                return mapping.target_position(clamp(at, 0.0, 1.0))
        self._has_taken_over = True
        return mapping.target_position(knob)

    def advance(self, now_ns: int) -> Control | None:
        """The command of the next step of smoothing, if it is time for it and the target's value changes."""
        if self.next_ns is None or now_ns < self.next_ns:
            return None
        self._compare()
        if self.next_ns is None:
            return None
        seconds, self._last_ns = (now_ns - self._last_ns) / 1e9, now_ns
        self._value += (self._goal - self._value) * (1 - math.exp(-seconds / self._mapping.smoothing))
        self.next_ns = now_ns + TICK_NS
        if abs(self._goal - self._value) < _CLOSE:
            self._value, self.next_ns = self._goal, None
        before = self._last
        command = self._set(self._value)
        return None if command == before else command

    def _set(self, position: float) -> Control:
        self._value = position
        self._reached = self._target.reached(position)
        self._last = self._target.command(position)
        return self._last


def _activate(mapping: Mapping, position_of: PositionOf) -> _Active:
    target, source = parse_target(mapping.target), parse_source(mapping.source)
    if target.kind == "number":
        return _Number(mapping, position_of)
    if target.kind in ("trigger", "switch") or mapping.mode == "toggle" or source.is_button:
        return _Button(mapping, position_of)
    return _Knob(mapping, position_of)
