"""The process that listens to the MIDI inputs, so that the player has no MIDI client.

    MIDI inputs --poll--> 12 bytes a message --> player

A JACK client that is killed before it is closed stalls its server, and delays the gate's last note-offs by more than a
second (measured). This process is not killed with the player: it notices that the player has closed the socket, and
closes its port.

A record has the arrival time of the message in nanoseconds of `polate.runtime.clock`, the message's length, 1 to 3, and
its bytes, padded with zeros. Some messages are not MIDI and report on an input: 1 means there, 0 gone; 2 and the
number of an input, from 0, that the next messages are of this input. The first messages are of input 0.

While the player does not read, only the newest message of each control is kept, and every end of a note
(`polate.midi.backlog`). Notes, clock ticks and messages of parameter numbers stay in their order.
"""

import gc
import select
import signal
import socket
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, Protocol

from polate.errors import described
from polate.midi.backlog import Backlog
from polate.midi.kept_port import CHECK_NS, Keeper, KeptPort
from polate.midi.messages import ACTIVE_SENSING, NOTE_OFF, SYSTEM_EXCLUSIVE
from polate.runtime.child_process import child_side
from polate.runtime.clamp import clamp
from polate.runtime.clock import clock
from polate.runtime.native_stderr import quiet_native_stderr
from polate.runtime.outbox import Outbox
from polate.runtime.stop_signals import StopSignals, stop_signals

__all__ = [
    "PORT_IS_GONE",
    "PORT_IS_THERE",
    "RECORD",
    "THE_NEXT_ARE_OF",
    "Arrivals",
    "InputProcess",
    "Port",
    "Record",
    "RecordReader",
]

PORT_IS_THERE, PORT_IS_GONE = b"\1", b"\0"
THE_NEXT_ARE_OF = 2
"""The first byte of a message that says of which input the next ones are; the second is the input's number."""

_RECORD = struct.Struct("<qB3s")
RECORD = _RECORD.size  # bytes

_SECOND = 1_000_000_000
_POLL_BUSY_NS, _POLL_IDLE_NS = 250_000, 2_000_000  # the interval while messages arrive, and while none do
_BUSY_NS = _SECOND  # the time after a message in which more are expected


class Record(NamedTuple):
    """A message and its arrival time."""

    at_ns: int
    message: bytes  # 1..3 bytes; or PORT_IS_THERE, PORT_IS_GONE; or THE_NEXT_ARE_OF and a number

    def pack(self) -> bytes:
        return _RECORD.pack(self.at_ns, len(self.message), self.message)


class Port(KeptPort, Protocol):
    """The methods that `InputProcess` needs of a MIDI input. `polate.midi.ports.InputPort` has them."""

    def messages(self) -> Iterator[tuple[Sequence[int], float]]:
        """The bytes of each message, and the seconds since the message before, as measured by the driver."""
        ...


class Arrivals:
    """The arrival times of messages that are found by polling.

    The driver measures only the time between two messages, on its own clock. These differences are right to within the
    driver's period, but their errors add up. So each arrival time is limited to the time between the last two polls.
    """

    def __init__(self) -> None:
        self._came_ns = 0
        self._polled_ns = 0  # the time of the last poll: a message that is found now had not arrived then

    def came(self, since_seconds: float, now_ns: int) -> int:
        """The arrival time of a message that is found now, by the driver ``since_seconds`` after the one before."""
        told_ns = self._came_ns + round(since_seconds * _SECOND)
        self._came_ns = clamp(told_ns, self._polled_ns, now_ns)
        return self._came_ns

    def polled(self, now_ns: int) -> None:
        """All messages have been read in a poll that began at ``now_ns``."""
        self._polled_ns = now_ns


