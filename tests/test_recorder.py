from pathlib import Path

import pytest
from mido import MidiFile

from polate import ConfigError
from polate.recorder import TICKS_PER_BEAT, Recorder
from polate.wire import Frame, Kind

SECOND = 1_000_000_000


def on(step: int, pitch: int, due_ns: int) -> Frame:
    return Frame(Kind.ON, step, 0, pitch, 100, due_ns, due_ns + 1000)


def off(step: int, pitch: int, due_ns: int) -> Frame:
    return Frame(Kind.OFF, step, 0, pitch, 0, due_ns, due_ns + 1000)


def ticks(path: Path) -> list[tuple[int, str, object]]:
    """(tick, type, what) of a file's one track."""
    (track,) = MidiFile(path).tracks
    at, found = 0, []
    for message in track:
        at += message.time
        what = {
            "note_on": "note",
            "note_off": "note",
            "marker": "text",
            "set_tempo": "tempo",
        }.get(message.type)
        if what:
            found.append((at, message.type, getattr(message, what)))
    return found


def test_a_take_has_tempo_markers_and_notes_at_their_ticks(tmp_path: Path) -> None:
    path = tmp_path / "take.mid"
    recorder = Recorder(path, 120.0)
    recorder.marker(0, "tritone 0 1 2")
    start = 777 * SECOND
    recorder.report(on(0, 60, start))
    recorder.report(off(0, 60, start + SECOND // 4))
    recorder.marker(1, "ditone 0")
    recorder.report(on(1, 64, start + SECOND // 2))
    recorder.tempo(60.0, start + SECOND // 2)
    recorder.report(off(1, 64, start + SECOND))
    recorder.close()
    assert ticks(path) == [
        (0, "set_tempo", 500_000),
        (0, "marker", "tritone 0 1 2"),
        (0, "note_on", 60),
        (240, "note_off", 60),
        (480, "set_tempo", 1_000_000),
        (480, "marker", "ditone 0"),
        (480, "note_on", 64),
        (720, "note_off", 64),
    ]


def test_a_marker_waits_for_the_first_note_of_its_pattern(tmp_path: Path) -> None:
    path = tmp_path / "take.mid"
    recorder = Recorder(path, 120.0)
    recorder.marker(2, "ditone 0")
    recorder.report(on(1, 60, SECOND))  # on its way when the knob was turned
    recorder.report(on(2, 64, SECOND * 3 // 2))
    recorder.close()
    assert [(at, kind) for at, kind, _ in ticks(path) if kind in ("marker", "note_on")] == [
        (0, "note_on"),
        (480, "marker"),
        (480, "note_on"),
    ]


def test_a_file_saved_in_the_middle_has_no_hanging_notes(tmp_path: Path) -> None:
    path = tmp_path / "take.mid"
    recorder = Recorder(path, 120.0)
    for step in range(1000):
        recorder.report(on(step, 60 + step % 12, step * SECOND // 8))
        if step > 0:
            recorder.report(off(step - 1, 60 + (step - 1) % 12, step * SECOND // 8))
    path.write_bytes(recorder._file())
    found = ticks(path)
    assert sum(kind == "note_on" for _, kind, _ in found) == 1000
    assert sum(kind == "note_off" for _, kind, _ in found) == 1000
    last = 999 * TICKS_PER_BEAT // 4
    assert found[-2:] == [(last, "note_on", 60 + 999 % 12), (last + 1, "note_off", 60 + 999 % 12)]
    recorder.close()
    assert [(at, kind) for at, kind, _ in ticks(path)] == [(at, kind) for at, kind, _ in found]


def test_a_note_shorter_than_a_tick_still_ends_after_it_began(tmp_path: Path) -> None:
    path = tmp_path / "take.mid"
    recorder = Recorder(path, 120.0)
    for step in range(20):
        recorder.report(on(step, 60, step * 1000))  # every microsecond
        recorder.report(off(step, 60, step * 1000 + 100))
    recorder.close()
    sounding = 0
    for _, kind, _ in ticks(path):
        sounding += {"note_on": 1, "note_off": -1}.get(kind, 0)
        assert sounding in (0, 1)
    assert sounding == 0


def test_an_earlier_take_is_kept_and_what_is_no_take_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "take.mid"
    for pitch in (60, 64):
        recorder = Recorder(path, 120.0)
        recorder.report(on(0, pitch, 0))
        recorder.close()
    assert [what for _, kind, what in ticks(path) if kind == "note_on"] == [64]
    assert [what for _, kind, what in ticks(tmp_path / "take.before.mid") if kind == "note_on"] == [60]
    model = tmp_path / "model.onnx"
    model.write_bytes(b"a model")
    for other in (model, tmp_path, Path("/dev/null")):
        with pytest.raises(ConfigError, match=r"is a folder|is not a MIDI file"):
            Recorder(other, 120.0)
    assert model.read_bytes() == b"a model"


def test_a_place_that_cannot_be_written_is_refused_before_a_note_is_played(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot record to"):
        Recorder(tmp_path / "missing" / "take.mid", 120.0)
