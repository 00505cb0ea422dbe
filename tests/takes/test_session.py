"""A session on a virtual clock, with a gate that is late, loses reports and dies; and its replay."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polate import ControlError, Pattern, PolateError
from polate.control.commands import (
    Control,
    GoTo,
    KeyDown,
    KeyUp,
    Morph,
    MovePad,
    Panic,
    RecallSnapshot,
    Seek,
    Set,
    SetAxis,
    SetMotion,
    SetPlaying,
    StoreSnapshot,
    Sync,
)
from polate.control.settings import PlaySettings
from polate.gate.frames import Frame, Kind
from polate.gate.gate import Gate, Outgoing
from polate.model.contract import Axis, Landmark
from polate.sequencer.engine import LOOKAHEAD_NS
from polate.takes.journal import End, Facts, Line, Start, Turn, encode, read
from polate.takes.replay import Replayed, replay
from polate.takes.session import Session
from polate.takes.smf import Tracks, midi_file
from polate.takes.timeline import Event

MS = 1_000_000
SECOND = 1000 * MS
PATTERNS = [Pattern.parse(text) for text in ("tritone 0 1 2", "tritone 0 1 3", "ditone 0 -1 2", "sesquitone 0 1")]
AXES = [Axis("which", "first", "last", (0.0, 3.0)), Axis("idle", "a", "b", (-2.0, 2.0))]
LANDMARKS = [Landmark("home", "tritone 0 1 3", (1.0, 0.0)), Landmark("far", "sesquitone 0 1", (3.0, 1.0))]


def decode(z: Sequence[float]) -> Pattern:
    """A map of four patterns along the first axis."""
    return PATTERNS[min(3, max(0, round(z[0])))]


def beginning(playing: PlaySettings | None = None, *, following: bool = False) -> Start:
    return Start(
        polate="test",
        model="test",
        sha256="0",
        settings=Start.plain(playing or PlaySettings()),
        following=following,
        ports={"2": 1},
        lookahead_ns=LOOKAHEAD_NS,
    )


class Live:
    """A session and a real gate's behaviour: frames and reports are under way for a while, and the gate oversleeps."""

    def __init__(self, start: Start, dice: random.Random, most_late_ms: float = 0.0) -> None:
        self.lines: list[Line] = []
        self.session = Session(start, decode, AXES, LANDMARKS)
        self.session.write_journal(self.lines.append)
        self.now = 1_000 * SECOND
        self.refused = 0
        self.settled: list[Event] = []
        self._dice, self._most_late_ms = dice, most_late_ms
        self._gate: Gate | None = Gate()
        self._to_gate: list[tuple[int, Frame]] = []  # (when it is there, frame)
        self._to_player: list[tuple[int, Frame]] = []

    def late(self) -> int:
        return round(self._dice.random() ** 4 * self._most_late_ms * MS)

    def do(self, control: Control) -> None:
        try:
            self.session.apply(control, self.now)
        except PolateError:
            self.refused += 1

    def kill_gate(self) -> None:
        """It is gone with all that is under way; the player finds out."""
        self._gate, self._to_gate, self._to_player = None, [], []
        self.session.release(self.now)

    def start_gate(self) -> None:
        self._gate = Gate()

    def play(self, ms: float) -> None:
        end = self.now + round(ms * MS)
        while self.now < end:
            self.turn()
            self.now += 500_000 + self.late()

    def turn(self) -> None:
        due = [entry for entry in self._to_player if entry[0] <= self.now]
        self._to_player = self._to_player[len(due) :]
        for _, report in due:
            self.session.report(report)
        arrives = max([self.now + self.late(), *(at for at, _ in self._to_gate[-1:])])
        frames = self.session.advance(self.now + 20_000)
        if self._gate is None:
            return
        self._to_gate += [(arrives, frame) for frame in frames]
        self._run_gate(self._gate)

    def _run_gate(self, gate: Gate) -> None:
        while self._to_gate and self._to_gate[0][0] <= self.now:
            _, frame = self._to_gate.pop(0)
            self._say(gate.take(frame))
        self._say(gate.advance(self.now))

    def _say(self, messages: list[Outgoing]) -> None:
        if not messages:
            return
        at = max([self.now + self.late(), *(at for at, _ in self._to_player[-1:])])
        self._to_player += [(at, message.report) for message in messages if message.report]

    def save(self) -> None:
        self.session.check(self.now)
        self.settled += self.session.tape.settle()
        self.session.tape.rest()

    def close(self) -> bytes:
        """The take."""
        self.do(SetPlaying(False))
        for _ in range(100):
            self.turn()
            self.now += 2 * MS
        self.session.end(self.now)
        self.settled += self.session.tape.settle()
        tracks = Tracks()
        parts = tracks.add(self.settled)
        ends = tracks.end(self.session.tape.rest())
        return midi_file({track: parts.get(track, b"") + end for track, end in ends.items()})


