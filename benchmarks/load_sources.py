"""What load.py loads Polate with, in a process of its own: a controller and OSC senders.

At ``sources SECONDS`` it sends 1,000 messages a second from each of three: CC 70 to 73, positions, and other settings.
At ``burst SECONDS`` it sends 20,000 positions a second. It answers when it is over, with how many messages it has sent.
"""

import contextlib
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from rig import PLAYER_IN, Controller, JackServer
from soak import Knobs, Osc, Sender, positions, sending, settings

SOURCE, BURST = 1000, 20_000  # messages a second


class Counted:
    """A sender, and how often it was asked."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self.count = 0

    def __call__(self, number: int) -> None:
        self._sender(number)
        self.count += 1


def main() -> None:
    server, port = sys.argv[1], int(sys.argv[2])
    knobs = Controller()
    JackServer(server).connect("knobs:knobs", PLAYER_IN)
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        verb, seconds = line.split()
        if verb == "sources":
            senders = [Knobs(knobs), Osc(port, positions()), Osc(port, settings())]
            rate = SOURCE
        else:
            senders, rate = [Osc(port, positions())], BURST
        counted = [Counted(sender) for sender in senders]
        with contextlib.ExitStack() as stack:
            for sender in counted:
                stack.enter_context(sending(verb, rate, sender))
            time.sleep(float(seconds))
        print(json.dumps(sum(sender.count for sender in counted)), flush=True)
    knobs.close()


if __name__ == "__main__":
    main()
