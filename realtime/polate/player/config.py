"""The settings of `polate play`: their types check the TOML file and the command line, and give the JSON schema.

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

from polate.control.commands import Corner, SyncSource
from polate.control.fields import Field, fields_of
from polate.control.path import Path as MapPath
from polate.control.settings import Motion, PlaySettings
from polate.errors import ConfigError, PolateError, PortError, message_and_path
from polate.gate.osc_output import is_osc, peer_of
from polate.mapping.controllers import load_controller
from polate.mapping.mapping import Mapping, fits, mappings_of
from polate.midi.port_names import VIRTUAL_INPUT
from polate.player.toml_text import read_toml

__all__ = ["OPTIONS", "Config", "MidiApi", "json_schema", "load"]

MidiApi = Literal["auto", "alsa", "jack", "coremidi", "winmm"]
Seconds = Annotated[float, Meta(gt=0, le=31_536_000)]  # a year
MOST_INPUTS = 16
Name = Annotated[str, Meta(min_length=1, pattern=r"^[^\x00]*$(?!\n)")]


class Config(PlaySettings, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """Every setting of the file. Those in `OPTIONS` are options of the command line too."""

    # -- ports
    output: Annotated[
        Name | None,
        Meta(
            description="MIDI output: a port's name, or a part of it that no other port has (default: the virtual "
            "port 'Polate Out'); osc:ADDRESS:PORT sends notes over OSC"
        ),
    ] = None
    bass_output: Annotated[Name | None, Meta(description="MIDI output of the bass (default: the line's output)")] = None
    chord_output: Annotated[Name | None, Meta(description="MIDI output of the chord (default: the line's output)")] = (
        None
    )
    copy_output: Annotated[
        Name | None,
        Meta(description="OSC output, osc:ADDRESS:PORT, that gets the notes of all voices too (default: none)"),
    ] = None
    input: Annotated[
        Name | None,
        Meta(
            description="MIDI input: a port's name, or a part of it that no other port has (default: the virtual "
            "port 'Polate In')"
        ),
    ] = None
    inputs: Annotated[
        list[Name],
        Meta(
            max_length=MOST_INPUTS,
            description="more MIDI inputs, each as for input; on the command line, --input more than once",
        ),
    ] = msgspec.field(default_factory=list)
    keys_input: Annotated[
        Name | None, Meta(description="MIDI input whose notes are keys: a part of its name (default: every input)")
    ] = None
    sync_input: Annotated[
        Name | None,
        Meta(
            description="MIDI input whose MIDI clock is followed: a part of its name (default: the first that sends "
            "a clock)"
        ),
    ] = None
    controller: Annotated[
        Name | None,
        Meta(
            description="template for a controller, whose ports are opened if no input is named; 'polate controllers' "
            "lists the templates (default: no template)"
        ),
    ] = None
    feedback_output: Annotated[Name | None, Meta(description="MIDI output for controller feedback (default: off)")] = (
        None
    )
    midi_api: Annotated[MidiApi, Meta(description="MIDI system to use")] = "auto"
    osc: Annotated[bool, Meta(description="listen for OSC messages")] = True
    osc_host: Annotated[Name, Meta(description="network address to listen on for OSC")] = "127.0.0.1"
    osc_port: Annotated[int, Meta(ge=1, le=65535, description="UDP port to listen on for OSC")] = 9010
    osc_allow: Annotated[
        list[Name],
        Meta(
            max_length=64,
            description="other machines whose OSC messages are taken, as addresses or networks such as 192.168.1.20 or "
            "192.168.1.0/24 (default: any that osc-host lets in)",
        ),
    ] = msgspec.field(default_factory=list)
    osc_timetags: Annotated[
        Literal["honour", "ignore"],
        Meta(description="when an OSC bundle takes effect: at the time of its time tag (honour), or at once (ignore)"),
    ] = "honour"
    osc_range: Annotated[
        Literal["clamp", "refuse"],
        Meta(description="what to do with an OSC position beyond 0..1: move it to the end (clamp), or refuse it"),
    ] = "clamp"
    # -- tempo
    sync: Annotated[
        SyncSource,
        Meta(
            description="clock to follow: Polate's own (internal), MIDI clock from the input (midi), Ableton Link "
            "(link), or a DAW's song position, which a plugin sends to /polate/playhead (osc)"
        ),
    ] = "internal"
    dropout: Annotated[
        Literal["hold", "free-run"],
        Meta(
            description="what to do when MIDI clock or the song position of a DAW stops arriving: wait in silence "
            "(hold), or go on at the last tempo (free-run)"
        ),
    ] = "hold"
    quantum: Annotated[
        float, Meta(ge=1, le=64, description="length in beats of the cycle that Link peers keep in phase")
    ] = 4.0
    clock_out: Annotated[bool, Meta(description="send MIDI clock to the output")] = False
    # -- the page
    web: Annotated[bool, Meta(description="serve the page that shows and plays the instrument in a browser")] = True
    web_port: Annotated[
        int, Meta(ge=1, le=65535, description="TCP port of the page; if it is taken, the next free port")
    ] = 9080
    open: Annotated[bool, Meta(description="open the page in the browser at the start, if there is a desktop")] = True
    lan: Annotated[
        bool, Meta(description="let other machines of the network open the page too, if they have its link")
    ] = False
    # -- the rest
    model: Annotated[
        Name | None,
        Meta(description="map: slonimsky, octave, atlas, or the path of an .onnx file (default: slonimsky)"),
    ] = None
    place: Annotated[
        Name | None,
        Meta(
            description="where the point begins: a landmark, a pattern, notes, a snapshot, coordinates, or random "
            "(default: a landmark, major triads by minor sixths; the middle of another map)"
        ),
    ] = None
    stopped: Annotated[
        bool, Meta(description="begin stopped: play on the page, in the display or by /polate/play starts the music")
    ] = False
    record: Annotated[
        Name | None,
        Meta(
            description="MIDI file to record to, with its journal beside it; an existing take is kept as "
            "NAME.before.mid (default: no recording)"
        ),
    ] = None
    snapshots: Annotated[
        Name | None,
        Meta(description="file to keep snapshots in (default: one file for each model, in the user's data folder)"),
    ] = None
    captures: Annotated[Name | None, Meta(description="folder to write captures to (default: the current folder)")] = (
        None
    )
    seconds: Annotated[
        Seconds | None, Meta(description="stop after this many seconds (default: play until stopped)")
    ] = None
    display: Annotated[
        bool,
        Meta(
            description="draw in the terminal, or, in a pipe, print a line for each pattern; --no-display does neither"
        ),
    ] = True
    motion: Annotated[
        dict[Annotated[str, Meta(pattern=r"^[1-9][0-9]?$(?!\n)")], Motion],
        Meta(description="motion of each axis, by the axis's number"),
    ] = msgspec.field(default_factory=dict)
    path: Annotated[
        MapPath | None, Meta(description="path of the point through two axes, travelled in path-bars (default: none)")
    ] = None
    corners: Annotated[
        dict[Corner, Name], Meta(description='places of the four corners, as for place: a = "giant steps"')
    ] = msgspec.field(default_factory=dict)
    osc_alias: Annotated[
        dict[str, str], Meta(description='other OSC addresses for those of Polate: "/1/fader1" = "/polate/z/1"')
    ] = msgspec.field(default_factory=dict)
    cc: Annotated[
        dict[Annotated[int, Meta(ge=0, le=127)], str] | None,
        Meta(
            description="MIDI control change number -> target, on any channel. With no mapping at all, 70 to 77 "
            "move z/1 to z/8, and program changes recall snapshots"
        ),
    ] = None
    map: Annotated[list[Mapping], Meta(description="mappings: which control of the MIDI input moves which target")] = (
        msgspec.field(default_factory=list)
    )

    @property
    def model_path(self) -> Path | None:
        """The chosen model, for `polate.model.decoder.Decoder.open`; None: the default model."""
        return Path(self.model) if self.model else None

    @property
    def begins_to_play(self) -> bool:
        """Whether the music begins by itself; else a control or the clock that is followed says when."""
        return not self.stopped and self.sync not in ("midi", "osc")

    @property
    def can_follow_link(self) -> bool:
        """Whether Link is the clock to follow, or can be chosen by OSC or on the page."""
        return self.sync == "link" or self.osc or self.web

    @property
    def input_names(self) -> list[str | None]:
        """The MIDI inputs to open, each once, in the order of their numbers. None is the virtual one."""
        names = [self.input, *self.inputs] if self.input or not self.inputs else self.inputs
        return list(dict.fromkeys(None if name == VIRTUAL_INPUT else name for name in names))

    def mappings(self) -> list[Mapping]:
        """The mappings of ``[[map]]``, ``[cc]`` and the controller's template together. Raises `ConfigError`."""
        template = load_controller(self.controller).map if self.controller else ()
        return mappings_of(self.cc, self.map, template)

    def check(self) -> None:
        """Check what the types cannot express, also of the mappings and the OSC aliases.

        Raises `ControlError` for a setting, and `ConfigError` for a mapping, a controller or an alias.
        """
        super().check()
        self.check_clock()
        self._check_osc_outputs()
        self.mappings()
        if self.osc_allow:
            from ipaddress import ip_network

            for place, each in enumerate(self.osc_allow):
                try:
                    ip_network(each, strict=False)
                except ValueError:
                    message = f"must be an address or a network such as 192.168.1.0/24, got {each[:64]!r}"
                    raise ConfigError(message, path=f"osc-allow[{place}]") from None
        if self.osc_alias:
            from polate.osc.addresses import check_aliases

            check_aliases(self.osc_alias)

    def check_clock(self) -> None:
        """Raises `ConfigError` if the clock to follow cannot be heard."""
        if self.sync == "osc" and not self.osc:
            raise ConfigError("must be true with sync = 'osc', got false", path="osc")

    def _check_osc_outputs(self) -> None:
        for setting in ("output", "bass_output", "chord_output", "copy_output"):
            name = getattr(self, setting)
            if is_osc(name) or (name and setting == "copy_output"):
                try:
                    peer_of(name)
                except PortError as error:
                    raise ConfigError(error.message, path=setting.replace("_", "-")) from error

    def check_inputs(self) -> None:
        """Check the inputs that mappings, keys and the clock name; the command line may name the inputs of a file.

        Raises `ConfigError` for a name that fits none of the inputs.
        """
        named = [("keys-input", self.keys_input), ("sync-input", self.sync_input)]
        named += [(f"map[{place}].input", mapping.input) for place, mapping in enumerate(self.map)]
        if self.controller and not (self.input or self.inputs):
            return  # its port is not known yet
        inputs = [name or VIRTUAL_INPUT for name in self.input_names]
        for path, wanted in named:
            if not any(fits(wanted, name) for name in inputs):
                there = ", ".join(map(repr, inputs))
                raise ConfigError(f"must be a part of the name of one of the inputs {there}, got {wanted!r}", path=path)


