"""From a text to a point of the map and the pattern that is wanted there.

    text --LatentMap.read--> Query --LatentMap.locate--> z
                               '--[outside the vocabulary]--> the nearest pattern inside --LatentMap.locate--> z

A pattern that the map does not have gets the nearest place that is found.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path

from polate.errors import ConfigError, PatternError
from polate.model.contract import Metadata
from polate.model.latent_map import LatentMap
from polate.theory.pattern import Pattern

__all__ = ["Finder", "nearest_in_vocabulary"]

_KEPT = 512  # answers that are remembered
_MIDI = (".mid", ".midi")

Found = tuple[tuple[float, ...], str]
"""Coordinates (latent_size,) and a text form; the text form is empty if coordinates were given."""


class Finder:
    """Finds places on one map. It remembers the last 512 answers."""

    def __init__(self, latent_map: LatentMap) -> None:
        self._map = latent_map
        self._found: OrderedDict[Pattern, tuple[float, ...]] = OrderedDict()

    def find(self, text: str) -> Found:
        """The point of a text, and the text form of the pattern that it names.

        Raises a `PolateError` for a text that names no place, and `ModelError` if there is no encoder.
        """
        if Path(text).suffix.lower() in _MIDI:  # anyone on the network may have sent it
            raise ConfigError(f"a MIDI file cannot be gone to while Polate plays, got {text[:64]!r}")
        query = self._map.read(text)
        if query.pattern is None:
            assert query.z is not None  # a query has one of the two
            return query.z, ""
        return query.z or self._place_of(query.pattern), query.pattern.text

    def _place_of(self, pattern: Pattern) -> tuple[float, ...]:
        z = self._found.get(pattern)
        if z is None:
            try:
                z = self._map.point(pattern).z
            except PatternError:
                z = self._map.point(nearest_in_vocabulary(pattern, self._map.decoder.metadata)).z
            self._found[pattern] = z
            if len(self._found) > _KEPT:
                self._found.popitem(last=False)
        return z


def nearest_in_vocabulary(pattern: Pattern, metadata: Metadata) -> Pattern:
    """A pattern of the model's vocabulary that is similar to one outside it.

    It has the nearest interval, and as many of the notes, moved by octaves where needed, as the vocabulary allows.
    """
    interval = min(metadata.intervals, key=lambda each: (abs(each - pattern.interval), each))
    cell = _limited(pattern.cell, interval, metadata)
    down = _limited(pattern.descending, interval, metadata) if pattern.descending and metadata.descending else None
    for symmetric in (pattern.symmetric, False):
        try:
            return Pattern(interval, cell, symmetric, None if down == cell or symmetric else down)
        except PatternError:
            continue
    return Pattern(interval, (0,))


def _limited(cell: Sequence[int], interval: int, metadata: Metadata) -> tuple[int, ...]:
    """The notes of a cell that a cell of the vocabulary can have."""
    low, high = metadata.offsets
    kept = [0]
    for offset in cell[1:]:
        for moved in _octaves(offset):
            if low <= moved <= high and moved != interval and all((moved - other) % 12 for other in kept):
                kept.append(moved)
                break
    return tuple(kept[: metadata.slots + 1])


def _octaves(offset: int) -> Iterator[int]:
    """An offset as it is, and then moved by one octave and by two."""
    for octaves in (0, -1, 1, -2, 2):
        yield offset + 12 * octaves
