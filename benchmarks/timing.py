"""How well the player keeps time, beside others, in one interleaved run. Needs jackd (Debian: jackd2), gcc and isobar.

    python benchmarks/timing.py [--only onset ...] [--blocks 20] [--minutes 10]

onset    onset error while nothing else happens: beside isobar, asyncio, mido, and a loop as IMPSY has it
loaded   the same with 500 OSC messages a second and the decoding that they cause, then with a thread that burns the
         player's interpreter too: beside a C loop (nanosleep.c) under the same load, and isobar with the load in its
         own
drift    against the monotonic clock
cc       a CC on the wire to the note of its pattern on the wire, beside a bare echo of rtmidi's; and the share of CCs
         that came at least 5 ms before an onset and are in its note
pattern  a CC's bytes to the new pattern, in process, caches cold, beside torch's eager decode
osc      a datagram to the value in the cell that the player looks into before it plays on, beside python-osc's blocking
         server to its handler; and to the player's having applied it
start    process start to first note, beside `import torch`
cpu      processor time while playing, the whole service, beside isobar's process
memory   resident memory, the whole service, without what JACK itself locks for its clients

The scheme is blocks.py's. Onsets are scored by their send times: received ones only show the period of JACK.
"""

import argparse
import contextlib
import json
import math
import os
import random
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rtmidi

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from blocks import ENOUGH, Blocks, Row, interleaved, print_rows
from contestants import length_ns, proportional_bytes
from live import first_note
from rig import PLAYER_IN, PLAYER_OUT, JackServer, children_of

from polate.midi.messages import CONTROL_CHANGE, KIND_MASK, NOTE_ON
from polate.runtime.clock import clock

HERE = Path(__file__).parent
FAST, SLOW = 300.0, 120.0  # bpm
OSC_A_SECOND = 500
FIFO_PRIORITY = 20  # the gate's own


class Process:
    """A contestant, or the C loop: a line in, a line out."""

    def __init__(self, *command: str) -> None:
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ready: dict[str, int] = {}

    def ask(self, line: str, meanwhile: Callable[[], None] = lambda: None) -> Any:
        self.say(line)
        meanwhile()
        return self.hear()

    def say(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def hear(self) -> Any:
        assert self.process.stdout
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.process.args} ended")
        return json.loads(answer)

    @property
    def family(self) -> list[int]:
        """Its process and that one's children."""
        return [self.process.pid, *children_of(self.process.pid).values()]

    def close(self) -> None:
        """The end of its input ends it, in order: a JACK client that dies unclosed stalls the next one."""
        assert self.process.stdin
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Stage:
    """The JACK server and the contestants, each started when it is first wanted."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.shuffle = random.Random(options.seed)
        self._stack = contextlib.ExitStack()
        self._processes: dict[str, Process] = {}

    def __enter__(self) -> "Stage":
        self.jack = self._stack.enter_context(JackServer("polate-bench"))
        self._folder = self._stack.enter_context(tempfile.TemporaryDirectory())
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def __getitem__(self, name: str) -> Process:
        if name not in self._processes:
            if name == "C":
                program = str(Path(self._folder) / "nanosleep")
                subprocess.run(["gcc", "-O2", "-o", program, str(HERE / "nanosleep.c")], check=True)
                process = Process(program)
            else:
                process = Process(sys.executable, str(HERE / "contestants.py"), name)
                process.ready = process.hear() or {}
            self._stack.callback(process.close)
            self._processes[name] = process
        return self._processes[name]

    def interleaved(self, turns: dict[str, Callable[[], Sequence[float]]]) -> dict[str, Blocks]:
        return interleaved(turns, self.options.blocks, self.shuffle)


def priority(process: Process, fifo: bool) -> bool:
    """Give the gate, and all its threads, real-time priority or none; False where that is not permitted."""
    gate = children_of(process.process.pid)["polate.gate.process"]
    policy, level = (os.SCHED_FIFO, FIFO_PRIORITY) if fifo else (os.SCHED_OTHER, 0)
    try:
        for thread in os.listdir(f"/proc/{gate}/task"):
            os.sched_setscheduler(int(thread), policy, os.sched_param(level))
    except PermissionError:
        return False
    return True


def micros(nanoseconds: float) -> str:
    if math.isnan(nanoseconds):
        return "-"
    return f"{nanoseconds / 1e3:,.1f} us" if nanoseconds < 1e6 else f"{nanoseconds / 1e6:,.2f} ms"


def said(result: Blocks) -> str:
    """A contestant's lateness in words."""
    again = f", {result.disturbed} blocks again" if result.disturbed else ""
    return (
        f"p50 {micros(result.pooled(50))}, block-p95 {micros(result.typical(95))}; "
        f"pooled p99 {micros(result.pooled(99))}, p99.9 {micros(result.pooled(99.9))}{again}"
    )


