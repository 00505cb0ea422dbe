"""Three pages without a browser, for page.py: they speak the protocol, ask for strips and the map, and are dragged.

At ``drag ADDRESS`` they open if they are not open yet, and set an address 60 times a second each; ``map`` stands for
the two axes of the map. ``leave -`` closes them.
"""

import contextlib
import json
import math
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from page_rig import Page
from websockets.exceptions import ConnectionClosed

PAGES = 3
FRAME = 1 / 60  # seconds


class Client:
    """One page: a thread that reads, and one that drags."""

    def __init__(self, link: str) -> None:
        self._page = Page(link).hello()
        self._address = ""
        self._open = True
        for message in ({"t": "strips"}, {"t": "map", "x": 0, "y": 1, "on": True}):
            self._page.send(message)
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._read, self._drag)]
        for thread in self._threads:
            thread.start()

    def drag(self, address: str) -> None:
        self._address = address

    def close(self) -> None:
        self._open = False
        self._threads[1].join()
        self._page.__exit__()
        self._threads[0].join(5)

    def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed, OSError):
            while True:
                self._page.next_message()

    def _drag(self) -> None:
        turn = 0.0
        while self._open:
            time.sleep(FRAME)
            turn += 0.07
            x, y = 0.5 + 0.45 * math.sin(turn), 0.5 + 0.45 * math.cos(turn)
            match self._address:
                case "":
                    continue
                case "map":
                    sets = {"/polate/z/1": x, "/polate/z/2": y}
                case "/polate/soft":
                    sets = {self._address: 1 + round(60 * x)}
                case address:
                    sets = {address: x}
            for address, value in sets.items():
                self._page.send({"t": "set", "a": address, "v": [value]})


def main() -> None:
    link, clients = sys.argv[1], []
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        verb, address = line.split()
        if verb == "leave":
            for client in clients:
                client.close()
            clients = []
        else:
            clients = clients or [Client(link) for _ in range(PAGES)]
            for client in clients:
                client.drag(address)
        print(json.dumps(verb), flush=True)


if __name__ == "__main__":
    main()
