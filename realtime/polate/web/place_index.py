"""The search of the page: landmarks and snapshots by name or text form, and patterns by their text form."""

from collections.abc import Iterable
from dataclasses import dataclass

from polate.errors import PatternError
from polate.model.contract import Landmark
from polate.theory.pattern import Pattern

__all__ = ["MOST_FOUND", "Found", "find"]

MOST_FOUND = 24


@dataclass(frozen=True, slots=True)
class Found:
    """One result: the argument for `/polate/go`, the text form, and the kind."""

    name: str
    text: str
    kind: str  # landmark, snapshot, pattern


def find(words: str, landmarks: Iterable[Landmark], snapshots: Iterable[tuple[str, str]]) -> list[Found]:
    """The places that match, best first, at most 24. Names that begin with the words come before other matches.

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
    """The rank of a match, 0 for the best; None if the place does not match."""
    name = place.name.lower()
    if name.startswith(sought):
        return 0
    if any(word.startswith(sought) for word in name.split()):
        return 1
    if sought in name or place.text.startswith(sought):
        return 2
    return 3 if all(word in f"{name} {place.text}" for word in sought.split()) else None
