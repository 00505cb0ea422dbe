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
from polate.midi.sources import Encoding, Source

__all__ = ["REST_NS", "Found", "Gesture", "mapping_for"]

REST_NS = 500_000_000
"""A gesture is over when no message has come for this time."""
_LONGEST_NS = 4_000_000_000  # a gesture without a rest ends after this time
_FEWEST = 3  # the number of messages that it takes to tell a knob from an encoder


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
        """Add a message. Only channel messages count."""
        if not is_channel_message(message):
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

    def found(self, now_ns: int) -> Found | None:
        """The source; None if there is no message yet, or the hand is still moving."""
        if not self._messages:
            return None
        if now_ns - self._last_ns < REST_NS and now_ns - self._first_ns < _LONGEST_NS:
            return None
        return _judge(self._messages)


def _judge(messages: Sequence[tuple[int, ...]]) -> Found | None:
    """The source of the messages of a gesture."""
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
    # the source with the most messages; of several, the first
    (status, number), came = max(values.items(), key=lambda item: len(item[1]))
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
    return _judge_control(number, channel, came)


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


def _judge_control(number: int, channel: int, came: Sequence[int]) -> Found:
    """The source of control changes: a knob sends neighbouring values, an encoder repeats a few, a button sends two."""
    knob = Source("cc", number)
    others = set(came) - {0}
    if len(others) == 1 and 0 in came and max(others) >= 64:
        return Found(knob, channel, is_switch=True)
    if len(came) < _FEWEST:
        return Found(knob, channel, doubt="move it further")
    encoding, both_ways = _encoding([value for value in came if value])
    if encoding is None:
        return Found(knob, channel)
    doubt = "" if both_ways else "turn it the other way too"
    return Found(Source("relative", number, encoding), channel, doubt=doubt)


def _encoding(clicks: Sequence[int]) -> tuple[Encoding | None, bool]:
    """The encoding of an encoder, or None for a knob; and whether it was turned both ways.

    ``clicks``: the values without zeros, because some encoders send a 0 after each value. A knob that is turned far
    sends the values between the two ends of an encoding, and no value twice in a row. An encoder sends at most about 30
    clicks in a message.
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


def mapping_for(found: Found, target: str) -> Mapping:
    """The mapping from a source to a target.

    To recall snapshots by number, every program change counts, not only the one that was sent. A button toggles a
    target that can be on or off. Raises `ConfigError` if the source and the target do not fit together.
    """
    source, kind = found.source, parse_target(target).kind
    if source.kind == "program" and kind == "number":
        source = Source("program")
    setting = FIELDS.get(target)
    on_and_off = kind == "switch" or (setting is not None and setting.plain is bool)
    mode: Literal["momentary", "toggle"] = "toggle" if found.is_switch and on_and_off else "momentary"
    return Mapping(source=str(source), channel=found.channel, target=target, mode=mode)
