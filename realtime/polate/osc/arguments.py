"""From the arguments of an OSC message to the controls that it asks for.

arguments, axis --a maker--> Control
"""

from collections.abc import Callable, Sequence

from polate.control.commands import (
    Capture,
    Control,
    Corner,
    GoTo,
    KeyDown,
    KeyUp,
    MovePad,
    Panic,
    Set,
    SetCorner,
    SetMotion,
    SetPoint,
)
from polate.control.fields import Field
from polate.errors import ControlError

__all__ = [
    "Argument",
    "BeyondError",
    "Make",
    "UnfitError",
    "capture",
    "go_to",
    "move_pad",
    "one_number",
    "one_position",
    "panic",
    "press_key",
    "set_corner",
    "set_field",
    "set_motion",
    "set_point",
    "words",
]

Argument = int | float | str | bool
Make = Callable[[Sequence[Argument], int], list[Control]]

_OVERSHOOT = 0.01  # a fader's end, in somebody's floating point


class UnfitError(Exception):
    """The arguments are not those that the address takes."""


class BeyondError(Exception):
    """A number is no position 0..1; the message says which number."""


def _number(argument: Argument) -> float:
    if isinstance(argument, str):
        raise UnfitError
    return float(argument)


def one_number(arguments: Sequence[Argument]) -> float:
    if len(arguments) != 1:
        raise UnfitError
    return _number(arguments[0])


def _position(argument: Argument) -> float:
    value = _number(argument)
    if not -_OVERSHOOT <= value <= 1 + _OVERSHOOT:
        raise BeyondError(format(value, "g"))
    return min(1.0, max(0.0, value))


def one_position(arguments: Sequence[Argument]) -> float:
    return _position(one_number(arguments))


def words(arguments: Sequence[Argument]) -> str:
    """Max sends 'tritone 0 1 2' as a word and three integers, Pd as a word and three floats."""
    if not arguments:
        raise UnfitError
    return " ".join(word if isinstance(word, str) else format(word, ".10g") for word in arguments)


def _value(field: Field, arguments: Sequence[Argument]) -> Argument:
    if not field.has_range:
        return words(arguments)
    if len(arguments) != 1:
        raise UnfitError
    return arguments[0]


def set_point(arguments: Sequence[Argument], _: int) -> list[Control]:
    if not arguments:
        raise UnfitError
    return [SetPoint(tuple(_position(argument) for argument in arguments))]


def move_pad(arguments: Sequence[Argument], _: int) -> list[Control]:
    if len(arguments) != 2:
        raise UnfitError
    return [MovePad(_position(arguments[0]), _position(arguments[1]))]


def capture(arguments: Sequence[Argument], _: int) -> list[Control]:
    return [Capture(round(one_number(arguments)))]


def panic(arguments: Sequence[Argument], _: int) -> list[Control]:
    return [Panic()] if not arguments or one_number(arguments) else []


def press_key(arguments: Sequence[Argument], _: int) -> list[Control]:
    if len(arguments) != 2:
        raise UnfitError
    note, velocity = (round(_number(argument)) for argument in arguments)
    for name, value in (("note", note), ("velocity", velocity)):
        if not 0 <= value <= 127:
            raise ControlError(f"{name} must be in 0..127, got {value}")
    return [KeyDown(note, velocity) if velocity else KeyUp(note)]


def set_field(field: Field) -> Make:
    return lambda arguments, _: [Set(field.key, _value(field, arguments))]


def set_motion(field: Field) -> Make:
    return lambda arguments, axis: [SetMotion(axis - 1, field.key, _value(field, arguments))]


def set_corner(corner: Corner) -> Make:
    return lambda arguments, _: [SetCorner(corner, words(arguments))]


def go_to(arguments: Sequence[Argument], _: int) -> list[Control]:
    return [GoTo(words(arguments))]