OPTIONS: dict[str, Field] = fields_of(
    Config, leave_out=("inputs", "osc_allow", "motion", "path", "corners", "cc", "map", "osc_alias")
)
"""The settings that are also options of the command line: all but the tables of the file."""


def load(path: Path | None, given: dict[str, Any]) -> Config:
    """The settings of a file, if there is one, and of the command line, which takes precedence.

    ``given``: the values of the command line by field name; ``input`` may be a list, which replaces the inputs of the
    file. Raises `ConfigError` with the path of the mistake.
    """
    table: dict[str, Any] = {}
    if path is not None:
        try:
            table = tomllib.loads(read_toml(path))
        except ConfigError:
            raise
        except OSError as error:
            raise ConfigError(f"cannot read {path}: {error.strerror}") from error
        except (ValueError, RecursionError) as error:  # TOMLDecodeError and UnicodeDecodeError are ValueErrors
            raise ConfigError(f"{path} is not TOML: {error}") from error
        _config(table, path)  # a mistake in the file is reported with the file's name
    if isinstance(given.get("input"), list):
        first, *more = given["input"]
        given = {**given, "input": first, "inputs": more}
    config = _config({**table, **{name.replace("_", "-"): value for name, value in given.items()}})
    config.check_inputs()
    return config


def _config(values: dict[str, Any], file: Path | str = "") -> Config:
    names = [field.encode_name for field in msgspec.structs.fields(Config)]
    for key in values:
        if key not in names:
            raise ConfigError(f"there is no setting {key[:64]!r}; there are {', '.join(names)}", file=file)
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
