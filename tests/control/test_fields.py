"""The table of settings, read from their types."""

from typing import Annotated, Literal

import msgspec
import pytest
from msgspec import Meta

from polate.control.fields import fields_of
from polate.errors import ControlError


class Example(msgspec.Struct):
    """One setting of each kind."""

    level: Annotated[float, Meta(ge=-1, le=1, description="a number with two ends")] = 0.0
    steps: Annotated[int, Meta(ge=1, le=8, description="a whole number")] = 1
    length: Annotated[Annotated[float, Meta(gt=0, le=9)] | None, Meta(description="a number above another")] = None
    key: Annotated[str | Annotated[int, Meta(ge=0, le=127)], Meta(description="a name or a number")] = "C4"
    mode: Annotated[Literal["up", "down", "as-played"], Meta(description="a word")] = "up"
    on: Annotated[bool, Meta(description="yes or no")] = False
    two_words: Annotated[str, Meta(max_length=4, description="text")] = ""


FIELDS = fields_of(Example)


def test_what_a_field_takes_is_read_from_its_type() -> None:
    assert {key: (field.plain, field.number, field.range, field.arguments) for key, field in FIELDS.items()} == {
        "level": (float, float, (-1.0, 1.0), "a number -1..1"),
        "steps": (int, int, (1.0, 8.0), "a whole number 1..8"),
        "length": (float, float, None, "a number above 0"),
        "key": (str, int, (0.0, 127.0), "a whole number 0..127 or a note's name"),
        "mode": (str, None, None, "one of up, down, as-played"),
        "on": (bool, None, None, "1 or 0"),
        "two-words": (str, None, None, "text"),
    }
    assert {key for key, field in FIELDS.items() if not field.has_range} == {"length", "two-words"}


def test_the_words_of_a_choice_keep_their_order() -> None:
    assert FIELDS["mode"].choices == ("up", "down", "as-played")
    assert [FIELDS["mode"].at(place) for place in (0.0, 0.5, 1.0)] == ["up", "down", "as-played"]


def test_fields_can_be_left_out() -> None:
    assert set(fields_of(Example, leave_out=("key", "two_words"))) == {"level", "steps", "length", "mode", "on"}


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("level", 2, "level must be a number -1..1, got 2"),
        ("steps", "many", "steps must be a whole number 1..8, got 'many'"),
        ("length", 0, "length must be a number above 0 (Expected `float` > 0.0), got 0"),
        ("mode", 3, "mode must be one of up, down, as-played, got 3"),
        ("on", "x", "on must be 1 or 0, got 'x'"),
        ("two-words", "a b c", "two-words must be text (Expected `str` of length <= 4), got 'a b c'"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_setting(key: str, value: object, complaint: str) -> None:
    with pytest.raises(ControlError) as caught:
        FIELDS[key].convert(value)
    assert str(caught.value) == complaint
    assert caught.value.path == key
