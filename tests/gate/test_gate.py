import random
import socket
import statistics
import threading
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig import wait_until

from polate.errors import PortError
from polate.gate.frames import MONO, Frame, FrameReader, Kind
from polate.gate.gate import Gate, Outgoing
from polate.gate.process import GateProcess, Port, next_spin_ns
from polate.runtime.clock import clock

US, MS = 1_000, 1_000_000


def note(step: int, due_ms: float, off_ms: float, pitch: int = 60, channel: int = 0, voice: int = 1 | MONO) -> Frame:
    return Frame(Kind.NOTE, step, channel, pitch, 100, round(due_ms * MS), round(off_ms * MS), 0, voice)


def said(messages: list[Outgoing]) -> list[str]:
    return [f"{m.report.kind.name.lower() if m.report else 'sent'} {m.data[1]}" for m in messages]


class TestGate:
    def test_a_note_begins_when_due_and_ends_when_off(self) -> None:
        gate = Gate()
        gate.take(note(1, 10, 20))
        assert gate.deadline_ns == 10 * MS
        assert said(gate.advance(10 * MS - 1)) == []
        assert said(gate.advance(10 * MS)) == ["on 60"]
        assert gate.deadline_ns == 20 * MS
        assert said(gate.advance(20 * MS)) == ["off 60"]
        assert gate.deadline_ns is None

    def test_it_says_whether_only_ends_are_due_next(self) -> None:
        gate = Gate()
        assert not gate.only_ends
        gate.take(note(1, 0, 10, 60))
        assert not gate.only_ends
        gate.advance(0)
        assert gate.only_ends
        gate.take(note(2, 12, 20, 64))
        assert gate.only_ends
        gate.take(note(3, 10.5, 20, 67))  # so soon after the end that the gate must be awake
        assert not gate.only_ends

    def test_at_one_instant_note_offs_go_first(self) -> None:
        gate = Gate()
        gate.take(note(1, 0, 10, 60))
        gate.take(note(2, 10, 20, 64))
        gate.advance(0)
        assert said(gate.advance(10 * MS)) == ["off 60", "on 64"]

    def test_a_note_struck_while_it_sounds_is_ended_first_and_once(self) -> None:
        gate = Gate()
        gate.take(note(1, 0, 30))
        gate.take(note(2, 10, 20))
        gate.advance(0)
        assert said(gate.advance(10 * MS)) == ["off 60", "on 60"]
        assert said(gate.advance(40 * MS)) == ["off 60"]
        assert gate.sounding == []

    def test_a_note_longer_than_its_step_gives_way_to_the_next(self) -> None:
        gate = Gate()
        gate.take(note(1, 0, 9_000, 60))  # given before the tempo rose
        gate.take(note(2, 100, 200, 64))
        gate.advance(0)
        assert said(gate.advance(100 * MS)) == ["off 60", "on 64"]
        assert said(gate.advance(9_000 * MS)) == ["off 64"]

    def test_the_same_pitch_on_two_channels_is_two_notes(self) -> None:
        gate = Gate()
        gate.take(note(1, 0, 10, channel=0))
        gate.take(note(1, 0, 20, channel=1))
        gate.advance(0)
        assert sorted(gate.sounding) == [(0, 0, 60), (0, 1, 60)]
        gate.advance(10 * MS)
        assert gate.sounding == [(0, 1, 60)]

    def test_a_recalled_step_does_not_sound_and_its_replacement_does(self) -> None:
        gate = Gate()
        gate.take(note(7, 10, 20, 60))
        gate.take(Frame(Kind.RECALL, 7))
        gate.take(note(7, 10, 20, 64))
        assert said(gate.advance(10 * MS)) == ["on 64"]

    def test_a_recall_that_comes_too_late_leaves_one_note_not_two(self) -> None:
        gate = Gate()
        gate.take(note(7, 10, 20, 60))
        gate.advance(10 * MS)
        gate.take(Frame(Kind.RECALL, 7))
        gate.take(note(7, 10, 20, 64))
        assert said(gate.advance(11 * MS)) == []
        assert gate.failed == []  # nothing was missed: the old one was played
        assert said(gate.advance(20 * MS)) == ["off 60"]

    def test_a_recall_keeps_the_steps_before_it(self) -> None:
        gate = Gate()
        gate.take(note(1, 10, 20, 60))
        gate.take(note(2, 20, 30, 62))
        gate.take(Frame(Kind.RECALL, 2))
        assert said(gate.advance(10 * MS)) == ["on 60"]
        assert said(gate.advance(30 * MS)) == ["off 60"]

    def test_a_note_whose_end_has_passed_is_missed_not_flashed(self) -> None:
        gate = Gate()
        gate.take(note(1, 10, 20))
        assert gate.advance(25 * MS) == []
        assert [(frame.kind, frame.step) for frame in gate.failed] == [(Kind.MISSED, 1)]

    def test_the_notes_of_one_step_all_sound(self) -> None:
        gate = Gate()
        for pitch in (60, 64, 67):
            gate.take(note(1, 10, 20, pitch))
        assert said(gate.advance(10 * MS)) == ["on 60", "on 64", "on 67"]

    def test_release_ends_everything_and_forgets_the_rest(self) -> None:
        gate = Gate()
        gate.take(note(1, 0, 100, 60))
        gate.take(note(2, 50, 100, 64))
        gate.advance(0)
        assert said(gate.release(10 * MS)) == ["off 60"]
        assert gate.advance(200 * MS) == []

    @given(
        st.lists(
            st.tuples(st.integers(0, 50), st.integers(1, 40), st.integers(60, 63), st.integers(0, 1)), max_size=40
        ),
        st.lists(st.integers(0, 100), max_size=30),
        st.booleans(),
    )
    def test_every_note_on_gets_its_note_off_and_nothing_is_early(
        self, notes: list[tuple[int, int, int, int]], wakes: list[int], recall: bool
    ) -> None:
        gate = Gate()
        sounding: dict[tuple[int, int], bool] = {}
        now = 0

        def hear(messages: list[Outgoing]) -> None:
            for message in messages:
                status, pitch, _ = message.data
                key = (status & 0x0F, pitch)
                assert message.report is not None
                assert message.report.due_ns <= now * MS
                if message.report.kind is Kind.ON:
                    assert not sounding.get(key)
                    sounding[key] = True
                else:
                    assert sounding.get(key)
                    sounding[key] = False

        for step, (due, length, pitch, channel) in enumerate(sorted(notes), 1):
            gate.take(note(step, due, due + length, pitch, channel))
        for wake in sorted(wakes):
            now = wake
            hear(gate.advance(now * MS))
        if recall:
            gate.take(Frame(Kind.RECALL, 0))
        now = 200
        hear(gate.advance(now * MS))
        assert not any(sounding.values())
        assert gate.sounding == []

    def test_a_step_that_sounded_a_while_ago_is_not_played_again(self) -> None:
        gate = Gate()
        gate.take(note(7, 0, 10))
        gate.advance(0)
        gate.advance(10 * MS)
        gate.advance(20 * MS)
        gate.take(note(7, 30, 40))
        assert gate.failed == []  # nothing was missed: the old one was played
        assert said(gate.advance(30 * MS)) == []


