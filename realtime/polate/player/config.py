"""The settings of `polate play`: one typed table that checks the TOML file and the command line, and gives the schema.

output = "IAC Driver Bus 1"
bpm = 96

[cc]
21 = "z/1"
"""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from polate.control.fields import Field, fields_of
from polate.control.settings import Motion, PlaySettings
from polate.errors import ConfigError, PolateError, message_and_path
from polate.mapping.controllers import load_controller
from polate.mapping.mapping import Mapping, mappings_of
from polate.runtime.file_io import read_at_most

__all__ = ["LARGEST_FILE", "OPTIONS", "Config", "MidiApi", "json_schema", "load"]

LARGEST_FILE = 64 * 1024
"""Bytes: tomllib takes 19 s for a key of 20,000 parts."""

MidiApi = Literal["auto", "alsa", "jack", "coremidi", "winmm"]
Seconds = Annotated[float, Meta(gt=0, le=31_536_000)]  # a year
Name = Annotated[str, Meta(min_length=1, pattern=r"^[^\x00]*$(?!\n)")]


class Config(PlaySettings, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """Every setting, with its default; the names are those of the command line's options."""

    # -- ports
    output: Annotated[
        Name | None,
        Meta(description="a MIDI output's name, or a part that only one has; none: the virtual 'Polate Out'"),
    ] = None
    bass_output: Annotated[Name | None, Meta(description="the MIDI output of the bass; none: the line's")] = None
    chord_output: Annotated[Name | None, Meta(description="the MIDI output of the chord; none: the line's")] = None
    input: Annotated[Name | None, Meta(description="a MIDI input's name, likewise; none: the virtual 'Polate In'")] = (
        None
    )
    controller: Annotated[
        Name | None, Meta(description="a template for the input ('polate controllers' lists them); none: no template")
    ] = None
    feedback_output: Annotated[
        Name | None, Meta(description="the MIDI output that the controller's rings and faders listen to; none: none")
    ] = None
    midi_api: Annotated[MidiApi, Meta(description="the MIDI system to use")] = "auto"
    osc: Annotated[bool, Meta(description="listen to OSC")] = True
    osc_host: Annotated[Name, Meta(description="the address to listen on for OSC")] = "127.0.0.1"
    osc_port: Annotated[int, Meta(ge=1, le=65535, description="the UDP port to listen on for OSC")] = 9010
    osc_timetags: Annotated[
        Literal["honour", "ignore"],
        Meta(description="of OSC bundles: do what is in one when its time tag says, or at once"),
    ] = "honour"
    # -- tempo
    sync: Annotated[
        Literal["internal", "midi", "link"],
        Meta(description="whose clock to follow: Polate's own, MIDI clock from the input, or Ableton Link"),
    ] = "internal"
    dropout: Annotated[
        Literal["hold", "free-run"],
        Meta(description="what to do while a MIDI clock is missing: wait in silence, or go on at its last tempo"),
    ] = "hold"
    quantum: Annotated[float, Meta(ge=1, le=64, description="beats that Link peers agree on the phase of")] = 4.0
    clock_out: Annotated[bool, Meta(description="send MIDI clock to the output")] = False
    # -- the rest
    model: Annotated[Name | None, Meta(description="slonimsky, octave, or an .onnx file; none: slonimsky")] = None
    record: Annotated[
        Name | None,
        Meta(
            description="a MIDI file to write what is played to, and beside it its journal; "
            "a take that is there is kept as NAME.before.mid"
        ),
    ] = None
    snapshots: Annotated[
        Name | None,
        Meta(description="the file that snapshots are kept in; none: one for each model in the user's data folder"),
    ] = None
    captures: Annotated[
        Name | None, Meta(description="the folder that captures are written to; none: the present one")
    ] = None
    seconds: Annotated[Seconds | None, Meta(description="stop by itself after so long")] = None
    display: Annotated[
        bool, Meta(description="draw in the terminal; in a pipe, print a line for each pattern; --no-display: neither")
    ] = True
    motion: Annotated[
        dict[Annotated[str, Meta(pattern=r"^[1-9][0-9]?$(?!\n)")], Motion],
        Meta(description="what moves an axis by itself, by its number"),
    ] = msgspec.field(default_factory=dict)
    osc_alias: Annotated[
        dict[str, str], Meta(description='another OSC address for one of Polate\'s: "/1/fader1" = "/polate/z/1"')
    ] = msgspec.field(default_factory=dict)
    cc: Annotated[
        dict[Annotated[int, Meta(ge=0, le=127)], str] | None,
        Meta(
            description="MIDI control number -> target, on any channel; none, and no map: 70 to 77 -> z/1 to z/8, "
            "and programs recall snapshots"
        ),
    ] = None
    map: Annotated[list[Mapping], Meta(description="what on the MIDI input moves what")] = msgspec.field(
        default_factory=list
    )

    @property
    def model_path(self) -> Path | None:
        """The model that was chosen, as `polate.model.decoder.Decoder.open` takes it; None: the default."""
        return Path(self.model) if self.model else None

    def mappings(self) -> list[Mapping]:
        """Its maps, the short table and the template together. Raises `ConfigError`."""
        template = load_controller(self.controller).map if self.controller else ()
        return mappings_of(self.cc, self.map, template)

    def check(self) -> None:
        """What the types cannot say, of the maps and the OSC aliases too. Raises `ControlError` with the place of a
        setting that cannot be; `ConfigError` for a map, a controller or an alias."""
        super().check()
        self.mappings()
        if self.osc_alias:
            from polate.osc.addresses import check_aliases

            check_aliases(self.osc_alias)


OPTIONS: dict[str, Field] = fields_of(Config, leave_out=("motion", "cc", "map", "osc_alias"))
"""What the command line takes too: everything but the tables."""


def load(path: Path | None, given: dict[str, Any]) -> Config:
    """The settings of a file, or the defaults, with what was given on the command line in their place.

    ``given``: by field name. Raises `ConfigError` with the path of what is wrong.
    """
    table: dict[str, Any] = {}
    if path is not None:
        try:
            table = tomllib.loads(read_at_most(path, LARGEST_FILE).decode())
        except OSError as error:
            raise ConfigError(f"cannot read {path}: {error.strerror}") from error
        except (ValueError, RecursionError) as error:  # among them TOMLDecodeError and UnicodeDecodeError
            raise ConfigError(f"{path} is not TOML: {error}") from error
        _config(table, path)  # so that what is wrong in the file is not said of the command line
    return _config({**table, **{name.replace("_", "-"): value for name, value in given.items()}})


def _config(values: dict[str, Any], file: Path | str = "") -> Config:
    names = [field.encode_name for field in msgspec.structs.fields(Config)]
    if unknown := next((key for key in values if key not in names), None):
        raise ConfigError(f"there is no setting {unknown[:64]!r}; there are {', '.join(names)}", file=file)
    try:
        config = msgspec.convert(values, Config, strict=True, str_keys=True)
        config.check()
    except msgspec.ValidationError as error:
        message, path = message_and_path(error)
        raise ConfigError(_complaint(message, path, values, error), path=path, file=file) from error
    except PolateError as error:
        raise ConfigError(error.message, path=error.path, file=file) from error
    return config


def _complaint(message: str, path: str, values: dict[str, Any], error: Exception) -> str:
    field = OPTIONS.get(path)
    if field is None:
        return f"is not valid: {message}"
    if field.plain is bool:
        return f"must be true or false, got {values[path]!r}"
    return field.complaint(values[path], error)


def json_schema() -> dict[str, Any]:
    """The JSON schema of the file, for editors."""
    return msgspec.json.schema(Config)
