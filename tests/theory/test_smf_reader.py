"""MIDI files as people have them: the notes do not depend on what is unusual or broken around them."""

import random
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polate import ConfigError
from polate.theory.midi_notes import LARGEST_FILE, MIDI_SUFFIXES, notes_of, voices
from polate.theory.smf_reader import read_tracks

CASES = Path(__file__).parents[1] / "cases"
TRITONE = (60, 61, 62, 66, 67, 68, 72)
FIRST = b"\0\x90\x3c\x40\x60\x80\x3c\0"  # a C4
SECOND = b"\0\x90\x3e\x40\x60\x80\x3e\0"  # a D4
END = b"\0\xff\x2f\0"


def chunk(events: bytes, *, name: bytes = b"MTrk", size: int | None = None) -> bytes:
    return name + struct.pack(">I", len(events) if size is None else size) + events


def smf(*tracks: bytes, count: int | None = None) -> bytes:
    """A file of whole chunks."""
    return struct.pack(">4sIHHH", b"MThd", 6, 1, len(tracks) if count is None else count, 96) + b"".join(tracks)


def notes(content: bytes) -> list[tuple[int, ...]]:
    return [track.notes for track in read_tracks(content)]


class TestCases:
    @pytest.mark.parametrize("path", [*sorted(CASES.glob("*.mid")), CASES / "x.kar", CASES / "x.rmi"], ids=str)
    def test_the_first_voice_is_the_tritone_scale(self, path: Path) -> None:
        assert tuple(notes_of(path)) == TRITONE

    @pytest.mark.parametrize("name", ["junk-after-eot", "zeros-after-eot", "crlf-at-end", "no-eot", "size-too-short"])
    def test_there_is_nothing_else(self, name: str) -> None:
        assert notes((CASES / f"{name}.mid").read_bytes()) == [TRITONE]

    @pytest.mark.parametrize(
        ("file", "names"),
        [
            ("names-utf8", ["Ténor", "Dúr"]),
            ("name-utf16", ["abc"]),
            ("names-sjis", ["\x90ç\x96{", "\x8d÷"]),  # Shift-JIS, which nothing in the file says: Latin-1
        ],
    )
    def test_names_are_by_mark_then_utf_8_then_latin_1(self, file: str, names: list[str]) -> None:
        assert [track.name for track in read_tracks((CASES / f"{file}.mid").read_bytes())] == names

    def test_every_ending_of_a_midi_file_is_known(self) -> None:
        assert set(MIDI_SUFFIXES) >= {".mid", ".midi", ".kar", ".rmi"}


class TestChunks:
    def test_the_number_of_tracks_in_the_header_does_not_matter(self) -> None:
        for count in (0, 1, 3, 65535):
            assert notes(smf(chunk(FIRST), chunk(SECOND), count=count)) == [(60,), (62,)]

    def test_unknown_chunks_are_skipped_by_their_length_wherever_they_are(self) -> None:
        alien = chunk(b"MTrk" + SECOND, name=b"XFIH")
        assert notes(smf(alien, chunk(FIRST), alien, chunk(SECOND), alien)) == [(60,), (62,)]

    @pytest.mark.parametrize("size", [0, 1, 3, 9, 13, 1000, 0x7FFFFFFF, 0xFFFFFFFF])
    def test_a_wrong_size_costs_neither_the_track_nor_the_next_one(self, size: int) -> None:
        content = smf(chunk(FIRST + SECOND + END, size=size), chunk(SECOND + END), chunk(FIRST + END))
        assert notes(content) == [(60, 62), (62,), (60,)]

    def test_a_padded_track_does_not_hide_the_next_one(self) -> None:
        assert notes(smf(chunk(FIRST + END) + b"\0", chunk(SECOND))) == [(60,), (62,)]

    def test_a_header_may_have_any_length(self) -> None:
        for length in (0, 4, 6, 30):
            header = b"MThd" + struct.pack(">I", length) + bytes(length)
            assert notes(header + chunk(FIRST) + chunk(SECOND)) == [(60,), (62,)]
        assert notes(b"MThd\x7f\0\0\0\0\1\0\1\0\x60" + chunk(FIRST)) == [(60,)]

    def test_tracks_without_a_header_are_read(self) -> None:
        assert notes(chunk(FIRST) + chunk(SECOND)) == [(60,), (62,)]

    def test_a_file_in_another_is_found(self) -> None:
        inner = smf(chunk(FIRST + END))
        info = b"LIST\4\0\0\0INFO"
        assert notes(b"RIFF\xff\xff\xff\xffRMIDdata" + struct.pack("<I", len(inner)) + inner + info) == [(60,)]
        assert notes(bytes(128) + inner + bytes(46) + b"resources") == [(60,)]

    def test_whole_tracks_are_kept_when_a_later_one_is_cut_and_the_cut_one_as_far_as_it_goes(self) -> None:
        content = smf(chunk(FIRST + SECOND + END), chunk(FIRST + SECOND + FIRST + END))
        for cut in range(1, len(FIRST + SECOND + FIRST + END)):
            first, *second = notes(content[:-cut])
            assert first == (60, 62)
            assert second in ([], [(60,)], [(60, 62)], [(60, 62, 60)])

    @pytest.mark.parametrize("content", [b"", b"MIDI", b"RIFF\0\0\0\0WAVEdata", b"PK\3\4", b"\0" * 1000])
    def test_what_is_no_midi_file_is_refused_with_its_beginning(self, content: bytes) -> None:
        with pytest.raises(ConfigError, match="not a readable MIDI file: it must hold 'MThd', got "):
            read_tracks(content)


