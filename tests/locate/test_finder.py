from collections.abc import Sequence

import pytest
from hypothesis import given
from strategies import patterns

from polate import Pattern
from polate.locate.finder import Finder, nearest_in_vocabulary
from polate.model.contract import Metadata
from polate.model.decoder import Decoder
from polate.model.encoder import check_vocabulary
from polate.model.latent_map import LatentMap
from polate.model.shipped import SHIPPED

MODELS: Sequence[Metadata] = [Decoder.open(name).metadata for name in SHIPPED]


@pytest.mark.parametrize("metadata", MODELS, ids=SHIPPED)
@given(pattern=patterns())
def test_the_nearest_pattern_is_in_the_vocabulary_and_one_inside_stays_as_it_is(
    metadata: Metadata, pattern: Pattern
) -> None:
    nearest = nearest_in_vocabulary(pattern, metadata)
    check_vocabulary(nearest, metadata)
    assert nearest_in_vocabulary(nearest, metadata) == nearest


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("12 0 2 4", "sesquiquinquetone 0 2 4"),
        ("tritone 0 1 2 3 4 5", "tritone 0 1 2 3 4"),
        ("tritone 0 22", "tritone 0 10"),
        ("tritone 0 1 2 down 0 1", "tritone 0 1 2"),
    ],
)
def test_the_nearest_interval_and_the_notes_that_fit(text: str, nearest: str) -> None:
    assert nearest_in_vocabulary(Pattern.parse(text), MODELS[0]) == Pattern.parse(nearest)


def test_answers_are_remembered() -> None:
    finder = Finder(LatentMap.open())
    first = finder.find("ditone 0 5 -2 7")
    assert finder.find("4 0 5 -2 7") == first
    assert finder.find("random")[1] == ""
