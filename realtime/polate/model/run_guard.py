"""Runs a graph that may misbehave: an error becomes a `ModelError`, and a run that takes too long is ended."""

import threading
import time
from collections.abc import Callable
from typing import Any

import onnxruntime

from polate.errors import ModelError, printable
from polate.runtime.process_limit import start_thread, why_not_started

__all__ = ["RunGuard"]

_LOOK_SECONDS = 0.02
_LONGEST_REASON = 300  # characters


class RunGuard:
    """The errors and the time of a session's runs. One thread may use it."""

    def __init__(self, name: str, limit_seconds: float | None) -> None:
        """``name``: of the model, for messages. ``limit_seconds``: None for a model that is known to end."""
        self._name, self._limit_seconds = name, limit_seconds
        self._options = onnxruntime.RunOptions()
        self._began: float | None = None  # when the present run has begun
        self._thread: threading.Thread | None = None
        self._begins = threading.Event()  # wakes the thread, which sleeps between two runs

    def run(self, run: Callable[..., Any], *arguments: Any) -> Any:
        """Call a run method of a session, with the options as its last argument. Raises `ModelError`."""
        if self._limit_seconds is None:
            try:
                return run(*arguments)
            except Exception as error:
                raise ModelError(self._failed(error)) from error
        if self._thread is None:
            thread = threading.Thread(target=self._watch, name="polate-model", daemon=True)
            if not start_thread(thread):
                raise ModelError(f"{self._name} cannot be run: {why_not_started()}")
            self._thread = thread
        self._options.terminate = False
        self._began = time.monotonic()
        self._begins.set()
        try:
            return run(*arguments, self._options)
        except Exception as error:
            if time.monotonic() - self._began >= self._limit_seconds:
                raise ModelError(f"{self._name} took more than {self._limit_seconds:g} s at a point") from error
            raise ModelError(self._failed(error)) from error
        finally:
            self._began = None

    def _failed(self, error: Exception) -> str:
        reason = printable(" ".join(str(error).split()), _LONGEST_REASON)
        return f"{self._name} failed at a point: {reason}"

    def _watch(self) -> None:
        assert self._limit_seconds is not None
        while True:
            self._begins.wait()
            time.sleep(_LOOK_SECONDS)
            self._begins.clear()
            began = self._began  # read after the event is cleared: a run that begins later sets it again
            if began is not None:
                self._begins.set()
                if time.monotonic() - began > self._limit_seconds:
                    self._options.terminate = True
