"""`polate bench`: measure how well this machine keeps time, and say in words what that is good for.

    notes --NOTE due--> gate process --ON due, sent--> lateness        UDP datagram --> OSC process --> delay

The gate and the OSC process are the ones that `polate play` starts. A measurement takes rounds of about a second. A
round in which the hypervisor took more than 1 % of the processors' time is repeated: it measures the other machines.
"""

import contextlib
import math
import os
import random
import select
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy

from polate.errors import PortError
from polate.gate.frames import Frame, FrameReader, Kind
from polate.osc.messages import Listening, ToPlayer
from polate.runtime.child_process import Child
from polate.runtime.clock import clock
from polate.runtime.line_stream import LineReader
from polate.runtime.os_scheduling import fine_timers
from polate.sequencer.engine import LOOKAHEAD_NS

__all__ = ["MOST_STEAL", "Measured", "Report", "measure", "percentile", "stolen", "verdict"]

MOST_STEAL = 0.01
"""The largest share of the processors' time that the hypervisor may take in a round that counts."""

ROUNDS = 5
_NOTES = 20  # in a round, 50 ms apart: sixteenths at 300 bpm
_STEP_NS = 50_000_000
_MOST_TRIES = 3  # rounds per round asked for, counting repeated ones
_POINTS = _DATAGRAMS = 100
_PAUSE_SECONDS = 0.005  # between two points or datagrams, as a turning knob sends them

_STAGE_US, _REHEARSAL_US = 2_000, 6_000
"""Limits of lateness in microseconds. A note above the first counts as late in the display. The second is the smallest
displacement that listeners hear in a fast pulse (Friberg and Sundberg, JASA 98 (1995) 2524)."""


def percentile(values: Sequence[float], percent: float) -> float:
    """The percentile, interpolated linearly between the two nearest values; NaN if there are no values."""
    return float(numpy.percentile(values, percent)) if values else math.nan


def stolen() -> Callable[[], float]:
    """Start to watch the hypervisor. Returns a function that gives its share of the processors' time since then, 0..1.

    The share is read from /proc/stat (proc(5): the eighth number is steal). It is 0 on systems other than Linux.
    """
    before = _processor_times()

    def share() -> float:
        ticks = [after - begun for after, begun in zip(_processor_times(), before, strict=True)]
        return ticks[7] / max(1, sum(ticks)) if ticks else 0.0

    return share


def _processor_times() -> list[int]:
    try:
        with open("/proc/stat") as file:
            return [int(ticks) for ticks in file.readline().split()[1:9]]
    except OSError:
        return []


@dataclass(slots=True)
class Measured:
    """The rounds of one measurement."""

    name: str
    micros: list[float] = field(default_factory=list)  # of the rounds that count
    rounds: int = 0  # that count
    disturbed: int = 0  # rounds that were repeated

    def at(self, percent: float) -> float:
        """A percentile, in microseconds."""
        return percentile(self.micros, percent)


@dataclass(frozen=True, slots=True)
class Report:
    """All measurements, and how the gate ran."""

    idle: Measured  # lateness of onsets beside an idle player
    busy: Measured  # lateness of onsets beside a busy player
    others: tuple[Measured, ...]
    port: bool  # the notes went to a MIDI port
    fifo: bool  # the gate has real-time priority

    def lines(self) -> Iterator[str]:
        """The report as `polate bench` prints it: a table, two facts and the verdict."""
        yield f"{'':46}{'p50':>8}{'p95':>8}{'p99':>8}   microseconds"
        for row in (self.idle, self.busy, *self.others):
            again = f"   {row.disturbed} rounds disturbed" if row.disturbed else ""
            yield f"{row.name:46}" + "".join(f"{row.at(percent):8.1f}" for percent in (50, 95, 99)) + again
        yield f"MIDI port: {'yes' if self.port else 'none (the notes went nowhere)'}"
        yield f"real-time priority: {'yes' if self.fifo else 'no'}"
        if not _processor_times():
            yield "this system does not report whether other machines share its processors"
        yield verdict(self.idle, self.busy)


def verdict(idle: Measured, busy: Measured) -> str:
    """What the machine is good for, judged by the latest note in a hundred."""
    if min(idle.rounds, busy.rounds) < ROUNDS:
        return "inconclusive: other machines share these processors and were busy. Run it again when they are quiet."
    worst = max(idle.at(99), busy.at(99))
    if worst <= _STAGE_US:
        return "good for the stage: 99 of 100 notes are less than 2 ms late, even while the player is busy."
    if idle.at(99) <= _STAGE_US:
        return (
            f"good for the stage while the machine has nothing else to do: while the player is busy, one note in a "
            f"hundred is {worst / 1000:.1f} ms late or more. Close other programs."
        )
    if worst <= _REHEARSAL_US:
        return (
            f"good to rehearse with: one note in a hundred is {worst / 1000:.1f} ms late or more. Close other programs."
        )
    return (
        f"not for the stage: one note in a hundred is {worst / 1000:.0f} ms late or more. Close other programs, "
        "switch power saving off, and on Linux allow real-time priority ('polate doctor' says whether it is allowed)."
    )


