"""The commands that go to places of the map, and the base of every command. `polate.control.commands` has them all."""

from typing import Literal

import msgspec

from polate.control.checks import check_bars, check_pattern

__all__ = ["CORNERS", "Command", "Corner", "GoTo", "GoToPoint", "KnowPlace", "Pin", "SetCorner", "SetCornerPoint"]

Corner = Literal["a", "b", "c", "d"]
CORNERS: tuple[Corner, ...] = ("a", "b", "c", "d")


class Command(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """JSON names its type: ``{"type":"SetAxis","axis":0,"position":0.5}``."""


class GoTo(Command, frozen=True, omit_defaults=True):
    """Move every axis to a place: at once, or in so many bars while the music plays.

    The engine knows a landmark's name or text form, a snapshot's name, coordinates and ``random``. For any other
    pattern, and for notes, the player finds the point and gives the engine a `GoToPoint` in the place of this command.
    """

    place: str
    bars: float = 0.0  # 0..256; below 1/16: at once

    def __post_init__(self) -> None:
        check_bars(self.bars)


class GoToPoint(Command, frozen=True, omit_defaults=True):
    """Move every axis to a point: at once, or in so many bars while the music plays.

    If the map has another pattern there than the one that is wanted, the wanted pattern is pinned, see `Pin`.
    """

    z: tuple[float, ...]  # one coordinate an axis
    pattern: str = ""  # text form of the pattern to play there; empty: the one that the map has there
    bars: float = 0.0

    def __post_init__(self) -> None:
        check_pattern(self.pattern)
        check_bars(self.bars)


class Pin(Command, frozen=True, omit_defaults=True):
    """Play a pattern in the place of the one that the map has at the present point, until the point moves away."""

    pattern: str = ""  # text form; empty: play what the map has

    def __post_init__(self) -> None:
        check_pattern(self.pattern)


class KnowPlace(Command, frozen=True, omit_defaults=True):
    """Remember the point of a place, with its pattern as in `GoToPoint`, so that the setting ``sequence`` can go there.

    The player makes it, for each pattern of a sequence that the engine does not know.
    """

    place: str
    z: tuple[float, ...]
    pattern: str = ""

    def __post_init__(self) -> None:
        check_pattern(self.pattern)


class SetCorner(Command, frozen=True):
    """Set a corner of the pad to a place, as in `GoTo`, or to ``here``, the present point.

    The corners A and B are also the two ends of the morph.
    """

    corner: Corner
    place: str


class SetCornerPoint(Command, frozen=True, omit_defaults=True):
    """Set a corner of the pad to a point, with its pattern as in `GoToPoint`."""

    corner: Corner
    z: tuple[float, ...]
    name: str  # what is shown for the corner
    pattern: str = ""

    def __post_init__(self) -> None:
        check_pattern(self.pattern)
