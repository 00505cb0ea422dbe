"""A session whose gate is late, loses reports and dies; and its replay."""

import io
import random
from pathlib import Path

import mido
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from live_session import AXES, LANDMARKS, MS, SECOND, Live, beginning, decode
from playheads import Daw

from polate import ControlError
from polate.control import commands
from polate.control.path import Path as MapPath
from polate.control.settings import PlaySettings
from polate.gate.frames import Frame, Kind
from polate.sync.song_position_follower import SongPositionFollower
from polate.takes.journal import Deviations, End, Line, Start, Turn, encode
from polate.takes.journal_reader import read_journal
from polate.takes.replay import Replayed, replay
from polate.takes.session import Session


def again(lines: list[Line], folder: Path) -> Replayed:
    """Through a file."""
    path = folder / "take.jsonl"
    path.write_bytes(b"".join(map(encode, lines)))
    start, later = read_journal(path)
    return replay(start, later, decode, AXES, LANDMARKS)


controls = st.one_of(
    st.builds(commands.SetAxis, st.integers(0, 2), st.floats(-0.1, 1.1)),
    st.builds(commands.Morph, st.floats(0, 1)),
    st.builds(commands.FollowClock, st.sampled_from(commands.SYNC_SOURCES)),
    st.builds(commands.MovePad, st.floats(0, 1), st.floats(0, 1)),
    st.builds(commands.GoTo, st.sampled_from(["home", "far", "random", "nowhere", "one"]), st.sampled_from([0.0, 0.5])),
    st.builds(
        commands.GoToPoint,
        st.tuples(st.floats(0, 3), st.floats(-2, 2)),
        st.sampled_from(["", "tritone 0 1 2", "ditone 0 5 -2 7", "12 0 2 4 down 0 1"]),
        st.sampled_from([0.0, 0.25]),
    ),
    st.builds(commands.Pin, st.sampled_from(["", "diapente 0 4"])),
    st.builds(
        commands.SetCornerPoint,
        st.sampled_from(commands.CORNERS),
        st.tuples(st.floats(0, 3), st.floats(-2, 2)),
        st.just("mine"),
        st.sampled_from(["", "ditone 0 5 -2 7"]),
    ),
    st.builds(commands.SetCorner, st.sampled_from(commands.CORNERS), st.sampled_from(["here", "one", "home"])),
    st.sampled_from(
        [
            commands.Set("bpm", 333.25),
            commands.Set("bpm", 97.1),
            commands.Set("rate", "1/32"),
            commands.Set("rate", "1/8t"),
            commands.Set("bass", 2),
            commands.Set("chord", 3),
            commands.Set("chord-octave", 1),
            commands.Set("gate", 180),
            commands.Set("gate", 30),
            commands.Set("ratchets", 3),
            commands.Set("rhythm", "x..x."),
            commands.Set("order", "random"),
            commands.Set("probability", 60),
            commands.Set("nudge", -12.5),
            commands.Set("swing", 66),
            commands.Set("bar", 3),
            commands.Set("change", "bar"),
            commands.Set("keys", "through"),
            commands.Set("keys", "scale"),
            commands.Set("hold", True),
            commands.Set("hold", False),
            commands.Set("sequence", "one two"),
            commands.Set("sequence-bars", 1),
            commands.Set("sequence", "far; one; ditone 0 5 -2 7"),
            commands.KnowPlace("ditone 0 5 -2 7", (2.0, 1.0), "ditone 0 5 -2 7"),
            commands.SetMotion(0, "kind", "walk"),
            commands.SetMotion(0, "bars", 0.5),
            commands.SetPath(MapPath(axes=(2, 1), points=((0.0, 0.0), (0.5, 1.0), (1.0, 0.0)), closed=False)),
            commands.Set("path-bars", 0.5),
            commands.SetPath(),
            commands.StoreSnapshot("one"),
            commands.StoreSnapshot("two"),
            commands.RecallSnapshot("one"),
            commands.RecallSnapshot("none"),
            commands.RenameSnapshot("one", "three"),
            commands.RenameSnapshot("three", "one"),
            commands.DeleteSnapshot("two"),
            commands.Set("chord", 2),
            commands.SetVoicePort(2, 0),
            commands.SetVoicePort(3, 2),
            commands.KeyDown(60, 90),
            commands.KeyDown(67, 90),
            commands.KeyUp(60),
            commands.KeyUp(67),
            commands.Panic(),
            commands.SetPlaying(False),
            commands.SetPlaying(True),
            commands.Seek(17.5),
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
    tmp_path_factory: pytest.TempPathFactory,
    doing: list[tuple[float, commands.Control | str]],
    late_ms: float,
    seed: int,
) -> None:
    live = Live(beginning(), random.Random(seed), late_ms)
    live.do(commands.SetPlaying(True))
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
    live.do(commands.SetPlaying(True))
    for place in range(20):
        live.play(130)
        live.do(commands.SetAxis(0, place % 4 / 3))
        live.save()
    take = live.close()
    assert not [line for line in live.lines if isinstance(line, Deviations)]
    assert again(live.lines, tmp_path).midi == take
    assert take.count(b"\xff\x06") > 5  # markers


def test_what_a_dead_gate_did_not_play_is_not_in_the_replay(tmp_path: Path) -> None:
    live = Live(beginning(), random.Random(1))
    live.do(commands.SetPlaying(True))
    live.play(1050)
    live.kill_gate()
    live.play(2000)
    live.start_gate()
    live.play(1000)
    take = live.close()
    facts = [count for line in live.lines if isinstance(line, Deviations) for count, _ in line.reports]
    assert -1 in facts
    assert 1 in facts
    assert again(live.lines, tmp_path) == Replayed(take, True, 0)


def test_a_report_that_comes_much_too_late_is_replayed_too(tmp_path: Path) -> None:
    live = Live(beginning(), random.Random(1))
    live.do(commands.SetPlaying(True))
    live.play(3000)
    live.save()
    live.session.report(Frame(Kind.ON, 3, 0, 30, 100, live.now - 2 * SECOND))
    live.session.report(Frame(Kind.OFF, 3, 0, 30, 0, live.now - 100 * MS))
    take = live.close()
    assert again(live.lines, tmp_path) == Replayed(take, True, 0)


def test_a_session_that_follows_a_jittering_clock_is_replayed(tmp_path: Path) -> None:
    dice = random.Random(3)
    live = Live(beginning(following=True), dice, 1.0)
    live.do(commands.Sync(8.0, live.now, 120.0))
    live.do(commands.SetPlaying(True))
    for tick in range(300):
        live.play(20)
        live.do(commands.Sync(8 + tick * 0.04 + dice.gauss(0, 0.0005), live.now, 120 + dice.gauss(0, 0.03)))
        live.save()
    live.do(commands.Sync(2.0, live.now, 120.0))  # a loop
    live.play(1000)
    take = live.close()
    assert again(live.lines, tmp_path).midi == take
    assert take.count(b"\xff\x51\x03") <= 3


def test_a_session_that_follows_the_song_position_of_a_daw_is_replayed(tmp_path: Path) -> None:
    live = Live(beginning(following=True), random.Random(5), 1.0)
    daw, follower = Daw(97.3, now=live.now), SongPositionFollower()

    def hear(seconds: float) -> None:
        for position in daw.say(seconds):
            live.play(max(0.0, (position.at_ns - live.now) / MS))
            for command in [*follower.advance(live.now), *follower.feed(position)]:
                live.do(command)
        live.save()

    hear(3)
    daw.bpm, daw.loop = 120.0, (2.0, 6.0)
    hear(6)
    daw.beat, daw.loop = 64.0, None
    hear(2)
    daw.playing = False
    hear(1)
    daw.playing = True
    hear(2)
    live.play(1500)
    assert [type(command) for command in follower.advance(live.now)] == [commands.SetPlaying]  # it is silent
    live.do(commands.SetPlaying(False))
    take = live.close()
    assert again(live.lines, tmp_path) == Replayed(take, True, 0)
    did = {type(command).__name__ for line in live.lines if isinstance(line, Turn) for _, command in line.do}
    assert did == {"Sync", "Seek", "Jump", "SetPlaying"}  # a replay needs no follower


def test_a_session_that_changes_its_clock_is_replayed(tmp_path: Path) -> None:
    live = Live(beginning(), random.Random(5), 1.0)
    live.do(commands.SetPlaying(True))
    live.play(900)
    live.do(commands.FollowClock("link"))
    for tick in range(50):
        live.play(20)
        live.do(commands.Sync(2 + tick * 0.04, live.now, 120.0 + 0.03 * (tick % 3)))
    live.do(commands.FollowClock("internal"))
    live.do(commands.Set("bpm", 90.0))
    live.play(1000)
    take = live.close()
    assert again(live.lines, tmp_path).midi == take
    tempi = [message.tempo for message in mido.MidiFile(file=io.BytesIO(take)).tracks[0] if message.type == "set_tempo"]
    assert tempi[0] == 500_000
    assert tempi[-1] == 666_667
    assert len(tempi) <= 4  # the clock's small corrections are not written


THROUGH_THE_MAP = MapPath(axes=(1, 2), points=((0.0, 0.5), (1.0, 0.5)), closed=False)


def test_a_session_begins_on_its_path_and_is_replayed_on_it(tmp_path: Path) -> None:
    start = msgspec.structs.replace(beginning(PlaySettings(path_bars=1.0)), path=THROUGH_THE_MAP)
    live = Live(start, random.Random(1))
    live.do(commands.SetPlaying(True))
    live.play(2000)
    live.do(commands.SetPath(MapPath(axes=(1, 2), points=((1.0, 0.5), (0.5, 0.5)))))
    live.do(commands.Seek(5.0))
    live.play(2000)
    live.do(commands.SetPath())
    live.play(500)
    take = live.close()
    assert again(live.lines, tmp_path) == Replayed(take, True, 0)
    still = [msgspec.structs.replace(start, path=None), *live.lines[1:]]
    assert again(still, tmp_path).midi != take


def test_a_session_with_a_path_on_an_axis_that_does_not_exist_is_refused() -> None:
    start = msgspec.structs.replace(beginning(), path=MapPath(axes=(1, 9), points=THROUGH_THE_MAP.points))
    with pytest.raises(ControlError, match=r"axes must be in 1\.\.2, got 9"):
        Session(start, decode, AXES, LANDMARKS)


def test_a_journal_that_was_cut_off_gives_what_there_is_up_to_there(tmp_path: Path) -> None:
    live = Live(beginning(), random.Random(1))
    live.do(commands.SetPlaying(True))
    live.play(3000)
    whole = b"".join(map(encode, live.lines))
    path = tmp_path / "take.jsonl"
    path.write_bytes(whole[:-7])
    start, lines = read_journal(path)
    replayed = replay(start, lines, decode, AXES, LANDMARKS)
    assert not replayed.is_whole
    assert replayed.midi.count(b"\x90") >= 22  # of 24 sixteenths


def test_turns_in_which_nothing_is_done_are_not_written_down(tmp_path: Path) -> None:
    live = Live(beginning(PlaySettings(rhythm="x...")), random.Random(1))
    live.play(1000)
    live.do(commands.SetPlaying(True))
    live.play(125 * 16)
    turns = [line for line in live.lines if isinstance(line, Turn)]
    assert len(turns) == 16  # rests too: the engine has moved
    assert [type(line) for line in live.lines if not isinstance(line, Turn | Start | End)] == []
    take = live.close()
    assert again(live.lines, tmp_path).midi == take


def test_another_seed_or_another_control_gives_another_take(tmp_path: Path) -> None:
    live = Live(beginning(PlaySettings(order="random")), random.Random(1))
    live.do(commands.SetPlaying(True))
    live.play(2000)
    take = live.close()
    start = live.lines[0]
    assert isinstance(start, Start)
    other = beginning(PlaySettings(order="random", seed=1))
    assert again([other, *live.lines[1:]], tmp_path).midi != take
    first = live.lines[1]
    assert isinstance(first, Turn)
    moved = Turn(first.at, [*first.do, (first.at, commands.SetAxis(0, 1.0))])
    assert again([start, moved, *live.lines[2:]], tmp_path).midi != take


def test_facts_that_fit_nothing_are_counted(tmp_path: Path) -> None:
    live = Live(beginning(), random.Random(1))
    live.do(commands.SetPlaying(True))
    live.play(500)
    live.close()
    stray = Deviations([(-1, Frame(Kind.ON, 77, 0, 1, 1, 5))])
    assert again([*live.lines, stray], tmp_path).unmatched == 1


def test_a_refused_control_is_refused_again() -> None:
    session = Session(beginning(), decode, AXES, LANDMARKS)
    with pytest.raises(ControlError, match="no snapshot 'none'"):
        session.apply(commands.RecallSnapshot("none"), 0)
