"""The settings of `polate play`: one typed table that checks the TOML file and the command line, and gives the schema.

output = "IAC Driver Bus 1"
bpm = 96

[cc]
21 = "z/1"
"""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta

from polate.controls import BPM_RANGE, parse_rate
from polate.errors import ConfigError, PolateError
from polate.pattern import parse_note

__all__ = ["Config", "json_schema", "load"]

_LARGEST_FILE = 64 * 1024  # tomllib takes 19 s for a key of 20,000 parts

Axis = Annotated[str, Meta(pattern=r"^z/[1-9][0-9]?$", description="z/1 is the first latent axis")]

MidiApi = Literal["auto", "alsa", "jack", "coremidi", "winmm"]
Seconds = Annotated[float, Meta(gt=0, le=31_536_000)]  # a year
Name = Annotated[str, Meta(min_length=1, pattern=r"^[^\x00]*$")]


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """Every setting, with its default; the names are those of the command line's options."""

    output: Annotated[Name | None, Meta(description="a MIDI output's name; none: the virtual 'Polate Out'")] = None
    input: Annotated[Name | None, Meta(description="a MIDI input's name; none: the virtual 'Polate In'")] = None
    midi_api: Annotated[MidiApi, Meta(description="the MIDI system to use")] = "auto"
    osc: Annotated[bool, Meta(description="listen to OSC")] = True
    osc_host: Annotated[Name, Meta(description="the address to listen on")] = "127.0.0.1"
    osc_port: Annotated[int, Meta(ge=1, le=65535, description="the UDP port to listen on")] = 9010
    bpm: Annotated[float, Meta(ge=BPM_RANGE[0], le=BPM_RANGE[1], description="quarter notes a minute")] = 120.0
    rate: Annotated[str, Meta(description="a step's length: 1/1 to 1/64, '.' dotted, 't' triplet")] = "1/16"
    tonic: Annotated[str | int, Meta(description="a note's name (C4 is middle C) or MIDI number")] = "C4"
    velocity: Annotated[int, Meta(ge=1, le=127)] = 100
    gate: Annotated[float, Meta(ge=1, le=100, description="how long a note sounds, in percent of a step")] = 90.0
    channel: Annotated[int, Meta(ge=1, le=16)] = 1
    model: Annotated[Name | None, Meta(description="slonimsky, octave, or an .onnx file; none: slonimsky")] = None
    record: Annotated[Name | None, Meta(description="a MIDI file to write")] = None
    seconds: Annotated[Seconds | None, Meta(description="stop by itself after so long")] = None
    display: Annotated[bool, Meta(description="the live display in the terminal")] = True
    cc: Annotated[
        dict[Annotated[int, Meta(ge=0, le=127)], Axis], Meta(description="MIDI control number -> axis, any channel")
    ] = msgspec.field(default_factory=lambda: {70 + axis: f"z/{axis + 1}" for axis in range(8)})

    @property
    def tonic_note(self) -> int:
        """The tonic as a MIDI note 0..127."""
        return parse_note(str(self.tonic))

    def check(self) -> None:
        """What a type cannot say. Raises `ConfigError` with the path of the setting."""
        for name, parse in (("tonic", lambda: self.tonic_note), ("rate", lambda: parse_rate(self.rate))):
            try:
                parse()
            except PolateError as error:
                raise ConfigError(f"{error} - at `$.{name}`") from error


def load(path: Path | None, given: dict[str, Any]) -> Config:
    """The settings of a file, or the defaults, with what was given on the command line in their place.

    ``given``: by field name. Raises `ConfigError` with the path of what is wrong.
    """
    table: dict[str, Any] = {}
    if path is not None:
        try:
            with path.open("rb") as file:
                content = file.read(_LARGEST_FILE + 1)
            if len(content) > _LARGEST_FILE:
                raise ConfigError(f"{path} must have at most {_LARGEST_FILE} bytes")
            table = tomllib.loads(content.decode())
        except OSError as error:
            raise ConfigError(f"cannot read {path}: {error.strerror}") from error
        except (ValueError, RecursionError) as error:  # among them TOMLDecodeError and UnicodeDecodeError
            raise ConfigError(f"{path} is not TOML: {error}") from error
    given = {name.replace("_", "-"): value for name, value in given.items()}
    for source, values in ((f"{path}: ", table), ("", {**table, **given})):
        try:
            config = msgspec.convert(values, Config, strict=True, str_keys=True)
            config.check()
        except msgspec.ValidationError as error:
            raise ConfigError(f"{source}{error}{_what_came(str(error), values)}") from error
        except ConfigError as error:
            raise ConfigError(f"{source}{error}") from error
    return config


def _what_came(message: str, values: dict[str, Any]) -> str:
    """msgspec names the path and what is allowed; the rest of a helpful message is added here."""
    if "Invalid enum value" in message:
        return f"; there are {', '.join(get_args(MidiApi))}"
    if path := re.search(r"`\$\.([a-z-]+)", message):
        return f", got {values.get(path[1])!r}"
    if "unknown field" in message:
        return f"; there are {', '.join(field.encode_name for field in msgspec.structs.fields(Config))}"
    return ""


def json_schema() -> dict[str, Any]:
    """The JSON schema of the file, for editors."""
    return msgspec.json.schema(Config)
