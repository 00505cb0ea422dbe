"""The training corpus: every pattern of the rules of the Thesaurus, generated in a fixed order.

For a progression with interval P, write N = {1 .. P-1}, U = {P+1 .. max(11, P+7)}, I = {-11 .. -1}, and the
narrower U' = {P+1 .. max(11, P+5)}, I' = {-7 .. -1}. No pitch class occurs twice in a cell. The cells:

    principal tones    (0)
    interpolation      1 to 4 notes of N, rising
    ultrapolation      1 or 2 notes of U in either order; 3 notes of U', rising
    infrapolation      1 or 2 notes of I in either order; 3 notes of I', falling
    two roles          one note each of two of I', N, U', in either order
    three roles        I' N U', and N I' U'

These are 10,519 patterns. 22 more are the symmetric interpolations of 1 to 3 notes of the tritone, sesquitone and
whole-tone progressions that differ from the plain ones. (The whole-tone has none: its only one is its own mirror.)
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, permutations, product

from polate.theory.pattern import PROGRESSIONS, Pattern
from polate_training.landmarks import LANDMARKS

__all__ = ["Corpus", "thesaurus"]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Patterns to train on, and their names."""

    name: str
    patterns: tuple[Pattern, ...]
    landmarks: Mapping[str, str]  # name -> text form of one of the patterns

    @property
    def text(self) -> str:
        """The text forms, one a line: a file for `--corpus`, and NAME.patterns.txt of the exported model."""
        return "".join(f"{pattern.text}\n" for pattern in self.patterns)

    @property
    def sha256(self) -> str:
        """The SHA-256 of the text forms joined by newlines. It identifies the corpus of a model."""
        return hashlib.sha256("\n".join(pattern.text for pattern in self.patterns).encode()).hexdigest()

    def with_text_forms(self, most: int) -> "Corpus":
        """The same, with each nameless pattern as a landmark of its text form, if it then has at most so many."""
        named = set(self.landmarks.values())
        nameless = {pattern.text: pattern.text for pattern in self.patterns if pattern.text not in named}
        if len(self.landmarks) + len(nameless) > most:
            return self
        return Corpus(self.name, self.patterns, {**self.landmarks, **nameless})

    def called(self, pattern: Pattern) -> str:
        """A pattern for a person: its first name and its text form; the text form alone if it has no name."""
        names = [name for name, text in self.landmarks.items() if text == pattern.text != name]
        return f"{names[0]} ({pattern.text})" if names else pattern.text

    def joined(self, other: "Corpus") -> "Corpus":
        """The patterns and the names of both, which must not have a pattern or a name in common."""
        landmarks = {**self.landmarks, **other.landmarks}
        return Corpus(f"{self.name}, and {other.name}", (*self.patterns, *other.patterns), landmarks)


def thesaurus() -> Corpus:
    """All 10,541 patterns of the rules: by progression in the order of the Thesaurus, then the symmetric ones."""
    return Corpus("the rules of the Thesaurus", tuple(_patterns()), LANDMARKS)


_SYMMETRIC_PROGRESSIONS = ("tritone", "sesquitone", "whole-tone")


def _patterns() -> list[Pattern]:
    plain = [
        Pattern(interval, (0, *added))
        for interval in PROGRESSIONS.values()
        for added in _added_notes(interval)
        if _pitch_classes_differ((0, *added))
    ]
    return [*plain, *_symmetric()]


def _added_notes(interval: int) -> Iterator[tuple[int, ...]]:
    inter = range(1, interval)
    ultra, near_ultra = range(interval + 1, max(11, interval + 7) + 1), range(interval + 1, max(11, interval + 5) + 1)
    infra, near_infra = range(-1, -12, -1), range(-1, -8, -1)
    for count in range(5):
        yield from combinations(inter, count)
    for wide, near in ((ultra, near_ultra), (infra, near_infra)):
        yield from permutations(wide, 1)
        yield from permutations(wide, 2)
        yield from combinations(near, 3)
    for first, second in permutations((near_infra, inter, near_ultra), 2):
        yield from product(first, second)
    yield from product(near_infra, inter, near_ultra)
    yield from product(inter, near_infra, near_ultra)


def _symmetric() -> Iterator[Pattern]:
    for name in _SYMMETRIC_PROGRESSIONS:
        interval = PROGRESSIONS[name]
        for count in (1, 2, 3):
            for added in combinations(range(1, interval), count):
                cell = (0, *added)
                if Pattern(interval, cell).mirror != cell:
                    yield Pattern(interval, cell, symmetric=True)


def _pitch_classes_differ(cell: tuple[int, ...]) -> bool:
    return len({offset % 12 for offset in cell}) == len(cell)
