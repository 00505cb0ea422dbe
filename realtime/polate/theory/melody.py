"""The pattern of any notes: of a scale in order, of a melody that turns, of a row, of a set of pitches.

    notes --pattern_of--> Pattern                                    the notes as played
      '--[no pattern]--> without repeats --> as a row --> in rising order --> within one octave --> Pattern, remarks

What `polate.theory.identification` refuses is changed step by step, until it is a pattern; the remarks say how.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from polate.errors import PatternError
from polate.theory.identification import MOST_NOTES, pattern_of
from polate.theory.midi_notes import note_name
from polate.theory.pattern import Pattern
from polate.theory.twelve_tone_row import Row, rows_in

__all__ = ["Melody", "read_melody"]

_OCTAVE = 12


@dataclass(frozen=True, slots=True)
class Melody:
    """The pattern of some notes.

    >>> from polate.theory.melody import read_melody
    >>> melody = read_melody([60, 64, 62, 62, 60, 67])
    >>> melody.pattern.text
    '12 0 2 4 7'
    >>> for remark in melody.remarks:
    ...     print(remark)
    left out a note that repeats the one before it
    put the notes in rising order, from C4: C4 D4 E4 G4
    """

    pattern: Pattern
    tonic: int  # 0..127
    remarks: tuple[str, ...] = ()  # what was done to the notes, as parts of sentences; empty if nothing
    rows: tuple[Row, ...] = ()  # the twelve-tone rows that the notes are


def read_melody(notes: Sequence[int], are_together: bool = False) -> Melody:
    """The pattern of MIDI notes. ``are_together``: some sound at the same time, so their order says nothing.

    The tonic is the first note; the lowest, if notes sound together. Raises `PatternError` for fewer than two different
    notes, for more than 512, and for notes outside 0..127.
    """
    rows = tuple(rows_in(notes))
    remarks = []
    if are_together:
        notes = sorted(set(notes))
        remarks.append("took the notes as a set, because some sound together")
    else:
        try:
            pattern, tonic = pattern_of(notes)
        except PatternError as error:
            if not 2 <= len(set(notes)) <= len(notes) <= MOST_NOTES or not all(0 <= note <= 127 for note in notes):
                raise error
        else:
            return Melody(pattern, tonic, (), rows)
        once = [notes[0], *(note for before, note in pairwise(notes) if note != before)]
        if left_out := len(notes) - len(once):
            which = "a note that repeats" if left_out == 1 else f"{left_out} notes that repeat"
            remarks.append(f"left out {which} the one before it")
        notes = once
        if rows:
            pattern = Pattern(_OCTAVE, tuple((note - rows[0].notes[0]) % _OCTAVE for note in rows[0].notes))
            remarks.append(f"took the first twelve notes as a row, each within the octave above {note_name(notes[0])}")
            return Melody(pattern, notes[0], tuple(remarks), rows)
    candidates = [(notes, "")]
    rising = sorted(set(notes))
    if rising[0] == notes[0]:
        candidates.append((rising, "put the notes in rising order"))
    tonic = notes[0] if notes[0] + _OCTAVE <= 128 else notes[0] - _OCTAVE
    within = sorted({tonic + (note - tonic) % _OCTAVE for note in notes})
    candidates.append((within, "put the notes in rising order within one octave"))
    for each, done in candidates:
        try:
            pattern, tonic = pattern_of(each)
        except PatternError as error:
            failure = error
            continue
        if done:
            remarks.append(f"{done}, from {note_name(each[0])}: {' '.join(map(note_name, each))}")
        return Melody(pattern, tonic, tuple(remarks), rows)
    raise failure