def count_at(bpm: float, seconds: float) -> int:
    return round(seconds * bpm / 15)


# -- onsets ------------------------------------------------------------------------------------------------------------


def onset(stage: Stage) -> Iterator[Row]:
    ours, others = stage["polate"], ("isobar", "asyncio", "mido", "impsy", "C")
    for bpm in (SLOW, FAST):
        line = f"{bpm} {count_at(bpm, stage.options.seconds)}"

        def turn(name: str, line: str = line) -> list[int]:
            return stage[name].ask(line)

        def at_priority(fifo: bool, line: str = line) -> list[int]:
            priority(ours, fifo)
            return ours.ask(line)

        turns: dict[str, Callable[[], Sequence[float]]] = {name: (lambda name=name: turn(name)) for name in others}
        turns["polate"] = lambda at=at_priority: at(False)
        if priority(ours, True):
            turns["polate, FIFO"] = lambda at=at_priority: at(True)
        for name in others:
            turn(name)  # it starts, and is warm
        results = stage.interleaved(turns)
        baseline = "; ".join(f"{name} {micros(results[name].pooled(50))}" for name in others)
        for name in ("polate", "polate, FIFO"):
            if name not in results:
                continue
            result = results[name]
            enough = all(each.enough for each in results.values())
            figure = f"onset error p50, 16ths at {bpm:g} bpm ({name})"
            yield Row(figure, said(result), baseline, result.pooled(50) / 1e3, 5, enough, unit="us")


def loaded(stage: Stage) -> Iterator[Row]:
    ours, c, isobar = stage["polate"], stage["C"], stage["isobar"]
    line = f"{FAST} {count_at(FAST, stage.options.seconds)}"

    def under_load(plays: Process, loaded: Process, burn: bool) -> list[int]:
        if burn:
            loaded.ask("burn 1")
        try:
            return plays.ask(line, lambda: send_osc(loaded.ready["osc"], stage.options.seconds, stage.shuffle))
        finally:
            if burn:
                loaded.ask("burn 0")

    def in_ours(fifo: bool, burn: bool) -> list[int]:
        priority(ours, fifo)
        return under_load(ours, ours, burn)

    fifo = priority(ours, True)
    for burn, most, most_fifo, least in ((False, 0.7, 0.25, 8), (True, 1.3, 0.1, 25)):
        turns: dict[str, Callable[[], Sequence[float]]] = {
            "C": lambda burn=burn: under_load(c, ours, burn),
            "isobar": lambda burn=burn: under_load(isobar, isobar, burn),
            "polate": lambda burn=burn: in_ours(False, burn),
        }
        if fifo:
            turns["polate, FIFO"] = lambda burn=burn: in_ours(True, burn)
        results = stage.interleaved(turns)
        load = f"{OSC_A_SECOND} OSC/s" + (" and a burner" if burn else "")
        for name, limit in (("polate", most), ("polate, FIFO", most_fifo)):
            if name not in results:
                continue
            result, enough = results[name], all(each.enough for each in results.values())
            p95 = result.typical(95)
            figure = f"onset block-p95, {load} ({name})"
            yield Row(figure, said(result), "C: " + said(results["C"]), p95 / results["C"].typical(95), limit, enough)
            figure = f"isobar's block-p95 over ours, {load} ({name})"
            ratio = results["isobar"].typical(95) / p95
            yield Row(figure, micros(p95), "isobar: " + said(results["isobar"]), ratio, least, enough, least=True)


def osc_message(axis: int, position: float) -> bytes:
    return struct.pack(">12s4sf", f"/polate/z/{axis}".encode(), b",f", position)


