"""The encoding of text from other programs: a byte order mark, UTF-8, UTF-16 by its zero bytes, or Latin-1.

bytes --utf8--> UTF-8 without a mark --> a parser          bytes --decoded--> str
"""

import codecs

__all__ = ["decoded", "utf8"]

_MARKS = (  # the mark of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def utf8(content: bytes) -> bytes:
    """The content of a text file in UTF-8, without its byte order mark.

    A file without a mark is returned as it is. Editors of Windows write marks, and some of them UTF-16. Raises
    `UnicodeDecodeError` if the mark names an encoding that the rest does not have.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            rest = content[len(mark) :]
            return rest if encoding == "utf-8" else rest.decode(encoding).encode()
    return content


def decoded(content: bytes) -> str:
    """Text whose encoding nobody states: by its byte order mark, else UTF-8, else Latin-1. Never raises.

    Text without a mark in which every second byte is mostly zero is UTF-16.
    """
    try:
        if encoding := _unmarked_utf_16(content):
            return content.decode(encoding)
        return utf8(content).decode()
    except UnicodeError:  # a surrogate that UTF-16 has alone cannot be encoded
        return content.decode("latin-1")


def _unmarked_utf_16(content: bytes) -> str | None:
    """The encoding of UTF-16 without a mark: letters of Latin scripts have a zero byte; no text in UTF-8 has one."""
    if len(content) < 4 or len(content) % 2 or content.startswith(tuple(mark for mark, _ in _MARKS)):
        return None
    for encoding, high in (("utf-16-le", content[1::2]), ("utf-16-be", content[::2])):
        low = content[::2] if encoding == "utf-16-le" else content[1::2]
        if high.count(0) > len(high) // 2 and not low.count(0):
            return encoding
    return None
