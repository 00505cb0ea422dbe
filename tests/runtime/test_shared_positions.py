"""The positions that the OSC process and the player share: the newest wins, and the order with all else is kept."""

import contextlib
import math
import os
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig import free_udp_port, wait_until

from polate.control.commands import Control, Set, SetAxis
from polate.osc.messages import Listening, Refused, ToPlayer
from polate.osc.process import OscProcess
from polate.player.config import Config
from polate.player.facts import Facts
from polate.player.note_stream import NoteStream
from polate.player.osc_client import OscClient, child_of, open_client
from polate.player.troubles import Troubles
from polate.runtime import shared_positions
from polate.runtime.child_process import Child
from polate.runtime.line_stream import LineReader
from polate.runtime.shared_positions import ONE, PositionReader, PositionWriter


@contextlib.contextmanager
def cell() -> Iterator[tuple[PositionWriter, PositionReader]]:
    with (
        contextlib.closing(PositionReader.create()) as reader,
        contextlib.closing(PositionWriter(reader.path)) as writer,
    ):
        yield writer, reader


def bits(position: float) -> int:
    return int.from_bytes(struct.pack(">f", position), "big")


def message(address: str, position: float) -> bytes:
    padded = address.encode() + b"\0" * (4 - len(address) % 4)
    return padded + b",f\0\0" + struct.pack(">f", position)


def test_the_newest_position_of_an_axis_is_taken_and_only_once() -> None:
    with cell() as (writer, reader):
        writer.put(0, bits(0.25))
        writer.put(2, bits(1.0))
        writer.put(0, bits(0.5))
        assert reader.take() == [(0, 0.5), (2, 1.0)]
        assert reader.take() == []
        writer.put(0, bits(0.5))  # the same again: another source may have moved the axis meanwhile
        assert reader.take() == [(0, 0.5)]


def test_the_player_is_woken_once_until_it_looks() -> None:
    with cell() as (writer, reader):
        assert [writer.put(0, bits(0.5)), writer.put(1, bits(0.5))] == [True, False]
        reader.take()
        assert writer.put(0, bits(0.25))


@given(st.floats(width=32))
def test_the_bits_of_0_to_1_are_those_up_to_one(position: float) -> None:
    assert (bits(position) <= ONE) == (0 <= position <= 1 and str(position) != "-0.0")


def test_when_a_front_has_died_what_it_left_is_taken_and_the_next_begins_anew() -> None:
    with cell() as (writer, reader):
        writer.lines += 1  # a line that never arrived
        writer.put(3, bits(0.5))
        assert reader.take() == []
        assert reader.writer_died() == [(3, 0.5)]
        another = PositionWriter(reader.path)
        assert reader.take() == []
        another.put(3, bits(0.5))
        assert reader.take() == [(3, 0.5)]


# -- with a front that writes and a player that reads ---------------------------------------------