class TestTies:
    def tie(self, due_ms: float, off_ms: float, pitch: int = 60) -> Frame:
        return Frame(Kind.TIE, 2, 0, pitch, 0, round(due_ms * MS), round(off_ms * MS))

    def test_a_note_that_sounds_gets_another_end(self) -> None:
        for off_ms in (50, 12):
            gate = Gate()
            gate.take(note(1, 0, 20))
            gate.take(self.tie(10, off_ms))
            gate.advance(10 * MS)
            assert said(gate.advance(off_ms * MS - 1)) == []
            assert said(gate.advance(off_ms * MS)) == ["off 60"]
            assert said(gate.advance(99 * MS)) == []

    def test_one_that_ends_at_once_ends_the_note(self) -> None:
        gate = Gate()
        gate.take(note(1, 0, 20))
        gate.take(self.tie(10, 10))
        gate.advance(0)
        (ended,) = gate.advance(10 * MS)
        assert (ended.data, ended.report and ended.report.due_ns) == ((0x80, 60, 0), 10 * MS)
        assert gate.sounding == []

    def test_what_does_not_sound_is_not_begun(self) -> None:
        gate = Gate()
        gate.take(self.tie(10, 50))
        assert said(gate.advance(99 * MS)) == []


class TestOtherMessages:
    @pytest.mark.parametrize(
        "message",
        [
            (0x90, 60, 1), (0xB0, 7, 100), (0xE0, 0, 64), (0xC0, 5), (0xD0, 99),
            (0xF1, 3), (0xF2, 0, 1), (0xF3, 4), (0xF6,), (0xF8,), (0xFA,), (0xFC,),
        ],
    )  # fmt: skip
    def test_a_message_goes_out_as_it_is_when_it_is_due(self, message: tuple[int, ...]) -> None:
        status, first, second = (*message, 0, 0)[:3]
        gate = Gate()
        gate.take(Frame(Kind.SEND, 0, status, first, second, 10 * MS, port=1))
        assert gate.advance(10 * MS - 1) == []
        assert gate.advance(10 * MS) == [Outgoing(1, message, 10 * MS)]

    def test_a_release_and_a_recall_of_notes_leave_the_clock_alone(self) -> None:
        gate = Gate()
        gate.take(Frame(Kind.SEND, 0, 0xF8, 0, 0, 10 * MS))
        gate.take(note(3, 10, 20))
        gate.take(Frame(Kind.RECALL, 1))
        gate.take(Frame(Kind.RELEASE, due_ns=5 * MS))
        assert gate.advance(10 * MS) == [Outgoing(0, (0xF8,), 10 * MS)]


