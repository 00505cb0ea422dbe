"""Hands over the messages of an rtmidi input in their order, also after a pause.

    driver's thread --call----------------------> [held back while older ones are handed over] --> heard
                    --rtmidi's queue, in a pause--^

rtmidi calls a function with each message. While no function is set, it keeps the messages in a queue, and this queue
can be read only then. So a message that comes after the last look at the queue and before the function is set stays in
the queue. The next call of the driver takes it out before its own message: the thread that fills the queue is in this
call, so nothing comes in between. If no call follows, `look_again` finds it.
"""

import contextlib
import gc
import threading
from collections import deque
from collections.abc import Sequence
from typing import Any

from polate.midi.kept_port import Heard
from polate.runtime.clock import clock

__all__ = ["MOST_WAITING", "DriverCalls"]

MOST_WAITING = 65536
"""Messages that are kept while an input is paused, or before anybody hears it. Then the newest are dropped."""

_MOST_ROUNDS = 8
"""How often what was held back meanwhile is handed over, before the driver has to wait: a flood must have an end."""

_MOST_USED = 1000
"""Pauses after which rtmidi's record of a function is freed. A call that waits for the interpreter still reads it: with
two, a test of 2,500 pauses a second on a busy machine ended with a segmentation fault."""

_Message = tuple[Sequence[int], float, int, int]  # the arguments of `Heard`


class DriverCalls:
    """The calls of one rtmidi client (``MidiIn``), which has one thread that calls.

    A lock protects the order. It is held only for a moment: a driver's thread must not wait.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._heard: Heard | None = None
        self._lock = threading.Lock()
        self._held: list[_Message] | None = []  # to be handed over first; None: the driver hands over itself
        self._is_paused = False
        self._may_have_left = False  # a message may be in the queue although the driver calls
        self._empty_ns = 0  # the last time at which the queue was empty
        self._used_by_driver: deque[list[Any]] = deque(maxlen=_MOST_USED)
        self._let_call()

    def hear(self, heard: Heard) -> None:
        """Hand over each message from now on, and those that have come already. What ``heard`` raises is lost."""
        self._heard = heard
        self._hand_over_held()

    def pause(self) -> None:
        """Let the driver keep the messages until `go_on`. A call that has begun may still hand one over."""
        with self._lock:
            self._client.cancel_callback()
            if not self._is_paused and not self._may_have_left:
                self._empty_ns = clock()
            self._is_paused = True

    def go_on(self) -> None:
        """Hand over what has come since `pause`, and each message from now on."""
        with self._lock:
            self._held = self._held or []
            self._held += self._queued(clock())
            self._may_have_left, self._is_paused = True, False
            self._let_call()
        if self._heard:
            self._hand_over_held()

    def look_again(self) -> None:
        """Hand over a message that `go_on` has left in the queue, if no call of the driver has done so."""
        if self._may_have_left and not self._is_paused:
            self.pause()
            self.go_on()

    def _let_call(self) -> None:
        self._client.set_callback(self._call)
        self._used_by_driver.append(gc.get_referents(self._client))

    def _call(self, received: tuple[Sequence[int], float], _: object = None) -> None:
        """The driver calls this with each message and the seconds since the one before."""
        now_ns = clock()
        with self._lock:
            came = self._left(now_ns) if self._may_have_left else []
            came.append((*received, now_ns, now_ns))
            if self._held is not None:
                if len(self._held) < MOST_WAITING:
                    self._held += came
                return
        self._hand_over(came)

    def _left(self, now_ns: int) -> list[_Message]:
        """What was left in the queue, taken out in a call of the driver."""
        self._may_have_left = False
        if self._is_paused:
            return self._queued(now_ns)
        self._client.cancel_callback()
        left = self._queued(now_ns)
        self._let_call()
        return left

    def _queued(self, now_ns: int) -> list[_Message]:
        """What is in the queue. No function may be set."""
        since_ns, self._empty_ns = self._empty_ns, now_ns
        return [(*received, since_ns, now_ns) for received in iter(self._client.get_message, None)]

    def _hand_over_held(self) -> None:
        for rounds in range(_MOST_ROUNDS + 1):
            with self._lock:
                held, self._held = self._held or [], []
                if not held or rounds == _MOST_ROUNDS:
                    self._hand_over(held)
                    self._held = None
                    return
            self._hand_over(held)

    def _hand_over(self, messages: Sequence[_Message]) -> None:
        for message in messages:
            with contextlib.suppress(Exception):
                self._heard(*message)  # type: ignore[misc]  # it is there before `_held` is None
