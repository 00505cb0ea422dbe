"""The checks of what commands hold. Each raises `ControlError`."""

from polate.control.fields import Field
from polate.errors import ControlError, PatternError
from polate.theory.pattern import Pattern

__all__ = ["MOST_BARS_TO_GO", "check_bars", "check_pattern", "check_snapshot_name", "field_of"]

MOST_BARS_TO_GO = 256
"""The longest way to a place."""


def check_bars(bars: float) -> None:
    if not 0 <= bars <= MOST_BARS_TO_GO:
        raise ControlError(f"bars must be in 0..{MOST_BARS_TO_GO}, got {bars:g}")


def check_pattern(text: str) -> None:
    """Raises `ControlError` for a text that is neither empty nor a pattern's text form."""
    if text:
        try:
            Pattern.parse(text)
        except PatternError as error:
            raise ControlError(f"is not valid: {error}", path="pattern") from error


def check_snapshot_name(name: str) -> None:
    if not (0 < len(name) <= 64 and name.isprintable() and " " not in name):
        raise ControlError(f"a snapshot's name must have 1 to 64 characters and no space, got {name[:80]!r}")


def field_of(table: dict[str, Field], key: str) -> Field:
    field = table.get(key)
    if field is None:
        raise ControlError(f"no setting {key[:64]!r}; there are {', '.join(table)}")
    return field