def measure(midi_api: str = "auto", rounds: int = ROUNDS) -> Report:
    """Measure everything. Opens the ports that `polate play` opens, and closes them.

    Raises `PortError` if the gate process ends during the measurement.
    """
    fine_timers()
    with _gate(midi_api) as gate:
        idle = _rounds("note after its time", rounds, lambda: gate.play(_NOTES))
        with _busy_interpreter():
            busy = _rounds("the same, while the player is busy", rounds, lambda: gate.play(_NOTES))
    decode = _rounds("decoding a point of the map", 1, _decoder())
    with _osc_process() as arrives:
        osc = _rounds("OSC datagram to the player", 1, arrives)
    return Report(idle, busy, (decode, osc), gate.port, gate.fifo)


def _rounds(name: str, rounds: int, once: Callable[[], list[float]]) -> Measured:
    """Repeat a measurement until that many rounds count, or too many were disturbed. ``once`` gives microseconds."""
    measured = Measured(name)
    while measured.rounds < rounds and measured.rounds + measured.disturbed < rounds * _MOST_TRIES:
        share = stolen()
        micros = once()
        if share() > MOST_STEAL:
            measured.disturbed += 1
        else:
            measured.rounds += 1
            measured.micros += micros
    return measured


@contextlib.contextmanager
def _busy_interpreter() -> Iterator[None]:
    """Run a thread that never rests in this interpreter, which acts as the player."""
    over = threading.Event()

    def burn() -> None:
        while not over.is_set():
            pass

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)  # as the player does
    burner = threading.Thread(target=burn, daemon=True)
    burner.start()
    try:
        yield
    finally:
        over.set()
        burner.join()
        sys.setswitchinterval(before)


class _Gate:
    """The gate process; this process acts as its player."""

    def __init__(self, child: Child) -> None:
        self._child, self._reader = child, FrameReader()
        self._step = 0
        self.port = False  # it has opened a MIDI port
        self.fifo = False  # it has real-time priority

    def wait_until_open(self) -> None:
        """Wait until the gate has looked for its port, at most 30 seconds."""
        self.port = any(frame.kind is Kind.OPENED for frame in self._receive(30_000_000_000))
        self.fifo = sys.platform == "linux" and os.sched_getscheduler(self._child.process.pid) == os.SCHED_FIFO

    def _receive(self, within_ns: int) -> list[Frame]:
        """The next frames from the gate; none if none arrives within this time."""
        until = clock() + within_ns
        while select.select([self._child.socket], [], [], max(0, until - clock()) / 1e9)[0]:
            with contextlib.suppress(BlockingIOError):  # the child's first message names its version only
                data = self._child.receive(65536)
                if not data:
                    raise PortError("the gate process ended during the measurement")
                return self._reader.feed(data)
        return []

    def play(self, count: int) -> list[float]:
        """Play that many notes. Returns how late each was sent, in microseconds; a note never sent is a step late."""
        first = clock() + _STEP_NS
        late = [_STEP_NS / 1e3] * count
        given = 0
        while (now := clock()) < first + (count + 1) * _STEP_NS:
            due = first + given * _STEP_NS
            if given < count and now >= due - LOOKAHEAD_NS:
                note = Frame(Kind.NOTE, self._step + given, 0, 60, 1, due, due + _STEP_NS // 2)
                self._child.socket.send(note.pack())
                given += 1
                continue
            wake = due - LOOKAHEAD_NS if given < count else now + _STEP_NS
            for frame in self._receive(max(0, wake - now)):
                if frame.kind is Kind.ON and self._step <= frame.step < self._step + count:
                    late[frame.step - self._step] = frame.late_ns / 1e3
        self._step += count
        return late


@contextlib.contextmanager
def _gate(midi_api: str) -> Iterator[_Gate]:
    child = Child.start("polate.gate.process", {"outputs": [None], "api": midi_api, "copy": None, "restarted": False})
    try:
        gate = _Gate(child)
        gate.wait_until_open()
        yield gate
    finally:
        child.close()


def _decoder() -> Callable[[], list[float]]:
    from polate.model.decoder import Decoder

    decoder = Decoder.open()
    draw = random.Random(0)
    points = [[axis.at(draw.random()) for axis in decoder.axes] for _ in range(_POINTS)]

    def once() -> list[float]:
        micros = []
        for point in points:
            time.sleep(_PAUSE_SECONDS)
            began = clock()
            decoder.decode(point)
            micros.append((clock() - began) / 1e3)
        return micros

    return once


@contextlib.contextmanager
def _osc_process() -> Iterator[Callable[[], list[float]]]:
    """Start the OSC process on a free port. Gives a function that sends it datagrams and returns their delays."""
    child = Child.start("polate.osc.process", {"host": "127.0.0.1", "port": 0})
    draw = random.Random(0)

    def receive() -> bytes:
        while select.select([child.socket], [], [], 10)[0]:
            with contextlib.suppress(BlockingIOError):  # the child's first message names its version only
                return child.receive(65536)
        raise PortError("the OSC process sent nothing for 10 s")

    try:
        reader: LineReader[ToPlayer] = LineReader(ToPlayer)
        (listening,) = reader.feed(receive())
        if not isinstance(listening, Listening):
            raise PortError(f"the OSC process cannot listen: {listening}")
        port = listening.port
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.connect(("127.0.0.1", port))

            def once() -> list[float]:
                micros = []
                for _ in range(_DATAGRAMS):
                    time.sleep(_PAUSE_SECONDS)
                    began = clock()
                    udp.send(struct.pack(">12s4sf", b"/polate/z/1", b",f", draw.random()))
                    receive()
                    micros.append((clock() - began) / 1e3)
                return micros

            yield once
    finally:
        child.close()
