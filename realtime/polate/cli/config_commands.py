"""The verbs of `polate config`, about the settings file."""

import json
import re
from pathlib import Path

__all__ = ["schema", "show"]

_NOT_PLAIN = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")  # JSON allows them, terminals act


def schema() -> None:
    """Print the JSON schema of the settings file. Editors can check a file with it."""
    from polate.player.config import json_schema

    print(json.dumps(json_schema(), indent=2))


def show(file: Path | None = None) -> None:
    """Check a settings file and print all settings as JSON.

    Parameters
    ----------
    file
        A TOML file (default: the settings without a file).
    """
    import msgspec

    from polate.player.config import load

    text = msgspec.json.format(msgspec.json.encode(load(file, {}))).decode()
    print(_NOT_PLAIN.sub(lambda match: f"\\u{ord(match[0]):04x}", text))
