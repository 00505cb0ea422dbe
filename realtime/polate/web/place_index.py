"""The search of the page: landmarks and snapshots by name or text form, any pattern by its text form or its notes."""

from collections.abc import Iterable
from dataclasses import dataclass

from polate.errors import PatternError
from polate.model.contract import Landmark
from polate.model.places import is_notes_text
from polate.theory.identification import pattern_of
from polate.theory.midi_notes import parse_note
from polate.theory.pattern import Pattern

__all__ = ["MOST_FOUND", "Found", "find"]

MOST_FOUND = 24


@dataclass(frozen=True, slots=True)
class Found:
    """One result: the argument for `/polate/go`, the text form of its pattern, and the kind."""

    name: str
    text: str
    kind: str  # landmark, snapshot, pattern, notes


def find(words: str, landmarks: Iterable[Landmark], snapshots: Iterable[tuple[str, str]]) -> list[Found]:
    """The places that match, best first, at most 24. Names that begin with the words come before other matches.

    ``snapshots``: name and text form of each. A text form that is typed in full comes first. Notes are
    understood if nothing else matches.
    """
    sought = " ".join(words.lower().split())
    places = [Found(mark.name, mark.text, "landmark") for mark in landmarks]
    places += [Found(name, text, "snapshot") for name, text in snapshots]
    found = [(rank, place) for place in places if (rank := _rank(sought, place)) is not None]
    found.sort(key=lambda entry: entry[0])
    typed = [] if found and is_notes_text(words) else _typed(words)
    typed = [each for each in typed if not any(place.text == each.text for _, place in found)]
    return [*typed, *(place for _, place in found)][:MOST_FOUND]


def _typed(words: str) -> list[Found]:
    """The pattern that the words are, as a text form or as notes; empty if they are none."""
    try:
        if is_notes_text(words):
            pattern, _ = pattern_of([parse_note(word) for word in words.split()])
            return [Found(" ".join(words.split()), pattern.text, "notes")]
        text = Pattern.parse(words).text
    except PatternError:
        return []
    return [Found(text, text, "pattern")]


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
