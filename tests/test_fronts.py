"""The two listening processes, on real sockets: what they hand on, and what they keep while the player is behind."""

import json
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from test_osc import bundle, message

from polate import PortError, midi_front, osc_front
from polate.midi_front import PORT_IS_GONE, PORT_IS_THERE, RECORD, records


@dataclass
class FakeInput:
    """A MIDI input that is filled by the test."""

    waiting: deque[list[int]]
    closed: bool = False

    def messages(self) -> Iterator[list[int]]:
        while self.waiting:
            yield self.waiting.popleft()

    def alive(self) -> bool:
        return True

    def abandon(self) -> None:
        raise AssertionError

    def close(self) -> None:
        self.closed = True


def read_until(sock: socket.socket, is_enough: object, seconds: float = 5.0) -> bytes:
    data, end = b"", time.monotonic() + seconds
    sock.settimeout(0.05)
    while not is_enough(data):  # type: ignore[operator]
        assert time.monotonic() < end, data[-200:]
        try:
            data += sock.recv(65536)
        except TimeoutError:
            continue
    return data


def test_midi_messages_are_handed_on_in_order_and_system_exclusive_is_not() -> None:
    player, theirs = socket.socketpair()
    port = FakeInput(deque([[0xB0, 70, 1], [0xF0, 1, 2, 3, 0xF7], [0xC0, 5], [0x90, 60, 100]]))
    thread = threading.Thread(target=midi_front.Front(theirs, lambda: port).loop)
    thread.start()
    data = read_until(player, lambda data: len(data) >= 4 * RECORD)
    assert list(records(data)) == [PORT_IS_THERE, b"\x03\xb0\x46\x01", b"\x02\xc0\x05\x00", b"\x03\x90\x3c\x64"]
    player.close()
    thread.join(5)
    theirs.close()
    assert port.closed


def test_without_a_port_the_player_is_told() -> None:
    player, theirs = socket.socketpair()

    def no_port() -> FakeInput:
        raise PortError("none")

    thread = threading.Thread(target=midi_front.Front(theirs, no_port).loop)
    thread.start()
    assert read_until(player, lambda data: len(data) >= RECORD) == PORT_IS_GONE
    player.close()
    thread.join(5)
    theirs.close()


def test_while_the_player_does_not_read_the_newest_value_of_each_knob_is_kept() -> None:
    player, theirs = socket.socketpair()
    flood = [[0xB0, 70 + number % 8, number // 8 % 128] for number in range(100_000)]
    port = FakeInput(deque([*flood, *([0xB0, 70 + knob, 100 + knob] for knob in range(8))]))
    thread = threading.Thread(target=midi_front.Front(theirs, lambda: port).loop)
    thread.start()
    while port.waiting:
        time.sleep(0.05)
    newest = {}

    def all_are_newest(data: bytes) -> bool:
        for record in records(data[-RECORD * 16 :]):
            newest[record[2]] = record[3]
        return all(newest.get(70 + knob) == 100 + knob for knob in range(8))

    read_until(player, all_are_newest)
    player.close()
    thread.join(5)
    theirs.close()


def test_one_message_of_a_bundle_that_cannot_be_does_not_cost_the_others() -> None:
    player, theirs = socket.socketpair()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.setblocking(False)
        theirs.setblocking(False)
        front = osc_front.Front(udp, theirs)
        mixed = bundle(message("/video/fade", 0.1), message("/polate/z/1", 0.5), message("/polate/z/2", "loud"))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(mixed, udp.getsockname())
        front._receive()
        front._report()
        said = [json.loads(line) for line in player.recv(65536).splitlines()]
    assert said[0] == [["/polate/z/1", [0.5]]]
    assert said[1]["count"] == 2
    player.close()
    theirs.close()


def test_osc_keeps_the_newest_in_their_order_and_never_loses_a_panic() -> None:
    player, theirs = socket.socketpair()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.setblocking(False)
        theirs.setblocking(False)
        front = osc_front.Front(udp, theirs)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:

            def send(*datagrams: bytes) -> None:
                for datagram in datagrams:
                    sender.sendto(datagram, udp.getsockname())
                    front._receive()

            while not front._outbox:  # until the player is behind
                send(message("/polate/tempo", 100))
            send(
                message("/polate/z/1", 0.25),
                message("/polate/landmark", "home"),
                message("/polate/panic", 1),
                message("/polate/panic", 0),
                message("/polate/z/1", 0.5),
            )
        lines: list[object] = []
        player.setblocking(False)
        rest = b""
        while not lines or "/polate/z/1" not in str(lines[-1]):
            front._flush()
            *whole, rest = (rest + player.recv(2**20)).split(b"\n")
            lines += [json.loads(line) for line in whole]
        assert lines[-1] == [["/polate/landmark", ["home"]], ["/polate/panic", [1]], ["/polate/z/1", [0.5]]]
    player.close()
    theirs.close()
