"""How the operating system wakes a process and which process it runs first."""

import contextlib
import os
import sys

__all__ = ["fine_timers", "give_way", "go_first"]


def fine_timers() -> None:
    """Windows wakes a sleeper every 15.6 ms unless it is asked for every 1."""
    if sys.platform == "win32":
        import ctypes

        ctypes.WinDLL("winmm").timeBeginPeriod(1)


def give_way() -> None:
    """Never take the core from who is running, when woken (Linux: SCHED_BATCH, sched(7)). No privilege is needed.

    Else the scheduler lets a process that a datagram has woken run in the place of the gate, which spins: beside a busy
    player and 500 datagrams a second one onset in twenty was 0.20 ms late, and with this 0.08
    (benchmarks/scheduling.py).
    """
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))  # type: ignore[attr-defined,unused-ignore]


def go_first() -> None:
    """SCHED_FIFO where that is permitted, or else as any other process."""
    with contextlib.suppress(AttributeError):
        for policy, priority in ((os.SCHED_FIFO, 20), (os.SCHED_OTHER, 0)):  # type: ignore[attr-defined,unused-ignore]
            with contextlib.suppress(OSError):
                os.sched_setscheduler(0, policy, os.sched_param(priority))  # type: ignore[attr-defined,unused-ignore]
                return
