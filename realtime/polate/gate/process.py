"""The gate's process: a socket to the player, the MIDI outputs, and the time.

    player --NOTE due off--> [Gate: pending, sounding] --bytes, at their time--> MIDI outputs
           <--ON, OFF, LOST--

It imports next to nothing. It sleeps to just before a due time, spins the rest, and sends. So notes go out in time
whatever the player's interpreter does. When the socket closes or the heartbeat stops, it releases all notes.
"""

import contextlib
import gc
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from polate.errors import described
from polate.gate.frames import Frame, FrameReader, Kind
from polate.gate.gate import Gate, Key, Outgoing
from polate.gate.osc_output import LEAD_NS, SIGN_OF_LIFE_NS, OscOutput, is_osc
from polate.gate.split_gate import SplitGate
from polate.midi.kept_port import CHECK_NS, Keeper, KeptPort
from polate.midi.messages import ALL_NOTES_OFF, ALL_SOUND_OFF, CHANNEL_MASK, CONTROL_CHANGE, NOTE_OFF
from polate.runtime.child_process import child_side
from polate.runtime.clamp import clamp
from polate.runtime.clock import clock
from polate.runtime.native_stderr import quiet_native_stderr
from polate.runtime.os_scheduling import GATE_PRIORITY, go_first
from polate.runtime.outbox import Outbox
from polate.runtime.stop_signals import StopSignals, stop_signals

__all__ = ["HEARTBEAT_NS", "GateProcess", "Port", "next_spin_ns"]

HEARTBEAT_NS = 300_000_000
"""A player that has sent nothing for this long has died or frozen: its notes are released."""

_ALIVE_NS = 120_000_000  # from a report until a sign of life: the player waits for 0.3 s
_LOOK_NS = 200_000_000  # from LOOK until the outputs are checked even if notes are due
_AGAIN_NS = 20_000_000  # from the note-offs of a release until they are sent once more
_PAUSE_SECONDS = 0.01  # after a failure that follows another one

_SECOND = 1_000_000_000
_LEAST_SPIN_NS, _MOST_SPIN_NS, _SPIN_STEP_NS = 200_000, 1_000_000, 4_000
_CLOSING_NS = _LEAST_SPIN_NS  # before a deadline: frames that arrive later wait, and what is due is made ready
_SPIN_BYTES = 1024  # that are read at once shortly before a deadline: 36 frames, which takes 0.16 ms
_MOST_BYTES = 65536  # that are read at once otherwise
_QUIET_NS = 5_000_000
_MOST_UNSENT = 2**20  # bytes


def next_spin_ns(spin_ns: int, ready_ns: int) -> int:
    """How long before the next deadline the gate wakes; before this one it was ``spin_ns``.

    ``ready_ns``: from the time at which it was to wake until it was ready to send.

    The margin follows the 95th percentile of this time on this machine: 1 time in 20 raises it by as much as the other
    19 lower it. It does not follow the worst case, because the scheduler interrupts a process that spins for long more
    often than the process oversleeps.
    """
    step = 19 * _SPIN_STEP_NS if ready_ns > spin_ns else -_SPIN_STEP_NS
    return clamp(spin_ns + step, _LEAST_SPIN_NS, _MOST_SPIN_NS)


class Port(KeptPort, Protocol):
    """A MIDI output as the gate uses it. `polate.midi.ports.OutputPort` is the real one."""

    def send(self, data: tuple[int, ...]) -> None: ...


