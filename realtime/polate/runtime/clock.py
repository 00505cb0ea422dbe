"""The clock that every process of Polate on one machine shares."""

import time

__all__ = ["clock", "next_tick"]

clock = time.perf_counter_ns
"""Monotonic nanoseconds. On Linux, macOS and Windows its zero belongs to the machine, not to the process.
`time.monotonic` counts in steps of 15 ms on Windows."""


def next_tick(now_ns: int, period_ns: int) -> int:
    """The next multiple of a period, in nanoseconds. Work that is due at the same multiples shares one wake-up."""
    return now_ns - now_ns % period_ns + period_ns
