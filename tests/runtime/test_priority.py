"""Who goes before whom on a core."""

import os
import sys

import pytest
from rig import Rig, children_of


@pytest.mark.jack
@pytest.mark.skipif(sys.platform != "linux", reason="Linux's scheduler")
def test_what_listens_gives_way_and_the_gate_goes_first_where_it_may(rig: Rig) -> None:
    process = rig.play()
    children = children_of(process.pid)
    gate = children.pop("polate.gate.process")
    assert set(children) == {"polate.midi.input_process", "polate.osc.process"}
    assert os.sched_getscheduler(gate) in (os.SCHED_FIFO, os.SCHED_OTHER)
    assert {os.sched_getscheduler(pid) for pid in children.values()} == {os.SCHED_BATCH}
    assert os.sched_getscheduler(process.pid) == os.SCHED_OTHER
