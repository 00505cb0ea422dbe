"""Points of the map, by what a user writes, and what lies around them.

    "giant steps"                    a landmark's name, or its text form
    "ditone 0 -2 3"                  any pattern's text form      \
    "60 58 63 64 62 67"              notes, as numbers or names    >  through the encoder
    "take.mid"                       a MIDI file                  /
    "0.1,-0.3,0,1.2,0,0,-0.5,0.7"    latent coordinates, in brackets or not
    "random"                         a draw from the prior

A pattern that the model has learned lies at the mean that the encoder gives it. One that it has not learned may
decode to a neighbour there; `Map.locate` then looks for it round about, and says so if it finds none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from polate.errors import ConfigError, PatternError
from polate.model.contract import Landmark
from polate.model.decoder import Decoder
from polate.model.encoder import Encoder
from polate.theory.midi_notes import parse_note
from polate.theory.pattern import PROGRESSIONS, Pattern

__all__ = ["Asked", "Map", "Near", "Point"]

FARTHEST = 1000.0
"""The largest coordinate taken; the prior's deviation is 1."""

_MIDI = (".mid", ".midi")
_AROUND = 5  # landmarks that `Map.near` looks at
_ROUNDS, _SCATTERED, _KEPT = 12, 256, 4  # of the search for a pattern that its mean does not decode to

Floats = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was written: a place (``z``), a pattern whose place is to be found, or a landmark, which is both."""

    z: tuple[float, ...] | None = None
    pattern: Pattern | None = None
    tonic: int | None = None  # 0..127, where notes were given


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the map (``z``, latent_size numbers), and what the map has there."""

    z: tuple[float, ...]
    pattern: Pattern
    asked: Pattern | None = None  # the pattern that was looked for

    @property
    def remark(self) -> str | None:
        """What to tell somebody who asked for a pattern that the map does not have."""
        if self.asked is None or self.asked == self.pattern:
            return None
        return f"'{self.asked}' was not found on the map; the likest found is '{self.pattern}'"


@dataclass(frozen=True, slots=True)
class Near:
    """The landmarks around a point, and where it lies between two of them.

    Distances are Euclidean in the latent space, where the prior's deviation is 1 in every axis. Of the straight
    segments between any two of the five nearest landmarks the one is taken that passes nearest to the point;
    ``share`` is how far along it, from its nearer end (0) to the other (1), the point's projection lies, and
    ``off`` how far the point is from that projection.
    """

    landmarks: tuple[tuple[Landmark, float], ...]  # with the distance, nearest first, at most five
    between: tuple[Landmark, Landmark] | None  # None where there are fewer than two landmarks
    share: float
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


