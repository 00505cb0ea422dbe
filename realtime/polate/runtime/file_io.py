"""Files that are read within bounds, and written whole or not at all.

Nobody reads half of one, and a failure leaves the one that was there.
"""

import contextlib
import errno
import os
from pathlib import Path

__all__ = ["read_at_most", "replace_file"]


def read_at_most(path: Path, most: int) -> bytes:
    """The content of a file. Raises `OSError`; also for one of more than ``most`` bytes, which is not read further."""
    with path.open("rb") as file:
        content = file.read(most + 1)
        size = os.fstat(file.fileno()).st_size
    if len(content) > most:  # a pipe or a device has no size
        came = size if size > most else "more"
        raise OSError(errno.EFBIG, f"it must have at most {most} bytes, got {came}", str(path))
    return content


def replace_file(path: Path, content: bytes, *, sync: bool = False) -> None:
    """Write a file; one that is there keeps its permissions. ``sync``: down to the disk. Raises `OSError`."""
    path = path.resolve()  # of a link, what it leads to
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            if sync:
                file.flush()
                os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            os.chmod(part, path.stat().st_mode)
        os.replace(part, path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
