"""One Polate conducts others: when a value of the leader changes, the followers get it.

    python examples/two-players/conduct.py 9010 9020 --also tonic      the Polate at port 9010 leads the one at 9020

Without --also, the followers get the positions of the eight axes. Do not let two players conduct each other: each
would take back the other's moves.
"""

import argparse
import time
from collections.abc import Sequence

from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import BlockingOSCUDPServer
from pythonosc.udp_client import SimpleUDPClient

AXES = [f"/polate/z/{number}" for number in range(1, 9)]
SUBSCRIBE_SECONDS = 30  # a subscription lasts for 60 s


def conduct(leader: int, followers: Sequence[int], addresses: Sequence[str]) -> None:
    """Send on what changes at these addresses, for ever. The players are on this machine, at these UDP ports."""
    clients = [SimpleUDPClient("127.0.0.1", port) for port in followers]

    def send_on(address: str, *arguments: object) -> None:
        for client in clients:
            client.send_message(address, arguments)

    dispatcher = Dispatcher()
    for address in addresses:
        dispatcher.map(address, send_on)
    with BlockingOSCUDPServer(("127.0.0.1", 0), dispatcher) as server:
        server.timeout = 1
        to_leader, subscribed = SimpleUDPClient("127.0.0.1", leader), float("-inf")
        while True:
            if time.monotonic() - subscribed > SUBSCRIBE_SECONDS:
                to_leader.send_message("/polate/subscribe", server.server_address[1])
                subscribed = time.monotonic()
            server.handle_request()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("leader", type=int, help="the OSC port of the Polate that leads")
    parser.add_argument("followers", type=int, nargs="+", help="the OSC ports of the others")
    parser.add_argument("--also", nargs="*", default=[], metavar="NAME", help="more addresses, such as tonic or rate")
    options = parser.parse_args()
    conduct(options.leader, options.followers, [*AXES, *(f"/polate/{name}" for name in options.also)])


if __name__ == "__main__":
    main()
