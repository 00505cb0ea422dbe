"""MIDI notes: their names, and the notes of a MIDI file.

"F#3" --parse_note--> 54 --note_name--> "F#3"
"G A B C" --parse_notes--> 67 69 71 72
scale.mid --notes_of--> 60 62 64 65 67 69 71 72
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from polate.errors import ConfigError, PatternError
from polate.runtime.file_io import read_at_most
from polate.theory.smf_reader import read_tracks

__all__ = [
    "LARGEST_FILE",
    "MIDI_SUFFIXES",
    "Voice",
    "first_voice",
    "note_name",
    "notes_of",
    "parse_note",
    "parse_notes",
    "voices",
    "voices_of",
]

LARGEST_FILE = 1 << 20  # bytes
MIDI_SUFFIXES = (".mid", ".midi", ".kar", ".rmi", ".smf")
"""How the names of MIDI files end, in lower case: .kar has the words of a song too, .rmi is wrapped in RIFF."""

_PITCH_CLASSES = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_HAS_NO_OCTAVE = re.compile(r"[A-Ga-g][#b]?")
_NOTE_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")

_FLAT_NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")


def parse_note(text: str) -> int:
    """The MIDI note, 0..127, of a number or a name: ``60``, ``C4``, ``F#3``, ``Bb``. Middle C is C4.

    Without an octave, the note is in the octave of middle C. Raises `PatternError`.

    >>> from polate import parse_note
    >>> parse_note("C4"), parse_note("F#3"), parse_note("Bb"), parse_note("60")
    (60, 54, 70, 60)
    """
    word = text.strip()
    number = None
    if re.fullmatch(r"[0-9]{1,3}", word):
        number = int(word)
    elif match := re.fullmatch(r"([A-Ga-g])([#b]?)(-?[0-9])?", word):
        letter, accidental, octave = match.groups()
        number = _PITCH_CLASSES[letter.lower()] + {"#": 1, "b": -1, "": 0}[accidental]
        number += 12 * (int(octave or 4) + 1)
    if number is None or not 0 <= number <= 127:
        raise PatternError(f"a note must be in 0..127 or a name such as C4, F#3 or Bb, got {text[:32]!r}")
    return number


def parse_notes(words: Sequence[str]) -> list[int]:
    """The MIDI notes of several words, see `parse_note`.

    If they are names without octaves, they go up: each is the next one above the note before. Words that are numbers,
    or of which some have an octave, are read each for itself; and so are names that would go up beyond 127. Raises
    `PatternError`.

    >>> from polate.theory.midi_notes import parse_notes
    >>> parse_notes(["G", "A", "B", "C", "D"])
    [67, 69, 71, 72, 74]
    """
    notes = [parse_note(word) for word in words]
    if not all(_HAS_NO_OCTAVE.fullmatch(word.strip()) for word in words):
        return notes
    rising: list[int] = []
    for note in notes:
        rising.append(note if not rising else rising[-1] + ((note - rising[-1]) % 12 or 12))
    return rising if not rising or rising[-1] <= 127 else notes


def note_name(note: int, *, flats: bool = False) -> str:
    """The name of a MIDI note, 0..127, with sharps or flats. Middle C, 60, is C4.

    >>> from polate import note_name
    >>> note_name(60), note_name(70)
    ('C4', 'A#4')
    """
    return f"{(_FLAT_NAMES if flats else _NOTE_NAMES)[note % 12]}{note // 12 - 1}"


@dataclass(frozen=True, slots=True)
class Voice:
    """The notes of one track, in order of onset: of one channel, the first that has notes."""

    track: int  # counted from 1
    name: str  # the track's name, or empty
    ticks: tuple[int, ...]  # when each note begins, rising
    pitches: tuple[int, ...]  # MIDI notes 0..127, as many as ``ticks``

    @property
    def onsets(self) -> tuple[tuple[int, int], ...]:
        """(tick, MIDI note) of every note."""
        return tuple(zip(self.ticks, self.pitches, strict=True))

    @property
    def notes(self) -> tuple[int, ...]:
        """MIDI notes, 0..127. Raises `PatternError` for a chord: a scale has one note at a time."""
        for (tick, note), (next_tick, next_note) in pairwise(zip(self.ticks, self.pitches, strict=True)):
            if tick == next_tick:
                both = f"{note_name(note)} and {note_name(next_note)} begin at tick {tick} of track {self.track}"
                raise PatternError(f"a scale has one note at a time, but {both}")
        return self.pitches


def voices(content: bytes) -> list[Voice]:
    """The tracks that have notes. ``content``: the bytes of a MIDI file.

    Raises `ConfigError` if it is none, or larger than `LARGEST_FILE`.
    """
    if len(content) > LARGEST_FILE:
        raise ConfigError(f"a MIDI file must have at most {LARGEST_FILE} bytes, got more")
    return [Voice(track.number, track.name, track.ticks, track.notes) for track in read_tracks(content)]


def notes_of(path: Path) -> list[int]:
    """The notes of a MIDI file, in order of onset: those of the first track that has notes.

    Raises `ConfigError` for a file that cannot be read or has no notes, `PatternError` for chords.
    """
    voice = first_voice(path)
    try:
        return list(voice.notes)
    except PatternError as error:
        raise PatternError(error.message, path=error.path, file=path) from error


def first_voice(path: Path) -> Voice:
    """The first track of a MIDI file that has notes, see `voices_of`."""
    return voices_of(path)[0]


def voices_of(path: Path) -> list[Voice]:
    """The tracks of a MIDI file that have notes, at least one. Notes may sound together.

    Raises `ConfigError` for a file that cannot be read or has no notes.
    """
    try:
        content = read_at_most(path, LARGEST_FILE)
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    try:
        found = voices(content)
        if not found:
            raise ConfigError("no notes in it")
    except ConfigError as error:
        raise ConfigError(error.message, path=error.path, file=path) from error
    return found
