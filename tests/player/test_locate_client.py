"""Any pattern can be gone to: the client, with a child that the test plays, and with the real one."""

import contextlib
import select
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from rig import hear
from studio import AXES, LANDMARKS, decode

from polate import ConfigError, ControlError, PatternError
from polate.control.commands import (
    Control,
    GoTo,
    GoToPoint,
    KnowPlace,
    RecallSnapshot,
    Set,
    SetAxis,
    SetCorner,
    SetCornerPoint,
    StoreSnapshot,
)
from polate.errors import PolateError
from polate.locate.messages import FromLocate, Locate, Located, NamesElsewhere, NotLocated
from polate.mapping.mapping import Mapping
from polate.player.config import Config
from polate.player.locate_client import LocateClient, child_of, open_client
from polate.player.troubles import Troubles
from polate.runtime.child_process import Child
from polate.runtime.line_stream import LineReader, encode_line
from polate.sequencer.engine import Engine

SECOND = 1_000_000_000
FOREIGN = "ditone 0 5 -2 7"


class FakeChild:
    """Its messages are given by the test."""

    def __init__(self) -> None:
        self.said: list[FromLocate] = []
        self.sent: list[Locate] = []
        self.is_alive = True
        self.rests: list[int] = []
        self.kills = 0

    def hear(self) -> list[FromLocate]:
        said, self.said = self.said, []
        return said

    def send(self, data: bytes) -> None:
        self.sent += LineReader[Locate](Locate).feed(data)

    def rest(self, ns: int) -> None:
        self.rests.append(ns)

    def kill(self) -> None:
        self.kills += 1


class Asker:
    """Whoever asked: it keeps the refusals."""

    def __init__(self) -> None:
        self.refusals: list[tuple[Control, str]] = []

    def refused(self, control: Control, error: PolateError) -> None:
        self.refusals.append((control, str(error)))


class Bench:
    def __init__(self, place: str | None = None, corners: Any = None, sequence: str = "") -> None:
        self.child, self.asker, self.troubles = FakeChild(), Asker(), Troubles()
        self.engine = Engine(decode, AXES, LANDMARKS)
        desk: Any = SimpleNamespace(
            config=SimpleNamespace(place=place, corners=corners or {}, sequence=sequence),
            session=SimpleNamespace(engine=self.engine),
            troubles=self.troubles,
        )
        client = open_client(desk, self.child)  # type: ignore[arg-type]
        assert isinstance(client, LocateClient)
        self.client = client

    def ask(self, control: Control) -> bool:
        return self.client.claims(control, self.asker)  # type: ignore[arg-type]

    def answer(self, message: FromLocate, now_ns: int = 0) -> list[Control]:
        self.child.said = [message]
        return list(self.client.commands(now_ns))


