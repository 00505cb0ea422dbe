"""The process that restores connections and ends notes, on a MIDI system in memory."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pytest
from rig import hear, wait_until

from polate.patchbay.cables import Cable, Look, Patchbay
from polate.patchbay.messages import EndNotes, Leave, PortsChanged, PortsChosen
from polate.patchbay.port_news import News
from polate.patchbay.process import Graph, PatchbayProcess, Sender
from polate.runtime.line_stream import LineReader, encode_line

OUT, IN, ENDS = "Polate Out:Polate Out", "Polate In:Polate In", "Polate Ends:Polate Ends"


@dataclass
class System:
    """A MIDI system: a graph and a sender in one."""

    ports: set[str] = field(default_factory=lambda: {OUT, IN, ENDS, "daw:a"})
    cables: set[Cable] = field(default_factory=lambda: {(OUT, "daw:a")})
    sent: list[tuple[int, ...]] = field(default_factory=list)
    abandoned: int = 0
    fails: bool = False
    stands_still: int = 0  # for so many looks
    poll_seconds: float | None = None
    period_seconds: float = 0.0  # 0: a period begins before every look
    _period: int = 0  # that was looked at

    def __post_init__(self) -> None:
        self._news, self._lock = News(), threading.Lock()
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)

    def fileno(self) -> int:
        return self._reader.fileno()

    def change(self, *what: Literal["come", "gone", "cabled", "died"]) -> None:
        with self._lock:
            for each in what:
                self._news = self._news.and_then(each)
        self._writer.send(b"\0")

    def lose(self, port: str) -> None:
        self.ports.discard(port)
        self.cables = {cable for cable in self.cables if port not in cable}
        self.change("gone", "cabled")

    def add(self, port: str) -> None:
        self.ports.add(port)
        self.change("come")

    def news(self) -> News:
        with contextlib.suppress(BlockingIOError):
            self._reader.recv(64)
        with self._lock:
            news, self._news = self._news, News()
        return news

    def look(self, ends: str = "") -> Look:
        if self.fails:
            raise RuntimeError("no answer")
        return Look(
            frozenset(self.ports),
            frozenset({OUT} & self.ports),
            frozenset({IN} & self.ports),
            frozenset(self.cables),
            ends,
        )

    def connect(self, cable: Cable) -> bool:
        self.cables.add(cable)
        return True

    def disconnect(self, cable: Cable) -> None:
        self.cables.discard(cable)

    def runs(self) -> bool:
        self.stands_still -= 1
        if self.stands_still >= 0:
            return False
        before, self._period = self._period, int(time.monotonic() / (self.period_seconds or 1e-6))
        return self._period != before

    def send(self, data: Sequence[int]) -> None:
        self.sent.append(tuple(data))

    def abandon(self) -> None:
        self.abandoned += 1

    def close(self) -> None:
        self._reader.close()
        self._writer.close()


class Bench:
    """The process in a thread, and the player's end of its socket."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.player, self._theirs = socket.socketpair()
        self.opened = 0
        self._reader = LineReader[PortsChanged](PortsChanged)
        self._process = PatchbayProcess(self._theirs, self._open, Patchbay())
        self._thread = threading.Thread(target=self._process.loop, daemon=True)
        self._thread.start()
        wait_until(lambda: (ENDS, "daw:a") in system.cables, 5, "the port that ends notes to be connected")

    def _open(self) -> tuple[Graph, Sender, str]:
        self.opened += 1
        return self.system, self.system, ENDS

    def say(self, message: EndNotes | PortsChosen | Leave) -> None:
        self.player.send(encode_line(message))

    def hears(self) -> list[PortsChanged]:
        return list(hear(self.player, self._reader, 2))

    def close(self) -> None:
        self.player.close()
        self._thread.join(5)
        assert not self._thread.is_alive()
        self._theirs.close()
        self.system.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench(System())
    yield bench
    with contextlib.suppress(OSError):
        bench.say(Leave())
    bench.close()


def test_what_a_dead_gate_was_connected_to_is_connected_to_the_next_one(bench: Bench) -> None:
    bench.system.lose(OUT)
    assert bench.hears() == [PortsChanged()]
    bench.system.add(OUT)
    wait_until(lambda: (OUT, "daw:a") in bench.system.cables, 2, "the connection")


