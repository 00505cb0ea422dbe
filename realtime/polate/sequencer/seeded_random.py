"""Random numbers by key: the same seed and key give the same number, whatever was drawn before.

So a step that is played again, after a seek or in a replay, sounds the same.
"""

from enum import IntEnum

__all__ = ["Purpose", "uniform"]


class Purpose(IntEnum):
    """What a number decides: the first part of its key. So one seed gives independent numbers for each purpose."""

    SOUND = 0  # does a step sound?
    RATCHET = 1  # is it ratcheted?
    WALK = 2  # where does an axis go?


def uniform(seed: int, *key: int) -> float:
    """A number in 0..1, without 1. ``key``: integers, negative ones too.

    The numbers of seed and key are mixed in turn by SplitMix64 (Steele, Lea and Flood, *Fast Splittable Pseudorandom
    Number Generators*, 2014): each selects a place in the sequence that starts at the state before it, and the value at
    that place is the next state. The upper 53 bits of the last state are the fraction.
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
