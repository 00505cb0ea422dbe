import itertools
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from typing import Any, cast

import pytest

from polate.gate.frames import Frame, FrameReader, Kind
from polate.osc.messages import Listening, Refused
from polate.player.children import children_of
from polate.player.config import Config
from polate.player.output import outputs_of
from polate.runtime import supervisor as module
from polate.runtime.child_process import Child
from polate.runtime.line_stream import LineReader, encode_line
from polate.runtime.protocol import HELLO, PROTOCOL
from polate.runtime.supervisor import Member, Supervisor

SECOND = 1_000_000_000


class FakeProcess:
    """One that ends when its parent hangs up."""

    def __init__(self) -> None:
        self.killed = False
        self.hangs = False  # until it is killed
        self.signals: list[int] = []

    def send_signal(self, number: int) -> None:
        self.signals.append(number)

    def wait(self, timeout: float | None = None) -> int:
        if self.hangs and not self.killed:
            raise subprocess.TimeoutExpired("a child", timeout or 0)
        return 0

    def kill(self) -> None:
        self.killed = True


class Nursery:
    """What starts children without processes, and the clock on the wall."""

    def __init__(self) -> None:
        self.now = 100 * SECOND
        self.hello = HELLO
        self.every_end: list[socket.socket] = []
        self.started: list[tuple[str, dict[str, Any]]] = []
        self.quiet: list[bool] = []  # of those that were started, whether nobody reads their tracebacks
        self.ends: dict[str, socket.socket] = {}  # the newest child's end of its socket, by module
        self.processes: dict[str, FakeProcess] = {}

    def start(self, name: str, settings: dict[str, Any], *, quiet: bool = False) -> Child:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        self.started.append((name, settings))
        self.quiet.append(quiet)
        theirs.send(self.hello)
        self.every_end.append(theirs)
        self.ends[name], self.processes[name] = theirs, FakeProcess()
        return Child(cast("subprocess.Popen[bytes]", self.processes[name]), ours)


@pytest.fixture
def nursery(monkeypatch: pytest.MonkeyPatch) -> Nursery:
    nursery = Nursery()
    monkeypatch.setattr(module, "clock", lambda: nursery.now)
    monkeypatch.setattr(Child, "start", nursery.start)
    return nursery


@pytest.fixture
def family(nursery: Nursery) -> Iterator[Supervisor]:
    """A gate and an OSC front, which are not started yet."""
    lines = partial(LineReader, Listening | Refused)
    family = Supervisor([Member("gate", "a.gate", {"api": "auto"}, FrameReader), Member("osc", "a.front", {}, lines)])
    yield family
    family.close()
    for end in nursery.every_end:
        end.close()


