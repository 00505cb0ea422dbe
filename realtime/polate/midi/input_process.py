"""The process that listens to the MIDI input, so that the player holds no MIDI client.

    MIDI input --poll--> 12 bytes a message --> player

A JACK client that is killed unclosed stalls its server, and with it the gate's last note-offs (measured: more than a
second); this process sees the player hang up, and closes its port in order. A record is when the message came, in
nanoseconds of `polate.runtime.clock`, its length, 1 to 3, and its bytes, filled up with zeros. A byte that begins
no MIDI message is news of the port: 1 it is there, 0 it is not.

While the player does not read, the newest message of each control is kept; but a note, a clock tick, or a part of a
parameter number is kept as it came.
"""

import gc
import select
import signal
import socket
import struct
from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import partial
from typing import NamedTuple, Protocol

from polate.midi import messages as midi
from polate.midi.kept_port import CHECK_NS, Keeper, KeptPort
from polate.midi.messages import ACTIVE_SENSING, KIND_MASK, NOTE_OFF, PARAMETER_CONTROLS, SYSTEM_EXCLUSIVE
from polate.runtime.child_process import child_side
from polate.runtime.clamp import clamp
from polate.runtime.clock import clock
from polate.runtime.native_stderr import quiet_native_stderr
from polate.runtime.outbox import Outbox
from polate.runtime.stop_signals import StopSignals, stop_signals

__all__ = ["PORT_IS_GONE", "PORT_IS_THERE", "RECORD", "Arrivals", "Front", "Port", "Record", "Records"]

PORT_IS_THERE, PORT_IS_GONE = b"\1", b"\0"

_RECORD = struct.Struct("<qB3s")
RECORD = _RECORD.size  # bytes

_SECOND = 1_000_000_000
_POLL_BUSY_NS, _POLL_IDLE_NS = 250_000, 2_000_000  # while messages come, and while none do
_BUSY_NS = _SECOND
_MOST_WAITING = 4096  # messages


class Record(NamedTuple):
    """A message and when it came."""

    at_ns: int
    message: bytes  # 1..3 of them, or PORT_IS_THERE, PORT_IS_GONE

    def pack(self) -> bytes:
        return _RECORD.pack(self.at_ns, len(self.message), self.message)


class Port(KeptPort, Protocol):
    """What the front needs of a MIDI input; `polate.midi.ports.InputPort` is the real one."""

    def messages(self) -> Iterator[tuple[Sequence[int], float]]:
        """Bytes, and seconds since the message before, as the driver has them."""
        ...


class Arrivals:
    """When messages that are found by polling came: after the poll before, and as far apart as the driver says.

    The driver's clock is not ours and only tells differences; but those are right to within its period, and the
    polls, which are late by as much as their interval, bound what may add up.
    """

    def __init__(self) -> None:
        self._came_ns = 0
        self._polled_ns = 0  # the last poll: what comes now was not there yet

    def came(self, since_seconds: float, now_ns: int) -> int:
        """When a message that is found now came, so many seconds after the one before."""
        told_ns = self._came_ns + round(since_seconds * _SECOND)
        self._came_ns = clamp(told_ns, self._polled_ns, now_ns)
        return self._came_ns

    def polled(self, now_ns: int) -> None:
        """All that is there has been read, in a poll that began at ``now_ns``."""
        self._polled_ns = now_ns


class Front:
    """From a port that may come and go to the player's socket."""

    def __init__(self, player: socket.socket, open_port: Callable[[], Port]) -> None:
        player.setblocking(False)
        self._player, self._keeper = player, Keeper(open_port)
        self._outbox = Outbox(player)
        self._waiting: dict[Hashable, bytes] = {}  # what is kept while the player does not read
        self._serial = 0
        self._arrivals = Arrivals()
        self._heard_ns = 0

    def run(self) -> None:
        """Until the player hangs up or SIGTERM comes."""
        with stop_signals(signal.SIGTERM) as stopped:
            self.loop(stopped)

    def loop(self, stopped: StopSignals | None = None) -> None:
        """`run` without the signal: it may be called in any thread."""
        sockets: list[socket.socket | StopSignals] = [self._player, stopped] if stopped else [self._player]
        try:
            self._say(PORT_IS_THERE if self._keeper.open() else PORT_IS_GONE)
            self._arrivals.polled(clock())
            while not (stopped and stopped.received):
                self._outbox.flush()
                ready, _, _ = select.select(sockets, [], [], self._interval_ns() / _SECOND)
                if self._player in ready:  # the player says nothing: this is its hanging up
                    return
                self._poll()
                if clock() >= self._keeper.check_ns and (came := self._keeper.check()) is not None:
                    self._say(PORT_IS_THERE if came else PORT_IS_GONE)
        finally:
            self._keeper.close()

    def _interval_ns(self) -> int:
        if self._keeper.port is None:
            return CHECK_NS
        return _POLL_BUSY_NS if clock() - self._heard_ns < _BUSY_NS else _POLL_IDLE_NS

    def _poll(self) -> None:
        began_ns = clock()
        for message, since_seconds in self._keeper.port.messages() if self._keeper.port else ():
            self._heard_ns = clock()
            at_ns = self._arrivals.came(since_seconds, self._heard_ns)
            # No status byte: a driver's fault. System exclusive, active sensing.
            if message[0] < NOTE_OFF or len(message) > 3 or message[0] in (SYSTEM_EXCLUSIVE, ACTIVE_SENSING):
                continue
            record = Record(at_ns, bytes(message))
            if self._outbox:
                self._keep(record)
            else:
                self._outbox.put(record.pack())
                self._outbox.flush()
        self._arrivals.polled(began_ns)
        if self._waiting and not self._outbox:
            for packed in self._waiting.values():
                self._outbox.put(packed)
            self._waiting.clear()

    def _keep(self, record: Record) -> None:
        self._serial += 1
        key = _control(record.message) or self._serial
        self._waiting.pop(key, None)  # the newest comes last
        self._waiting[key] = record.pack()
        if len(self._waiting) > _MOST_WAITING:
            del self._waiting[next(iter(self._waiting))]

    def _say(self, news: bytes) -> None:
        self._outbox.put(Record(clock(), news).pack())


def _control(message: bytes) -> bytes | None:
    """What of a message says which control it is of; None if a newer one does not make it needless."""
    match message[0] & KIND_MASK:
        case midi.CONTROL_CHANGE if message[1] not in PARAMETER_CONTROLS:
            return message[:2]
        case midi.POLY_PRESSURE:
            return message[:2]
        case midi.PROGRAM_CHANGE | midi.CHANNEL_PRESSURE | midi.PITCH_BEND:
            return message[:1]
    return None


class Records:
    """Cuts a byte stream into records; one may come in pieces."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Record]:
        data = self._rest + data
        whole = len(data) // RECORD * RECORD
        self._rest = data[whole:]
        return [Record(at_ns, message[:length]) for at_ns, length, message in _RECORD.iter_unpack(data[:whole])]


def _main() -> int:
    from polate.midi.ports import open_input

    player, settings = child_side()
    quiet_native_stderr()

    gc.freeze()
    Front(player, partial(open_input, settings["input"], settings["api"])).run()
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
