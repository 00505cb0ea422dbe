from itertools import pairwise
from typing import Any, get_args

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from msgspec.structs import replace
from strategies import patterns

from polate import Pattern, PatternError
from polate.control.settings import Order, PlaySettings
from polate.sequencer.phrase import CHANCE_SLOTS, Phrase, Slot, degree, make_phrase, nearest, pitch_classes, resume

TRITONE = Pattern.parse("tritone 0 1 2")
MAJOR = Pattern.parse("12 0 2 4 5 7 9 11")
MINOR = Pattern.parse("12 0 2 3 5 7 9 11 down 0 2 3 5 7 8 10")
ORDERS = get_args(Order)
keys = st.lists(st.integers(0, 127), max_size=8).map(tuple)


@st.composite
def settings(draw: st.DrawFn, **fixed: Any) -> PlaySettings:
    """Any order, octaves and register that `PlaySettings.check` allows."""
    lowest = draw(st.one_of(st.just(21), st.integers(0, 116)))
    highest = draw(st.one_of(st.just(108), st.integers(lowest + 11, 127)))
    assume(highest >= lowest + 11)
    drawn = {
        "order": draw(st.sampled_from(ORDERS)),
        "octaves": draw(st.integers(1, 6)),
        "lowest": lowest,
        "highest": highest,
        "seed": draw(st.integers(0, 2**31 - 1)),
    }
    made = PlaySettings(**(drawn | fixed))
    made.check()
    return made


def line(notes: tuple[int, ...], top: int) -> Phrase:
    return Phrase(tuple(Slot((note,), 0, (notes[0],)) for note in notes), top)


def phrase(pattern: Pattern = TRITONE, tonic: int = 60, played: tuple[int, ...] = (), **setting: Any) -> Phrase:
    return make_phrase(pattern, PlaySettings(**setting), tonic, played)