class TestClaiming:
    @pytest.mark.parametrize(
        "place", ["home", "Home", "6 0 1 3", "random", "here", "0.5,-1", "one", "nowhere", "1,2,3"]
    )
    def test_what_the_engine_finds_or_refuses_itself_is_not_claimed(self, place: str) -> None:
        bench = Bench()
        bench.engine.apply(StoreSnapshot("one"), 0)
        assert not bench.ask(GoTo(place))
        assert not bench.ask(SetCorner("a", place))
        assert bench.child.sent == []

    @pytest.mark.parametrize("place", [FOREIGN, "6 symmetric 0 1 2", "60 62 64", "C4 d4 E4", "tritone 0 1 2"])
    def test_a_pattern_or_notes_are_asked_for(self, place: str) -> None:
        bench = Bench()
        assert bench.ask(GoTo(place))
        assert bench.child.sent == [Locate(1, place)]

    @pytest.mark.parametrize("place", ["tritone 0 6", "tritone", "13 0 x", "99 0 1"])
    def test_a_wrong_pattern_is_refused_at_once(self, place: str) -> None:
        with pytest.raises(PatternError):
            Bench().ask(GoTo(place))

    @pytest.mark.parametrize("control", [GoTo(" Lydian", 4.0), SetCorner("a", "lydian")])
    def test_a_name_of_another_map_is_refused_with_the_models_that_have_it(self, control: Control) -> None:
        bench = Bench()
        assert bench.answer(NamesElsewhere({"lydian": ("octave", "atlas"), "home": ("atlas",)})) == []
        with pytest.raises(ControlError) as refusal:
            bench.ask(control)
        assert str(refusal.value).lower() == (
            "'lydian' is not on this map; models octave and atlas have it: polate play --model atlas"
        )
        assert not bench.ask(GoTo("home"))  # this map has it too
        bench.engine.apply(StoreSnapshot("lydian"), 0)
        assert not bench.ask(GoTo("lydian"))  # a snapshot

    def test_a_sequence_with_a_name_of_another_map_is_set_and_reported(self) -> None:
        bench = Bench()
        bench.answer(NamesElsewhere({"lydian": ("octave",)}))
        assert not bench.ask(Set("sequence", "home; lydian"))
        assert bench.troubles.text == (
            "sequence: 'lydian' is not on this map; model octave has it: polate play --model octave"
        )

    def test_other_commands_are_not_claimed(self) -> None:
        bench = Bench()
        assert not bench.ask(SetAxis(0, 0.5))
        assert not bench.ask(Set("bpm", 90))


class TestAnswers:
    def test_a_command_with_coordinates_follows(self) -> None:
        bench = Bench()
        assert bench.ask(GoTo(FOREIGN, 2.0))
        assert bench.ask(SetCorner("b", " 60 62 64 "))
        assert bench.answer(Located(1, (2.0, 0.0), FOREIGN)) == [GoToPoint((2.0, 0.0), FOREIGN, 2.0)]
        assert [each.place for each in bench.child.sent] == [FOREIGN, " 60 62 64 "]
        assert bench.answer(Located(2, (1.0, 0.0), "2 0")) == [SetCornerPoint("b", (1.0, 0.0), "60 62 64", "2 0")]
        assert bench.client.deadline_ns is None

    def test_a_refusal_is_sent_to_the_asker_and_reported(self) -> None:
        bench = Bench()
        assert bench.ask(GoTo("60"))
        assert bench.answer(NotLocated(1, "too short")) == []
        assert bench.asker.refusals == [(GoTo("60"), "too short")]
        assert (bench.troubles.text, bench.troubles.refused) == ("too short", 1)

    def test_a_refusal_of_the_engine_is_sent_to_the_asker(self) -> None:
        bench = Bench()
        assert bench.ask(GoTo(FOREIGN))
        (command,) = bench.answer(Located(1, (2.0,), FOREIGN))
        with pytest.raises(ControlError) as refusal:
            bench.engine.apply(command, 0)
        bench.client.refused(command, refusal.value)
        assert bench.asker.refusals == [(command, "a point must have 2 numbers, got 1")]

    def test_one_request_at_a_time_and_of_the_others_the_newest(self) -> None:
        bench = Bench()
        for offset in range(1, 11):
            assert bench.ask(GoTo(f"diapente 0 {offset - 12}"))
        assert bench.child.sent == [Locate(1, "diapente 0 -11")]
        assert bench.answer(Located(1, (0.0, 0.0), "")) == []
        assert bench.child.sent[1:] == [Locate(2, "diapente 0 -2")]
        assert bench.answer(Located(2, (1.0, 0.0), "")) == [GoToPoint((1.0, 0.0))]

    def test_a_place_that_is_known_replaces_one_that_is_being_found(self) -> None:
        bench = Bench()
        assert bench.ask(GoTo(FOREIGN))
        assert not bench.ask(GoTo("home"))
        assert bench.answer(Located(1, (0.0, 0.0), "")) == []

    def test_a_snapshot_that_is_stored_behind_it_waits_for_it(self) -> None:
        bench = Bench()
        assert bench.ask(GoTo(FOREIGN))
        assert bench.ask(StoreSnapshot("one"))
        assert bench.ask(RecallSnapshot("two"))
        assert bench.answer(Located(1, (0.0, 0.0), "")) == [
            GoToPoint((0.0, 0.0)),
            StoreSnapshot("one"),
            RecallSnapshot("two"),
        ]

    def test_the_places_of_a_sequence_are_found_when_it_is_set(self) -> None:
        bench = Bench()
        assert not bench.ask(Set("sequence", f"one; {FOREIGN};home; random"))
        assert bench.child.sent == [Locate(1, FOREIGN)]
        (command,) = bench.answer(Located(1, (2.0, 0.0), FOREIGN))
        assert command == KnowPlace(FOREIGN, (2.0, 0.0), FOREIGN)
        bench.engine.apply(command, 0)
        assert not bench.ask(GoTo(FOREIGN))  # now the engine knows it
        with pytest.raises(PatternError):
            bench.ask(Set("sequence", "tritone 0 6;"))


