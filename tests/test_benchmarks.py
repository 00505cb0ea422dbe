"""The benchmarks are not run by the tests, but they can be."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
PARTS = ("stamped_front",)  # started by another with what they need

LOAD_EACH = """
import importlib, os, sys
import numpy, torch  # once for all: each is loaded in a process of its own, which is forked from here

sys.path.insert(0, sys.argv[1])
for name in sys.argv[2:]:
    if os.fork() == 0:
        importlib.import_module(name)
        sys.stdout.flush()
        os._exit(0)
    if os.wait()[1]:
        print(name)
"""


@pytest.mark.train
def test_each_is_in_step_with_what_it_measures() -> None:
    """Its imports and tables, that is: what is made when it is loaded."""
    names = sorted(path.stem for path in BENCHMARKS.glob("*.py") if path.stem not in PARTS)
    command = [sys.executable, "-c", LOAD_EACH, str(BENCHMARKS), *names]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    assert len(names) > 20
    assert done.stdout == "", done.stderr
