from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polate.control.settings import PlaySettings
from polate.sequencer.rhythm import Hit, euclid, hit, swung
from polate.sequencer.seeded_random import Purpose, uniform

seeds = st.integers(0, 2**31 - 1)
steps = st.integers(0, 10**9)


def spelled(rhythm: tuple[bool, ...]) -> str:
    return "".join("x" if sounds else "." for sounds in rhythm)


def sounding(count: int, **settings: Any) -> str:
    """Which of the first steps sound."""
    return spelled(tuple(hit(PlaySettings(**settings), step, 0.5) is not None for step in range(count)))


def velocities(count: int, **settings: Any) -> list[int]:
    made = [hit(PlaySettings(**settings), step, 0.5) for step in range(count)]
    return [found.velocity for found in made if found]


class TestEuclid:
    @pytest.mark.parametrize(
        ("pulses", "steps", "rhythm"),
        [  # as Toussaint lists them
            (3, 8, "x..x..x."),  # tresillo
            (5, 8, "x.xx.xx."),  # cinquillo
            (2, 5, "x.x.."),
            (3, 4, "x.xx"),
            (3, 7, "x.x.x.."),
            (4, 9, "x.x.x.x.."),
            (5, 6, "x.xxxx"),
            (5, 7, "x.xx.xx"),
            (5, 9, "x.x.x.x.x"),
            (5, 12, "x..x.x..x.x."),
            (5, 16, "x..x..x..x..x..."),  # bossa nova
            (7, 8, "x.xxxxxx"),
            (7, 12, "x.xx.x.xx.x."),
            (7, 16, "x..x.x.x..x.x.x."),
            (9, 16, "x.xx.x.x.xx.x.x."),
            (11, 24, "x..x.x.x.x.x..x.x.x.x.x."),
            (13, 24, "x.xx.x.x.x.x.xx.x.x.x.x."),
            (0, 4, "...."),
            (1, 4, "x..."),
            (4, 4, "xxxx"),
            (9, 4, "xxxx"),
            (1, 1, "x"),
        ],
    )
    def test_the_pulses_are_spread_as_evenly_as_can_be(self, pulses: int, steps: int, rhythm: str) -> None:
        assert spelled(euclid(pulses, steps)) == rhythm

    def test_rotation_begins_it_later(self) -> None:
        assert spelled(euclid(3, 8, 1)) == ".x..x..x"
        assert spelled(euclid(3, 8, 10)) == "x.x..x.."

    @given(st.integers(0, 64), st.integers(1, 64), st.integers(0, 63))
    def test_it_has_as_many_pulses_as_were_asked_for_if_there_is_room(
        self, pulses: int, steps: int, rotation: int
    ) -> None:
        rhythm = euclid(pulses, steps, rotation)
        assert len(rhythm) == steps
        assert sum(rhythm) == min(pulses, steps)

    @given(st.integers(1, 64), st.integers(1, 64))
    def test_any_stretch_of_it_has_almost_as_many_pulses_as_any_other(self, pulses: int, steps: int) -> None:
        """What is as even as can be is balanced: stretches of one length differ by one pulse at most."""
        rhythm = euclid(pulses, steps) * 2
        for length in range(1, steps):
            counts = {sum(rhythm[start : start + length]) for start in range(steps)}
            assert max(counts) - min(counts) <= 1


class TestRests:
    def test_every_step_sounds_unless_told_otherwise(self) -> None:
        assert hit(PlaySettings(), 0, 0.0) == Hit(velocity=100, ratchets=1)
        assert sounding(8) == "xxxxxxxx"

    def test_a_mask_is_gone_through_over_and_over(self) -> None:
        assert sounding(8, rhythm="xX.") == "xx.xx.xx"

    def test_a_euclidean_rhythm_is_gone_through_over_and_over(self) -> None:
        assert sounding(16, euclid_pulses=3, euclid_steps=8) == "x..x..x." * 2
        assert sounding(8, euclid_pulses=3, euclid_steps=8, euclid_rotation=2) == "x.x..x.."

    def test_a_step_must_pass_the_mask_and_the_euclidean_rhythm(self) -> None:
        assert sounding(8, rhythm="xx..", euclid_pulses=3, euclid_steps=8) == "x......."

    def test_probability_leaves_steps_out(self) -> None:
        assert sounding(16, probability=0) == "................"
        assert sounding(16, probability=50, seed=1) == "..x....x.x.....x"
        assert sounding(16, probability=50, seed=2) == "x.xxxxxxx..x...."

    @pytest.mark.parametrize("percent", [1, 10, 50, 90, 99])
    @pytest.mark.parametrize("seed", [0, 1, 2**31 - 1])
    def test_in_the_long_run_as_many_sound_as_the_probability_says(self, percent: float, seed: int) -> None:
        share = sounding(10_000, probability=percent, seed=seed).count("x") / 100
        assert abs(share - percent) < 1.5  # three deviations at 50 percent

    @given(seeds, st.lists(steps, min_size=1, max_size=20), st.floats(0, 100), st.floats(0, 1))
    def test_a_step_comes_out_the_same_whenever_it_is_asked(
        self, seed: int, asked: list[int], percent: float, height: float
    ) -> None:
        settings = PlaySettings(seed=seed, probability=percent, ratchets=3, ratchet_chance=percent)
        first = {step: hit(settings, step, height) for step in asked}
        assert all(hit(settings, step, height) == first[step] for step in reversed(asked))

    def test_a_higher_probability_adds_steps_and_takes_none_away(self) -> None:
        few, many = (sounding(200, probability=percent) for percent in (30, 60))
        assert all(b == "x" for a, b in zip(few, many, strict=True) if a == "x")


