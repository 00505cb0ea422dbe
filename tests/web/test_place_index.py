"""A few letters find a place."""

from polate.model.contract import Landmark
from polate.web.place_index import MOST_FOUND, Found, find

MARKS = [
    Landmark("giant steps", "ditone 0", (0.0,)),
    Landmark("petrushka", "tritone 0 4 7", (0.0,)),
    Landmark("whole tone", "whole-tone 0", (0.0,)),
]


def test_a_name_that_begins_with_the_letters_comes_first() -> None:
    assert [place.name for place in find("w", MARKS, [("lower", "tritone 0 1")])] == ["whole tone", "lower"]


def test_a_part_of_a_name_or_of_a_text_form_finds_it() -> None:
    assert find("STEPS", MARKS, []) == [Found("giant steps", "ditone 0", "landmark")]
    assert find("0 4 7", MARKS, []) == [Found("petrushka", "tritone 0 4 7", "landmark")]


def test_a_pattern_that_is_typed_is_found_though_nobody_has_named_it() -> None:
    assert find("ditone 0 -2 3", MARKS, [])[0] == Found("ditone 0 -2 3", "ditone 0 -2 3", "pattern")
    assert find("tritone 0 4 7", MARKS, [])[0].kind == "landmark"


def test_notes_that_are_typed_are_found_as_their_pattern() -> None:
    assert find("C4  c#4 e4 F4 G#4 a4 C5", MARKS, [])[0] == Found("C4 c#4 e4 F4 G#4 a4 C5", "ditone 0 1", "notes")
    assert find("60 61", MARKS, []) == [Found("60 61", "12 0 1", "notes")]
    assert find("60 60", MARKS, []) == []


def test_nothing_typed_lists_what_there_is_and_never_too_much() -> None:
    assert len(find("", MARKS, [])) == 3
    assert len(find("", MARKS, [(f"s{number}", "tritone 0") for number in range(500)])) == MOST_FOUND


def test_a_name_may_hold_anything_and_stays_a_name() -> None:
    assert find("<img", MARKS, [("<img onerror=alert(1)>", "tritone 0")])[0].name == "<img onerror=alert(1)>"
