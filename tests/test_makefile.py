"""`make` where something is missing: one line that says what to install, and nothing half-made that stays."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not here (Debian: apt install make)")


def make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(ROOT / "Makefile", folder)
    command = ["make", "--no-print-directory", *words, ".venv/made"]
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=env, timeout=100, check=False)


def test_without_a_python_it_says_what_to_install(tmp_path: Path) -> None:
    done = make(tmp_path, "PYTHON=")
    assert done.returncode != 0
    assert done.stdout == "Polate needs Python 3.11 to 3.14: sudo apt install python3-venv, or PYTHON=/path/to/python\n"


def test_without_the_module_venv_it_says_what_to_install(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    done = make(tmp_path, f"PYTHON={python}")
    assert done.returncode != 0
    assert done.stdout == f"Polate needs the module venv of {python}: sudo apt install python3-venv\n"
    assert not (tmp_path / ".venv").exists()


def test_half_an_environment_is_made_anew_and_a_whole_one_stays(tmp_path: Path) -> None:
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").symlink_to("/nowhere")
    assert make(tmp_path, f"PYTHON={sys.executable}").returncode == 0
    done = subprocess.run([tmp_path / ".venv/bin/python", "-m", "pip", "--version"], capture_output=True, check=False)
    assert done.returncode == 0
    (tmp_path / ".venv/mine").touch()
    (tmp_path / ".venv/made").unlink()
    assert make(tmp_path, f"PYTHON={sys.executable}").returncode == 0
    assert (tmp_path / ".venv/mine").exists()


def test_what_is_said_to_be_missing_for_midi_is_what_the_readmes_apt_line_installs() -> None:
    (line,) = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("sudo apt install ")]
    installed = line.split()[3:]  # tests/debian13.sh installs this line on a fresh Debian
    assert installed[:2] == ["make", "python3-venv"]
    for file in ("Makefile", "realtime/polate/midi/ports.py"):
        assert f"sudo apt install {' '.join(installed[2:])}" in (ROOT / file).read_text()


def test_the_script_for_a_fresh_debian_can_be_read_by_bash() -> None:
    assert os.access(ROOT / "tests/debian13.sh", os.X_OK)
    subprocess.run(["bash", "-n", ROOT / "tests/debian13.sh"], check=True)
    assert "s/^sudo apt install //p" in (ROOT / "tests/debian13.sh").read_text()
