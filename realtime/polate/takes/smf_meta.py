"""The meta events of a take, as bytes. A handful of fixed ones: importing mido for them would take 20 ms of the way to
the first note.

Source: Standard MIDI Files 1.0; the tests hold them against mido's.
"""

__all__ = ["END_OF_TRACK", "marker", "tempo", "time_signature", "track_name", "variable_length"]

_TRACK_NAME, _MARKER, _TEMPO, _TIME_SIGNATURE = 0x03, 0x06, 0x51, 0x58
_MINUTE_US = 60_000_000


def variable_length(number: int) -> bytes:
    """A variable-length quantity: seven bits a byte, the highest first, all but the last with the eighth set."""
    encoded = [number & 0x7F]
    while number := number >> 7:
        encoded.append(0x80 | number & 0x7F)
    return bytes(reversed(encoded))


def _meta(kind: int, data: bytes) -> bytes:
    return bytes((0xFF, kind)) + variable_length(len(data)) + data


END_OF_TRACK = _meta(0x2F, b"")


def track_name(name: str) -> bytes:
    return _meta(_TRACK_NAME, name.encode("latin-1", "replace"))


def marker(text: str) -> bytes:
    return _meta(_MARKER, text.encode("latin-1", "replace"))


def tempo(bpm: float) -> bytes:
    """Quarter notes a minute."""
    return _meta(_TEMPO, round(_MINUTE_US / bpm).to_bytes(3, "big"))


def time_signature(beats: int) -> bytes:
    """So many quarter notes in a bar; a click each, of 24 clocks."""
    return _meta(_TIME_SIGNATURE, bytes((beats, 2, 24, 8)))
