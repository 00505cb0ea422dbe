"""How well Polate keeps time under load, beside itself at rest, in one interleaved run. Needs jackd (Debian: jackd2).

    python benchmarks/load.py [--blocks 20] [--seconds 3]

rest     nothing is sent but the probes
sources  1,000 messages a second from each of three: a MIDI controller and two OSC senders
burst    20,000 OSC messages a second

In every block Polate plays sixteenths at 300 bpm. The lateness of a note is the time from its place on the grid of the
first note until it is sent. A probe is an OSC message with a new value of a setting that nothing else sets, 20 times a
second; its time runs until the player has carried it out. page.py has the same for pages that are dragged.
"""

import argparse
import math
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from blocks import Row, print_rows
from contestants import length_ns
from rig import osc_message
from timing import FAST, Process, Stage, micros, said

from polate.runtime.clock import clock

HERE = Path(__file__).parent
PROBES = 20  # a second


class Load:
    """Blocks with one load, or none."""

    def __init__(self, stage: Stage, sources: Process) -> None:
        self._ours, self._sources, self._stage = stage["polate"], sources, stage
        self._value = 0  # of the last probe
        self.answers: dict[str, list[float]] = {}  # nanoseconds from each probe until it was carried out
        self.lost: dict[str, int] = {}  # probes that were not carried out: the system drops datagrams
        self.rates: dict[str, list[float]] = {}  # messages a second that were sent

    def block(self, load: str) -> Sequence[float]:
        """The lateness of each note, in nanoseconds."""
        seconds = self._stage.options.seconds
        self._ours.ask("probes 0")
        first, due_ns = self._ours.ask(f"begin {FAST}")  # before the load: in a burst the system drops datagrams
        if load != "rest":
            self._sources.say(f"{load} {seconds}")
        sent = self._probe(seconds)
        if load != "rest":
            self.rates.setdefault(load, []).append(self._sources.hear() / seconds)
        self._ours.ask("end 0")
        done = dict(self._ours.ask("probes 0"))
        self.answers.setdefault(load, []).extend(done[value] - at for value, at in sent.items() if value in done)
        self.lost[load] = self.lost.get(load, 0) + len(sent.keys() - done.keys())
        at_ns = {step: at for step, at, _ in self._ours.ask("notes 0")}
        steps = range(first, max(at_ns))
        return [at_ns.get(step, math.inf) - due_ns - (step - first) * length_ns(FAST) for step in steps]

    def _probe(self, seconds: float) -> dict[int, int]:
        """When each value was sent."""
        sent, shuffle, until = {}, self._stage.shuffle, time.monotonic() + seconds
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            while time.monotonic() < until:
                time.sleep(shuffle.uniform(0.5, 1.5) / PROBES)
                self._value += 1
                sent[self._value] = clock()
                udp.sendto(osc_message("/polate/seed", self._value).dgram, ("127.0.0.1", self._ours.ready["osc"]))
        return sent


def rows(stage: Stage, load: Load) -> list[Row]:
    loads = ("rest", "sources", "burst")
    results = stage.interleaved({name: (lambda name=name: load.block(name)) for name in loads})
    rest, enough = results["rest"], all(result.enough for result in results.values())
    table = []
    for name in loads[1:]:
        rate = sorted(load.rates[name])[len(load.rates[name]) // 2]
        words, figure = said(results[name]), f"onset p99, {rate:.0f} messages/s ({name})"
        ratio = results[name].pooled(99) / rest.pooled(99)
        table.append(Row(figure, words, "at rest: " + said(rest), ratio, 1.2, enough))
    for name in loads:
        times = sorted(load.answers[name])
        p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
        words = f"p50 {micros(p50)}, longest {micros(times[-1])} ({len(times)} probes, {load.lost[name]} lost)"
        table.append(Row(f"OSC to carried out, p99 ({name})", words, "", p99 / 1e6, 20, enough, unit="ms"))
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blocks", type=int, default=20, help="of each load")
    parser.add_argument("--seconds", type=float, default=3, help="of a block")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with Stage(options) as stage:
        port = stage["polate"].ready["osc"]
        sources = Process(sys.executable, str(HERE / "load_sources.py"), stage.jack.name, str(port))
        sources.hear()
        try:
            print_rows(iter(rows(stage, Load(stage, sources))))
        finally:
            sources.close()


if __name__ == "__main__":
    main()