class TestTheProcessEnds:
    def test_a_request_starts_it_and_is_sent_when_it_runs(self) -> None:
        bench = Bench()
        bench.child.is_alive = False
        assert bench.ask(GoTo(FOREIGN))
        assert (bench.child.rests[1:], bench.child.sent) == ([0], [])
        assert bench.client.deadline_ns is not None
        bench.child.is_alive = True
        assert list(bench.client.commands(0)) == []
        assert bench.child.sent == [Locate(1, FOREIGN)]

    def test_the_next_process_gets_the_request_and_after_two_deaths_it_is_refused(self) -> None:
        bench = Bench()
        assert bench.ask(GoTo(FOREIGN))
        assert list(bench.client.died(0)) == []
        list(bench.client.commands(0))
        assert bench.child.sent == [Locate(1, FOREIGN), Locate(2, FOREIGN)]
        assert list(bench.client.died(0)) == []
        assert bench.asker.refusals == [(GoTo(FOREIGN), "the process that finds places has ended twice")]
        assert bench.client.deadline_ns is None

    def test_one_that_hangs_is_killed(self) -> None:
        bench = Bench()
        assert bench.ask(GoTo(FOREIGN))
        deadline = bench.client.deadline_ns
        assert deadline is not None
        list(bench.client.commands(deadline - SECOND))
        assert bench.child.kills == 0
        list(bench.client.commands(deadline + 1))
        assert bench.child.kills == 1


class TestTheConfiguration:
    def test_its_places_are_gone_to_at_the_start(self) -> None:
        bench = Bench(place="home", corners={"a": FOREIGN, "b": "random", "c": "here"})
        commands = list(bench.client.commands(0))
        assert bench.child.sent == [Locate(1, FOREIGN)]
        assert commands == [GoTo("home"), SetCorner("b", "random"), SetCorner("c", "here")]
        assert bench.answer(Located(1, (2.0, 0.0), FOREIGN)) == [SetCornerPoint("a", (2.0, 0.0), FOREIGN, FOREIGN)]
        drawn = bench.engine.point.find("random", {}, 0)
        assert drawn == Engine(decode, AXES, LANDMARKS).point.find("random", {}, 0)  # nothing was drawn before

    @pytest.mark.parametrize(
        ("config", "error"),
        [
            ({"place": "nowhere"}, "place is not valid: no landmark or snapshot 'nowhere'; there are: home"),
            ({"place": "lydian"}, "place 'lydian' is not on this map; models octave and atlas have it"),
            ({"corners": {"a": "Giant Steps"}}, "corners.a 'Giant Steps' is not on this map; models slonimsky and"),
            ({"place": "1,2,3"}, "place is not valid: a point of this map has 2 coordinates"),
            ({"sequence": "one; tritone 0 6"}, "sequence is not valid: offset 6 is the next principal tone"),
            ({"corners": {"d": "tritone 0 6"}}, "corners.d is not valid: offset 6 is the next principal tone"),
        ],
    )
    def test_a_place_that_cannot_be_is_refused_before_the_music_begins(self, config: Any, error: str) -> None:
        with pytest.raises(ConfigError) as refusal:
            Bench(**config)
        assert str(refusal.value).startswith(error)

    @pytest.mark.parametrize(
        ("config", "needs"),
        [
            (Config(osc=False, web=False), False),
            (Config(osc=False, web=False, place="home"), True),
            (Config(osc=False, web=False, corners={"a": "home"}), True),
            (Config(osc=False, web=False, sequence="a; b"), True),
            (Config(osc=False, web=False, cc={21: "go/home"}), True),
            (Config(osc=False, web=False, map=[Mapping(source="program 5", target="corner/a/home")]), True),
            (Config(osc=False), True),
        ],
    )
    def test_there_is_a_process_only_if_somebody_can_ask(self, config: Config, needs: bool) -> None:
        assert (child_of(config) is not None) == needs


