"""What it would cost `polate play` to read every command line with cyclopts: the time from start to ready.

    python benchmarks/command_line.py [--rounds 20]

Both ways read the same plain options: `polate play` as it is, which reads them without a library, and through cyclopts,
as it reads options that are not plain. They take turns in shuffled order, without MIDI and OSC. A start ends with the
line "playing ...". The processor time is that of the player's process alone; it hardly depends on what else the machine
does. Linux only.
"""

import argparse
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from rig import no_midi

WORDS = ["play", "--no-display", "--no-osc", "--no-web", "--midi-api", "jack", "--bpm", "96", "--tonic", "Eb3"]
WAYS = {
    "as it is": ["-m", "polate"],
    "with cyclopts": ["-c", "import sys; from polate.cli.app import run; run(sys.argv[1:])"],
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--rounds", type=int, default=20)
    rounds = arguments.parse_args().rounds
    starts: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way in random.sample(list(WAYS), len(WAYS)):
            starts[way].append(start(WAYS[way]))
    print(f"{'':16}{'to ready':>10}{'(quartiles)':>16}{'processor':>12}{'(quartiles)':>16}   of {rounds}, in ms")
    for way, times in starts.items():
        wall, processor = (statistics.quantiles([time[at] * 1000 for time in times]) for at in (0, 1))
        spreads = [f"({low:.0f} to {high:.0f})" for low, _, high in (wall, processor)]
        print(f"{way:16}{wall[1]:10.0f}{spreads[0]:>16}{processor[1]:12.0f}{spreads[1]:>16}")
    plain, through = starts.values()
    for at, name in enumerate(("to ready", "processor")):
        ratio = statistics.median(time[at] for time in through) / statistics.median(time[at] for time in plain)
        print(f"{name}: with cyclopts {ratio:.2f} x")


def start(way: list[str]) -> tuple[float, float]:
    """Seconds until it plays, and seconds of processor time that its process has taken by then."""
    began = time.monotonic()
    command = [sys.executable, *way, *WORDS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=no_midi()) as process:
        assert process.stdout
        line = process.stdout.readline()
        ready = time.monotonic() - began
        ticks = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]  # utime, stime
        process.send_signal(signal.SIGINT)
    if not line.startswith(b"playing"):
        raise SystemExit(f"polate did not play: {line!r}")
    return ready, sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