def send_osc(port: int, seconds: float, draw: random.Random) -> None:
    """Knobs turned at random, for so long."""
    began = clock()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        for message in range(round(seconds * OSC_A_SECOND)):
            time.sleep(max(0, began + message * 1e9 / OSC_A_SECOND - clock()) / 1e9)
            udp.sendto(osc_message(draw.randint(1, 8), draw.random()), ("127.0.0.1", port))


def drift(stage: Stage) -> Iterator[Row]:
    """All at once: a little load moves no drift."""
    count = count_at(SLOW, stage.options.minutes * 60)
    names = ("polate", "isobar", "relative")
    processes = [stage[name] for name in names]
    for process in processes:
        process.say(f"{SLOW} {count}")
    moved = {}
    for name, process in zip(names, processes, strict=True):
        late = process.hear()
        part = max(1, len(late) // 20)
        moved[name] = (statistics.median(late[-part:]) - statistics.median(late[:part])) / 1e6
    baseline = f"mido, relative sleeps {moved['relative']:.2f} ms; isobar {moved['isobar']:.2f} ms"
    figure = f"drift over {stage.options.minutes:g} min"
    enough = stage.options.minutes >= 10
    yield Row(figure, f"{moved['polate']:.4f} ms", baseline, abs(moved["polate"]), 0.1, enough, unit="ms")


# -- controls ----------------------------------------------------------------------------------------------------------

MOST_LEAD_NS, ENOUGH_LEAD_NS = 12_000_000, 5_000_000
ENOUGH_EARLY = 300  # with so many, and none missed, 99 % are held at a confidence of 95 %
ECHO_IN, ECHO_OUT = 1, 2  # CC


class Wires:
    """Knobs and a receiver, connected to the player and to the echo. What comes is stamped in rtmidi's callback."""

    def __init__(self, jack: JackServer, echo: bool = True) -> None:
        """``echo``: is the echo there?"""
        self.heard: list[tuple[int, list[int]]] = []  # when, message
        self._out = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="knobs")
        self._out.open_virtual_port("knobs")
        self._in = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name="daw")
        self._in.open_virtual_port("daw")
        self._in.set_callback(lambda event, _: self.heard.append((clock(), event[0])))
        for sink in (PLAYER_IN, "daw:daw", *(["echo in:echo in"] if echo else [])):
            jack.connect("knobs:knobs", sink)
        for source in (PLAYER_OUT, *(["echo out:echo out"] if echo else [])):
            jack.connect(source, "daw:daw")

    def turn(self, control: int, value: int) -> int:
        """When it was sent."""
        sent = clock()
        self._out.send_message([CONTROL_CHANGE, control, value])
        return sent

    def close(self) -> None:
        time.sleep(0.2)  # closing a port whose callback is being called can end in a segfault
        for port in (self._in, self._out):
            port.close_port()
            port.delete()


class CcTrials:
    """CCs at random times before an onset. Each is in the onset's note, or it is not."""

    def __init__(self, wires: Wires, knob: "TellingKnob", shuffle: random.Random, seconds: float) -> None:
        """``seconds``: of a block."""
        self._wires, self._knob, self._shuffle, self._seconds = wires, knob, shuffle, seconds
        self.ways: list[int] = []
        """Nanoseconds of the notes from their send times to the receiver, one for each block."""

    def block(self, ours: Process) -> list[float]:
        """The leads (ns) of the CCs that were in the note, and those of the others with a minus."""
        wires, knob, shuffle = self._wires, self._knob, self._shuffle
        for control, value in enumerate(knob.knobs[0]):
            wires.turn(70 + control, value)
        first, due = ours.ask(f"begin {FAST}")
        wires.heard.clear()
        trials, step, value = {}, 4, 1
        while step < 3 * count_at(FAST, self._seconds):
            onset = due + step * length_ns(FAST)
            sleep_until(onset - shuffle.random() * MOST_LEAD_NS)
            trials[first + step] = (onset - wires.turn(70 + knob.axis, knob.knobs[value][knob.axis]), value)
            value = 1 - value
            step += shuffle.randint(2, 5)  # or it would come to rest on a note that is in both
        sleep_until(onset + length_ns(FAST))
        ours.ask("end 0")
        notes = {step: (sent, note) for step, sent, note in ours.ask("notes 0")}
        arrived = [at for at, message in wires.heard if message[0] & KIND_MASK == NOTE_ON]
        self.ways.extend(
            min(at - sent for at in arrived if at > sent) for sent, _ in notes.values() if arrived[-1] > sent
        )
        leads = []
        for step, (lead, value) in trials.items():
            told = knob.told_by(notes[step][1])
            if told is not None and lead > 0:  # this process may be late itself
                leads.append(lead if told == value else -lead)
        return leads


