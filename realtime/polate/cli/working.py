"""Say on a terminal what a verb is doing, as long as it does nothing else that can be seen."""

import contextlib
import sys
import threading
import time
from collections.abc import Iterator

from polate.errors import printable
from polate.runtime.process_limit import start_thread

__all__ = ["working"]

_FIRST_SECONDS = 0.3  # what is quicker says nothing
_EVERY_SECONDS = 0.5
_ERASE = "\r\x1b[K"


@contextlib.contextmanager
def working(what: str) -> Iterator[None]:
    """While the block runs, show ``what`` and the seconds on standard error, if that is a terminal.

    The line is erased at the end. The block must print nothing.
    """
    if not sys.stderr.isatty():
        yield
        return
    what = printable(what)
    is_done, began = threading.Event(), time.monotonic()

    def show() -> None:
        wait = _FIRST_SECONDS
        while not is_done.wait(wait):
            sys.stderr.write(f"{_ERASE}{what} ... {time.monotonic() - began:.0f} s")
            sys.stderr.flush()
            wait = _EVERY_SECONDS
        if wait != _FIRST_SECONDS:
            sys.stderr.write(_ERASE)
            sys.stderr.flush()

    thread = threading.Thread(target=show, name="polate-working", daemon=True)
    is_shown = start_thread(thread)
    try:
        yield
    finally:
        is_done.set()
        if is_shown:
            thread.join()
