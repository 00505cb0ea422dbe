import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import patterns

from polate import PIANO, PROGRESSIONS, Pattern, PatternError, Register, note_name, parse_note


class TestGoldenPatterns:
    def test_the_tritone_with_two_interpolations_goes_up_and_down(self) -> None:
        assert Pattern(6, (0, 1, 2)).render(60) == (60, 61, 62, 66, 67, 68, 72, 68, 67, 66, 62, 61, 60)

    def test_the_symmetric_tritone_mirrors_every_second_cell(self) -> None:
        scale = Pattern(6, (0, 1, 2), symmetric=True).render(60)
        assert scale[:7] == (60, 61, 62, 66, 70, 71, 72)
        assert scale == scale[::-1]

    def test_giant_steps_cell(self) -> None:
        up = (60, 58, 63, 64, 62, 67, 68, 66, 71, 72)
        assert Pattern.parse("ditone 0 -2 3").render(60) == (*up, *up[-2::-1])

    def test_whole_tone_octatonic_chromatic_and_augmented_scales(self) -> None:
        def pitch_classes(text: str) -> set[int]:
            return {note % 12 for note in Pattern.parse(text).render(60)}

        assert pitch_classes("whole-tone 0") == {0, 2, 4, 6, 8, 10}
        assert pitch_classes("sesquitone 0 1") == {0, 1, 3, 4, 6, 7, 9, 10}
        assert pitch_classes("sesquitone 0 2") == {0, 2, 3, 5, 6, 8, 9, 11}
        assert pitch_classes("semitone 0") == set(range(12))
        assert pitch_classes("ditone 0 3") == {0, 3, 4, 7, 8, 11}

    def test_melodic_minor_comes_down_through_other_notes(self) -> None:
        minor = Pattern.parse("12 0 2 3 5 7 9 11 down 0 2 3 5 7 8 10")
        assert minor.render(60) == (60, 62, 63, 65, 67, 69, 71, 72, 70, 68, 67, 65, 63, 62, 60)
        assert minor.text == "12 0 2 3 5 7 9 11 down 0 2 3 5 7 8 10"
        assert minor.render(60)[minor.top] == 72

    def test_ultrapolation_up_and_infrapolation_down(self) -> None:
        pattern = Pattern.parse("tritone 0 7 down 0 -1 2")
        assert pattern.render(60) == (60, 67, 66, 73, 72, 68, 65, 66, 62, 59, 60)
        assert pattern.classification == "Ultrapolation"

    def test_the_cells_of_both_ways_are_written_from_their_principal_tones(self) -> None:
        up, down = Pattern.parse("tritone 0 7 down 0 -1 2").cells(60)
        assert up == [(60, 67), (66, 73), (72,)]
        assert down == [(66, 65, 68), (60, 59, 62)]

    def test_a_second_climb_begins_where_the_first_has_come_to(self) -> None:
        up, down = Pattern.parse("quadritone 0").cells(100, register=None, climbs=2)
        assert up == [(100,), (108,), (116,), (124,), (132,), (140,), (148,)]
        assert down == up[-2::-1]

    def test_an_octave_scale_is_a_pattern_too(self) -> None:
        scale = Pattern.parse("12 0 2 4 5 7 9 11")
        assert scale.render(60)[:8] == (60, 62, 64, 65, 67, 69, 71, 72)
        assert (scale.parts, scale.octaves) == (1, 1)

    @pytest.mark.parametrize(
        ("progression", "octaves", "parts"),
        [
            ("tritone", 1, 2),
            ("ditone", 1, 3),
            ("sesquitone", 1, 4),
            ("whole-tone", 1, 6),
            ("semitone", 1, 12),
            ("quadritone", 2, 3),
            ("sesquiquadritone", 3, 4),
            ("quinquetone", 5, 6),
            ("diatessaron", 5, 12),
            ("septitone", 7, 6),
            ("diapente", 7, 12),
            ("sesquiquinquetone", 11, 12),
        ],
    )
    def test_the_twelve_progressions_divide_their_octaves(self, progression: str, octaves: int, parts: int) -> None:
        pattern = Pattern(PROGRESSIONS[progression], (0,))
        assert (pattern.octaves, pattern.parts) == (octaves, parts)
        assert pattern.interval * parts == 12 * octaves

    @pytest.mark.parametrize(
        ("text", "title"),
        [
            ("tritone 0", "Principal Tones"),
            ("tritone 0 1 2", "Interpolation"),
            ("tritone 0 7", "Ultrapolation"),
            ("ditone 0 -1", "Infrapolation"),
            ("ditone 0 -1 2", "Infra-Interpolation"),
            ("ditone 0 2 -1", "Inter-Infrapolation"),
            ("ditone 0 -1 2 9", "Infra-Inter-Ultrapolation"),
            ("tritone symmetric 0 1 2", "Symmetric Interpolation"),
        ],
    )
    def test_classes_have_slonimskys_names(self, text: str, title: str) -> None:
        assert Pattern.parse(text).classification == title

    def test_a_scale_wider_than_the_piano_folds_by_whole_cells(self) -> None:
        scale = Pattern.parse("diapente 0 4").render(60)
        assert scale[8:14] == (88, 92, 95, 99, 30, 34)
        assert min(scale) >= 21
        assert max(scale) <= 108


