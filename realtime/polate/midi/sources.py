"""What a hand can move on a MIDI controller: named in words, read from messages, and written back to light it up.

    "cc14 1" --parse_source--> Source       message --Reader--> (which source, how far)       place --Source--> messages

Source: the MIDI 1.0 detailed specification, control changes and their 14-bit pairs (0..31 with 32..63), NRPN (98, 99,
with data entry 6, 38 and increment, decrement 96, 97; 127 127 is null).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from polate.errors import ConfigError

__all__ = [
    "ENCODINGS",
    "NRPN_LSB",
    "NRPN_MSB",
    "PARAMETER_CONTROLS",
    "SOURCES",
    "DataEntry",
    "Encoding",
    "Moved",
    "Reader",
    "Source",
    "is_channel_message",
    "parse_source",
]

Encoding = Literal["twos-complement", "offset", "sign"]
ENCODINGS: dict[Encoding, str] = {
    "twos-complement": "1, 2 .. to the right, 127, 126 .. to the left",
    "offset": "65, 66 .. to the right, 63, 62 .. to the left",
    "sign": "1, 2 .. to the right, 65, 66 .. to the left",
}

NOTE_OFF, NOTE_ON, POLY_PRESSURE, CONTROL, PROGRAM, PRESSURE, BEND = 0x80, 0x90, 0xA0, 0xB0, 0xC0, 0xD0, 0xE0
_DATA_MSB, _DATA_LSB, _INCREMENT, _DECREMENT, NRPN_LSB, NRPN_MSB, _RPN_LSB, _RPN_MSB = 6, 38, 96, 97, 98, 99, 100, 101
_CHOICES = frozenset((NRPN_LSB, NRPN_MSB, _RPN_LSB, _RPN_MSB))
PARAMETER_CONTROLS = _CHOICES | {_DATA_MSB, _DATA_LSB, _INCREMENT, _DECREMENT}
"""The control changes that choose a parameter, and those that are its data."""
_NULL = 127 << 7 | 127
_UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Form:
    """One way to name a source."""

    example: str
    doc: str
    numbers: range | None  # which may follow the word
    needs_number: bool = True


SOURCES = {
    "cc": Form("cc 21", "a control change, 7 bits", range(128)),
    "cc14": Form("cc14 1", "a pair of control changes, 14 bits: here 1 and 33", range(32)),
    "nrpn": Form("nrpn 300", "a non-registered parameter, 14 bits (or 7), or its increments", range(_NULL)),
    "relative": Form("relative 21 offset", "an endless encoder that sends its clicks as a control change", range(128)),
    "pitch-bend": Form("pitch-bend", "the pitch wheel, 14 bits", None),
    "pressure": Form("pressure", "channel aftertouch", None),
    "poly-pressure": Form("poly-pressure 60", "the aftertouch of one key", range(128)),
    "note": Form("note 36", "a key, a pad or a button: 1 while it is down, 0 when it is let go", range(128)),
    "program": Form("program 5", "one program change (0..127); without a number, any", range(128), needs_number=False),
}
"""Every source there is, by its first word: the code, the errors and the documentation read this table."""

_STEPS = {"cc": 127, "cc14": 16383, "nrpn": 16383, "relative": 127, "pitch-bend": 16383, "note": 1}


@dataclass(frozen=True, slots=True)
class Source:
    """Something that moves, on whichever channel."""

    kind: str  # a key of SOURCES
    number: int | None = None
    encoding: Encoding | None = None  # of a relative one

    def __str__(self) -> str:
        words = (self.kind, self.number, self.encoding)
        return " ".join(str(word) for word in words if word is not None)

    @property
    def is_button(self) -> bool:
        """Can it only be pressed?"""
        return self.kind == "note" or (self.kind == "program" and self.number is not None)

    @property
    def steps(self) -> int | None:
        """The highest value of what can be sent back to it, from 0; None if nothing can."""
        return _STEPS.get(self.kind)

    def value(self, place: float) -> int:
        """The value that stands for a place 0..1, of a source that has `steps`."""
        if self.kind == "pitch-bend":
            return round(place * 16384) if place <= 0.5 else 8192 + round((place - 0.5) * 2 * 8191)
        return round(place * (self.steps or 0))

    def messages(self, value: int, channel: int) -> list[bytes]:
        """What sets it to a value, on a channel 0..15: the messages that it would send itself, so that what comes back
        is an echo. Only an encoder would mean clicks by the control change that sets its ring."""
        msb, lsb = value >> 7, value & 127
        control, number = CONTROL | channel, self.number or 0
        match self.kind:
            case "cc" | "relative":
                return [bytes([control, number, value])]
            case "cc14":
                return [bytes([control, number, msb]), bytes([control, number + 32, lsb])]
            case "nrpn":
                parameter = [bytes([control, NRPN_MSB, number >> 7]), bytes([control, NRPN_LSB, number & 127])]
                return [*parameter, bytes([control, _DATA_MSB, msb]), bytes([control, _DATA_LSB, lsb])]
            case "pitch-bend":
                return [bytes([BEND | channel, lsb, msb])]
            case "note":
                return [bytes([NOTE_ON | channel, number, 127 * value])]
        return []


def parse_source(text: str) -> Source:
    """Raises `ConfigError` with what is allowed."""
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
        takes = f"a number {numbers.start}..{numbers.stop - 1} behind {kind!r}" if numbers else f"{kind!r} alone"
        raise ConfigError(f"source must have {takes}, got {text[:64]!r}")
    return Source(kind, number, encoding)


def _allowed() -> str:
    return "one of " + ", ".join(repr(form.example) for form in SOURCES.values())


def is_channel_message(message: Sequence[int]) -> bool:
    """Is it one of MIDI, and whole: 2 bytes of a program change or of the channel's aftertouch, 3 of any other?"""
    kind = message[0] & 0xF0 if message else 0
    length = 2 if kind in (PROGRAM, PRESSURE) else 3
    return NOTE_OFF <= kind <= BEND and len(message) == length and max(message[1:]) <= 127


