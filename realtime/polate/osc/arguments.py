"""From the arguments of an OSC message to commands.

    arguments, axis --a maker--> [command]

An address of the table (`polate.osc.addresses`) has one maker. It gets the arguments and the number of the axis in the
address, which is 0 if there is none.
"""

from collections.abc import Callable, Sequence

from polate.control import commands
from polate.control.commands import LAST_BEAT, Control, Corner, PortKind
from polate.control.fields import Field
from polate.control.path import Path
from polate.errors import ControlError
from polate.runtime.clamp import clamp

__all__ = [
    "FARTHEST_COORDINATE",
    "Argument",
    "Maker",
    "capture",
    "choose_controller",
    "choose_port",
    "clear_path",
    "delete_snapshot",
    "follow_clock",
    "follow_playhead",
    "forget",
    "glide",
    "go_to",
    "hold_phrase",
    "learn",
    "make",
    "morph",
    "move_pad",
    "move_pad_x",
    "move_pad_y",
    "panic",
    "pin",
    "press_key",
    "recall_snapshot",
    "record",
    "rename_snapshot",
    "seek",
    "set_axis",
    "set_coordinates",
    "set_corner",
    "set_field",
    "set_motion",
    "set_path",
    "set_playing",
    "set_point",
    "store_snapshot",
]

Argument = int | float | str | bool
Maker = Callable[[Sequence[Argument], int], list[Control]]

FARTHEST_COORDINATE = 100.0
"""The largest coordinate that can be set as a number. The prior has deviation 1 on every axis."""

_OVERSHOOT = 0.01  # a fader at its end can exceed 0..1 by a rounding error


class _WrongArgumentsError(Exception):
    """The address does not take these arguments."""


class _OutOfRangeError(Exception):
    """A position is not in 0..1. The message of the error is the number that was received."""


def make(maker: Maker, address: str, takes: str, arguments: Sequence[Argument], axis: int) -> list[Control]:
    """The commands of a message; none if it is the release of a button.

    ``takes`` says in words what the address takes. Raises `ControlError` for any other arguments.
    """
    try:
        return maker(arguments, axis)
    except _WrongArgumentsError:
        got = " ".join(repr(argument) for argument in arguments)[:64] or "nothing"
        raise ControlError(f"{address} takes {takes}, got {got}") from None
    except _OutOfRangeError as error:
        raise ControlError(f"{address}: a position must be in 0..1, got {error}") from None


# -- the makers -----------------------------------------------------------------------------------


def _of_words(command: Callable[[str], Control]) -> Maker:
    """The maker of a command that takes a text: all arguments together."""
    return lambda arguments, _: [command(_words(arguments))]


def _of_position(command: Callable[[float], Control]) -> Maker:
    """The maker of a command that takes a position."""
    return lambda arguments, _: [command(_one_position(arguments))]


go_to = _of_words(commands.GoTo)
store_snapshot = _of_words(commands.StoreSnapshot)
recall_snapshot = _of_words(commands.RecallSnapshot)
delete_snapshot = _of_words(commands.DeleteSnapshot)
morph = _of_position(commands.Morph)
move_pad_x = _of_position(lambda x: commands.MovePad(x, None))
move_pad_y = _of_position(lambda y: commands.MovePad(None, y))


def glide(arguments: Sequence[Argument], _: int) -> list[Control]:
    if len(arguments) < 2:
        raise _WrongArgumentsError
    return [commands.GoTo(_words(arguments[1:]), _number(arguments[0]))]


def pin(arguments: Sequence[Argument], _: int) -> list[Control]:
    try:
        return [commands.Pin(_words(arguments).strip())]
    except ControlError:
        if isinstance(arguments[0], str):
            raise
        raise _WrongArgumentsError from None


def set_axis(arguments: Sequence[Argument], axis: int) -> list[Control]:
    return [commands.SetAxis(axis - 1, _one_position(arguments))]


def set_point(arguments: Sequence[Argument], _: int) -> list[Control]:
    """A position for each axis; or coordinates with commas between them in one text, as `polate identify` prints z."""
    if not arguments:
        raise _WrongArgumentsError
    if len(arguments) == 1 and isinstance(text := arguments[0], str):
        return set_coordinates([_parsed(word) for word in text.split(",")], 0)
    return [commands.SetPoint(tuple(_position(argument) for argument in arguments))]


def set_coordinates(arguments: Sequence[Argument], _: int) -> list[Control]:
    coordinates = tuple(_number(argument) for argument in arguments)
    if not coordinates or not all(abs(coordinate) <= FARTHEST_COORDINATE for coordinate in coordinates):
        raise _WrongArgumentsError
    return [commands.GoToPoint(coordinates)]


def move_pad(arguments: Sequence[Argument], _: int) -> list[Control]:
    x, y = _two(arguments)
    return [commands.MovePad(_position(x), _position(y))]


def set_corner(corner: Corner) -> Maker:
    return _of_words(lambda place: commands.SetCorner(corner, place))


def set_path(arguments: Sequence[Argument], _: int) -> list[Control]:
    """Two axes, then pairs of positions; 0 is no path, because a message without arguments asks for the value."""
    if len(arguments) == 1 and _number(arguments[0]) == 0:
        return [commands.SetPath()]
    if not arguments or len(arguments) % 2:
        raise _WrongArgumentsError
    first, second = (round(_number(axis)) for axis in arguments[:2])
    positions = [_position(argument) for argument in arguments[2:]]
    points = tuple(zip(positions[::2], positions[1::2], strict=True))
    return [commands.SetPath(Path(axes=(first, second), points=points))]


