"""Who goes before whom on a core."""

import json
import os
import platform
import subprocess
import sys

import pytest
from rig import Rig, children_of, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux's scheduler")

GO_FIRST = """
import ctypes, json, os, struct, threading
from polate.runtime.os_scheduling import go_first

if {nobody} and os.getuid() == 0:
    os.setuid(65534)  # who may not have SCHED_FIFO
go_first(7)
number = {{"x86_64": 315, "aarch64": 275}}[os.uname().machine]
attributes = ctypes.create_string_buffer(56)
assert ctypes.CDLL(None).syscall(number, 0, attributes, 56, 0) == 0
_, policy, flags, _, priority, slice_ns = struct.unpack_from("=IIQiIQ", attributes)
later = []
thread = threading.Thread(target=lambda: later.append(os.sched_getscheduler(0)))
thread.start()
thread.join()
print(json.dumps([policy, priority, slice_ns, *later]))
"""


def after_go_first(*, nobody: bool) -> list[int]:
    """Policy, priority and slice (ns) of a thread that goes first, and the policy of one that it starts."""
    done = subprocess.run(
        [sys.executable, "-c", GO_FIRST.format(nobody=nobody)], capture_output=True, text=True, check=True, timeout=30
    )
    return list(json.loads(done.stdout))


@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="SCHED_FIFO needs a permission")
def test_who_goes_first_has_the_priority_and_does_not_hand_it_on() -> None:
    policy, priority, _, later = after_go_first(nobody=False)
    assert (policy, priority, later) == (os.SCHED_FIFO, 7, os.SCHED_OTHER)


def test_who_may_not_go_first_has_a_short_slice() -> None:
    if tuple(int(part) for part in platform.release().split("-")[0].split(".")[:2]) < (6, 12):
        pytest.skip("Linux before 6.12 has one slice for all")
    policy, priority, slice_ns, later = after_go_first(nobody=True)
    assert (policy, priority, slice_ns, later) == (os.SCHED_OTHER, 0, 100_000, os.SCHED_OTHER)


@pytest.mark.jack
def test_what_listens_gives_way_and_the_gate_goes_first_where_it_may(rig: Rig) -> None:
    process = rig.play()
    children = children_of(process.pid)
    gate = children.pop("polate.gate.process")
    assert set(children) - {"polate.patchbay.process"} == {"polate.midi.input_process", "polate.osc.process"}
    policies = {os.sched_getscheduler(pid) & ~os.SCHED_RESET_ON_FORK for pid in (gate, process.pid)}
    assert policies in ({os.SCHED_FIFO}, {os.SCHED_OTHER})
    if policies == {os.SCHED_FIFO}:
        gates, players = (os.sched_getparam(pid).sched_priority for pid in (gate, process.pid))
        assert gates > players
    wait_until(
        lambda: {os.sched_getscheduler(pid) for pid in children.values()} == {os.SCHED_BATCH},
        5,
        "the listening processes to give way",
    )
