"""The settings file as a document: write a mapping into it and keep its comments and its order.

polate.toml --read_document--> TOMLDocument --bind(mapping)--> write_document --> polate.toml
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from polate.errors import ConfigError
from polate.mapping.mapping import Mapping
from polate.midi.sources import parse_source
from polate.player.config import LARGEST_FILE
from polate.runtime.file_io import read_at_most, replace_file
from polate.theory.text_encoding import utf8

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

__all__ = ["bind", "read_document", "write_document"]


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
    """Read the settings file; an empty document if it does not exist. Raises `ConfigError`."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.parse(utf8(read_at_most(path, LARGEST_FILE)).decode().replace("\r\n", "\n"))
    except FileNotFoundError:
        return tomlkit.document()
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    except (TOMLKitError, ValueError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error


def write_document(path: Path, document: "TOMLDocument") -> None:
    """Replace the settings file, completely or not at all. Raises `ConfigError`."""
    try:
        replace_file(path, document.as_string().encode())
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error
