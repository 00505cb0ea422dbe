"""Text by byte order mark, then UTF-8, then Latin-1."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polate.theory.text_encoding import decoded, utf8

MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}


@pytest.mark.parametrize("encoding", MARKS)
@given(text=st.text().filter(lambda text: not text.startswith("\0")))  # a mark of UTF-16 and 0 is one of UTF-32
def test_a_mark_says_the_encoding(encoding: str, text: str) -> None:
    content = MARKS[encoding] + text.encode(encoding)
    assert decoded(content) == text
    assert utf8(content) == text.encode()


@given(st.text().filter(lambda text: not text.startswith("\ufeff")))
def test_text_without_a_mark_is_utf_8(text: str) -> None:
    assert decoded(text.encode()) == text
    assert utf8(text.encode()) == text.encode()


def test_what_is_no_utf_8_is_latin_1() -> None:
    assert decoded(b"G\xe9n\xe9ral") == "Général"
    assert decoded(b"\xff\xfe\x00") == "ÿþ\x00"  # a mark, but no UTF-16


@given(st.binary())
def test_any_bytes_are_text(content: bytes) -> None:
    assert isinstance(decoded(content), str)