class TestOrders:
    @pytest.mark.parametrize(
        ("order", "notes", "top"),
        [
            ("thesaurus", (60, 61, 62, 66, 67, 68, 72, 68, 67, 66, 62, 61), 6),
            ("up", (60, 61, 62, 66, 67, 68), 6),
            ("down", (72, 68, 67, 66, 62, 61), 0),
            ("converge", (60, 72, 61, 68, 62, 67, 66), 7),
            ("diverge", (66, 67, 62, 68, 61, 72, 60), 7),
            ("pendulum", (60, 61, 62, 66, 67, 68, 72, 68, 67, 66, 62, 61), 6),
        ],
    )
    def test_tritone_with_two_interpolations(self, order: str, notes: tuple[int, ...], top: int) -> None:
        assert phrase(order=order).notes == notes
        assert phrase(order=order).top == top

    def test_a_leaping_cell_is_put_in_order_by_the_pendulum_alone(self) -> None:
        ditone = Pattern.parse("ditone 0 -1 2")
        assert phrase(ditone, order="up").notes == (60, 59, 62, 64, 63, 66, 68, 67, 70)
        assert phrase(ditone, order="pendulum").notes == (
            *(59, 60, 62, 63, 64, 66, 67, 68, 70, 72),
            *(70, 68, 67, 66, 64, 63, 62, 60),
        )

    def test_melodic_minor_comes_down_through_other_notes(self) -> None:
        assert phrase(MINOR, order="down").notes == (72, 70, 68, 67, 65, 63, 62)
        assert phrase(MINOR, order="up").notes == (60, 62, 63, 65, 67, 69, 71)
        assert phrase(MINOR, order="pendulum").notes[8:] == (71, 69, 67, 65, 63, 62)

    def test_a_chord_is_a_cell_struck_on_its_principal_tone(self) -> None:
        chords = phrase(order="chord")
        assert [slot.notes for slot in chords.slots] == [(60, 61, 62), (66, 67, 68), (72,), (66, 67, 68)]
        assert chords.top == 2
        assert chords.notes == (60, 66, 72, 66)

    def test_a_chord_of_the_way_down_alone_is_struck_too(self) -> None:
        chords = phrase(Pattern.parse("tritone 0 4 down 0 3"), order="chord")
        assert [slot.notes for slot in chords.slots] == [(60, 64), (66, 70), (72,), (66, 69), (60, 63)]

    def test_keys_are_played_in_the_order_in_which_they_were_pressed_on_the_notes_of_the_scale(self) -> None:
        keys = phrase(order="as-played", played=(64, 60, 69, 84))
        assert keys.notes == (62, 60, 68, 84)
        assert [slot.cell for slot in keys.slots] == [(60, 61, 62), (60, 61, 62), (66, 67, 68), (84, 85, 86)]
        assert [slot.group for slot in keys.slots] == [0, 0, 1, 2]

    def test_keys_reach_the_notes_of_the_way_down_too(self) -> None:
        minor = phrase(MINOR, order="as-played", played=(70, 71, 62))
        assert minor.notes == (70, 71, 62)
        assert [slot.cell[-1] for slot in minor.slots] == [70, 71, 71]  # what both ways have is of the way up

    def test_as_played_without_keys_goes_up(self) -> None:
        assert phrase(order="as-played") == phrase(order="up")

    def test_the_way_up_is_climbed_more_than_once_before_it_turns(self) -> None:
        twice = phrase(octaves=2)
        assert twice.notes[:13] == (60, 61, 62, 66, 67, 68, 72, 73, 74, 78, 79, 80, 84)
        assert twice.notes[12:] == (84, 80, 79, 78, 74, 73, 72, 68, 67, 66, 62, 61)
        assert twice.top == 12
        assert phrase(order="up", octaves=2).notes == twice.notes[:12]

    def test_a_wide_pattern_climbs_from_where_it_has_come_to(self) -> None:
        quadritone = Pattern.parse("quadritone 0 1")  # two octaves
        assert phrase(quadritone, 36, order="up", octaves=2).notes == (
            *(36, 37, 44, 45, 52, 53),
            *(60, 61, 68, 69, 76, 77),
        )

    def test_random_and_walk_go_by_their_seed(self) -> None:
        for order in ("random", "walk"):
            assert phrase(order=order, seed=1) == phrase(order=order, seed=1)
            assert phrase(order=order, seed=1) != phrase(order=order, seed=2)
            assert len(phrase(order=order).slots) == CHANCE_SLOTS
        assert phrase(order="random").notes[:12] == (68, 67, 62, 61, 67, 62, 68, 61, 66, 67, 72, 66)
        assert phrase(order="walk").notes[:12] == (60, 61, 60, 61, 62, 60, 61, 62, 67, 68, 67, 62)

    def test_random_meets_every_note_about_equally_often(self) -> None:
        notes = phrase(order="random").notes
        assert all(256 / 7 * 0.6 < notes.count(note) < 256 / 7 * 1.4 for note in set(notes))
        assert len(set(notes)) == 7

    def test_a_walk_begins_on_the_tonic(self) -> None:
        assert phrase(Pattern.parse("ditone 0 -1 2"), order="walk").notes[0] == 60

    def test_a_walk_takes_mostly_single_steps(self) -> None:
        notes = phrase(MAJOR, order="walk", octaves=2).notes
        scale = sorted(set(phrase(MAJOR, order="pendulum", octaves=2).notes))
        strides = [abs(scale.index(a) - scale.index(b)) for a, b in pairwise(notes)]
        assert strides.count(1) > 0.6 * len(strides)
        assert strides.count(2) > 0.1 * len(strides)


