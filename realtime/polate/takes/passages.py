"""The patterns that a take went through, in bars and beats of its song.

    take.mid --read_passages--> Passage(1, 1.0, "tritone 0 1 2"), Passage(3, 2.5, "ditone 0 1 2"), ...

The recorder writes a marker with the text form at the first note of each pattern, on the conductor's track.
"""

from dataclasses import dataclass
from pathlib import Path

from polate.errors import PatternError, TakeError
from polate.runtime.file_io import read_at_most
from polate.takes.events import CONDUCTOR
from polate.takes.smf import TRACK_NAMES
from polate.theory.pattern import Pattern

__all__ = ["LARGEST_TAKE", "Passage", "passages_of", "read_passages"]

LARGEST_TAKE = 64 << 20  # bytes; an hour of sixteenths at 120 bpm has 0.4 MB


@dataclass(frozen=True, slots=True)
class Passage:
    """Where a pattern begins."""

    bar: int  # of the take, from 1
    beat: float  # of the bar, from 1
    pattern: Pattern


def read_passages(path: Path) -> list[Passage] | None:
    """The passages of a take's MIDI file; None for a MIDI file that is not a take of Polate.

    Raises `TakeError` for a file that cannot be read.
    """
    try:
        return passages_of(read_at_most(path, LARGEST_TAKE))
    except OSError as error:
        raise TakeError(f"cannot read {path}: {error.strerror}") from error


def passages_of(content: bytes) -> list[Passage] | None:
    """The same for the bytes of a MIDI file."""
    import io

    import mido

    if not content.startswith(b"MThd"):
        return None
    try:
        file = mido.MidiFile(file=io.BytesIO(content))
    except (ValueError, OSError, EOFError, IndexError, KeyError):  # it can only be another program's
        return None
    conductor = file.tracks[0] if file.tracks else []
    if not any(event.type == "track_name" and event.name == TRACK_NAMES[CONDUCTOR[0]] for event in conductor):
        return None
    passages: list[Passage] = []
    tick, bar, bar_tick, beats = 0, 1, 0, 4
    for event in conductor:
        tick += event.time
        gone = (tick - bar_tick) // (beats * file.ticks_per_beat)
        bar, bar_tick = bar + gone, bar_tick + gone * beats * file.ticks_per_beat
        if event.type == "time_signature":
            beats = event.numerator
        elif event.type == "marker":
            try:
                pattern = Pattern.parse(event.text)
            except PatternError:
                continue  # added by another program
            passages.append(Passage(bar, 1 + (tick - bar_tick) / file.ticks_per_beat, pattern))
    return passages
