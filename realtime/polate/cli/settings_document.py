"""The settings file as a document: write a mapping into it and keep its comments and its order.

polate.toml --read_document--> TOMLDocument --bind(mapping)--> write_document --> polate.toml
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from polate.errors import ConfigError
from polate.mapping.mapping import Mapping
from polate.midi.port_names import VIRTUAL_INPUT
from polate.midi.sources import parse_source
from polate.player.toml_text import read_toml
from polate.runtime.file_io import replace_file

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

__all__ = ["bind", "name_input", "read_document", "write_document"]


def bind(document: "TOMLDocument", mapping: Mapping) -> list[str]:
    """Write a mapping into the document. It replaces the mappings of the same source or the same target.

    Returns the replaced mappings in words. Raises `ConfigError` if ``[cc]`` or ``[[map]]`` is not a table.
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
    if not isinstance(maps, tomlkit.items.AoT):  # map = [{...}] on one line: write it as [[map]] tables
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
        same_input = mapping.input is None or entry.get("input") in (None, mapping.input)
        if same_target or (same_source and same_channel and same_input):
            replaced.append(f"{entry.get('source')} -> {entry.get('target')}")
            del maps[place]
    table = tomlkit.table()
    table.add("source", mapping.source)
    if mapping.input:
        table.add("input", mapping.input)
    table.add("channel", mapping.channel)
    table.add("target", mapping.target)
    if mapping.mode != "momentary":
        table.add("mode", mapping.mode)
    maps.append(table)
    return replaced


def name_input(document: "TOMLDocument", mapping: Mapping, name: str | None) -> Mapping:
    """Write the MIDI input of a mapping into the document, unless it is there.

    ``name``: None for the virtual input. Returns the mapping, with its input if the document has several. Raises
    `ConfigError` if ``inputs`` is not a list.
    """
    import msgspec

    more = document.get("inputs", [])
    if not isinstance(more, list):
        raise ConfigError(f"inputs must be a list of names, got {str(more)[:64]}")
    names = [*([str(document["input"])] if "input" in document else []), *map(str, more)]
    if not names:
        if name is not None:
            document.add("input", name)  # tomlkit puts it before the first table
        return mapping
    wanted = name or VIRTUAL_INPUT
    if wanted not in names:
        if names[1:] == []:  # so far all mappings were those of the one input
            maps: Any = document.get("map", [])
            for entry in maps if isinstance(maps, list) else ():
                if isinstance(entry, dict):
                    entry.setdefault("input", names[0])
        document["inputs"] = [*more, wanted]
        names.append(wanted)
    return msgspec.structs.replace(mapping, input=wanted) if len(names) > 1 else mapping


def read_document(path: Path) -> "TOMLDocument":
    """Read the settings file; an empty document if it does not exist. Raises `ConfigError`."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.parse(read_toml(path).replace("\r\n", "\n"))
    except FileNotFoundError:
        return tomlkit.document()
    except ConfigError:
        raise
    except (TOMLKitError, ValueError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error


def write_document(path: Path, document: "TOMLDocument") -> None:
    """Replace the settings file, completely or not at all. Raises `ConfigError`."""
    try:
        replace_file(path, document.as_string().encode())
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error
