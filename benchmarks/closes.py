"""Open and close a MIDI input while messages arrive. Needs jackd (Debian: jackd2).

    python benchmarks/closes.py [--rounds 200] [--rate 3000] [--sync]

Each round opens an input of Polate, connects it to a sender of --rate messages a second, and closes it while they
arrive. Another input receives the same messages and stays open. A crash or a deadlock in python-rtmidi ends the run.
--sync starts jackd with -S. The output is the number of rounds, the messages that were heard, and the median and the
longest time of an opening and of a close.
"""

import argparse
import os
import statistics
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import rtmidi
from faults import Server
from rig import PLAYER_IN, JackServer, wait_until

from polate.midi.messages import CONTROL_CHANGE
from polate.midi.ports import open_input

HEARD = 50  # messages before a close
PAUSE = 0.002  # seconds, as the MIDI input process waits


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--rounds", type=int, default=200)
    arguments.add_argument("--rate", type=int, default=3000, help="messages a second")
    arguments.add_argument("--sync", action="store_true")
    options = arguments.parse_args()
    Server.synchronous = options.sync
    with Server("polate-closes") as jack:
        os.environ.update(jack.env)
        measure(jack, options.rounds, options.rate)


def measure(jack: JackServer, rounds: int, rate: int) -> None:
    sender, over = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="knobs"), threading.Event()
    sender.open_virtual_port("knobs")

    def send() -> None:
        while not over.wait(0.002):
            for value in range(rate // 500):
                sender.send_message([CONTROL_CHANGE, 70, value])

    thread = threading.Thread(target=send)
    thread.start()
    heard: list[int] = []
    opens, closes = [], []

    def hear(*message: object) -> None:
        heard.append(1)

    stays = open_input(None, "jack")
    stays.hear(hear)
    wait_until(lambda: PLAYER_IN in jack.ports(), 10, "the port that stays")
    jack.connect("knobs:knobs", PLAYER_IN)
    before = set(jack.ports())
    try:
        for _ in range(rounds):
            wait_until(lambda: set(jack.ports()) == before, 10, "the last port to be gone")
            began = time.monotonic()
            messages: list[int] = []
            stays.pause()
            time.sleep(PAUSE)
            port = open_input(None, "jack")
            port.hear(lambda *message, to=messages: to.append(1))
            stays.go_on()
            opens.append(time.monotonic() - began)
            [name] = set(jack.ports()) - before
            jack.connect("knobs:knobs", name)
            wait_until(lambda got=messages: len(got) >= HEARD, 10, "messages")
            began = time.monotonic()
            stays.pause()
            port.close()
            stays.go_on()
            closes.append(time.monotonic() - began)
    finally:
        over.set()
        thread.join()
        stays.close()
        sender.close_port()
        sender.delete()
    print(
        f"{len(closes)} of {rounds} closes, {len(heard)} messages at the other; an opening took {milliseconds(opens)}, "
        f"a close {milliseconds(closes)}"
    )


def milliseconds(times: list[float]) -> str:
    return f"{statistics.median(times) * 1000:.0f} ms, at most {max(times) * 1000:.0f} ms"


if __name__ == "__main__":
    main()
