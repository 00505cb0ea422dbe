"""A MIDI input is closed while messages arrive, in a process of its own: a mistake would be a crash or a standstill."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.jack


def test_an_input_is_closed_in_order_while_messages_arrive() -> None:
    script = Path(__file__).parents[2] / "benchmarks" / "closes.py"
    done = subprocess.run([sys.executable, str(script), "--rounds", "15"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("15 of 15 closes")
