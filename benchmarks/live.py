"""How soon the first note comes, and how soon there is silence after a kill. Needs jackd (Debian: jackd2).

    python benchmarks/live.py [--rounds 10] [--drop-caches]

Start: from starting the process to the first note-on at a JACK receiver, beside what it is made of: each part is timed
alone in a fresh interpreter, in the same rounds. Kill: from SIGKILL of the player to the last note-off at the receiver.
The receiver polls every 0.5 ms, and a JACK period is 1.33 ms: nothing below that can be seen.
--drop-caches empties the file cache before every start (root only): a start from a cold disk.
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from rig import JackServer, Rig, start_polate, wait_until

PARTS = {
    "python alone": "pass",
    "command line and settings (msgspec)": "import polate.cli.play",
    "player, takes, onnxruntime, with the line above": "import polate.player.player, polate.takes.archive",
    "onnxruntime and numpy": "import onnxruntime",
    "model opened": "from polate.model.decoder import Decoder; Decoder.open()",
    "gate ready to open its port": "import polate.gate.process, polate.midi.ports",
    "import torch (not part of it: the yardstick)": "import torch",
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--rounds", type=int, default=10)
    arguments.add_argument("--drop-caches", action="store_true")
    options = arguments.parse_args()
    times: dict[str, list[float]] = {}
    with JackServer("polate-benchmark") as jack:
        for _ in range(options.rounds):
            for name, seconds in [("first note", first_note(jack, options.drop_caches)), *parts(options.drop_caches)]:
                times.setdefault(name, []).append(seconds)
            times.setdefault("silence after SIGKILL", []).append(silence_after_kill(jack))
    print(f"{'':46} {'median':>9} {'worst':>9}   of {options.rounds}, in ms")
    for name, values in times.items():
        print(f"{name:46} {statistics.median(values) * 1000:9.1f} {max(values) * 1000:9.1f}")
    yardstick = statistics.median(times["import torch (not part of it: the yardstick)"])
    print(f"first note / import torch: {statistics.median(times['first note']) / yardstick:.2f}")


def first_note(jack: JackServer, cold: bool) -> float:
    """Seconds from starting the process to the first note-on; the receiver is named, so it is connected at once."""
    with Rig(jack) as rig:
        if cold:
            drop_caches()
        began = time.monotonic()
        rig.owns(start_polate("--output", "daw", env=jack.env))
        wait_until(rig.daw.note_ons, 30, "the first note")
        return rig.daw.heard[0].at - began


def parts(cold: bool) -> list[tuple[str, float]]:
    measured = []
    for name, statement in PARTS.items():
        if cold:
            drop_caches()
        began = time.monotonic()
        subprocess.run([sys.executable, "-c", statement], check=True)
        measured.append((name, time.monotonic() - began))
    return measured


def silence_after_kill(jack: JackServer) -> float:
    with Rig(jack) as rig:
        process = rig.play("--bpm", "60", "--rate", "1/4", "--gate", "100", "--no-osc")
        wait_until(rig.daw.sounding, 5, "a sounding note")
        killed = time.monotonic()
        process.kill()
        wait_until(lambda: not rig.daw.sounding(), 10, "silence")
        return rig.daw.heard[-1].at - killed


def drop_caches() -> None:
    subprocess.run(["sync"], check=True)
    Path("/proc/sys/vm/drop_caches").write_text("3")


if __name__ == "__main__":
    main()