def clear_path(arguments: Sequence[Argument], _: int) -> list[Control]:
    return [commands.SetPath()] if _is_pressed(arguments) else []


def rename_snapshot(arguments: Sequence[Argument], _: int) -> list[Control]:
    old, new = _two(arguments)
    return [commands.RenameSnapshot(_word(old), _word(new))]


def set_playing(arguments: Sequence[Argument], _: int) -> list[Control]:
    return [commands.SetPlaying(bool(_one_number(arguments)))]


def seek(arguments: Sequence[Argument], _: int) -> list[Control]:
    beat = _one_number(arguments)
    if not 0 <= beat <= LAST_BEAT:
        raise ControlError(f"the beat must be in 0..{LAST_BEAT}, got {beat:g}")
    return [commands.Seek(beat)]


def follow_playhead(arguments: Sequence[Argument], _: int) -> list[Control]:
    """Beat, tempo and 1 or 0, and the loop's begin and end or nothing. A loop that ends where it begins is none."""
    if len(arguments) not in (3, 5):
        raise _WrongArgumentsError
    beat, bpm, playing, *loop = map(_number, arguments)
    begin, end = loop or (0.0, 0.0)
    return [commands.SongPosition(beat, bpm, bool(playing), (begin, end) if begin < end else None)]


def hold_phrase(arguments: Sequence[Argument], _: int) -> list[Control]:
    return [commands.HoldPhrase(bool(_one_number(arguments)))]


def capture(arguments: Sequence[Argument], _: int) -> list[Control]:
    return [commands.Capture(round(_one_number(arguments)))]


def learn(arguments: Sequence[Argument], _: int) -> list[Control]:
    return [commands.Learn(_one_text(arguments))]


def forget(arguments: Sequence[Argument], _: int) -> list[Control]:
    return [commands.Forget(_one_text(arguments))]


def choose_controller(arguments: Sequence[Argument], _: int) -> list[Control]:
    return [commands.ChooseController(_words(arguments).strip())]


def record(arguments: Sequence[Argument], _: int) -> list[Control]:
    return [commands.Record(bool(_one_number(arguments)))]


def choose_port(kind: PortKind) -> Maker:
    return lambda arguments, _: [commands.ChoosePort(kind, _words(arguments).strip())]


def follow_clock(arguments: Sequence[Argument], _: int) -> list[Control]:
    source = _one_text(arguments)
    for known in commands.SYNC_SOURCES:
        if source == known:
            return [commands.FollowClock(known)]
    raise ControlError(f"the clock must be one of {', '.join(commands.SYNC_SOURCES)}, got {source[:80]!r}")


def panic(arguments: Sequence[Argument], _: int) -> list[Control]:
    return [commands.Panic()] if _is_pressed(arguments) else []


def press_key(arguments: Sequence[Argument], _: int) -> list[Control]:
    note, velocity = (round(_number(argument)) for argument in _two(arguments))
    for name, value in (("note", note), ("velocity", velocity)):
        if not 0 <= value <= 127:
            raise ControlError(f"{name} must be in 0..127, got {value}")
    return [commands.KeyDown(note, velocity) if velocity else commands.KeyUp(note)]


def set_field(field: Field) -> Maker:
    return lambda arguments, _: [commands.Set(field.key, _value(field, arguments))]


def set_motion(field: Field) -> Maker:
    return lambda arguments, axis: [commands.SetMotion(axis - 1, field.key, _value(field, arguments))]


# -- the checks of arguments ----------------------------------------------------------------------


def _two(arguments: Sequence[Argument]) -> Sequence[Argument]:
    if len(arguments) != 2:
        raise _WrongArgumentsError
    return arguments


def _parsed(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise _WrongArgumentsError from None


def _number(argument: Argument) -> float:
    if isinstance(argument, str):
        raise _WrongArgumentsError
    return float(argument)


def _one_number(arguments: Sequence[Argument]) -> float:
    if len(arguments) != 1:
        raise _WrongArgumentsError
    return _number(arguments[0])


def _is_pressed(arguments: Sequence[Argument]) -> bool:
    """A button sends 1 when it is pressed and 0 when it is released. A message without arguments is a press."""
    return not arguments or bool(_one_number(arguments))


def _position(argument: Argument) -> float:
    value = _number(argument)
    if not -_OVERSHOOT <= value <= 1 + _OVERSHOOT:
        raise _OutOfRangeError(format(value, "g"))
    return clamp(value, 0.0, 1.0)


def _one_position(arguments: Sequence[Argument]) -> float:
    return _position(_one_number(arguments))


def _words(arguments: Sequence[Argument]) -> str:
    """One text of all arguments: Max sends 'tritone 0 1 2' as a word and three integers, Pd with three floats."""
    if not arguments:
        raise _WrongArgumentsError
    return " ".join(map(_word, arguments))


def _one_text(arguments: Sequence[Argument]) -> str:
    if len(arguments) != 1 or not isinstance(arguments[0], str):
        raise _WrongArgumentsError
    return arguments[0].strip()


def _word(argument: Argument) -> str:
    """A text of one argument: a number without a fraction is written without a point."""
    return argument if isinstance(argument, str) else format(argument, ".10g")


def _value(field: Field, arguments: Sequence[Argument]) -> Argument:
    """The value for a setting. The setting itself checks it."""
    if not field.has_range:
        return _words(arguments)
    if len(arguments) != 1:
        raise _WrongArgumentsError
    return arguments[0]
