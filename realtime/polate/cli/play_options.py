"""The options of `polate play`: one for each setting, made from the settings table.

    words --read_plain--> given settings      the quick way, without a library
    words --cyclopts----> given settings      `polate.cli.play_verb`: help, errors and every other way of writing

Importing cyclopts takes longer than 5 % of the time from the start to the first note (docs/performance.md). So a plain
command line is read here, and cyclopts is only imported for one that is not plain. Both read the same table.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from polate.control.fields import Field
from polate.player.config import OPTIONS

__all__ = ["CONFIG", "REPEATED", "choices_of", "read_plain"]

CONFIG = "config"
"""The one option that is not a setting: the file to read settings from."""

REPEATED = ("input",)
"""The options whose values are kept all if the option is repeated, as a list."""

_MOST_CHOICES = 12  # the help describes a longer list in words
_WHOLE_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,8})")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,9})?")


def choices_of(field: Field) -> tuple[str, ...]:
    """The words that the option takes, if the help lists them; otherwise empty."""
    return field.choices if len(field.choices) <= _MOST_CHOICES else ()


def read_plain(words: Sequence[str]) -> dict[str, Any] | None:
    """Read a command line of ``--option value``, ``--option=value``, ``--switch`` and ``--no-switch`` only.

    Returns the given settings by field name, the last one of a repeated option; those in `REPEATED` are lists. Returns
    None if anything else is there, such as ``--help``, an unknown option or a number that is none: then cyclopts must
    read the words.
    """
    given: dict[str, Any] = {}
    remaining = iter(words)
    for word in remaining:
        if not word.startswith("--"):
            return None
        key, equals, text = word[2:].partition("=")
        is_on = not key.startswith("no-")
        field = OPTIONS.get(key.removeprefix("no-"))
        if field is not None and field.plain is bool and not equals:
            given[field.name] = is_on
            continue
        text = text if equals else next(remaining, "-")
        value = Path(text) if key == CONFIG and not text.startswith("-") else _value(OPTIONS.get(key), text)
        if value is None:
            return None
        if key in REPEATED:
            given[OPTIONS[key].name] = [*given.get(OPTIONS[key].name, ()), value]
        else:
            given[key if key == CONFIG else OPTIONS[key].name] = value
    return given


def _value(field: Field | None, text: str) -> float | str | None:
    """The value of an option's text; None if it is not plainly one."""
    if field is None or field.plain is bool:
        return None
    if field.plain is float:
        return float(text) if _NUMBER.fullmatch(text) else None
    if field.plain is int:
        return int(text) if _WHOLE_NUMBER.fullmatch(text) else None
    choices = choices_of(field)
    return None if text.startswith("-") or (choices and text not in choices) else text