class Map:
    """A decoder, with the encoder beside its file (loaded when first needed), and a seeded source of chance."""

    def __init__(self, decoder: Decoder, model: Path | None = None, seed: int | None = None) -> None:
        """``model``: the decoder's file, None for the shipped one."""
        self.decoder = decoder
        self.chance = np.random.default_rng(seed)
        self._model = model
        landmarks = decoder.metadata.landmarks
        self._landmarks = {mark.name.lower(): mark for mark in landmarks} | {mark.text: mark for mark in landmarks}
        # Of several names for one pattern the first: the others would stand at the same place.
        self._distinct = list({mark.text: mark for mark in reversed(landmarks)}.values())[::-1]
        places = [landmark.z for landmark in self._distinct]
        self._places = np.array(places).reshape(-1, decoder.metadata.latent_size)  # (landmarks, latent_size)

    @classmethod
    def open(cls, model: Path | None = None, seed: int | None = None) -> "Map":
        """Load a model's file, or the shipped one. Raises `ModelError`."""
        return cls(Decoder.open(model), model, seed)

    @cached_property
    def encoder(self) -> Encoder:
        return Encoder.open(self.decoder, self._model)

    def draw(self, count: int) -> Floats:
        """Points of the prior, a standard normal in every axis: (count, latent_size)."""
        return self.chance.standard_normal((count, self.decoder.metadata.latent_size), dtype=np.float32)

    # -- what was written ------------------------------------------------------------------------

    def point(self, text: str) -> Point:
        """The point that a text names, see the module's head. Raises a `PolateError` that says what is wrong."""
        return self.locate(self.read(text))

    def read(self, text: str) -> Asked:
        """What a text asks for, before its place is looked for. Raises a `PolateError`."""
        words = text.lower().split()
        written = " ".join(words)
        if written == "random":
            return Asked(z=tuple(self.draw(1)[0].tolist()))
        if landmark := self._landmarks.get(written):
            return Asked(landmark.z, Pattern.parse(landmark.text))
        if Path(text).suffix.lower() in _MIDI:
            from polate.theory.midi_notes import notes_of

            return self._of_notes(notes_of(Path(text)))
        if "," in text:
            return Asked(z=self._coordinates(text))
        if words[:1] and (words[0] in PROGRESSIONS or words[1:2] == ["0"]):
            return self._of_pattern(Pattern.parse(text))
        if words[:1] and _is_note(words[0]):
            return self._of_notes([parse_note(word) for word in words])
        size = self.decoder.metadata.latent_size
        raise ConfigError(
            "a point must be a pattern ('tritone 0 1 2'), a landmark's name ('polate landmarks' lists them), "
            f"'random', {size} coordinates ('0.1,-0.3,...'), notes ('60 61 62 66 67 68 72') or a MIDI file (.mid), "
            f"got {text[:64]!r}"
        )

    def _of_pattern(self, pattern: Pattern, tonic: int | None = None) -> Asked:
        landmark = self._landmarks.get(pattern.text)
        return Asked(landmark.z if landmark else None, pattern, tonic)

    def _of_notes(self, notes: Sequence[int]) -> Asked:
        from polate.theory.identification import pattern_of

        return self._of_pattern(*pattern_of(notes))

    def _coordinates(self, text: str) -> tuple[float, ...]:
        size = self.decoder.metadata.latent_size
        try:
            z = tuple(map(float, text.strip().removeprefix("[").removesuffix("]").split(",")))
        except ValueError:
            z = ()
        if len(z) != size or not all(abs(coordinate) <= FARTHEST for coordinate in z):
            raise ConfigError(
                f"a point of this map has {size} coordinates in -{FARTHEST:.0f}..{FARTHEST:.0f}, with commas between, "
                f"got {text[:64]!r}"
            )
        return z

    # -- where it lies ---------------------------------------------------------------------------

    def locate(self, asked: Asked) -> Point:
        """The place of what was asked for, and what the map really has there (`Point.remark`).

        Raises `PatternError` for a pattern outside the model's vocabulary, `ModelError` without an encoder.
        """
        z = asked.z
        if z is None:
            assert asked.pattern is not None
            z = self._place(asked.pattern)
        return Point(z, self.decoder.decode(z), asked.pattern)

    def _place(self, pattern: Pattern) -> tuple[float, ...]:
        """The pattern's own mean if it decodes to it, else a point not far off that does, or else to the likest found.

        A small evolution strategy with a fixed seed: the mean is scattered, over radii from 0.05 to 1, then the four
        points that decode to the likest patterns (the nearest of them, where several are as like), and so on.
        """
        mu, _ = self.encoder.encode(pattern)
        chance = np.random.default_rng(0)
        radii = np.geomspace(0.05, 1, _SCATTERED // _KEPT)[:, np.newaxis]
        best = mu[np.newaxis]  # (kept, latent_size)
        for _ in range(_ROUNDS):
            noise = radii * chance.standard_normal((len(radii), mu.size))
            z = np.concatenate([best, (best[:, np.newaxis] + noise).reshape(-1, mu.size)]).astype(np.float32)
            unlike = np.array([_difference(found, pattern) for found in self.decoder.decode_many(z)])
            best = z[np.lexsort((np.linalg.norm(z - mu, axis=1), unlike))[:_KEPT]]
            if not unlike.all():
                break
        return tuple(best[0].tolist())

    # -- what lies around ------------------------------------------------------------------------

    def near(self, z: Sequence[float]) -> Near:
        """The landmarks around a point, and where it lies between them: see `Near`."""
        point = np.asarray(z, dtype=np.float64)
        landmarks = self._distinct
        distances = np.linalg.norm(self._places - point, axis=1)
        order = np.argsort(distances, kind="stable")[:_AROUND].tolist()
        around = tuple((landmarks[at], float(distances[at])) for at in order)
        if len(order) < 2:
            return Near(around, None, 0.0, around[0][1] if around else 0.0)
        pairs = list(combinations(order, 2))
        firsts, seconds = map(list, zip(*pairs, strict=True))
        starts, along = self._places[firsts], self._places[seconds] - self._places[firsts]  # (pairs, latent_size)
        lengths = (along**2).sum(axis=1)
        shares = ((point - starts) * along).sum(axis=1) / np.where(lengths > 0, lengths, 1)
        shares = shares.clip(0, 1)
        offs = np.linalg.norm(starts + shares[:, np.newaxis] * along - point, axis=1)
        best = int(offs.argmin())
        first, second = pairs[best]
        return Near(around, (landmarks[first], landmarks[second]), float(shares[best]), float(offs[best]))


def _difference(a: Pattern, b: Pattern) -> int:
    """How unlike two patterns are: 0 for the same. What moves all the notes after it weighs more."""
    cells = [(a.cell, b.cell), (a.descending or (), b.descending or ())]
    return (
        2 * abs(a.interval - b.interval)
        + 2 * (a.symmetric != b.symmetric)
        + sum(4 * abs(len(x) - len(y)) + sum(abs(p - q) for p, q in zip(x, y, strict=False)) for x, y in cells)
    )


def _is_note(word: str) -> bool:
    try:
        return parse_note(word) >= 0
    except PatternError:
        return False
