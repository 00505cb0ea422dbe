"""Melodies: note names to MIDI notes, and MIDI notes to files."""

from collections.abc import Sequence

from mido import Message, MetaMessage, MidiFile, MidiTrack

from polate import parse_note


def names(text: str) -> list[int]:
    return [parse_note(name) for name in text.split()]


def midi(*tracks: Sequence[Message | MetaMessage]) -> MidiFile:
    return MidiFile(tracks=[MidiTrack(track) for track in tracks])


def melody(notes: Sequence[int], channel: int = 0) -> list[Message]:
    ons = [Message("note_on", note=note, velocity=90, channel=channel, time=0) for note in notes]
    offs = [Message("note_off", note=note, channel=channel, time=120) for note in notes]
    return [message for pair in zip(ons, offs, strict=True) for message in pair]
