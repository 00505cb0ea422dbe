"""Messages as lines between processes."""

import msgspec
import pytest

from polate.runtime.line_stream import LONGEST_LINE, LineReader, encode_line
from polate.runtime.protocol import ProtocolError


class Word(msgspec.Struct, tag="word"):
    text: str


def test_a_line_in_pieces_of_any_size_is_put_together() -> None:
    lines = b"".join(encode_line(Word(text)) for text in ("one", "", "x" * 5000)) + b"\n"
    for size in (1, 2, 7, 4096, len(lines)):
        reader: LineReader[Word] = LineReader(Word)
        read = [word.text for at in range(0, len(lines), size) for word in reader.feed(lines[at : at + size])]
        assert read == ["one", "", "x" * 5000]


def test_a_line_that_never_ends_is_refused_at_the_bound() -> None:
    reader: LineReader[Word] = LineReader(Word)
    part = bytes(LONGEST_LINE // 16)
    for _ in range(16):
        assert reader.feed(part) == []
    with pytest.raises(ProtocolError, match="a line must have at most 16777216 bytes, got 16777217 and no end"):
        reader.feed(b"x")