def cc(stage: Stage) -> Iterator[Row]:
    """A CC at a random time before an onset is in its note or it is not. The lead that decides between the two, and the
    note's own way to the receiver, make the time from wire to wire."""
    ours, _ = stage["polate"], stage["echo"]
    wires, shuffle = Wires(stage.jack), stage.shuffle
    trials = CcTrials(wires, TellingKnob.find(shuffle), shuffle, stage.options.seconds)
    plain: list[int] = []

    def bare() -> list[float]:
        wires.heard.clear()
        sent = []
        for value in range(count_at(FAST, stage.options.seconds)):
            time.sleep((length_ns(FAST) + shuffle.random() * 2_000_000) / 1e9)
            sent.append(wires.turn(ECHO_IN, value % 128))
        time.sleep(0.05)
        came = {control: [at for at, m in wires.heard if m[1] == control] for control in (ECHO_IN, ECHO_OUT)}
        plain.extend(at - began for at, began in zip(came[ECHO_IN], sent, strict=True))
        return [at - began for at, began in zip(came[ECHO_OUT], sent, strict=True)]

    try:
        results = stage.interleaved({"polate": lambda: trials.block(ours), "echo": bare})
    finally:
        wires.close()
    leads = [lead for each in results["polate"].clean for lead in each]
    whole = deciding(leads) + statistics.median(trials.ways)
    echo = results["echo"].pooled(50)
    enough = all(result.enough for result in results.values())
    way = micros(statistics.median(trials.ways))
    parts = f"{micros(whole)}: {micros(deciding(leads))} before the onset, and {way} after it"
    baseline = f"bare echo, in and out: {micros(echo)} (one way: {micros(statistics.median(plain))})"
    yield Row("CC on the wire, decoded, note on the wire; p50", parts, baseline, whole / echo, 1.2, enough)
    early = [lead for lead in leads if abs(lead) >= ENOUGH_LEAD_NS]
    share = 100 * sum(lead > 0 for lead in early) / max(1, len(early))
    figure = "CCs at least 5 ms before an onset that are in its note"
    enough = enough and len(early) >= ENOUGH_EARLY
    yield Row(figure, f"{sum(lead > 0 for lead in early)} of {len(early)}", "", share, 99, enough, least=True, unit="%")


def deciding(leads: Sequence[float]) -> float:
    """The lead that best tells the CCs that were in their note (positive) from those that were not (negative)."""
    places = sorted(map(abs, leads))
    return min(places, key=lambda place: sum((lead > 0) != (abs(lead) >= place) for lead in leads))


@dataclass(frozen=True)
class TellingKnob:
    """A knob with two places whose patterns share few notes but the tonic, and where the other knobs then stand."""

    axis: int
    knobs: tuple[tuple[int, ...], tuple[int, ...]]  # 0..127, one for each axis
    classes: tuple[set[int], set[int]]

    def told_by(self, note: int) -> int | None:
        """Which of the two a note is of: 0 or 1; None if it is in both."""
        of = [note % 12 in classes for classes in self.classes]
        return None if of[0] == of[1] else of.index(True)

    @property
    def shared(self) -> float:
        """The greater share of either's notes that are the other's too."""
        one, other = self.classes
        return len(one & other) / min(len(one), len(other))

    @classmethod
    def find(cls, draw: random.Random) -> "TellingKnob":
        """The best of many drawn."""
        from polate.model.decoder import Decoder

        decoder = Decoder.open()

        def classes(knobs: Sequence[int]) -> set[int]:
            z = [axis.at(knob / 127) for axis, knob in zip(decoder.axes, knobs, strict=True)]
            return {note % 12 for note in decoder.decode(z).render(60)}

        found = []
        for _ in range(20_000):
            axis = draw.randrange(len(decoder.axes))
            one = tuple(draw.randrange(128) for _ in decoder.axes)
            other = (*one[:axis], draw.randrange(128), *one[axis + 1 :])
            found.append(cls(axis, (one, other), (classes(one), classes(other))))
        return min(found, key=lambda knob: knob.shared)


