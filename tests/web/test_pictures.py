"""What the strips and the map show is what a knob that is turned there would meet."""

import base64
import random

import numpy as np
import pytest

from polate.model.decoder import Decoder
from polate.web.pictures import plane, strips

CENTRE = [0.5] * 8


def test_a_strip_tells_what_its_knob_would_meet(decoder: Decoder) -> None:
    chance = random.Random(1)
    here = [chance.random() for _ in decoder.axes]
    for strip in strips(decoder, here):
        assert strip.borders[0] == 0.0
        assert strip.borders[-1] == 1.0
        assert list(strip.borders) == sorted(set(strip.borders))
        assert len(strip.patterns) == len(strip.borders) - 1
        for begins, ends, pattern in zip(strip.borders, strip.borders[1:], strip.patterns, strict=False):
            if ends - begins < 0.01:
                continue
            there = list(here)
            there[strip.axis] = (begins + ends) / 2
            z = [axis.at(position) for axis, position in zip(decoder.axes, there, strict=True)]
            assert decoder.decode(z) == pattern


def test_neighbours_in_a_strip_differ(decoder: Decoder) -> None:
    for strip in strips(decoder, CENTRE):
        assert all(a != b for a, b in zip(strip.patterns, strip.patterns[1:], strict=False))


@pytest.mark.parametrize("axes", [(0, 1), (7, 3)])
def test_the_map_has_at_each_place_what_is_decoded_there(decoder: Decoder, axes: tuple[int, int]) -> None:
    chance = random.Random(2)
    here = [chance.random() for _ in decoder.axes]
    painted = plane(decoder, here, *axes, 32)
    for _ in range(50):
        column, row = chance.randrange(32), chance.randrange(32)
        there = list(here)
        there[axes[0]], there[axes[1]] = (column + 0.5) / 32, (31 - row + 0.5) / 32
        z = [axis.at(position) for axis, position in zip(decoder.axes, there, strict=True)]
        assert painted.patterns[painted.cells[row, column]] == decoder.decode(z)


def test_the_cells_are_packed_as_little_endian_words_row_by_row(decoder: Decoder) -> None:
    painted = plane(decoder, CENTRE, 0, 1, 16)
    words = np.frombuffer(base64.b64decode(painted.packed()), "<u2")
    assert (words.reshape(16, 16) == painted.cells).all()


def test_many_points_give_the_same_patterns_as_one_by_one(decoder: Decoder) -> None:
    z = np.random.default_rng(3).standard_normal((500, 8)).astype(np.float32)
    patterns, which = decoder.decode_distinct(z)
    assert len(set(patterns)) == len(patterns)
    assert [patterns[place] for place in which] == decoder.decode_many(z)
