"""A snapshot: where the axes stand, what moves them, and how the pattern is played."""

from collections.abc import Mapping
from typing import Any, Self

import msgspec

from polate.control.fields import FIELDS
from polate.control.settings import Motion, PlaySettings
from polate.errors import ControlError

__all__ = ["NOT_KEPT", "Snapshot"]

NOT_KEPT = ("bpm", "nudge", "bar", "seed", "hysteresis", "sequence", "sequence-bars")
"""Settings of the room and of the song, not of the sound: a recall leaves them as they are."""

_KEPT = {key: field for key, field in FIELDS.items() if key not in NOT_KEPT}


class Snapshot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Plain values, so that it can be written to a file as it is."""

    z: tuple[float, ...]  # one number an axis
    settings: dict[str, Any]  # by key
    motions: dict[str, Motion] = {}  # of the axes that move, by number from 1

    @classmethod
    def of(cls, z: tuple[float, ...], motions: list[Motion], settings: PlaySettings) -> Self:
        """What is now."""
        kept = {key: getattr(settings, field.name) for key, field in _KEPT.items()}
        moving = {str(axis + 1): motion for axis, motion in enumerate(motions) if motion.kind != "off"}
        return cls(z, kept, moving)

    def changes(self) -> dict[str, Any]:
        """The settings by name, checked. Raises `ControlError` for one that cannot be."""
        for key in self.settings:
            if key not in _KEPT:
                raise ControlError(f"a snapshot has no setting {key[:64]!r}; there are {', '.join(_KEPT)}")
        return {_KEPT[key].name: _KEPT[key].convert(value) for key, value in self.settings.items()}

    def motions_for(self, axes: int) -> list[Motion]:
        """A motion for every axis. Raises `ControlError` for an axis that is not there."""
        motions = [Motion()] * axes
        for number, motion in self.motions.items():
            if not (number.isdecimal() and 1 <= int(number) <= axes):
                raise ControlError(f"axis must be in 1..{axes}, got {number[:16]!r}")
            motions[int(number) - 1] = motion
        return motions


def points(snapshots: Mapping[str, Snapshot]) -> dict[str, tuple[float, ...]]:
    """Their points, by name."""
    return {name: snapshot.z for name, snapshot in snapshots.items()}
