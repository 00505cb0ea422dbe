"""A snapshot: the point of the map, a pinned pattern, the motions, the path and the settings at one moment."""

from collections.abc import Mapping
from typing import Any, Self

import msgspec

from polate.control.fields import FIELDS
from polate.control.path import Path
from polate.control.settings import Motion, PlaySettings
from polate.errors import ControlError
from polate.theory.pattern import Pattern

__all__ = ["NOT_KEPT", "Snapshot", "points", "sequence_entries", "sequence_of"]

NOT_KEPT = (
    *("bpm", "nudge", "bar", "seed", "hysteresis", "sequence", "sequence-bars"),
    *(key for key in FIELDS if key.startswith("listen")),
)
"""Settings that belong to the room or the song, not to the sound. A recall does not change them."""

_KEPT = {key: field for key, field in FIELDS.items() if key not in NOT_KEPT}


class Snapshot(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A point of the map with the motions, path and settings to play it by, as plain values for a file."""

    z: tuple[float, ...]  # the point of the map, one coordinate an axis
    settings: dict[str, Any]  # by key
    motions: dict[str, Motion] = {}  # only of axes with a motion, by the axis's number from 1
    path: Path | None = None
    pinned: str = ""  # text form of the pattern that is pinned there; empty: none

    @classmethod
    def of(
        cls,
        z: tuple[float, ...],
        motions: list[Motion],
        settings: PlaySettings,
        path: Path | None = None,
        pinned: Pattern | None = None,
    ) -> Self:
        """The snapshot of these coordinates, motions (one an axis), settings, path and pinned pattern."""
        kept = {key: getattr(settings, field.name) for key, field in _KEPT.items()}
        moving = {str(axis + 1): motion for axis, motion in enumerate(motions) if motion.kind != "off"}
        return cls(z, kept, moving, path, pinned.text if pinned else "")

    @property
    def pinned_pattern(self) -> Pattern | None:
        """The pinned pattern. Raises `PatternError` if its text is no text form."""
        return Pattern.parse(self.pinned) if self.pinned else None

    def changes(self) -> dict[str, Any]:
        """The settings by field name, converted to their types.

        Raises `ControlError` for an unknown setting or a wrong value.
        """
        for key in self.settings:
            if key not in _KEPT:
                raise ControlError(f"a snapshot has no setting {key[:64]!r}; there are {', '.join(_KEPT)}")
        return {_KEPT[key].name: _KEPT[key].convert(value) for key, value in self.settings.items()}

    def motions_for(self, axes: int) -> list[Motion]:
        """One motion for every axis. Raises `ControlError` for a number outside 1..``axes``."""
        motions = [Motion()] * axes
        for number, motion in self.motions.items():
            if not (number.isdecimal() and 1 <= int(number) <= axes):
                raise ControlError(f"axis must be in 1..{axes}, got {number[:16]!r}")
            motions[int(number) - 1] = motion
        return motions

    def path_for(self, axes: int) -> Path | None:
        """The path. Raises `ControlError` if one of its axes is not in 1..``axes``."""
        if self.path is not None:
            self.path.check(axes)
        return self.path


def sequence_entries(sequence: str) -> list[str]:
    """The entries of the setting ``sequence``: with semicolons, any places; else the names of snapshots."""
    if ";" in sequence:
        return [entry for part in sequence.split(";") if (entry := " ".join(part.split()))]
    return sequence.split()


def sequence_of(entries: list[str], like: str) -> str:
    """The setting for entries, written like another one."""
    return ("; " if ";" in like else " ").join(entries)


def points(snapshots: Mapping[str, Snapshot]) -> dict[str, tuple[float, ...]]:
    """The coordinates of each snapshot, by its name."""
    return {name: snapshot.z for name, snapshot in snapshots.items()}
