"""Does a note-off sent just before the port closes arrive? Needs jackd (Debian: jackd2).

    python benchmarks/stops.py [--rounds 60] [--busy 1]

Each round starts a gate, strikes a long note through it, tells it to quit, and looks whether the note still sounds
at the receiver. --busy keeps so many cores at work meanwhile: on an idle machine even a careless close loses none.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from rig import JackServer, Rig, hear, wait_until

from polate.gate.frames import Frame, FrameReader, Kind
from polate.runtime.child_process import Child
from polate.runtime.clock import clock

MINUTE_NS = 60_000_000_000


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--rounds", type=int, default=60)
    arguments.add_argument("--busy", type=int, default=1)
    options = arguments.parse_args()
    burners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(options.busy)]
    try:
        with JackServer("polate-benchmark") as jack, Rig(jack) as rig:
            os.environ.update(jack.env)
            hanging = sum(stop_leaves_a_note(rig) for _ in range(options.rounds))
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()
    print(f"{hanging} of {options.rounds} stops left a note hanging, {options.busy} cores busy")


def stop_leaves_a_note(rig: Rig) -> bool:
    gate = Child.start("polate.gate.process", {"outputs": ["daw"], "api": "jack", "copy": None, "restarted": False})
    reader = FrameReader()
    while not any(frame.kind is Kind.OPENED for frame in hear(gate, reader, 30)):
        pass
    time.sleep(0.2)  # the connection is made in a later JACK cycle
    now = clock()
    gate.socket.send(Frame(Kind.NOTE, 1, 0, 60, 100, now, now + MINUTE_NS).pack())
    wait_until(rig.daw.sounding, 0.7, "the note")  # before the gate, which hears no player, releases it
    gate.socket.send(Frame(Kind.QUIT).pack())
    gate.process.wait(30)
    gate.socket.close()
    time.sleep(0.1)
    hangs = bool(rig.daw.sounding())
    rig.daw.heard.clear()
    return hangs


if __name__ == "__main__":
    main()