class TestStarting:
    def test_those_that_are_named_or_else_all_are_started_once(self, family: Supervisor, nursery: Nursery) -> None:
        family["gate"].start()
        assert (family["gate"].is_alive, family["osc"].is_alive) == (True, False)
        family.start()
        family.start()
        assert [name for name, _ in nursery.started] == ["a.gate", "a.front"]
        assert all(member.is_alive for member in family)

    def test_one_that_died_is_told_of_and_started_again_half_a_second_later(
        self, family: Supervisor, nursery: Nursery
    ) -> None:
        family.start()
        nursery.now += SECOND
        nursery.ends["a.gate"].close()
        assert family["gate"].take_end() is None
        assert family["gate"].hear() == ()
        assert family["gate"].take_end() == "the gate process ended: starting another"
        assert [member.take_end() for member in family] == [None, None]
        assert not family["gate"].is_alive
        family.start()
        nursery.ends["a.gate"].close()
        family["gate"].hear()
        nursery.now += SECOND // 2 - 1
        family.start()
        assert not family["gate"].is_alive
        nursery.now += 1
        family.start()
        assert family["gate"].is_alive
        assert [settings["restarted"] for name, settings in nursery.started if name == "a.gate"] == [False, True, True]

    def test_one_that_is_to_wait_is_left_until_its_time(self, family: Supervisor, nursery: Nursery) -> None:
        family["osc"].rest(10 * SECOND)
        family.start()
        assert not family["osc"].is_alive
        nursery.now += 10 * SECOND
        family.start()
        assert family["osc"].is_alive

    def test_the_end_of_one_that_is_to_wait_is_no_trouble(self, family: Supervisor, nursery: Nursery) -> None:
        family.start()
        family["osc"].rest(10 * SECOND)
        nursery.ends["a.front"].close()
        family["osc"].hear()
        assert family["osc"].take_end() == ""
        nursery.now += 10 * SECOND - 1
        family.start()
        assert not family["osc"].is_alive

    def test_one_that_ends_at_its_start_again_and_again_is_started_less_and_less_often(
        self, family: Supervisor, nursery: Nursery
    ) -> None:
        waited = []
        for _ in range(6):
            family.start()
            began = nursery.now
            nursery.ends["a.front"].close()
            family["osc"].hear()
            assert family["osc"].take_end() == "the osc process ended: starting another"
            while not family["osc"].is_alive:
                nursery.now += SECOND // 20
                family.start()
            waited.append((nursery.now - began) / SECOND)
        assert waited == [0.5, 1, 2, 4, 5, 5]
        assert nursery.quiet == [False, False, *[True] * 6]  # the gate, the first, and the others
        nursery.now += 3 * SECOND  # this one lives
        nursery.ends["a.front"].close()
        family["osc"].hear()
        family.start()
        assert family["osc"].is_alive
        assert not nursery.quiet[-1]

    def test_one_that_ends_before_its_hello_has_not_lived_however_long_it_took(
        self, family: Supervisor, nursery: Nursery
    ) -> None:
        nursery.hello = b""
        family.start()
        nursery.now += 4 * SECOND  # its imports took so long, and one of them failed
        nursery.ends["a.front"].close()
        family["osc"].hear()
        family.start()
        assert nursery.quiet == [False, False, True]

    def test_what_a_real_one_says_of_its_failure_is_shown_once(
        self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        now = itertools.count(0, 10 * SECOND)
        monkeypatch.setattr(module, "clock", lambda: next(now))  # each may be started at once
        member = Member("broken", "polate.no_such_module", {}, FrameReader)
        for _ in range(3):
            member.start()
            assert select.select([member.socket], [], [], 20)[0]
            member.hear()
        assert member.starts == 3
        assert capfd.readouterr().err.count("No module named polate.no_such_module") == 1

    def test_one_that_is_asked_to_end_again_and_again_is_started_at_once(
        self, family: Supervisor, nursery: Nursery
    ) -> None:
        for _ in range(6):
            family.start()
            assert family["osc"].is_alive
            family["osc"].rest(0)
            nursery.ends["a.front"].close()
            family["osc"].hear()


class TestTalking:
    def test_what_a_child_says_is_cut_into_whole_words(self, family: Supervisor, nursery: Nursery) -> None:
        family.start()
        end = nursery.ends["a.front"]
        assert family["osc"].hear() == ()
        line = encode_line(Listening("a", 2))
        end.send(line + line[:9])
        assert family["osc"].hear() == [Listening("a", 2)]
        end.send(line[9:] + b"\n" + line[:-1])
        assert family["osc"].hear() == [Listening("a", 2)]

    @pytest.mark.parametrize(("name", "module"), [("gate", "a.gate"), ("osc", "a.front")])
    def test_half_a_word_of_a_dead_child_is_not_the_beginning_of_the_next_ones(
        self, name: str, module: str, family: Supervisor, nursery: Nursery
    ) -> None:
        word = {"gate": Frame(Kind.ALIVE).pack(), "osc": encode_line(Refused("whole", 1))}[name]
        family.start()
        nursery.ends[module].send(word[:3])
        assert family[name].hear() == []
        nursery.ends[module].close()
        assert family[name].hear() == ()
        nursery.now += SECOND
        family.start()
        nursery.ends[module].send(word)
        assert family[name].hear() in ([Frame(Kind.ALIVE)], [Refused("whole", 1)])

    def test_what_is_sent_arrives_and_to_the_dead_nothing_is_sent(self, family: Supervisor, nursery: Nursery) -> None:
        family["gate"].send(b"before the start")
        family["osc"].send(b"before the start")
        family.start()
        family["gate"].send(b"note")
        family["osc"].send(b"state")
        assert nursery.ends["a.gate"].recv(99) == b"note"
        assert nursery.ends["a.front"].recv(99) == b"state"
        nursery.ends["a.gate"].close()
        family["gate"].hear()
        family["gate"].send(b"to nobody")

    def test_to_one_that_was_hung_up_on_nothing_is_sent(self, family: Supervisor, nursery: Nursery) -> None:
        family.start()
        assert family["osc"].hear() == ()
        family["osc"].hang_up()
        family["osc"].send(b"a note that ends last")
        assert nursery.ends["a.front"].recv(99) == b""

    def test_what_a_child_does_not_read_is_counted(self, family: Supervisor, nursery: Nursery) -> None:
        assert family["gate"].unsent == 0
        family.start()
        family["gate"].send(b"note")
        assert family["gate"].unsent == 0
        family["gate"].send(bytes(10_000_000))
        assert 0 < family["gate"].unsent < 10_000_000
        nursery.ends["a.gate"].close()
        family["gate"].hear()
        assert family["gate"].unsent == 0

    def test_one_that_is_not_there_says_nothing(self, family: Supervisor) -> None:
        assert "link" not in family
        assert "gate" in family
        assert family["gate"].hear() == ()
        assert not family["gate"].is_alive

    def test_a_child_is_not_heard_for_longer_than_a_turn(self, family: Supervisor, nursery: Nursery) -> None:
        family.start()
        line = encode_line(Refused("x", 1)).rjust(64)
        nursery.ends["a.front"].send(line * 100)
        assert len(family["osc"].hear()) == (4096 - len(HELLO)) // 64
        assert len(family["osc"].hear()) == 36 + 1


class TestVersions:
    @pytest.mark.parametrize(
        ("hello", "theirs"),
        [
            (b"polate protocol 999\n", "999"),
            (b"polate protocol x\n", "x"),
            (Frame(Kind.OPENED).pack(), "no version"),
            (b'{"listening": ["127.0.0.1", 9010]}\n', "no version"),
        ],
    )
    def test_a_child_of_another_version_is_ended_with_both_versions_named_and_not_read(
        self, hello: bytes, theirs: str, family: Supervisor, nursery: Nursery
    ) -> None:
        nursery.hello = hello
        family["gate"].start()
        nursery.ends["a.gate"].send(Frame(Kind.ON, 1, 0, 60).pack())
        assert family["gate"].hear() == ()
        assert not family["gate"].is_alive
        assert family["gate"].take_end() == (
            f"the gate process was stopped: the protocol version must be {PROTOCOL}, got {theirs}: "
            "two versions of Polate are mixed, so restart Polate"
        )

    def test_it_is_not_started_again_at_once(self, family: Supervisor, nursery: Nursery) -> None:
        nursery.hello = b"polate protocol 999\n"
        family["gate"].start()
        family["gate"].hear()
        assert family["gate"].take_end()
        for _ in range(9):
            nursery.now += SECOND
            family.start()
        assert [name for name, _ in nursery.started] == ["a.gate", "a.front"]
        nursery.now += SECOND
        nursery.hello = HELLO
        family.start()
        assert [name for name, _ in nursery.started] == ["a.gate", "a.front", "a.gate"]
        assert family["gate"].hear() == ()
        assert family["gate"].take_end() is None

    def test_a_hello_may_come_in_pieces(self, family: Supervisor, nursery: Nursery) -> None:
        nursery.hello = HELLO[:1]
        family["gate"].start()
        stream = HELLO[1:] + Frame(Kind.ALIVE).pack()
        for byte in stream[:-1]:
            nursery.ends["a.gate"].send(bytes([byte]))
            assert not family["gate"].hear()
        nursery.ends["a.gate"].send(stream[-1:])
        assert family["gate"].hear() == [Frame(Kind.ALIVE)]

    @pytest.mark.parametrize(
        ("name", "module", "nonsense"), [("gate", "a.gate", b"\xff" * 32), ("osc", "a.front", b'{"type":"unheard"}\n')]
    )
    def test_a_child_that_sends_what_is_no_message_is_ended(
        self, name: str, module: str, nonsense: bytes, family: Supervisor, nursery: Nursery
    ) -> None:
        family.start()
        nursery.ends[module].send(nonsense)
        assert family[name].hear() == ()
        end = family[name].take_end()
        assert end is not None
        assert end.startswith(f"the {name} process was stopped: ")


class TestEnding:
    def test_who_is_closed_has_not_died(self, family: Supervisor, nursery: Nursery) -> None:
        family.start()
        assert family["osc"].hear() == ()
        family["osc"].close()
        assert nursery.ends["a.front"].recv(1) == b""
        assert (family["gate"].is_alive, family["osc"].is_alive) == (True, False)
        assert family["osc"].hear() == ()
        family.close()
        assert [member.take_end() for member in family] == [None, None]
        assert not any(member.is_alive for member in family)

    def test_one_that_hangs_is_killed(self, family: Supervisor, nursery: Nursery) -> None:
        family["gate"].start()
        family["gate"].kill()
        family["osc"].kill()
        assert nursery.processes["a.gate"].killed

    @pytest.mark.parametrize("lingers", [False, True])
    def test_one_that_does_not_end_in_time_is_killed_or_if_it_lingers_left(
        self, nursery: Nursery, lingers: bool
    ) -> None:
        member = Member("patchbay", "a.patchbay", {}, FrameReader, lingers=lingers)
        member.start()
        process = nursery.processes["a.patchbay"]
        process.hangs = True
        member.close(0)
        assert process.killed is not lingers
        assert not member.is_alive
        nursery.ends["a.patchbay"].close()


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGCONT")
class TestStopped:
    def test_one_that_somebody_has_stopped_is_continued(self, family: Supervisor, nursery: Nursery) -> None:
        family["gate"].resume()
        family.start()
        family["gate"].resume()
        assert nursery.processes["a.gate"].signals == [signal.SIGCONT]
        assert nursery.processes["a.front"].signals == []

    def test_one_that_is_stopped_at_the_end_is_continued_so_that_it_can_end(
        self, family: Supervisor, nursery: Nursery
    ) -> None:
        family["gate"].start()
        family.close()
        assert nursery.processes["a.gate"].signals == [signal.SIGCONT]


class TestWho:
    @pytest.mark.parametrize(
        ("config", "names"),
        [
            (Config(), ["gate", "midi", "ports", "osc", "link", "web", "locate", "listen", "patchbay"]),
            (Config(osc=False, web=False, listen="rest"), ["gate", "midi", "listen", "patchbay"]),
            (Config(osc=False, web=False, cc={20: "listen"}), ["gate", "midi", "listen", "patchbay"]),
            (Config(osc=False, web=False), ["gate", "midi", "patchbay"]),
            (Config(osc=False, web=False, output="synth"), ["gate", "midi", "ports", "patchbay"]),
            (Config(osc=False, web=False, input="keys"), ["gate", "midi", "ports", "patchbay"]),
            (Config(osc=False, sync="link", web=False), ["gate", "midi", "link", "patchbay"]),
        ],
    )
    def test_the_children_are_those_that_are_asked_for(self, config: Config, names: list[str]) -> None:
        if sys.platform != "linux":
            names = names[:-1]
        assert [member.name for member in children_of(config)] == names

    def test_the_gate_opens_each_output_once_the_lines_first(self) -> None:
        config = Config(output="synth", bass_output="bass", chord_output="synth", feedback_output="knobs")
        assert outputs_of(config) == ["synth", "bass", "knobs"]
        assert children_of(config)["gate"].settings["outputs"] == ["synth", "bass", "knobs"]
        assert outputs_of(Config(chord_output="pad")) == [None, "pad"]

    def test_the_osc_front_is_told_what_the_settings_say(self) -> None:
        config = Config(
            osc_allow=["10.0.0.0/8"],
            osc_host="0.0.0.0",
            osc_port=9999,
            osc_timetags="ignore",
            osc_alias={"/1": "/polate/z/1"},
        )
        assert children_of(config)["osc"].settings == {
            "host": "0.0.0.0",
            "port": 9999,
            "aliases": {"/1": "/polate/z/1"},
            "honour_timetags": False,
            "clamp_positions": True,
            "allowed": ["10.0.0.0/8"],
        }
