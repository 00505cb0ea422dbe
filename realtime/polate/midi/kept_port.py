"""A port that may come and go: opened when it can be, looked at while it is there, looked for while it is not."""

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from polate.errors import PortError
from polate.runtime.clock import clock

__all__ = ["CHECK_NS", "Keeper", "KeptPort"]

CHECK_NS = 1_000_000_000
"""How often a port is looked at, or looked for."""


class KeptPort(Protocol):
    """What a port must be able to do to be kept; those of `polate.midi.ports` are the real ones."""

    def alive(self) -> bool: ...

    def abandon(self) -> None: ...

    def close(self) -> None: ...


P = TypeVar("P", bound=KeptPort)


class Keeper(Generic[P]):
    """Holds the port while there is one. ``open_port`` raises `PortError` while it cannot be had."""

    def __init__(self, open_port: Callable[[], P]) -> None:
        self.port: P | None = None
        self.check_ns = 0  # when `check` is to be called next
        self._open_port = open_port

    def open(self) -> bool:
        """Try to open the port; is it there?"""
        self.check_ns = clock() + CHECK_NS
        try:
            self.port = self._open_port()
        except PortError:
            self.port = None
        return self.port is not None

    def check(self) -> bool | None:
        """True if the port has come, False if it has gone, None if there is no news."""
        self.check_ns = clock() + CHECK_NS
        if self.port is None:
            return True if self.open() else None
        if self.port.alive():
            return None
        self.lose()
        return False

    def lose(self) -> None:
        """Have no port any more."""
        if self.port is not None:
            self.port.abandon()
            self.port = None

    def close(self) -> None:
        if self.port is not None:
            self.port.close()
            self.port = None
