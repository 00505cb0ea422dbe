"""The patterns that a model has learned: NAME.patterns.txt beside NAME.onnx, one text form a line.

    NAME.patterns.txt --read_corpus--> patterns, in the order of the corpus

The contract is exported/README.md. Only recognition needs the file (`polate.listen`).
"""

from pathlib import Path

from polate.errors import ModelError, PatternError
from polate.model.contract import Metadata, corpus_file
from polate.model.shipped import model_file
from polate.runtime.file_io import read_at_most
from polate.theory.pattern import Pattern

__all__ = ["LARGEST_FILE", "MOST_PATTERNS", "read_corpus"]

LARGEST_FILE = 1 << 20  # bytes
MOST_PATTERNS = 20_000
"""The table of so many patterns takes 2 s to make and 100 MB."""


def read_corpus(model: Path | str | None, metadata: Metadata) -> tuple[Pattern, ...]:
    """The patterns of a model's corpus. ``model``: what its decoder was opened with.

    A model without the file has at least its landmarks. Raises `ModelError`, which names the line.
    """
    path = corpus_file(model_file(model))
    if not path.exists():
        return tuple(dict.fromkeys(Pattern.parse(mark.text) for mark in metadata.landmarks))
    try:
        lines = read_at_most(path, LARGEST_FILE).decode().splitlines()
    except (OSError, ValueError) as error:
        raise ModelError(f"cannot read it: {getattr(error, 'strerror', None) or error}", file=path) from error
    patterns = []
    for number, line in enumerate(lines, 1):
        try:
            patterns.append(Pattern.parse(line))
        except PatternError as error:
            raise ModelError(f"line {number}: {error}", file=path) from error
    if not 1 <= len(patterns) <= MOST_PATTERNS:
        raise ModelError(f"must have 1 to {MOST_PATTERNS} patterns, got {len(patterns)}", file=path)
    return tuple(patterns)
