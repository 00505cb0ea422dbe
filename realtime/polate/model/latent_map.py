"""The latent map: a decoder, its encoder, and the landmarks around a point.

text --PlaceReader--> Query --locate--> Point --neighbourhood--> Neighbourhood
                        |        |
                        |        the encoder's mean, or a search round it (polate.model.place_search)
                        what polate.model.places reads: a pattern, a landmark, notes, coordinates
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from polate.errors import PolateError
from polate.model.contract import Landmark
from polate.model.decoder import Certainty, Decoder
from polate.model.encoder import Encoder
from polate.model.place_search import find_place
from polate.model.places import PlaceReader, Query
from polate.theory.pattern import Pattern
from polate.theory.set_class import SetClass, modes, pitch_classes
from polate.theory.twelve_tone_row import Row, rows_in

__all__ = ["Identity", "LatentMap", "Neighbourhood", "Point"]

_AROUND = 5  # landmarks in a neighbourhood


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the map, and the pattern that it decodes to."""

    z: tuple[float, ...]  # (latent_size,)
    pattern: Pattern
    sought: Pattern | None = None  # the pattern that was looked for

    @property
    def remark(self) -> str | None:
        """A sentence that says that the pattern looked for is not on the map; None if it is."""
        if self.sought is None or self.sought == self.pattern:
            return None
        return f"'{self.sought}' was not found on the map; the most similar pattern found is '{self.pattern}'"


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The landmarks around a point, and its position between two of them.

    Distances are Euclidean in the latent space, where the prior has deviation 1 on every axis. Straight segments join
    every two of the five nearest landmarks; ``between`` are the ends of the segment nearest to the point. ``share``
    is where on it the point's projection lies: 0 at its nearer end, 1 at the other. ``off`` is the distance from the
    point to that projection.
    """

    landmarks: tuple[tuple[Landmark, float], ...]  # with their distances, nearest first, at most five
    between: tuple[Landmark, Landmark] | None  # None on a map with fewer than two landmarks
    share: float  # 0..1
    off: float

    def __str__(self) -> str:
        if not self.landmarks:
            return "nothing: this model has no landmarks"
        percent = round(100 * self.share)
        if self.between is None or percent == 0:
            nearest, distance = self.landmarks[0]
            return f"{_named(nearest)}, {distance:.2f} away"
        first, second = self.between
        return f"{percent} % between {_named(first)} and {_named(second)}, {self.off:.2f} off the line"


def _named(landmark: Landmark) -> str:
    return f"{landmark.name} ({landmark.text})"


@dataclass(frozen=True, slots=True)
class Identity:
    """The answer to "what is this?": a pattern, and where it is on the map.

    >>> from polate import identify
    >>> identity = identify("tritone 0 1 2")
    >>> identity.point.z == identify("two-semitone tritone scale").point.z
    True
    >>> f"{identity.certainty.confidence:.0%}", identity.certainty.runner_up
    ('100%', (2, 3))
    >>> identify("13 0 4 7 11").error is None  # no map has this interval
    False
    """

    pattern: Pattern
    tonic: int | None  # 0..127, if notes were given
    point: Point | None  # None if the map cannot place the pattern
    certainty: Certainty | None  # None likewise, as the neighbourhood
    neighbourhood: Neighbourhood | None
    error: PolateError | None = None  # why the map cannot place the pattern
    names: tuple[str, ...] = ()  # that the pattern has on the map
    remarks: tuple[str, ...] = ()  # what was done to the notes, if they are no pattern as they are
    rows: tuple[Row, ...] = ()  # the twelve-tone rows that the notes, or the pattern's way up, are
    model: str = ""  # the shipped model whose map this is, if the shipped models were searched
    elsewhere: tuple[tuple[str, Point], ...] = ()  # the other shipped models that have the pattern, and where

    @property
    def set_class(self) -> SetClass:
        """The class of the pattern's pitch classes."""
        return SetClass.of(pitch_classes(self.pattern.render()))

    @property
    def modes(self) -> tuple[tuple[int, Pattern], ...]:
        """The modes of its pitch classes: the first pitch class of each, and the scale from there up.

        The first is the one from the tonic. If no notes were given, that is pitch class 0.
        """
        tonic = self.tonic or 0
        found = modes(pitch_classes(self.pattern.render(tonic)), tonic)
        return tuple((first, Pattern(12, degrees)) for first, degrees in found)


