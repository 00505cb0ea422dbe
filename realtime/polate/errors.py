"""Every error that Polate raises on purpose.

    PolateError
    ├── PatternError      a pattern, a tonic or a note name that cannot be
    ├── ConfigError       a setting that is missing, mistyped or out of range
    ├── ModelError        an exported file that breaks the contract of exported/README.md
    ├── ControlError      a MIDI or OSC message that asks for what cannot be
    ├── PortError         a MIDI port or a network port that is not there
    └── TakeError         a take, a journal or a file of snapshots that cannot be used

A message says what was wrong, what is allowed, and what came.
"""

from collections.abc import Sequence

__all__ = [
    "ConfigError",
    "ControlError",
    "ModelError",
    "PatternError",
    "PolateError",
    "PortError",
    "TakeError",
    "listed",
]

_MOST_LISTED = 40


class PolateError(Exception):
    """The root of the tree; the command line prints its message and exits with status 1."""


class PatternError(PolateError, ValueError):
    """A pattern, a tonic or a note name that cannot be."""


class ConfigError(PolateError, ValueError):
    """A setting that is missing, mistyped or out of range."""


class ModelError(PolateError, ValueError):
    """An exported file that breaks the contract; the message names the key."""


class ControlError(PolateError, ValueError):
    """A MIDI or OSC message that asks for what cannot be."""


class PortError(PolateError, OSError):
    """A MIDI port or a network port that is not there."""


class TakeError(PolateError, ValueError):
    """A take, a journal or a file of snapshots that cannot be used."""


def listed(names: Sequence[str]) -> str:
    """What there is, for a message: so many names as can be read, and how many more there are."""
    shown = ", ".join(names[:_MOST_LISTED]) or "none"
    return shown if len(names) <= _MOST_LISTED else f"{shown} and {len(names) - _MOST_LISTED} more"
