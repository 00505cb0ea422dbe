"""From notes, and from MIDI files, to the pattern that gives them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from melodies import melody, midi, names
from mido import Message, MetaMessage
from strategies import patterns

from polate import ConfigError, Pattern, PatternError
from polate.theory.identification import pattern_of
from polate.theory.midi_notes import LARGEST_FILE, notes_of, voices


class TestGoldenScales:
    @pytest.mark.parametrize(
        ("notes", "text"),
        [
            ("C4 D4 E4 F4 G4 A4 B4 C5", "12 0 2 4 5 7 9 11"),
            ("C4 D4 E4 F4 G4 A4 B4", "12 0 2 4 5 7 9 11"),
            ("C4 D4 E4 F4 G4 A4 B4 C5 B4 A4 G4 F4 E4 D4 C4", "12 0 2 4 5 7 9 11"),
            ("C4 D4 Eb4 F4 G4 A4 B4 C5 Bb4 Ab4 G4 F4 Eb4 D4 C4", "12 0 2 3 5 7 9 11 down 0 2 3 5 7 8 10"),
            ("C4 Bb3 Eb4 E4 D4 G4 G#4 F#4 B4 C5", "ditone 0 -2 3"),  # Giant Steps
            ("C4 C#4 D4 F#4 G4 G#4 C5 G#4 G4 F#4 D4 C#4 C4", "tritone 0 1 2"),
            ("C4 C#4 D4 F#4 A#4 B4 C5 B4 A#4 F#4 D4 C#4 C4", "tritone symmetric 0 1 2"),
            ("C4 D4 E4 F#4 G#4 A#4 C5", "whole-tone 0"),
            ("C4 Db4 Eb4 E4 F#4 G4 A4 Bb4 C5", "sesquitone 0 1"),
            ("C4 Eb4 E4 G4 G#4 B4", "ditone 0 3"),
            ("C3 G#3 E4 C5 E4 G#3 C3", "quadritone 0"),
        ],
    )
    def test_a_known_scale_is_known_again(self, notes: str, text: str) -> None:
        assert pattern_of(names(notes)) == (Pattern.parse(text), names(notes)[0])

    def test_a_scale_over_two_octaves_is_the_scale_of_one(self) -> None:
        up = names("C4 D4 E4 G4 A4 C5 D5 E5 G5 A5 C6")
        assert pattern_of(up) == (Pattern.parse("12 0 2 4 7 9"), 60)
        assert pattern_of([*up, *up[-2::-1]]) == (Pattern.parse("12 0 2 4 7 9"), 60)

    def test_a_minor_scale_over_two_octaves_comes_down_through_other_notes_in_both(self) -> None:
        up = names("A3 B3 C4 D4 E4 F#4 G#4 A4 B4 C5 D5 E5 F#5 G#5 A5")
        down = names("G5 F5 E5 D5 C5 B4 A4 G4 F4 E4 D4 C4 B3 A3")
        assert pattern_of([*up, *down]) == (Pattern.parse("12 0 2 3 5 7 9 11 down 0 2 3 5 7 8 10"), 57)

    def test_a_cycle_of_fifths_folded_into_an_octave_and_a_half_by_its_player(self) -> None:
        fifths = names("C4 G4 D4 A4 E4 B4 F#4 C#4 G#4 Eb4 Bb4 F4 C5")
        assert pattern_of(fifths) == (Pattern.parse("diapente 0"), 60)

    def test_fifths_on_whole_tones_are_not_taken_for_a_folded_cycle(self) -> None:
        assert pattern_of(names("C4 G4 D4 A4 E4 B4 F#4 C#5 G#4 D#5 A#4 F5 C5"))[0] == Pattern.parse("whole-tone 0 7")

    def test_a_rendering_comes_before_a_shorter_cell_that_goes_round_twice(self) -> None:
        two_octaves = names("C4 E4 G#4 C5 E5 G#5 C6 G#5 E5 C5 G#4 E4 C4")
        assert pattern_of(two_octaves[:7])[0] == Pattern.parse("ditone 0")
        assert pattern_of(two_octaves)[0] == Pattern.parse("quadritone 0 4")

    def test_the_way_up_of_a_scale_wider_than_the_piano(self) -> None:
        pattern = Pattern.parse("diapente 0 4")
        scale = pattern.render(60)
        assert max(scale) - min(scale) > 60
        assert pattern_of(scale[: pattern.top]) == (pattern, 60)
        assert pattern_of(scale[: pattern.top + 1]) == (pattern, 60)


class TestLaws:
    @given(patterns(), st.integers(0, 127))
    def test_what_was_rendered_is_identified(self, pattern: Pattern, tonic: int) -> None:
        scale = pattern.render(tonic)
        found, found_tonic = pattern_of(scale)
        assert found.render(found_tonic) == scale
        if scale[0] == tonic:
            assert found_tonic == tonic
        size, found_size = (len(p.cell) + len(p.descending or ()) for p in (pattern, found))
        assert found == pattern or found_size < size or len(found.cell) < len(pattern.cell)

    @given(patterns(), st.integers(0, 127))
    def test_the_way_up_alone_is_enough_for_a_pattern_that_is_the_same_both_ways(
        self, pattern: Pattern, tonic: int
    ) -> None:
        if pattern.descending is None and pattern.top > 1:
            scale = pattern.render(tonic)
            found, found_tonic = pattern_of(scale[: pattern.top + 1])
            assert len(found.cell) < len(pattern.cell) or found.render(found_tonic) == scale

    @given(st.lists(st.integers(-3, 130), max_size=40))
    def test_any_notes_are_a_pattern_or_an_error(self, notes: list[int]) -> None:
        try:
            pattern, tonic = pattern_of(notes)
        except PatternError:
            return
        assert tonic == notes[0]
        assert {note % 12 for note in notes} <= {note % 12 for note in pattern.render(tonic)}


class TestRefusals:
    @pytest.mark.parametrize(
        ("notes", "message"),
        [
            ([], "must have 2 to 512 notes to be identified, got 0"),
            ([60], "must have 2 to 512 notes to be identified, got 1"),
            ([60, 61] * 300, "must have 2 to 512 notes to be identified, got 600"),
            ([60, 128], r"notes must be in 0\.\.127, got 128"),
            ([60, 62, 62], "note 3, D4, repeats the one before it"),
            (names("C4 C#4 D4 F#4 G4 D5 C5"), "note 6 is D5, where tritone 0 1 2 has G#4"),
            (names("C4 E4 A4 C5 E4 A4"), "note 5 is E4, where 12 0 4 9 has A4"),
            (names("C4 C#4 D4 F#4 G4 G#4 C5 G#4 G4"), "after note 9, the last, tritone 0 1 2 has F#4"),
            (names("C4 D4 E4 C5 E4 D4 C4 F4"), "note 8, F4, is after the end of 12 0 2 4"),
        ],
    )
    def test_what_is_no_pattern_is_told_by_the_note_that_breaks_it(self, notes: list[int], message: str) -> None:
        with pytest.raises(PatternError, match=message):
            pattern_of(notes)


class TestMidiFiles:
    def test_notes_come_in_order_of_onset_from_the_first_track_and_channel_that_has_any(self, tmp_path: Path) -> None:
        path = tmp_path / "scale.mid"
        other = Message("note_on", note=30, velocity=90, channel=9)
        late = Message("note_on", note=64, velocity=0)  # a note-off by another name
        track = [MetaMessage("track_name", name="major"), *melody([60, 62]), other, late, *melody([65])]
        midi([MetaMessage("set_tempo", tempo=500_000)], track, melody([1, 2, 3])).save(path)
        assert notes_of(path) == [60, 62, 65]
        assert [(voice.track, voice.name, voice.notes) for voice in voices(path.read_bytes())] == [
            (2, "major", (60, 62, 65)),
            (3, "", (1, 2, 3)),
        ]

    def test_overlapping_notes_are_not_a_chord(self, tmp_path: Path) -> None:
        path = tmp_path / "legato.mid"
        midi(
            [Message("note_on", note=60), Message("note_on", note=62, time=100), Message("note_off", note=60, time=20)]
        ).save(path)
        assert notes_of(path) == [60, 62]

    def test_a_chord_is_refused_where_it_stands(self, tmp_path: Path) -> None:
        path = tmp_path / "chord.mid"
        midi([*melody([60]), Message("note_on", note=62), Message("note_on", note=65)]).save(path)
        with pytest.raises(
            PatternError, match=r"chord\.mid: .* one note at a time, but D4 and F4 begin at tick 120 of"
        ):
            notes_of(path)

    def test_a_file_without_notes_is_refused(self, tmp_path: Path) -> None:
        midi([MetaMessage("set_tempo", tempo=500_000)]).save(tmp_path / "empty.mid")
        with pytest.raises(ConfigError, match=r"empty\.mid: no notes in it"):
            notes_of(tmp_path / "empty.mid")

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"not MIDI at all",
            b"MThd",
            b"MThd\0\0\0\6\0\1\0\1\0\x60MTrk\0\0\0\4\0\x90",
            b"MThd\0\0\0\6\0\1\0\1\0\x60MTrk\0\0\0\6\0\xff\x59\x02\x7f\x7f",  # a key signature that cannot be
            b"MThd" + bytes(LARGEST_FILE),
        ],
    )
    def test_a_broken_file_is_refused_by_name(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "broken.mid").write_bytes(content)
        with pytest.raises(ConfigError, match=r"broken\.mid"):
            notes_of(tmp_path / "broken.mid")

    def test_a_file_that_is_not_there_or_a_folder_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"cannot read .*nowhere\.mid: No such file"):
            notes_of(tmp_path / "nowhere.mid")
        with pytest.raises(ConfigError, match="cannot read"):
            notes_of(tmp_path)

    @given(st.binary(max_size=64))
    def test_any_bytes_are_voices_or_an_error(self, content: bytes) -> None:
        for head in (b"", b"MThd\0\0\0\6\0\1\0\1\0\x60MTrk\0\0\0\x20"):
            try:
                for voice in voices(head + content):
                    assert all(0 <= note <= 127 for _, note in voice.onsets)
            except ConfigError:
                pass
