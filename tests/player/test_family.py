import socket
import subprocess
from collections.abc import Iterator
from typing import Any, cast

import pytest

from polate.gate.frames import Frame, FrameReader, Kind
from polate.player.children import members_of, outputs_of
from polate.player.config import Config
from polate.runtime import supervisor as module
from polate.runtime.child_process import Child
from polate.runtime.line_stream import LineReader
from polate.runtime.supervisor import Family, Member

SECOND = 1_000_000_000


class FakeProcess:
    """One that ends when its parent hangs up."""

    def __init__(self) -> None:
        self.killed = False

    def wait(self, timeout: float | None = None) -> int:
        return 0

    def kill(self) -> None:
        self.killed = True


class Nursery:
    """What starts children without processes, and the clock on the wall."""

    def __init__(self) -> None:
        self.now = 100 * SECOND
        self.started: list[tuple[str, dict[str, Any]]] = []
        self.ends: dict[str, socket.socket] = {}  # the newest child's end of its socket, by module
        self.processes: dict[str, FakeProcess] = {}

    def start(self, name: str, settings: dict[str, Any]) -> Child:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        self.started.append((name, settings))
        self.ends[name], self.processes[name] = theirs, FakeProcess()
        return Child(cast("subprocess.Popen[bytes]", self.processes[name]), ours)


@pytest.fixture
def nursery(monkeypatch: pytest.MonkeyPatch) -> Nursery:
    nursery = Nursery()
    monkeypatch.setattr(module, "clock", lambda: nursery.now)
    monkeypatch.setattr(Child, "start", nursery.start)
    return nursery


@pytest.fixture
def family(nursery: Nursery) -> Iterator[Family]:
    """A gate and an OSC front, which are not started yet."""
    family = Family({"gate": Member("a.gate", {"api": "auto"}, FrameReader), "osc": Member("a.front", {}, LineReader)})
    yield family
    family.close()
    for end in nursery.ends.values():
        end.close()


class TestStarting:
    def test_those_that_are_named_or_else_all_are_started_once(self, family: Family, nursery: Nursery) -> None:
        family.start("gate")
        assert (family.is_alive("gate"), family.is_alive("osc")) == (True, False)
        family.start()
        family.start()
        assert [name for name, _ in nursery.started] == ["a.gate", "a.front"]
        assert len(family.sockets) == 2

    def test_one_that_died_is_told_of_and_started_again_half_a_second_later(
        self, family: Family, nursery: Nursery
    ) -> None:
        died: list[str] = []
        family.died = died.append
        family.start()
        nursery.now += SECOND
        nursery.ends["a.gate"].close()
        assert family.hear("gate") == []
        assert died == ["gate"]
        assert not family.is_alive("gate")
        family.start()
        nursery.ends["a.gate"].close()
        family.hear("gate")
        nursery.now += SECOND // 2 - 1
        family.start()
        assert not family.is_alive("gate")
        nursery.now += 1
        family.start()
        assert family.is_alive("gate")
        assert [settings["restarted"] for name, settings in nursery.started if name == "a.gate"] == [False, True, True]

    def test_one_that_is_to_wait_is_left_until_its_time(self, family: Family, nursery: Nursery) -> None:
        family["osc"].start_after_ns = nursery.now + 10 * SECOND
        family.start()
        assert not family.is_alive("osc")
        nursery.now += 10 * SECOND
        family.start()
        assert family.is_alive("osc")


class TestTalking:
    def test_what_a_child_says_is_cut_into_whole_words(self, family: Family, nursery: Nursery) -> None:
        family.start()
        end = nursery.ends["a.front"]
        assert family.hear("osc") == ()
        end.send(b'{"one": 1}\n[2, ')
        assert family.hear("osc") == [{"one": 1}]
        end.send(b"3]\n\n4")
        assert family.hear("osc") == [[2, 3]]

    @pytest.mark.parametrize(("name", "module"), [("gate", "a.gate"), ("osc", "a.front")])
    def test_half_a_word_of_a_dead_child_is_not_the_beginning_of_the_next_ones(
        self, name: str, module: str, family: Family, nursery: Nursery
    ) -> None:
        word = {"gate": Frame(Kind.ALIVE).pack(), "osc": b'"whole"\n'}[name]
        family.start()
        nursery.ends[module].send(word[:3])
        assert family.hear(name) == []
        nursery.ends[module].close()
        assert family.hear(name) == []
        nursery.now += SECOND
        family.start()
        nursery.ends[module].send(word)
        assert family.hear(name) in ([Frame(Kind.ALIVE)], ["whole"])

    def test_what_is_sent_arrives_and_to_the_dead_nothing_is_sent(self, family: Family, nursery: Nursery) -> None:
        family["gate"].send(b"before the start")
        family["osc"].say("before the start")
        family.start()
        family["gate"].send(b"note")
        family["osc"].say({"bpm": 96.5})
        assert nursery.ends["a.gate"].recv(99) == b"note"
        assert nursery.ends["a.front"].recv(99) == b'{"bpm": 96.5}\n'
        nursery.ends["a.gate"].close()
        family.hear("gate")
        family["gate"].send(b"to nobody")

    def test_one_that_is_not_there_says_nothing(self, family: Family) -> None:
        assert "link" not in family
        assert "gate" in family
        for name in ("link", "gate"):
            assert family.hear(name) == ()
            assert not family.is_alive(name)

    def test_a_child_is_not_heard_for_longer_than_a_turn(self, family: Family, nursery: Nursery) -> None:
        family.start()
        nursery.ends["a.front"].send(b"1\n" * 2500)
        assert family.hear("osc") == [1] * 2048
        assert family.hear("osc") == [1] * 452


class TestEnding:
    def test_who_is_closed_has_not_died(self, family: Family, nursery: Nursery) -> None:
        died: list[str] = []
        family.died = died.append
        family.start()
        family.close("osc")
        assert nursery.ends["a.front"].recv(1) == b""
        assert (family.is_alive("gate"), family.is_alive("osc")) == (True, False)
        nursery.ends["a.gate"].close()
        family.hear("gate")
        family.close()
        assert died == []
        assert family.sockets == []

    def test_one_that_hangs_is_killed(self, family: Family, nursery: Nursery) -> None:
        family.start("gate")
        family.kill("gate")
        family.kill("osc")
        assert nursery.processes["a.gate"].killed


class TestWho:
    @pytest.mark.parametrize(
        ("config", "names"),
        [
            (Config(), ["gate", "midi", "osc"]),
            (Config(osc=False), ["gate", "midi"]),
            (Config(osc=False, sync="link"), ["gate", "midi", "link"]),
        ],
    )
    def test_the_children_are_those_that_are_asked_for(self, config: Config, names: list[str]) -> None:
        assert list(members_of(config)) == names

    def test_the_gate_opens_each_output_once_the_lines_first(self) -> None:
        config = Config(output="synth", bass_output="bass", chord_output="synth", feedback_output="knobs")
        assert outputs_of(config) == ["synth", "bass", "knobs"]
        assert members_of(config)["gate"].settings["outputs"] == ["synth", "bass", "knobs"]
        assert outputs_of(Config(chord_output="pad")) == [None, "pad"]

    def test_the_osc_front_is_told_what_the_settings_say(self) -> None:
        config = Config(osc_host="0.0.0.0", osc_port=9999, osc_timetags="ignore", osc_alias={"/1": "/polate/z/1"})
        assert members_of(config)["osc"].settings == {
            "host": "0.0.0.0",
            "port": 9999,
            "aliases": {"/1": "/polate/z/1"},
            "honour_timetags": False,
        }
