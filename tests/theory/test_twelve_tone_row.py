"""Twelve-tone rows: their forms, and what is special about them."""

from hypothesis import given
from hypothesis import strategies as st

from polate.theory.twelve_tone_row import Row, rows_in

SCHOENBERG_OP_25 = (4, 5, 7, 1, 6, 3, 8, 2, 11, 0, 9, 10)
BERG_LYRIC_SUITE = (5, 4, 0, 9, 7, 2, 8, 1, 3, 6, 10, 11)
WEBERN_OP_24 = (11, 10, 2, 3, 7, 6, 8, 4, 5, 0, 1, 9)


def test_the_forms_of_a_row_are_those_of_the_analyses() -> None:
    row = Row(SCHOENBERG_OP_25)
    assert row.form("P", 10) == (10, 11, 1, 7, 0, 9, 2, 8, 5, 6, 3, 4)  # P10 of the suite: B flat to E
    assert row.form("I", 4) == (4, 3, 1, 7, 2, 5, 0, 6, 9, 8, 11, 10)  # I4: E to B flat
    assert row.form("R", 4) == SCHOENBERG_OP_25[::-1]


@given(st.permutations(range(12)), st.sampled_from(["P", "I", "R", "RI"]), st.integers(0, 11))
def test_every_form_is_known_by_its_name(notes: list[int], kind: str, number: int) -> None:
    row = Row(tuple(notes))
    assert f"{kind}{number}" in row.named(Row(row.form(kind, number)))


def test_another_row_is_no_form() -> None:
    assert Row(SCHOENBERG_OP_25).named(Row(WEBERN_OP_24)) == ()


def test_a_symmetric_row_has_two_names() -> None:
    row = Row(BERG_LYRIC_SUITE)  # its second half is its first, backwards, a tritone away
    assert row.has_all_intervals
    assert row.named(row) == ("P5", "R11")
    assert not Row(SCHOENBERG_OP_25).has_all_intervals


def test_hexachords_and_the_forms_that_combine() -> None:
    chromatic = Row(tuple(range(12)))
    assert [half.forte for half in chromatic.hexachords] == ["6-1", "6-1"]
    assert chromatic.combines_with == ("P6", "RI5")  # I11 is its own retrograde
    assert Row((0, 11, 7, 8, 3, 1, 2, 10, 6, 5, 4, 9)).named(Row(tuple(range(12)))) == ()


def test_rows_are_found_where_the_notes_are_whole_rows() -> None:
    row = [60 + note for note in SCHOENBERG_OP_25]
    assert [found.notes for found in rows_in(row)] == [SCHOENBERG_OP_25]
    assert [found.notes for found in rows_in([*row, row[0] + 12])] == [SCHOENBERG_OP_25]
    assert len(rows_in([*row, *row[::-1]])) == 2
    assert rows_in(row[:11]) == rows_in([*row, *row[:5]]) == rows_in([]) == rows_in([60] * 12) == []