class Moved(NamedTuple):
    """What a message says of one source."""

    which: int  # the source's place in the reader's list
    amount: float  # 0..1, where it stands; or how many clicks it was turned, to the right if positive
    relative: bool = False


@dataclass(slots=True)
class _Halves:
    """A value of two messages, in either order: what came last of each, -1 before the first."""

    msb: int = -1
    lsb: int = -1

    @property
    def place(self) -> float | None:
        if self.msb < 0:
            return None
        return self.msb / 127 if self.lsb < 0 else (self.msb << 7 | self.lsb) / 16383


@dataclass(slots=True)
class DataEntry:
    """Which parameter the data entry of one channel belongs to."""

    _msb: int = _UNKNOWN
    _lsb: int = _UNKNOWN
    _last: int = 0  # the control change that came last

    def feed(self, control: int, value: int) -> int | None:
        """One of `PARAMETER_CONTROLS`. The NRPN (0..16382) that it is data for; None if it is no data, or of none.

        With the MSB of a number, the LSB of the one before is forgotten: if the rest of the sequence is lost, its data
        belongs to nothing. (But some send the LSB first.)
        """
        last, self._last = self._last, control
        if control not in _CHOICES:
            number = self._msb << 7 | self._lsb
            return None if _UNKNOWN in (self._msb, self._lsb) or number == _NULL else number
        if control == NRPN_LSB:
            self._lsb = value
        elif control == NRPN_MSB:
            self._msb, self._lsb = value, self._lsb if last == NRPN_LSB else _UNKNOWN
        else:  # a registered parameter is chosen: not ours
            self._msb = self._lsb = _UNKNOWN
        return None


@dataclass(slots=True)
class _Listener:
    """A source in the reader's table."""

    which: int
    source: Source
    channel: int | None  # 0..15, or any
    half: str = ""  # msb or lsb
    halves: dict[int, _Halves] = field(default_factory=dict)  # of each channel; both listeners of a pair share it


