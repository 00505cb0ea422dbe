"""Finding a place by a few letters: landmarks by name or text form, snapshots, and patterns that are typed."""

from collections.abc import Iterable
from dataclasses import dataclass

from polate.errors import PatternError
from polate.model.contract import Landmark
from polate.theory.pattern import Pattern

__all__ = ["MOST_FOUND", "Found", "find"]

MOST_FOUND = 24


@dataclass(frozen=True, slots=True)
class Found:
    """One place: what `/polate/go` takes, its text form, and what it is."""

    name: str
    text: str
    kind: str  # landmark, snapshot, pattern


def find(words: str, landmarks: Iterable[Landmark], snapshots: Iterable[tuple[str, str]]) -> list[Found]:
    """The places that match, the likest first, at most 24: names that begin with the words before those that hold them.

    ``snapshots``: name and text form of each. A text form that is typed in full comes first.
    """
    sought = " ".join(words.lower().split())
    places = [Found(mark.name, mark.text, "landmark") for mark in landmarks]
    places += [Found(name, text, "snapshot") for name, text in snapshots]
    found = [(rank, place) for place in places if (rank := _rank(sought, place)) is not None]
    found.sort(key=lambda entry: entry[0])
    typed = []
    try:
        text = Pattern.parse(sought).text if sought else ""
    except PatternError:
        text = ""
    if text and not any(place.text == text for _, place in found):
        typed = [Found(text, text, "pattern")]
    return [*typed, *(place for _, place in found)][:MOST_FOUND]


def _rank(sought: str, place: Found) -> int | None:
    """How well a place matches: 0 is best; None: not at all."""
    name = place.name.lower()
    if name.startswith(sought):
        return 0
    if any(word.startswith(sought) for word in name.split()):
        return 1
    if sought in name or place.text.startswith(sought):
        return 2
    return 3 if all(word in f"{name} {place.text}" for word in sought.split()) else None
