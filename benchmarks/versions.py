"""Compares this version of Polate with an earlier one, in one interleaved run. Needs jackd (Debian: jackd2).

    git worktree add /tmp/before COMMIT
    python benchmarks/versions.py --before /tmp/before --rounds 20

In each round either version, in shuffled order, is started on a JACK server and measured: start to first note, a CC on
the wire to the note of its pattern on the wire, onsets under 500 OSC messages a second, processor time, memory. A
figure is the median over the rounds; the result is the ratio of the two. The versions take turns, so both run under the
same conditions. The last line says how much processor time the hypervisor took during the rounds of each.
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from rig import JackServer, Rig, free_udp_port, wait_until
from timing import (
    FAST,
    SLOW,
    CcTrials,
    Process,
    TellingKnob,
    Wires,
    count_at,
    deciding,
    megabytes,
    processor_ns,
    send_osc,
)

from polate.cli.timing_check import percentile, stolen
from polate.runtime.clock import clock

HERE = Path(__file__).parent

LIMITS = {
    "start to first note, ms": 1.05,
    "CC on the wire to note on the wire, us": 1.03,
    "onset p95 with 500 OSC messages a second, us": 1.1,
    "processor time while playing, % of a core": 1.05,
    "memory, MB": 1.05,
}
"""The figures, and the largest ratio allowed between this version and the earlier one."""

START, CC, ONSET, CPU, MEMORY = LIMITS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, required=True, help="a checkout of the earlier version")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--onsets-only", action="store_true", help="measure the onsets only, which is faster")
    parser.add_argument("--seconds", type=float, default=3.0, help="of a measurement")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    shuffle = random.Random(options.seed)
    knob = TellingKnob.find(shuffle)
    roots = {"now": HERE.parent, "before": options.before.resolve()}
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in roots}
    leads: dict[str, list[float]] = {name: [] for name in roots}
    ways: dict[str, list[float]] = {name: [] for name in roots}
    stolen_shares: dict[str, list[float]] = {name: [] for name in roots}
    for _ in range(options.rounds):
        for name in shuffle.sample(list(roots), len(roots)):
            share = stolen()
            figures, block, way = measure(roots[name], knob, shuffle, options.seconds, options.onsets_only)
            stolen_shares[name].append(share() * 100)
            rounds[name].append(figures)
            leads[name] += block
            ways[name] += way
    print(f"| figure | now | before | ratio | at most | verdict |  ({options.rounds} rounds)")
    print("|---|---|---|---|---|---|")
    limits = {ONSET: LIMITS[ONSET]} if options.onsets_only else LIMITS
    for figure, limit in limits.items():
        now, before = (
            (deciding(leads[name]) + statistics.median(ways[name])) / 1e3
            if figure == CC
            else statistics.median(each[figure] for each in rounds[name])
            for name in roots
        )
        verdict = "holds" if now / before <= limit else "MISSED"
        print(f"| {figure} | {now:.1f} | {before:.1f} | {now / before:.3f} | {limit:g} | {verdict} |")
    shares = ", ".join(f"{name} {statistics.median(stolen_shares[name]):.1f} %" for name in roots)
    print(f"taken by the hypervisor, median: {shares}")


def measure(
    root: Path, knob: TellingKnob, shuffle: random.Random, seconds: float, onsets_only: bool
) -> tuple[dict[str, float], list[float], list[float]]:
    """The figures of one version, the leads of its CCs (ns), and its notes' ways to the receiver (ns)."""
    paths = os.pathsep.join(str(root / each) for each in ("realtime", "training"))
    figures: dict[str, float] = {}
    with JackServer("polate-versions") as jack:
        environment = {**jack.env, "PYTHONPATH": paths}
        if not onsets_only:
            first_note(root, jack, environment)  # the file cache is warm
            figures[START] = statistics.median(first_note(root, jack, environment) for _ in range(2)) * 1e3
        command = ["env", f"PYTHONPATH={paths}", sys.executable, str(root / "benchmarks/contestants.py"), "polate"]
        polate = Process(*command)
        try:
            polate.ready = polate.hear()
            polate.ask(f"{SLOW} 8")
            line = f"{FAST} {count_at(FAST, seconds)}"
            late = polate.ask(line, lambda: send_osc(polate.ready["osc"], seconds, shuffle))
            figures[ONSET] = percentile(late, 95) / 1e3
            if onsets_only:
                return figures, [], []
            before, began = processor_ns(polate.family), clock()
            polate.ask(f"{SLOW} {count_at(SLOW, seconds)}")
            figures[CPU] = (processor_ns(polate.family) - before) / (clock() - began) * 100
            figures[MEMORY] = megabytes(polate.family)
            wires = Wires(jack, echo=False)
            try:
                trials = CcTrials(wires, knob, shuffle, seconds)
                leads = trials.block(polate)
            finally:
                wires.close()
        finally:
            polate.close()
    return figures, leads, [float(way) for way in trials.ways]


def first_note(root: Path, jack: JackServer, environment: dict[str, str]) -> float:
    """Seconds from starting the process to the first note-on at a receiver."""
    module = "polate" if (root / "realtime/polate/__main__.py").exists() else "polate.cli"
    options = ["--no-display", "--osc-port", str(free_udp_port()), "--midi-api", "jack", "--output", "daw"]
    with Rig(jack) as rig:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", module, "play", *options], env=environment, stdout=subprocess.DEVNULL
        )
        try:
            wait_until(rig.daw.note_ons, 30, "the first note")
            return rig.daw.heard[0].at - began
        finally:
            process.terminate()
            process.wait(10)


if __name__ == "__main__":
    main()
