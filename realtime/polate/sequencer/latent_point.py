"""The point of the latent map that is decoded: where the controls put it, its corners, and the motion of its axes.

    SetAxis, SetPoint, GoTo, Morph, MovePad --> z, pin --at(beat)--> the point to decode
                      SetPath, SetMotion --> path, motions --^

A *position* is a place on one axis as a knob shows it, 0..1. A *coordinate* is the number that the model reads. A
coordinate may lie outside the range of its knob: the knob shows its end, and keeps the coordinate until it is turned.
"""

import math
import random
from collections.abc import Container, Mapping, Sequence
from typing import Any

import msgspec

from polate.control.commands import CORNERS, Corner
from polate.control.fields import MOTION_FIELDS
from polate.control.path import Path
from polate.control.settings import LEAST_BARS, Motion, PlaySettings
from polate.errors import ControlError
from polate.model.contract import Axis, Landmark
from polate.runtime.clamp import clamp
from polate.sequencer.glide import Glide
from polate.sequencer.motion import along, between, offset, pad, round_corners, triangle
from polate.sequencer.named_places import NamedPlaces
from polate.sequencer.pin import Pin
from polate.theory.pattern import Pattern

__all__ = ["LatentPoint"]

_STILL = Motion()
_AT_END: dict[float, Corner] = {0.0: "a", 1.0: "b"}
_AT_CORNER: dict[tuple[float, float], Corner] = {(0.0, 0.0): "a", (1.0, 0.0): "b", (0.0, 1.0): "c", (1.0, 1.0): "d"}


