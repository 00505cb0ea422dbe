"""Which steps sound, how loud, and with how many strokes.

    step --rhythm, Euclid, probability--> a rest, or --dynamics, ratchets--> Hit

Pure functions of the number of a step: the order of the calls does not matter.
"""

from dataclasses import dataclass
from functools import lru_cache

from polate.control.settings import PlaySettings
from polate.sequencer.seeded_random import Purpose, uniform

__all__ = ["Hit", "euclid", "hit", "swung"]


@dataclass(frozen=True, slots=True)
class Hit:
    """How a step sounds."""

    velocity: int  # 1..127
    ratchets: int  # strokes in the step, 1..8


def hit(settings: PlaySettings, step: int, height: float) -> Hit | None:
    """How a step sounds; None is a rest.

    ``step``: from the beginning of the song, rests included. Masks, accents and chance depend on it. ``height``: of the
    note in its phrase, 0..1.
    """
    if settings.rhythm and settings.rhythm[step % len(settings.rhythm)] == ".":
        return None
    if settings.euclid_pulses:
        pulses = euclid(settings.euclid_pulses, settings.euclid_steps, settings.euclid_rotation)
        if not pulses[step % settings.euclid_steps]:
            return None
    if not _happens(settings.probability, settings.seed, Purpose.SOUND, step):
        return None
    ratchets = settings.ratchets
    if ratchets > 1 and not _happens(settings.ratchet_chance, settings.seed, Purpose.RATCHET, step):
        ratchets = 1
    return Hit(_velocity(settings, step, height), ratchets)


def swung(swing: float, step: int) -> float:
    """How late a step is, in steps. The first step of each pair takes ``swing`` percent, so the second one is late."""
    return swing / 50 - 1 if step % 2 else 0.0


@lru_cache(maxsize=64)
def euclid(pulses: int, steps: int, rotation: int = 0) -> tuple[bool, ...]:
    """Which steps sound when the pulses are spread as evenly as possible: E(3, 8) is x..x..x.

    ``rotation``: how many steps later the rhythm begins. If there are at least as many pulses as steps, every step
    sounds. The method is E. Bjorklund's, as in G. Toussaint, *The Euclidean Algorithm Generates Traditional Musical
    Rhythms* (2005): the rests are dealt out to the pulses, and the groups that are left over are dealt out again, until
    at most one is left.
    """
    groups, rest = [[True]] * pulses, [[False]] * (steps - pulses)
    while groups and rest:
        count = min(len(groups), len(rest))
        dealt = [a + b for a, b in zip(groups, rest, strict=False)]
        groups, rest = dealt, groups[count:] or rest[count:]
        if len(rest) <= 1:
            break
    line = [sounds for group in groups + rest for sounds in group]
    return tuple([line[(step - rotation) % steps] for step in range(steps)])


def _happens(percent: float, seed: int, purpose: Purpose, step: int) -> bool:
    return percent >= 100 or uniform(seed, purpose, step) * 100 < percent


def _velocity(settings: PlaySettings, step: int, height: float) -> int:
    match settings.dynamics:
        case "fixed":
            loudness = 1.0
        case "rising":
            loudness = height
        case "falling":
            loudness = 1 - height
        case "accents":
            accents = settings.accents or "X"
            loudness = {"X": 1.0, "x": 0.5, ".": 0.0}[accents[step % len(accents)]]
    return round(settings.soft + (settings.velocity - settings.soft) * loudness)