def test_a_receiver_that_is_away_for_a_moment_is_one_change(bench: Bench) -> None:
    bench.system.lose("daw:a")
    bench.system.add("daw:a")
    wait_until(lambda: (OUT, "daw:a") in bench.system.cables, 2, "the connection")
    assert bench.hears() == [PortsChanged()]
    bench.player.setblocking(False)
    with pytest.raises(BlockingIOError):
        bench.player.recv(64)


def test_notes_are_ended_twice_at_once(bench: Bench) -> None:
    bench.say(EndNotes(((0, 60), (1, 64))))
    wait_until(lambda: len(bench.system.sent) == 4, 2, "the note-offs")
    assert bench.system.sent == [(0x80, 60, 0), (0x81, 64, 0)] * 2


def test_everything_is_ended_if_the_player_goes_without_leaving(bench: Bench) -> None:
    bench.close()
    assert {(0xB0 | channel, 123, 0) for channel in range(16)} == set(bench.system.sent)


def test_nothing_is_sent_if_the_player_leaves_in_order(bench: Bench) -> None:
    bench.say(Leave())
    bench.close()
    assert bench.system.sent == []


def test_a_port_that_is_left_for_another_choice_is_not_connected_again(bench: Bench) -> None:
    bench.say(PortsChosen(outputs=True))
    wait_until(lambda: (ENDS, "daw:a") not in bench.system.cables, 2, "the other port to be disconnected")
    bench.system.lose(OUT)
    assert bench.hears() == [PortsChanged()]
    bench.system.add(OUT)
    assert bench.hears() == [PortsChanged()]
    assert (OUT, "daw:a") not in bench.system.cables


def test_an_error_opens_the_midi_system_anew(bench: Bench, capfd: pytest.CaptureFixture[str]) -> None:
    bench.system.fails = True
    bench.system.change("cabled")
    wait_until(lambda: bench.system.abandoned == 2, 2, "the system to be given up")
    bench.system.fails = False
    wait_until(lambda: bench.opened == 2, 3, "the system to be opened")
    assert capfd.readouterr().err.count("watching the MIDI connections failed: RuntimeError") == 1


def test_a_midi_system_that_dies_is_opened_anew_and_what_was_connected_is_connected(bench: Bench) -> None:
    bench.system.cables.clear()
    bench.system.change("died")
    wait_until(lambda: (OUT, "daw:a") in bench.system.cables, 3, "the connection")


def test_bytes_that_are_no_message_end_the_process(bench: Bench) -> None:
    bench.player.send(b"{}\n")
    wait_until(lambda: bench.system.sent, 2, "the end")


def test_what_a_dead_gate_has_left_is_ended_again_and_again_if_the_process_ends_then(bench: Bench) -> None:
    bench.say(EndNotes(((0, 60),), everything=True))
    bench.say(Leave())
    bench.close()
    assert bench.system.sent.count((0x80, 60, 0)) > 5
    assert bench.system.sent.count((0xB0, 123, 0)) > 5


def test_while_the_midi_system_stands_still_the_last_ends_wait(bench: Bench) -> None:
    bench.system.stands_still = 60  # longer than the last ends are repeated
    bench.close()
    assert bench.system.stands_still < 0
    assert {(0xB0 | channel, 123, 0) for channel in range(16)} == set(bench.system.sent)


@pytest.mark.parametrize("frames", [3072, 4096, 8192])
def test_a_midi_system_with_long_periods_does_not_stand_still(bench: Bench, frames: int) -> None:
    bench.system.period_seconds = frames / 44100  # several looks long
    bench.close()  # the process has ended
    assert bench.system.sent.count((0xB0, 123, 0)) > 5


def test_a_midi_system_that_has_died_is_not_waited_for(bench: Bench) -> None:
    bench.system.stands_still = 10**6
    bench.player.close()
    wait_until(lambda: bench.system.stands_still < 10**6, 2, "the last ends")
    bench.system.change("died")
    bench.close()
    assert bench.system.sent == []
