"""The search for the place of a pattern: what it gives up early, and how much it computes."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from polate import Pattern
from polate.model.decoder import Choices, Costs, Decoder
from polate.model.latent_map import LatentMap
from polate.model.place_search import _differences, difference, find_place
from polate.model.shipped import SHIPPED

MAPS = {name: LatentMap.open(name) for name in SHIPPED}


class Counted:
    """A decoder that counts the points that it is asked for."""

    def __init__(self, decoder: Decoder) -> None:
        self.decoder, self.metadata, self.axes, self.points = decoder, decoder.metadata, decoder.axes, 0

    def decode(self, z: tuple[float, ...]) -> Pattern:
        self.points += 1
        return self.decoder.decode(z)

    def costs(self, z: ArrayLike) -> Costs:
        self.points += len(np.asarray(z))
        return self.decoder.costs(z)

    def choices(self, z: ArrayLike) -> Choices:
        self.points += len(np.asarray(z))
        return self.decoder.choices(z)


def searched(name: str, pattern: Pattern) -> tuple[Pattern, int]:
    """What the map has at the place that is found, and how many points were decoded until then."""
    latent_map = MAPS[name]
    counted = Counted(latent_map.decoder)
    mean, _ = latent_map.encoder.encode(pattern)
    z = find_place(pattern, mean, counted)  # type: ignore[arg-type]
    return latent_map.decoder.decode(z), counted.points


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("octave", "12 0 9 2 4"),  # the notes of an octave scale rise
        ("octave", "12 0 2 4 3 7"),
        ("atlas", "12 0 9 2 4"),
        ("atlas", "12 0 2 15"),  # within the octave
        ("atlas", "tritone 0 1 2 3 4 5"),  # five added notes: octave scales alone have them
    ],
)
def test_the_search_ends_early_for_a_pattern_that_the_rules_of_the_model_forbid(name: str, text: str) -> None:
    pattern = Pattern.parse(text)
    found, points = searched(name, pattern)
    assert found != pattern
    assert points < 2_500


@given(data=st.data(), name=st.sampled_from(SHIPPED))
def test_the_points_that_a_search_decodes_are_bounded(data: st.DataObject, name: str) -> None:
    metadata = MAPS[name].decoder.metadata
    added = data.draw(st.lists(st.integers(*metadata.offsets), max_size=metadata.slots, unique_by=lambda x: x % 12))
    interval = data.draw(st.sampled_from(metadata.intervals))
    cell = (0, *(offset for offset in added if offset % 12 and offset != interval))
    _, points = searched(name, Pattern(interval, cell))
    assert points < 6_000


def test_no_octave_scale_is_taken_for_forbidden() -> None:
    chance = np.random.default_rng(3)
    scales = [Pattern(12, (0, *added)) for size in range(4, 8) for added in combinations(range(1, 12), size)]
    some = [scales[at] for at in chance.choice(len(scales), 60, replace=False)]
    for name in ("octave", "atlas"):
        found = [searched(name, scale)[0] == scale for scale in some]
        assert np.mean(found) >= 0.95


@given(z=st.lists(st.floats(-3, 3, width=32), min_size=8, max_size=8), name=st.sampled_from(SHIPPED))
def test_patterns_are_compared_as_their_choices_are(z: list[float], name: str) -> None:
    decoder = MAPS[name].decoder
    pattern = decoder.decode(z)
    for other in decoder.metadata.landmarks[:20]:
        wanted = Pattern.parse(other.text)
        assert _differences(decoder.choices([z]), wanted).tolist() == [difference(pattern, wanted)]