class TestSpin:
    """How long before a deadline the gate wakes."""

    @pytest.mark.parametrize(
        ("wake_error", "percentile_95"),
        [
            (lambda dice: dice.uniform(0, 400 * US), 380 * US),
            (lambda dice: dice.uniform(100 * US, 900 * US), 860 * US),
            (lambda dice: dice.expovariate(1 / (150 * US)), 449 * US),
        ],
        ids=["even", "even and large", "exponential"],
    )
    def test_it_rests_near_the_95th_percentile_of_the_wake_up_errors(
        self, wake_error: Callable[[random.Random], float], percentile_95: float
    ) -> None:
        dice, spin_ns, rests = random.Random(1), 200 * US, []
        for _ in range(5000):
            spin_ns = next_spin_ns(spin_ns, round(wake_error(dice)))
            rests.append(spin_ns)
        assert statistics.mean(rests[1000:]) == pytest.approx(percentile_95, rel=0.05)

    @pytest.mark.parametrize(("late_ns", "bound_ns"), [(0, 200 * US), (50 * MS, 1 * MS)])
    def test_errors_beyond_its_bounds_lead_to_the_bound(self, late_ns: int, bound_ns: int) -> None:
        spin_ns = 600 * US
        for _ in range(200):
            spin_ns = next_spin_ns(spin_ns, late_ns)
        assert spin_ns == bound_ns

    @given(st.integers(200 * US, 1 * MS), st.integers(0, 10_000 * MS))
    def test_from_anywhere_within_its_bounds_it_stays_there(self, spin_ns: int, late_ns: int) -> None:
        assert 200 * US <= next_spin_ns(spin_ns, late_ns) <= 1 * MS


