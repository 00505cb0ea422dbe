"""The process that listens to the MIDI inputs, so that the player has no MIDI client.

    MIDI inputs --message--> 12 bytes a message --> player

A JACK client that is killed before it is closed stalls its server, and delays the gate's last note-offs by more than a
second (measured). This process is not killed with the player: it notices that the player has closed the socket, and
closes its port.

A record has the arrival time of the message in nanoseconds of `polate.runtime.clock`, the message's length, 1 to 3, and
its bytes, padded with zeros. Some messages are not MIDI and report on an input: 1 means there, 0 gone; 2 and the
number of an input, from 0, that the next messages are of this input. The first messages are of input 0.

While the player does not read, only the newest message of each control is kept, and every end of a note
(`polate.midi.backlog`). Notes, clock ticks and messages of parameter numbers stay in their order.
"""

import contextlib
import gc
import select
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, Protocol

from polate.errors import described
from polate.midi.backlog import Backlog
from polate.midi.kept_port import Heard, Keeper, KeptPort
from polate.midi.messages import ACTIVE_SENSING, NOTE_OFF, SYSTEM_EXCLUSIVE
from polate.runtime.child_process import child_side
from polate.runtime.clamp import clamp
from polate.runtime.clock import clock
from polate.runtime.inbox import Inbox
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
_SWITCH_SECONDS = 1e-4  # the longest time that the thread of a driver waits for the interpreter
_MOST_CALLS = 16
_CALL_SECONDS = 0.002  # for a call of a driver that has begun
_MOST_DELAY_NS = 2_000_000  # from the arrival of a message until the driver hands it over


class Record(NamedTuple):
    """A message and its arrival time."""

    at_ns: int
    message: bytes  # 1..3 bytes; or PORT_IS_THERE, PORT_IS_GONE; or THE_NEXT_ARE_OF and a number

    def pack(self) -> bytes:
        return _RECORD.pack(self.at_ns, len(self.message), self.message)


class Port(KeptPort, Protocol):
    """The methods that `InputProcess` needs of a MIDI input. `polate.midi.ports.InputPort` has them."""

    def find(self, wanted: str) -> None: ...

    def hear(self, heard: Heard) -> None: ...

    def pause(self) -> None: ...

    def go_on(self) -> None: ...


class Arrivals:
    """The arrival times of messages.

    The driver measures only the time between two messages, on its own clock. These differences are right to within the
    driver's period, but their errors add up. So each arrival time is limited to the 2 ms before the message was handed
    over. A message of a pause may have come as early as 2 ms before the pause.
    """

    def __init__(self) -> None:
        self._came_ns = 0

    def came(self, since_seconds: float, waits_since_ns: int, handed_over_ns: int) -> int:
        """The arrival time of a message, by the driver ``since_seconds`` after the one before. The times are those of
        `Heard`."""
        told_ns = self._came_ns + round(since_seconds * _SECOND)
        earliest_ns = max(self._came_ns, waits_since_ns - _MOST_DELAY_NS)
        self._came_ns = clamp(told_ns, min(earliest_ns, handed_over_ns), handed_over_ns)
        return self._came_ns


