"""Child processes that talk over a stream socket: the parent's side, the child's side, and stopping by signal.

A child is ``python -m MODULE``, in a session of its own so that a Ctrl-C meant for the player does not end it, with one
end of a socket pair. It ends when its parent hangs up.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any

__all__ = [
    "Child",
    "Lines",
    "Outbox",
    "StopSignals",
    "child_side",
    "fine_timers",
    "give_way",
    "go_first",
    "quiet_native_stderr",
    "stop_signals",
]


@dataclass(slots=True)
class Child:
    """A running child. ``socket`` is non-blocking, and at its end when the child is dead."""

    process: subprocess.Popen[bytes]
    socket: socket.socket

    @classmethod
    def start(cls, module: str, settings: dict[str, Any]) -> "Child":
        """Start ``python -m module``; the settings must be JSON. Returns before the child is ready."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        arguments = ["-P", "-m", module, json.dumps(settings)]  # -P: not what lies in this folder
        with theirs, contextlib.ExitStack() as on_failure:
            on_failure.callback(ours.close)
            if os.name == "posix":
                fd = theirs.fileno()
                process = subprocess.Popen(
                    [sys.executable, *arguments, str(fd)],
                    stdin=subprocess.DEVNULL,
                    stderr=sys.stderr,
                    pass_fds=[fd],
                    start_new_session=True,
                )
            else:
                # In a virtual environment sys.executable starts the interpreter as a child of its own, and the socket
                # would be shared with the wrong process: so start that interpreter, as multiprocessing does.
                python = getattr(sys, "_base_executable", sys.executable)
                process = subprocess.Popen(
                    [python, *arguments],
                    stdin=subprocess.PIPE,
                    env={**os.environ, "__PYVENV_LAUNCHER__": sys.executable},
                    creationflags=subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW,  # type: ignore[attr-defined,unused-ignore]
                )
                assert process.stdin is not None
                process.stdin.write(theirs.share(process.pid))  # type: ignore[attr-defined,unused-ignore]
                process.stdin.close()
            on_failure.pop_all()
        return cls(process, ours)

    def close(self, timeout_seconds: float = 3.0) -> None:
        """Hang up, and wait; a child that does not end by itself is killed."""
        self.socket.close()
        try:
            self.process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Outbox:
    """What is still to be written to a non-blocking socket; nothing here ever waits for the reader."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._unsent = b""

    def __len__(self) -> int:
        """Bytes that wait."""
        return len(self._unsent)

    def put(self, data: bytes) -> None:
        self._unsent += data

    def say(self, value: object) -> None:
        """Put a value as a line of JSON: `Lines` reads it."""
        self.put(json.dumps(value).encode() + b"\n")

    def flush(self) -> None:
        """Write what goes without waiting. A reader that is gone is not an error here: reading tells of it."""
        with contextlib.suppress(BlockingIOError, ConnectionError):
            while self._unsent:
                self._unsent = self._unsent[self._socket.send(self._unsent) :]


class Lines:
    """Cuts a byte stream into lines of JSON; a line may come in pieces, and one with nothing in it says nothing."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Any]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [json.loads(line) for line in lines if line]


def fine_timers() -> None:
    """Windows wakes a sleeper every 15.6 ms unless it is asked for every 1."""
    if sys.platform == "win32":
        import ctypes

        ctypes.WinDLL("winmm").timeBeginPeriod(1)


def give_way() -> None:
    """Never take the core from who is running, when woken (Linux: SCHED_BATCH, sched(7)). No privilege is needed.

    Else the scheduler lets a process that a datagram has woken run in the place of the gate, which spins: beside a busy
    player and 500 datagrams a second one onset in twenty was 0.20 ms late, and with this 0.08
    (benchmarks/scheduling.py).
    """
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))  # type: ignore[attr-defined,unused-ignore]


def go_first() -> None:
    """SCHED_FIFO where that is permitted, or else as any other process."""
    with contextlib.suppress(AttributeError):
        for policy, priority in ((os.SCHED_FIFO, 20), (os.SCHED_OTHER, 0)):  # type: ignore[attr-defined,unused-ignore]
            with contextlib.suppress(OSError):
                os.sched_setscheduler(0, policy, os.sched_param(priority))  # type: ignore[attr-defined,unused-ignore]
                return


def child_side() -> tuple[socket.socket, dict[str, Any]]:
    """In the child: the socket to the parent, and the settings."""
    fine_timers()
    give_way()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    settings = json.loads(sys.argv[1])
    if len(sys.argv) > 2:
        return socket.socket(fileno=int(sys.argv[2])), settings
    return socket.fromshare(sys.stdin.buffer.read()), settings  # type: ignore[attr-defined,unused-ignore]


@dataclass(slots=True)
class StopSignals:
    """Has a signal to stop been received? Waits in `select` beside other sockets."""

    received: bool
    _woken: socket.socket

    def fileno(self) -> int:
        return self._woken.fileno()


@contextlib.contextmanager
def stop_signals(*signals: signal.Signals) -> Iterator[StopSignals]:
    """Turn signals into a flag that wakes a `select`; the old handlers come back at the end.

    A handler that raised could do so between taking a note-off from a queue and sending it.
    """
    woken, wakes = socket.socketpair()
    wakes.setblocking(False)
    stopped = StopSignals(False, woken)

    def receive(number: int, frame: FrameType | None) -> None:
        stopped.received = True

    before = {number: signal.signal(number, receive) for number in signals}
    previous_fd = signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)
    try:
        yield stopped
    finally:
        signal.set_wakeup_fd(previous_fd)
        for number, handler in before.items():
            signal.signal(number, handler)
        woken.close()
        wakes.close()


def quiet_native_stderr() -> None:
    """Send what C libraries print on standard error nowhere; Python's own messages still come out.

    libasound and libjack report every failed attempt there, into the middle of the display.
    """
    kept = os.dup(2)  # the command line has made sure that it is open
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    sys.stderr = os.fdopen(kept, "w", buffering=1, errors="backslashreplace")
