"""The time to read MIDI files of 1 MiB, for several kinds of content; and, for a folder, what of it is read.

    python benchmarks/midi_files.py [--rounds 5] [--folder FOLDER]

The contents are made here, each of one kind of event, so that none is faster than a real file. With a folder, every
MIDI file in it is read, and the notes are compared with those that mido finds, if it can read the file.
"""

import argparse
import io
import struct
import time
from collections import Counter
from pathlib import Path

from polate.errors import ConfigError
from polate.theory.midi_notes import LARGEST_FILE, MIDI_SUFFIXES, voices

ROOM = LARGEST_FILE - 64  # bytes for events


def smf(*tracks: bytes) -> bytes:
    chunks = b"".join(b"MTrk" + struct.pack(">I", len(track)) + track for track in tracks)
    return b"MThd" + struct.pack(">IHHH", 6, 1, min(len(tracks), 65535), 96) + chunks


def of(event: bytes, begin: bytes = b"") -> bytes:
    return smf(begin + event * (ROOM // len(event)))


CONTENTS = {
    "notes with running status": of(b"\0\x3c\x40", b"\0\x90\x3c\x40"),
    "note-on and note-off": of(b"\0\x90\x3c\x40\x60\x80\x3c\x40"),
    "notes with long times": of(b"\x81\x81\x01\x3c\x40", b"\0\x90\x3c\x40"),
    "program changes with running status": of(b"\0\1", b"\0\xc0\1"),
    "meta events": of(b"\0\xff\1\0"),
    "one time without an end": smf(b"\xff" * ROOM),
    "damaged: data without a status": smf(bytes(ROOM)),
    "damaged: tracks of one note": smf(*[b"\0\x90\x3c\x40"] * (ROOM // 12)),
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--folder", type=Path)
    options = arguments.parse_args()
    for name, content in CONTENTS.items():
        seconds = sorted(timed(content) for _ in range(options.rounds))
        half = content[: len(content) // 2]
        halves = sorted(timed(half) for _ in range(options.rounds))
        print(f"{name}: {seconds[len(seconds) // 2]:.3f} s, half of it {halves[len(halves) // 2]:.3f} s")
    if options.folder:
        compare(options.folder)


def timed(content: bytes) -> float:
    begin = time.perf_counter()
    voices(content)
    return time.perf_counter() - begin


def compare(folder: Path) -> None:
    """Count the files with notes, and those whose notes differ from mido's."""
    counts: Counter[str] = Counter()
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in MIDI_SUFFIXES or not path.is_file():
            continue
        content = path.read_bytes()
        try:
            found = voices(content)
        except ConfigError as error:
            counts["refused"] += 1
            print(f"{path}: {error}")
            continue
        counts["with notes" if found else "without notes"] += 1
        theirs = by_mido(content)
        counts["mido refuses" if theirs is None else "mido reads"] += 1
        if theirs is not None and theirs != [voice.onsets for voice in found]:
            counts["differs"] += 1
            print(f"{path}: differs from mido")
    print(dict(counts))


def by_mido(content: bytes) -> list[tuple[tuple[int, int], ...]] | None:
    """The note-ons of each track, of the first channel that has any; None if mido refuses the file."""
    from mido import MidiFile

    try:
        file = MidiFile(file=io.BytesIO(content))
    except Exception:
        return None
    tracks = []
    for track in file.tracks:
        tick, channel, onsets = 0, None, []
        for message in track:
            tick += message.time
            if message.type == "note_on" and message.velocity and channel in (None, message.channel):
                channel = message.channel
                onsets.append((tick, message.note))
        if onsets:
            tracks.append(tuple(onsets))
    return tracks


if __name__ == "__main__":
    main()
