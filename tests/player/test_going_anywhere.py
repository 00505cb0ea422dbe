"""The whole player without a MIDI system: OSC goes to any pattern, whatever happens to the process that finds it."""

import contextlib
import os
import signal
import socket
from collections.abc import Iterator

import pytest
from pythonosc.osc_message import OscMessage
from rig import children_of, free_udp_port, next_line, no_midi, osc_message, playing, wait_until

FOREIGN = "20 0 5 -3"  # no map has this interval
PROCESS = "polate.locate.process"


class Player:
    """Asked by OSC."""

    def __init__(self, pid: int, port: int, client: socket.socket) -> None:
        self.pid, self._port, self._client = pid, port, client

    def send(self, address: str, *arguments: object) -> None:
        self._client.sendto(osc_message(address, *arguments).dgram, ("127.0.0.1", self._port))

    def ask(self, address: str) -> object:
        """The value of an address; None if there is no answer, as before the first state is told."""
        self.send(address)
        try:
            return OscMessage(self._client.recv(65536)).params[0]
        except TimeoutError:
            return None

    def until(self, address: str, value: object) -> None:
        wait_until(lambda: self.ask(address) == value, 20, f"{address} to be {value}")

    @property
    def locating(self) -> int:
        """The process that finds places; 0 while there is none."""
        return children_of(self.pid).get(PROCESS, 0)


@contextlib.contextmanager
def player_with(*options: str) -> Iterator[Player]:
    port = free_udp_port()
    with (
        playing("--osc-port", str(port), "--place", "tritone 0 1 4", *options, env=no_midi()) as process,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
    ):
        while f"OSC on 127.0.0.1:{port}" not in next_line(process):
            assert process.poll() is None
        client.bind(("127.0.0.1", 0))
        client.settimeout(0.5)
        yield Player(process.pid, port, client)


@pytest.fixture
def player() -> Iterator[Player]:
    with player_with() as opened:
        yield opened


def test_the_settings_begin_at_any_place(player: Player) -> None:
    player.until("/polate/pattern", "tritone 0 1 4")


def test_the_settings_begin_at_any_place_and_the_sequence_goes_to_one() -> None:
    with player_with("--sequence", f"{FOREIGN}; giant steps", "--sequence-bars", "256") as player:
        player.send("/polate/play", 0)
        player.send("/polate/play", 1)
        player.until("/polate/pinned", FOREIGN)


def test_after_the_process_was_killed_another_one_answers(player: Player) -> None:
    player.until("/polate/pattern", "tritone 0 1 4")
    for text in ("ditone 0 1 -2 5", "ditone 0 1 -2 9"):
        killed = player.locating
        os.kill(killed, signal.SIGKILL)
        player.send("/polate/go", text)
        player.until("/polate/pattern", text)
        wait_until(lambda killed=killed: player.locating not in (0, killed), 20, "another process")


def test_of_a_flood_of_places_the_newest_is_gone_to(player: Player) -> None:
    player.until("/polate/pattern", "tritone 0 1 4")
    for number in range(500):
        player.send("/polate/go", "ditone", 0, 1, -2, *([5, 9, 11][number % 3],) * (number % 2))

    def is_there() -> bool:
        player.send("/polate/go", FOREIGN)  # again: the system may have dropped the datagram
        return player.ask("/polate/pinned") == FOREIGN

    wait_until(is_there, 20, "the newest place")
    player.until("/polate/pattern", FOREIGN)
