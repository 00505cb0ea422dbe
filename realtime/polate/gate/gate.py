"""The output gate: the one owner of the MIDI outputs and of the notes that sound, in a process of its own.

    player --NOTE due off--> [Gate: pending, sounding] --bytes, at their time--> MIDI outputs
           <--ON, OFF, LOST--

It imports next to nothing and can be read in one sitting. It sleeps to just before a due time, spins the rest, and
sends: whatever the player's interpreter is doing, notes go out in time. A note is given with its end, so nothing the
player does or fails to do leaves one hanging: when the pipe closes or the heartbeat stops, all notes are released.
"""

import gc
import heapq
import select
import signal
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

from polate.gate.frames import MONO, Frame, Kind, Reader, clock
from polate.midi.kept_port import CHECK_NS, Keeper, KeptPort
from polate.runtime.child_process import Outbox, StopSignals, child_side, go_first, quiet_native_stderr, stop_signals

__all__ = ["ALL_NOTES_OFF", "ALL_SOUND_OFF", "HEARTBEAT_NS", "Gate", "Outgoing", "Port", "Process", "followed"]

HEARTBEAT_NS = 1_000_000_000
"""A player that has said nothing for this long has died or frozen: its notes are released."""

ALL_SOUND_OFF, ALL_NOTES_OFF = 120, 123  # MIDI 1.0, channel mode messages

_SECOND = 1_000_000_000
_LEAST_SPIN_NS, _MOST_SPIN_NS, _SPIN_STEP_NS = 200_000, 1_000_000, 4_000
_QUIET_NS = 5_000_000
_MOST_UNSENT = 2**20  # bytes


Key = tuple[int, int, int]
"""Where a note sounds: (port, channel, note)."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A MIDI message that is to go out; of a note, the report to the player that it has."""

    port: int
    data: tuple[int, ...]  # the bytes
    report: Frame | None = None  # ON or OFF, without the time at which it was sent