def test_it_starts_a_little_after_the_player() -> None:
    assert Bench().child.rests == [2 * SECOND]


class Process:
    """The real process on a shipped map."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self._reader: LineReader[FromLocate] = LineReader(FromLocate)

    def ask(self, place: str) -> FromLocate:
        self._child.socket.setblocking(True)
        self._child.socket.sendall(encode_line(Locate(7, place)))
        self._child.socket.setblocking(False)
        for _ in range(3000):
            if answers := [each for each in hear(self._child, self._reader) if not isinstance(each, NamesElsewhere)]:
                (answer,) = answers
                assert isinstance(answer, Located | NotLocated)
                return answer
        raise AssertionError("no answer within 30 s")


@contextlib.contextmanager
def process(model: str | None) -> Iterator[Process]:
    child = Child.start("polate.locate.process", {"model": model, "restarted": False})
    try:
        yield Process(child)
    finally:
        child.close()
        assert select.select([], [], [], 0) == ([], [], [])


class TestTheRealProcess:
    def test_it_finds_patterns_notes_landmarks_and_coordinates(self) -> None:
        with process(None) as locate:
            answer = locate.ask("ditone 0 -1 2")
            assert isinstance(answer, Located)
            assert (answer.number, len(answer.z), answer.pattern) == (7, 8, "ditone 0 -1 2")
            notes = locate.ask("60 59 62 64 63 66 68 67 70 72")
            assert (notes, locate.ask("giant steps")) == (answer, locate.ask("ditone 0 -2 3"))
            assert locate.ask("1,0,0,0,0,0,0,0.5") == Located(7, (1.0, 0, 0, 0, 0, 0, 0, 0.5), "")

    def test_what_names_no_place_is_refused_and_it_goes_on(self) -> None:
        with process("octave") as locate:
            for place, why in (
                ("60", "a scale must have 2 to 512 notes"),
                ("60 60", "repeats the one before it"),
                ("nothing", "a point must be a pattern"),
                ("/etc/passwd.mid", "a MIDI file cannot be gone to while Polate plays"),
            ):
                answer = locate.ask(place)
                assert isinstance(answer, NotLocated)
                assert why in answer.why
            assert isinstance(locate.ask("12 0 2 4"), Located)

    @pytest.mark.parametrize(
        "place", ["12 0 2 4 5 7 9 11", "24 0 23 -10 13 4 3", "11 0 21 -10 5 7 8", "1 0 2 down 0 3"]
    )
    def test_a_pattern_outside_the_vocabulary_gets_the_nearest_place(self, place: str) -> None:
        with process("slonimsky") as locate:
            answer = locate.ask(place)
            assert isinstance(answer, Located)
            assert answer.pattern.split()[-1] == place.split()[-1]

    def test_without_a_model_every_request_is_refused(self) -> None:
        with process("none.onnx") as locate:
            answer = locate.ask("ditone 0 1")
            assert isinstance(answer, NotLocated)
            assert "none.onnx" in answer.why


def test_the_process_has_the_model_of_the_configuration() -> None:
    member = child_of(Config(model="octave"))
    assert member is not None
    assert member.settings == {"model": "octave"}
