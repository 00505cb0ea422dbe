"""The controls of a MIDI controller, by name, and the messages that show a position on them.

    "cc14 1" --parse_source--> Source --messages--> MIDI messages to the controller

From the MIDI 1.0 detailed specification: control changes and their 14-bit pairs (0..31 with 32..63), NRPN (98, 99, with
data entry 6, 38 and increment, decrement 96, 97; 127 127 is the null parameter).
"""

from dataclasses import dataclass
from typing import Literal

from polate.errors import ConfigError
from polate.midi.messages import (
    CONTROL_CHANGE,
    DATA_ENTRY_LSB,
    DATA_ENTRY_MSB,
    NOTE_ON,
    NRPN_LSB,
    NRPN_MSB,
    NULL_PARAMETER,
    PAIRED_LSB,
    PITCH_BEND,
)

__all__ = ["ENCODINGS", "SOURCES", "Encoding", "Source", "parse_source"]

Encoding = Literal["twos-complement", "offset", "sign"]
ENCODINGS: dict[Encoding, str] = {
    "twos-complement": "1, 2 .. to the right, 127, 126 .. to the left",
    "offset": "65, 66 .. to the right, 63, 62 .. to the left",
    "sign": "1, 2 .. to the right, 65, 66 .. to the left",
}


@dataclass(frozen=True, slots=True)
class Form:
    """One way to name a source."""

    example: str
    doc: str
    numbers: range | None  # the numbers that may follow the word
    needs_number: bool = True


SOURCES = {
    "cc": Form("cc 21", "a control change, 7 bits", range(128)),
    "cc14": Form("cc14 1", "a pair of control changes, 14 bits: here 1 and 33", range(32)),
    "nrpn": Form("nrpn 300", "a non-registered parameter, 14 bits or 7, or its increments", range(NULL_PARAMETER)),
    "relative": Form("relative 21 offset", "an endless encoder that sends clicks as a control change", range(128)),
    "pitch-bend": Form("pitch-bend", "the pitch wheel, 14 bits", None),
    "pressure": Form("pressure", "channel aftertouch", None),
    "poly-pressure": Form("poly-pressure 60", "the aftertouch of one key", range(128)),
    "note": Form("note 36", "a key, a pad or a button: 1 when it is pressed, 0 when it is released", range(128)),
    "program": Form(
        "program 5", "a program change 0..127; without a number, any program change", range(128), needs_number=False
    ),
}
"""Every kind of source, by its first word. The code, the errors and the documentation use this table."""

_STEPS = {"cc": 127, "cc14": 16383, "nrpn": 16383, "relative": 127, "pitch-bend": 16383, "note": 1}


@dataclass(frozen=True, slots=True)
class Source:
    """A control that can be moved: a knob, a fader, an encoder, a key, a button. Its channel is not part of it."""

    kind: str  # a key of SOURCES
    number: int | None = None
    encoding: Encoding | None = None  # only of a relative source

    def __str__(self) -> str:
        words = (self.kind, self.number, self.encoding)
        return " ".join(str(word) for word in words if word is not None)

    @property
    def is_button(self) -> bool:
        """Whether it can only be pressed and released."""
        return self.kind == "note" or (self.kind == "program" and self.number is not None)

    @property
    def steps(self) -> int | None:
        """The highest value that can be sent to it, counted from 0; None if nothing can be sent to it."""
        return _STEPS.get(self.kind)

    def value(self, position: float) -> int:
        """The value of a position 0..1. Only for a source that has `steps`."""
        if self.kind == "pitch-bend":
            return round(position * 16384) if position <= 0.5 else 8192 + round((position - 0.5) * 2 * 8191)
        return round(position * (self.steps or 0))

    def messages(self, value: int, channel: int) -> list[bytes]:
        """The messages that show a value on the control, on a channel 0..15.

        They are the messages that the control itself would send for the value. An encoder is the exception: it sends
        clicks, but its ring is set by a control change with the position.
        """
        msb, lsb = value >> 7, value & 127
        control, number = CONTROL_CHANGE | channel, self.number or 0
        match self.kind:
            case "cc" | "relative":
                return [bytes([control, number, value])]
            case "cc14":
                return [bytes([control, number, msb]), bytes([control, number + PAIRED_LSB, lsb])]
            case "nrpn":
                parameter = [bytes([control, NRPN_MSB, number >> 7]), bytes([control, NRPN_LSB, number & 127])]
                return [*parameter, bytes([control, DATA_ENTRY_MSB, msb]), bytes([control, DATA_ENTRY_LSB, lsb])]
            case "pitch-bend":
                return [bytes([PITCH_BEND | channel, lsb, msb])]
            case "note":
                return [bytes([NOTE_ON | channel, number, 127 * value])]
        return []


def parse_source(text: str) -> Source:
    """Read a source such as "cc 21". Raises `ConfigError`, which names the allowed forms."""
    kind, *rest = text.split() or [""]
    form = SOURCES.get(kind)
    if form is None:
        raise ConfigError(f"source must be {_allowed()}, got {text[:64]!r}")
    encoding: Encoding | None = None
    if kind == "relative":
        encoding = next((known for known in ENCODINGS if rest[1:] == [known]), None)
        if encoding is None:
            raise ConfigError(f"source must be 'relative NUMBER' and one of {', '.join(ENCODINGS)}, got {text[:64]!r}")
        rest = rest[:1]
    if not rest and (form.numbers is None or not form.needs_number):
        return Source(kind)
    numbers = form.numbers or range(0)
    number = int(rest[0]) if len(rest) == 1 and rest[0].isascii() and rest[0].isdigit() and len(rest[0]) < 6 else -1
    if number not in numbers:
        takes = f"a number {numbers.start}..{numbers.stop - 1} after {kind!r}" if numbers else f"{kind!r} alone"
        raise ConfigError(f"source must have {takes}, got {text[:64]!r}")
    return Source(kind, number, encoding)


def _allowed() -> str:
    return "one of " + ", ".join(repr(form.example) for form in SOURCES.values())
