"""Read what a user writes for a place on the map.

"giant steps"                    a landmark's name
"ditone 0 -2 3"                  a pattern's text form
"60 58 63 64 62 67"              notes, as numbers or names
"take.mid"                       a MIDI file
"0.1,-0.3,0,1.2,0,0,-0.5,0.7"    latent coordinates, with or without brackets
"random"                         a draw from the prior

text --read_place--> Query --LatentMap.locate--> Point
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from polate.errors import ConfigError, PatternError
from polate.model.contract import Landmark
from polate.theory.identification import pattern_of
from polate.theory.melody import read_melody
from polate.theory.midi_notes import MIDI_SUFFIXES, notes_of, parse_note, parse_notes, voices_of
from polate.theory.pattern import PROGRESSIONS, Pattern
from polate.theory.twelve_tone_row import Row

__all__ = ["FARTHEST", "PlaceReader", "Query", "is_notes_text", "is_pattern_text"]

FARTHEST = 1000.0
"""The largest coordinate allowed. The prior has deviation 1 on every axis."""

_NAME_AND_COMMA = re.compile(r"\s*[A-Ga-g][#b]?(-?[0-9])?\s*,")  # so the commas are between notes


@dataclass(frozen=True, slots=True)
class Query:
    """What a text names: a point (``z``), a pattern whose point is not known yet, or a landmark, which has both."""

    z: tuple[float, ...] | None = None  # (latent_size,)
    pattern: Pattern | None = None
    tonic: int | None = None  # 0..127, if notes were given
    remarks: tuple[str, ...] = ()  # what was done to the notes, see `polate.theory.melody`
    rows: tuple[Row, ...] = ()  # the twelve-tone rows that the notes are


class PlaceReader:
    """Reads the text form of a place on one map."""

    def __init__(self, landmarks: Iterable[Landmark], latent_size: int, draw: Callable[[], tuple[float, ...]]) -> None:
        """``draw``: gives the (latent_size,) point for the text 'random'."""
        self._latent_size = latent_size
        self._draw = draw
        marks = tuple(landmarks)
        self._landmarks = {mark.name.lower(): mark for mark in marks} | {mark.text: mark for mark in marks}

    def read(self, text: str, any_notes: bool = False) -> Query:
        """What a text names. Raises a `PolateError` for a text that names no place.

        ``any_notes``: notes that are no pattern as they are played have one too, and `Query.remarks` says how.
        """
        words = text.lower().split()
        if words == ["random"]:
            return Query(z=self._draw())
        if landmark := self._landmarks.get(" ".join(words)):
            return Query(landmark.z, Pattern.parse(landmark.text))
        if Path(text).suffix.lower() in MIDI_SUFFIXES:
            if any_notes:
                voice, *others = voices_of(Path(text))
                query = self._any_notes(voice.pitches, len(set(voice.ticks)) < len(voice.ticks))
                if others:
                    first = f"read only the first of {len(others) + 1} tracks that have notes"
                    query = replace(query, remarks=(first, *query.remarks))
                return query
            return self._notes(notes_of(Path(text)))
        if "," in text and not _NAME_AND_COMMA.match(text):
            return Query(z=self.coordinates(text))
        if is_pattern_text(text):
            return self.pattern(Pattern.parse(text))
        if is_notes_text(text):
            notes = parse_notes(_note_words(text))
            return self._any_notes(notes) if any_notes else self._notes(notes)
        raise ConfigError(
            "a point must be a pattern ('tritone 0 1 2'), a landmark's name ('polate landmarks' lists them), 'random', "
            f"{self._latent_size} coordinates ('0.1,-0.3,...'), notes ('60 61 62 66 67 68 72') or a MIDI file (.mid), "
            f"got {text[:64]!r}"
        )

    def pattern(self, pattern: Pattern, tonic: int | None = None) -> Query:
        """The query for a pattern. A landmark's point is known, so it needs no encoder."""
        landmark = self._landmarks.get(pattern.text)
        return Query(landmark.z if landmark else None, pattern, tonic)

    def point(self, z: Sequence[float], shown: str = "") -> tuple[float, ...]:
        """Coordinates, checked. ``shown``: how the message quotes them. Raises `ConfigError`."""
        size = self._latent_size
        if len(z) != size or not all(abs(coordinate) <= FARTHEST for coordinate in z):
            raise ConfigError(
                f"a point of this map has {size} coordinates in -{FARTHEST:.0f}..{FARTHEST:.0f}, separated by commas, "
                f"got {(shown or ','.join(map(str, z)))[:64]!r}"
            )
        return tuple(z)

    def coordinates(self, text: str) -> tuple[float, ...]:
        """The point of a text of coordinates with commas between them. Raises `ConfigError`."""
        try:
            z = tuple(map(float, text.strip().removeprefix("[").removesuffix("]").split(",")))
        except ValueError:
            z = ()
        return self.point(z, text)

    def _notes(self, notes: Sequence[int]) -> Query:
        return self.pattern(*pattern_of(notes))

    def _any_notes(self, notes: Sequence[int], are_together: bool = False) -> Query:
        melody = read_melody(notes, are_together)
        query = self.pattern(melody.pattern, melody.tonic)
        return replace(query, remarks=melody.remarks, rows=melody.rows)


def is_pattern_text(text: str) -> bool:
    """Whether a text is meant as a pattern's text form. It may still be a wrong one."""
    words = text.lower().split()
    return bool(words) and (words[0] in PROGRESSIONS or words[1:2] in (["0"], ["symmetric"]))


def is_notes_text(text: str) -> bool:
    """Whether a text is meant as notes: its first word is a note's number or name, and it is no pattern's text form."""
    try:
        parse_note(_note_words(text)[0])
    except (PatternError, IndexError):
        return False
    return not is_pattern_text(text)


def _note_words(text: str) -> list[str]:
    """The words of a text of notes; commas are between them only if the first is a name."""
    return (text.replace(",", " ") if _NAME_AND_COMMA.match(text) else text).split()
