"""Templates of common controllers: data files with a `Mapping` for each knob, fader and button.

The name of a file, without its suffix, is the value of the setting ``controller``. The numbers in a file come from
public documentation, which the file names. Controllers without such documentation have no template: `polate learn`
binds their controls.
"""

from importlib.resources import files
from typing import Annotated

import msgspec
from msgspec import Meta

from polate.errors import ConfigError
from polate.mapping.mapping import Mapping

__all__ = ["Controller", "controller_names", "load_controller", "recognise"]

_FOLDER = files("polate.mapping.controllers")


class Controller(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """One template."""

    name: Annotated[str, Meta(description="name of the maker and the model")]
    ports: Annotated[list[str], Meta(min_length=1, description="parts of the names of its MIDI ports")]
    source: Annotated[str, Meta(description="documentation that its numbers come from")]
    setup: Annotated[str, Meta(description="settings to make on the controller first; empty: none")] = ""
    feedback: Annotated[bool, Meta(description="whether it shows feedback")] = False
    map: Annotated[list[Mapping], Meta(min_length=1)]


def controller_names() -> list[str]:
    """The names of all templates."""
    return sorted(file.name.removesuffix(".toml") for file in _FOLDER.iterdir() if file.name.endswith(".toml"))


def load_controller(name: str) -> Controller:
    """The template with this name. Raises `ConfigError`, which lists the names."""
    if name not in controller_names():
        raise ConfigError(f"controller must be one of {', '.join(controller_names())}, got {name[:64]!r}")
    return msgspec.toml.decode((_FOLDER / f"{name}.toml").read_bytes(), type=Controller)


def recognise(port: str) -> str | None:
    """The name of the template that fits the name of a MIDI port; None if none fits.

    If several fit, the one with the longest part of the port's name: a nanoKONTROL2 is not a nanoKONTROL.
    """
    fitting = [
        (len(part), name)
        for name in controller_names()
        for part in load_controller(name).ports
        if part.lower() in port.lower()
    ]
    return max(fitting)[1] if fitting else None