@dataclass(slots=True)
class Gate:
    """The pure part: what is to be sent when. It is told the time."""

    failed: list[Frame] = field(default_factory=list)
    """MISSED, for notes that were not played; whoever reports them clears it."""

    _pending: list[tuple[int, int, Frame]] = field(default_factory=list)  # heap: (due, serial, frame)
    _ends: list[tuple[int, Key]] = field(default_factory=list)  # heap: (off, key)
    _sounding: dict[Key, tuple[int, int, int]] = field(default_factory=dict)  # -> (off, step, voice)
    _last_step: int = 0
    _serial: int = 0

    @property
    def sounding(self) -> list[Key]:
        """What sounds."""
        return list(self._sounding)

    @property
    def deadline_ns(self) -> int | None:
        """When `advance` is to be called next; None while there is nothing to do."""
        times = [heap[0][0] for heap in (self._pending, self._ends) if heap]
        return min(times) if times else None

    def take(self, frame: Frame) -> list[Outgoing]:
        """Do what the player asks for; what of it goes out at once."""
        match frame.kind:
            case Kind.NOTE | Kind.TIE | Kind.SEND:
                self._put_off(frame)
            case Kind.RECALL:
                self._recall(frame.step)
            case Kind.RELEASE | Kind.PANIC:
                return self.release(frame.due_ns)
            case _:
                pass
        return []

    def _put_off(self, frame: Frame) -> None:
        """Keep it until it is due.

        A step that has sounded is never played a second time: so a recall that lost the race against the step
        it recalls leaves one note, not two. Step 0 stands for no step: what sounds by itself.
        """
        if 0 < frame.step <= self._last_step:
            return
        self._serial += 1
        heapq.heappush(self._pending, (frame.due_ns, self._serial, frame))

    def _recall(self, step: int) -> None:
        """Forget what has not sounded of this step and later ones."""
        self._pending = [entry for entry in self._pending if entry[2].step < step]
        heapq.heapify(self._pending)

    def advance(self, now_ns: int) -> list[Outgoing]:
        """What is due: in order of time, and at one instant note-offs first. A note whose end has passed already is
        not started."""
        out: list[Outgoing] = []
        last = self._last_step  # the notes of one step sound together: it counts as sounded after the last of them
        while (deadline := self.deadline_ns) is not None and deadline <= now_ns:
            if self._ends and self._ends[0][0] == deadline:
                off_ns, key = heapq.heappop(self._ends)
                if key in self._sounding and self._sounding[key][0] == off_ns:
                    out.append(self._end(key, off_ns))
                continue
            _, _, frame = heapq.heappop(self._pending)
            if frame.kind is Kind.SEND:
                out.append(Outgoing(frame.port, _message(frame)))
            elif frame.kind is Kind.TIE:
                self._tie(frame)
            elif frame.off_ns <= now_ns:
                self.failed.append(Frame(Kind.MISSED, frame.step, frame.channel, frame.note, port=frame.port))
            else:
                last = max(last, frame.step)
                out += self._strike(frame)
        self._last_step = last
        return out

    def release(self, due_ns: int) -> list[Outgoing]:
        """End everything that sounds and forget the notes to come."""
        self._pending = [entry for entry in self._pending if entry[2].kind is Kind.SEND]
        heapq.heapify(self._pending)
        self._ends.clear()
        return [self._end(key, due_ns) for key in list(self._sounding)]

    def _strike(self, frame: Frame) -> list[Outgoing]:
        """Begin a note, after the end of what it takes the place of."""
        key = (frame.port, frame.channel, frame.note)
        ended = [
            self._end(other, frame.due_ns)
            for other, (_, step, voice) in list(self._sounding.items())
            if other == key or (frame.voice & MONO and step < frame.step and (voice ^ frame.voice) & ~MONO == 0)
        ]
        self._sound(key, frame)
        report = Frame(Kind.ON, frame.step, *key[1:], frame.velocity, frame.due_ns, 0, frame.port, frame.voice)
        return [*ended, Outgoing(frame.port, (0x90 | frame.channel, frame.note, frame.velocity), report)]

    def _tie(self, frame: Frame) -> None:
        """Give a note that sounds another end."""
        key = (frame.port, frame.channel, frame.note)
        if key in self._sounding:
            self._sound(key, frame)

    def _sound(self, key: Key, frame: Frame) -> None:
        self._sounding[key] = (frame.off_ns, frame.step, frame.voice)
        heapq.heappush(self._ends, (frame.off_ns, key))

    def _end(self, key: Key, due_ns: int) -> Outgoing:
        _, step, voice = self._sounding.pop(key)
        port, channel, note = key
        report = Frame(Kind.OFF, step, channel, note, 0, due_ns, 0, port, voice)
        return Outgoing(port, (0x80 | channel, note, 0), report)


def _message(frame: Frame) -> tuple[int, ...]:
    """The bytes of a SEND, as many as its status takes. MIDI 1.0, table of status bytes."""
    status = frame.channel
    two = status & 0xF0 in (0xC0, 0xD0) or status in (0xF1, 0xF3)
    length = 1 if status >= 0xF4 else 2 if two else 3
    return (status, frame.note, frame.velocity)[:length]


def followed(spin_ns: int, late_ns: int) -> int:
    """The margin before a deadline at which the gate wakes, after it woke so much too late.

    It follows the 95th percentile of this machine's wake-up error: up with 1 in 20, down with 19. Not the worst: who
    spins for long is sent away by the scheduler more often than it oversleeps.
    """
    step = 19 * _SPIN_STEP_NS if late_ns > spin_ns else -_SPIN_STEP_NS
    return min(_MOST_SPIN_NS, max(_LEAST_SPIN_NS, spin_ns + step))


class Port(KeptPort, Protocol):
    """What the gate needs of a MIDI output; `polate.midi.ports.OutputPort` is the real one."""

    def send(self, data: tuple[int, ...]) -> None: ...


class Process:
    """The thin part: a socket, the ports, and the time."""

    def __init__(
        self, player: socket.socket, open_ports: Sequence[Callable[[], Port]], *, restarted: bool = False
    ) -> None:
        """``restarted``: another gate died before this one; what it left sounding is silenced first."""
        player.setblocking(False)
        self._player, self._restarted = player, restarted
        self._keepers = [Keeper(open_port) for open_port in open_ports]
        self._gate = Gate()
        self._reader = Reader()
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
                self._put(port, (0xB0 | channel, ALL_SOUND_OFF, 0))
                self._put(port, (0xB0 | channel, ALL_NOTES_OFF, 0))

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
    Process(player, ports, restarted=settings["restarted"]).run()
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
