"""One deadline for the whole end of a program, whatever its parts wait for: a disk, a pipe, a terminal, a process."""

import os
import select
import socket
import threading
import time
from collections.abc import Callable

from polate.runtime.process_limit import start_thread
from polate.runtime.stop_signals import StopSignals

__all__ = ["ExitDeadline"]


_SUSPENSION_SECONDS = 0.05


class ExitDeadline:
    """Ends the process a time after a signal to stop or a call of `begin`, unless the process has ended by then."""

    def __init__(self, stopped: StopSignals, seconds: float, last_act: Callable[[], None]) -> None:
        """``last_act`` is called, in a thread, before the process is ended."""
        self._stopped, self._seconds, self._last_act = stopped, seconds, last_act
        self._ours, self._theirs = socket.socketpair()
        self._over = threading.Event()

    def start(self) -> None:
        """Watch in a thread. If the system gives no thread, nothing is watched."""
        start_thread(threading.Thread(target=self._watch, name="polate-deadline", daemon=True))

    def begin(self) -> None:
        """The program ends now, without a signal."""
        self._ours.send(b"\0")

    def meet(self) -> None:
        """Everything has ended in time."""
        self._over.set()

    def _watch(self) -> None:
        ends: list[StopSignals | socket.socket] = [self._stopped, self._theirs]
        while self._theirs not in select.select(ends, [], [])[0] and not self._stopped.received:
            time.sleep(_SUSPENSION_SECONDS)  # the process is about to be suspended
        if not self._over.wait(self._seconds):
            try:
                self._last_act()
            finally:
                os._exit(1)  # every socket closes: the gate ends its notes, and each child ends
