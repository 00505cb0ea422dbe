"""The clock that every process of Polate on one machine shares."""

import time

__all__ = ["Chore", "clock"]

clock = time.perf_counter_ns
"""Monotonic nanoseconds. On Linux, macOS and Windows its zero belongs to the machine, not to the process.
`time.monotonic` counts in steps of 15 ms on Windows."""


class Chore:
    """Something that is done now and then: 75 ms after the last time if the process is awake then, or else at 150 ms.

    So several chores share their wake-ups, and need few of their own.
    """

    _LEAST_NS, _MOST_NS = 75_000_000, 150_000_000

    def __init__(self) -> None:
        self._done_ns = -self._MOST_NS

    @property
    def deadline_ns(self) -> int:
        """When it must be done."""
        return self._done_ns + self._MOST_NS

    def begins(self, now_ns: int) -> bool:
        """Whether to do it now. If so, it counts as done."""
        if now_ns - self._done_ns < self._LEAST_NS:
            return False
        self._done_ns = now_ns
        return True
