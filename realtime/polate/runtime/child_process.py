"""A child process that talks over a stream socket: the parent's side and the child's side.

A child is ``python -m MODULE`` in a session of its own, so that Ctrl-C does not end it. It holds one end of a socket
pair, and ends when the parent closes the other end. Each side tells the other its version of the messages
(`polate.runtime.protocol`): the parent in the settings, the child in its first bytes.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from polate.runtime.os_scheduling import fine_timers, give_way
from polate.runtime.protocol import HELLO, PROTOCOL, HelloReader

__all__ = ["Child", "child_side"]


@dataclass(slots=True)
class Child:
    """A running child. ``socket`` does not block; it reads as ended when the child is dead.

    ``lifeline``: a pipe that nobody writes to. It reads as ended when the child is dead, so `select` can wait for that
    without waking for what the child sends. None on Windows, where `select` knows no pipes.
    """

    process: subprocess.Popen[bytes]
    socket: socket.socket
    lifeline: int | None = None
    _hello: HelloReader | None = field(default_factory=HelloReader)  # None: it has been read

    @classmethod
    def start(cls, module: str, settings: Mapping[str, Any], *, quiet: bool = False) -> "Child":
        """Start ``python -m module``; the settings must be JSON. Returns before the child is ready.

        ``quiet``: what it prints on standard error is discarded (not on Windows).
        """
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        told = json.dumps({**settings, "protocol": PROTOCOL})
        arguments = ["-P", "-m", module, told]  # -P: nothing is imported from the present folder
        with theirs, contextlib.ExitStack() as on_failure:
            on_failure.callback(ours.close)
            lifeline = None
            if os.name == "posix":
                lifeline, held = os.pipe()
                on_failure.callback(os.close, lifeline)
                fd = theirs.fileno()
                try:
                    process = subprocess.Popen(
                        [sys.executable, *arguments, str(fd)],
                        stdin=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL if quiet else sys.stderr,
                        pass_fds=[fd, held],
                        start_new_session=True,
                    )
                finally:
                    os.close(held)
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
        return cls(process, ours, lifeline)

    def receive(self, most_bytes: int) -> bytes:
        """What the child has sent, without its hello; empty when the child is dead.

        Raises `BlockingIOError` while there is nothing; `ProtocolError` for a child of another version.
        """
        data = self.socket.recv(most_bytes)
        while self._hello is not None and data:
            rest = self._hello.feed(data)
            if rest is not None:
                self._hello = None
            data = rest or self.socket.recv(most_bytes)
        return data

    def resume(self) -> None:
        """Resume the process if somebody has stopped it (SIGSTOP)."""
        if os.name == "posix":
            with contextlib.suppress(OSError):
                self.process.send_signal(signal.SIGCONT)

    @property
    def has_begun(self) -> bool:
        """Whether its hello has been read. The child sends it when everything is imported."""
        return self._hello is None

    def hang_up(self) -> None:
        """Close the socket and the lifeline. The child sees its socket close, and ends."""
        self.socket.close()
        if self.lifeline is not None:
            os.close(self.lifeline)
            self.lifeline = None

    def close(self, timeout_seconds: float = 3.0, *, lingers: bool = False) -> None:
        """Close the socket and wait for the child's end.

        A child that does not end in time is killed, or if it ``lingers``, left to end later.
        """
        self.hang_up()
        try:
            self.process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            if not lingers:
                self.process.kill()
                self.process.wait()


def child_side() -> tuple[socket.socket, dict[str, Any]]:
    """In the child: the socket to the parent, and the settings. The hello is sent.

    Ends the process if the parent's version of the messages is another.
    """
    fine_timers()
    give_way()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    settings = json.loads(sys.argv[1])
    parent = (
        socket.socket(fileno=int(sys.argv[2])) if len(sys.argv) > 2 else socket.fromshare(sys.stdin.buffer.read())  # type: ignore[attr-defined,unused-ignore]
    )
    with contextlib.suppress(ConnectionError):  # the parent is gone: the first read shows it
        parent.sendall(HELLO)
    theirs = settings.pop("protocol", "no version")
    if theirs != PROTOCOL:
        raise SystemExit(f"{sys.argv[0]}: the player's protocol version must be {PROTOCOL}, got {theirs}")
    return parent, settings
