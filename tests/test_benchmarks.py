"""The benchmarks are not run by the tests, but they can be."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
PARTS = ("stamped_front",)  # started by another with what they need


@pytest.mark.train
@pytest.mark.parametrize("name", sorted(path.stem for path in BENCHMARKS.glob("*.py") if path.stem not in PARTS))
def test_it_is_in_step_with_what_it_measures(name: str) -> None:
    """Its imports and tables, that is: what is made when it is loaded."""
    load = f"import sys; sys.path.insert(0, {str(BENCHMARKS)!r}); import {name}"
    done = subprocess.run([sys.executable, "-c", load], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
