"""`polate play` as cyclopts sees it: a function whose options are made from the settings table."""

import inspect
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Group, Parameter

from polate.cli.play_options import CONFIG, REPEATED, choices_of
from polate.control.fields import Field
from polate.errors import ConfigError
from polate.player.config import OPTIONS

__all__ = ["default_in_words", "play"]

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
    "web": "Page",
    "model": "Model and files",
}
"""The first option of each section of the help, and the section's title."""


def play(*begin: str, **given: Any) -> None:
    """Play the map with MIDI controllers, OSC and a page in the browser. Ctrl-C stops.

    PLACE is where the music begins: polate play "giant steps". Each option is a setting. A settings file (--config) can
    have the same settings, and MIDI mappings too. An option on the command line replaces the setting of the file.
    """
    from polate.cli.play import play as run

    if begin:
        if "place" in given:
            raise ConfigError(f"there are two places to begin at: {' '.join(begin)!r} and {given['place']!r}")
        given["place"] = " ".join(begin)
    run(given)


def _parameters() -> Iterator[inspect.Parameter]:
    yield _parameter(CONFIG, Path, help="Read settings from this TOML file.", group=Group("Settings file", sort_key=0))
    group = Group("Settings", sort_key=0)
    for number, field in enumerate(OPTIONS.values(), 1):
        if field.key in _SECTIONS:
            group = Group(_SECTIONS[field.key], sort_key=number)
        yield _parameter(
            field.name,
            list[str] if field.key in REPEATED else field.plain,
            help=_help(field),
            group=group,
            choices=choices_of(field) or None,
            negative=f"--no-{field.key}" if field.plain is bool else (),
            show_default=partial(_default_of, field),
        )


def _parameter(name: str, kind: type, **how: Any) -> inspect.Parameter:
    """One option. cyclopts passes it only if the command line has it; if it is repeated, the last one counts."""
    parameter = Parameter(allow_repeating=True, **how)
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, parameter]
    )


def _help(field: Field) -> str:
    """What the option does, as a sentence, and the range of a number."""
    sentence = f"{field.doc[0].upper()}{field.doc[1:]}."
    if field.plain is str or field.range is None:
        return sentence
    return f"{sentence} [range: {field.range[0]:g}..{field.range[1]:.10g}]"


def _default_of(field: Field, _: object) -> Any:
    """For cyclopts, which knows only that the option can be left out."""
    return default_in_words(field.default)


def default_in_words(value: Any) -> Any:
    """A default as every help shows it; None to show none, because the text of the option says it."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


_PLACE = inspect.Parameter(
    "words",
    inspect.Parameter.VAR_POSITIONAL,
    annotation=Annotated[str, Parameter(name="PLACE", help=_help(OPTIONS["place"]), group=Group("Place", sort_key=0))],
)

# cyclopts takes the annotations of the function too: `begin` is the name of no option, nor of _PLACE
play.__signature__ = inspect.Signature([_PLACE, *_parameters()])  # type: ignore[attr-defined]
