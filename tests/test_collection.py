"""The tests themselves: they are collected whatever is installed."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent

WITHOUT_THE_EXTRA = """
import sys
for name in ("torch", "onnx", "onnxscript", "safetensors", "scipy", "skimage"):
    sys.modules[name] = None
import pytest
sys.exit(pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", "tests/training"]))
"""


def test_without_the_training_extra_its_tests_are_skipped_with_the_reason() -> None:
    env = {name: value for name, value in os.environ.items() if name != "POLATE_REQUIRE_REAL"}
    command = [sys.executable, "-c", WITHOUT_THE_EXTRA]
    done = subprocess.run(command, capture_output=True, text=True, cwd=HERE.parent, env=env, timeout=100, check=False)
    assert done.returncode == 0, done.stdout
    assert "torch is not here (pip install -e '.[train]')" in done.stdout
    assert "NameError" not in done.stdout


def test_no_two_test_modules_have_the_same_name() -> None:
    """pytest imports them by their names alone."""
    assert max(Counter(path.name for path in HERE.rglob("test_*.py")).values()) == 1
