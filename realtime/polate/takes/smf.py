"""Standard MIDI Files of format 1: the conductor's track, then a track for each voice.

    Event --TrackEncoder--> bytes of each track --midi_file--> the file

mido writes such files too. Importing it takes 20 ms, which would delay the first note of the player; the tests compare
the meta events with mido's. Source: Standard MIDI Files 1.0.
"""

import struct
from collections.abc import Iterable, Mapping

from polate.runtime.clamp import clamp
from polate.sequencer.voices import BASS, CHORD, KEYS, LINE
from polate.takes.events import CONDUCTOR, TICKS_PER_BEAT, Event, Track

__all__ = [
    "END_OF_TRACK",
    "TRACK_NAMES",
    "TrackEncoder",
    "marker",
    "midi_file",
    "tempo",
    "time_signature",
    "track_name",
    "variable_length",
]

TRACK_NAMES = {CONDUCTOR[0]: "Polate", LINE: "line", BASS: "bass", CHORD: "chord", KEYS: "keys"}
_TRACK_NAME, _MARKER, _END_OF_TRACK, _TEMPO, _TIME_SIGNATURE = 0x03, 0x06, 0x2F, 0x51, 0x58  # types of meta events
_MINUTE_US = 60_000_000
_MOST_BEAT_US = 2**24 - 1


# -- meta events ----------------------------------------------------------------------------------


def variable_length(number: int) -> bytes:
    """A variable-length quantity: seven bits a byte, the highest first; all bytes but the last have the eighth bit."""
    encoded = [number & 0x7F]
    while number := number >> 7:
        encoded.append(0x80 | number & 0x7F)
    return bytes(reversed(encoded))


def _meta(kind: int, data: bytes) -> bytes:
    return bytes((0xFF, kind)) + variable_length(len(data)) + data


END_OF_TRACK = _meta(_END_OF_TRACK, b"")


def track_name(name: str) -> bytes:
    """The name of a track, in Latin-1."""
    return _meta(_TRACK_NAME, name.encode("latin-1", "replace"))


def marker(text: str) -> bytes:
    """A marker, in Latin-1."""
    return _meta(_MARKER, text.encode("latin-1", "replace"))


def tempo(bpm: float) -> bytes:
    """A tempo in quarter notes a minute, as near as the 24 bits of the event allow: at least 3.58."""
    beat_us = clamp(_MINUTE_US / bpm, 1, _MOST_BEAT_US) if bpm > 0 else _MOST_BEAT_US
    return _meta(_TEMPO, round(beat_us).to_bytes(3, "big"))


def time_signature(beats: int) -> bytes:
    """A time signature of this many quarter notes a bar, with a metronome click (24 MIDI clocks) on each."""
    return _meta(_TIME_SIGNATURE, bytes((clamp(beats, 1, 255), 2, 24, 8)))


# -- tracks and files -----------------------------------------------------------------------------


class TrackEncoder:
    """Encodes events in several portions. Each portion continues the tracks of the one before."""

    def __init__(self) -> None:
        self._ends: dict[Track, int] = {}  # track -> the tick of its last event

    def add(self, events: Iterable[Event]) -> dict[Track, bytes]:
        """The bytes that these events add to each track. The events must be in order, and follow those before."""
        added: dict[Track, bytearray] = {}
        for event in events:
            if event.track not in self._ends:
                self._ends[event.track] = 0
                added[event.track] = bytearray(_encoded(0, _name(event.track)))
            track = added.setdefault(event.track, bytearray())
            track += _encoded(event.tick - self._ends[event.track], event.data)
            self._ends[event.track] = event.tick
        return {track: bytes(data) for track, data in added.items()}

    def end(self, events: Iterable[Event]) -> dict[Track, bytes]:
        """The bytes that these events and the end of the file add to each track. The encoder itself does not change."""
        kept = dict(self._ends)
        tails = self.add(events)
        last = max(self._ends.values(), default=0)
        tails = {track: tails.get(track, b"") + _encoded(last - at, END_OF_TRACK) for track, at in self._ends.items()}
        self._ends = kept
        return tails


def midi_file(tracks: Mapping[Track, bytes]) -> bytes:
    """A file with these tracks, in the order of their voices."""
    chunks = [struct.pack(">4sI", b"MTrk", len(data)) + data for _, data in sorted(tracks.items())]
    return struct.pack(">4sIHHH", b"MThd", 6, 1, len(chunks), TICKS_PER_BEAT) + b"".join(chunks)


def _name(track: Track) -> bytes:
    return track_name(TRACK_NAMES.get(track[0], f"voice {track[0]}"))


def _encoded(delta: int, data: bytes) -> bytes:
    """An event after a delta time in ticks."""
    return (bytes((delta,)) if delta < 0x80 else variable_length(delta)) + data
