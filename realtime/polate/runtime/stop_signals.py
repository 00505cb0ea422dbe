"""A signal to stop becomes a flag that wakes a `select`."""

import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType

__all__ = ["StopSignals", "stop_signals"]


@dataclass(slots=True)
class StopSignals:
    """Whether a signal to stop has been received. It can be given to `select` beside sockets."""

    received: bool
    _woken: socket.socket
    suspended: bool = False  # Ctrl-Z was typed, and `suspend` has not been called yet

    def fileno(self) -> int:
        return self._woken.fileno()

    def suspend(self) -> None:
        """Stop this process, as Ctrl-Z does, until it is continued."""
        self.suspended = False
        if not self.received:  # else it is to wake every `select`
            with contextlib.suppress(BlockingIOError):
                self._woken.recv(4096)
        os.kill(os.getpid(), signal.SIGSTOP)


@contextlib.contextmanager
def stop_signals(*signals: signal.Signals, delays_suspension: bool = False) -> Iterator[StopSignals]:
    """Turn signals into a flag that wakes a `select`. At the end the old handlers are restored.

    ``delays_suspension``: so is Ctrl-Z (SIGTSTP), which then does not stop the process: the caller does, by `suspend`.

    A signal that is ignored stays ignored: ``nohup`` ignores SIGHUP, and a shell script SIGINT for what it starts in
    the background.

    A handler that raises an exception could raise it between taking a note-off from a queue and sending it.
    """
    woken, wakes = socket.socketpair()
    woken.setblocking(False)
    wakes.setblocking(False)
    stopped = StopSignals(False, woken)

    def receive(number: int, frame: FrameType | None) -> None:
        stopped.received = True

    def receive_suspension(number: int, frame: FrameType | None) -> None:
        stopped.suspended = True

    heard = [number for number in signals if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, receive) for number in heard}
    if delays_suspension and hasattr(signal, "SIGTSTP") and signal.getsignal(signal.SIGTSTP) is not signal.SIG_IGN:
        before[signal.SIGTSTP] = signal.signal(signal.SIGTSTP, receive_suspension)
    previous_fd = signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)
    try:
        yield stopped
    finally:
        signal.set_wakeup_fd(previous_fd)
        for number, handler in before.items():
            signal.signal(number, handler)
        woken.close()
        wakes.close()
