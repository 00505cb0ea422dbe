"""The clock that every process of Polate on one machine shares."""

import time

__all__ = ["clock"]

clock = time.perf_counter_ns
"""Monotonic nanoseconds. On Linux, macOS and Windows its zero belongs to the machine, not to the process.
`time.monotonic` counts in steps of 15 ms on Windows."""
