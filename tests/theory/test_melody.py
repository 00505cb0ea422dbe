"""Any notes have a pattern, and what was done to them is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polate.errors import PatternError
from polate.theory.identification import pattern_of
from polate.theory.melody import read_melody
from polate.theory.midi_notes import parse_notes


@pytest.mark.parametrize(
    ("notes", "text", "remarks"),
    [
        ("60 61 62 66 67 68 72", "tritone 0 1 2", ()),  # a scale as it is
        ("60 60 61 62 62 66 67 68 72", "tritone 0 1 2", ("left out 2 notes that repeat the one before it",)),
        (
            "60 66 72 61 67 62 68",  # shuffled
            "tritone 0 1 2",
            ("put the notes in rising order, from C4: C4 C#4 D4 F#4 G4 G#4 C5",),
        ),
        (
            "60 62 64 60 66 67",  # it turns
            "12 0 2 4 6 7",
            ("put the notes in rising order, from C4: C4 D4 E4 F#4 G4",),
        ),
        (
            "67 64 60 64 67 70",  # the tonic is the first note
            "12 0 3 5 9",
            ("put the notes in rising order within one octave, from G4: G4 A#4 C5 E5",),
        ),
    ],
)
def test_the_notes_are_changed_as_little_as_possible_and_it_is_said_how(
    notes: str, text: str, remarks: tuple[str, ...]
) -> None:
    melody = read_melody([int(note) for note in notes.split()])
    assert (melody.pattern.text, melody.remarks) == (text, remarks)


def test_notes_that_sound_together_are_a_set_from_the_lowest() -> None:
    melody = read_melody([67, 60, 64], are_together=True)
    assert (melody.pattern.text, melody.tonic) == ("12 0 4 7", 60)
    assert melody.remarks == ("took the notes as a set, because some sound together",)


def test_a_row_keeps_its_order() -> None:
    row = [64, 65, 67, 61, 66, 63, 68, 62, 71, 60, 69, 70]
    melody = read_melody([*row, *row[::-1]])
    assert melody.pattern.text == "12 0 1 3 9 2 11 4 10 7 8 5 6"
    assert [melody.rows[0].named(each) for each in melody.rows] == [("P4",), ("R4",)]
    assert melody.remarks[-1] == "took the first twelve notes as a row, each within the octave above E4"


@given(st.lists(st.integers(0, 127), min_size=2, max_size=16))
def test_any_notes_have_a_pattern_with_their_pitch_classes(notes: list[int]) -> None:
    if len({note % 12 for note in notes}) < 2:
        return
    melody = read_melody(notes)
    assert {note % 12 for note in melody.pattern.render(melody.tonic)} == {note % 12 for note in notes}
    try:
        assert pattern_of(notes) == (melody.pattern, melody.tonic)
        assert not melody.remarks
    except PatternError:
        assert melody.remarks


@pytest.mark.parametrize("notes", [[], [60], [60, 60, 60], [60] * 600, [60, 128], [60, 300, 60, 300]])
def test_what_is_no_melody_is_refused(notes: list[int]) -> None:
    with pytest.raises(PatternError):
        read_melody(notes)


def test_names_without_octaves_go_up() -> None:
    assert parse_notes(["G", "A", "B", "C", "D", "E", "F#", "G"]) == [67, 69, 71, 72, 74, 76, 78, 79]
    assert parse_notes(["C", "C"]) == [60, 72]
    assert parse_notes(["G4", "A4", "B4", "C4"]) == [67, 69, 71, 60]
    assert parse_notes(["60", "62", "C"]) == [60, 62, 60]
    assert len(set(parse_notes(["C"] * 8))) == 1  # there are not so many octaves
    assert parse_notes([]) == []