class Reader:
    """From messages to what moved. Never raises: what is no channel message of MIDI is nothing.

    Of a pair the value is made of the last MSB and the last LSB, so that both orders end at the same value; between the
    two it may be off by less than 1/127. Until an LSB comes the MSB alone counts, over the whole range.
    """

    def __init__(self, sources: Sequence[tuple[Source, int | None]]) -> None:
        """``sources``: each with its channel 1..16, or None for any."""
        self._table: dict[tuple[int, int], list[_Listener]] = {}
        self._nrpn: dict[int, list[_Listener]] = {}
        self._entries = [DataEntry() for _ in range(16)]
        for which, (source, channel) in enumerate(sources):
            self._listen(_Listener(which, source, None if channel is None else channel - 1))

    def _listen(self, listener: _Listener) -> None:
        source, number = listener.source, listener.source.number or 0
        if source.kind == "nrpn":
            self._nrpn.setdefault(number, []).append(listener)
            return
        keys = {
            "cc": (CONTROL, number),
            "relative": (CONTROL, number),
            "cc14": (CONTROL, number),
            "note": (NOTE_ON, number),
            "poly-pressure": (POLY_PRESSURE, number),
            "pitch-bend": (BEND, 0),
            "pressure": (PRESSURE, 0),
            "program": (PROGRAM, 0),
        }
        if source.kind == "cc14":
            lower = _Listener(listener.which, source, listener.channel, "lsb", listener.halves)
            self._table.setdefault((CONTROL, number + 32), []).append(lower)
            listener.half = "msb"
        self._table.setdefault(keys[source.kind], []).append(listener)

    def read(self, message: Sequence[int]) -> list[Moved]:
        """What a message moves; empty if nothing."""
        if not is_channel_message(message):
            return []
        kind, channel, first, last = message[0] & 0xF0, message[0] & 0x0F, message[1], message[-1]
        if kind == CONTROL and self._nrpn and first in PARAMETER_CONTROLS:
            moved = self._read_parameter(channel, first, last)
            if moved:
                return moved
        if kind == NOTE_OFF:
            kind, last = NOTE_ON, 0
        number = first if kind in (NOTE_ON, POLY_PRESSURE, CONTROL) else 0
        moved = []
        for listener in self._table.get((kind, number), ()):
            if listener.channel is None or listener.channel == channel:
                amount = _amount(listener, channel, first, last)
                if amount is not None:
                    moved.append(Moved(listener.which, amount, listener.source.kind == "relative"))
        return moved

    def _read_parameter(self, channel: int, control: int, value: int) -> list[Moved]:
        number = self._entries[channel].feed(control, value)
        if number is None:
            return []
        moved = []
        for listener in self._nrpn.get(number, ()):
            if listener.channel is not None and listener.channel != channel:
                continue
            if control in (_INCREMENT, _DECREMENT):
                moved.append(Moved(listener.which, 1.0 if control == _INCREMENT else -1.0, relative=True))
                continue
            place = _take_half(listener, channel, "msb" if control == _DATA_MSB else "lsb", value)
            if place is not None:
                moved.append(Moved(listener.which, place))
        return moved


def _take_half(listener: _Listener, channel: int, half: str, value: int) -> float | None:
    halves = listener.halves.get(channel)
    if halves is None:
        halves = listener.halves[channel] = _Halves()
    if half == "msb":
        halves.msb = value
    else:
        halves.lsb = value
    return halves.place


def _amount(listener: _Listener, channel: int, first: int, last: int) -> float | None:
    """Where the source stands 0..1, or how many clicks it was turned; None if the message does not say."""
    source = listener.source
    match source.kind:
        case "cc" | "pressure" | "poly-pressure":
            return last / 127
        case "cc14":
            return _take_half(listener, channel, listener.half, last)
        case "relative":
            return _clicks(source.encoding, last)
        case "note":
            return 1.0 if last else 0.0
        case "pitch-bend":  # 8192 is the middle, though the range above it is one shorter than that below
            bend = last << 7 | first
            return bend / 16384 if bend <= 8192 else 0.5 + (bend - 8192) / 16382
        case _:
            return first / 127 if source.number is None else 1.0 if first == source.number else None


def _clicks(encoding: Encoding | None, value: int) -> float:
    match encoding:
        case "offset":
            return float(value - 64)
        case "sign":
            return float(-(value & 63) if value & 64 else value)
        case _:
            return float(value - 128 if value & 64 else value)
