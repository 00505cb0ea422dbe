"""From MIDI messages to the sources that they move.

message --SourceReader--> Moved(which source, how far)
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from polate.midi.messages import (
    CHANNEL_MASK,
    CHANNEL_PRESSURE,
    CONTROL_CHANGE,
    DATA_DECREMENT,
    DATA_ENTRY_MSB,
    DATA_INCREMENT,
    KIND_MASK,
    NOTE_OFF,
    NOTE_ON,
    NRPN_LSB,
    NRPN_MSB,
    NULL_PARAMETER,
    PAIRED_LSB,
    PARAMETER_CONTROLS,
    PARAMETER_NUMBERS,
    PITCH_BEND,
    POLY_PRESSURE,
    PROGRAM_CHANGE,
    is_channel_message,
)
from polate.midi.sources import Encoding, Source

__all__ = ["DataEntry", "Moved", "SourceReader"]

_UNKNOWN = -1


class Moved(NamedTuple):
    """The movement of one source."""

    which: int  # the source's index in the reader's list
    amount: float  # the position 0..1; if relative, the number of clicks, positive to the right
    relative: bool = False


@dataclass(slots=True)
class _Halves:
    """A 14-bit value from two messages in either order: the last upper and lower 7 bits, -1 before the first."""

    msb: int = -1
    lsb: int = -1

    @property
    def position(self) -> float | None:
        if self.msb < 0:
            return None
        return self.msb / 127 if self.lsb < 0 else (self.msb << 7 | self.lsb) / 16383


@dataclass(slots=True)
class DataEntry:
    """The parameter that is selected on one channel."""

    _msb: int = _UNKNOWN
    _lsb: int = _UNKNOWN
    _last: int = 0  # the last control change

    def feed(self, control: int, value: int) -> int | None:
        """Take one of `PARAMETER_CONTROLS`. Returns the NRPN (0..16382) whose value it sets, or None.

        The MSB of a parameter number clears the LSB of the number before. If the rest of the sequence is lost, its data
        then belongs to no parameter. An LSB just before the MSB is kept, because some controllers send it first.
        """
        last, self._last = self._last, control
        if control not in PARAMETER_NUMBERS:
            number = self._msb << 7 | self._lsb
            return None if _UNKNOWN in (self._msb, self._lsb) or number == NULL_PARAMETER else number
        if control == NRPN_LSB:
            self._lsb = value
        elif control == NRPN_MSB:
            self._msb, self._lsb = value, self._lsb if last == NRPN_LSB else _UNKNOWN
        else:  # a registered parameter is selected: it is no NRPN
            self._msb = self._lsb = _UNKNOWN
        return None


@dataclass(slots=True)
class _Listener:
    """An entry of the reader's table."""

    which: int
    source: Source
    channel: int | None  # 0..15; None: any
    half: str = ""  # "msb" or "lsb" of a 14-bit pair
    halves: dict[int, _Halves] = field(default_factory=dict)  # by channel; the two entries of a pair share it


class SourceReader:
    """Reads which sources a message moves. Never raises: anything but a channel message moves none.

    The value of a 14-bit pair is made of the last MSB and the last LSB, so both orders lead to the same value. Between
    the two messages it may be off by less than 1/127. Before the first LSB, the MSB alone covers the whole range.
    """

    def __init__(self, sources: Sequence[tuple[Source, int | None]], before: "SourceReader | None" = None) -> None:
        """``sources``: each with its channel 1..16, or None for any channel.

        ``before``: a reader of other sources, which this one takes the place of. What the messages so far say of the
        sources that both have, and of the parameters that are selected, is kept.
        """
        self._table: dict[tuple[int, int], list[_Listener]] = {}
        self._nrpn: dict[int, list[_Listener]] = {}
        self._entries: list[DataEntry] = before._entries if before else [DataEntry() for _ in range(16)]
        # By source and channel 0..15 (None: any).
        self._halves: dict[tuple[Source, int | None], dict[int, _Halves]] = before._halves if before else {}
        for which, (source, channel) in enumerate(sources):
            self._listen(_Listener(which, source, None if channel is None else channel - 1))

    def _listen(self, listener: _Listener) -> None:
        source, number = listener.source, listener.source.number or 0
        listener.halves = self._halves.setdefault((source, listener.channel), listener.halves)
        if source.kind == "nrpn":
            self._nrpn.setdefault(number, []).append(listener)
            return
        keys = {
            "cc": (CONTROL_CHANGE, number),
            "relative": (CONTROL_CHANGE, number),
            "cc14": (CONTROL_CHANGE, number),
            "note": (NOTE_ON, number),
            "poly-pressure": (POLY_PRESSURE, number),
            "pitch-bend": (PITCH_BEND, 0),
            "pressure": (CHANNEL_PRESSURE, 0),
            "program": (PROGRAM_CHANGE, 0),
        }
        if source.kind == "cc14":
            lower = _Listener(listener.which, source, listener.channel, "lsb", listener.halves)
            self._table.setdefault((CONTROL_CHANGE, number + PAIRED_LSB), []).append(lower)
            listener.half = "msb"
        self._table.setdefault(keys[source.kind], []).append(listener)

    def read(self, message: Sequence[int]) -> list[Moved]:
        """The movements of a message; empty if it moves no source."""
        if not is_channel_message(message):
            return []
        kind, channel, first, last = message[0] & KIND_MASK, message[0] & CHANNEL_MASK, message[1], message[-1]
        if kind == CONTROL_CHANGE and self._nrpn and first in PARAMETER_CONTROLS:
            moved = self._read_parameter(channel, first, last)
            if moved:
                return moved
        if kind == NOTE_OFF:
            kind, last = NOTE_ON, 0
        number = first if kind in (NOTE_ON, POLY_PRESSURE, CONTROL_CHANGE) else 0
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
            if control in (DATA_INCREMENT, DATA_DECREMENT):
                moved.append(Moved(listener.which, 1.0 if control == DATA_INCREMENT else -1.0, relative=True))
                continue
            position = _take_half(listener, channel, "msb" if control == DATA_ENTRY_MSB else "lsb", value)
            if position is not None:
                moved.append(Moved(listener.which, position))
        return moved


def _take_half(listener: _Listener, channel: int, half: str, value: int) -> float | None:
    halves = listener.halves.get(channel)
    if halves is None:
        halves = listener.halves[channel] = _Halves()
    if half == "msb":
        halves.msb = value
    else:
        halves.lsb = value
    return halves.position


def _amount(listener: _Listener, channel: int, first: int, last: int) -> float | None:
    """The position of the source 0..1, or its number of clicks; None if the message does not move it."""
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
        case "pitch-bend":  # 8192 is the middle: there are 8192 values below it and 8191 above
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
