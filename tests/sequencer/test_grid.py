from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from studio import MS, SECOND

from polate.control.fields import FIELDS
from polate.control.settings import PlaySettings
from polate.sequencer.grid import Grid, Onset


def grid(**settings: object) -> Grid:
    """With beat 0 at 10 seconds."""
    made = Grid(PlaySettings(**settings))
    made.transport.follow(0.0, 10 * SECOND, made.transport.bpm)
    return made


def ms(onset: Onset) -> float:
    return (onset.due_ns - 10 * SECOND) / MS


class TestTimes:
    def test_sixteenths_at_120_are_due_every_125_ms(self) -> None:
        assert [grid(bpm=120.0).due_ns(step) for step in (0, 1, 2, 8)] == [
            10 * SECOND,
            10 * SECOND + 125 * MS,
            10 * SECOND + 250 * MS,
            11 * SECOND,
        ]

    def test_triplet_eighths_are_on_whole_beats_every_three_steps(self) -> None:
        triplets = grid(rate="1/8t")
        assert [triplets.beat(step) for step in (1, 2, 3, 30)] == [Fraction(1, 3), Fraction(2, 3), 1, 10]
        assert triplets.due_ns(3) - triplets.due_ns(0) == 500 * MS

    def test_swing_delays_every_second_step_and_the_way_to_the_next_one_is_shared(self) -> None:
        swung = grid(swing=60.0)
        assert [(swung.due_ns(step) - 10 * SECOND) / MS for step in range(4)] == [0.0, 150.0, 250.0, 400.0]
        assert (swung.due_ns(0, 0.5) - 10 * SECOND) / MS == 75.0  # half of the long step
        assert (swung.due_ns(1, 0.5) - 10 * SECOND) / MS == 200.0  # half of the short one

    def test_a_nudge_moves_every_step_and_the_beat_that_is_heard(self) -> None:
        late = grid(nudge=20.0)
        assert late.nudge_ns == 20 * MS
        assert late.due_ns(4) == 10 * SECOND + 520 * MS
        assert late.beat_at(10 * SECOND + 520 * MS) == 1.0

    def test_settings_change_the_grid_and_not_its_tempo(self) -> None:
        changed = grid(bpm=120.0)
        changed.use(PlaySettings(bpm=60.0, rate="1/4", swing=75.0, nudge=-10.0))
        assert changed.step_ns == 500 * MS
        assert (changed.due_ns(2) - 10 * SECOND, changed.due_ns(1) - 10 * SECOND) == (990 * MS, 740 * MS)

    def test_a_new_tempo_continues_from_the_beat_that_is_heard(self) -> None:
        late = grid(bpm=120.0, nudge=100.0)
        late.change_tempo(60.0, 11 * SECOND + 100 * MS)  # beat 2 is heard
        assert late.beat_at(11 * SECOND + 100 * MS) == 2.0
        assert late.beat_at(12 * SECOND + 100 * MS) == 3.0

    @given(st.floats(20, 400), st.sampled_from(FIELDS["rate"].choices), st.floats(50, 75), st.integers(0, 10**6))
    def test_steps_are_in_order_whatever_the_swing(self, bpm: float, rate: str, swing: float, step: int) -> None:
        made = grid(bpm=bpm, rate=rate, swing=swing)
        assert made.due_ns(step) < made.due_ns(step, 0.5) < made.due_ns(step + 1) <= made.due_ns(step + 2)


class TestSteps:
    @pytest.mark.parametrize(
        ("beat", "after", "step"),
        [
            (0.0, -1, 0),
            (-3.0, -1, 0),  # the song has no step before 0
            (1.0, -1, 4),
            (1.01, -1, 5),
            (1.0, 1, 5),  # beat 1 has sounded already
            (1.0, 2, 9),
        ],
    )
    def test_the_first_step_is_at_a_beat_and_after_what_was_reached(self, beat: float, after: int, step: int) -> None:
        assert grid(rate="1/16").first_step(beat, Fraction(after)) == step

    def test_a_bar_of_3_begins_every_12_sixteenths(self) -> None:
        assert [step for step in range(40) if grid().begins(step, 3)] == [0, 12, 24, 36]

    def test_a_step_longer_than_a_beat_begins_each_beat_that_it_passes(self) -> None:
        assert all(grid(rate="1/2.").begins(step, 1) for step in range(10))

    def test_dotted_eighths_begin_a_bar_with_the_first_step_at_or_after_its_line(self) -> None:
        assert [step for step in range(17) if grid(rate="1/8.").begins(step, 4)] == [0, 6, 11, 16]


class TestOnsets:
    def test_the_first_onset_is_the_step_itself_or_the_first_that_is_later_than_what_is_given(self) -> None:
        assert grid().first_onset(7, 2, 0) == Onset(7, 2, 0, 10 * SECOND + 250 * MS)
        assert grid().first_onset(7, 2, 10 * SECOND + 250 * MS) == Onset(7, 3, 0, 10 * SECOND + 375 * MS)

    def test_after_a_step_of_one_stroke_comes_the_next_step(self) -> None:
        assert grid().following(Onset(5, 3, 0, 0), 1) == Onset(6, 4, 0, 10 * SECOND + 500 * MS)

    def test_the_strokes_of_a_step_divide_it_evenly(self) -> None:
        onset, strokes = grid().first_onset(1, 0, 0), []
        for _ in range(5):
            strokes.append((onset.step, onset.stroke, ms(onset)))
            onset = grid().following(onset, 4)
        assert strokes == [(0, 0, 0.0), (0, 1, 31.25), (0, 2, 62.5), (0, 3, 93.75), (1, 0, 125.0)]

    def test_a_retimed_step_is_the_same_step_at_its_new_time(self) -> None:
        slower = grid(bpm=60.0)
        assert slower.retimed(Onset(3, 1, 0, 10 * SECOND + 125 * MS), 1, 0, 0) == Onset(3, 1, 0, 10 * SECOND + 250 * MS)

    def test_a_retimed_step_that_would_come_before_what_is_given_gives_way_to_a_later_one(self) -> None:
        retimed = grid().retimed(Onset(3, 1, 0, 0), 1, 10 * SECOND + 250 * MS, 0)
        assert retimed == Onset(4, 3, 0, 10 * SECOND + 375 * MS)

    def test_a_later_stroke_becomes_the_first_stroke_that_is_still_to_come(self) -> None:
        now_ns = 10 * SECOND + 70 * MS
        retimed = grid().retimed(Onset(2, 0, 1, 10 * SECOND + 62 * MS), 4, 10 * SECOND, now_ns)
        assert (retimed.serial, retimed.stroke, ms(retimed)) == (2, 3, 93.75)

    def test_without_a_stroke_left_the_next_step_is_next(self) -> None:
        retimed = grid().retimed(Onset(2, 0, 1, 10 * SECOND + 62 * MS), 1, 10 * SECOND, 10 * SECOND + 10 * MS)
        assert retimed == Onset(3, 1, 0, 10 * SECOND + 125 * MS)
