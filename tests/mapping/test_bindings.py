"""Mappings that change while playing: what is learned, what is forgotten, and what stays."""

import pytest

from polate import ConfigError
from polate.control.commands import SetAxis
from polate.mapping.bindings import Bindings, Learner
from polate.mapping.gestures import REST_NS
from polate.mapping.mapper import Mapper
from polate.mapping.mapping import Mapping

CC = 0xB0
TEMPLATE = [Mapping(source="cc 1", target="z/1"), Mapping(source="cc 2", target="morph")]


def sources(bindings: Bindings) -> list[tuple[str, str]]:
    return [(mapping.source, mapping.target) for mapping in bindings.mappings]


def learned(learner: Learner, *messages: tuple[int, ...]) -> Mapping | None:
    """Move a control, a message each 10 ms, and let the hand rest."""
    now = 0
    for now, message in zip(range(0, 10**12, 10_000_000), messages, strict=False):
        learner.feed(message, now)
        assert learner.advance(now) is None
    assert learner.deadline_ns == now + REST_NS
    return learner.advance(now + REST_NS)


class TestBindings:
    def test_what_is_learned_replaces_its_target_and_its_source_and_no_other(self) -> None:
        bindings = Bindings({10: "z/1", 11: "z/2", 12: "morph"}, [])
        bindings.bind(Mapping(source="cc 11", channel=1, target="z/1"))
        assert sources(bindings) == [("cc 11", "z/1"), ("cc 12", "morph")]
        bindings.bind(Mapping(source="cc 20", channel=1, target="z/1"))
        assert sources(bindings) == [("cc 20", "z/1"), ("cc 11", "z/2"), ("cc 12", "morph")]

    def test_a_target_is_forgotten_with_all_its_mappings_and_can_be_learned_again(self) -> None:
        bindings = Bindings(None, [Mapping(source="cc 1", target="gate"), Mapping(source="cc 2", target="gate")])
        bindings.forget("gate")
        bindings.bind(Mapping(source="cc 3", target="swing"))
        bindings.forget("swing")
        assert sources(bindings) == []
        bindings.bind(Mapping(source="cc 2", target="gate"))
        assert sources(bindings) == [("cc 2", "gate")]

    def test_another_template_takes_the_place_of_the_one_before_and_what_was_learned_stays(self) -> None:
        bindings = Bindings(None, [], [Mapping(source="cc 7", target="gate")])
        bindings.bind(Mapping(source="cc 2", channel=1, target="swing"))
        bindings.forget("z/1")
        bindings.use_template(TEMPLATE)
        assert sources(bindings) == [("cc 2", "swing"), ("cc 1", "z/1")]
        bindings.use_template(())
        assert ("cc 70", "z/1") in sources(bindings)


class TestLearner:
    def test_a_knob_that_rests_is_bound(self) -> None:
        mapping = learned(Learner("z/1"), *((CC, 21, value) for value in range(40, 60)))
        assert mapping == Mapping(source="cc 21", channel=1, target="z/1")

    def test_an_encoder_is_in_doubt_until_it_was_turned_both_ways(self) -> None:
        learner = Learner("z/1")
        assert learned(learner, *[(CC, 21, 1)] * 5) is None
        assert learner.doubt.endswith("turn it the other way too")
        assert learner.deadline_ns is None  # nothing to do before it moves again
        for _ in range(5):
            learner.feed((CC, 21, 127), 10**9)
        assert learner.deadline_ns == 10**9 + REST_NS
        assert learner.advance(2 * 10**9) == Mapping(source="relative 21 twos-complement", channel=1, target="z/1")

    def test_a_source_that_does_not_fit_is_said_and_another_can_be_moved(self) -> None:
        learner = Learner("snapshot")
        assert learned(learner, (0x90, 36, 100), (0x80, 36, 0)) is None
        assert "snapshot/NAME" in learner.doubt
        assert learned(learner, (0xC0, 5)) == Mapping(source="program", channel=1, target="snapshot")

    def test_an_unknown_target_is_refused_at_once(self) -> None:
        with pytest.raises(ConfigError, match="target must be one of"):
            Learner("nothing")


class TestMapper:
    def test_mappings_that_stay_keep_their_takeover_and_their_halves(self) -> None:
        fader = Mapping(source="cc 1", target="z/1", takeover="pickup")
        fine = Mapping(source="cc14 2", target="z/2")
        places = {"z/1": 0.5, "z/2": 0.0}
        mapper = Mapper([fader, fine], places.get)
        assert mapper.feed((CC, 1, 0), 0) == []
        [picked_up] = mapper.feed((CC, 1, 127), 0)  # it has crossed 0.5
        assert picked_up == SetAxis(0, 1.0)
        places["z/1"] = 1.0
        assert mapper.feed((CC, 2, 64), 0) == [SetAxis(1, 64 / 127)]
        mapper.use([Mapping(source="cc 9", target="gate"), fader, fine])
        assert mapper.feed((CC, 1, 32), 0) == [SetAxis(0, 32 / 127)]
        assert mapper.feed((CC, 34, 127), 0) == [SetAxis(1, (64 << 7 | 127) / 16383)]

    def test_smoothing_of_a_mapping_that_is_gone_ends(self) -> None:
        slow = Mapping(source="cc 1", target="z/1", smoothing=1.0)
        mapper = Mapper([slow], {"z/1": 0.0}.get)
        mapper.feed((CC, 1, 127), 0)
        assert mapper.deadline_ns is not None
        mapper.use([Mapping(source="cc 1", target="z/2")])
        assert (mapper.deadline_ns, mapper.advance(10**9)) == (None, [])
