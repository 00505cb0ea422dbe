"""`polate learn`: move a knob, and it is bound to a target, in the settings file.

    messages --Gathering--> Found(source, channel) --bind--> [[map]] in the file

`Gathering` and `bind` are pure; `learn` listens to a port and writes the file after every binding.
"""

import contextlib
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from polate.control.settings import FIELDS
from polate.errors import ConfigError
from polate.mapping.mapping import Mapping
from polate.mapping.targets import parse_target
from polate.midi.sources import (
    BEND,
    CONTROL,
    NOTE_OFF,
    NOTE_ON,
    PARAMETER_CONTROLS,
    PRESSURE,
    PROGRAM,
    DataEntry,
    Encoding,
    Source,
    is_channel_message,
    parse_source,
)
from polate.player.config import LARGEST_FILE, MidiApi
from polate.runtime.file_io import read_at_most, replace_file

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

    from polate.runtime.child_process import StopSignals

__all__ = ["REST_NS", "Found", "Gathering", "bind", "controllers", "learn", "mapping_for"]

REST_NS = 500_000_000
"""When nothing has moved for so long, what came is judged."""
_LONGEST_NS = 4_000_000_000  # but something that never rests is judged after this
_FEWEST = 3  # messages by which a knob can be told from an encoder
_POLL_SECONDS = 0.005


# -- what was moved -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """What was moved."""

    source: Source
    channel: int  # 1..16
    is_switch: bool = False  # it sends two values only
    doubt: str = ""  # what the hand must still do before this is certain


@dataclass(slots=True)
class Gathering:
    """Collects messages until the hand rests, and says which source they come from."""

    _messages: list[tuple[int, ...]] = field(default_factory=list)
    _first_ns: int = 0
    _last_ns: int = 0

    def feed(self, message: Sequence[int], now_ns: int) -> None:
        """One message; what is no channel message of MIDI is passed over."""
        if not is_channel_message(message):
            return
        if not self._messages:
            self._first_ns = now_ns
        self._messages.append(tuple(message))
        self._last_ns = now_ns

    def found(self, now_ns: int) -> Found | None:
        """What it was; None while nothing has come, or the hand is still moving."""
        if not self._messages:
            return None
        if now_ns - self._last_ns < REST_NS and now_ns - self._first_ns < _LONGEST_NS:
            return None
        return _judge(self._messages)


def _judge(messages: Sequence[tuple[int, ...]]) -> Found | None:
    if found := _find_nrpn(messages):
        return found
    values: dict[tuple[int, int], list[int]] = {}  # by status and number
    for message in messages:
        status, number, last = message[0], message[1], message[-1]
        if status & 0xF0 == NOTE_OFF:
            status, last = NOTE_ON | status & 0x0F, 0
        if status & 0xF0 in (BEND, PRESSURE, PROGRAM):
            last = number if status & 0xF0 == PROGRAM else last
            number = 0
        values.setdefault((status, number), []).append(last)
    (status, number), came = max(values.items(), key=lambda item: len(item[1]))  # of equals, the first
    channel = (status & 0x0F) + 1
    match status & 0xF0:
        case 0x90:
            return Found(Source("note", number), channel, is_switch=True)
        case 0xA0:
            return Found(Source("poly-pressure", number), channel)
        case 0xC0:
            return Found(Source("program", came[-1]), channel, is_switch=True)
        case 0xD0:
            return Found(Source("pressure"), channel)
        case 0xE0:
            return Found(Source("pitch-bend"), channel)
    upper = number - 32 if 32 <= number < 64 else number
    if upper < 32 and (status, upper) in values and (status, upper + 32) in values:
        return Found(Source("cc14", upper), channel)
    return _judge_control(number, channel, came)


def _find_nrpn(messages: Sequence[tuple[int, ...]]) -> Found | None:
    """The last parameter that data was sent to; None if there is none."""
    entries = [DataEntry() for _ in range(16)]
    found = None
    for message in messages:
        if message[0] & 0xF0 == CONTROL and message[1] in PARAMETER_CONTROLS:
            channel = message[0] & 0x0F
            number = entries[channel].feed(message[1], message[2])
            if number is not None:
                found = Found(Source("nrpn", number), channel + 1)
    return found