def again(lines: list[Line], folder: Path) -> Replayed:
    """Through a file."""
    path = folder / "take.jsonl"
    path.write_bytes(b"".join(map(encode, lines)))
    start, later = read(path)
    return replay(start, later, decode, AXES, LANDMARKS)


controls = st.one_of(
    st.builds(SetAxis, st.integers(0, 2), st.floats(-0.1, 1.1)),
    st.builds(Morph, st.floats(0, 1)),
    st.builds(MovePad, st.floats(0, 1), st.floats(0, 1)),
    st.builds(GoTo, st.sampled_from(["home", "far", "random", "nowhere", "one"])),
    st.sampled_from(
        [
            Set("bpm", 333.25),
            Set("bpm", 97.1),
            Set("rate", "1/32"),
            Set("rate", "1/8t"),
            Set("bass", 2),
            Set("chord", 3),
            Set("chord-octave", 1),
            Set("gate", 180),
            Set("gate", 30),
            Set("ratchets", 3),
            Set("rhythm", "x..x."),
            Set("order", "random"),
            Set("probability", 60),
            Set("nudge", -12.5),
            Set("swing", 66),
            Set("bar", 3),
            Set("change", "bar"),
            Set("keys", "through"),
            Set("keys", "scale"),
            Set("hold", True),
            Set("hold", False),
            Set("sequence", "one two"),
            Set("sequence-bars", 1),
            SetMotion(0, "kind", "walk"),
            SetMotion(0, "bars", 0.5),
            StoreSnapshot("one"),
            StoreSnapshot("two"),
            RecallSnapshot("one"),
            RecallSnapshot("none"),
            KeyDown(60, 90),
            KeyDown(67, 90),
            KeyUp(60),
            KeyUp(67),
            Panic(),
            SetPlaying(False),
            SetPlaying(True),
            Seek(17.5),
        ]
    ),
)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(st.floats(0, 400), st.one_of(controls, st.sampled_from(["save", "kill", "start"]))), max_size=25
    ),
    st.sampled_from([0.0, 1.0, 20.0]),
    st.integers(0, 1000),
)
def test_a_replay_is_the_take_byte_for_byte_whatever_was_done_and_however_late_the_gate_was(
    tmp_path_factory: pytest.TempPathFactory, doing: list[tuple[float, Control | str]], late_ms: float, seed: int
) -> None:
    live = Live(beginning(), random.Random(seed), late_ms)
    live.do(SetPlaying(True))
    for ms, what in doing:
        live.play(ms)
        match what:
            case "save":
                live.save()
            case "kill":
                live.kill_gate()
            case "start":
                live.start_gate()
            case _:
                live.do(what)  # type: ignore[arg-type]
    live.play(300)
    take = live.close()
    replayed = again(live.lines, tmp_path_factory.mktemp("replay"))
    assert replayed == Replayed(take, True, 0)


def test_a_gate_in_time_needs_no_facts(tmp_path: Path) -> None:
    live = Live(beginning(PlaySettings(bass=2, chord=3)), random.Random(1), 1.0)
    live.do(SetPlaying(True))
    for place in range(20):
        live.play(130)
        live.do(SetAxis(0, place % 4 / 3))
        live.save()
    take = live.close()
    assert not [line for line in live.lines if isinstance(line, Facts)]
    assert again(live.lines, tmp_path).midi == take
    assert take.count(b"\xff\x06") > 5  # markers


