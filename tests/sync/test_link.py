"""Ableton Link with real peers on this machine."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from rig import hear, wait_until

from polate.errors import ConfigError
from polate.runtime.child_process import Child
from polate.runtime.clock import clock
from polate.runtime.line_stream import LineReader, encode_line
from polate.runtime.protocol import HELLO, PROTOCOL
from polate.sync.link_peer import LinkPeer, LinkState
from polate.sync.messages import (
    AskPlaying,
    AskTempo,
    Beat,
    CannotJoin,
    Joined,
    Peers,
    Playing,
    ToLink,
    ToPlayer,
)

Kind = TypeVar("Kind")

PHASE = 0.01  # beats that two peers may differ by


class Said:
    """A link front, and what it has said so far."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self._cut: LineReader[ToPlayer] = LineReader(ToPlayer)
        self.lines: list[ToPlayer] = []

    def listen(self, seconds: float) -> None:
        """Read for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.lines += hear(self._child, self._cut)

    def tell(self, message: ToLink) -> None:
        self._child.socket.send(encode_line(message))

    def last(self, kind: type[Kind]) -> Kind | None:
        """The newest message of this kind."""
        return next((line for line in reversed(self.lines) if isinstance(line, kind)), None)

    def wait(self, message: ToPlayer) -> None:
        def is_said() -> bool:
            self.listen(0.02)
            return self.last(type(message)) == message

        wait_until(is_said, 10, str(message))


@contextmanager
def front(bpm: float = 120.0, quantum: float = 4.0) -> Iterator[Said]:
    child = Child.start("polate.sync.link_process", {"bpm": bpm, "quantum": quantum, "playing": False})
    try:
        yield Said(child)
    finally:
        child.close()
    assert child.process.returncode == 0


def beat_at(state: LinkState, at_ns: int) -> float:
    return state.beat + (at_ns - state.at_ns) / 60e9 * state.bpm


def phases_differ(first: LinkState, second: LinkState, quantum: float) -> float:
    """In beats, at one instant."""
    difference = (beat_at(first, second.at_ns) - second.beat) % quantum
    return min(difference, quantum - difference)


@contextmanager
def two_peers(quantum: float = 4.0) -> Iterator[tuple[LinkPeer, LinkPeer]]:
    with LinkPeer(120, quantum) as first, LinkPeer(90, quantum) as second:
        wait_until(lambda: first.state().peers and second.state().peers, 10, "the peers to meet")
        wait_until(lambda: first.state().bpm == pytest.approx(second.state().bpm), 5, "one tempo")
        yield first, second


@pytest.mark.link
class TestPeers:
    def test_two_peers_meet_and_have_one_tempo_and_one_phase(self) -> None:
        with two_peers() as (first, second):
            assert phases_differ(first.state(), second.state(), 4.0) < PHASE

    def test_the_tempo_that_one_sets_is_the_others_too(self) -> None:
        with two_peers() as (first, second):
            first.set_tempo(143.5)
            wait_until(lambda: second.state().bpm == pytest.approx(143.5, abs=0.001), 5, "the tempo")
            assert phases_differ(first.state(), second.state(), 4.0) < PHASE

    @pytest.mark.parametrize("quantum", [3.0, 4.0])
    def test_who_starts_begins_with_beat_0_where_the_others_phase_is_0(self, quantum: float) -> None:
        with two_peers(quantum) as (first, second):
            first.set_tempo(240)
            wait_until(lambda: second.state().bpm == pytest.approx(240, abs=0.001), 5, "the tempo")
            before = first.state()
            second.set_playing(True)
            wait_until(lambda: first.state().playing and second.state().playing, 5, "the start")
            for peer in (first, second):
                assert -quantum <= peer.state().beat < 0.5  # counted in
                assert phases_differ(before, peer.state(), quantum) < PHASE  # which has not moved
            wait_until(lambda: first.state().beat > 0.5, 5, "the count-in to be over")
            assert beat_at(first.state(), second.state().at_ns) == pytest.approx(second.state().beat, abs=PHASE)
            first.set_playing(False)
            wait_until(lambda: not second.state().playing, 5, "the stop")

    def test_the_beat_is_given_at_a_time_of_our_clock(self) -> None:
        with LinkPeer(120, 4.0) as peer:
            before, state, after = clock(), peer.state(), clock()
            assert before <= state.at_ns <= after
            time.sleep(0.5)
            later = peer.state()
            assert beat_at(state, later.at_ns) == pytest.approx(later.beat, abs=0.001)  # half a millisecond

    def test_one_who_plays_already_joins_as_such_and_starts_nobody(self) -> None:
        joins = LinkPeer(120, 4.0, playing=True)
        assert joins.state().playing  # before it joins, so nothing depends on how fast the others are found
        with LinkPeer(120, 4.0) as there, joins:
            wait_until(lambda: there.state().peers and joins.state().peers, 10, "the peers to meet")
            time.sleep(0.5)
            assert joins.state().playing
            assert not there.state().playing

    def test_one_who_leaves_is_not_counted_any_more(self) -> None:
        with LinkPeer(120, 4.0) as stays:
            with LinkPeer(120, 4.0):
                wait_until(lambda: stays.state().peers, 10, "the other")
                there = stays.state().peers
            wait_until(lambda: stays.state().peers < there, 10, "the other to leave")


@pytest.mark.link
class TestFront:
    def test_it_tells_the_beat_fifty_times_a_second_and_who_is_there(self) -> None:
        with front(101.0) as said:
            said.wait(Playing(False))
            assert said.lines[0] == Joined()
            said.listen(0.2)
            before = len(said.lines)
            said.listen(1.0)
            assert 25 <= len(said.lines) - before <= 60
            with LinkPeer(101.0, 4.0) as peer:
                wait_until(lambda: peer.state().peers, 10, "the front")
                said.wait(Peers(peer.state().peers))
                said.listen(0.1)
                last = said.last(Beat)
                assert last is not None
                assert last.bpm == pytest.approx(peer.state().bpm)
                assert phases_differ(LinkState(last.beat, last.at_ns, last.bpm, False, 1), peer.state(), 4.0) < PHASE

    def test_what_the_player_says_is_heard_by_the_others(self) -> None:
        with front() as said, LinkPeer(120, 4.0) as peer:
            wait_until(lambda: peer.state().peers, 10, "the front")
            said.tell(AskTempo(77))
            wait_until(lambda: peer.state().bpm == pytest.approx(77, abs=0.001), 5, "the tempo")
            said.tell(AskPlaying(True))
            wait_until(lambda: peer.state().playing, 5, "the start")
            said.wait(Playing(True))
            peer.set_playing(False)
            said.wait(Playing(False))

    def test_while_the_player_does_not_read_nothing_piles_up(self) -> None:
        from polate.sync.link_process import LinkProcess

        player, theirs = socket.socketpair()
        with player, theirs, LinkPeer(120, 4.0) as peer:
            theirs.setblocking(False)
            reporting = LinkProcess(peer, theirs)
            for _ in range(20_000):
                reporting._report()
                if reporting._outbox:
                    break
            waits = len(reporting._outbox)
            reporting._report()
            assert 0 < waits == len(reporting._outbox) < 200


def without_the_extra(tmp_path: Path) -> str:
    """A folder in which importing link fails."""
    (tmp_path / "link.py").write_text("raise ImportError('no link')")
    return str(tmp_path)


def test_without_the_extra_the_front_says_what_to_install(tmp_path: Path) -> None:
    code = f"import sys; sys.path.insert(0, {without_the_extra(tmp_path)!r})\n"
    code += "from polate.sync.link_process import _main; _main()"
    ours, theirs = socket.socketpair()
    with ours, theirs:
        settings = json.dumps({"bpm": 120, "quantum": 4, "playing": False, "protocol": PROTOCOL})
        command = [sys.executable, "-c", code, settings, str(theirs.fileno())]
        subprocess.run(command, pass_fds=[theirs.fileno()], check=True, timeout=30)
        theirs.close()
        said = ours.recv(65536)
    hello, line = said.splitlines(keepends=True)
    assert hello == HELLO
    reader: LineReader[ToPlayer] = LineReader(ToPlayer)
    assert reader.feed(line) == [CannotJoin("Ableton Link needs the [link] extra: pip install 'polate[link]'")]


def test_without_the_extra_there_is_no_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "link", None)
    with pytest.raises(ConfigError, match=r"polate\[link\]"):
        LinkPeer(120, 4)
