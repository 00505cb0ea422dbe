"""`polate bench`: how well this machine keeps time, in a short table and a verdict in words.

    notes --NOTE due--> gate process --ON due, sent--> lateness        UDP --> osc_front process --> delay

The gate and the OSC front are the real ones, as `polate play` starts them. Everything is measured in rounds of about a
second; a round in which the hypervisor took more than 1 % of the processors' time is run again, for no program can be
in time on a processor that it has not got.
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
"""Of the processors' time: what the hypervisor may take in a round that counts."""

ROUNDS = 5
_NOTES = 20  # in a round, 50 ms apart: sixteenths at 300 bpm
_STEP_NS = 50_000_000
_MOST_TRIES = 3  # times as many rounds as were asked for
_POINTS = _DATAGRAMS = 100
_PAUSE_SECONDS = 0.005  # between two points, or datagrams: a knob that is turned

_STAGE_US, _REHEARSAL_US = 2_000, 6_000
"""A note later than the first is counted as late by the display. The second is the least displacement that listeners
hear in a fast pulse (Friberg and Sundberg, JASA 98 (1995) 2524)."""


def percentile(values: Sequence[float], percent: float) -> float:
    """Interpolated between the two values beside it; NaN of none."""
    if not values:
        return math.nan
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def stolen() -> Callable[[], float]:
    """Begin to watch; what it returns says the share of the processors' time that the hypervisor has taken since.

    Always 0 where the system does not tell: it does on Linux (proc(5), /proc/stat: the eighth number is steal).
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
    """Some rounds of one measurement, in microseconds."""

    name: str
    micros: list[float] = field(default_factory=list)
    rounds: int = 0  # undisturbed
    disturbed: int = 0

    def at(self, percent: float) -> float:
        return percentile(self.micros, percent)


@dataclass(frozen=True, slots=True)
class Report:
    """What was found; the first two are lateness of onsets, without and with a busy player."""

    idle: Measured
    busy: Measured
    others: tuple[Measured, ...]
    port: bool  # was there a MIDI port to play to?
    fifo: bool  # does the gate have real-time priority?

    def lines(self) -> Iterator[str]:
        yield f"{'':46}{'p50':>8}{'p95':>8}{'p99':>8}   microseconds"
        for row in (self.idle, self.busy, *self.others):
            again = f"   {row.disturbed} rounds disturbed" if row.disturbed else ""
            yield f"{row.name:46}" + "".join(f"{row.at(percent):8.1f}" for percent in (50, 95, 99)) + again
        yield f"MIDI port: {'there' if self.port else 'none, the notes went nowhere'}"
        yield f"real-time priority: {'yes' if self.fifo else 'no'}"
        if not _processor_times():
            yield "whether other machines share this processor is not known on this system"
        yield verdict(self.idle, self.busy)


def verdict(idle: Measured, busy: Measured) -> str:
    """In words."""
    if min(idle.rounds, busy.rounds) < ROUNDS:
        return "inconclusive: the machine was disturbed. Others share its processor; run it again when they are quiet."
    worst = max(idle.at(99), busy.at(99))
    if worst <= _STAGE_US:
        return "good for the stage: even while the player is busy, 99 of 100 notes are less than 2 ms late."
    if idle.at(99) <= _STAGE_US:
        return (
            f"good for the stage while the machine has nothing else to do: beside a busy player one note in a hundred "
            f"is {worst / 1000:.1f} ms late or more. Close other programs."
        )
    if worst <= _REHEARSAL_US:
        return (
            f"good to rehearse with: one note in a hundred is {worst / 1000:.1f} ms late or more. Close other programs."
        )
    return (
        f"not for the stage: one note in a hundred is {worst / 1000:.0f} ms late or more. Close other programs, "
        "switch power saving off, and on Linux permit real-time priority ('polate doctor' says whether it is)."
    )


def measure(midi_api: str = "auto", rounds: int = ROUNDS) -> Report:
    """Take all figures. Opens what `polate play` opens, and leaves nothing open."""
    fine_timers()
    with _gate(midi_api) as gate:
        idle = _rounds("note after its time", rounds, lambda: gate.play(_NOTES))
        with _busy():
            busy = _rounds("the same, beside a busy player", rounds, lambda: gate.play(_NOTES))
    decode = _rounds("a point decoded", 1, _decoder())
    with _osc_front() as arrives:
        osc = _rounds("OSC datagram to the player", 1, arrives)
    return Report(idle, busy, (decode, osc), gate.port, gate.fifo)


def _rounds(name: str, rounds: int, once: Callable[[], list[float]]) -> Measured:
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
def _busy() -> Iterator[None]:
    """A thread that never rests, in this interpreter, which is the player's here."""
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
    """The real gate process, and this process as its player."""

    def __init__(self, child: Child) -> None:
        self._child, self._reader = child, FrameReader()
        self._step = 0
        self.port = any(frame.kind is Kind.OPENED for frame in self._hear(30_000_000_000))
        self.fifo = sys.platform == "linux" and os.sched_getscheduler(child.process.pid) == os.SCHED_FIFO

    def _hear(self, within_ns: int) -> list[Frame]:
        """What it says next; nothing if that is not within so long."""
        until = clock() + within_ns
        while select.select([self._child.socket], [], [], max(0, until - clock()) / 1e9)[0]:
            with contextlib.suppress(BlockingIOError):  # the hello alone
                data = self._child.receive(65536)
                if not data:
                    raise PortError("the gate process ended while it was measured")
                return self._reader.feed(data)
        return []

    def play(self, count: int) -> list[float]:
        """How late each of so many notes went out, in microseconds; one that did not is a whole step late."""
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
            for frame in self._hear(max(0, wake - now)):
                if frame.kind is Kind.ON and self._step <= frame.step < self._step + count:
                    late[frame.step - self._step] = frame.late_ns / 1e3
        self._step += count
        return late


@contextlib.contextmanager
def _gate(midi_api: str) -> Iterator[_Gate]:
    child = Child.start("polate.gate.process", {"outputs": [None], "api": midi_api, "restarted": False})
    try:
        yield _Gate(child)
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
def _osc_front() -> Iterator[Callable[[], list[float]]]:
    """The real process that listens to OSC, on any free port."""
    child = Child.start("polate.osc.process", {"host": "127.0.0.1", "port": 0})
    draw = random.Random(0)

    def hear() -> bytes:
        while select.select([child.socket], [], [], 10)[0]:
            with contextlib.suppress(BlockingIOError):  # the hello alone
                return child.receive(65536)
        raise PortError("the OSC process said nothing for 10 s")

    try:
        reader: LineReader[ToPlayer] = LineReader(ToPlayer)
        (listening,) = reader.feed(hear())
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
                    hear()
                    micros.append((clock() - began) / 1e3)
                return micros

            yield once
    finally:
        child.close()
