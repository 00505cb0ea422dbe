"""A MIDI port that may come and go: it is reopened when it comes back."""

import contextlib
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from polate.errors import PortError
from polate.runtime.clock import clock

__all__ = ["CHECK_NS", "Heard", "Keeper", "KeptPort"]

Heard = Callable[[Sequence[int], float, int, int], None]
"""What an input calls with each message, in a thread of the driver: its bytes, the seconds since the message before as
measured by the driver, and in nanoseconds of `polate.runtime.clock` since when it may have waited, and the time of the
call. The two times differ only if it came in a pause of the input."""

CHECK_NS = 1_000_000_000
"""The time between two checks whether the port is there."""


class KeptPort(Protocol):
    """The methods that `Keeper` needs of a port. The ports of `polate.midi.ports` have them."""

    def alive(self) -> bool: ...

    def reachable(self) -> bool: ...

    def abandon(self) -> None: ...

    def close(self) -> None: ...


P = TypeVar("P", bound=KeptPort)


class Keeper(Generic[P]):
    """Holds an open port while it is there. ``open_port`` opens it, or raises `PortError`.

    ``last_words`` is called with a port before it is given up, and then ``abandon``.
    """

    def __init__(
        self,
        open_port: Callable[[], P],
        last_words: Callable[[P], None] = lambda port: None,
        abandon: Callable[[P], None] = lambda port: port.abandon(),
    ) -> None:
        self.port: P | None = None
        self.check_ns = 0  # the time for the next call of `check`
        self._open_port, self._last_words, self._abandon = open_port, last_words, abandon

    def open(self) -> bool:
        """Try to open the port. Returns whether it is open."""
        self.check_ns = clock() + CHECK_NS
        try:
            self.port = self._open_port()
        except PortError:
            self.port = None
        return self.port is not None

    def check(self) -> bool | None:
        """True if the port has come back, False if it has gone, None if nothing has changed."""
        self.check_ns = clock() + CHECK_NS
        if self.port is None:
            return True if self.open() else None
        try:
            is_alive = self.port.alive()
        except Exception:  # an error of rtmidi
            is_alive = False
        if is_alive:
            return None
        self.lose()
        return False

    def lose(self) -> None:
        """Give the port up, because it has gone or failed."""
        if self.port is not None:
            port, self.port = self.port, None
            self._last_words(port)
            with contextlib.suppress(Exception):  # it has failed already: the next one is opened anew
                self._abandon(port)

    def close(self) -> None:
        if self.port is not None:
            self.port.close()
            self.port = None
