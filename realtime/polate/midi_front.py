"""The process that listens to the MIDI input, so that the player holds no MIDI client.

    MIDI input --poll--> 4 bytes a message --> player

A JACK client that is killed unclosed stalls its server, and with it the gate's last note-offs (measured: more than a
second); this process sees the player hang up, and closes its port in order. A record is the message's length, 1 to 3,
and its bytes, filled up with zeros; length 0 is news of the port: 1 it is there, 0 it is not.
"""

import gc
import select
import signal
import socket
from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol

from polate.child import Outbox, StopSignals, child_side, quiet_native_stderr, stop_signals
from polate.keeper import CHECK_NS, Keeper, KeptPort
from polate.wire import clock

__all__ = ["PORT_IS_GONE", "PORT_IS_THERE", "RECORD", "Front", "Port", "records"]

RECORD = 4  # bytes
PORT_IS_THERE, PORT_IS_GONE = bytes([0, 1, 0, 0]), bytes([0, 0, 0, 0])

_SECOND = 1_000_000_000
_POLL_BUSY_NS, _POLL_IDLE_NS = 500_000, 2_000_000  # while messages come, and while none do
_BUSY_NS = _SECOND


class Port(KeptPort, Protocol):
    """What the front needs of a MIDI input; `polate.midi.InputPort` is the real one."""

    def messages(self) -> Iterator[list[int]]: ...


class Front:
    """From a port that may come and go to the player's socket."""

    def __init__(self, player: socket.socket, open_port: Callable[[], Port]) -> None:
        player.setblocking(False)
        self._player, self._keeper = player, Keeper(open_port)
        self._outbox = Outbox(player)
        self._waiting: dict[tuple[int, ...], bytes] = {}  # the newest of each control, while the player does not read
        self._heard_ns = 0

    def run(self) -> None:
        """Until the player hangs up or SIGTERM comes."""
        with stop_signals(signal.SIGTERM) as stopped:
            self.loop(stopped)

    def loop(self, stopped: StopSignals | None = None) -> None:
        """`run` without the signal: it may be called in any thread."""
        sockets: list[socket.socket | StopSignals] = [self._player, stopped] if stopped else [self._player]
        try:
            self._outbox.put(PORT_IS_THERE if self._keeper.open() else PORT_IS_GONE)
            while not (stopped and stopped.received):
                self._outbox.flush()
                ready, _, _ = select.select(sockets, [], [], self._interval_ns() / _SECOND)
                if self._player in ready:  # the player says nothing: this is its hanging up
                    return
                self._poll()
                if clock() >= self._keeper.check_ns and (came := self._keeper.check()) is not None:
                    self._outbox.put(PORT_IS_THERE if came else PORT_IS_GONE)
        finally:
            self._keeper.close()

    def _interval_ns(self) -> int:
        if self._keeper.port is None:
            return CHECK_NS
        return _POLL_BUSY_NS if clock() - self._heard_ns < _BUSY_NS else _POLL_IDLE_NS

    def _poll(self) -> None:
        for message in self._keeper.port.messages() if self._keeper.port else ():
            self._heard_ns = clock()
            if len(message) > 3:  # system exclusive
                continue
            record = bytes([len(message), *message]).ljust(RECORD, b"\0")
            if self._outbox:
                self._waiting[tuple(message[:2])] = record
            else:
                self._outbox.put(record)
                self._outbox.flush()
        if self._waiting and not self._outbox:
            for record in self._waiting.values():
                self._outbox.put(record)
            self._waiting.clear()


def records(data: bytes) -> Iterator[bytes]:
    """Cut whole records."""
    for at in range(0, len(data), RECORD):
        yield data[at : at + RECORD]


def _main() -> int:
    from polate.midi import open_input

    player, settings = child_side()
    quiet_native_stderr()

    gc.freeze()
    Front(player, partial(open_input, settings["input"], settings["api"])).run()
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
