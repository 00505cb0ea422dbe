"""The process that listens to OSC, so that no datagram costs the player's interpreter anything but its meaning.

    UDP --messages--> one JSON line a datagram --> player

First comes ``{"listening": [host, port]}`` or ``{"error": text}``; then ``[[address, arguments], ...]`` for a datagram,
and at most once a second ``{"refused": text, "count": n}``. While the player does not read, the newest message of each
address is kept, and the older ones are dropped and counted.
"""

import gc
import json
import select
import signal
import socket
import time

from polate.child import Outbox, StopSignals, child_side, stop_signals
from polate.errors import ControlError
from polate.osc import MOST_BYTES, Message, messages, to_control

__all__ = ["Front"]

_DATAGRAMS_A_TURN = 64


class Front:
    """From an open UDP socket to the player's socket, both non-blocking."""

    def __init__(self, udp: socket.socket, player: socket.socket) -> None:
        self._udp, self._player = udp, player
        self._outbox = Outbox(player)
        self._waiting: dict[str, Message] = {}  # the newest of each address, while the player does not read
        self._refused, self._why = 0, ""
        self._report_at = 0.0

    def run(self) -> None:
        """Until the player hangs up or a signal comes."""
        with stop_signals(signal.SIGTERM) as stopped:
            while not stopped.received:
                writers = [self._player] if self._outbox or self._waiting else []
                readers: list[socket.socket | StopSignals] = [self._udp, self._player, stopped]
                readable, _, _ = select.select(readers, writers, [], 1.0)
                if self._player in readable and not self._listen_to_player():
                    return
                if self._udp in readable:
                    self._receive()
                self._report()
                self._flush()

    def say(self, value: object) -> None:
        self._outbox.put(json.dumps(value).encode() + b"\n")
        self._outbox.flush()

    def _listen_to_player(self) -> bool:
        """The player says nothing; but its hanging up is the end."""
        try:
            return bool(self._player.recv(4096))
        except ConnectionError:
            return False

    def _receive(self) -> None:
        for _ in range(_DATAGRAMS_A_TURN):
            try:
                datagram = self._udp.recv(MOST_BYTES + 1)
            except BlockingIOError:
                return
            except OSError:  # an ICMP error about something sent earlier, on some systems
                continue
            found = self._wanted(datagram)
            if not found:
                continue
            if not self._outbox:
                self.say(found)
                continue
            for address, arguments in found:
                if self._waiting.pop(address, None):
                    self._refuse("the player is behind: an older message was dropped for a newer one")
                self._waiting[address] = (address, arguments)

    def _wanted(self, datagram: bytes) -> list[Message]:
        """What of a datagram asks for something: not the release of a button, nor a bundle's channels for others."""
        wanted: list[Message] = []
        try:
            found = messages(datagram)
        except ControlError as error:
            self._refuse(str(error))
            return wanted
        for address, arguments in found:
            try:
                if to_control(address, arguments):
                    wanted.append((address, arguments))
            except ControlError as error:
                self._refuse(str(error))
        return wanted

    def _refuse(self, why: str) -> None:
        self._refused, self._why = self._refused + 1, why

    def _report(self) -> None:
        now = time.monotonic()
        if self._refused and now >= self._report_at:
            self.say({"refused": self._why, "count": self._refused})
            self._refused, self._report_at = 0, now + 1.0

    def _flush(self) -> None:
        self._outbox.flush()
        if self._waiting and not self._outbox:
            self.say(list(self._waiting.values()))
            self._waiting.clear()


def _main() -> int:
    player, settings = child_side()
    player.setblocking(False)
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.setblocking(False)
    front = Front(udp, player)
    try:
        udp.bind((settings["host"], settings["port"]))
    except OSError as error:
        front.say({"error": f"cannot listen to OSC on {settings['host']}:{settings['port']}: {error.strerror}"})
        return 1
    front.say({"listening": list(udp.getsockname())})
    gc.collect()
    gc.freeze()
    front.run()
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
