"""The text of a settings file, within the bounds of what its parsers read in time.

    polate.toml --read_toml--> text --tomllib, tomlkit--> tables

The time of tomllib grows with the square of the parts of a dotted key: a file of 64 kB took it 20 s or more.
"""

import re
from pathlib import Path

from polate.errors import ConfigError
from polate.runtime.file_io import read_at_most
from polate.theory.text_encoding import utf8

__all__ = ["LARGEST_FILE", "MOST_PARTS", "read_toml"]

LARGEST_FILE = 64 * 1024
"""In bytes."""

MOST_PARTS = 16
"""Of a dotted key. The settings need three: motion.1.kind."""

_MOST_MARKS = 6000  # "=", ",", "[" and "{": ten each of 600 mappings; tomllib reads them in 0.1 s
_MOST_DEPTH = 64  # of arrays and inline tables in each other

_TEXTS = re.compile(r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*', re.DOTALL)


def read_toml(path: Path) -> str:
    """The text of a TOML file, without its byte order mark. Raises `ConfigError`, and `FileNotFoundError`."""
    try:
        text = utf8(read_at_most(path, LARGEST_FILE)).decode()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeError as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error
    if (why := _refusal(text)) is not None:
        raise ConfigError(f"{path} is not TOML that Polate reads: {why}")
    return text


def _refusal(text: str) -> str | None:
    """Why no settings file is like this one; None if it may be. In a time that is linear in its size."""
    bare = _TEXTS.sub("x", text)  # quoted texts and comments as a letter
    if (marks := len(re.findall(r"[=,\[{]", bare))) > _MOST_MARKS:
        return f"it must have at most {_MOST_MARKS} of the marks = , [ and {{, got {marks}"
    depth = deepest = 0
    for bracket in re.findall(r"[][{}]", bare):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    if deepest > _MOST_DEPTH:
        return f"arrays and tables must be in each other at most {_MOST_DEPTH} deep, got {deepest}"
    for word in re.split(r"[^\w.\-]+", re.sub(r"[ \t]+(?=\.)|(?<=\.)[ \t]+", "", bare)):
        if (parts := word.count(".") + 1) > MOST_PARTS:
            return f"a key must have at most {MOST_PARTS} parts, got {parts}"
    return None