class TestRegister:
    def test_a_narrow_register_folds_each_note_by_octaves(self) -> None:
        assert phrase(octaves=2, order="up", lowest=60, highest=75).notes == (
            *(60, 61, 62, 66, 67, 68),
            *(72, 73, 74, 66, 67, 68),
        )
        assert phrase(order="up", tonic=40, lowest=60, highest=71).notes == (64, 65, 66, 70, 71, 60)

    def test_what_fits_a_narrow_register_is_left_as_it_is(self) -> None:
        assert phrase(lowest=60, highest=72) == phrase()

    def test_the_cell_and_its_principal_tone_are_folded_like_the_notes(self) -> None:
        up = phrase(order="up", tonic=40, lowest=60, highest=71)
        assert [slot.cell for slot in up.slots[::3]] == [(64, 65, 66), (70, 71, 60)]
        assert [slot.principal for slot in up.slots[::3]] == [64, 70]

    def test_a_piano_wide_register_folds_by_whole_cells(self) -> None:
        diapente = Pattern.parse("diapente 0 4")
        assert phrase(diapente).notes[8:14] == (88, 92, 95, 99, 30, 34)
        assert phrase(diapente, lowest=36, highest=123).notes[8:14] == (88, 92, 95, 99, 102, 106)

    def test_keys_out_of_the_register_are_folded_into_it(self) -> None:
        assert phrase(order="as-played", played=(24, 127), lowest=48, highest=72).notes == (48, 67)


class TestCells:
    def test_each_cell_is_a_group_with_its_principal_tone(self) -> None:
        slots = phrase().slots
        assert [slot.group for slot in slots] == [0, 0, 0, 1, 1, 1, 2, 3, 3, 3, 4, 4]
        assert [slot.principal for slot in slots] == [60, 60, 60, 66, 66, 66, 72, 66, 66, 66, 60, 60]
        assert slots[4].cell == (66, 67, 68)
        assert slots[8].cell == (66, 67, 68)

    def test_a_cell_lasts_until_the_next_one_or_the_next_turn(self) -> None:
        assert [phrase().steps_to_next_cell(index) for index in range(12)] == [3, 2, 1, 3, 2, 1, 1, 3, 2, 1, 2, 1]
        assert [phrase(MAJOR, order="up").steps_to_next_cell(index) for index in (0, 6)] == [7, 1]

    def test_notes_out_of_their_order_keep_their_cells(self) -> None:
        converging = phrase(order="converge")
        assert [slot.principal for slot in converging.slots] == [60, 72, 60, 66, 60, 66, 66]
        assert [slot.group for slot in converging.slots] == [0, 1, 2, 3, 4, 5, 5]

    def test_a_note_that_two_cells_have_is_the_first_ones(self) -> None:
        ditone = Pattern.parse("ditone 0 8")  # 60 68 64 72 68 76 72
        assert [slot.principal for slot in phrase(ditone, order="pendulum").slots[:5]] == [60, 64, 60, 64, 68]
        assert phrase(ditone, order="as-played", played=(68,)).slots[0].cell == (60, 68)

    def test_the_mirrored_cell_of_a_symmetric_pattern_is_its_own(self) -> None:
        slots = phrase(Pattern.parse("tritone symmetric 0 1 2"), order="up").slots
        assert [slot.cell for slot in slots[::3]] == [(60, 61, 62), (66, 70, 71)]

    def test_height_is_the_place_in_the_compass(self) -> None:
        assert phrase().height(0) == 0
        assert phrase().height(6) == 1
        assert phrase().height(3) == 0.5
        assert line((60,), 1).height(0) == 0.5


class TestKeys:
    def test_a_note_goes_to_the_nearest_of_the_scale(self) -> None:
        scale = pitch_classes(MAJOR, 60)
        assert [nearest(note, scale) for note in range(60, 73)] == [
            *(60, 60, 62, 62, 64, 65, 65, 67, 67, 69, 69, 71, 72),  # of two equally near the lower
        ]

    def test_a_note_stays_where_there_is_midi(self) -> None:
        assert nearest(0, {11}) == 11
        assert nearest(127, {8}) == 116

    def test_a_key_moves_the_tonic_by_degrees_of_the_home_scale(self) -> None:
        assert [degree(key, MAJOR, 62) for key in (62, 63, 64, 65, 66)] == [62, 62, 64, 64, 66]
        assert [degree(key, TRITONE, 60) for key in (60, 63, 64, 65)] == [60, 62, 62, 66]

    def test_both_ways_of_a_pattern_are_its_scale(self) -> None:
        assert pitch_classes(MINOR, 60) == {0, 2, 3, 5, 7, 8, 9, 10, 11}


