"""The token of the page's link. It is kept in a file, so that an open page can reconnect after a restart of Polate."""

import contextlib
import os
import re
import secrets
from pathlib import Path

from polate.runtime.file_io import read_at_most, replace_file

__all__ = ["page_token"]

_BYTES = 16
_LARGEST_FILE = 256  # bytes


def page_token(path: Path | None) -> str:
    """The token in this file. If there is none, or if others can read the file, a new token is written.

    If the file cannot be written, or ``path`` is None, the token is valid for this run only.
    """
    if path is None:
        return secrets.token_urlsafe(_BYTES)
    with contextlib.suppress(OSError, ValueError):
        if os.name != "posix" or path.stat().st_mode & 0o077 == 0:
            text = read_at_most(path, _LARGEST_FILE).decode("ascii").strip()
            if re.fullmatch(r"[A-Za-z0-9_-]{16,64}", text):
                return text
    token = secrets.token_urlsafe(_BYTES)
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, f"{token}\n".encode(), mode=0o600)
    return token
