import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
from mido import MidiFile

from polate import TakeError
from polate.control.commands import SetAxis
from polate.gate.frames import Frame, Kind
from polate.takes.events import SongTime
from polate.takes.journal import Turn, encode
from polate.takes.live_take import LiveTake, free_path
from polate.takes.recent_bars import RecentBars, cut
from polate.takes.recorder import Recorder, journal_of
from polate.takes.timeline import Timeline

SECOND = 1_000_000_000
AT_120 = SongTime(0, 0.0, 120.0, 0, 4)


def play(timeline: Timeline, beats: range) -> None:
    """A quarter note on every beat, at the pitch of its number."""
    for beat in beats:
        due_ns = beat * SECOND // 2
        timeline.report(Frame(Kind.ON, beat, 0, beat % 128, 100, due_ns, 0, 0, 1))
        timeline.report(Frame(Kind.OFF, beat, 0, beat % 128, 0, due_ns + SECOND // 4, 0, 0, 1))


def notes(content: bytes) -> list[tuple[int, int]]:
    """(tick, note) of every note that begins."""
    found = []
    for track in MidiFile(file=BytesIO(content)).tracks:
        at = 0
        for message in track:
            at += message.time
            if message.type == "note_on":
                found.append((at, message.note))
    return found


def record(path: Path, beats: int) -> None:
    recorder, timeline = Recorder.open(path), Timeline(AT_120)
    play(timeline, range(beats))
    recorder.close(timeline.settle(), timeline.rest())
    assert recorder.problem is None


class TestFiles:
    def test_the_file_has_what_was_played_however_often_it_was_saved(self, tmp_path: Path) -> None:
        path = tmp_path / "take.mid"
        recorder, timeline = Recorder.open(path), Timeline(AT_120)
        for bar in range(30):
            play(timeline, range(bar * 4, bar * 4 + 4))
            recorder.journal(Turn(bar, [(bar, SetAxis(0, 0.5))]))
            recorder.save(timeline.settle(), timeline.rest())
        recorder.close(timeline.settle(), timeline.rest())
        assert notes(path.read_bytes()) == [(480 * beat, beat) for beat in range(120)]
        lines = (tmp_path / "take.jsonl").read_bytes()
        assert lines == b"".join(encode(Turn(bar, [(bar, SetAxis(0, 0.5))])) for bar in range(30))
        record(tmp_path / "once.mid", 120)
        assert (tmp_path / "once.mid").read_bytes() == path.read_bytes()

    def test_an_earlier_take_is_kept_with_its_journal(self, tmp_path: Path) -> None:
        path = tmp_path / "take.mid"
        (tmp_path / "take.jsonl").write_bytes(b'{"polate-journal":1, "an": "earlier one"}')
        record(path, 1)
        record(path, 2)
        assert len(notes(path.read_bytes())) == 2
        assert len(notes((tmp_path / "take.before.mid").read_bytes())) == 1
        assert b"an earlier one" not in (tmp_path / "take.jsonl").read_bytes()

    def test_what_is_no_take_is_never_replaced(self, tmp_path: Path) -> None:
        model = tmp_path / "model.onnx"
        model.write_bytes(b"a model")
        for other in (model, tmp_path, Path("/dev/null")):
            with pytest.raises(TakeError, match=r"is a folder|is not a MIDI file"):
                Recorder.open(other)
        assert model.read_bytes() == b"a model"
        (tmp_path / "take.jsonl").write_bytes(b"my own notes")
        with pytest.raises(TakeError, match=r"take\.jsonl: it exists and is not a journal"):
            Recorder.open(tmp_path / "take.mid")
        assert (tmp_path / "take.jsonl").read_bytes() == b"my own notes"
        (tmp_path / "song.before.mid").write_bytes(b"my own notes")
        with pytest.raises(TakeError, match=r"song\.before\.mid: it exists and is not a MIDI file"):
            Recorder.open(tmp_path / "song.mid")

    def test_a_place_that_cannot_be_written_is_refused_before_a_note_is_played(self, tmp_path: Path) -> None:
        with pytest.raises(TakeError, match="cannot record to"):
            Recorder.open(tmp_path / "missing" / "take.mid")

    def test_a_folder_that_is_gone_for_a_while_costs_nothing(self, tmp_path: Path) -> None:
        folder = tmp_path / "stick"
        folder.mkdir()
        recorder, timeline = Recorder.open(folder / "take.mid"), Timeline(AT_120)
        play(timeline, range(8))
        os.rename(folder, tmp_path / "elsewhere")
        recorder.save(timeline.settle(), timeline.rest())
        while recorder.problem is None:
            pass
        assert "No such file" in recorder.problem
        os.rename(tmp_path / "elsewhere", folder)
        play(timeline, range(8, 16))
        recorder.close(timeline.settle(), timeline.rest())
        assert recorder.problem is None
        assert len(notes((folder / "take.mid").read_bytes())) == 16

    @pytest.mark.parametrize("error", [ValueError("odd"), MemoryError()])
    def test_an_error_in_the_thread_is_said_and_nothing_is_lost(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
    ) -> None:
        recorder, timeline = Recorder.open(tmp_path / "take.mid"), Timeline(AT_120)
        write, raised = recorder._write, threading.Event()

        def fail_once(*, sync: bool = False) -> None:
            if not raised.is_set():
                raised.set()
                raise error
            write(sync=sync)

        monkeypatch.setattr(recorder, "_write", fail_once)
        play(timeline, range(8))
        recorder.journal(Turn(1))
        recorder.save(timeline.settle(), timeline.rest())
        assert raised.wait(5)
        while recorder.problem is None:
            pass
        assert type(error).__name__ in recorder.problem
        play(timeline, range(8, 16))
        recorder.close(timeline.settle(), timeline.rest())
        assert recorder.problem is None
        assert len(notes((tmp_path / "take.mid").read_bytes())) == 16
        assert (tmp_path / "take.jsonl").read_bytes() == encode(Turn(1))

    def test_files_that_are_deleted_are_written_anew_with_all_that_was_in_them(self, tmp_path: Path) -> None:
        folder = tmp_path / "takes"
        folder.mkdir()
        recorder, timeline = Recorder.open(folder / "take.mid"), Timeline(AT_120)
        recorder.journal(Turn(1))
        play(timeline, range(8))
        recorder.save(timeline.settle(), timeline.rest())
        while (folder / "take.jsonl").read_bytes() != encode(Turn(1)):
            time.sleep(0.001)
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        recorder.journal(Turn(2))
        play(timeline, range(8, 16))
        recorder.close(timeline.settle(), timeline.rest())
        assert recorder.problem is None
        assert len(notes((folder / "take.mid").read_bytes())) == 16
        assert (folder / "take.jsonl").read_bytes() == encode(Turn(1)) + encode(Turn(2))

    def test_a_line_that_comes_while_the_files_are_written_is_not_lost(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        recorder = Recorder.open(tmp_path / "take.mid")

        def encode_slowly(line: Turn) -> bytes:
            recorder.save([], [])
            while recorder._ends is not None:  # until the thread has taken what there was
                time.sleep(0.001)
            return encode(line)

        monkeypatch.setattr("polate.takes.recorder.encode", encode_slowly)
        recorder.journal(Turn(1))
        recorder.journal(Turn(2))
        recorder.close([], [])
        assert (tmp_path / "take.jsonl").read_bytes() == encode(Turn(1)) + encode(Turn(2))

    def test_a_journal_has_its_takes_name(self) -> None:
        assert journal_of(Path("a/take.mid")) == Path("a/take.jsonl")
        assert journal_of(Path("take.v2")) == Path("take.v2.jsonl")


class TestTakeThatIsBegunWhilePlaying:
    def recorded(self, folder: Path, first: int, last: int, *, stop_at: int | None = None) -> list[tuple[int, int]]:
        """The notes of a take from before one beat to before another, of a session in which each beat is played."""
        timeline, recent = Timeline(AT_120), RecentBars()
        timeline.mark(0, "tritone 0 1 2")
        take = None
        with ThreadPoolExecutor(1) as thread:
            for beat in range(last):
                if beat == first:
                    recent.add(timeline.settle(), 4)
                    take = LiveTake(folder, thread, timeline.bar_tick_at(beat * SECOND // 2 - 1), recent.events())
                if stop_at is None or beat < stop_at or beat >= first:
                    play(timeline, range(beat, beat + 1))
                settled = timeline.settle()
                recent.add(settled, 4)
                if take:
                    take.save(settled, timeline.rest())
            assert take
            take.end(timeline.settle(), timeline.rest())
        assert take.is_over
        assert take.problem is None
        [path] = folder.iterdir()
        assert str(path) == take.path
        conductor = MidiFile(path).tracks[0]
        assert [message.type for message in conductor][:4] == ["track_name", "time_signature", "set_tempo", "marker"]
        assert sum(message.type == "set_tempo" for message in conductor) == 1
        return notes(path.read_bytes())

    def test_it_begins_with_the_bar_line_before_and_ends_when_it_is_told_to(self, tmp_path: Path) -> None:
        found = self.recorded(tmp_path, 38, 46)
        assert found == [(480 * (beat - 36), beat) for beat in range(36, 46)]

    def test_a_pause_before_it_is_not_in_it(self, tmp_path: Path) -> None:
        assert self.recorded(tmp_path, 101, 110, stop_at=20) == [(480 * (beat - 100), beat) for beat in range(101, 110)]

    def test_one_from_the_first_note_on_has_everything(self, tmp_path: Path) -> None:
        assert self.recorded(tmp_path, 0, 9) == [(480 * beat, beat) for beat in range(9)]

    def test_what_was_played_before_its_file_was_there_is_in_it(self, tmp_path: Path) -> None:
        timeline, goes_on = Timeline(AT_120), threading.Event()
        with ThreadPoolExecutor(1) as thread:
            thread.submit(goes_on.wait)  # a slow disk
            take = LiveTake(tmp_path / "new", thread, 0, [])
            for beat in range(8):
                play(timeline, range(beat, beat + 1))
                take.save(timeline.settle(), timeline.rest())
            assert (take.path, take.problem, take.is_over) == ("", None, False)
            take.end(timeline.settle(), timeline.rest())
            goes_on.set()
        assert notes(Path(take.path).read_bytes()) == [(480 * beat, beat) for beat in range(8)]

    def test_a_folder_that_cannot_be_is_a_problem_and_ends_the_take(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        with ThreadPoolExecutor(1) as thread:
            take = LiveTake(tmp_path / "file" / "folder", thread, 0, [])
            take.save([], [])
        assert (take.path, take.is_over) == ("", True)
        assert "cannot record to" in str(take.problem)

    def test_two_of_one_second_have_two_names(self, tmp_path: Path) -> None:
        first = free_path(tmp_path / "new")
        first.touch()
        assert free_path(tmp_path / "new") != first


class TestCapture:
    def captured(self, beats: int, bars: int, bar: int = 4) -> tuple[list[tuple[int, int]], bytes]:
        timeline, recent = Timeline(AT_120._replace(bar=bar)), RecentBars()
        timeline.mark(0, "tritone 0 1 2")
        for beat in range(beats):
            play(timeline, range(beat, beat + 1))
            recent.add(timeline.settle(), bar)
        content = cut([*recent.events(), *timeline.rest()], timeline.bar_tick(bars))
        return notes(content), content

    def test_the_last_bars_begin_with_a_bar_line_and_end_with_now(self) -> None:
        found, content = self.captured(beats=46, bars=2)
        assert found == [(480 * (beat - 36), beat) for beat in range(36, 46)]  # 11 bars, and two beats
        assert b"tritone 0 1 2" in content
        conductor = MidiFile(file=BytesIO(content)).tracks[0]
        assert [message.type for message in conductor][:4] == ["track_name", "time_signature", "set_tempo", "marker"]

    def test_bars_of_three_beats_are_bars(self) -> None:
        found, _ = self.captured(beats=20, bars=1, bar=3)
        assert [note for _, note in found] == [15, 16, 17, 18, 19]

    def test_more_bars_than_were_played_are_all_of_them(self) -> None:
        found, _ = self.captured(beats=6, bars=64)
        assert [note for _, note in found] == list(range(6))

    def test_of_a_long_time_64_bars_are_kept(self) -> None:
        found, content = self.captured(beats=600, bars=64)
        assert len(found) == 64 * 4 + 4
        assert found[0] == (0, (600 - 4 - 256) % 128)
        assert b"tritone 0 1 2" in content

    def test_a_note_that_began_before_the_first_bar_leaves_no_end_behind(self) -> None:
        timeline = Timeline(AT_120)
        timeline.report(Frame(Kind.ON, 0, 0, 40, 100, 0, 0, 0, 1))
        play(timeline, range(6))
        timeline.report(Frame(Kind.OFF, 0, 0, 40, 0, 5 * SECOND // 2, 0, 0, 1))
        messages = MidiFile(file=BytesIO(cut(timeline.rest(), timeline.bar_tick(0)))).tracks[1]
        assert [m.note for m in messages if m.type == "note_off"] == [4, 5]
