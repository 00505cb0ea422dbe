"""What a player can ask for while the music plays: small values, from whatever front they come.

MIDI --mapping.py-->  any of them       OSC --osc.py--> any of them       MIDI clock, Link --> Sync, Seek, SetPlaying
"""

from typing import Any, Literal

import msgspec
from msgspec.structs import force_setattr

from polate.control.fields import FIELDS, MOTION_FIELDS, Field
from polate.errors import ControlError

__all__ = [
    "CORNERS",
    "MOST_BARS",
    "Capture",
    "Control",
    "Corner",
    "GoTo",
    "KeyDown",
    "KeyUp",
    "Morph",
    "MovePad",
    "Panic",
    "RecallSnapshot",
    "Seek",
    "Set",
    "SetAxis",
    "SetCorner",
    "SetMotion",
    "SetPlaying",
    "SetPoint",
    "StoreSnapshot",
    "Sync",
]

Corner = Literal["a", "b", "c", "d"]
CORNERS: tuple[Corner, ...] = ("a", "b", "c", "d")


class _Command(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """JSON names its type: ``{"type":"SetAxis","axis":0,"position":0.5}``."""


# -- where in the map -----------------------------------------------------------------------------


class SetAxis(_Command, frozen=True):
    """Move one axis to a place in its useful range."""

    axis: int  # 0..latent_size - 1
    position: float  # 0..1


class SetPoint(_Command, frozen=True):
    """Move every axis."""

    positions: tuple[float, ...]  # each 0..1


class GoTo(_Command, frozen=True):
    """Go to a place by name: a landmark's name or text form, a snapshot's name, or ``random``."""

    place: str


class SetCorner(_Command, frozen=True):
    """Put a corner of the pad at a place: as `GoTo`, or ``here``. A and B are the ends of the morph too."""

    corner: Corner
    place: str


class Morph(_Command, frozen=True):
    """Move the point to a place between the corners A and B."""

    position: float  # 0..1


class MovePad(_Command, frozen=True, omit_defaults=True):
    """Move the point to a place between the four corners: A at (0, 0), B at (1, 0), C at (0, 1), D at (1, 1)."""

    x: float | None = None  # 0..1; None: stays
    y: float | None = None


# -- how it is played -----------------------------------------------------------------------------


class Set(_Command, frozen=True):
    """Change a setting of `polate.control.settings.PlaySettings`. Raises `ControlError` for one that cannot be."""

    key: str  # as in the settings file
    value: Any

    def __post_init__(self) -> None:
        force_setattr(self, "value", _field(FIELDS, self.key).convert(self.value))


class SetMotion(_Command, frozen=True):
    """Change what moves an axis by itself: a setting of `polate.control.settings.Motion`. Raises `ControlError`."""

    axis: int  # 0..latent_size - 1
    key: str
    value: Any

    def __post_init__(self) -> None:
        force_setattr(self, "value", _field(MOTION_FIELDS, self.key).convert(self.value))


class StoreSnapshot(_Command, frozen=True):
    """Keep where the axes stand and how it is played, under a name."""

    name: str

    def __post_init__(self) -> None:
        if not (0 < len(self.name) <= 64 and self.name.isprintable() and " " not in self.name):
            raise ControlError(f"a snapshot's name must have 1 to 64 characters and no space, got {self.name[:80]!r}")


class RecallSnapshot(_Command, frozen=True):
    """Go back to where the axes stood and how it was played when a snapshot was stored. The engine raises
    `ControlError` for one that is not there."""

    name: str


class KeyDown(_Command, frozen=True):
    """A key goes down; what that does the settings ``keys``, ``hold`` and ``latch`` say. The engine raises
    `ControlError` for a note outside 0..127."""

    note: int  # 0..127
    velocity: int  # 1..127


class KeyUp(_Command, frozen=True):
    """A key is let go; one that is not down is nothing."""

    note: int  # 0..127


# -- when -----------------------------------------------------------------------------------------


class SetPlaying(_Command, frozen=True):
    """Start, or stop and release. With the internal clock a start is from the top."""

    playing: bool


class Seek(_Command, frozen=True):
    """Go to a place in the song."""

    beat: float  # quarter notes from its beginning


class Sync(_Command, frozen=True):
    """What another clock says: a beat, when it is, and the tempo from there on."""

    beat: float
    at_ns: int
    bpm: float


class Panic(_Command, frozen=True):
    """End what sounds, at once, and go on playing."""


MOST_BARS = 64
"""How many of the last bars are kept."""


class Capture(_Command, frozen=True):
    """Write the last bars that were played to a file. For the player: the engine knows nothing of it."""

    bars: int  # 1..MOST_BARS

    def __post_init__(self) -> None:
        if not 1 <= self.bars <= MOST_BARS:
            raise ControlError(f"bars must be in 1..{MOST_BARS}, got {self.bars}")


Control = (
    SetAxis
    | SetPoint
    | GoTo
    | SetCorner
    | Morph
    | MovePad
    | Set
    | SetMotion
    | StoreSnapshot
    | RecallSnapshot
    | KeyDown
    | KeyUp
    | SetPlaying
    | Seek
    | Sync
    | Panic
    | Capture
)


def _field(table: dict[str, Field], key: str) -> Field:
    field = table.get(key)
    if field is None:
        raise ControlError(f"no setting {key[:64]!r}; there are {', '.join(table)}")
    return field
