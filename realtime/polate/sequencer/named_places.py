"""The places of the map that the engine knows without an encoder: by name, by text form, or by coordinates."""

import contextlib
from collections.abc import Mapping, Sequence

from polate.errors import ControlError, PatternError, listed
from polate.model.contract import Landmark
from polate.model.places import PlaceReader
from polate.theory.pattern import Pattern

__all__ = ["MOST_KNOWN", "NamedPlaces"]

MOST_KNOWN = 256
"""The number of places that are remembered. A sequence can name fewer."""

_OTHER_FORMS = (
    ". A place is also a pattern ('ditone 0 -2 3'), notes ('C4 Eb4 G4'), coordinates ('0.1,-0.3,...'), or random"
)


class NamedPlaces:
    """The landmarks of a map, and the snapshots that are passed in. A snapshot hides a landmark of the same name."""

    def __init__(self, landmarks: Sequence[Landmark], axes: int) -> None:
        self._landmarks = {mark.name.lower(): mark for mark in landmarks} | {mark.text: mark for mark in landmarks}
        self._reader = PlaceReader(landmarks, axes, tuple)
        self._known: dict[str, tuple[tuple[float, ...], Pattern | None]] = {}

    def find(self, place: str, snapshots: Mapping[str, Sequence[float]]) -> tuple[float, ...]:
        """The coordinates of a place.

        ``place``: a landmark's name or text form, a snapshot's name, or coordinates with commas between them.
        ``snapshots``: the coordinates of each, by name. Raises a `PolateError`: `ControlError` for an unknown place,
        which lists the names that exist.
        """
        word = place.strip()
        if word in snapshots:
            return tuple(snapshots[word])
        if mark := self._landmark(word):
            return tuple(mark.z)
        if known := self._known.get(_key(word)):
            return known[0]
        if "," in word:
            return self._reader.coordinates(word)
        names = [*sorted(self.names), *snapshots]
        raise ControlError(f"no landmark or snapshot {place[:64]!r}; there are: {listed(names)}{_OTHER_FORMS}")

    @property
    def names(self) -> set[str]:
        """The names of the landmarks."""
        return {mark.name for mark in self._landmarks.values()}

    def knows(self, word: str) -> bool:
        """Whether it is a landmark or remembered, or meant as coordinates."""
        return "," in word or _key(word) in self._known or self._landmark(word) is not None

    def remember(self, place: str, z: Sequence[float], pinned: Pattern | None) -> None:
        """Know another place by its text from now on, with the pattern that is pinned there. The oldest are dropped."""
        self._known.pop(_key(place), None)
        self._known[_key(place)] = tuple(z), pinned
        if len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]

    def pinned(self, place: str) -> Pattern | None:
        """The pattern that is pinned at a remembered place."""
        return self._known[_key(place)][1] if _key(place) in self._known else None

    def _landmark(self, word: str) -> Landmark | None:
        if mark := self._landmarks.get(word.lower()):
            return mark
        with contextlib.suppress(PatternError):
            return self._landmarks.get(Pattern.parse(word).text)
        return None


def _key(place: str) -> str:
    return " ".join(place.lower().split())
