"""The time stamps of MIDI messages: of the call that hands one over, and from the driver's distances. Needs jackd.

    python benchmarks/stamps.py [--ticks 1000] [--busy 0]

A tick is sent every 20.8 ms or a little later. The time of sending is compared with both time stamps of the MIDI input.
The median delay is subtracted, so the figures are the spread, in microseconds. --busy N keeps N cores at work.
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import rtmidi
from rig import JackServer, wait_until

from polate.midi.input_process import Arrivals
from polate.midi.messages import CLOCK
from polate.midi.ports import open_input
from polate.runtime.clock import clock


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--ticks", type=int, default=1000)
    arguments.add_argument("--busy", type=int, default=0)
    options = arguments.parse_args()
    burners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(options.busy)]
    try:
        with JackServer("polate-benchmark") as jack:
            os.environ.update(jack.env)
            measure(jack, options.ticks)
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


def measure(jack: JackServer, ticks: int) -> None:
    arrivals, found, told = Arrivals(), [], []

    def hear(message: Sequence[int], since_seconds: float, waits_since_ns: int, handed_over_ns: int) -> None:
        told.append(arrivals.came(since_seconds, waits_since_ns, handed_over_ns))
        found.append(handed_over_ns)

    port, sender = open_input(None, "jack"), rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="clock")
    port.hear(hear)
    sender.open_virtual_port("clock")
    wait_until(lambda: {"clock:clock", "Polate In:Polate In"} <= set(jack.ports()), 10, "the ports")
    jack.connect("clock:clock", "Polate In:Polate In")
    time.sleep(0.2)
    sent: list[int] = []

    def send() -> None:
        generator = random.Random(1)
        for _ in range(ticks):
            time.sleep(0.0208 + generator.uniform(0, 0.002))  # at every place of the period
            sent.append(clock())
            sender.send_message([CLOCK])

    thread = threading.Thread(target=send)
    thread.start()
    thread.join()
    wait_until(lambda: len(found) == len(sent), 5, "the last tick")
    port.close()
    sender.close_port()
    sender.delete()
    for name, stamps in (("the call", found), ("the driver", told)):
        delays = sorted((stamp - at) / 1000 for stamp, at in zip(stamps, sent, strict=True))
        middle = statistics.median(delays)
        spread = [delays[round(share * (len(delays) - 1))] - middle for share in (0.05, 0.95, 0.99)]
        print(
            f"{name:10}: sd {statistics.pstdev(delays):6.0f}, 5 % {spread[0]:+.0f}, 95 % {spread[1]:+.0f}, "
            f"99 % {spread[2]:+.0f}; {len(stamps)} ticks"
        )


if __name__ == "__main__":
    main()
