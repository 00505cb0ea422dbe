"""Keep C libraries from printing on standard error."""

import os
import sys

__all__ = ["quiet_native_stderr"]


def quiet_native_stderr() -> None:
    """Discard what C libraries print on standard error. Python's own messages are still printed.

    libasound and libjack print every failed attempt there, in the middle of the display.
    """
    kept = os.dup(2)  # the command line has made sure that it is open
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    sys.stderr = os.fdopen(kept, "w", buffering=1, errors="backslashreplace")