def _judge_control(number: int, channel: int, came: Sequence[int]) -> Found:
    """A knob moves through neighbouring values; an encoder repeats the same few; a button knows two."""
    knob = Source("cc", number)
    others = set(came) - {0}
    if len(others) == 1 and 0 in came and max(others) >= 64:
        return Found(knob, channel, is_switch=True)
    if len(came) < _FEWEST:
        return Found(knob, channel, doubt="move it further")
    encoding, both_ways = _encoding([value for value in came if value])
    if encoding is None:
        return Found(knob, channel)
    doubt = "" if both_ways else "turn it the other way too"
    return Found(Source("relative", number, encoding), channel, doubt=doubt)


def _encoding(clicks: Sequence[int]) -> tuple[Encoding | None, bool]:
    """The encoding of an encoder, if it is one, and whether it was turned both ways.

    A knob that is turned far goes through what lies between the two ends of an encoding, and never says the same twice;
    an encoder gives at most some 30 clicks a message. (Some send a 0 after each: it is left out.)
    """
    right, left = [value for value in clicks if value < 64], [value for value in clicks if value > 64]
    both_ways = bool(right and left)
    repeats = sum(before == after for before, after in pairwise(clicks)) * 2 >= len(clicks) - 1
    if not (both_ways or repeats) or not clicks or 64 in clicks:
        return None, both_ways
    if all(value <= 32 for value in right):
        if all(value >= 96 for value in left) and {1, 2, 126, 127} & set(clicks):
            return "twos-complement", both_ways
        if both_ways and max(left) <= 96:
            return "sign", both_ways
    if all(32 <= value <= 96 for value in clicks):
        return "offset", both_ways
    return None, both_ways


# -- into the file --------------------------------------------------------------------------------


def mapping_for(found: Found, target: str) -> Mapping:
    """The map of what was moved to a target. Any program change recalls snapshots; a button toggles what is on or off.

    Raises `ConfigError` if they do not go together.
    """
    source, kind = found.source, parse_target(target).kind
    if source.kind == "program" and kind == "number":
        source = Source("program")
    setting = FIELDS.get(target)
    on_and_off = kind == "state" or (setting is not None and setting.plain is bool)
    mode: Literal["momentary", "toggle"] = "toggle" if found.is_switch and on_and_off else "momentary"
    return Mapping(source=str(source), channel=found.channel, target=target, mode=mode)


def bind(document: "TOMLDocument", mapping: Mapping) -> list[str]:
    """Write a map into a settings file, in the place of those with the same source or the same target.

    Returns what was replaced, in words. Comments and order stay. Raises `ConfigError` if the file's maps are none.
    """
    import tomlkit

    source = parse_source(mapping.source)
    replaced = []
    controls: Any = document.get("cc", {})
    if not isinstance(controls, dict):
        raise ConfigError(f"[cc] must be a table, got {controls!r}")
    for number, target in list(controls.items()):
        if target == mapping.target or (source.kind == "cc" and str(number) == str(source.number)):
            replaced.append(f"cc {number} -> {target}")
            del controls[number]
    maps: Any = document.get("map")
    if maps is None:
        maps = tomlkit.aot()
        document.append("map", maps)
    if not isinstance(maps, list) or not all(isinstance(entry, dict) for entry in maps):
        raise ConfigError(f"map must be written as [[map]] tables, got {str(maps)[:64]}")
    if not isinstance(maps, tomlkit.items.AoT):  # an array in a line has no room for tables
        tables = tomlkit.aot()
        for entry in maps:
            tables.append(tomlkit.item(dict(entry)))
        document.remove("map")
        document.append("map", tables)
        maps = tables
    for place in reversed(range(len(maps))):
        entry = maps[place]
        same_target = entry.get("target") == mapping.target
        same_source = " ".join(str(entry.get("source", "")).split()) == str(source)
        same_channel = entry.get("channel") in (None, mapping.channel)
        if same_target or (same_source and same_channel):
            replaced.append(f"{entry.get('source')} -> {entry.get('target')}")
            del maps[place]
    table = tomlkit.table()
    table.add("source", mapping.source)
    table.add("channel", mapping.channel)
    table.add("target", mapping.target)
    if mapping.mode != "momentary":
        table.add("mode", mapping.mode)
    maps.append(table)
    return replaced


