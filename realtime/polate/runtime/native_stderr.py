"""Silence for what C libraries print."""

import os
import sys

__all__ = ["quiet_native_stderr"]


def quiet_native_stderr() -> None:
    """Send what C libraries print on standard error nowhere; Python's own messages still come out.

    libasound and libjack report every failed attempt there, into the middle of the display.
    """
    kept = os.dup(2)  # the command line has made sure that it is open
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    sys.stderr = os.fdopen(kept, "w", buffering=1, errors="backslashreplace")
