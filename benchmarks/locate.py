"""How soon a pattern that is gone to is answered, and what starting the process that finds places costs.

    python benchmarks/locate.py [--model slonimsky] [--requests 200] [--rounds 5]

Answer: from sending `Locate` to the process until its answer has arrived, for landmarks' neighbours (patterns of the
vocabulary with one to four added notes, drawn as `benchmarks/places.py` draws them), patterns outside the vocabulary,
and notes. Each request is a pattern that was not asked for before. Way: from sending `/polate/go` by UDP to a player
without MIDI until `/polate/z` is told to a subscriber, for the same patterns; this includes the up to 20 ms between two
states that are told. Start: from starting the process until its first answer, and the processor time until then.
"""

import argparse
import os
import random
import re
import select
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from osc import cpu_seconds
from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_message import OscMessage
from rig import free_udp_port, no_midi

from polate.errors import PatternError
from polate.locate.messages import FromLocate, Locate, NamesElsewhere
from polate.model.contract import Metadata
from polate.model.decoder import Decoder
from polate.osc.packets import build
from polate.runtime.child_process import Child
from polate.runtime.line_stream import LineReader, encode_line
from polate.theory.pattern import Pattern

KINDS = ("1 added note", "2 added notes", "3 added notes", "4 added notes", "outside the vocabulary", "notes")


def drawn(kind: str, metadata: Metadata, dice: random.Random) -> Iterator[str]:
    """Texts of places of a kind, without an end."""
    low, high = metadata.offsets
    while True:
        added = int(kind[0]) if kind[0].isdigit() else dice.randint(2, metadata.slots)
        outside = kind == "outside the vocabulary"
        interval = dice.choice([13, 15, 20, 23] if outside else metadata.intervals)
        offsets = dice.sample([each for each in range(low, high + 1) if each % 12 and each != interval], added)
        try:
            pattern = Pattern(interval, (0, *offsets))
        except PatternError:
            continue
        yield " ".join(map(str, pattern.render(60))) if kind == "notes" else pattern.text


class Answers:
    """The process, asked directly."""

    def __init__(self, model: str) -> None:
        began = time.perf_counter()
        self.child = Child.start("polate.locate.process", {"model": model, "restarted": False})
        self._reader: LineReader[FromLocate] = LineReader(FromLocate)
        self._number = 0
        self.ask("random")
        self.start = time.perf_counter() - began
        self.cpu = cpu_seconds(self.child.process.pid)

    def ask(self, place: str) -> float:
        """Milliseconds until the answer."""
        self._number += 1
        began = time.perf_counter()
        self.child.socket.sendall(encode_line(Locate(self._number, place)))
        while True:
            select.select([self.child.socket], [], [])
            try:
                messages = self._reader.feed(self.child.receive(65536))
                if any(not isinstance(message, NamesElsewhere) for message in messages):
                    return 1e3 * (time.perf_counter() - began)
            except BlockingIOError:
                continue


class Way:
    """A whole player, asked by OSC."""

    def __init__(self, model: str, folder: Path) -> None:
        port = free_udp_port()
        self._server = ("127.0.0.1", port)
        options = ["--no-display", "--no-web", "--no-open", "--model", model, "--osc-port", str(port)]
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "polate", "play", *options, "--snapshots", str(folder / "none.json")],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=no_midi(),
        )
        assert self.process.stdout
        for line in self.process.stdout:
            if re.search(r"OSC on", line):
                break
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(2)
        self._subscribed = 0.0
        self.ask("random")
        time.sleep(4)  # the process that finds places has started

    def ask(self, place: str) -> float:
        """Milliseconds until another point is told."""
        if time.monotonic() - self._subscribed > 30:
            self._subscribed = time.monotonic()
            self._socket.sendto(build("/polate/subscribe", []).dgram, self._server)
            time.sleep(0.2)
        self._drain()
        began = time.perf_counter()
        self._socket.sendto(build("/polate/go", [place]).dgram, self._server)
        while not self._tells_point(self._socket.recv(65536)):
            pass
        return 1e3 * (time.perf_counter() - began)

    def close(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=20)
        self._socket.close()

    def _drain(self) -> None:
        while select.select([self._socket], [], [], 0.03)[0]:
            self._socket.recv(65536)

    @staticmethod
    def _tells_point(datagram: bytes) -> bool:
        if OscBundle.dgram_is_bundle(datagram):
            return any(isinstance(each, OscMessage) and each.address == "/polate/z" for each in OscBundle(datagram))
        return OscMessage(datagram).address == "/polate/z"


def show(name: str, taken: list[float]) -> None:
    taken = sorted(taken)
    p95 = taken[len(taken) * 95 // 100]
    print(f"{name:32} {statistics.median(taken):9.1f} {p95:9.1f} {taken[-1]:9.1f}   of {len(taken)}")


def measured(ask: Callable[[str], float], metadata: Metadata, requests: int, seed: int) -> dict[str, list[float]]:
    """Milliseconds of each kind; the kinds take turns."""
    taken: dict[str, list[float]] = {kind: [] for kind in KINDS}
    texts = {kind: drawn(kind, metadata, random.Random(f"{seed}/{kind}")) for kind in KINDS}
    for _ in range(requests):
        for kind in KINDS:
            taken[kind].append(ask(next(texts[kind])))
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", default="slonimsky")
    parser.add_argument("--requests", type=int, default=200, help="of each kind")
    parser.add_argument("--rounds", type=int, default=5, help="starts of the process")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    metadata = Decoder.open(options.model).metadata
    print(f"{'milliseconds':32} {'p50':>9} {'p95':>9} {'worst':>9}")
    starts, cpu = [], []
    for _ in range(options.rounds):
        answers = Answers(options.model)
        starts.append(1e3 * answers.start)
        cpu.append(1e3 * answers.cpu)
        answers.child.close()
    show("start to first answer", starts)
    show("processor time until then", cpu)
    answers = Answers(options.model)
    taken = measured(answers.ask, metadata, options.requests, options.seed)
    answers.child.close()
    for kind, values in taken.items():
        show(f"answer: {kind}", values)
    show("answer: all kinds", [each for values in taken.values() for each in values])
    way = Way(options.model, Path(os.devnull).parent / "shm")
    try:
        taken = measured(way.ask, metadata, max(1, options.requests // 4), options.seed + 1)
    finally:
        way.close()
    show("way by OSC: all kinds", [each for values in taken.values() for each in values])


if __name__ == "__main__":
    main()
