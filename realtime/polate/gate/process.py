"""The gate's process: a socket to the player, the MIDI outputs, and the time.

    player --NOTE due off--> [Gate: pending, sounding] --bytes, at their time--> MIDI outputs
           <--ON, OFF, LOST--

It imports next to nothing. It sleeps to just before a due time, spins the rest, and sends. So notes go out in time
whatever the player's interpreter does. When the socket closes or the heartbeat stops, it releases all notes.
"""

import gc
import select
import signal
import socket
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from polate.gate.frames import Frame, FrameReader, Kind
from polate.gate.gate import Gate, Outgoing
from polate.midi.kept_port import CHECK_NS, Keeper, KeptPort
from polate.midi.messages import ALL_NOTES_OFF, ALL_SOUND_OFF, CONTROL_CHANGE
from polate.runtime.child_process import child_side
from polate.runtime.clamp import clamp
from polate.runtime.clock import clock
from polate.runtime.native_stderr import quiet_native_stderr
from polate.runtime.os_scheduling import go_first
from polate.runtime.outbox import Outbox
from polate.runtime.stop_signals import StopSignals, stop_signals

__all__ = ["HEARTBEAT_NS", "GateProcess", "Port", "followed"]

HEARTBEAT_NS = 1_000_000_000
"""A player that has sent nothing for this long has died or frozen: its notes are released."""


_SECOND = 1_000_000_000
_LEAST_SPIN_NS, _MOST_SPIN_NS, _SPIN_STEP_NS = 200_000, 1_000_000, 4_000
_QUIET_NS = 5_000_000
_MOST_UNSENT = 2**20  # bytes


def followed(spin_ns: int, late_ns: int) -> int:
    """The margin before a deadline at which the gate wakes, after it woke so much too late.

    It follows the 95th percentile of this machine's wake-up error: up with 1 in 20, down with 19. Not the worst: who
    spins for long is sent away by the scheduler more often than it oversleeps.
    """
    step = 19 * _SPIN_STEP_NS if late_ns > spin_ns else -_SPIN_STEP_NS
    return clamp(spin_ns + step, _LEAST_SPIN_NS, _MOST_SPIN_NS)


class Port(KeptPort, Protocol):
    """What the gate needs of a MIDI output; `polate.midi.ports.OutputPort` is the real one."""

    def send(self, data: tuple[int, ...]) -> None: ...