def read_document(path: Path) -> "TOMLDocument":
    """The settings file, or an empty one if there is none. Raises `ConfigError`."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.parse(read_at_most(path, LARGEST_FILE).decode().replace("\r\n", "\n"))
    except FileNotFoundError:
        return tomlkit.document()
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    except (TOMLKitError, ValueError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error


def write_document(path: Path, document: "TOMLDocument") -> None:
    """Whole or not at all. Raises `ConfigError`."""
    try:
        replace_file(path, document.as_string().encode())
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error


# -- the verbs ------------------------------------------------------------------------------------


def learn(
    targets: Annotated[list[str] | None, Parameter(negative=())] = None,
    /,
    *,
    config: Path = Path("polate.toml"),
    input: str | None = None,  # noqa: A002
    midi_api: MidiApi = "auto",
) -> None:
    """Move a knob, and it is bound to a target, in the settings file.

    The file is written after every binding, and what else stands in it stays. Ctrl-C ends it and keeps what is bound.

    Parameters
    ----------
    targets
        What to bind, one after the other, as in docs/mapping.md: z/1, gate, play, snapshot ...; z/1 to z/8 where they
        are left out.
    config
        The settings file; it is made if it is not there.
    input
        A MIDI input's name, or a part of it that only one has; the virtual port 'Polate In' where it is left out.
    midi_api
        The MIDI system to use.
    """
    from polate.gate.frames import clock
    from polate.midi.ports import VIRTUAL_INPUT, open_input
    from polate.runtime.child_process import quiet_native_stderr, stop_signals

    wanted = targets or [f"z/{axis}" for axis in range(1, 9)]
    for target in wanted:
        parse_target(target)
    document = read_document(config)
    quiet_native_stderr()
    port = open_input(input, midi_api)
    bound = 0
    print(f"listening to {input or VIRTUAL_INPUT!r}; Ctrl-C ends it and keeps what is bound", flush=True)
    # By a flag: an exception may be lost in the MIDI library, in the middle of whose work it comes.
    with contextlib.closing(port), stop_signals(signal.SIGINT) as stopped:
        for target in wanted:
            print(f"{target}: move what shall move it, both ways and far", flush=True)
            mapping = _hear(port, target, clock, stopped)
            if mapping is None:
                print()
                break
            replaced = bind(document, mapping)
            write_document(config, document)
            bound += 1
            instead = f", instead of {'; '.join(replaced)}" if replaced else ""
            print(f"{target}: {mapping.source}, channel {mapping.channel}{instead}", flush=True)
    print(f"{bound} of {len(wanted)} bound; to play with them: polate play --config {config}")


def _hear(port: Any, target: str, clock: Any, stopped: "StopSignals") -> Mapping | None:
    """Listen until something has been moved that can move the target; None if it was stopped before."""
    gathering, said = Gathering(), ""
    for _ in port.messages():  # what still came from the one before
        pass
    while not stopped.received:
        for message, _ in port.messages():
            gathering.feed(message, clock())
        found = gathering.found(clock())
        if found is None:
            time.sleep(_POLL_SECONDS)
            continue
        if not found.doubt:
            try:
                return mapping_for(found, target)
            except ConfigError as error:
                print(f"{target}: {error}", flush=True)
                gathering, said = Gathering(), ""
        elif said != found.doubt:
            said = found.doubt
            print(f"{target}: {found.source}? {said}", flush=True)
        else:
            time.sleep(_POLL_SECONDS)
    return None


def controllers() -> None:
    """List the templates of controllers, and which of them are connected."""
    from polate.mapping.controllers import controller_names, load_controller, recognise
    from polate.midi.ports import find_system
    from polate.runtime.child_process import quiet_native_stderr

    quiet_native_stderr()
    system = find_system()
    here = {recognise(port) for port in system.inputs()} if system else set()
    for name in controller_names():
        template = load_controller(name)
        print("\t".join([name, template.name + (" (connected)" if name in here else ""), template.setup]).rstrip())