class TestRatchets:
    def test_a_step_has_as_many_strokes_as_asked(self) -> None:
        assert hit(PlaySettings(ratchets=3), 5, 0.5) == Hit(100, 3)

    def test_ratchet_chance_leaves_steps_with_one(self) -> None:
        settings = PlaySettings(ratchets=4, ratchet_chance=25)
        made = [hit(settings, step, 0.5) for step in range(4_000)]
        strokes = [found.ratchets for found in made if found]
        assert set(strokes) == {1, 4}
        assert 0.22 < strokes.count(4) / len(strokes) < 0.28

    def test_which_steps_are_ratcheted_does_not_follow_from_which_sound(self) -> None:
        settings = PlaySettings(probability=50, ratchets=2, ratchet_chance=50)
        found = [made for step in range(4_000) if (made := hit(settings, step, 0.5))]
        assert 0.45 < sum(made.ratchets == 2 for made in found) / len(found) < 0.55


class TestDynamics:
    def test_fixed_is_the_velocity(self) -> None:
        assert velocities(3, velocity=90, soft=20) == [90, 90, 90]

    @pytest.mark.parametrize(
        ("dynamics", "height", "velocity"),
        [("rising", 0.0, 60), ("rising", 0.5, 80), ("rising", 1.0, 100), ("falling", 0.0, 100), ("falling", 1.0, 60)],
    )
    def test_notes_are_louder_as_they_rise_or_fall(self, dynamics: Any, height: float, velocity: int) -> None:
        assert hit(PlaySettings(dynamics=dynamics), 0, height) == Hit(velocity, 1)

    def test_accents_are_gone_through_over_and_over(self) -> None:
        assert velocities(6, dynamics="accents", accents="X.x.") == [100, 60, 80, 60, 100, 60]

    def test_accents_keep_their_steps_across_rests(self) -> None:
        assert velocities(8, dynamics="accents", accents="X.x.", rhythm="x..") == [100, 60, 80]  # steps 0, 3 and 6

    def test_no_accents_are_all_loud(self) -> None:
        assert velocities(2, dynamics="accents", accents="") == [100, 100]

    @given(st.integers(1, 127), st.integers(1, 127), st.floats(0, 1), steps)
    def test_every_velocity_lies_between_soft_and_loud(self, soft: int, loud: int, height: float, step: int) -> None:
        for dynamics in ("fixed", "rising", "falling", "accents"):
            found = hit(PlaySettings(soft=soft, velocity=loud, dynamics=dynamics, accents="Xx."), step, height)
            assert found is not None
            assert min(soft, loud) <= found.velocity <= max(soft, loud)


class TestSwing:
    def test_the_first_of_a_pair_takes_its_percent(self) -> None:
        assert [swung(50, step) for step in range(4)] == [0, 0, 0, 0]
        assert [swung(75, step) for step in range(4)] == [0, 0.5, 0, 0.5]
        assert swung(200 / 3, 1) == pytest.approx(1 / 3)  # triplets
        assert (1 + swung(60, 1)) / 2 == pytest.approx(0.60)


class TestChance:
    def test_it_is_the_published_generator(self) -> None:
        """A key's numbers are one sequence of SplitMix64: 0xE220A8397B1DCDAF is its first from the seed 0."""
        assert uniform(0) == (0xE220A8397B1DCDAF >> 11) / 2**53
        assert uniform(1) == (0x6E789E6AA1B965F4 >> 11) / 2**53

    @given(st.integers(), st.lists(st.integers(), max_size=4))
    def test_it_is_in_0_to_1_and_the_same_again(self, seed: int, key: list[int]) -> None:
        assert 0 <= uniform(seed, *key) < 1
        assert uniform(seed, *key) == uniform(seed, *key)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ((0, Purpose.SOUND), (1, Purpose.SOUND)),
            ((0, Purpose.SOUND), (0, Purpose.RATCHET)),
            ((1, 0), (0, 1)),
            ((0, Purpose.WALK, 0), (0, Purpose.WALK, 1)),
        ],
    )
    def test_seeds_and_purposes_are_independent(self, one: tuple[int, ...], other: tuple[int, ...]) -> None:
        pairs = [(uniform(*one, number), uniform(*other, number)) for number in range(4_000)]
        covariance = sum((a - 0.5) * (b - 0.5) for a, b in pairs) / len(pairs)
        assert abs(covariance * 12) < 0.06  # of independent ones the correlation's deviation is 0.016

    def test_neighbours_are_independent(self) -> None:
        numbers = [uniform(7, Purpose.SOUND, number) for number in range(4_001)]
        covariance = sum((a - 0.5) * (b - 0.5) for a, b in pairwise(numbers)) / 4_000
        assert abs(covariance * 12) < 0.06