class FakeChild:
    """The front as the player's child, heard so many bytes at a time."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket, self.bytes = sock, 4096
        self._lines: LineReader[ToPlayer] = LineReader(ToPlayer)

    def hear(self) -> list[Any]:
        try:
            return self._lines.feed(self._socket.recv(self.bytes))
        except BlockingIOError:
            return []


class Desk:
    """A front on a real UDP socket, and of the player the part that reads."""

    def __init__(self, writer: PositionWriter, reader: PositionReader, stack: contextlib.ExitStack) -> None:
        self.cell = writer
        ours, theirs = map(stack.enter_context, socket.socketpair())
        self._udp, self._sender = (
            stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(2)
        )
        self._udp.bind(("127.0.0.1", 0))
        for each in (ours, theirs, self._udp):
            each.setblocking(False)
        self.front = OscProcess(self._udp, theirs, aliases={"/1/fader1": "/polate/z/1"}, positions=writer)
        self.child = FakeChild(ours)
        desk = SimpleNamespace(
            facts=Facts("internal"), troubles=Troubles(), connections=SimpleNamespace(config=Config())
        )
        self._client = OscClient(desk, self.child, reader)  # type: ignore[arg-type]

    def send(self, datagram: bytes) -> bool:
        """Whether it went the short way."""
        self.send_only(datagram)
        if not self.front.outbox.is_behind and self.front._move():
            return True
        self.front._receive()
        return False

    def send_only(self, datagram: bytes) -> None:
        """It waits to be read."""
        self._sender.sendto(datagram, self._udp.getsockname())

    def look(self, size: int = 4096) -> list[Control]:
        self.child.bytes = size
        return list(self._client.commands(0))


@contextlib.contextmanager
def desk() -> Iterator[Desk]:
    with contextlib.ExitStack() as stack, cell() as (writer, reader):
        yield Desk(writer, reader, stack)


def test_positions_behind_another_message_go_the_short_way_too() -> None:
    """In a flood of positions one other message would send 63 of them the long way, which takes 10 ms."""
    with desk() as here:
        for datagram in (message("/polate/tempo", 90), *(message("/polate/z/1", step / 100) for step in range(100))):
            here.send_only(datagram)
        here.front._read_datagrams()
        assert here.look() == [Set("bpm", 90), SetAxis(0, pytest.approx(0.62))]  # 64 datagrams in a turn


TURN = st.tuples(st.integers(0, 2), st.integers(1, 8).map(lambda eighth: eighth / 8))
TEMPO = st.integers(40, 200)
LOOK = st.builds(slice, st.integers(1, 200))


@given(st.lists(TURN | TEMPO | LOOK, max_size=40))
def test_every_other_message_finds_the_axes_as_they_were_when_it_was_sent(doings: list[Any]) -> None:
    """Whenever and however little of the socket the player reads."""
    sent, heard = [], []
    where: dict[int, float] = {}
    found: dict[int, float] = {}
    with desk() as here:
        controls: list[Control] = []
        for doing in doings:
            match doing:
                case int(bpm):
                    here.send(message("/polate/tempo", bpm))
                    sent.append((bpm, dict(where)))
                case (axis, position):
                    assert here.send(message(f"/polate/z/{axis + 1}", position))
                    where[axis] = position
                case _:
                    controls += here.look(doing.stop)
        for _ in range(3):  # a line that was cut, the rest, and what waited for it
            controls += here.look()
    for control in controls:
        match control:
            case SetAxis(axis, position):
                found[axis] = position
            case Set("bpm", bpm):
                heard.append((bpm, dict(found)))
    assert heard == sent
    assert found == where


@pytest.mark.parametrize(
    ("datagram", "short"),
    [
        (message("/polate/z/1", 0.5), True),
        (message("/polate/z/16", 1.0), True),
        (message("/1/fader1", 0.0), True),
        (message("/polate/z/17", 0.5), False),
        (message("/polate/z/1", 1.005), False),  # a fader's overshoot
        (message("/polate/z/1", -0.0), False),
        (message("/polate/z/1", math.nan), False),
        (message("/polate/z/1", 0.5)[:-1], False),
        (message("/polate/z/1", 0.5) + b"\0\0\0\0", False),
        (b"", False),
    ],
)
def test_only_a_plain_position_in_range_goes_the_short_way(datagram: bytes, short: bool) -> None:
    with desk() as here:
        assert here.send(datagram) == short


def test_a_position_that_cannot_be_is_refused_as_ever() -> None:
    with desk() as here:
        here.send(message("/polate/z/1", 2.0))
        here.front.outbox.report()
        assert here.child.hear() == [Refused("/polate/z/1: a position must be in 0..1, got 2", 1)]


def test_while_the_player_is_behind_a_position_waits_behind_what_waits() -> None:
    with desk() as here:
        while not here.front.outbox.is_behind:
            here.send(message("/polate/tempo", 100))
        assert not here.send(message("/polate/z/1", 0.5))


def test_the_process_writes_a_position_and_takes_the_file_away_when_its_player_has_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shared_positions, "_sealed_file", lambda: None)  # a file with a name
    reader = PositionReader.create()
    child = Child.start("polate.osc.process", {"host": "127.0.0.1", "port": 0, "positions": reader.path})
    heard = bytearray()

    def hears(what: bytes) -> bool:
        with contextlib.suppress(BlockingIOError):
            heard.extend(child.receive(4096))
        return what in heard

    wait_until(lambda: hears(b"\n"), 10, "the front to listen")
    cut: LineReader[ToPlayer] = LineReader(ToPlayer)
    (listening,) = cut.feed(bytes(heard))
    assert isinstance(listening, Listening)
    port = listening.port
    reader.lines += 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(message("/polate/z/2", 0.75), ("127.0.0.1", port))
    wait_until(lambda: hears(b"\n\n"), 5, "to be woken")
    assert reader.take() == [(1, 0.75)]
    child.close()
    assert child.process.returncode == 0
    assert not Path(reader.path).exists()
    reader.close()


def test_the_player_and_its_osc_process_share_one_file() -> None:
    """A position is in the memory though the player has read nothing from the socket since."""
    child = child_of(Config(osc_port=free_udp_port()))
    assert child is not None
    connections = SimpleNamespace(config=Config())
    desk: Any = SimpleNamespace(
        facts=Facts("internal"), troubles=Troubles(), notes=NoteStream(), connections=connections
    )
    client = open_client(desk, child)
    with contextlib.closing(child), contextlib.closing(PositionReader(child.settings["positions"])) as reader:
        child.start()
        wait_until(lambda: list(client.commands(0)) or client.is_open, 10, "the process to listen")
        reader.lines += 1
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(message("/polate/z/2", 0.75), ("127.0.0.1", child.settings["port"]))
            wait_until(lambda: reader.take() == [(1, 0.75)], 5, "the position")
        client.close()


def test_a_front_without_the_file_does_without_it() -> None:
    settings = {"host": "127.0.0.1", "port": 0, "positions": "/no such folder/cell"}
    child = Child.start("polate.osc.process", settings)
    heard = bytearray()

    def listens() -> bool:
        with contextlib.suppress(BlockingIOError):
            heard.extend(child.receive(4096))
        return b"listening" in heard

    wait_until(listens, 10, "the front to listen")
    child.close()


@pytest.mark.skipif(sys.platform != "linux", reason="files without a name are Linux's")
def test_the_file_has_no_name_cannot_be_shortened_and_goes_with_its_process() -> None:
    reader = PositionReader.create()
    writer = PositionWriter(reader.path)
    with pytest.raises(PermissionError):
        os.truncate(reader.path, 0)
    writer.put(1, bits(0.25))
    assert reader.take() == [(1, 0.25)]
    assert not [name for name in os.listdir("/dev/shm") if name.startswith("polate-") and name in reader.path]
    writer.close()
    reader.close()
    assert not Path(reader.path).exists()
