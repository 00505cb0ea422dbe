"""What a player can ask for while the music plays: small values, from whatever front they come.

MIDI CC --> SetAxis            OSC --osc.py--> any of them
"""

from dataclasses import dataclass
from fractions import Fraction

from polate.errors import ControlError

__all__ = [
    "BPM_RANGE",
    "Control",
    "GoTo",
    "Panic",
    "SetAxis",
    "SetPlaying",
    "SetPoint",
    "SetRate",
    "SetTempo",
    "SetTonic",
    "parse_rate",
    "rate_text",
]

BPM_RANGE = (20.0, 400.0)


@dataclass(frozen=True, slots=True)
class SetAxis:
    """Move one axis to a place in its useful range."""

    axis: int  # 0..latent_size - 1
    position: float  # 0..1


@dataclass(frozen=True, slots=True)
class SetPoint:
    """Move every axis."""

    positions: tuple[float, ...]  # each 0..1


@dataclass(frozen=True, slots=True)
class GoTo:
    """Go to a landmark: its name, or its text form."""

    landmark: str


@dataclass(frozen=True, slots=True)
class SetTempo:
    bpm: float  # 20..400 quarter notes a minute

    def __post_init__(self) -> None:
        low, high = BPM_RANGE
        if not low <= self.bpm <= high:  # NaN is not
            raise ControlError(f"tempo must be in {low:g}..{high:g} bpm, got {self.bpm:g}")


@dataclass(frozen=True, slots=True)
class SetPlaying:
    """Start from the tonic, or stop and release."""

    playing: bool


@dataclass(frozen=True, slots=True)
class SetTonic:
    note: int  # 0..127

    def __post_init__(self) -> None:
        if not 0 <= self.note <= 127:
            raise ControlError(f"tonic must be in 0..127, got {self.note}")


@dataclass(frozen=True, slots=True)
class SetRate:
    """How long a step is."""

    beats: Fraction  # quarter notes


@dataclass(frozen=True, slots=True)
class Panic:
    """End what sounds, at once, and go on playing."""


Control = SetAxis | SetPoint | GoTo | SetTempo | SetPlaying | SetTonic | SetRate | Panic

_RATES = {
    f"1/{2**power}{kind}": Fraction(4, 2**power) * factor
    for power in range(7)
    for kind, factor in (("", Fraction(1)), (".", Fraction(3, 2)), ("t", Fraction(2, 3)))
}


def rate_text(beats: Fraction) -> str:
    """The text of a step's length that `parse_rate` has read."""
    return next(text for text, length in _RATES.items() if length == beats)


def parse_rate(text: str) -> Fraction:
    """A step's length in beats (quarter notes), from ``1/16``, dotted ``1/8.`` or triplet ``1/8t``; 1/1 to 1/64.

    Raises `ControlError`.
    """
    try:
        return _RATES[text.strip().lower()]
    except KeyError:
        raise ControlError(
            "rate must be 1/1, 1/2, 1/4, 1/8, 1/16, 1/32 or 1/64, with '.' for dotted or 't' for triplet, "
            f"got {text[:32]!r}"
        ) from None
