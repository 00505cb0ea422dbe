"""Files that are read within bounds, and written whole or not at all. Polate reads and writes by them alone.

    path --read_at_most--> bytes        bytes --replace_file--> path        path --create_file--> a file that grows

What is there must be a file: a pipe, a device or a folder is refused at once, and nothing waits for it. A link is
followed to read; to write only within its own folder, so that a link in a shared folder cannot lead a take elsewhere.
Nobody reads half of a file that is replaced, and a failure leaves the one that was there.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

__all__ = ["create_file", "read_at_most", "read_beginning", "replace_file"]

_PART = 1 << 20  # bytes
_UNSIZED = 1 << 20  # bytes that are read of a file that states no size, as those of /proc
_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_NOT_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_PLAIN = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


def read_at_most(path: Path, most: int) -> bytes:
    """The content of a file. Raises `OSError`; also for one of more than ``most`` bytes, which is not read further."""
    with _opened(path) as (fd, size):
        if size > most:
            raise OSError(errno.EFBIG, f"it must have at most {most} bytes, got {size}", str(path))
        limit = most if size else min(most, _UNSIZED)
        content = _read(fd, limit + 1)
    if len(content) > limit:  # it has grown, or states no size
        raise OSError(errno.EFBIG, f"it must have at most {limit} bytes, got more", str(path))
    return content


def read_beginning(path: Path, most: int) -> bytes:
    """The first bytes of a file, at most so many. Raises `OSError`."""
    with _opened(path) as (fd, _):
        return _read(fd, most)


def create_file(path: Path, *, is_new: bool = False) -> BinaryIO:
    """An empty file, open to be written and read, without a buffer.

    One that is there is emptied; with ``is_new`` it is an error. Raises `OSError`.
    """
    path = _writable(path)
    exclusive = os.O_EXCL if is_new else 0
    fd = os.open(path, os.O_RDWR | os.O_CREAT | exclusive | _NOT_WAITING | _PLAIN | _NO_LINK, 0o666)
    try:
        _check_kind(os.fstat(fd).st_mode, path)
        os.ftruncate(fd, 0)
        return open(fd, "w+b", buffering=0)
    except BaseException:
        os.close(fd)
        raise


def replace_file(path: Path, content: bytes, *, sync: bool = False, mode: int | None = None) -> None:
    """Write a file. ``sync``: down to the disk. ``mode``: its permissions; None: those of the one that is there.

    Raises `OSError`, also if another thing than a file has the name.
    """
    path = _writable(path)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with contextlib.suppress(FileNotFoundError):  # a process of the same number was killed
            part.unlink()
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _PLAIN, 0o666 if mode is None else mode)
        with open(fd, "wb") as file:
            file.write(content)
            if sync:
                file.flush()
                os.fsync(file.fileno())
        if mode is None:
            with contextlib.suppress(FileNotFoundError):
                os.chmod(part, path.stat().st_mode)
        os.replace(part, path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tuple[int, int]]:
    """The descriptor and the size of a file, open to be read. Raises `OSError`."""
    try:
        _check_kind(os.stat(path).st_mode, path)
        fd = os.open(path, os.O_RDONLY | _NOT_WAITING | _PLAIN)
    except ValueError as error:  # a NUL, or half of a surrogate pair
        raise OSError(errno.EINVAL, f"no file can have this name: {error}", repr(str(path))) from None
    try:
        found = os.fstat(fd)
        _check_kind(found.st_mode, path)  # of what is open: another may have its name now
        yield fd, found.st_size
    finally:
        os.close(fd)


def _read(fd: int, most: int) -> bytes:
    parts = []
    while most and (part := os.read(fd, min(_PART, most))):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


def _writable(path: Path) -> Path:
    """The path that is written: of a link, the file of the same folder that it leads to.

    Raises `OSError` if another thing than a file has the name, or if a link leads to another folder.
    """
    try:
        mode = os.lstat(path).st_mode
        if stat.S_ISLNK(mode):
            return _followed(path)
        _check_kind(mode, path)
    except FileNotFoundError:
        pass
    except ValueError as error:
        raise OSError(errno.EINVAL, f"no file can have this name: {error}", repr(str(path))) from None
    return path


def _followed(link: Path) -> Path:
    target = os.path.realpath(link)
    with contextlib.suppress(FileNotFoundError):  # it leads to a file that is not there yet
        _check_kind(os.stat(link).st_mode, link)  # raises `OSError` for links that lead to each other
    if os.path.dirname(target) != os.path.realpath(link.parent):
        raise OSError(errno.EPERM, f"it must not be a link to another folder, got one to {target}", str(link))
    return Path(target)


def _check_kind(mode: int, path: Path) -> None:
    """Raises `OSError` for the mode of anything but a file."""
    if stat.S_ISDIR(mode):
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "something else")
        raise OSError(errno.EINVAL, f"it must be a file, got {kind}", str(path))
