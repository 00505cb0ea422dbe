"""Find out which source a user moves on the controller, and how an encoder counts its clicks.

messages of one movement --Gesture--> Found(source, channel) --mapping_for--> Mapping
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from polate.control.fields import FIELDS
from polate.mapping.mapping import Mapping
from polate.mapping.targets import parse_target
from polate.midi import messages as midi
from polate.midi.messages import (
    CHANNEL_MASK,
    CHANNEL_PRESSURE,
    CONTROL_CHANGE,
    FIRST_MODE,
    KIND_MASK,
    NOTE_OFF,
    NOTE_ON,
    PAIRED_LSB,
    PARAMETER_CONTROLS,
    PITCH_BEND,
    PROGRAM_CHANGE,
    is_channel_message,
)
from polate.midi.source_reader import DataEntry
from polate.midi.sources import ENCODINGS, Encoding, Source

__all__ = ["REST_NS", "Found", "Gesture", "mapping_for", "wants_button"]

REST_NS = 500_000_000
"""A gesture is over when no message has come for this time."""
_LONGEST_NS = 4_000_000_000  # a gesture without a rest ends after this time
_FEWEST = 3  # the number of messages that it takes to tell a knob from an encoder
_TREMBLE = 4  # steps; a pot that trembles moves by fewer
_PRESS, _TURN = 8, 48  # steps that a press, and an encoder turned both ways, count as


@dataclass(frozen=True, slots=True)
class Found:
    """The source that was moved."""

    source: Source
    channel: int  # 1..16
    is_switch: bool = False  # it sends only two values
    doubt: str = ""  # what the user must still do before the source is certain; empty: it is certain


@dataclass(slots=True)
class Gesture:
    """The messages of one movement, collected until the hand rests, and the source that they come from."""

    _messages: list[tuple[int, ...]] = field(default_factory=list)
    _first_ns: int = 0
    _last_ns: int = 0

    def feed(self, message: Sequence[int], now_ns: int) -> None:
        """Add a message. Only channel messages count, and no channel mode messages, which a sequencer sends."""
        if not is_channel_message(message) or _is_mode(message):
            return
        if not self._messages:
            self._first_ns = now_ns
        self._messages.append(tuple(message))
        self._last_ns = now_ns

    @property
    def last_ns(self) -> int:
        """The time of the last message; -1 before the first."""
        return self._last_ns if self._messages else -1

    @property
    def deadline_ns(self) -> int | None:
        """When the gesture is over, if no other message comes; None before the first."""
        return min(self._last_ns + REST_NS, self._first_ns + _LONGEST_NS) if self._messages else None

    def found(self, now_ns: int, *, button: bool = False) -> Found | None:
        """The source; None if there is no message yet, or the hand is still moving.

        ``button``: the control can only be a button, because of its target (`wants_button`).
        """
        if not self._messages:
            return None
        if now_ns - self._last_ns < REST_NS and now_ns - self._first_ns < _LONGEST_NS:
            return None
        return _judge(self._messages, button=button)


def _judge(messages: Sequence[tuple[int, ...]], *, button: bool) -> Found | None:
    """The source of the messages of a gesture. ``button``: the target can only have a button."""
    if found := _find_nrpn(messages):
        return found
    values: dict[tuple[int, int], list[int]] = {}  # by status and number
    for message in messages:
        kind, channel, number, last = message[0] & KIND_MASK, message[0] & CHANNEL_MASK, message[1], message[-1]
        if kind == NOTE_OFF:
            kind, last = NOTE_ON, 0
        if kind in (PITCH_BEND, CHANNEL_PRESSURE, PROGRAM_CHANGE):
            number = 0
        values.setdefault((kind | channel, number), []).append(last)
    # the source that was moved farthest; of several, the one with the most messages, then the first
    (status, number), came = max(values.items(), key=lambda item: (_distance(*item), len(item[1])))
    channel = (status & CHANNEL_MASK) + 1
    match status & KIND_MASK:
        case midi.NOTE_ON:
            return Found(Source("note", number), channel, is_switch=True)
        case midi.POLY_PRESSURE:
            return Found(Source("poly-pressure", number), channel)
        case midi.PROGRAM_CHANGE:
            return Found(Source("program", came[-1]), channel, is_switch=True)
        case midi.CHANNEL_PRESSURE:
            return Found(Source("pressure"), channel)
        case midi.PITCH_BEND:
            return Found(Source("pitch-bend"), channel)
    upper = number - PAIRED_LSB if PAIRED_LSB <= number < 2 * PAIRED_LSB else number
    if upper < PAIRED_LSB and (status, upper) in values and (status, upper + PAIRED_LSB) in values:
        return Found(Source("cc14", upper), channel)
    return _judge_control(number, channel, came, button=button)


def _distance(source: tuple[int, int], came: Sequence[int]) -> int:
    """How far a source was moved, in steps of 7 bits. ``source``: status and number.

    A pot that trembles sends many messages and moves by a few steps. A press, and an encoder's click, count more than
    that, and less than a knob that is turned far.
    """
    kind = source[0] & KIND_MASK
    if kind in (NOTE_ON, PROGRAM_CHANGE):
        return _PRESS
    if kind == CONTROL_CHANGE:
        clicks = _Clicks.of(came)
        if clicks.is_encoder:
            return _TURN if clicks.both_ways else _PRESS
        if clicks.is_button:
            return _PRESS
    return max(came) - min(came)


def _find_nrpn(messages: Sequence[tuple[int, ...]]) -> Found | None:
    """The last NRPN whose value was set; None if there is none."""
    entries = [DataEntry() for _ in range(16)]
    found = None
    for message in messages:
        if message[0] & KIND_MASK == CONTROL_CHANGE and message[1] in PARAMETER_CONTROLS:
            channel = message[0] & CHANNEL_MASK
            number = entries[channel].feed(message[1], message[2])
            if number is not None:
                found = Found(Source("nrpn", number), channel + 1)
    return found


def _judge_control(number: int, channel: int, came: Sequence[int], *, button: bool) -> Found:
    """The source of control changes: a knob sends neighbouring values, an encoder repeats a few, a button sends two.

    Some buttons send only the value of their press. An encoder that is turned one way sends the same, so this is a
    button if the target can only have one.
    """
    knob, clicks = Source("cc", number), _Clicks.of(came)
    if clicks.is_button and (button or 0 in came):
        return Found(knob, channel, is_switch=True)
    if len(came) < _FEWEST:
        return Found(knob, channel, doubt="move it further")
    if clicks.encoding is not None:
        doubt = "" if clicks.both_ways else "turn it the other way too"
        return Found(Source("relative", number, clicks.encoding), channel, doubt=doubt)
    if clicks.is_encoder:
        known = "; ".join(f"{name}: {values}" for name, values in ENCODINGS.items())
        shown = " ".join(map(str, dict.fromkeys(came)))[:32]
        doubt = f"it sends clicks in an encoding that Polate does not know ({shown}); set it to one of {known}"
        return Found(knob, channel, doubt=doubt)
    return Found(knob, channel, doubt="move it further" if max(came) - min(came) < _TREMBLE else "")


@dataclass(frozen=True, slots=True)
class _Clicks:
    """What the values of a control change have of an encoder and of a button."""

    encoding: Encoding | None  # None: no encoder, or one of an unknown encoding
    is_encoder: bool
    both_ways: bool  # whether it was turned both ways
    is_button: bool  # it sends one value above the middle, or this and 0 in turns

    @classmethod
    def of(cls, came: Sequence[int]) -> "_Clicks":
        """Judge the values of one control change.

        Some encoders send 0, others 64, after each click. An encoder sends the same few values again and again, a knob
        sends the values between them too.
        """
        clicks = [value for value in came if value]
        repeats_0 = any(before == after == 0 for before, after in pairwise(came))
        is_button = len(set(clicks)) == 1 and clicks[0] >= 64 and not repeats_0
        if _rests_at_64(came):
            clicks = [value for value in clicks if value != 64]
            is_offset, both_ways = all(32 <= value <= 96 for value in clicks), min(clicks) < 64 < max(clicks)
            return cls("offset" if is_offset else None, is_offset or _repeats(clicks), both_ways, False)
        encoding, both_ways = _encoding(clicks)
        if repeats_0 and not both_ways:  # 0 is a click, not a rest
            return cls(None, _repeats(came), False, False)
        return cls(encoding, encoding is not None or (_repeats(clicks) and not is_button), both_ways, is_button)


def _rests_at_64(came: Sequence[int]) -> bool:
    """Whether 64 comes between any two other values, and more than once."""
    return came.count(64) > 1 and set(came) != {64} and all(64 in pair for pair in pairwise(came))


def _repeats(values: Sequence[int]) -> bool:
    """Whether these are a few values that come again and again."""
    again = sum(before == after for before, after in pairwise(values))
    return again * 2 >= len(values) - 1 > 1 and len(set(values)) <= max(3, len(values) // 3)


def _encoding(clicks: Sequence[int]) -> tuple[Encoding | None, bool]:
    """The encoding of an encoder, or None for a knob; and whether it was turned both ways.

    ``clicks``: the values without those of rest. A knob that is turned far sends the values between the two ends of an
    encoding, and no value twice in a row. An encoder sends at most about 30 clicks in a message.
    """
    right, left = [value for value in clicks if value < 64], [value for value in clicks if value > 64]
    both_ways = bool(right and left)
    repeats = sum(before == after for before, after in pairwise(clicks)) * 2 >= len(clicks) - 1
    if not (both_ways or repeats) or not clicks or 64 in clicks:
        return None, both_ways
    if all(value <= 32 for value in right):
        if all(value >= 96 for value in left) and {1, 2, 126, 127} & set(clicks):
            return "twos-complement", both_ways
        if both_ways and max(left) <= 96:
            return "sign", both_ways
    if all(32 <= value <= 96 for value in clicks):
        return "offset", both_ways
    return None, both_ways


def _is_mode(message: Sequence[int]) -> bool:
    return message[0] & KIND_MASK == CONTROL_CHANGE and message[1] >= FIRST_MODE


def wants_button(target: str) -> bool:
    """Whether only a button makes sense for a target: it is done at a press, or can only be on or off."""
    setting = FIELDS.get(target)
    return parse_target(target).kind in ("trigger", "switch") or (setting is not None and setting.plain is bool)


def mapping_for(found: Found, target: str) -> Mapping:
    """The mapping from a source to a target.

    To recall snapshots by number, every program change counts, not only the one that was sent. A button toggles a
    target that can be on or off. Raises `ConfigError` if the source and the target do not fit together.
    """
    source, kind = found.source, parse_target(target).kind
    if source.kind == "program" and kind == "number":
        source = Source("program")
    on_and_off = kind != "trigger" and wants_button(target)
    mode: Literal["momentary", "toggle"] = "toggle" if found.is_switch and on_and_off else "momentary"
    return Mapping(source=str(source), channel=found.channel, target=target, mode=mode)
