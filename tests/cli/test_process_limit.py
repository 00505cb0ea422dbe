"""Where a user may have only so many processes and threads (`ulimit -u`): Polate plays with what it gets."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from rig import no_midi

from polate.cli.display import Display
from polate.control.player_state import PlayerState
from polate.errors import ModelError
from polate.model.run_guard import RunGuard

# The limit does not hold for root, so the system's answers stand here.
PROGRAM = """
import errno, os, subprocess, sys, threading

class Popen(subprocess.Popen):
    left = {processes}

    def __init__(self, *arguments, **options):
        if Popen.left == 0:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        Popen.left -= 1
        super().__init__(*arguments, **options)

def start(thread):
    raise RuntimeError("can't start new thread")

subprocess.Popen, threading.Thread.start = Popen, start
from polate.cli.main import main
main()
"""
NO_MORE = "the system gives no more processes or threads"


def play_with(processes: int, *options: str) -> subprocess.CompletedProcess[str]:
    """`polate play` where no thread can be had, and so many processes beside its own."""
    words = ["play", "--no-display", "--seconds", "0.5", *options]
    command = [sys.executable, "-c", PROGRAM.format(processes=processes), *words]
    return subprocess.run(command, capture_output=True, text=True, env=no_midi(), timeout=60, check=False)


def test_with_the_gate_alone_it_plays_and_says_what_it_lacks() -> None:
    done = play_with(1)
    assert done.returncode == 0, done.stderr
    counts = re.search(r"stopped: (\d+) notes", done.stdout)
    assert counts
    assert int(counts[1]) > 0
    assert f"cannot start another process: {NO_MORE}" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_gate_one_line_says_why_it_does_not_play() -> None:
    done = play_with(0)
    assert done.returncode == 1
    assert done.stderr.startswith(f"polate: cannot start the gate process: {NO_MORE}")
    assert done.stderr.count("\n") == 1


def test_a_take_that_cannot_be_kept_is_refused_in_one_line(tmp_path: Path) -> None:
    done = play_with(1, "--record", str(tmp_path / "take.mid"))
    assert done.returncode == 1
    assert f"polate: cannot record to {tmp_path / 'take.mid'}: {NO_MORE}" in done.stderr
    assert "Traceback" not in done.stderr


def no_thread(*_: object) -> None:
    raise RuntimeError("can't start new thread")


def test_a_display_without_a_thread_has_not_begun_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threading.Thread.start", no_thread)
    with Display(PlayerState, ()) as display:
        assert not display.has_begun


def test_a_model_that_may_never_end_is_not_run_without_a_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threading.Thread.start", no_thread)
    with pytest.raises(ModelError, match=f"mine.onnx cannot be run: {NO_MORE}"):
        RunGuard("mine.onnx", 0.2).run(lambda options: None)
