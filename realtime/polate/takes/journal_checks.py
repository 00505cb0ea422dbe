"""The values that a journal can hold: what the engine and the gate of a take can have had, and nothing else.

    Start, Turn, Deviations and End --checked_start, checked_lines--> the same, or a TakeError with the line

The reader has checked the types. A journal that was changed can still hold a tempo of 0 or a report that is repeated
10^12 times, which a replay would follow.
"""

import math
from collections.abc import Iterable, Iterator
from pathlib import Path

from polate.control import commands
from polate.control.commands import Control
from polate.errors import TakeError
from polate.gate.frames import Frame
from polate.takes.journal import Deviations, LaterLine, Start, Turn

__all__ = ["MOST_DEVIATIONS", "checked_lines", "checked_start"]

MOST_DEVIATIONS = 1_000_000
"""Of the reports of a take, those in which its gate deviated from an ideal gate."""

_LATEST_NS = 2**62
_FARTHEST_BEAT = 1e7  # from the beginning of the song: 57 days at 120 bpm
_SLOWEST, _FASTEST = 0.1, 10_000.0  # bpm
_LONGEST_LOOKAHEAD_NS = 1_000_000_000
_MOST_PORTS = 256
_MOST_VOICES = 128
_LONGEST_SHOWN = 32  # characters of a value


def checked_start(start: Start, file: Path) -> Start:
    """The first line. Raises `TakeError` for a value that no take has."""
    try:
        _within("lookahead-ns", start.lookahead_ns, 0, _LONGEST_LOOKAHEAD_NS)
        for axis in start.motions:
            _number("an axis of motions", axis, 1, 99)
        for voice, port in start.ports.items():
            _number("a voice of ports", voice, 0, _MOST_VOICES - 1)
            _within("a port", port, 0, _MOST_PORTS - 1)
        for snapshot in start.snapshots.values():
            for coordinate in snapshot.z:
                _finite("a coordinate of a snapshot", coordinate)
    except TakeError as error:
        raise TakeError(error.message, file=file, line=1) from None
    return start


def checked_lines(lines: Iterable[LaterLine], file: Path) -> Iterator[LaterLine]:
    """The later lines. Raises `TakeError` with the number of the line for a value that no take has."""
    deviations = 0
    for number, line in enumerate(lines, 2):
        try:
            if isinstance(line, Turn):
                _check_turn(line)
            elif isinstance(line, Deviations):
                for count, frame in line.reports:
                    deviations += abs(count)
                    _within("the number of deviations", deviations, 0, MOST_DEVIATIONS)
                    _check_frame(frame)
            else:
                _check_time(line.at)
        except TakeError as error:
            raise TakeError(error.message, file=file, line=number) from None
        yield line


def _check_turn(turn: Turn) -> None:
    _check_time(turn.at)
    for at_ns, command in turn.do:
        _check_time(at_ns)
        _check_command(command)


def _check_command(command: Control) -> None:
    match command:
        case commands.Sync(beat, at_ns, bpm):
            _check_beat(beat)
            _check_time(at_ns)
            _within("a tempo", bpm, _SLOWEST, _FASTEST)
        case commands.Seek(beat):
            _check_beat(beat)
        case commands.Jump(at_beat, beat):
            _check_beat(at_beat)
            _check_beat(beat)
        case commands.KeyDown(_, velocity, channel):
            _within("a velocity", velocity, 0, 127)
            _within("a channel", channel, 0, 15)
        case commands.SetVoicePort(voice, port):
            _within("a voice", voice, 0, _MOST_VOICES - 1)
            _within("a port", port, 0, _MOST_PORTS - 1)
        case commands.GoToPoint(z) | commands.SetCornerPoint(_, z) | commands.KnowPlace(_, z):
            for coordinate in z:
                _finite("a coordinate", coordinate)


def _check_frame(frame: Frame) -> None:
    for what, value, most in (
        ("a step", frame.step, 2**32 - 1),
        ("a channel", frame.channel, 15),
        ("a note", frame.note, 127),
        ("a velocity", frame.velocity, 127),
        ("a port", frame.port, _MOST_PORTS - 1),
        ("a voice", frame.voice, 255),
    ):
        _within(what, value, 0, most)
    _check_time(frame.due_ns)
    _check_time(frame.off_ns)


def _check_time(at_ns: int) -> None:
    _within("a time", at_ns, 0, _LATEST_NS)


def _check_beat(beat: float) -> None:
    _within("a beat", beat, -_FARTHEST_BEAT, _FARTHEST_BEAT)


def _within(what: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:  # also for what is no number
        raise TakeError(f"{what} must be in {low}..{high}, got {str(value)[:_LONGEST_SHOWN]}")


def _finite(what: str, value: float) -> None:
    if not math.isfinite(value):
        raise TakeError(f"{what} must be finite, got {value}")


def _number(what: str, text: str, low: int, high: int) -> None:
    if not (text.isascii() and text.isdecimal() and len(text) < 4 and low <= int(text) <= high):
        raise TakeError(f"{what} must be a number in {low}..{high}, got {text[:16]!r}")