def test_what_a_dead_gate_did_not_play_is_not_in_the_replay(tmp_path: Path) -> None:
    live = Live(beginning(), random.Random(1))
    live.do(SetPlaying(True))
    live.play(1050)
    live.kill_gate()
    live.play(2000)
    live.start_gate()
    live.play(1000)
    take = live.close()
    facts = [count for line in live.lines if isinstance(line, Facts) for count, _ in line.gate]
    assert -1 in facts
    assert 1 in facts
    assert again(live.lines, tmp_path) == Replayed(take, True, 0)


def test_a_report_that_comes_much_too_late_is_replayed_too(tmp_path: Path) -> None:
    live = Live(beginning(), random.Random(1))
    live.do(SetPlaying(True))
    live.play(3000)
    live.save()
    live.session.report(Frame(Kind.ON, 3, 0, 30, 100, live.now - 2 * SECOND))
    live.session.report(Frame(Kind.OFF, 3, 0, 30, 0, live.now - 100 * MS))
    take = live.close()
    assert again(live.lines, tmp_path) == Replayed(take, True, 0)


def test_a_session_that_follows_a_jittering_clock_is_replayed(tmp_path: Path) -> None:
    dice = random.Random(3)
    live = Live(beginning(following=True), dice, 1.0)
    live.do(Sync(8.0, live.now, 120.0))
    live.do(SetPlaying(True))
    for tick in range(300):
        live.play(20)
        live.do(Sync(8 + tick * 0.04 + dice.gauss(0, 0.0005), live.now, 120 + dice.gauss(0, 0.03)))
        live.save()
    live.do(Sync(2.0, live.now, 120.0))  # a loop
    live.play(1000)
    take = live.close()
    assert again(live.lines, tmp_path).midi == take
    assert take.count(b"\xff\x51\x03") <= 3


def test_a_journal_that_was_cut_off_gives_what_there_is_up_to_there(tmp_path: Path) -> None:
    live = Live(beginning(), random.Random(1))
    live.do(SetPlaying(True))
    live.play(3000)
    whole = b"".join(map(encode, live.lines))
    path = tmp_path / "take.jsonl"
    path.write_bytes(whole[:-7])
    start, lines = read(path)
    replayed = replay(start, lines, decode, AXES, LANDMARKS)
    assert not replayed.is_whole
    assert replayed.midi.count(b"\x90") >= 22  # of 24 sixteenths


def test_turns_in_which_nothing_is_done_are_not_written_down(tmp_path: Path) -> None:
    live = Live(beginning(PlaySettings(rhythm="x...")), random.Random(1))
    live.play(1000)
    live.do(SetPlaying(True))
    live.play(125 * 16)
    turns = [line for line in live.lines if isinstance(line, Turn)]
    assert len(turns) == 16  # rests too: the engine has moved
    assert [type(line) for line in live.lines if not isinstance(line, Turn | Start | End)] == []
    take = live.close()
    assert again(live.lines, tmp_path).midi == take


def test_another_seed_or_another_control_gives_another_take(tmp_path: Path) -> None:
    live = Live(beginning(PlaySettings(order="random")), random.Random(1))
    live.do(SetPlaying(True))
    live.play(2000)
    take = live.close()
    start = live.lines[0]
    assert isinstance(start, Start)
    other = beginning(PlaySettings(order="random", seed=1))
    assert again([other, *live.lines[1:]], tmp_path).midi != take
    first = live.lines[1]
    assert isinstance(first, Turn)
    moved = Turn(first.at, [*first.do, (first.at, SetAxis(0, 1.0))])
    assert again([start, moved, *live.lines[2:]], tmp_path).midi != take


def test_facts_that_fit_nothing_are_counted(tmp_path: Path) -> None:
    live = Live(beginning(), random.Random(1))
    live.do(SetPlaying(True))
    live.play(500)
    live.close()
    stray = Facts([(-1, Frame(Kind.ON, 77, 0, 1, 1, 5))])
    assert again([*live.lines, stray], tmp_path).unfit == 1


def test_a_refused_control_is_refused_again() -> None:
    session = Session(beginning(), decode, AXES, LANDMARKS)
    with pytest.raises(ControlError, match="no snapshot 'none'"):
        session.apply(RecallSnapshot("none"), 0)
