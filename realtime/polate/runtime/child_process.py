"""A child process that talks over a stream socket: the parent's side and the child's side.

A child is ``python -m MODULE`` in a session of its own, so that Ctrl-C does not end it. It holds one end of a socket
pair, and ends when the parent closes the other end.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from polate.runtime.os_scheduling import fine_timers, give_way

__all__ = ["Child", "child_side"]


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
