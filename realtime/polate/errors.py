"""Every error that Polate raises on purpose.

    PolateError
    ├── PatternError      a pattern, a tonic or a note name that cannot be
    ├── ConfigError       a setting that is missing, mistyped or out of range
    ├── ModelError        an exported file that breaks the contract of exported/README.md
    ├── ControlError      a MIDI or OSC message that asks for what cannot be
    ├── PortError         a MIDI port or a network port that is not there
    └── TakeError         a take, a journal or a file of snapshots that cannot be used

A message says what was wrong, what is allowed, and what came. Where that is, the error has as fields.
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
    "message_and_path",
]

_MOST_LISTED = 40


class PolateError(Exception):
    """The root of the tree; the command line prints it and exits with status 1.

    With a ``path`` the message is what is said of the thing there, and has no subject of its own:
    ``ConfigError("must be 1 or 0, got 2", path="hold", file="studio.toml")`` is printed as
    "studio.toml: hold must be 1 or 0, got 2".
    """

    def __init__(self, message: str, *, path: str = "", file: object = "") -> None:
        super().__init__(message)
        self.message = message
        self.path = path  # of the setting or the like: bpm, map[1].channel; empty: the message names its subject
        self.file = str(file)  # the file that it is in; empty: none

    def __str__(self) -> str:
        sentence = f"{self.path} {self.message}" if self.path else self.message
        return f"{self.file}: {sentence}" if self.file else sentence


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


def message_and_path(error: Exception) -> tuple[str, str]:
    """The two parts of what msgspec says: "Expected `int` - at `$.map[1].channel`" is "Expected `int`" and
    "map[1].channel". The path is empty where there is none, as for any other error."""
    message, _, place = str(error).rpartition(" - at ")
    if not message:
        return str(error), ""
    part, _, path = place.rpartition(" in ")  # of a table's key: "`key` in `$.cc`"
    path = path.strip("`").removeprefix("$").removeprefix(".")
    return (f"{part.strip('`')}: {message}" if part else message), path
