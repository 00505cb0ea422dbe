"""The verbs of `polate config`, about the settings file."""

import json
from pathlib import Path

__all__ = ["schema", "show"]


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

    print(msgspec.json.format(msgspec.json.encode(load(file, {}))).decode())