class TestLaws:
    @given(patterns())
    def test_the_text_form_is_read_back(self, pattern: Pattern) -> None:
        assert Pattern.parse(pattern.text) == pattern
        assert Pattern.parse(f"  {pattern.text.upper()} ") == pattern

    @given(patterns(), st.integers(0, 127))
    def test_every_scale_is_legal_midi_from_tonic_to_tonic(self, pattern: Pattern, tonic: int) -> None:
        scale = pattern.render(tonic)
        assert all(0 <= note <= 127 for note in scale)
        assert (scale == scale[::-1]) or pattern.descending is not None
        assert scale[0] % 12 == scale[-1] % 12 == tonic % 12
        assert scale[pattern.top] % 12 == tonic % 12
        assert all(a != b for a, b in itertools.pairwise(scale))

    @given(patterns(), st.integers(0, 127))
    def test_the_cell_stands_whole_on_every_principal_tone(self, pattern: Pattern, tonic: int) -> None:
        scale, length = pattern.render(tonic), len(pattern.cell)
        for part in range(pattern.parts):
            notes = scale[part * length : (part + 1) * length]
            cell = pattern.mirror if pattern.symmetric and part % 2 else pattern.cell
            assert tuple(note - notes[0] for note in notes) == cell
            assert (notes[0] - tonic - part * pattern.interval) % 12 == 0

    @given(patterns(), st.integers(0, 127))
    def test_the_descending_cell_stands_whole_on_every_principal_tone(self, pattern: Pattern, tonic: int) -> None:
        cell = pattern.descending or pattern.cell
        way_down = pattern.render(tonic)[pattern.top + 1 :][::-1]  # from the tonic up
        assert len(way_down) == pattern.parts * len(cell)
        for part in range(pattern.parts):
            notes = way_down[part * len(cell) : (part + 1) * len(cell)]
            assert tuple(note - notes[0] for note in notes) == (
                pattern.mirror if pattern.symmetric and part % 2 else cell
            )

    @given(patterns())
    def test_the_class_names_the_roles_in_the_order_in_which_they_first_come(self, pattern: Pattern) -> None:
        title = pattern.classification
        if len(pattern.cell) == 1:
            assert title == "Principal Tones"
            return
        assert title.startswith("Symmetric ") == pattern.symmetric
        named = title.removeprefix("Symmetric ").removesuffix("polation").lower().split("-")
        where = ["infra" if x < 0 else "inter" if x < pattern.interval else "ultra" for x in pattern.cell[1:]]
        assert sorted(set(where), key=where.index) == named

    @given(patterns(), st.integers(0, 127))
    def test_what_fits_the_piano_is_not_folded(self, pattern: Pattern, tonic: int) -> None:
        cells = [*pattern.ascent(), *pattern.descent()]
        plain = [tonic + principal + offset for principal, cell in cells for offset in cell]
        if PIANO.lowest <= min(plain) and max(plain) <= PIANO.highest:
            assert list(pattern.render(tonic)) == plain

    @given(st.integers(0, 127))
    def test_note_names_are_read_back(self, note: int) -> None:
        assert parse_note(str(note)) == note
        if note >= 12:
            assert parse_note(note_name(note)) == note


