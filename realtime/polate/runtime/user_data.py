"""The user's data folder, where Polate keeps what nobody has named a file for."""

from pathlib import Path

from platformdirs import user_data_path

__all__ = ["NO_HOME", "user_data_folder"]

NO_HOME = "there is no home folder (HOME is not set, and the user has no entry): name a file with --snapshots"


def user_data_folder() -> Path | None:
    """The folder, which may not exist yet. None for a user without a home folder, as in some containers."""
    try:
        folder = user_data_path("polate", appauthor=False)
    except (RuntimeError, KeyError, OSError):
        return None
    return folder if folder.is_absolute() else None
