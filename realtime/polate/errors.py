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

__all__ = ["ConfigError", "ControlError", "ModelError", "PatternError", "PolateError", "PortError", "TakeError"]


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
