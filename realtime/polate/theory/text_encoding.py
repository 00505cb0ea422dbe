"""The encoding of text from other programs: a byte order mark, UTF-8, or Latin-1.

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
    """Text whose encoding nobody states: by its byte order mark, else UTF-8, else Latin-1. Never raises."""
    try:
        return utf8(content).decode()
    except UnicodeError:  # a surrogate that UTF-16 has alone cannot be encoded
        return content.decode("latin-1")
