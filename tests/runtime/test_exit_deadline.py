"""The one deadline for a program's end, in a process of its own: it ends that process."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from polate.runtime.exit_deadline import ExitDeadline
from polate.runtime.stop_signals import stop_signals

PROGRAM = """
import signal, sys, time
from polate.runtime.exit_deadline import ExitDeadline
from polate.runtime.stop_signals import stop_signals
with stop_signals(signal.SIGINT) as stopped:
    deadline = ExitDeadline(stopped, 0.3, lambda: print("last", flush=True))
    deadline.start()
    print("ready", flush=True)
    while not stopped.received:
        time.sleep(0.01)
    {then}
"""


@pytest.mark.parametrize(("then", "status", "said"), [("time.sleep(60)", 1, "last\n"), ("deadline.meet()", 0, "")])
def test_what_hangs_after_a_signal_is_ended_and_what_ends_is_left_alone(then: str, status: int, said: str) -> None:
    command = [sys.executable, "-c", PROGRAM.format(then=then)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        assert process.stdout.read() == said
        assert process.wait(10) == status
        assert time.monotonic() - began < 10


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    program = "import signal, os\nfrom polate.runtime.stop_signals import stop_signals\n" + (
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "with stop_signals(signal.SIGHUP, signal.SIGTERM) as stopped:\n"
        "    os.kill(os.getpid(), signal.SIGHUP)\n"
        "    print(stopped.received)\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    print(stopped.received)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


@pytest.mark.skipif(not hasattr(signal, "SIGTSTP"), reason="there is no Ctrl-Z here")
def test_ctrl_z_waits_until_the_program_suspends_itself_and_is_no_signal_to_stop() -> None:
    program = (
        "import select, signal\n"
        "from polate.runtime.exit_deadline import ExitDeadline\n"
        "from polate.runtime.stop_signals import stop_signals\n"
        "with stop_signals(signal.SIGTERM, delays_suspension=True) as stopped:\n"
        "    ExitDeadline(stopped, 0.2, lambda: print('ended', flush=True)).start()\n"
        "    print('ready', flush=True)\n"
        "    for _ in range(2):\n"
        "        select.select([stopped], [], [])\n"
        "        print('suspended', stopped.suspended, stopped.received, flush=True)\n"
        "        stopped.suspend()\n"
        "        print('continued', stopped.suspended, select.select([stopped], [], [], 0.5)[0], flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for _ in range(2):
            process.send_signal(signal.SIGTSTP)
            assert process.stdout.readline() == "suspended True False\n"
            _, status = os.waitpid(process.pid, os.WUNTRACED)
            assert os.WIFSTOPPED(status)
            process.send_signal(signal.SIGCONT)
            assert process.stdout.readline() == "continued False []\n"
        assert process.wait(10) == 0


def test_without_a_thread_to_be_had_nothing_is_watched_and_nothing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    with stop_signals() as stopped:
        deadline = ExitDeadline(stopped, 0.1, lambda: None)
        deadline.start()
        deadline.begin()
        deadline.meet()
    deadline._ours.close()
    deadline._theirs.close()
