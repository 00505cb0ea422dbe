"""An error has where it is as fields, and is printed as one sentence."""

import pickle

import msgspec
import pytest

from polate.errors import ConfigError, PolateError, PortError, TakeError, message_and_path


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ConfigError("there is none"), "there is none"),
        (ConfigError("must be 1 or 0, got 2", path="hold"), "hold must be 1 or 0, got 2"),
        (ConfigError("must be 1 or 0, got 2", path="hold", file="a.toml"), "a.toml: hold must be 1 or 0, got 2"),
        (PortError("there is none", file="a.toml"), "a.toml: there is none"),
        (TakeError("must be an object", file="a.journal", line=2), "a.journal, line 2: must be an object"),
    ],
)
def test_its_sentence_is_made_of_its_fields(error: PolateError, text: str) -> None:
    assert str(error) == text
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), vars(copy)) == (text, vars(error))


@pytest.mark.parametrize(
    ("value", "kind", "parts"),
    [
        (3, str, ("Expected `str`, got `int`", "")),
        ({"a": [1, "x"]}, dict[str, list[int]], ("Expected `int`, got `str`", "[...][1]")),
        ({"x": 1}, dict[int, int], ("key: Expected `int`, got `str`", "")),
    ],
)
def test_what_msgspec_says_is_taken_apart(value: object, kind: object, parts: tuple[str, str]) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(value, kind)
    assert message_and_path(caught.value) == parts
