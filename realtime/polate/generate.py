"""Random points of the map, as scales and as a MIDI file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from polate.decoder import Decoder
from polate.errors import ConfigError
from polate.pattern import Pattern

__all__ = ["Scale", "draw", "write_midi"]

_STEP_TICKS = 120  # a sixteenth at mido's 480 ticks a beat
_MOST_TRACKS = 65_534  # the file format counts tracks in 16 bits, and one is the conductor's


@dataclass(frozen=True, slots=True)
class Scale:
    """A latent point, its pattern, and the notes from one tonic."""

    z: tuple[float, ...]
    pattern: Pattern
    notes: tuple[int, ...]  # MIDI notes, up and down

    def as_dict(self) -> dict[str, Any]:
        """What `polate generate --json` prints."""
        return {
            "z": self.z,
            "interval": self.pattern.interval,
            "cell": self.pattern.cell,
            "symmetric": self.pattern.symmetric,
            "text": self.pattern.text,
            "notes": self.notes,
        }


def draw(decoder: Decoder, count: int, seed: int | None = None, tonic: int = 60) -> list[Scale]:
    """``count`` points of the prior, a standard normal in every axis, through the decoder."""
    random = np.random.default_rng(seed)
    z = random.standard_normal((count, decoder.metadata.latent_size), dtype=np.float32)
    patterns = decoder.decode_many(z)
    return [
        Scale(tuple(map(float, point)), pattern, pattern.render(tonic))
        for point, pattern in zip(z, patterns, strict=True)
    ]


def write_midi(scales: Sequence[Scale], path: Path, bpm: float = 120.0) -> None:
    """One track a scale, in sixteenths, one after the other; each begins with a marker, its text form.

    Raises `ConfigError` if the file cannot be written.
    """
    if len(scales) > _MOST_TRACKS:
        raise ConfigError(f"a MIDI file holds at most {_MOST_TRACKS} scales, got {len(scales)}")
    from mido import Message, MetaMessage, MidiFile, MidiTrack, bpm2tempo

    file = MidiFile(type=1)
    conductor = MidiTrack([MetaMessage("set_tempo", tempo=bpm2tempo(bpm))])
    file.tracks.append(conductor)
    start = 0
    for scale in scales:
        name = scale.pattern.text
        track = MidiTrack([MetaMessage("track_name", name=name), MetaMessage("marker", text=name, time=start)])
        for note in scale.notes:
            track.append(Message("note_on", note=note, velocity=100))
            track.append(Message("note_off", note=note, velocity=0, time=_STEP_TICKS))
        start += _STEP_TICKS * len(scale.notes)
        file.tracks.append(track)
    try:
        file.save(path)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error