class TestEvents:
    @pytest.mark.parametrize(
        "odd",
        [
            *(bytes((0, 0xFF, kind, 0)) for kind in (0x00, 0x20, 0x21, 0x51, 0x54, 0x58, 0x59, 0x60, 0x7F)),
            *(bytes((0, 0xFF, kind, 5, 255, 254, 253, 252, 251)) for kind in (0x00, 0x20, 0x51, 0x54, 0x58, 0x59)),
            *(bytes((0, status)) for status in (0xF4, 0xF5, 0xF6, 0xF8, 0xF9, 0xFA, 0xFB, 0xFC, 0xFD, 0xFE)),
            b"\0\xf1\x33",
            b"\0\xf2\x33\x33",
            b"\0\xf3\x33",
            b"\0\xf0\5\x7e\x7f\x09\1\xf7",
            b"\0\xf0\3\x43\x12\0\x60\xf7\2\1\xf7",
            b"\0\xf7\3\x90\x40\x40",
            b"\0\xf0\0",
            b"\0\xb0\x07\xff",
            b"\0\xc0\x80",
            b"\0\xe0\xff\xff",
            b"\0\xd0\xf0",
            b"\0\x80\x3c\x84",
            b"\0\x90\xbc\x40",
            b"\0\x90\x3c\0",
        ],
        ids=bytes.hex,
    )
    def test_an_odd_event_before_between_and_after_the_notes_does_not_matter(self, odd: bytes) -> None:
        assert notes(smf(chunk(odd + FIRST + odd + SECOND + odd + END))) == [(60, 62)]

    def test_running_status_goes_on_after_meta_and_exclusive_events(self) -> None:
        events = b"\0\x90\x3c\x40\0\xff\1\1a\0\x3e\x40\0\xf0\2\x7e\xf7\0\x40\x40"
        assert notes(smf(chunk(events))) == [(60, 62, 64)]

    def test_data_before_the_first_status_are_skipped(self) -> None:
        assert notes(smf(chunk(b"\0\x3c\x40\0\x3d\x40" + FIRST))) == [(60,)]

    def test_an_exclusive_message_without_its_length_ends_at_its_end(self) -> None:
        assert notes(smf(chunk(b"\0\xf0\x7e\x7f\x09\1\xf7" + FIRST + END))) == [(60,)]

    def test_notes_after_the_end_of_the_track_are_not_read(self) -> None:
        assert notes(smf(chunk(FIRST + END + SECOND), chunk(SECOND))) == [(60,), (62,)]

    def test_times_add_up_whatever_the_length_of_their_numbers(self) -> None:
        events = b"\x05\x90\x3c\x40\x81\0\x3e\x40\x80\x80\x80\1\x40\x40\x82\x80\x00\x41\x40"
        (track,) = read_tracks(smf(chunk(events)))
        assert track.ticks == (5, 133, 134, 134 + (2 << 14))

    def test_a_number_without_an_end_is_no_trap(self) -> None:
        assert notes(smf(chunk(FIRST + b"\xff" * 1000))) == [(60,)]
        assert notes(smf(chunk(FIRST + b"\0\xff\3" + b"\xff" * 1000))) == [(60,)]

    def test_the_first_channel_with_notes_is_read(self) -> None:
        events = b"\0\x91\x30\0\0\x90\x3c\x40\0\x91\x3d\x40\0\x90\x3e\x40\0\x3f\x40"
        assert notes(smf(chunk(events))) == [(60, 62, 63)]


PIECES = [
    b"MTrk",
    b"MThd",
    b"\0\0\0\6",
    b"\x7f\xff\xff\xff",
    FIRST,
    END,
    b"\xf0\xff\xff\xff\x7f",
    b"\xff\3\x7f",
    b"\xf7",
]


class TestAnyBytes:
    @given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=9)), max_size=40))
    def test_are_notes_with_rising_ticks_or_an_error(self, pieces: list[bytes]) -> None:
        for track in read_tracks(smf(b"".join(pieces))):
            assert len(track.ticks) == len(track.notes) > 0
            assert all(0 <= note <= 127 for note in track.notes)
            assert sorted(track.ticks) == list(track.ticks)

    def test_a_whole_megabyte_of_them_comes_to_an_end(self) -> None:
        """A reader that looks at a byte more than a few times would take minutes."""
        for seed in range(5):
            pieces = random.Random(seed).choices(PIECES, k=300_000)
            voices(smf(b"".join(pieces))[:LARGEST_FILE])