class TestResume:
    def test_the_line_goes_on_in_its_direction_at_the_nearest_pitch(self) -> None:
        tritone = line((60, 61, 62, 66, 67, 68, 72, 68, 67, 66, 62, 61), top=6)
        ditone = line((60, 64, 68, 72, 68, 64), top=3)
        assert resume(tritone, 5, ditone) == 2  # on the way up
        assert resume(tritone, 7, ditone) == 4  # on the way down

    def test_the_top_that_is_to_come_is_on_the_way_up(self) -> None:
        pentatonic = phrase(Pattern.parse("12 0 3 5 7 10 down 0 2 3 5 7 8 10"))
        major = phrase(MAJOR)
        assert resume(pentatonic, 5, major) == 7
        assert major.notes[resume(pentatonic, 6, major)] == 71
        assert resume(line((60, 64, 67, 64), 2), 2, line((60, 62, 65, 72, 66), 3)) == 2  # 66 is on the way down

    def test_the_note_that_has_just_sounded_does_not_come_again(self) -> None:
        assert resume(line((60, 62, 64, 62), 2), 1, line((60, 67, 72, 67), 2)) == 1  # 60 is nearer to 62, but was last
        assert resume(line((60, 62, 64, 62), 2), 1, line((60, 120, 127, 120), 2)) == 1
        assert resume(line((60, 60, 64), 2), 1, line((60, 67), 1)) == 0  # it was to come again
        assert resume(line((60, 62), 2), 1, line((60,), 1)) == 0  # there is no other

    def test_a_common_tone_is_kept(self) -> None:
        assert phrase(MAJOR).notes[resume(phrase(), 4, phrase(MAJOR))] == 67

    def test_where_there_is_one_way_only_all_of_it_is_taken(self) -> None:
        up, down = phrase(MAJOR, order="up"), phrase(MAJOR, order="down")
        assert resume(phrase(), 8, up) == 4  # G on the way down: G on the way up
        assert resume(phrase(), 4, down) == 3
        assert resume(down, 3, up) == 4

    def test_from_a_way_up_without_end_the_line_goes_on_up(self) -> None:
        assert resume(phrase(MAJOR, order="up"), 4, phrase()) == 4

    def test_a_random_line_goes_on_near_its_place(self) -> None:
        random = phrase(order="random")
        assert resume(random, 100, random) == 100

    @given(patterns(), settings(), patterns(), settings(), st.integers(0, 127), keys, st.data())
    def test_there_is_always_a_place(
        self,
        before: Pattern,
        old: PlaySettings,
        after: Pattern,
        new: PlaySettings,
        tonic: int,
        played: tuple[int, ...],
        data: st.DataObject,
    ) -> None:
        first, second = make_phrase(before, old, tonic, played), make_phrase(after, new, tonic, played)
        index = data.draw(st.integers(0, len(first.slots) - 1))
        assert 0 <= resume(first, index, second) < len(second.slots)
        assert first.notes[resume(first, index, first)] == first.notes[index]


