"""Templates of common controllers: data files with a `Mapping` for each knob, fader and button.

A file's name is what ``controller = "..."`` takes. The numbers in it come from public documentation, which it names; a
controller whose numbers could not be looked up is not here: `polate learn` binds it.
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

    name: Annotated[str, Meta(description="the maker's and the model's")]
    ports: Annotated[list[str], Meta(min_length=1, description="what the names of its ports contain")]
    source: Annotated[str, Meta(description="where its numbers are documented")]
    setup: Annotated[str, Meta(description="what has to be set on it first; empty: nothing")] = ""
    feedback: Annotated[bool, Meta(description="does it show what is sent back to it?")] = False
    map: Annotated[list[Mapping], Meta(min_length=1)]


def controller_names() -> list[str]:
    """The templates there are."""
    return sorted(file.name.removesuffix(".toml") for file in _FOLDER.iterdir() if file.name.endswith(".toml"))


def load_controller(name: str) -> Controller:
    """A template by name. Raises `ConfigError` with the list of those there are."""
    if name not in controller_names():
        raise ConfigError(f"controller must be one of {', '.join(controller_names())}, got {name[:64]!r}")
    return msgspec.toml.decode((_FOLDER / f"{name}.toml").read_bytes(), type=Controller)


def recognise(port: str) -> str | None:
    """The template of the controller whose port this is, by its name; None if it is not known.

    Of several that fit, the one with the longest part: a nanoKONTROL2 is no nanoKONTROL.
    """
    fitting = [
        (len(part), name)
        for name in controller_names()
        for part in load_controller(name).ports
        if part.lower() in port.lower()
    ]
    return max(fitting)[1] if fitting else None