class GateProcess:
    """Runs a `Gate` on real time, between the player's socket and the MIDI outputs."""

    def __init__(
        self,
        player: socket.socket,
        open_ports: Sequence[Callable[[], Port]],
        *,
        make_gate: Callable[[], Gate | SplitGate] = Gate,
        restarted: bool = False,
    ) -> None:
        """``make_gate``: makes an empty gate. ``restarted``: another gate has died before this one. This one then
        silences what it left sounding."""
        player.setblocking(False)
        self._player, self._restarted = player, restarted
        self._keepers = [
            Keeper(open_port, partial(self._last_words, number)) for number, open_port in enumerate(open_ports)
        ]
        self._make_gate = make_gate
        self._gate = make_gate()
        self._reader = FrameReader()
        self._outbox = Outbox(player)
        self._heard_ns = self._wake_ns = clock()
        self._check_ns = self._alive_ns = self._sign_ns = 0
        self._used: set[tuple[int, int]] = set()  # (port, channel) of every note
        self._ended: set[Key] = set()  # what was released, until that is sent again
        self._again_ns: int | None = None  # when that is
        self._failure_ns = 0  # the next time at which a failure is printed
        self._spin_ns = _LEAST_SPIN_NS
        self._running = True

    def run(self) -> None:
        """Run until the player closes the socket or sends QUIT, or SIGTERM comes. At the end nothing sounds."""
        with stop_signals(signal.SIGTERM) as stopped:
            self.loop(stopped)

    def loop(self, stopped: StopSignals | None = None) -> None:
        """Like `run`, without the signal handler: any thread may call it."""
        try:
            for port, keeper in enumerate(self._keepers):
                self._report(Frame(Kind.OPENED if keeper.open() else Kind.LOST, port=port))
                if self._restarted:
                    self._silence(port)
            self._check_ns = clock() + CHECK_NS
            while self._running and not (stopped and stopped.received):
                try:
                    self._outbox.flush()
                    self._wait([self._player, stopped] if stopped else [self._player])
                    self._send(self._gate.advance(clock()))
                    self._housekeeping(clock())
                except Exception as error:
                    self._begin_anew(error)
        finally:
            self._release(self._gate.release(clock()))
            self._outbox.flush()
            self._end_for_good()
            for keeper in self._keepers:
                keeper.close()

    def _begin_anew(self, error: Exception) -> None:
        """An error that no port explains: end what sounds, forget the rest, and go on."""
        sounding, self._gate = self._gate.sounding, self._make_gate()
        now = clock()
        offs = [Outgoing(port, (NOTE_OFF | channel, note, 0), now) for port, channel, note in sounding]
        reports = [Frame(Kind.OFF, 0, channel, note, 0, now, now, port) for port, channel, note in sounding]
        self._release(offs)
        for report in reports:
            self._report(report)
        if now >= self._failure_ns:
            self._failure_ns = now + _SECOND
            print(f"the gate failed, and released its notes: {described(error)}", file=sys.stderr, flush=True)
        else:
            select.select([self._player], [], [], _PAUSE_SECONDS)  # it fails again and again: leave others the time

    def _wait(self, sockets: Sequence[socket.socket | StopSignals]) -> None:
        """Sleep until a frame arrives or the next deadline is near; then spin until the deadline."""
        deadline = self._gate.deadline_ns
        now = clock()
        wake = min(max(self._check_ns, now + _QUIET_NS), self._heard_ns + HEARTBEAT_NS, self._alive_ns, self._sign_ns)
        if self._again_ns is not None:
            wake = min(wake, self._again_ns)
        # The end of a note may be 0.1 ms late: it is not worth the processor time of a spin.
        spin_ns = 0 if self._gate.only_ends else self._spin_ns
        if deadline is not None:
            wake = min(wake, deadline - spin_ns)
        self._wake_ns = max(wake, now)
        ready, _, _ = select.select(sockets, [], [], max(0, wake - now) / _SECOND)
        woken = clock()
        if deadline is not None and woken >= deadline - spin_ns:
            while clock() < deadline - _CLOSING_NS:
                if select.select([self._player], [], [], 0)[0]:
                    self._receive(_SPIN_BYTES)
                    return
            began = clock()
            due = self._gate.advance(deadline)  # before the rest of the spin, because it takes a while after a sleep
            if spin_ns and not ready and wake == deadline - spin_ns:
                self._spin_ns = next_spin_ns(self._spin_ns, woken - max(wake, now) + clock() - began)
            while clock() < deadline:
                pass
            self._send(due)
        elif self._player in ready:
            self._receive()

    def _receive(self, most_bytes: int = _MOST_BYTES) -> None:
        try:
            data = self._player.recv(most_bytes)
        except ConnectionError:
            data = b""
        if not data:
            self._running = False
        self._heard_ns = clock()
        for frame in self._reader.feed(data):
            self._release(self._gate.take(frame))
            if frame.kind is Kind.PANIC:
                for port in range(len(self._keepers)):
                    self._silence(port)
            elif frame.kind is Kind.LOOK:
                self._check_ns = min(self._check_ns, clock() - CHECK_NS + _LOOK_NS)
            elif frame.kind is Kind.QUIT:
                self._running = False

    def _send(self, messages: list[Outgoing]) -> None:
        """Send all messages, and then report them, so that no note of a chord waits for the report of another."""
        sent = []
        for message in messages:
            sent.append(clock())
            self._put(message.port, message.data, message.due_ns)
        for message, at_ns in zip(messages, sent, strict=True):
            if message.report:
                self._report(replace(message.report, off_ns=max(at_ns, message.report.due_ns)))
                if message.report.kind is Kind.ON:
                    self._used.add((message.port, message.report.channel))

    def _release(self, messages: list[Outgoing]) -> None:
        """Send note-offs, and remember them to send them again."""
        if messages:
            self._send(messages)
            self._ended |= {(each.port, each.data[0] & CHANNEL_MASK, each.data[1]) for each in messages}
            self._again_ns = clock() + _AGAIN_NS

    def _end_again(self) -> None:
        """Send the note-offs of a release once more: JACK in its asynchronous mode loses a message now and then.

        What has begun to sound since then is left alone.
        """
        sounding = set(self._gate.sounding)
        ended, self._ended, self._again_ns = self._ended - sounding, set(), None
        for port, channel, note in sorted(ended):
            self._put(port, (NOTE_OFF | channel, note, 0))
        playing = {key[:2] for key in sounding}
        for port, channel in sorted({key[:2] for key in ended} - playing):
            self._put(port, (CONTROL_CHANGE | channel, ALL_NOTES_OFF, 0))

    def _end_for_good(self) -> None:
        """The last messages of the process: end once more what it may have played."""
        if not self._used:
            return
        if self._ended:
            time.sleep(_AGAIN_NS / _SECOND)
            self._end_again()
        for port, channel in sorted(self._used):
            if self._restarted:  # another gate has left notes that this one does not know
                self._put(port, (CONTROL_CHANGE | channel, ALL_SOUND_OFF, 0))
            self._put(port, (CONTROL_CHANGE | channel, ALL_NOTES_OFF, 0))

    def _put(self, port: int, data: tuple[int, ...], due_ns: int = 0) -> None:
        if port >= len(self._keepers) or (output := self._keepers[port].port) is None:
            return
        try:
            if isinstance(output, OscOutput):
                output.send(data, max(0, due_ns - clock()))
            else:
                output.send(data)
        except Exception:  # an error of rtmidi, for example for a device that was unplugged
            self._keepers[port].lose()
            self._report(Frame(Kind.LOST, port=port))

    def _give_signs_of_life(self, now_ns: int) -> None:
        """Tell the receivers of OSC outputs which notes sound."""
        self._sign_ns = now_ns + _SECOND
        for port, keeper in enumerate(self._keepers):
            if isinstance(keeper.port, OscOutput):
                self._sign_ns = now_ns + SIGN_OF_LIFE_NS
                keeper.port.sign_of_life(key[1:] for key in self._gate.sounding if key[0] == port)

    def _last_words(self, port: int, output: Port) -> None:
        """The port is given up, but messages may still arrive there: it was renamed, or it refused one message."""
        with contextlib.suppress(Exception):
            if output.reachable():
                for _, channel, note in (key for key in self._gate.sounding if key[0] == port):
                    output.send((NOTE_OFF | channel, note, 0))

    def _silence(self, port: int) -> None:
        """End everything that sounds, on every channel. A dead port is left out: its queue would fill up."""
        output = self._keepers[port].port
        if output and output.alive():
            for channel in range(16):
                self._put(port, (CONTROL_CHANGE | channel, ALL_SOUND_OFF, 0))
                self._put(port, (CONTROL_CHANGE | channel, ALL_NOTES_OFF, 0))

    def _housekeeping(self, now_ns: int) -> None:
        for frame in self._gate.failed:
            self._report(frame)
        self._gate.failed.clear()
        if now_ns - self._wake_ns > HEARTBEAT_NS // 2:  # the gate was late itself: the player may have been, too
            self._heard_ns = now_ns
        if now_ns - self._heard_ns >= HEARTBEAT_NS and not select.select([self._player], [], [], 0)[0]:
            self._release(self._gate.release(now_ns))
            self._heard_ns = now_ns
        if self._again_ns is not None and now_ns >= self._again_ns:
            self._end_again()
        if now_ns >= self._sign_ns:
            self._give_signs_of_life(now_ns)
        if now_ns >= self._alive_ns:
            self._report(Frame(Kind.ALIVE, off_ns=now_ns))
        deadline = self._gate.deadline_ns
        # Checking a port takes about 0.3 ms. So wait for a quiet moment, but not for ever.
        quiet = deadline is None or deadline > now_ns + _QUIET_NS
        if now_ns >= self._check_ns and (quiet or now_ns >= self._check_ns + CHECK_NS):
            self._check_ns = now_ns + CHECK_NS
            for port, keeper in enumerate(self._keepers):
                came = keeper.check()
                if came is not None:
                    self._report(Frame(Kind.OPENED if came else Kind.LOST, port=port))
                if came:
                    self._silence(port)  # the notes that sounded when the port was lost

    def _report(self, frame: Frame) -> None:
        self._alive_ns = clock() + _ALIVE_NS
        if len(self._outbox) < _MOST_UNSENT:  # a player that does not read loses reports, not notes
            self._outbox.put(frame.pack())


def _main() -> int:
    from polate.midi.ports import open_output

    player, settings = child_side()
    quiet_native_stderr()
    go_first(GATE_PRIORITY)
    gc.collect()
    gc.freeze()
    gc.disable()
    outputs, copy = settings["outputs"], settings["copy"]
    ports: list[Callable[[], Port]] = [
        partial(OscOutput.open, name) if is_osc(name) else partial(open_output, name, settings["api"])
        for name in outputs
    ]
    early = [port for port, name in enumerate(outputs) if is_osc(name)]
    copy_port = outputs.index(copy) if copy else None
    make_gate = partial(SplitGate, early, copy_port, LEAD_NS) if early else Gate
    GateProcess(player, ports, make_gate=make_gate, restarted=settings["restarted"]).run()
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