def sleep_until(due_ns: float) -> None:
    time.sleep(max(0, due_ns - clock()) / 1e9)


def pattern(stage: Stage) -> Iterator[Row]:
    import numpy as np
    import torch
    from decode import LATENT, PITCHES, STEPS, in_torch

    from polate.mapping.mapper import Mapper
    from polate.mapping.mapping import mappings_of
    from polate.midi.input_process import Record, RecordReader
    from polate.model.decoder import Decoder
    from polate.player.target_positions import target_positions
    from polate.sequencer.engine import Engine

    draw = np.random.default_rng(stage.options.seed)
    shapes = ((256, LATENT), (256,), (STEPS * PITCHES, 256), (STEPS * PITCHES,))
    eager = in_torch([draw.standard_normal(shape, dtype=np.float32) * 0.1 for shape in shapes])
    torch.set_num_threads(1)  # faster than two for so small a network
    decoder = Decoder.open()
    decoded = []  # when each was there

    def decode(z: Sequence[float]) -> Any:
        pattern = decoder.decode(z)
        decoded.append(clock())
        return pattern

    engine = Engine(decode, decoder.axes, decoder.metadata.landmarks)
    mapper = Mapper(mappings_of(None, []), target_positions(engine))
    caches = np.zeros(64 * 2**20, dtype=np.uint8)

    def cold(once: Callable[[int], int]) -> list[float]:
        """``once`` says when its pattern was there."""
        times = []
        for turn in range(20):
            np.add(caches, 1, out=caches)
            began = clock()
            times.append(once(turn) - began)
        return times

    def ours(turn: int) -> int:
        value = turn % 2 * 64 + int(draw.integers(64))  # never where the knob stands
        data = Record(0, bytes([CONTROL_CHANGE, 70 + turn // 2 % 8, value])).pack()
        before = len(decoded)
        for record in RecordReader().feed(data):
            for control in mapper.feed(record.message, clock()):
                engine.apply(control, clock())
        engine.advance(clock())
        assert len(decoded) == before + 1
        return decoded[-1]

    def theirs(_: int) -> int:
        eager(torch.from_numpy(draw.standard_normal((1, LATENT), dtype=np.float32)))
        return clock()

    results = stage.interleaved({"polate": lambda: cold(ours), "torch": lambda: cold(theirs)})
    mine, other = results["polate"], results["torch"]
    ratio, enough = mine.pooled(50) / other.pooled(50), mine.enough and other.enough
    figure, baseline = "CC bytes to new pattern, in process, caches cold, p50", "torch, eager: " + said(other)
    yield Row(figure, said(mine), baseline, ratio, 0.45, enough)


def osc(stage: Stage) -> Iterator[Row]:
    ours, theirs = stage["polate"], stage["blocking"]
    applied: list[int] = []  # nanoseconds

    def block(process: Process) -> list[float]:
        ours.ask(f"begin {SLOW}")  # it plays meanwhile, whoever is measured
        for each in (ours, process):
            each.ask("take 0")
        ours.ask("applied 0")
        sent = []
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            for _ in range(round(stage.options.seconds * 100)):
                time.sleep(0.01)
                sent.append(clock())
                udp.sendto(osc_message(1, stage.shuffle.random()), ("127.0.0.1", process.ready["osc"]))
        time.sleep(0.1)
        arrived = process.ask("take 0")
        # A position that was overtaken by the next was not applied: the newest before is the one meant.
        applied.extend(at - max(began for began in sent if began < at) for at in ours.ask("applied 0"))
        ours.ask("end 0")
        return [at - began for at, began in zip(arrived, sent, strict=True)]

    results = stage.interleaved({"polate": lambda: block(ours), "python-osc": lambda: block(theirs)})
    mine, other = results["polate"], results["python-osc"]
    ratio = mine.pooled(50) / other.pooled(50)
    baseline = "python-osc, blocking: " + said(other)
    words = f"{said(mine)}; applied: p50 {micros(statistics.median(applied))}"
    yield Row("OSC datagram to value in force, p50", words, baseline, ratio, 0.5, mine.enough and other.enough)


# -- the machine -------------------------------------------------------------------------------------------------------


def start(stage: Stage) -> Iterator[Row]:
    def import_torch() -> list[float]:
        began = clock()
        subprocess.run([sys.executable, "-c", "import torch"], check=True)
        return [clock() - began]

    turns = {"polate": lambda: [first_note(stage.jack, cold=False) * 1e9], "torch": import_torch}
    for turn in turns.values():
        turn()  # the file cache is warm
    results = stage.interleaved(turns)
    mine, other = results["polate"], results["torch"]
    ratio = mine.pooled(50) / other.pooled(50)
    words, enough = (micros(mine.pooled(50)), f"import torch: {micros(other.pooled(50))}"), mine.enough and other.enough
    yield Row("start to first note, warm file cache, p50", *words, ratio, 0.25, enough)


def cpu(stage: Stage) -> Iterator[Row]:
    line = f"{SLOW} {count_at(SLOW, stage.options.seconds)}"

    parts: dict[str, list[float]] = {}  # by process: percent of a core in each turn

    def turn(process: Process) -> list[float]:
        names = {process.process.pid: "player"} | {pid: name for name, pid in children_of(process.process.pid).items()}
        before, began = {pid: processor_ns([pid]) for pid in names}, clock()
        process.ask(line)
        spent = {pid: (processor_ns([pid]) - before[pid]) / (clock() - began) * 100 for pid in names}
        if process is stage["polate"]:
            for pid, percent in spent.items():
                parts.setdefault(names[pid], []).append(percent)
        return [sum(spent.values())]

    turns = {name: (lambda name=name: turn(stage[name])) for name in ("polate", "isobar")}
    results = stage.interleaved(turns)
    mine, other = results["polate"], results["isobar"]
    words = [f"{result.pooled(50):.1f} % of a core" for result in (mine, other)]
    words[0] += f" ({', '.join(f'{name} {statistics.median(spent):.1f}' for name, spent in parts.items())})"
    figure, enough = "CPU while playing, whole service", mine.enough and other.enough
    yield Row(figure, words[0], f"isobar: {words[1]}", mine.pooled(50) / other.pooled(50), 0.3, enough)


def processor_ns(processes: Sequence[int]) -> int:
    """Processor time so far, of all their threads, the ended ones too (the clock's number: clock_getcpuclockid(3))."""
    return sum(time.clock_gettime_ns(~pid << 3 | 2) for pid in processes)


def memory(stage: Stage) -> Iterator[Row]:
    """What JACK adds is told by a bare client: its memory with the port open, less its memory before."""
    ours = stage["polate"]
    ours.ask(f"{SLOW} 8")
    family = ours.family
    clients = sum("/dev/shm/jack" in Path(f"/proc/{pid}/maps").read_text() for pid in family)
    bare = stage["bare"]
    one = megabytes([bare.process.pid]) - bare.ready["before"] / 1e6
    whole = megabytes(family)
    words = (
        f"{whole:.0f} MB in {len(family)} processes, {clients} of them JACK clients",
        f"a bare JACK client: {one:.0f} MB",
    )
    yield Row("resident memory (PSS) over the JACK clients'", *words, whole - clients * one, 150, True, unit="MB")


def megabytes(processes: Sequence[int]) -> float:
    return sum(proportional_bytes(pid) for pid in processes) / 1e6


ROWS = {
    "start": start,
    "onset": onset,
    "loaded": loaded,
    "drift": drift,
    "cc": cc,
    "pattern": pattern,
    "osc": osc,
    "cpu": cpu,
    "memory": memory,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(ROWS), default=list(ROWS), help="these alone")
    parser.add_argument(
        "--blocks", type=int, default=ENOUGH, help=f"of each contestant; under {ENOUGH} decides nothing"
    )
    parser.add_argument("--seconds", type=float, default=1.5, help="of a block")
    parser.add_argument("--minutes", type=float, default=10, help="of the drift; under 10 decides nothing")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with Stage(options) as stage:
        print_rows(row for name in options.only for row in ROWS[name](stage))


if __name__ == "__main__":
    main()