class InputProcess:
    """Sends the messages of MIDI inputs, which may come and go, to the player's socket.

    The thread of a driver writes each message itself, so that no other thread has to be woken for it. The loop does
    what is left: it opens the inputs, looks after them, and writes what the player had not read in time.
    """

    def __init__(
        self, player: socket.socket, names: Sequence[str | None], open_port: Callable[[str | None], Port]
    ) -> None:
        """``names``: of the inputs, in the order of their numbers; None: a virtual one."""
        self._player, self._open_port = player, open_port
        self._inputs = [
            _Input(number, Keeper(partial(self._open, number, name), abandon=self._abandon))
            for number, name in enumerate(names)
        ]
        self._lock = threading.Lock()  # of all that is written
        self._outbox = Outbox(player)
        self._of = 0  # the input of the last message that was written
        self._backlog = Backlog()  # while the player does not read
        self._calls: Inbox[tuple[_Input, Exception] | None] = Inbox(_MOST_CALLS)
        """For the loop: an input has failed, or something waits until the player reads (None)."""
        self._failure_ns = 0  # the next time at which a failure is printed

    def run(self) -> None:
        """Run until the player sends anything or closes its socket, or until SIGTERM."""
        with stop_signals(signal.SIGTERM) as stopped:
            self.loop(stopped)

    def loop(self, stopped: StopSignals | None = None) -> None:
        """`run` without the signal, so that it can be called in any thread."""
        self._player.setblocking(False)
        sockets: list[Any] = [self._player, self._calls, *([stopped] if stopped else [])]
        try:
            for each in self._inputs:
                self._report(each, each.keeper.open())
            while not (stopped and stopped.received):
                with self._lock:
                    self._flush()
                    waiting = [self._player] if self._outbox else []
                ready, _, _ = select.select(sockets, waiting, [], self._wait_seconds())
                if self._player in ready:  # it wants other inputs, or has closed the socket
                    return
                for failure in self._calls.take():
                    if failure:
                        self._fail(*failure)
                for each in self._inputs:
                    if clock() >= each.keeper.check_ns and (came := each.keeper.check()) is not None:
                        self._report(each, came)
        finally:
            with self._paused():
                for each in self._inputs:
                    each.keeper.close()
            self._calls.close()

    def _open(self, number: int, name: str | None) -> Port:
        """Open an input and hear it. Raises `PortError`."""
        if name and (others := self._open_ports):  # a JACK client only to look takes 30 ms, in which they are paused
            others[0].find(name)
        with self._paused():
            port = self._open_port(name)
        port.hear(partial(self._hear, self._inputs[number]))
        return port

    def _abandon(self, port: Port) -> None:
        with self._paused():
            port.abandon()

    @property
    def _open_ports(self) -> list[Port]:
        return [each.keeper.port for each in self._inputs if each.keeper.port]

    @contextlib.contextmanager
    def _paused(self) -> Iterator[None]:
        """Let no driver call meanwhile: python-rtmidi holds the interpreter while it opens or closes a port, and JACK's
        thread would wait for it; with `jackd -S` the server too. To list the ports takes less time than a pause."""
        ports = self._open_ports
        for port in ports:
            port.pause()
        if ports:
            time.sleep(_CALL_SECONDS)
        try:
            yield
        finally:
            for port in ports:
                if port in self._open_ports:
                    port.go_on()

    def _hear(
        self, source: "_Input", message: Sequence[int], since_seconds: float, waits_since_ns: int, handed_over_ns: int
    ) -> None:
        """Pass a message on, in the driver's thread."""
        try:
            at_ns = source.arrivals.came(since_seconds, waits_since_ns, handed_over_ns)
            # Dropped: messages without a status byte (an error of the driver), system exclusive, active sensing.
            if not 0 < len(message) <= 3 or message[0] < NOTE_OFF or message[0] in (SYSTEM_EXCLUSIVE, ACTIVE_SENSING):
                return
            self._report(source, is_there=True)
            record = Record(at_ns, bytes(message))
            with self._lock:
                self._send(record, source.number)
        except Exception as error:  # a mistake of Polate: open the port anew
            self._calls.put((source, error))

    def _fail(self, failed: "_Input", error: Exception) -> None:
        failed.keeper.lose()
        self._report(failed, is_there=False)
        if clock() >= self._failure_ns:
            self._failure_ns = clock() + _SECOND
            print(f"reading the MIDI input failed, opening it again: {described(error)}", file=sys.stderr, flush=True)

    def _report(self, source: "_Input", is_there: bool) -> None:
        """Tell the player whether an input is there, unless it knows."""
        if is_there != source.is_there:
            with self._lock:
                if is_there != source.is_there:
                    source.is_there = is_there
                    self._send(Record(clock(), PORT_IS_THERE if is_there else PORT_IS_GONE), source.number)

    def _send(self, record: Record, number: int) -> None:
        """Write a record after those that wait."""
        if self._outbox:
            self._keep(record, number)
        else:
            self._write(number, record.pack())
            self._outbox.flush()
            if self._outbox:
                self._calls.put(None)

    def _wait_seconds(self) -> float:
        """Until the next look whether the ports are there."""
        next_ns = min((each.keeper.check_ns for each in self._inputs), default=clock() + _SECOND)
        return max(0, next_ns - clock()) / _SECOND

    def _flush(self) -> None:
        """Write what waits, as far as the player reads."""
        self._outbox.flush()
        if self._backlog and not self._outbox:
            for number, packed in self._backlog.take():
                self._write(number, packed)
            self._outbox.flush()

    def _keep(self, record: Record, number: int = 0) -> None:
        self._backlog.add(record.message, record.pack(), number)

    def _write(self, number: int, packed: bytes) -> None:
        if number != self._of:
            self._of = number
            self._outbox.put(Record(clock(), bytes([THE_NEXT_ARE_OF, number])).pack())
        self._outbox.put(packed)


@dataclass(slots=True)
class _Input:
    number: int
    keeper: Keeper[Port]
    arrivals: Arrivals = field(default_factory=Arrivals)
    is_there: bool | None = None  # as the player was told


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
    sys.setswitchinterval(_SWITCH_SECONDS)
    gc.freeze()
    InputProcess(player, settings["inputs"], partial(open_input, api=settings["api"])).run()
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