class LatentMap:
    """A decoder, the encoder beside its file (loaded when first needed), and a seeded random generator.

    >>> from polate import LatentMap
    >>> places = LatentMap.open("octave", seed=1)
    >>> places.point("dorian").pattern.text
    '12 0 2 3 5 7 9 10'
    >>> places.draw(2).shape
    (2, 8)
    >>> print(places.neighbourhood([0.0] * 8))
    43 % between whole tone (12 0 2 4 6 8 10) and phrygian (12 0 1 3 5 7 8 10), 0.55 off the line
    """

    def __init__(self, decoder: Decoder, model: Path | str | None = None, seed: int | None = None) -> None:
        """``model``: the decoder's file, None for the default model. ``seed``: fixes all draws, None for new ones."""
        self.decoder = decoder
        self.rng = np.random.default_rng(seed)
        self._model = model
        landmarks = decoder.metadata.landmarks
        self._reader = PlaceReader(landmarks, decoder.metadata.latent_size, lambda: tuple(self.draw(1)[0].tolist()))
        # One pattern may have several names, all at one point: the first name is used.
        self._landmarks = list({mark.text: mark for mark in reversed(landmarks)}.values())[::-1]
        places = [landmark.z for landmark in self._landmarks]
        self._places = np.array(places).reshape(-1, decoder.metadata.latent_size)  # (landmarks, latent_size)

    @classmethod
    def open(cls, model: Path | str | None = None, seed: int | None = None) -> "LatentMap":
        """Load a model's file, a shipped model by its name, or the default model (None). Raises `ModelError`."""
        return cls(Decoder.open(model), model, seed)

    def seeded(self, seed: int) -> "LatentMap":
        """The same map with a new random generator."""
        return LatentMap(self.decoder, self._model, seed)

    @cached_property
    def encoder(self) -> Encoder:
        """Raises `ModelError` if the encoder's file is missing or is not the decoder's."""
        return Encoder.open(self.decoder, self._model)

    @property
    def names(self) -> dict[str, tuple[str, ...]]:
        """Text form -> the names of the pattern on this map, in the order of the landmarks."""
        names: dict[str, tuple[str, ...]] = {}
        for mark in self.decoder.metadata.landmarks:
            names[mark.text] = (*names.get(mark.text, ()), mark.name)
        return names

    def draw(self, count: int) -> NDArray[np.float32]:
        """Points drawn from the prior, a standard normal on every axis: (count, latent_size)."""
        return self.rng.standard_normal((count, self.decoder.metadata.latent_size), dtype=np.float32)

    # -- from a text to a point ------------------------------------------------------------------

    def point(self, place: str | Path | Pattern | Sequence[float]) -> Point:
        """The point of a place: a text, see `polate.model.places`, a pattern, or coordinates (latent_size,).

        Raises a `PolateError`.
        """
        return self.locate(self.read(place))

    def read(self, place: str | Path | Pattern | Sequence[float]) -> Query:
        """What a place names, before its point is known. Raises a `PolateError`."""
        if isinstance(place, str | Path):
            return self._reader.read(str(place))
        if isinstance(place, Pattern):
            return self._reader.pattern(place)
        return Query(z=self._reader.point(place))

    def locate(self, query: Query) -> Point:
        """The point of a query, and what the map has there: see `Point.remark`.

        Raises `PatternError` for a pattern outside the model's vocabulary, `ModelError` if the encoder is needed and
        cannot be loaded.
        """
        z, pattern = query.z, query.pattern
        if z is None:
            assert pattern is not None  # a query has one of the two
            mean, _ = self.encoder.encode(pattern)
            z = find_place(pattern, mean, self.decoder)
        return Point(z, self.decoder.decode(z), pattern)

    def identify(self, place: str | Path | Pattern | Sequence[float]) -> Identity:
        """What a place is: the pattern, its point, how sure the model is, and the landmarks around it.

        Notes may be in any order, see `polate.theory.melody`. A pattern that the map cannot place has an `Identity`
        with the reason in ``error``. Raises a `PolateError` for a text that names nothing.
        """
        query = self._reader.read(str(place), any_notes=True) if isinstance(place, str | Path) else self.read(place)
        point = certainty = neighbourhood = failure = None
        try:
            point = self.locate(query)
        except PolateError as error:
            if query.pattern is None:
                raise
            failure = error
        else:
            certainty, neighbourhood = self.decoder.consider(point.z), self.neighbourhood(point.z)
        pattern = query.pattern or (point.pattern if point else None)
        assert pattern is not None  # a point has one
        return Identity(
            pattern,
            query.tonic,
            point,
            certainty,
            neighbourhood,
            failure,
            names=tuple(mark.name for mark in self.decoder.metadata.landmarks if mark.text == pattern.text),
            remarks=query.remarks,
            rows=query.rows or tuple(rows_in(pattern.render()[: pattern.top])),
        )

    # -- around a point --------------------------------------------------------------------------

    def neighbourhood(self, z: Sequence[float]) -> Neighbourhood:
        """The landmarks around a point ``z`` (latent_size,), and its position between two of them."""
        point = np.asarray(z, dtype=np.float64)
        landmarks = self._landmarks
        distances = np.linalg.norm(self._places - point, axis=1)  # (landmarks,)
        order = np.argsort(distances, kind="stable")[:_AROUND].tolist()
        around = tuple((landmarks[at], float(distances[at])) for at in order)
        if len(order) < 2:
            return Neighbourhood(around, None, 0.0, around[0][1] if around else 0.0)
        pairs = list(combinations(order, 2))
        firsts, seconds = map(list, zip(*pairs, strict=True))
        starts, along = self._places[firsts], self._places[seconds] - self._places[firsts]  # (pairs, latent_size)
        lengths = (along**2).sum(axis=1)  # (pairs,)
        shares = ((point - starts) * along).sum(axis=1) / np.where(lengths > 0, lengths, 1)
        shares = shares.clip(0, 1)
        offs = np.linalg.norm(starts + shares[:, np.newaxis] * along - point, axis=1)
        best = int(offs.argmin())
        first, second = pairs[best]
        return Neighbourhood(around, (landmarks[first], landmarks[second]), float(shares[best]), float(offs[best]))
