"""Read the notes of Standard MIDI Files, also of unusual and damaged ones.

bytes --read_tracks--> [ReadTrack(number, name, ticks, notes)]

What has nothing to do with the notes does not matter: a header of any length, a wrong number of tracks, chunks and
events of unknown kinds, meta events of any size, data bytes over 127, and what surrounds the file (RIFF, MacBinary). A
file that was cut off has its tracks up to there.

Source: Standard MIDI Files 1.0. What programs write instead is known from public bug reports about other readers.
"""

from typing import NamedTuple

from polate.errors import ConfigError
from polate.theory.text_encoding import decoded

__all__ = ["ReadTrack", "read_tracks"]

_HEADER, _TRACK = b"MThd", b"MTrk"
_TRACK_NAME, _END_OF_TRACK = 0x03, 0x2F
_LONGEST_NUMBER = 0x0FFFFFFF  # of a variable-length quantity; a longer one is damaged

# The number of data bytes of a channel message by the upper half of its status, and of a system message by its status.
_CHANNEL_DATA = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}
_DATA = [_CHANNEL_DATA.get(status & 0xF0, 0) for status in range(256)]
_DATA[0xF1], _DATA[0xF2], _DATA[0xF3] = 1, 2, 1


class ReadTrack(NamedTuple):
    """The note-ons of one track, in the order of the file: of one channel, the first that has any."""

    number: int  # counted from 1
    name: str  # or empty
    ticks: tuple[int, ...]  # when each note begins, rising
    notes: tuple[int, ...]  # MIDI notes 0..127, as many as ``ticks``


def read_tracks(content: bytes) -> list[ReadTrack]:
    """The tracks that have notes. The time is linear in the size of the content.

    Raises `ConfigError` if there is no MIDI file in it.
    """
    place = content.find(_HEADER)
    if place < 0 and (place := content.find(_TRACK)) < 0:
        raise ConfigError(f"not a readable MIDI file: it must hold {_HEADER.decode()!r}, got {_shown(content)}")
    tracks, number = [], 0
    while 0 <= place <= len(content) - 8:
        following = _end_of_chunk(content, place)
        if following is None:  # the size is wrong: the next track is where it can be found
            following = content.find(_TRACK, place + 4)
        if content.startswith(_TRACK, place):
            number += 1
            if track := _read_track(number, content[place + 8 : following if following >= 0 else None]):
                tracks.append(track)
        place = following
    return tracks


def _end_of_chunk(content: bytes, place: int) -> int | None:
    """Where the chunk at ``place`` ends by its size; None if neither another chunk nor the end of the file is there."""
    end = place + 8 + int.from_bytes(content[place + 4 : place + 8], "big")
    if end == len(content) or content.startswith(_TRACK, end):
        return end
    name, size = content[end : end + 4], content[end + 4 : end + 8]
    is_chunk = len(size) == 4 and name.isalnum() and end + 8 + int.from_bytes(size, "big") <= len(content)
    return end if is_chunk else None


def _shown(content: bytes) -> str:
    return repr(content[:16]) if content else "nothing"


def _read_track(number: int, events: bytes) -> ReadTrack | None:
    """The track of these events; None if it has no notes.

    The loop handles an event in half a microsecond, so its body is not divided into functions.
    """
    ticks: list[int] = []
    notes: list[int] = []
    name = b""
    status, size, voice, counts = 0, 0, 0, False  # the running status and its data, the status of the notes that count
    place, tick = 0, 0
    try:
        while True:
            delta = events[place]
            place += 1
            if delta >= 0x80:
                delta &= 0x7F
                while (byte := events[place]) >= 0x80:
                    delta = (delta << 7 | byte & 0x7F) & _LONGEST_NUMBER
                    place += 1
                delta = delta << 7 | byte
                place += 1
            tick += delta
            byte = events[place]
            if byte < 0xF0:  # a channel message
                if byte >= 0x80:
                    place += 1
                    if byte != status:
                        status, size = byte, _DATA[byte]
                        counts = byte & 0xF0 == 0x90 and (byte == voice or not voice)
                elif not status:  # data of a message that is not there: go on with the next status
                    while events[place] < 0x80:
                        place += 1
                    place -= 1
                    continue
                if counts:
                    note = events[place]
                    if events[place + 1] and note < 0x80:
                        voice = status
                        ticks.append(tick)
                        notes.append(note)
                place += size
            elif byte == 0xFF:  # a meta event
                kind = events[place + 1]
                length, place = _number(events, place + 2)
                if kind == _END_OF_TRACK:
                    break
                if kind == _TRACK_NAME and not name:
                    name = events[place : place + length]
                place += length
            elif byte in (0xF0, 0xF7):  # a system exclusive message, a part of one, or any bytes
                length, start = _number(events, place + 1)
                is_inside = start + length <= len(events)  # if not, the message was written without its length
                place = start + length if is_inside else events.index(b"\xf7", place + 1) + 1
            else:
                place += 1 + _DATA[byte]
    except (IndexError, ValueError):  # the track ends within an event
        pass
    return ReadTrack(number, _line(name) if name else "", tuple(ticks), tuple(notes)) if notes else None


def _line(name: bytes) -> str:
    return " ".join(decoded(name).replace("\0", " ").split())


def _number(content: bytes, place: int) -> tuple[int, int]:
    """A variable-length quantity, and where it ends. Raises `IndexError` at the end of the content."""
    number = 0
    while (byte := content[place]) >= 0x80:
        number = (number << 7 | byte & 0x7F) & _LONGEST_NUMBER
        place += 1
    return number << 7 | byte, place + 1
