"""Who gives way to whom on a core: onsets with 500 OSC/s and a thread that burns the player's interpreter, the
processes under several scheduling policies in one interleaved run. Linux; needs what timing.py needs.

    python benchmarks/scheduling.py [--blocks 24]

The policies are put on running processes from outside, all at ordinary priority (no SCHED_FIFO). A shorter slice is
sched_setattr(2)'s sched_runtime of SCHED_OTHER, which the kernel heeds from 6.12 on.
"""

import argparse
import ctypes
import os
import struct
from collections.abc import Callable

from timing import FAST, Stage, children_of, count_at, said, send_osc

SCHED_SETATTR = {"x86_64": 314, "aarch64": 274}
SHORT_NS = 100_000


def put(pid: int, policy: int, slice_ns: int = 0) -> None:
    """On all threads of a process. ``slice_ns`` 0: the system's."""
    size, flags, nice, priority, deadline, period, clamps = 56, 0, 0, 0, 0, 0, (0, 0)
    attributes = struct.pack("=IIQiIQQQII", size, policy, flags, nice, priority, slice_ns, deadline, period, *clamps)
    libc = ctypes.CDLL(None, use_errno=True)
    for thread in os.listdir(f"/proc/{pid}/task"):
        if libc.syscall(SCHED_SETATTR[os.uname().machine], int(thread), attributes, 0):
            raise OSError(ctypes.get_errno(), "sched_setattr")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--blocks", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with Stage(options) as stage:
        ours, c = stage["polate"], stage["C"]
        children = children_of(ours.process.pid)
        gate, listeners = children.pop("polate.gate.process"), list(children.values())
        line = f"{FAST} {count_at(FAST, options.seconds)}"

        def turn(gives_way: bool = False, player: bool = False, short: bool = False, beside: bool = False) -> list[int]:
            put(gate, os.SCHED_OTHER, SHORT_NS if short else 0)
            put(ours.process.pid, os.SCHED_BATCH if player else os.SCHED_OTHER)
            for listener in listeners:
                put(listener, os.SCHED_BATCH if gives_way else os.SCHED_OTHER)
            ours.ask("burn 1")
            try:
                plays = c if beside else ours
                return plays.ask(line, lambda: send_osc(ours.ready["osc"], options.seconds, stage.shuffle))
            finally:
                ours.ask("burn 0")

        turns: dict[str, Callable[[], list[int]]] = {
            "all alike": turn,
            "listeners give way": lambda: turn(gives_way=True),
            "and the player too": lambda: turn(gives_way=True, player=True),
            "a shorter slice for the gate": lambda: turn(short=True),
            "both": lambda: turn(gives_way=True, short=True),
            "C loop, all alike": lambda: turn(beside=True),
            "C loop, listeners give way": lambda: turn(beside=True, gives_way=True),
        }
        for name, result in stage.interleaved(turns).items():
            print(f"{name:30} {said(result)}")


if __name__ == "__main__":
    main()