class GateProcess:
    """The thin part: a socket, the ports, and the time."""

    def __init__(
        self, player: socket.socket, open_ports: Sequence[Callable[[], Port]], *, restarted: bool = False
    ) -> None:
        """``restarted``: another gate died before this one; what it left sounding is silenced first."""
        player.setblocking(False)
        self._player, self._restarted = player, restarted
        self._keepers = [Keeper(open_port) for open_port in open_ports]
        self._gate = Gate()
        self._reader = FrameReader()
        self._outbox = Outbox(player)
        self._heard_ns = clock()
        self._check_ns = 0
        self._spin_ns = _LEAST_SPIN_NS
        self._running = True

    def run(self) -> None:
        """Until the player hangs up or says QUIT, or SIGTERM stops it; then nothing sounds."""
        with stop_signals(signal.SIGTERM) as stopped:
            self.loop(stopped)

    def loop(self, stopped: StopSignals | None = None) -> None:
        """`run` without the signal: it may be called in any thread."""
        try:
            for port, keeper in enumerate(self._keepers):
                self._report(Frame(Kind.OPENED if keeper.open() else Kind.LOST, port=port))
                if self._restarted:
                    self._silence(port)
            self._check_ns = clock() + CHECK_NS
            while self._running and not (stopped and stopped.received):
                self._outbox.flush()
                self._wait([self._player, stopped] if stopped else [self._player])
                self._send(self._gate.advance(clock()))
                self._housekeeping(clock())
        finally:
            self._send(self._gate.release(clock()))
            self._outbox.flush()
            for keeper in self._keepers:
                keeper.close()

    def _wait(self, sockets: Sequence[socket.socket | StopSignals]) -> None:
        """Sleep until a frame comes or the next deadline is near, then spin up to the deadline."""
        deadline = self._gate.deadline_ns
        now = clock()
        wake = min(max(self._check_ns, now + _QUIET_NS), self._heard_ns + HEARTBEAT_NS)
        if deadline is not None:
            wake = min(wake, deadline - self._spin_ns)
        ready, _, _ = select.select(sockets, [], [], max(0, wake - now) / _SECOND)
        woken = clock()
        if deadline is not None and woken >= deadline - self._spin_ns:
            # What came meanwhile waits: taking it in could last until after the deadline.
            if not ready and wake == deadline - self._spin_ns:
                self._spin_ns = followed(self._spin_ns, woken - max(wake, now))
            due = self._gate.advance(deadline)  # now, while there is time: it takes some 50 us after a sleep
            while clock() < deadline:
                pass
            self._send(due)
        elif self._player in ready:
            self._receive()

    def _receive(self) -> None:
        try:
            data = self._player.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            self._running = False
        self._heard_ns = clock()
        for frame in self._reader.feed(data):
            self._send(self._gate.take(frame))
            if frame.kind is Kind.PANIC:
                for port in range(len(self._keepers)):
                    self._silence(port)
            elif frame.kind is Kind.QUIT:
                self._running = False

    def _send(self, messages: list[Outgoing]) -> None:
        """All of them, and then the reports: the notes of a chord do not wait for each other's."""
        sent = []
        for message in messages:
            sent.append(clock())
            self._put(message.port, message.data)
        for message, at_ns in zip(messages, sent, strict=True):
            if message.report:
                self._report(replace(message.report, off_ns=at_ns))

    def _put(self, port: int, data: tuple[int, ...]) -> None:
        if port >= len(self._keepers) or (output := self._keepers[port].port) is None:
            return
        try:
            output.send(data)
        except Exception:  # rtmidi's own errors; a device that was pulled out, say
            self._keepers[port].lose()
            self._report(Frame(Kind.LOST, port=port))

    def _silence(self, port: int) -> None:
        """End whatever sounds, on every channel; unless the port is dead, which would take no more than so many."""
        output = self._keepers[port].port
        if output and output.alive():
            for channel in range(16):
                self._put(port, (CONTROL_CHANGE | channel, ALL_SOUND_OFF, 0))
                self._put(port, (CONTROL_CHANGE | channel, ALL_NOTES_OFF, 0))

    def _housekeeping(self, now_ns: int) -> None:
        for frame in self._gate.failed:
            self._report(frame)
        self._gate.failed.clear()
        if now_ns - self._heard_ns >= HEARTBEAT_NS:
            self._send(self._gate.release(now_ns))
            self._heard_ns = now_ns
        deadline = self._gate.deadline_ns
        # Looking at a port takes some 0.3 ms: not when something is due soon, unless something always is.
        quiet = deadline is None or deadline > now_ns + _QUIET_NS
        if now_ns >= self._check_ns and (quiet or now_ns >= self._check_ns + CHECK_NS):
            self._check_ns = now_ns + CHECK_NS
            self._report(Frame(Kind.ALIVE))
            for port, keeper in enumerate(self._keepers):
                came = keeper.check()
                if came is not None:
                    self._report(Frame(Kind.OPENED if came else Kind.LOST, port=port))
                if came:
                    self._silence(port)  # what sounded when the old one went

    def _report(self, frame: Frame) -> None:
        if len(self._outbox) < _MOST_UNSENT:  # a player that does not listen loses reports, not notes
            self._outbox.put(frame.pack())


def _main() -> int:
    from polate.midi.ports import open_output

    player, settings = child_side()
    quiet_native_stderr()
    go_first()
    gc.collect()
    gc.freeze()
    gc.disable()
    ports = [partial(open_output, name, settings["api"]) for name in settings["outputs"]]
    GateProcess(player, ports, restarted=settings["restarted"]).run()
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