class FakePort:
    """Writes down what it is sent, and when."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, ...]] = []
        self.sent_ns: list[int] = []
        self.is_alive = True
        self.closed = self.abandoned = False
        self.is_reachable = True

    def send(self, data: tuple[int, ...]) -> None:
        self.sent_ns.append(clock())
        self.sent.append(data)

    def alive(self) -> bool:
        return self.is_alive

    def reachable(self) -> bool:
        return self.is_reachable

    def abandon(self) -> None:
        self.abandoned = True

    def close(self) -> None:
        self.closed = True


class TestProcess:
    """The gate's loop in a thread, on a real socket and the real clock."""

    @pytest.fixture
    def player(self) -> socket.socket:
        ours, self.theirs = socket.socketpair()
        return ours

    def run(self, port: Port | None, *, restarted: bool = False) -> tuple[GateProcess, threading.Thread]:
        def open_port() -> Port:
            if port is None:
                raise PortError("none")
            return port

        process = GateProcess(self.theirs, [open_port], restarted=restarted)
        thread = threading.Thread(target=process.loop, daemon=True)
        thread.start()
        return process, thread

    def test_nothing_is_early(self, player: socket.socket) -> None:
        port, dues = FakePort(), []
        _, thread = self.run(port)
        for step in range(50):
            due = clock() + (1 + step % 7) * MS
            player.sendall(Frame(Kind.NOTE, step + 1, 0, step, 100, due, due + 60_000 * MS).pack())
            dues.append(due)
            wait_until(lambda: len(port.sent) == len(dues), 20, "the note")
        player.close()
        thread.join(5)
        assert port.sent[:50] == [(0x90, step, 100) for step in range(50)]
        assert all(at >= due for at, due in zip(port.sent_ns, dues, strict=False))

    def test_a_recall_that_comes_while_the_gate_spins_is_in_time(
        self, player: socket.socket, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for bound in ("_LEAST_SPIN_NS", "_MOST_SPIN_NS"):
            monkeypatch.setattr(f"polate.gate.process.{bound}", 100 * MS)
        port = FakePort()
        _, thread = self.run(port)
        due = clock() + 110 * MS
        player.sendall(Frame(Kind.NOTE, 1, 0, 60, 100, due, due + 60_000 * MS).pack())
        while clock() < due - 50 * MS:
            time.sleep(0.001)
        recalled = Frame(Kind.RECALL, 1), Frame(Kind.NOTE, 1, 0, 64, 100, due, due + 60_000 * MS)
        player.sendall(b"".join(frame.pack() for frame in recalled))
        wait_until(lambda: port.sent, 5, "the note")
        assert port.sent[0] == (0x90, 64, 100)
        assert port.sent_ns[0] >= due
        player.close()
        thread.join(5)

    def test_a_sign_of_life_has_the_time_at_which_it_was_sent(self, player: socket.socket) -> None:
        began = clock()
        _, thread = self.run(FakePort())
        reader, frames = FrameReader(), list[Frame]()
        while Kind.ALIVE not in [frame.kind for frame in frames]:
            frames += reader.feed(player.recv(4096))
        assert began <= frames[-1].off_ns <= clock()
        player.close()
        thread.join(5)

    def test_hanging_up_releases_what_sounds_and_closes_the_port(self, player: socket.socket) -> None:
        port = FakePort()
        _, thread = self.run(port)
        now = clock()
        player.sendall(Frame(Kind.NOTE, 1, 0, 60, 100, now, now + 60_000 * MS).pack())
        while not port.sent:
            time.sleep(0.001)
        player.close()
        thread.join(5)
        again = [(0x80, 60, 0), (0xB0, 123, 0), (0xB0, 123, 0)]
        assert port.sent == [(0x90, 60, 100), (0x80, 60, 0), *again]
        assert port.sent_ns[2] - port.sent_ns[1] >= 20 * MS
        assert port.closed

    def test_a_player_that_falls_silent_has_its_notes_released(self, player: socket.socket) -> None:
        port = FakePort()
        _, thread = self.run(port)
        now = clock()
        player.sendall(Frame(Kind.NOTE, 1, 0, 60, 100, now, now + 60_000 * MS).pack())
        while len(port.sent) < 2:
            time.sleep(0.01)
            assert clock() - now < 5000 * MS
        assert clock() - now > 290 * MS
        assert port.sent[1] == (0x80, 60, 0)
        player.close()
        thread.join(5)

    def test_panic_silences_every_channel(self, player: socket.socket) -> None:
        port = FakePort()
        _, thread = self.run(port)
        player.sendall(Frame(Kind.PANIC).pack())
        player.sendall(Frame(Kind.QUIT).pack())
        thread.join(5)
        assert {(0xB0 | channel, mode, 0) for channel in range(16) for mode in (120, 123)} <= set(port.sent)
        player.close()

    @pytest.mark.parametrize(("restarted", "alive", "silenced"), [(False, True, 0), (True, True, 32), (True, False, 0)])
    def test_after_another_gates_death_what_it_left_is_silenced_unless_the_port_is_dead_too(
        self, player: socket.socket, restarted: bool, alive: bool, silenced: int
    ) -> None:
        port = FakePort()
        port.is_alive = alive
        _, thread = self.run(port, restarted=restarted)
        player.sendall(Frame(Kind.QUIT).pack())
        thread.join(5)
        assert len(port.sent) == silenced
        assert port.closed
        player.close()

    def test_without_a_port_the_notes_are_still_reported(self, player: socket.socket) -> None:
        _, thread = self.run(None)
        now = clock()
        player.sendall(Frame(Kind.NOTE, 1, 0, 60, 100, now, now + 500 * MS).pack())
        reader, frames = FrameReader(), []
        player.settimeout(5)
        while [frame.kind for frame in frames if frame.kind is not Kind.ALIVE] != [Kind.LOST, Kind.ON, Kind.OFF]:
            frames += reader.feed(player.recv(4096))
            assert len(frames) <= 10
        player.close()
        thread.join(5)

    def test_a_lost_port_is_reported_and_looked_for(self, player: socket.socket) -> None:
        port = FakePort()
        _, thread = self.run(port)
        port.is_alive = False
        reader, kinds = FrameReader(), []
        player.settimeout(5)
        while Kind.LOST not in kinds:
            kinds += [frame.kind for frame in reader.feed(player.recv(4096))]
            player.sendall(Frame(Kind.ALIVE).pack())
        port.is_alive = True
        while kinds.count(Kind.OPENED) < 2:
            player.sendall(Frame(Kind.ALIVE).pack())
            kinds += [frame.kind for frame in reader.feed(player.recv(4096))]
        assert port.abandoned
        assert (0xB0, 123, 0) in port.sent  # what sounded when it went
        player.close()
        thread.join(5)

    def test_a_change_of_the_ports_has_the_outputs_checked_at_once(
        self, player: socket.socket, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("polate.gate.process.CHECK_NS", 100_000 * MS)  # else it looks once a second
        port = FakePort()
        _, thread = self.run(port)
        reader, kinds = FrameReader(), []
        player.settimeout(5)
        while Kind.OPENED not in kinds:
            kinds += [frame.kind for frame in reader.feed(player.recv(4096))]
        port.is_alive = False
        player.sendall(Frame(Kind.LOOK).pack())
        began = clock()
        while Kind.LOST not in kinds:
            player.sendall(Frame(Kind.ALIVE).pack())
            kinds += [frame.kind for frame in reader.feed(player.recv(4096))]
            assert clock() - began < 20_000 * MS
        player.close()
        thread.join(5)


class TestFailures:
    """The gate's loop with ports and parts that fail."""

    @pytest.fixture
    def player(self) -> socket.socket:
        ours, self.theirs = socket.socketpair()
        return ours

    def run(self, port: Port) -> tuple[GateProcess, threading.Thread]:
        process = GateProcess(self.theirs, [lambda: port])
        thread = threading.Thread(target=process.loop, daemon=True)
        thread.start()
        return process, thread

    def play(self, player: socket.socket, port: FakePort, note: int) -> None:
        """A note of a minute; wait for its beginning."""
        now = clock()
        player.sendall(Frame(Kind.NOTE, 0, 0, note, 100, now, now + 60_000 * MS).pack())
        wait_until(lambda: (0x90, note, 100) in port.sent, 20, "the note")

    def test_a_port_that_was_renamed_gets_the_ends_of_its_notes(self, player: socket.socket) -> None:
        port = FakePort()
        _, thread = self.run(port)
        self.play(player, port, 60)
        port.is_alive = False  # its name is gone, but what is sent arrives

        def lost() -> bool:
            player.sendall(Frame(Kind.ALIVE).pack())
            return port.abandoned

        wait_until(lost, 20, "the port to be given up")
        assert port.sent[-1] == (0x80, 60, 0)
        player.close()
        thread.join(5)

    def test_a_dead_server_gets_no_last_words(self, player: socket.socket) -> None:
        port = FakePort()
        _, thread = self.run(port)
        self.play(player, port, 60)
        port.is_alive = port.is_reachable = False

        def lost() -> bool:
            player.sendall(Frame(Kind.ALIVE).pack())
            return port.abandoned

        wait_until(lost, 20, "the port to be given up")
        assert port.sent == [(0x90, 60, 100)]
        player.close()
        thread.join(5)

    def test_an_error_inside_releases_the_notes_and_the_gate_plays_on(
        self, player: socket.socket, capsys: pytest.CaptureFixture[str]
    ) -> None:
        port = FakePort()
        process, thread = self.run(port)
        self.play(player, port, 60)
        process._gate._ends.insert(0, None)  # type: ignore[arg-type]
        player.sendall(Frame(Kind.ALIVE).pack())
        wait_until(lambda: (0x80, 60, 0) in port.sent, 5, "the end of the note")
        self.play(player, port, 62)
        player.close()
        thread.join(5)
        assert port.sent.count((0x80, 62, 0)) >= 1
        assert "the gate failed, and released its notes: TypeError" in capsys.readouterr().err

    def test_what_sounds_again_20_ms_after_a_release_is_left_alone(self, player: socket.socket) -> None:
        port = FakePort()
        _, thread = self.run(port)
        self.play(player, port, 60)
        self.play(player, port, 64)
        now = clock()
        again = Frame(Kind.NOTE, 0, 0, 60, 90, now, now + 60_000 * MS)
        player.sendall(Frame(Kind.RELEASE, due_ns=now).pack() + again.pack())
        wait_until(lambda: port.sent.count((0x80, 64, 0)) == 2, 5, "the second end")
        assert port.sent.count((0x80, 60, 0)) == 1
        assert (0xB0, 123, 0) not in port.sent
        player.close()
        thread.join(5)


def test_frames_survive_being_cut_anywhere() -> None:
    frames = [note(step, step, step + 5, 60 + step) for step in range(5)]
    data = b"".join(frame.pack() for frame in frames)
    for cut in range(len(data)):
        reader = FrameReader()
        assert reader.feed(data[:cut]) + reader.feed(data[cut:]) == frames