class InputProcess:
    """Sends the messages of MIDI inputs, which may come and go, to the player's socket."""

    def __init__(self, player: socket.socket, *open_ports: Callable[[], Port]) -> None:
        """``open_ports``: of each input, in the order of their numbers."""
        self._player = player
        self._inputs = [_Input(number, Keeper(open_port), Arrivals()) for number, open_port in enumerate(open_ports)]
        self._outbox = Outbox(player)
        self._of = 0  # the input of the last message that was written
        self._backlog = Backlog()  # while the player does not read
        self._failure_ns = 0  # the next time at which a failure is printed
        self._heard_ns = 0

    def run(self) -> None:
        """Run until the player sends anything or closes its socket, or until SIGTERM."""
        with stop_signals(signal.SIGTERM) as stopped:
            self.loop(stopped)

    def loop(self, stopped: StopSignals | None = None) -> None:
        """`run` without the signal, so that it can be called in any thread."""
        self._player.setblocking(False)
        sockets: list[socket.socket | StopSignals] = [self._player, stopped] if stopped else [self._player]
        try:
            for each in self._inputs:
                self._write(each.number, _news(each.keeper.open()))
                each.arrivals.polled(clock())
            while not (stopped and stopped.received):
                self._outbox.flush()
                ready, _, _ = select.select(sockets, [], [], self._interval_ns() / _SECOND)
                if self._player in ready:  # it wants other inputs, or has closed the socket
                    return
                for each in self._inputs:
                    try:
                        self._poll(each)
                    except Exception as error:  # an error of rtmidi, or a mistake of Polate: open the port anew
                        self._fail(each, error)
                    if clock() >= each.keeper.check_ns and (came := each.keeper.check()) is not None:
                        self._write(each.number, _news(came))
        finally:
            for each in self._inputs:
                each.keeper.close()

    def _fail(self, failed: "_Input", error: Exception) -> None:
        failed.keeper.lose()
        self._write(failed.number, _news(False))
        if clock() >= self._failure_ns:
            self._failure_ns = clock() + _SECOND
            print(f"reading the MIDI input failed, opening it again: {described(error)}", file=sys.stderr, flush=True)

    def _interval_ns(self) -> int:
        if all(each.keeper.port is None for each in self._inputs):
            return CHECK_NS
        return _POLL_BUSY_NS if clock() - self._heard_ns < _BUSY_NS else _POLL_IDLE_NS

    def _poll(self, polled: "_Input") -> None:
        began_ns = clock()
        for message, since_seconds in polled.keeper.port.messages() if polled.keeper.port else ():
            self._heard_ns = clock()
            at_ns = polled.arrivals.came(since_seconds, self._heard_ns)
            # Dropped: messages without a status byte (an error of the driver), system exclusive, active sensing.
            if not 0 < len(message) <= 3 or message[0] < NOTE_OFF or message[0] in (SYSTEM_EXCLUSIVE, ACTIVE_SENSING):
                continue
            record = Record(at_ns, bytes(message))
            if self._outbox:
                self._keep(record, polled.number)
            else:
                self._write(polled.number, record.pack())
                self._outbox.flush()
        polled.arrivals.polled(began_ns)
        if self._backlog and not self._outbox:
            for number, packed in self._backlog.take():
                self._write(number, packed)

    def _keep(self, record: Record, number: int = 0) -> None:
        self._backlog.add(record.message, record.pack(), number)

    def _write(self, number: int, packed: bytes) -> None:
        if number != self._of:
            self._of = number
            self._outbox.put(Record(clock(), bytes([THE_NEXT_ARE_OF, number])).pack())
        self._outbox.put(packed)


@dataclass(frozen=True, slots=True)
class _Input:
    number: int
    keeper: Keeper[Port]
    arrivals: Arrivals


def _news(is_there: bool) -> bytes:
    return Record(clock(), PORT_IS_THERE if is_there else PORT_IS_GONE).pack()


class RecordReader:
    """Cuts a stream of bytes into records. A record may arrive in pieces."""

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
    InputProcess(player, *(partial(open_input, name, settings["api"]) for name in settings["inputs"])).run()
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
