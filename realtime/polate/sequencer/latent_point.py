"""Where in the map the instrument stands: knobs, corners, and what moves by itself.

SetAxis, SetPoint, GoTo, Morph, MovePad --> z --+ motion at a beat--> the point to decode
"""

import contextlib
import math
import random
from collections.abc import Mapping, Sequence

from polate.control.commands import CORNERS, Corner
from polate.control.settings import Motion
from polate.errors import ControlError, PatternError, listed
from polate.model.contract import Axis, Landmark
from polate.runtime.clamp import clamp
from polate.sequencer.motion import between, offset, pad
from polate.theory.pattern import Pattern

__all__ = ["LatentPoint"]


class LatentPoint:
    """The point that the knobs make, its corners, and the motion of each axis."""

    def __init__(self, axes: Sequence[Axis], landmarks: Sequence[Landmark] = ()) -> None:
        self.axes = tuple(axes)
        self.z = [0.0 if a.range[0] <= 0.0 <= a.range[1] else a.at(0.5) for a in self.axes]
        self.motions = [Motion()] * len(self.axes)
        self.morph = 0.0  # 0..1, from corner A to corner B
        self.pad = (0.0, 0.0)  # x, y
        self._places = {mark.name.lower(): mark for mark in landmarks} | {mark.text: mark for mark in landmarks}
        firsts = [tuple(mark.z) for mark in landmarks[: len(CORNERS)]]
        self.corners: dict[Corner, tuple[float, ...]] = dict(
            zip(CORNERS, [*firsts, *[tuple(self.z)] * len(CORNERS)], strict=False)
        )
        self.corner_names: dict[Corner, str] = dict(
            zip(CORNERS, [*(mark.name for mark in landmarks[: len(CORNERS)]), *["here"] * len(CORNERS)], strict=False)
        )
        self._away = [0.0] * len(self.axes)  # positions: how far the motion of each axis had moved it, last
        self._random = 0  # how many random places have been asked for

    @property
    def positions(self) -> list[float]:
        """Where a knob of each axis would stand, 0..1."""
        return [axis.position(value) for axis, value in zip(self.axes, self.z, strict=True)]

    @property
    def moved_positions(self) -> list[float]:
        """Where each axis is with its motion as it was at the last step, 0..1."""
        return [
            position if motion.kind == "off" else clamp(position + away, 0.0, 1.0)
            for position, away, motion in zip(self.positions, self._away, self.motions, strict=True)
        ]

    def check_axis(self, axis: int) -> None:
        """Raises `ControlError` if there is none."""
        if not 0 <= axis < len(self.axes):
            raise ControlError(f"axis must be in 1..{len(self.axes)}, got {axis + 1}")

    def move(self, axis: int, position: float) -> None:
        """Move one axis to a place 0..1 of its range; what lies outside is cut. Raises `ControlError`."""
        self.check_axis(axis)
        self.z[axis] = self.axes[axis].at(_unit(position, "a position"))

    def move_all(self, positions: Sequence[float]) -> None:
        """Raises `ControlError` if there are not as many as axes."""
        if len(positions) != len(self.axes):
            raise ControlError(f"a point must have {len(self.axes)} positions, got {len(positions)}")
        self.z = [axis.at(_unit(value, "a position")) for axis, value in zip(self.axes, positions, strict=True)]

    def jump(self, z: Sequence[float]) -> None:
        """Go to a point of the latent space."""
        if len(z) != len(self.axes):
            raise ControlError(f"a point must have {len(self.axes)} numbers, got {len(z)}")
        self.z = list(z)

    def find(self, place: str, snapshots: Mapping[str, Sequence[float]], seed: int) -> tuple[float, ...]:
        """The point of a landmark (its name or text form), of a snapshot, of ``random`` or ``here``.

        ``snapshots``: their points by name. Raises `ControlError`, with the names there are.
        """
        word = place.strip()
        if word.lower() == "here":
            return tuple(self.z)
        if word.lower() == "random":
            self._random += 1
            drawn = random.Random(f"{seed}/{self._random}")
            return tuple(drawn.gauss(0.0, 1.0) for _ in self.axes)
        if word in snapshots:
            return tuple(snapshots[word])
        mark = self._places.get(word.lower())
        if mark is None:
            with contextlib.suppress(PatternError):
                mark = self._places.get(Pattern.parse(word).text)
        if mark is None:
            names = [*sorted({mark.name for mark in self._places.values()}), *snapshots]
            raise ControlError(f"no landmark or snapshot {place[:64]!r}; there are: {listed(names)}")
        return tuple(mark.z)

    def move_morph(self, position: float) -> None:
        """Go to a place between the corners A and B."""
        self.morph = _unit(position, "morph")
        self.z = list(between(self.corners["a"], self.corners["b"], self.morph))

    def move_pad(self, x: float | None, y: float | None) -> None:
        """Go to a place between the four corners: A at (0, 0), B at (1, 0), C at (0, 1), D at (1, 1). None: stays."""
        self.pad = (self.pad[0] if x is None else _unit(x, "x"), self.pad[1] if y is None else _unit(y, "y"))
        a, b, c, d = (self.corners[corner] for corner in CORNERS)
        self.z = list(pad(a, b, c, d, *self.pad))

    @property
    def moves_by_itself(self) -> bool:
        return any(motion.kind != "off" for motion in self.motions)

    def at(self, beat: float, seconds: float, bar: int, seed: int) -> list[float]:
        """The point with the motion of its axes at a beat, so many seconds after beat 0."""
        if not self.moves_by_itself:
            return self.z
        self._away = [
            0.0 if motion.kind == "off" else offset(motion, number, beat, seconds, bar, seed)
            for number, motion in enumerate(self.motions)
        ]
        return [
            value if motion.kind == "off" else axis.at(position)
            for axis, position, motion, value in zip(self.axes, self.moved_positions, self.motions, self.z, strict=True)
        ]


def _unit(value: float, what: str) -> float:
    if not math.isfinite(value):
        raise ControlError(f"{what} must be in 0..1, got {value}")
    return clamp(value, 0.0, 1.0)