class TestRefusals:
    @pytest.mark.parametrize(
        ("interval", "cell", "symmetric", "message"),
        [
            (0, (0,), False, "interval must be in 1..24 semitones, got 0"),
            (25, (0,), False, "interval must be in 1..24 semitones, got 25"),
            (6, (), False, "a cell must have 1 to 12 notes, got 0"),
            (6, (1, 2), False, "must begin with 0, its principal tone, got 1 2"),
            (6, (0, 24), False, "offsets must be in -11..23 semitones, got 24"),
            (6, (0, 6), False, "offset 6 is the next principal tone"),
            (6, (0, 1, 13), False, "must not hold a pitch class twice, got 0 1 13"),
            (6, (0, 2, 1), True, "takes rising interpolations only, in 1..5, got 0 2 1"),
            (6, (0, 7), True, "takes rising interpolations only"),
            (4, (0, 1), True, "needs an even number of principal tones, got 3"),
            (6, (0, 3), True, "is its own mirror"),
        ],
    )
    def test_an_illegal_pattern_says_what_is_allowed_and_what_came(
        self, interval: int, cell: tuple[int, ...], symmetric: bool, message: str
    ) -> None:
        with pytest.raises(PatternError, match=message.replace("(", r"\(")):
            Pattern(interval, cell, symmetric)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("tritone symmetric 0 1 2 down 0 1", "a symmetric pattern has no descending cell, got 0 1"),
            ("tritone 0 1 down 0 1", "0 1 is the cell of the way up too"),
            ("tritone 0 1 down", "a cell must have 1 to 12 notes, got 0"),
            ("tritone 0 1 down 0 2 down 0 3", "the word 'down' twice"),
            ("tritone 0 1 down 0 6", "offset 6 is the next principal tone"),
        ],
    )
    def test_a_bad_descending_cell_is_refused(self, text: str, message: str) -> None:
        with pytest.raises(PatternError, match=message):
            Pattern.parse(text)

    def test_a_text_that_is_too_long_is_refused_and_not_cut(self) -> None:
        with pytest.raises(PatternError, match="at most 256 characters, got 267"):
            Pattern.parse("12 0 2" + " " * 256 + "5 7 9")

    @pytest.mark.parametrize("text", ["", "tritone", "triton 0 1", "tritone 0 x", "tritone 0 1.5", "9999 0", "0x6 0"])
    def test_unreadable_text_is_refused(self, text: str) -> None:
        with pytest.raises(PatternError):
            Pattern.parse(text)

    @given(st.text())
    def test_any_text_is_a_pattern_or_an_error(self, text: str) -> None:
        try:
            pattern = Pattern.parse(text)
        except PatternError:
            return
        assert Pattern.parse(pattern.text) == pattern

    @pytest.mark.parametrize("text", ["128", "-1", "H4", "C##4", "G9x", "B9", ""])
    def test_a_note_outside_midi_is_refused(self, text: str) -> None:
        with pytest.raises(PatternError, match=r"0\.\.127"):
            parse_note(text)

    def test_a_register_too_narrow_to_fold_into_is_refused(self) -> None:
        with pytest.raises(PatternError, match=r"at least 88 notes, got 60\.\.72"):
            Register(60, 72)

    def test_a_tonic_outside_midi_is_refused(self) -> None:
        with pytest.raises(PatternError, match=r"0\.\.127, got 128"):
            Pattern(6, (0,)).render(128)
