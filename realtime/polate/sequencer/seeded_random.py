"""Chance that can be asked for at any place: the same key always gives the same number, another one an independent one.

So a step that is played again, after a seek or in a replay, comes out as it did.
"""

from enum import IntEnum

__all__ = ["Purpose", "uniform"]


class Purpose(IntEnum):
    """What a number is for: one seed serves them all, and none follows another."""

    SOUND = 0  # does a step sound?
    RATCHET = 1  # is it ratcheted?
    WALK = 2  # where does an axis wander?


def uniform(seed: int, *key: int) -> float:
    """A number in 0..1, 1 excluded, for a seed and a key of whole numbers, negative ones too.

    SplitMix64 (Steele, Lea and Flood, *Fast Splittable Pseudorandom Number Generators*, 2014), once for each number:
    it picks the number's place in a sequence, and what is found there is where the next sequence begins. The upper
    53 bits of the last make the fraction.
    """
    state = 0
    for number in (seed, *key):
        state = _mix(state + (number + 1) * 0x9E3779B97F4A7C15 & _MASK)
    return (state >> 11) / 2**53


_MASK = 2**64 - 1


def _mix(z: int) -> int:
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & _MASK
    return z ^ z >> 31
