"""The short form of benchmarks/soak.py: load from three sources and a burst, for 12 seconds."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from rig import JackServer

SOAK = Path(__file__).parents[2] / "benchmarks/soak.py"


@pytest.mark.jack
def test_under_load_no_value_and_no_note_is_lost_and_nothing_grows(jack: JackServer) -> None:
    del jack  # that it can be had; the benchmark has one of its own
    command = [sys.executable, str(SOAK), "--minutes", "0.2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=170, check=False, env=os.environ)
    assert done.returncode == 0, done.stdout + done.stderr
