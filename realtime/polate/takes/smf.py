"""A Standard MIDI File, format 1, from events: the conductor's track, then one for each voice.

Source: Standard MIDI Files 1.0.
"""

import struct
from collections.abc import Iterable, Mapping

from polate.sequencer.voices import BASS, CHORD, KEYS, LINE
from polate.takes.smf_meta import END_OF_TRACK, track_name, variable_length
from polate.takes.timeline import CONDUCTOR, TICKS_PER_BEAT, Event, Track

__all__ = ["Tracks", "midi_file"]

_NAMES = {CONDUCTOR[0]: "Polate", LINE: "line", BASS: "bass", CHORD: "chord", KEYS: "keys"}


class Tracks:
    """Encodes events, track by track, as they come."""

    def __init__(self) -> None:
        self._ends: dict[Track, int] = {}  # -> the tick of the last event

    def add(self, events: Iterable[Event]) -> dict[Track, bytes]:
        """What these events, in order, add to each track."""
        added: dict[Track, bytearray] = {}
        for event in events:
            if event.track not in self._ends:
                self._ends[event.track] = 0
                added[event.track] = bytearray(_encoded(0, _name(event.track)))
            track = added.setdefault(event.track, bytearray())
            track += _encoded(event.tick - self._ends[event.track], event.data)
            self._ends[event.track] = event.tick
        return {track: bytes(data) for track, data in added.items()}

    def end(self, events: list[Event]) -> dict[Track, bytes]:
        """What these last events add, and the end of every track; after it the tracks are as they were before."""
        kept = dict(self._ends)
        tails = self.add(events)
        last = max(self._ends.values(), default=0)
        tails = {track: tails.get(track, b"") + _encoded(last - at, END_OF_TRACK) for track, at in self._ends.items()}
        self._ends = kept
        return tails


def midi_file(tracks: Mapping[Track, bytes]) -> bytes:
    """The file, with the tracks in the order of their voices."""
    chunks = [struct.pack(">4sI", b"MTrk", len(data)) + data for _, data in sorted(tracks.items())]
    return struct.pack(">4sIHHH", b"MThd", 6, 1, len(chunks), TICKS_PER_BEAT) + b"".join(chunks)


def _name(track: Track) -> bytes:
    return track_name(_NAMES.get(track[0], f"voice {track[0]}"))


def _encoded(delta: int, data: bytes) -> bytes:
    return (bytes((delta,)) if delta < 0x80 else variable_length(delta)) + data
