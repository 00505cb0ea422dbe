"""The token of the page's link. It is kept in a file, so that an open page can reconnect after a restart of Polate."""

import contextlib
import os
import re
import secrets
from pathlib import Path

__all__ = ["page_token"]

_BYTES = 16


def page_token(path: Path | None) -> str:
    """The token in this file. If there is none, or if others can read the file, a new token is written.

    If the file cannot be written, or ``path`` is None, the token is valid for this run only.
    """
    if path is None:
        return secrets.token_urlsafe(_BYTES)
    with contextlib.suppress(OSError, ValueError):
        if os.name != "posix" or path.stat().st_mode & 0o077 == 0:
            with path.open("rb") as file:
                text = file.read(256).decode("ascii").strip()
            if re.fullmatch(r"[A-Za-z0-9_-]{16,64}", text):
                return text
    token = secrets.token_urlsafe(_BYTES)
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(fd, "w") as file:
            file.write(f"{token}\n")
    return token
