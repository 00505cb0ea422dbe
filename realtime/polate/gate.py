"""The output gate: the one owner of the MIDI output and of the notes that sound, in a process of its own.

    player --NOTE due off--> [Gate: pending, sounding] --bytes, at their time--> MIDI output
           <--ON, OFF, LOST--

It imports next to nothing and can be read in one sitting. It sleeps to just before a due time, spins the rest, and
sends: whatever the player's interpreter is doing, notes go out in time. A note is given with its end, so nothing the
player does or fails to do leaves one hanging: when the pipe closes or the heartbeat stops, all notes are released.
"""

import contextlib
import gc
import heapq
import os
import select
import signal
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from polate.child import Outbox, StopSignals, child_side, quiet_native_stderr, stop_signals
from polate.keeper import Keeper, KeptPort
from polate.wire import Frame, Kind, Reader, clock

__all__ = ["ALL_NOTES_OFF", "ALL_SOUND_OFF", "HEARTBEAT_NS", "Gate", "Outgoing", "Port", "Process"]

HEARTBEAT_NS = 1_000_000_000
"""A player that has said nothing for this long has died or frozen: its notes are released."""

ALL_SOUND_OFF, ALL_NOTES_OFF = 120, 123  # MIDI 1.0, channel mode messages

_SECOND = 1_000_000_000
_LEAST_SPIN_NS, _MOST_SPIN_NS = 200_000, 1_000_000
_MOST_UNSENT = 2**20  # bytes


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A MIDI message that is to go out, and the report to the player that it has."""

    data: tuple[int, int, int]
    kind: Kind  # ON or OFF
    step: int
    due_ns: int


@dataclass(slots=True)
class Gate:
    """The pure part: what is to be sent when. It is told the time."""

    missed: list[int] = field(default_factory=list)
    """Steps that came after their own end, and were not played; whoever reports them clears it."""

    _pending: list[tuple[int, int, Frame]] = field(default_factory=list)  # heap: (due, serial, note)
    _ends: list[tuple[int, int, int]] = field(default_factory=list)  # heap: (off, channel, note)
    _sounding: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)  # -> (off, step)
    _last_step: int = -1
    _serial: int = 0

    @property
    def sounding(self) -> list[tuple[int, int]]:
        """The (channel, note) pairs that sound."""
        return list(self._sounding)

    @property
    def deadline_ns(self) -> int | None:
        """When `advance` is to be called next; None while there is nothing to do."""
        times = [heap[0][0] for heap in (self._pending, self._ends) if heap]
        return min(times) if times else None

    def note(self, frame: Frame) -> None:
        """Take a note in.

        A step that has sounded is never played a second time: so a recall that lost the race against the step
        it recalls leaves one note, not two.
        """
        if frame.step > self._last_step:
            self._serial += 1
            heapq.heappush(self._pending, (frame.due_ns, self._serial, frame))

    def recall(self, step: int) -> None:
        """Forget the notes of this step and later ones that have not sounded."""
        self._pending = [entry for entry in self._pending if entry[2].step < step]
        heapq.heapify(self._pending)

    def advance(self, now_ns: int) -> list[Outgoing]:
        """What is due: in order of time, and at one instant note-offs first.

        What still sounds of an earlier step is ended by the notes of a later one. A pending note whose end has
        passed already is not started.
        """
        out: list[Outgoing] = []
        last = self._last_step  # the notes of one step sound together: it counts as sounded after the last of them
        while (deadline := self.deadline_ns) is not None and deadline <= now_ns:
            if self._ends and self._ends[0][0] == deadline:
                off_ns, channel, note = heapq.heappop(self._ends)
                if (channel, note) in self._sounding and self._sounding[channel, note][0] == off_ns:
                    out.append(self._end(channel, note, off_ns))
                continue
            _, _, frame = heapq.heappop(self._pending)
            if frame.off_ns <= now_ns:
                self.missed.append(frame.step)
                continue
            key = (frame.channel, frame.note)
            # A line sounds one step at a time: a note made longer than the steps that follow it gives way to them.
            for other, (_, step) in list(self._sounding.items()):
                if other == key or step < frame.step:
                    out.append(self._end(*other, frame.due_ns))
            self._sounding[key] = (frame.off_ns, frame.step)
            heapq.heappush(self._ends, (frame.off_ns, *key))
            message = (0x90 | frame.channel, frame.note, frame.velocity)
            out.append(Outgoing(message, Kind.ON, frame.step, frame.due_ns))
            last = max(last, frame.step)
        self._last_step = last
        return out

    def release(self, now_ns: int) -> list[Outgoing]:
        """End everything that sounds and forget the rest."""
        self._pending.clear()
        self._ends.clear()
        return [self._end(*key, now_ns) for key in list(self._sounding)]

    def _end(self, channel: int, note: int, due_ns: int) -> Outgoing:
        _, step = self._sounding.pop((channel, note))
        return Outgoing((0x80 | channel, note, 0), Kind.OFF, step, due_ns)


class Port(KeptPort, Protocol):
    """What the gate needs of a MIDI output; `polate.midi.OutputPort` is the real one."""

    def send(self, data: tuple[int, int, int]) -> None: ...


class Process:
    """The thin part: a socket, a port, and the time."""

    def __init__(self, player: socket.socket, open_port: Callable[[], Port], *, restarted: bool = False) -> None:
        """``restarted``: another gate died before this one; what it left sounding is silenced first."""
        player.setblocking(False)
        self._player, self._restarted = player, restarted
        self._keeper = Keeper(open_port)
        self._gate = Gate()
        self._reader = Reader()
        self._outbox = Outbox(player)
        self._heard_ns = clock()
        self._spin_ns = _LEAST_SPIN_NS
        self._running = True

    def run(self) -> None:
        """Until the player hangs up or says QUIT, or SIGTERM stops it; then nothing sounds."""
        with stop_signals(signal.SIGTERM) as stopped:
            self.loop(stopped)

    def loop(self, stopped: StopSignals | None = None) -> None:
        """`run` without the signal: it may be called in any thread."""
        try:
            self._report(Frame(Kind.OPENED if self._keeper.open() else Kind.LOST))
            if self._restarted:
                self._silence()
            while self._running and not (stopped and stopped.received):
                self._outbox.flush()
                self._wait([self._player, stopped] if stopped else [self._player])
                self._send(self._gate.advance(clock()))
                self._housekeeping(clock())
        finally:
            self._send(self._gate.release(clock()))
            self._outbox.flush()
            self._keeper.close()

    def _wait(self, sockets: Sequence[socket.socket | StopSignals]) -> None:
        """Sleep until a frame comes or the next deadline is near, then spin up to the deadline."""
        deadline = self._gate.deadline_ns
        wake = min(self._keeper.check_ns, self._heard_ns + HEARTBEAT_NS)
        if deadline is not None:
            wake = min(wake, deadline - self._spin_ns)
        now = clock()
        ready, _, _ = select.select(sockets, [], [], max(0, wake - now) / _SECOND)
        if self._player in ready:
            self._receive()
        elif not ready and deadline is not None and wake == deadline - self._spin_ns:
            # The margin follows the wake-up error of this machine: half as much again, and slowly back.
            late = clock() - max(wake, now)
            self._spin_ns = min(_MOST_SPIN_NS, max(_LEAST_SPIN_NS, self._spin_ns * 31 // 32, late * 3 // 2))
            while clock() < deadline:
                pass

    def _receive(self) -> None:
        try:
            data = self._player.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            self._running = False
        self._heard_ns = clock()
        for frame in self._reader.feed(data):
            match frame.kind:
                case Kind.NOTE:
                    self._gate.note(frame)
                case Kind.RECALL:
                    self._gate.recall(frame.step)
                case Kind.RELEASE:
                    self._send(self._gate.release(clock()))
                case Kind.PANIC:
                    self._send(self._gate.release(clock()))
                    self._silence()
                case Kind.QUIT:
                    self._running = False
                case _:
                    pass

    def _send(self, messages: list[Outgoing]) -> None:
        for message in messages:
            self._put(message.data)
            status, note, velocity = message.data
            self._report(Frame(message.kind, message.step, status & 0x0F, note, velocity, message.due_ns, clock()))

    def _put(self, data: tuple[int, int, int]) -> None:
        if self._keeper.port is None:
            return
        try:
            self._keeper.port.send(data)
        except Exception:  # rtmidi's own errors; a device that was pulled out, say
            self._keeper.lose()
            self._report(Frame(Kind.LOST))

    def _silence(self) -> None:
        """End whatever sounds, on every channel; unless the port is dead, which would take no more than so many."""
        if self._keeper.port and self._keeper.port.alive():
            for channel in range(16):
                self._put((0xB0 | channel, ALL_SOUND_OFF, 0))
                self._put((0xB0 | channel, ALL_NOTES_OFF, 0))

    def _housekeeping(self, now_ns: int) -> None:
        for step in self._gate.missed:
            self._report(Frame(Kind.MISSED, step))
        self._gate.missed.clear()
        if now_ns - self._heard_ns >= HEARTBEAT_NS:
            self._send(self._gate.release(now_ns))
            self._heard_ns = now_ns
        if now_ns >= self._keeper.check_ns:
            self._report(Frame(Kind.ALIVE))
            came = self._keeper.check()
            if came is not None:
                self._report(Frame(Kind.OPENED if came else Kind.LOST))
            if came:
                self._silence()  # what sounded when the old one went

    def _report(self, frame: Frame) -> None:
        if len(self._outbox) < _MOST_UNSENT:  # a player that does not listen loses reports, not notes
            self._outbox.put(frame.pack())


def _main() -> int:
    from polate.midi import open_output

    player, settings = child_side()
    quiet_native_stderr()

    with contextlib.suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(20))  # type: ignore[attr-defined,unused-ignore]
    gc.collect()
    gc.freeze()
    gc.disable()
    Process(player, partial(open_output, settings["output"], settings["api"]), restarted=settings["restarted"]).run()
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
