"""`polate play` as cyclopts sees it: a function whose options are made from the settings table."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Group, Parameter

from polate.cli.play_options import CONFIG, choices_of
from polate.control.fields import Field
from polate.player.config import OPTIONS

__all__ = ["play"]

_SECTIONS = {
    "bpm": "Time",
    "tonic": "Notes",
    "gate": "Rhythm",
    "velocity": "Loudness",
    "channel": "Voices",
    "keys": "Keys",
    "morph-bars": "Motion",
    "output": "Ports",
    "sync": "Tempo",
    "model": "Model and files",
}
"""The first option of each section of the help, and the section's title."""


def play(**given: Any) -> None:
    """Play the map with MIDI controllers and OSC. Ctrl-C stops.

    Each option is a setting; the file that --config names can hold the same settings, and tables of MIDI mappings.
    An option on the command line wins over the file.
    """
    from polate.cli.play import play as run

    run(given)


def _parameters() -> Iterator[inspect.Parameter]:
    yield _parameter(CONFIG, Path, help="Read settings from this TOML file.", group=Group("Settings file", sort_key=0))
    group = Group("Settings", sort_key=0)
    for number, field in enumerate(OPTIONS.values(), 1):
        if field.key in _SECTIONS:
            group = Group(_SECTIONS[field.key], sort_key=number)
        yield _parameter(
            field.name,
            field.plain,
            help=_help(field),
            group=group,
            choices=choices_of(field) or None,
            negative=f"--no-{field.key}" if field.plain is bool else None,
            show_default=_shown_default(field),
        )


def _parameter(name: str, kind: type, **how: Any) -> inspect.Parameter:
    """One option. cyclopts passes it only if the command line has it; if it is repeated, the last one counts."""
    parameter = Parameter(allow_repeating=True, **how)
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, parameter]
    )


def _help(field: Field) -> str:
    """What the option does, and the range of a number."""
    if field.plain is str or field.range is None:
        return field.doc
    return f"{field.doc} [range: {field.range[0]:g}..{field.range[1]:.10g}]"


def _shown_default(field: Field) -> Any:
    """For cyclopts: False shows none, a function gives the words."""
    default = field.default
    if default is None or default == "":  # the text of the option says what that means
        return False
    if isinstance(default, bool):
        return lambda _: "yes" if default else "no"
    return lambda _: f"{default:g}" if isinstance(default, float) else str(default)


play.__signature__ = inspect.Signature([*_parameters()])  # type: ignore[attr-defined]
