"""The places of the map that the engine knows without an encoder: by name, by text form, or by coordinates."""

import contextlib
from collections.abc import Mapping, Sequence

from polate.errors import ControlError, PatternError, listed
from polate.model.contract import Landmark
from polate.model.places import PlaceReader
from polate.theory.pattern import Pattern

__all__ = ["NamedPlaces"]


class NamedPlaces:
    """The landmarks of a map, and the snapshots that are passed in. A snapshot hides a landmark of the same name."""

    def __init__(self, landmarks: Sequence[Landmark], axes: int) -> None:
        self._landmarks = {mark.name.lower(): mark for mark in landmarks} | {mark.text: mark for mark in landmarks}
        self._reader = PlaceReader(landmarks, axes, tuple)

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
        if "," in word:
            return self._reader.coordinates(word)
        names = [*sorted({mark.name for mark in self._landmarks.values()}), *snapshots]
        raise ControlError(f"no landmark or snapshot {place[:64]!r}; there are: {listed(names)}")

    def knows(self, word: str) -> bool:
        """Is it a landmark, or meant as coordinates?"""
        return "," in word or self._landmark(word) is not None

    def _landmark(self, word: str) -> Landmark | None:
        if mark := self._landmarks.get(word.lower()):
            return mark
        with contextlib.suppress(PatternError):
            return self._landmarks.get(Pattern.parse(word).text)
        return None
