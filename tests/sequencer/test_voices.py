"""The frames of single onsets; `test_sequencer` has them played."""

from polate.control.settings import PlaySettings
from polate.gate.frames import MONO, Frame, Kind
from polate.sequencer.phrase import Slot
from polate.sequencer.rhythm import Hit
from polate.sequencer.voices import BASS, CHORD, LINE, Voices, strike

CELL = Slot((60,), 0, (60, 61, 62))
NEXT = Slot((66,), 1, (66, 67, 68))


def accompany(
    voices: Voices, slot: Slot, due: int, end: int, turn: int = 0, **settings: int
) -> tuple[list[str], Voices]:
    """The frames in words, for the ports 0 (bass) and 7 (chord); times are plain numbers."""
    frames, after = voices.accompany(slot, turn, PlaySettings(**settings), {CHORD: 7}, 1, due, end)
    return list(map(told, frames)), after


def told(frame: Frame) -> str:
    voice = {LINE: "line", BASS: "bass", CHORD: "chord"}[frame.voice & ~MONO]
    mono = " mono" if frame.voice & MONO else ""
    where = f"{frame.port}:{frame.channel}"
    return f"{voice} {frame.kind.name.lower()} {frame.note} {where} {frame.due_ns}-{frame.off_ns}{mono}"


class TestTheLine:
    def frame(self, gate: float, due_ns: int = 1_000, next_ns: int = 2_000) -> Frame:
        (frame,) = strike(CELL, Hit(99, 1), PlaySettings(gate=gate, channel=5), 3, due_ns, next_ns)
        return frame

    def test_a_note_lasts_as_long_as_the_gate_says_of_the_way_to_the_next(self) -> None:
        assert self.frame(50.0) == Frame(Kind.NOTE, 3, 4, 60, 99, 1_000, 1_500, 0, LINE | MONO)

    def test_only_above_100_percent_notes_overlap(self) -> None:
        assert self.frame(100.0).voice == LINE | MONO
        assert self.frame(101.0).voice == LINE
        assert self.frame(200.0).off_ns == 3_000

    def test_a_note_has_a_length_even_where_the_next_is_due_at_the_same_time(self) -> None:
        assert self.frame(90.0, 1_000, 1_000).off_ns == 1_001
        assert self.frame(90.0, 1_000, 900).off_ns == 1_001

    def test_the_notes_of_a_slot_are_struck_together(self) -> None:
        frames = strike(Slot((60, 61, 62), 0, (60, 61, 62)), Hit(99, 1), PlaySettings(), 1, 0, 100)
        assert [(frame.note, frame.due_ns, frame.off_ns) for frame in frames] == [(60, 0, 90), (61, 0, 90), (62, 0, 90)]


class TestBassAndChord:
    def test_they_are_struck_once_for_each_cell(self) -> None:
        frames, voices = accompany(Voices(), CELL, 0, 300, bass=2, chord=3)
        assert frames == [
            "bass note 36 0:1 0-300 mono",
            "chord note 60 7:2 0-300 mono",
            "chord note 61 7:2 0-300 mono",
            "chord note 62 7:2 0-300 mono",
        ]
        assert accompany(voices, CELL, 100, 300, bass=2, chord=3) == ([], voices)
        frames, _ = accompany(voices, NEXT, 300, 600, bass=2)
        assert frames == ["bass note 42 0:1 300-600 mono"]

    def test_the_next_turn_strikes_the_same_cell_again(self) -> None:
        _, voices = accompany(Voices(), CELL, 0, 300, bass=2)
        frames, _ = accompany(voices, CELL, 300, 600, turn=1, bass=2)
        assert frames == ["bass note 36 0:1 300-600 mono"]

    def test_in_a_new_phrase_what_both_have_goes_on_and_the_rest_changes(self) -> None:
        _, voices = accompany(Voices(), CELL, 0, 300, chord=3)
        other = Slot((60,), 5, (60, 61, 63))
        frames, _ = accompany(voices.unsettled(), other, 100, 400, chord=3)
        assert frames == [
            "chord tie 60 7:2 100-400",
            "chord tie 61 7:2 100-400",
            "chord tie 62 7:2 100-100",
            "chord note 63 7:2 100-400",
        ]

    def test_on_another_channel_all_are_ended_and_struck_there(self) -> None:
        _, voices = accompany(Voices(), CELL, 0, 300, bass=2)
        frames, _ = accompany(voices.unsettled(), CELL, 100, 300, bass=4)
        assert frames == ["bass tie 36 0:1 100-100", "bass note 36 0:3 100-300"]

    def test_switched_off_in_the_middle_of_a_cell_they_end(self) -> None:
        _, voices = accompany(Voices(), CELL, 0, 300, bass=2)
        frames, _ = accompany(voices.unsettled(), CELL, 100, 300)
        assert frames == ["bass tie 36 0:1 100-100"]

    def test_what_has_ended_by_the_time_a_new_phrase_begins_is_struck_anew(self) -> None:
        _, voices = accompany(Voices(), CELL, 0, 300, bass=2)
        frames, _ = accompany(voices.unsettled(), CELL, 300, 600, bass=2)
        assert frames == ["bass note 36 0:1 300-600 mono"]

    def test_octaves_stay_within_the_notes_of_midi(self) -> None:
        low, high = Slot((20,), 0, (20, 23)), Slot((120,), 0, (120, 127))
        assert accompany(Voices(), low, 0, 9, chord=1, chord_octave=-4)[0] == [
            "chord note 8 7:0 0-9 mono",
            "chord note 11 7:0 0-9 mono",
        ]
        assert accompany(Voices(), high, 0, 9, chord=1, chord_octave=4)[0] == [
            "chord note 120 7:0 0-9 mono",
            "chord note 127 7:0 0-9 mono",
        ]
