"""What moves by itself: axes around where their knobs stand, the morph and the pad. Pure functions of time.

Positions are parts of an axis's range; beats are quarter notes, and ``bar`` is how many a bar has.
"""

import math
from collections.abc import Sequence

from polate.control.settings import Motion
from polate.runtime.clamp import clamp
from polate.sequencer.seeded_random import Purpose, uniform

__all__ = ["between", "offset", "pad", "round_corners", "triangle"]


def offset(motion: Motion, axis: int, beat: float, seconds: float, bar: int, seed: int) -> float:
    """How far an axis is from where its knob stands: -depth/2..depth/2.

    An lfo goes by ``seconds``, an orbit and a walk by ``beat``. All shapes but the square begin at the knob and go up.
    A walk goes smoothly from one place to the next, a new one each ``bars`` bars, and another for each axis and seed:
    value noise, with the smoothstep between.
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
    """-1..1."""
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
    """Where the morph is when it goes by itself: from 0 to 1 in so many bars, and back in as many. ``bars`` above 0."""
    return 1 - abs(beat / (bars * bar) % 2 - 1)


def round_corners(beat: float, bars: float, bar: int) -> tuple[float, float]:
    """Where the pad is when it goes round its edge by itself, A B D C, in so many bars. ``bars`` above 0."""
    sides = beat / (bars * bar) % 1 * 4  # gone along
    return clamp(min(sides, 3 - sides), 0.0, 1.0), clamp(min(sides - 1, 4 - sides), 0.0, 1.0)


def between(a: Sequence[float], b: Sequence[float], position: float) -> tuple[float, ...]:
    """The point of the straight way from a to b: a at 0, b at 1, exactly."""
    return tuple([(1 - position) * x + position * y for x, y in zip(a, b, strict=True)])


def pad(
    a: Sequence[float], b: Sequence[float], c: Sequence[float], d: Sequence[float], x: float, y: float
) -> tuple[float, ...]:
    """The point between four corners, bilinear: A at (0, 0), B at (1, 0), C at (0, 1), D at (1, 1), exactly."""
    return between(between(a, b, x), between(c, d, x), y)
