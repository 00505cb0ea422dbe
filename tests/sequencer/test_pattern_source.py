from collections.abc import Sequence

import pytest
from studio import AXES, PATTERNS, decode

from polate import ModelError, Pattern
from polate.control.settings import PlaySettings
from polate.sequencer.grid import Grid
from polate.sequencer.latent_point import LatentPoint
from polate.sequencer.line import Line
from polate.sequencer.pattern_source import PatternSource
from polate.sequencer.phrase import make_phrase

TRITONE, OTHER_TRITONE, DITONE, SESQUITONE = PATTERNS  # at 0, 1, 2 and 3 on the first axis, which goes from 0 to 3


def source() -> PatternSource:
    return PatternSource(decode, LatentPoint(AXES))


class TestLooking:
    def test_the_first_point_is_decoded_at_once(self) -> None:
        assert source().pattern == TRITONE

    def test_another_pattern_is_coming_until_it_is_taken_up(self) -> None:
        made = source()
        assert made.look([3.0, 0.0], 0.0)
        assert made.pattern == TRITONE
        made.take_up()
        assert made.pattern == SESQUITONE

    def test_a_point_that_has_not_moved_is_not_decoded_again(self) -> None:
        decoded: list[float] = []

        def counting(z: Sequence[float]) -> Pattern:
            decoded.append(z[0])
            return decode(z)

        made = PatternSource(counting, LatentPoint(AXES))
        assert not made.look([0.0, 0.0], 0.0)
        assert not made.look([0.2, 0.0], 0.0)
        assert not made.look([0.2, 0.0], 0.0)
        assert decoded == [0.0, 0.2]

    def test_the_newest_pattern_replaces_one_that_is_coming(self) -> None:
        made = source()
        assert made.look([3.0, 0.0], 0.0)
        assert made.look([2.0, 0.0], 0.0)
        made.take_up()
        assert made.pattern == DITONE

    def test_back_at_the_pattern_that_is_heard_nothing_is_coming(self) -> None:
        made = source()
        assert made.look([3.0, 0.0], 0.0)
        assert not made.look([0.0, 0.0], 0.0)
        made.take_up()
        assert made.pattern == TRITONE

    def test_it_returns_also_where_no_knob_reaches(self) -> None:
        cut = 30.0
        made = PatternSource(lambda z: SESQUITONE if z[0] > cut else TRITONE, LatentPoint(AXES))
        for z, pattern in ((40.0, SESQUITONE), (20.0, TRITONE), (40.0, SESQUITONE)):
            made.look([z, 0.0], 0.01)
            made.take_up()
            assert made.pattern == pattern

    def test_a_pattern_that_was_left_returns_only_beyond_the_span_or_after_a_jump(self) -> None:
        made = source()
        assert made.look([0.6, 0.0], 0.1)
        made.take_up()
        assert not made.look([0.4, 0.0], 0.1)  # 0.07 of the axis from where it was left
        made.accept_any()
        assert made.look([0.41, 0.0], 0.1)

    def test_a_point_without_an_answer_is_asked_once_and_the_pattern_stays(self) -> None:
        def decode_or_fail(z: Sequence[float]) -> Pattern:
            if z[0] > 2:
                raise ModelError("no pattern")
            return decode(z)

        made = PatternSource(decode_or_fail, LatentPoint(AXES))
        with pytest.raises(ModelError):
            made.look([3.0, 0.0], 0.0)
        assert not made.look([3.0, 0.0], 0.0)
        assert made.pattern == TRITONE


class TestWhenAChangeIsHeard:
    @pytest.mark.parametrize(
        ("change", "steps"),
        [
            ("now", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
            ("step", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
            ("beat", [0, 4, 8, 12]),
            ("bar", [0, 12]),
            ("turn", [2, 8]),
        ],
    )
    def test_with_bars_of_3_and_a_phrase_of_6_notes_from_step_2(self, change: str, steps: list[int]) -> None:
        playing = PlaySettings(change=change, bar=3, order="up")
        line = Line(make_phrase(TRITONE, playing, 60), 2)
        made = source()
        assert not any(made.is_due(step, playing, Grid(playing), line) for step in range(13))
        made.look([3.0, 0.0], 0.0)
        assert [step for step in range(13) if made.is_due(step, playing, Grid(playing), line)] == steps

    def test_nothing_is_due_after_it_is_taken_up(self) -> None:
        playing, made = PlaySettings(), source()
        made.look([3.0, 0.0], 0.0)
        made.take_up()
        assert not made.is_due(0, playing, Grid(playing), Line(make_phrase(TRITONE, playing, 60)))