class LatentPoint:
    """A point with its four corners, one motion per axis, and a path.

    Read any attribute. Change them only through the methods.
    """

    def __init__(
        self,
        axes: Sequence[Axis],
        landmarks: Sequence[Landmark] = (),
        motions: Mapping[int, Motion] | None = None,
        path: Path | None = None,
    ) -> None:
        """``motions``: by axis, from 0. Raises `ControlError` for an axis that does not exist."""
        self.axes = tuple(axes)
        self.z = [0.0 if a.range[0] <= 0.0 <= a.range[1] else a.at(0.5) for a in self.axes]  # coordinates
        self.motions = [_STILL] * len(self.axes)  # one per axis
        self.moves_by_itself = False  # does any axis have a motion?
        self.path: Path | None = None
        self.morph = 0.0  # 0..1, from corner A to corner B
        self.pad = (0.0, 0.0)  # x, y, each 0..1
        self.pin: Pin | None = None
        self.corner_pins: dict[Corner, Pattern] = {}  # the patterns that are pinned at corners
        self._glide: Glide | None = None
        self.named_places = NamedPlaces(landmarks, len(self.axes))
        firsts = [tuple(mark.z) for mark in landmarks[: len(CORNERS)]]
        self.corners: dict[Corner, tuple[float, ...]] = dict(
            zip(CORNERS, [*firsts, *[tuple(self.z)] * len(CORNERS)], strict=False)
        )
        self.corner_names: dict[Corner, str] = dict(
            zip(CORNERS, [*(mark.name for mark in landmarks[: len(CORNERS)]), *["here"] * len(CORNERS)], strict=False)
        )
        self._offsets = [0.0] * len(self.axes)  # positions that the motion of each axis added at the last step
        self._on_path: tuple[float, float] | None = None  # positions on the two axes of the path, at the last step
        self._drawn = 0  # how many random places were asked for
        for axis, motion in (motions or {}).items():
            self.check_axis(axis)
            self.motions[axis] = motion
        self.set_motions(self.motions)
        self.set_path(path)

    @property
    def positions(self) -> list[float]:
        """The positions of the knobs, without motion."""
        return [axis.position(value) for axis, value in zip(self.axes, self.z, strict=True)]

    @property
    def moved_positions(self) -> list[float]:
        """The position of each axis with its motion, and on the path, as it was at the last step."""
        places = self.places_of(self.z)
        for axis, position in self._path_positions():
            places[axis] = position
        return [
            clamp(place if motion.kind == "off" else place + away, 0.0, 1.0)
            for place, away, motion in zip(places, self._offsets, self.motions, strict=True)
        ]

    def places_of(self, z: Sequence[float]) -> list[float]:
        """The positions of any point, without a limit: below 0 or above 1 where no knob reaches."""
        return [axis.place(value) for axis, value in zip(self.axes, z, strict=True)]

    def check_axis(self, axis: int) -> None:
        """Raises `ControlError` if there is no such axis. ``axis``: from 0."""
        if not 0 <= axis < len(self.axes):
            raise ControlError(f"axis must be in 1..{len(self.axes)}, got {axis + 1}")

    def check_coordinates(self, z: Sequence[float]) -> None:
        """Raises `ControlError` unless there is one coordinate per axis."""
        if len(z) != len(self.axes):
            raise ControlError(f"a point must have {len(self.axes)} numbers, got {len(z)}")

    # -- moving ----------------------------------------------------------------------------------
    # ``span``: if an axis is moved farther than this (in positions) from where a pattern is pinned, the pin ends.

    def move(self, axis: int, position: float, span: float = 0.0) -> None:
        """Move one axis. A position outside 0..1 is clipped. Raises `ControlError`."""
        self.check_axis(axis)
        self.z[axis] = self.axes[axis].at(_unit(position, "a position"))
        self._moved(span)

    def move_all(self, positions: Sequence[float], span: float = 0.0) -> None:
        """Move every axis. Raises `ControlError` unless there is one position per axis."""
        if len(positions) != len(self.axes):
            raise ControlError(f"a point must have {len(self.axes)} positions, got {len(positions)}")
        self.z = [axis.at(_unit(value, "a position")) for axis, value in zip(self.axes, positions, strict=True)]
        self._moved(span)

    def jump(self, z: Sequence[float], pinned: Pattern | None = None) -> None:
        """Go to a point given by its coordinates, and pin a pattern there.

        Raises `ControlError` unless there is one coordinate per axis.
        """
        self.check_coordinates(z)
        self.z, self._glide = list(z), None
        self.pin_here(pinned)

    def pin_here(self, pinned: Pattern | None) -> None:
        """Pin a pattern at the present point; None: end the pin."""
        self.pin = Pin(pinned, tuple(self.places_of(self.z))) if pinned else None

    def glide(self, z: Sequence[float], pinned: Pattern | None, beat: float, bars: float) -> None:
        """Go to a point in so many bars from a beat of the song, and pin a pattern there. ``bars``: above 0.

        Raises `ControlError` unless there is one coordinate per axis.
        """
        self.check_coordinates(z)
        self._glide = Glide(tuple(self.z), tuple(z), pinned, beat, bars)

    def move_morph(self, position: float, span: float = 0.0) -> bool:
        """Go to a place between the corners A (0) and B (1). True if it is exactly one of them."""
        self.morph = _unit(position, "morph")
        self.z = list(between(self.corners["a"], self.corners["b"], self.morph))
        return self._moved(span, _AT_END.get(self.morph))

    def move_pad(self, x: float | None, y: float | None, span: float = 0.0) -> bool:
        """Go to a place between the four corners. True if it is exactly one of them.

        A is at (0, 0), B at (1, 0), C at (0, 1), D at (1, 1). None leaves x or y as it is.
        """
        self.pad = (self.pad[0] if x is None else _unit(x, "x"), self.pad[1] if y is None else _unit(y, "y"))
        a, b, c, d = (self.corners[corner] for corner in CORNERS)
        self.z = list(pad(a, b, c, d, *self.pad))
        return self._moved(span, _AT_CORNER.get(self.pad))

    def _moved(self, span: float, corner: Corner | None = None) -> bool:
        """The point was moved, perhaps exactly to a corner. Returns whether it was."""
        self._glide = None
        if corner:
            self.pin_here(self.corner_pins.get(corner))
        elif self.pin and not self.pin.holds(self.places_of(self.z), span):
            self.pin = None
        return corner is not None

    def pinned_at(self, z: Sequence[float], span: float) -> Pattern | None:
        """The pattern that is pinned at a point: the present one, or where motion has taken it."""
        if self.pin is None or not (z == self.z or self.pin.holds(self.places_of(z), span)):
            return None
        return self.pin.pattern

    # -- places ----------------------------------------------------------------------------------

    def find(self, place: str, snapshots: Mapping[str, Sequence[float]], seed: int) -> tuple[float, ...]:
        """The coordinates of a place.

        ``place``: ``random``, ``here``, or as for `NamedPlaces.find`. Raises as that does.
        """
        word = place.strip()
        if word.lower() == "here":
            return tuple(self.z)
        if word.lower() == "random":
            self._drawn += 1
            drawn = random.Random(f"{seed}/{self._drawn}")
            return tuple(drawn.gauss(0.0, 1.0) for _ in self.axes)
        return self.named_places.find(place, snapshots)

    def knows(self, place: str, snapshots: Container[str]) -> bool:
        """Whether `find` can find a place."""
        word = place.strip()
        return word.lower() in ("here", "random") or word in snapshots or self.named_places.knows(word)

    def set_corner(self, corner: Corner, z: Sequence[float], name: str, pinned: Pattern | None = None) -> None:
        """Put a corner at a point, and pin a pattern there. ``name``: what displays show for the corner.

        Raises `ControlError` unless there is one coordinate per axis.
        """
        self.check_coordinates(z)
        self.corners[corner] = tuple(z)
        self.corner_names[corner] = name
        self.corner_pins.pop(corner, None)
        if pinned:
            self.corner_pins[corner] = pinned

    # -- motion ----------------------------------------------------------------------------------

    def set_motion(self, axis: int, key: str, value: Any) -> None:
        """Change one setting of the motion of an axis. ``key``: one of `MOTION_FIELDS`. Raises `ControlError`."""
        self.check_axis(axis)
        motions = list(self.motions)
        motions[axis] = msgspec.structs.replace(motions[axis], **{MOTION_FIELDS[key].name: value})
        self.set_motions(motions)

    def set_motions(self, motions: Sequence[Motion]) -> None:
        """Replace the motions of all axes. ``motions``: one per axis."""
        self.motions = list(motions)
        self.moves_by_itself = any(motion.kind != "off" for motion in self.motions)

    def set_path(self, path: Path | None) -> None:
        """Travel along a path instead of staying at the knobs of its two axes; None ends that.

        Raises `ControlError` for an axis that does not exist.
        """
        if path is not None:
            path.check(len(self.axes))
        self.path, self._on_path = path, None

    def moves(self, settings: PlaySettings) -> bool:
        """Whether the point moves without a control: an axis, the morph, the pad, along the path, or to a place."""
        return (
            self.moves_by_itself
            or self._glide is not None
            or (self.path is not None and settings.path_bars >= LEAST_BARS)
            or settings.morph_bars >= LEAST_BARS
            or settings.pad_bars >= LEAST_BARS
        )

    def travel(self, beat: float, settings: PlaySettings) -> bool:
        """Move the point on its glide, the morph, the pad and the place on the path to where they are at a beat of the
        song. True if a glide has reached its end."""
        arrives = False
        if glide := self._glide:
            share = glide.share(beat, settings.bar)
            self.z = list(glide.at(share))
            arrives = share == 1.0
            if arrives:
                self.jump(glide.end, glide.pinned)
            elif self.pin and not self.pin.holds(self.places_of(self.z), settings.hysteresis):
                self.pin = None
        if settings.morph_bars >= LEAST_BARS:
            self.move_morph(triangle(beat, settings.morph_bars, settings.bar), settings.hysteresis)
        if settings.pad_bars >= LEAST_BARS:
            self.move_pad(*round_corners(beat, settings.pad_bars, settings.bar), settings.hysteresis)
        if self.path is not None:
            moving = settings.path_bars >= LEAST_BARS
            self._on_path = along(self.path, beat, settings.path_bars, settings.bar) if moving else None
        return arrives

    def at(self, beat: float, seconds: float, bar: int, seed: int) -> list[float]:
        """The coordinates with the motion of each axis, at a beat of the song. `travel` gives the place on the path.

        ``beat``: quarter notes from the beginning of the song. ``seconds``: from beat 0. ``bar``: beats in a bar.
        """
        if not self.moves_by_itself and self._on_path is None:
            return self.z
        self._offsets = [
            0.0 if motion.kind == "off" else offset(motion, number, beat, seconds, bar, seed)
            for number, motion in enumerate(self.motions)
        ]
        z = [
            value if motion.kind == "off" else axis.at(_swung(axis.place(value), away))
            for axis, away, motion, value in zip(self.axes, self._offsets, self.motions, self.z, strict=True)
        ]
        for number, position in self._path_positions():
            z[number] = self.axes[number].at(clamp(position + self._offsets[number], 0.0, 1.0))
        return z

    def _path_positions(self) -> list[tuple[int, float]]:
        """The two axes of the path, from 0, with their positions on it; empty while the point is not on it."""
        if self.path is None or self._on_path is None:
            return []
        return [(axis - 1, position) for axis, position in zip(self.path.axes, self._on_path, strict=True)]


def _swung(place: float, away: float) -> float:
    """The place that a motion gives an axis: it stays within the range, or within the range and the place outside."""
    return clamp(place + away, min(place, 0.0), max(place, 1.0))


def _unit(value: float, what: str) -> float:
    if not math.isfinite(value):
        raise ControlError(f"{what} must be in 0..1, got {value}")
    return clamp(value, 0.0, 1.0)
