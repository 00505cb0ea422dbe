"""Set classes and modes, compared with music21's tables, and with what is known of single sets."""

from itertools import combinations
from types import SimpleNamespace

import pytest

from polate.errors import PatternError
from polate.theory.set_class import SetClass, modes, pitch_classes


@pytest.mark.parametrize(
    ("notes", "forte", "prime_form", "vector"),
    [
        ({0, 4, 7}, "3-11", (0, 3, 7), (0, 0, 1, 1, 1, 0)),
        ({0, 3, 7}, "3-11", (0, 3, 7), (0, 0, 1, 1, 1, 0)),
        ({0, 2, 4, 6, 8, 10}, "6-35", (0, 2, 4, 6, 8, 10), (0, 6, 0, 6, 0, 3)),
        ({0, 1, 3, 4, 6, 7, 9, 10}, "8-28", (0, 1, 3, 4, 6, 7, 9, 10), (4, 4, 8, 4, 4, 4)),
        ({0, 2, 3, 5, 7, 8, 11}, "7-32", (0, 1, 3, 4, 6, 8, 9), (3, 3, 5, 4, 4, 2)),
        ({2, 7, 9, 10, 0}, "5-23", (0, 2, 3, 5, 7), (1, 3, 2, 1, 3, 0)),
        ({0, 1, 3, 7, 8}, "5-20", (0, 1, 5, 6, 8), (2, 1, 1, 2, 3, 1)),
        ({5}, "1-1", (0,), (0, 0, 0, 0, 0, 0)),
        (set(range(12)), "12-1", tuple(range(12)), (12, 12, 12, 12, 12, 6)),
    ],
)
def test_a_set_has_the_class_that_the_literature_gives_it(
    notes: set[int], forte: str, prime_form: tuple[int, ...], vector: tuple[int, ...]
) -> None:
    found = SetClass.of(notes)
    assert (found.forte, found.prime_form, found.interval_vector) == (forte, prime_form, vector)


def test_every_set_has_the_number_and_the_vector_of_music21() -> None:
    tables = pytest.importorskip("music21.chord.tables", reason="music21 is the independent table of set classes")
    for size in range(1, 12):
        for notes in combinations(range(12), size):
            if notes[0] == 0:
                chord = SimpleNamespace(orderedPitchClasses=list(notes))  # all it reads; a Chord takes 40 x as long
                address = tables.seekChordTablesAddress(chord)
                found = SetClass.of(notes)
                name = tables.addressToForteName(address, "tni")
                assert (found.forte.replace("Z", ""), found.interval_vector) == (
                    name,
                    tuple(tables.addressToIntervalVector(address)),
                )


def test_z_related_classes_name_each_other_and_have_one_vector() -> None:
    one, other = SetClass.of({0, 1, 4, 6}), SetClass.of({0, 1, 3, 7})
    assert (one.forte, one.z_partner, other.forte, other.z_partner) == ("4-Z15", "4-Z29", "4-Z29", "4-Z15")
    assert one.interval_vector == other.interval_vector == (1, 1, 1, 1, 1, 1)
    assert SetClass.of({0, 4, 7}).z_partner is None


def test_messiaens_modes_have_their_number_of_transpositions() -> None:
    assert [
        SetClass.of(notes).transpositions
        for notes in ({0, 2, 4, 6, 8, 10}, {0, 1, 3, 4, 6, 7, 9, 10}, {0, 2, 3, 4, 6, 7, 8, 10, 11}, {0, 2, 4})
    ] == [2, 3, 4, 12]


def test_the_modes_begin_on_each_note_from_the_tonic_up() -> None:
    major = pitch_classes([55, 57, 59, 60, 62, 64, 66])  # from G
    assert [first for first, _ in modes(major, 7)] == [7, 9, 11, 0, 2, 4, 6]
    assert modes(major, 7)[1] == (9, (0, 2, 3, 5, 7, 9, 10))
    assert modes({0, 3, 6, 9}) == [(0, (0, 3, 6, 9))]  # of one kind


def test_no_notes_are_no_set_class() -> None:
    with pytest.raises(PatternError, match="at least one note, got none"):
        SetClass.of([])


def test_a_line_says_all_of_it() -> None:
    assert str(SetClass.of({0, 2, 4, 6, 8, 10})) == (
        "6-35, prime form 0 2 4 6 8 10, interval vector 060603, 2 transpositions"
    )
    assert str(SetClass.of(range(12))) == "12-1, prime form 0 1 2 3 4 5 6 7 8 9 10 11, interval vector 12 12 12 12 12 6"
