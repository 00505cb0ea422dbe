"""Phrases are answered: the client and the engine on a virtual clock, with a process that answers as the real one."""

import random
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from live_session import AXES, LANDMARKS, Live, beginning, decode
from studio import MS, SECOND, Studio

from polate import Pattern
from polate.control.commands import (
    Control,
    GoTo,
    GoToPoint,
    HoldPhrase,
    KeyDown,
    KeyUp,
    ReleaseKeys,
    Set,
    SetAxis,
    SetCorner,
    SetCornerPoint,
    SetPlaying,
)
from polate.control.player_state import Heard
from polate.control.settings import PlaySettings
from polate.listen.messages import (
    CannotRecognise,
    EndListening,
    FromListen,
    Recognise,
    Recognised,
    Resemblance,
    ToListen,
)
from polate.listen.phrase_table import PhraseTable
from polate.listen.recognition import Recogniser
from polate.player.config import Config
from polate.player.facts import Facts
from polate.player.listen_client import MOST_ERRORS, ListenClient, child_of, open_client
from polate.player.troubles import Troubles
from polate.runtime.line_stream import LineReader
from polate.sequencer.phrase import pitch_classes
from polate.takes.journal import encode
from polate.takes.journal_reader import read_journal
from polate.takes.replay import Replayed, replay

PLACES = {"tritone 0 1 2": 0.0, "tritone 0 1 3": 1.0, "ditone 0 -1 2": 2.0, "sesquitone 0 1": 3.0}
RECOGNISER = Recogniser(PhraseTable.of([Pattern.parse(text) for text in (*PLACES, "diapente 0 4")]))
DITONE = [62, 61, 64, 66, 65, 68, 70, 69, 72, 74]  # ditone 0 -1 2, from 62


class FakeChild:
    """Answers a phrase after `delay` turns, or as the test wants."""

    def __init__(self) -> None:
        self.said: list[FromListen] = []
        self.sent: list[ToListen] = []
        self.rests: list[int] = []
        self.unsent = 0
        self.is_silent = False
        self.has_encoder = True

    def hear(self) -> list[FromListen]:
        said, self.said = self.said, []
        return said

    def send(self, data: bytes) -> None:
        for message in LineReader[ToListen](ToListen).feed(data):
            self.sent.append(message)
            if isinstance(message, Recognise) and not self.is_silent:
                nearest = RECOGNISER.nearest(message.notes)
                found = tuple(Resemblance(each.pattern.text, each.tonic, each.distance) for each in nearest)
                z = (PLACES.get(found[0].pattern, 1.5), 0.5) if found and self.has_encoder else ()
                self.said.append(Recognised(message.number, found, z))

    def rest(self, ns: int) -> None:
        self.rests.append(ns)

    @property
    def phrases(self) -> list[tuple[int, ...]]:
        return [message.notes for message in self.sent if isinstance(message, Recognise)]


