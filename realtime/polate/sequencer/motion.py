"""Motion without a control: of an axis around its knob, of the morph, and of the pad. Pure functions of time.

Positions and distances on an axis are fractions of its range. Beats are quarter notes from the beginning of the song.
``bar`` is the number of beats in a bar.
"""

import math
from collections.abc import Sequence

from polate.control.path import Path
from polate.control.settings import Motion
from polate.runtime.clamp import clamp
from polate.sequencer.seeded_random import Purpose, uniform

__all__ = ["along", "between", "offset", "pad", "round_corners", "triangle"]


def offset(motion: Motion, axis: int, beat: float, seconds: float, bar: int, seed: int) -> float:
    """How far an axis is from its knob: -depth/2..depth/2.

    An lfo depends on ``seconds``, an orbit and a walk depend on ``beat``. All shapes except the square begin at the
    knob and rise. A walk goes smoothly from one random place to the next, in ``bars`` bars each. It is different for
    each ``axis`` and ``seed``. It is value noise, interpolated by the smoothstep function.
    """
    match motion.kind:
        case "off":
            return 0.0
        case "lfo":
            place = _shape(motion.shape, seconds * motion.hz + motion.phase)
        case "orbit":
            place = _shape(motion.shape, beat / (motion.bars * bar) + motion.phase)
        case "walk":
            span, way = divmod(beat / (motion.bars * bar), 1)
            here, there = (2 * uniform(seed, Purpose.WALK, axis, int(span) + end) - 1 for end in (0, 1))
            place = here + (there - here) * way * way * (3 - 2 * way)
    return place * motion.depth / 2


def _shape(shape: str, turns: float) -> float:
    """The value of a wave, -1..1, after so many turns."""
    match shape:
        case "sine":
            return math.sin(2 * math.pi * turns)
        case "triangle":
            return 1 - 4 * abs((turns + 0.25) % 1 - 0.5)
        case "saw":
            return 2 * ((turns + 0.5) % 1) - 1
        case _:  # square
            return 1.0 if turns % 1 < 0.5 else -1.0


def triangle(beat: float, bars: float, bar: int) -> float:
    """The position of the morph: from 0 to 1 in ``bars`` bars, and back in as many. ``bars`` must be above 0."""
    return 1 - abs(beat / (bars * bar) % 2 - 1)


def round_corners(beat: float, bars: float, bar: int) -> tuple[float, float]:
    """The position of the pad, x and y: along its edge, A B D C, in ``bars`` bars. ``bars`` must be above 0."""
    sides = beat / (bars * bar) % 1 * 4  # how many sides lie behind
    return clamp(min(sides, 3 - sides), 0.0, 1.0), clamp(min(sides - 1, 4 - sides), 0.0, 1.0)


def along(path: Path, beat: float, bars: float, bar: int) -> tuple[float, float]:
    """The positions of a point that travels a path in ``bars`` bars, again and again. ``bars`` must be above 0."""
    gone = beat / (bars * bar) % 1 * path.pieces
    piece = min(int(gone), path.pieces - 1)  # just before beat 0 the remainder rounds to 1
    x, y = between(path.points[piece], path.points[(piece + 1) % len(path.points)], gone - piece)
    return x, y


def between(a: Sequence[float], b: Sequence[float], position: float) -> tuple[float, ...]:
    """The point on the straight line from a to b: exactly a at 0, exactly b at 1."""
    return tuple([(1 - position) * x + position * y for x, y in zip(a, b, strict=True)])


def pad(
    a: Sequence[float], b: Sequence[float], c: Sequence[float], d: Sequence[float], x: float, y: float
) -> tuple[float, ...]:
    """The bilinear point between four corners: exactly A at (0, 0), B at (1, 0), C at (0, 1), D at (1, 1)."""
    return between(between(a, b, x), between(c, d, x), y)