class TestLaws:
    @given(patterns(), st.integers(0, 127))
    @example(Pattern.parse("diapente 0 4"), 60)
    def test_the_order_thesaurus_is_the_scale_as_it_is_rendered(self, pattern: Pattern, tonic: int) -> None:
        whole = phrase(pattern, tonic)
        assert whole.notes == pattern.render(tonic)[:-1]
        assert whole.top == pattern.top

    @given(patterns(), settings(order="thesaurus"), st.integers(0, 127))
    def test_the_ways_up_and_down_make_the_whole(self, pattern: Pattern, settings: PlaySettings, tonic: int) -> None:
        def notes(order: str) -> tuple[int, ...]:
            return make_phrase(pattern, replace(settings, order=order), tonic).notes

        whole = make_phrase(pattern, settings, tonic)
        assert whole.notes == notes("up") + notes("down")
        assert whole.top == len(notes("up"))

    @given(patterns(), settings(), st.integers(0, 127), keys)
    @example(TRITONE, PlaySettings(order="as-played"), 60, (0, 127))
    @example(TRITONE, PlaySettings(), 100, ())
    def test_every_note_is_in_the_register_and_of_the_scale(
        self, pattern: Pattern, settings: PlaySettings, tonic: int, played: tuple[int, ...]
    ) -> None:
        made = make_phrase(pattern, settings, tonic, played)
        scale = pitch_classes(pattern, tonic)
        assert made.slots
        assert 0 <= made.top <= len(made.slots)
        for slot in made.slots:
            for note in (*slot.notes, *slot.cell, slot.principal):
                assert settings.lowest <= note <= settings.highest
                assert note % 12 in scale
            assert set(slot.notes) <= set(slot.cell)

    @given(patterns(), settings(), st.integers(0, 127), keys)
    def test_groups_count_up_and_hold_one_cell_each(
        self, pattern: Pattern, settings: PlaySettings, tonic: int, played: tuple[int, ...]
    ) -> None:
        slots = make_phrase(pattern, settings, tonic, played).slots
        assert slots[0].group == 0
        for before, after in pairwise(slots):
            assert after.group - before.group in (0, 1)
            assert after.group != before.group or after.cell == before.cell

    @given(patterns(), settings(), st.integers(0, 127), keys, st.data())
    def test_heights_are_in_0_to_1(
        self, pattern: Pattern, settings: PlaySettings, tonic: int, played: tuple[int, ...], data: st.DataObject
    ) -> None:
        made = make_phrase(pattern, settings, tonic, played)
        assert 0 <= made.height(data.draw(st.integers(0, len(made.slots) - 1))) <= 1

    @given(patterns(), settings(), st.integers(0, 127))
    def test_diverging_is_converging_reversed(self, pattern: Pattern, settings: PlaySettings, tonic: int) -> None:
        inwards = make_phrase(pattern, replace(settings, order="converge"), tonic).notes
        assert make_phrase(pattern, replace(settings, order="diverge"), tonic).notes == inwards[::-1]
        assert len(set(inwards)) == len(inwards)

    @given(patterns(), settings(), st.integers(0, 127), st.sampled_from(["pendulum", "random", "walk"]))
    def test_no_note_comes_twice_in_a_row(
        self, pattern: Pattern, settings: PlaySettings, tonic: int, order: str
    ) -> None:
        notes = make_phrase(pattern, replace(settings, order=order), tonic).notes
        if len(set(notes)) > 1:
            assert all(a != b for a, b in pairwise((*notes, notes[0])))
        else:
            assert len(notes) == 1

    @given(patterns(), settings(), st.integers(0, 127))
    def test_a_walk_never_leaps_not_even_back_to_its_beginning(
        self, pattern: Pattern, settings: PlaySettings, tonic: int
    ) -> None:
        scale = sorted(set(make_phrase(pattern, replace(settings, order="pendulum"), tonic).notes))
        notes = make_phrase(pattern, replace(settings, order="walk"), tonic).notes
        places = [scale.index(note) for note in (*notes, notes[0])]
        assert all(abs(a - b) <= 2 for a, b in pairwise(places))

    @pytest.mark.parametrize("tonic", [-1, 128])
    def test_a_tonic_that_is_no_note_is_refused(self, tonic: int) -> None:
        with pytest.raises(PatternError, match=f"tonic must be in 0..127, got {tonic}"):
            phrase(tonic=tonic)