class Stage:
    """A studio with a client that listens. Turns are 1 ms."""

    def __init__(self, is_playing: bool = True, **chosen: Any) -> None:
        chosen = {"listen": "rest", "listen_gap": 200, **chosen}
        self.studio = Studio.playing(tick_ns=MS, **chosen) if is_playing else Studio()
        for key, value in chosen.items() if not is_playing else ():
            self.studio.do(Set(key.replace("_", "-"), value))
        self.child, self.facts, self.troubles = FakeChild(), Facts("internal"), Troubles()
        self.desk: Any = SimpleNamespace(
            session=SimpleNamespace(engine=self.studio.engine), facts=self.facts, troubles=self.troubles
        )
        self.client = ListenClient(self.desk, self.child)  # type: ignore[arg-type]
        self.answers: list[tuple[float, Control]] = []  # (ms, command)
        self.struck: list[int] = []

    def do(self, *controls: Control) -> None:
        for control in controls:
            if not self.client.claims(control):
                self.studio.do(control)

    def wait(self, ms: int) -> list[int]:
        heard = []
        for _ in range(ms):
            for control in self.client.commands(self.studio.now):
                self.answers.append((self.studio.ms, control))
                self.studio.do(control)
            heard += self.studio.play(1)
        return heard

    def play(self, notes: Iterable[int], ms: int = 50) -> None:
        for note in notes:
            self.do(KeyDown(note, 90))
            self.wait(ms * 4 // 5)
            self.do(KeyUp(note))
            self.wait(ms // 5)

    @property
    def commands(self) -> list[Control]:
        return [command for _, command in self.answers]

    @property
    def heard(self) -> Heard:
        return self.facts.heard


class TestTheAnswer:
    def test_it_jumps_to_the_pattern_and_the_tonic_follows_by_its_pitch_class(self) -> None:
        stage = Stage()
        stage.play(DITONE)
        assert stage.answers == []
        stage.wait(250)
        assert stage.commands == [Set("tonic", 62), GoToPoint((2.0, 0.5), "ditone 0 -1 2")]
        assert stage.studio.engine.pattern.text == "ditone 0 -1 2"
        assert stage.studio.engine.tonic == 62
        assert stage.heard == Heard(1, tuple(DITONE), "ditone 0 -1 2", 62, 0.0, stage.heard.others)
        assert len(stage.heard.others) == 2

    def test_it_comes_when_the_gap_is_over(self) -> None:
        stage = Stage(listen_gap=300)
        stage.play(DITONE)
        ended = stage.studio.ms - 10  # of the last note
        stage.wait(500)
        assert 300 <= stage.answers[0][0] - ended <= 303  # one turn to ask, one to be answered

    def test_it_morphs_in_so_many_bars(self) -> None:
        stage = Stage(listen_answer="morph", listen_morph_bars=1, listen_tonic="off")
        stage.play(DITONE)
        stage.wait(250)
        assert stage.commands == [GoToPoint((2.0, 0.5), "ditone 0 -1 2", 1.0)]
        seen = {stage.studio.engine.pattern.text for _ in range(90) if stage.wait(25) is not None}
        assert seen == {"tritone 0 1 2", "tritone 0 1 3", "ditone 0 -1 2"}
        assert stage.studio.engine.point.z == [2.0, 0.5]

    @pytest.mark.parametrize("corner", ["a", "b", "c", "d"])
    def test_it_puts_a_corner_there(self, corner: Any) -> None:
        stage = Stage(listen_answer=f"corner-{corner}", listen_tonic="off")
        stage.play(DITONE)
        stage.wait(250)
        assert stage.commands == [SetCornerPoint(corner, (2.0, 0.5), "ditone 0 -1 2", "ditone 0 -1 2")]
        assert stage.studio.engine.point.corners[corner] == (2.0, 0.5)
        assert stage.studio.engine.pattern.text == "tritone 0 1 2"

    def test_it_only_shows_what_was_heard(self) -> None:
        stage = Stage(listen_answer="show")
        stage.play(DITONE)
        stage.wait(250)
        assert stage.commands == []
        assert stage.heard.pattern == "ditone 0 -1 2"

    def test_a_pattern_that_has_no_place_is_pinned(self) -> None:
        stage = Stage()
        stage.play([60, 64, 67, 71, 74, 78, 81])
        stage.wait(250)
        assert stage.studio.engine.pattern.text == "diapente 0 4"
        assert stage.studio.engine.point.pin is not None

    @pytest.mark.parametrize(
        ("answer", "command"),
        [
            ("jump", GoTo("ditone 0 -1 2")),
            ("morph", GoTo("ditone 0 -1 2", 1.0)),
            ("corner-b", SetCorner("b", "ditone 0 -1 2")),
        ],
    )
    def test_without_an_encoder_the_place_is_asked_for(self, answer: str, command: Control) -> None:
        stage = Stage(listen_answer=answer, listen_tonic="off")
        stage.child.has_encoder = False
        stage.play(DITONE)
        for _ in range(250):
            found = list(stage.client.commands(stage.studio.now))
            if found:
                break
            stage.studio.play(1)
        assert found == [command]

    def test_a_pattern_that_plays_already_does_not_move_the_knobs(self) -> None:
        stage = Stage(listen_tonic="off")
        stage.do(SetAxis(0, 0.1), SetAxis(1, 0.9))
        before = list(stage.studio.engine.point.z)
        stage.play([60, 61, 62, 66, 67, 68, 72])
        stage.wait(250)
        assert stage.heard.pattern == "tritone 0 1 2"
        assert stage.commands == []
        assert stage.studio.engine.point.z == before

    def test_settings_count_when_the_phrase_is_answered(self) -> None:
        stage = Stage()
        stage.play(DITONE)
        stage.do(Set("listen-answer", "corner-c"), Set("listen-tonic", "off"))
        stage.wait(250)
        assert [type(command) for command in stage.commands] == [SetCornerPoint]


class TestTheTonic:
    @pytest.mark.parametrize(
        ("follows", "tonic", "played", "after"),
        [
            ("class", "C4", 62, 62),
            ("class", "C4", 74, 62),
            ("class", "C4", 43, 55),
            ("class", "C4", 66, 66),
            ("class", "C4", 71, 59),
            ("class", "0", 71, 11),
            ("class", "127", 60, 120),
            ("note", "C4", 74, 74),
            ("off", "C4", 74, 60),
        ],
    )
    def test_it_follows_as_the_setting_says(self, follows: str, tonic: str, played: int, after: int) -> None:
        stage = Stage(listen_tonic=follows, tonic=tonic, listen_answer="jump")
        stage.play([played + note - 62 for note in DITONE])
        stage.wait(250)
        assert stage.studio.engine.settings.tonic_note == after


class TestWhenItListens:
    def test_off_it_takes_no_notice_and_no_process_runs(self) -> None:
        stage = Stage(listen="off")
        stage.play(DITONE)
        stage.wait(1000)
        assert stage.child.sent == []
        assert stage.child.rests == []
        assert stage.client.deadline_ns is None

    def test_the_process_runs_while_it_listens(self) -> None:
        stage = Stage(listen="off")
        stage.do(Set("listen", "rest"))
        stage.wait(1)
        assert stage.child.rests == [0]
        stage.do(Set("listen", "off"))
        stage.wait(1)
        assert stage.child.sent == [EndListening()]
        assert stage.child.rests[1] > 10**6 * SECOND

    def test_an_answer_after_it_was_turned_off_is_dropped(self) -> None:
        stage = Stage()
        stage.child.is_silent = True
        stage.play(DITONE)
        stage.wait(250)
        stage.do(Set("listen", "off"))
        stage.wait(1)
        stage.child.said = [Recognised(1, (Resemblance("ditone 0 -1 2", 62, 0.0),), (2.0, 0.5))]
        stage.wait(10)
        assert stage.commands == []

    def test_an_answer_to_an_older_phrase_is_dropped(self) -> None:
        stage = Stage()
        stage.child.is_silent = True
        for _ in range(2):
            stage.play(DITONE)
            stage.wait(250)
        stage.child.said = [Recognised(1, (Resemblance("sesquitone 0 1", 60, 0.0),), (3.0, 0.5))]
        stage.wait(10)
        assert stage.commands == []
        stage.child.said = [Recognised(2, (Resemblance("sesquitone 0 1", 60, 0.0),), (3.0, 0.5))]
        stage.wait(10)
        assert stage.commands[-1] == GoToPoint((3.0, 0.5), "sesquitone 0 1")

    def test_on_every_bar_it_answers(self) -> None:
        stage = Stage(listen="bar", listen_tonic="off")
        stage.play(DITONE[:8], ms=250)  # a bar of four beats at 120 bpm
        stage.wait(100)
        assert [ms for ms, _ in stage.answers] == pytest.approx([2000], abs=8)
        assert stage.commands == [GoToPoint((2.0, 0.5), "ditone 0 -1 2")]
        stage.play([60, 61, 63, 66, 67, 69], ms=250)
        stage.wait(600)
        assert stage.commands[1:] == [GoToPoint((1.0, 0.5), "tritone 0 1 3")]
        assert len(stage.child.phrases) == 2

    def test_two_of_them_answer_one_another(self) -> None:
        """Each hears the line of the other. The first changes by hand, the second follows at its next bar."""
        first, second = Stage(listen="off"), Stage(listen="bar", listen_tonic="off", rate="1/8")
        first.do(SetAxis(0, 1.0), Set("rate", "1/8"))
        sounding: list[int] = []
        for _ in range(4500):
            for note in first.wait(1):
                second.do(*(KeyUp(key) for key in sounding), KeyDown(note, 90))
                sounding = [note]
            second.wait(1)
        assert second.studio.engine.pattern.text == first.studio.engine.pattern.text == "sesquitone 0 1"

    def test_the_pedal_says_what_a_phrase_is(self) -> None:
        stage = Stage(listen="pedal")
        stage.play([50, 51, 55])
        stage.do(HoldPhrase(True))
        stage.play(DITONE)
        stage.wait(1000)
        assert stage.commands == []
        stage.do(HoldPhrase(False))
        stage.wait(5)
        assert stage.commands[-1] == GoToPoint((2.0, 0.5), "ditone 0 -1 2")

    def test_while_nothing_plays_it_answers_too(self) -> None:
        stage = Stage(is_playing=False, listen="bar")
        stage.play(DITONE)
        stage.wait(300)
        assert stage.commands[-1] == GoToPoint((2.0, 0.5), "ditone 0 -1 2")

    def test_it_claims_the_pedal_and_nothing_else(self) -> None:
        stage = Stage()
        assert stage.client.claims(HoldPhrase(True))
        for control in (KeyDown(60, 1), KeyUp(60), ReleaseKeys(), Set("bpm", 90), GoTo("home")):
            assert not stage.client.claims(control)


class TestWhatIsSaid:
    def test_notes_that_are_like_no_pattern(self) -> None:
        stage = Stage()
        notes = [60, 85, 43, 77, 58, 91, 48, 69, 81, 40, 66, 95, 52]
        assert RECOGNISER.nearest(notes)[0].distance > MOST_ERRORS * len(notes)
        stage.play(notes)
        stage.wait(250)
        assert stage.commands == []
        assert stage.heard == Heard(1, tuple(notes), remark="it is like no pattern")

    def test_too_few_notes(self) -> None:
        stage = Stage()
        stage.play([60, 60, 62])
        stage.wait(250)
        assert stage.commands == []
        assert stage.heard == Heard(1, (60, 60, 62), remark="too few different notes for a phrase")

    def test_chords(self) -> None:
        stage = Stage(listen_tonic="off")
        for note in DITONE:
            stage.do(KeyDown(note - 24, 90), KeyDown(note, 90), KeyDown(note - 12, 90))
            stage.wait(40)
            stage.do(ReleaseKeys())
            stage.wait(10)
        stage.wait(250)
        assert stage.heard.pattern == "ditone 0 -1 2"
        assert stage.heard.remark == "10 chords: their highest notes were heard"

    def test_why_it_cannot_listen(self) -> None:
        stage = Stage()
        stage.child.said = [CannotRecognise("slonimsky.patterns.txt: line 3")]
        stage.wait(1)
        assert stage.troubles.text == "cannot listen: slonimsky.patterns.txt: line 3"
        assert stage.child.rests[-1] == 10 * SECOND

    def test_a_process_that_does_not_read_gets_nothing_more(self) -> None:
        stage = Stage()
        stage.child.unsent = 10**6
        stage.play(DITONE)
        stage.wait(250)
        assert stage.child.sent == []


def test_the_player_is_woken_for_the_next_bar_line() -> None:
    stage = Stage(listen="bar")
    stage.wait(1)
    assert stage.client.deadline_ns is not None
    assert 0 < stage.client.deadline_ns - stage.studio.now <= 2 * SECOND
    stage.do(Set("listen", "rest"))
    stage.wait(1)
    assert stage.client.deadline_ns is None


def test_the_child_waits_until_somebody_listens() -> None:
    member = child_of(Config())
    assert member is not None
    assert member.module == "polate.listen.process"
    open_client(Stage().desk, member)
    member.start()
    assert not member.is_alive


def test_a_replay_needs_no_recognition(tmp_path: Any) -> None:
    """What the client answers is in the journal as commands, so the take is the same without it."""
    live = Live(beginning(PlaySettings(listen="rest", listen_gap=200)), random.Random(2), 1.0)
    desk: Any = SimpleNamespace(session=live.session, facts=Facts("internal"), troubles=Troubles())
    client = ListenClient(desk, FakeChild())  # type: ignore[arg-type]

    def wait(turns: int) -> None:
        for _ in range(turns):
            for control in client.commands(live.now):
                live.do(control)
            live.play(2)

    live.do(SetPlaying(True))
    for note in DITONE:
        for control in (KeyDown(note, 90), KeyUp(note)):
            assert not client.claims(control)
            live.do(control)
            wait(12)
    wait(400)
    assert live.session.engine.pattern.text == "ditone 0 -1 2"
    take = live.close()
    path = tmp_path / "take.jsonl"
    path.write_bytes(b"".join(map(encode, live.lines)))
    start, later = read_journal(path)
    assert replay(start, later, decode, AXES, LANDMARKS) == Replayed(take, True, 0)


played = st.one_of(
    st.builds(KeyDown, st.integers(0, 127), st.integers(1, 127), st.integers(0, 15)),
    st.builds(KeyUp, st.integers(0, 127), st.integers(0, 15)),
    st.builds(ReleaseKeys, st.none() | st.integers(0, 15)),
    st.builds(HoldPhrase, st.booleans()),
    st.builds(Set, st.just("listen"), st.sampled_from(["off", "rest", "bar", "pedal"])),
    st.builds(Set, st.just("listen-answer"), st.sampled_from(["jump", "morph", "corner-a", "show"])),
    st.builds(Set, st.just("listen-tonic"), st.sampled_from(["off", "class", "note"])),
    st.builds(Set, st.just("keys"), st.sampled_from(["off", "chromatic", "scale", "through"])),
    st.builds(Set, st.just("listen-gap"), st.just(50)),
    st.builds(Set, st.just("listen-notes"), st.integers(3, 6)),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.lists(played, max_size=8), st.integers(1, 300)), max_size=15))
def test_whatever_is_played_in_no_note_hangs_and_none_is_outside_the_scale_that_is_shown(
    events: list[tuple[list[Control], int]],
) -> None:
    stage = Stage(listen_gap=60)
    engine = stage.studio.engine
    for controls, ms in events:
        stage.do(*controls)
        for _ in range(ms):
            before = len(stage.studio.notes)
            shown = {note % 12 for note in engine.cycle} | pitch_classes(engine.pattern, engine.tonic)
            stage.wait(1)
            shown |= {note % 12 for note in engine.cycle} | pitch_classes(engine.pattern, engine.tonic)
            assert {note.note % 12 for note in stage.studio.notes[before:]} <= shown
    stage.do(ReleaseKeys())
    stage.do(SetPlaying(False))
    stage.wait(5)
    assert not [note for note in stage.studio.notes if note.sounds]
