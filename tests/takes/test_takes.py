"""Takes, snapshots and captures of Polate as a process of its own, without a MIDI system."""

import contextlib
import json
import random
import socket
import subprocess
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import mido
import pytest
from command import polate
from rig import free_udp_port, next_line, no_midi, start_polate, wait_until

from polate.control.commands import StoreSnapshot
from polate.osc.packets import build
from polate.takes.journal_reader import read_journal

FAST = ("--midi-api", "jack", "--bpm", "250", "--rate", "1/16")
STEP = 0.06  # seconds, of FAST
BAR = 16 * STEP


@contextlib.contextmanager
def playing(*options: str, folder: Path) -> Iterator[tuple[subprocess.Popen[str], socket.socket, int]]:
    """Polate, and a socket that sends it OSC; stopped in order at the end."""
    port = free_udp_port()
    process = start_polate(*FAST, "--osc-port", str(port), "--captures", str(folder), *options, env=no_midi())
    try:
        assert "playing" in next_line(process)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.connect(("127.0.0.1", port))
            yield process, sender, port
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=20)


def notes(take: bytes) -> int:
    return sum(message.type == "note_on" for track in mido.MidiFile(file=BytesIO(take)).tracks for message in track)


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A take of three seconds in which a lot happens."""
    folder = tmp_path_factory.mktemp("take")
    take = folder / "take.mid"
    dice = random.Random(2)
    options = ("--record", str(take), "--bass", "2", "--chord", "3", "--order", "random", "--seed", "5")
    with playing(*options, "--snapshots", str(folder / "snapshots.json"), folder=folder) as (process, osc, _):
        for number in range(60):
            osc.send(build(f"/polate/z/{dice.randint(1, 8)}", [dice.random()]).dgram)
            if number % 10 == 0:
                osc.send(build("/polate/tempo", [dice.uniform(200, 300)]).dgram)
                osc.send(build("/polate/snapshot/store", ["one"]).dgram)
                osc.send(build("/polate/go", ["random"]).dgram)
                osc.send(build("/polate/snapshot/recall", ["one" if number % 20 else "none"]).dgram)
            time.sleep(0.05)
        process.terminate()
        assert process.wait(20) == 0
    return take


class TestReplay:
    def test_the_replay_of_a_take_is_identical(self, take: Path) -> None:
        done = polate("replay", str(take.with_suffix(".jsonl")))
        again = take.with_name("take.replay.mid")
        assert done.stdout == f"{again}: identical to {take}\n", done.stderr
        assert again.read_bytes() == take.read_bytes()
        assert notes(take.read_bytes()) > 40

    def test_the_tracks_are_the_voices_and_the_markers_the_patterns(self, take: Path) -> None:
        conductor, *voices = mido.MidiFile(take).tracks
        assert [track.name for track in voices] == ["line", "bass", "chord"]
        assert len({message.text for message in conductor if message.type == "marker"}) > 5
        assert sum(message.type == "set_tempo" for message in conductor) >= 5

    def test_a_replay_goes_where_it_is_sent_and_over_nothing_but_a_midi_file(self, take: Path, tmp_path: Path) -> None:
        out = tmp_path / "again.mid"
        assert polate("replay", str(take.with_suffix(".jsonl")), "--out", str(out)).returncode == 0
        assert out.read_bytes() == take.read_bytes()
        out.write_text("my notes")
        done = polate("replay", str(take.with_suffix(".jsonl")), "--out", str(out))
        assert done.returncode == 1
        assert done.stderr == f"polate: cannot write {out}: a file of that name exists, and it is not a MIDI file\n"
        assert out.read_text() == "my notes"

    def test_a_journal_of_another_model_is_refused_unless_one_is_named(self, take: Path, tmp_path: Path) -> None:
        journal = tmp_path / "take.jsonl"
        first, rest = take.with_suffix(".jsonl").read_text().split("\n", 1)
        start = json.loads(first)
        journal.write_text(json.dumps({**start, "sha256": "f" * 64}, separators=(",", ":")) + "\n" + rest)
        done = polate("replay", str(journal))
        assert done.returncode == 1
        assert "was played with model 'slonimsky' of SHA-256 ffffffffffffffff..., but that file now has" in done.stderr
        done = polate("replay", str(journal), "--model", "slonimsky")
        assert (done.returncode, done.stderr) == (0, "")
        assert journal.with_suffix(".replay.mid").read_bytes() == take.read_bytes()

    def test_what_is_wrong_with_a_journal_is_said_in_a_line(self, take: Path, tmp_path: Path) -> None:
        lines = take.with_suffix(".jsonl").read_bytes().split(b"\n")
        for wrong, complaint in (
            ([b"MThd"], "is no journal"),
            ([lines[0].replace(b'"polate-journal":3', b'"polate-journal":9'), b""], "must be 1, 2 or 3, got 9"),
            ([*lines[:3], b"{", b""], "line 4: "),
        ):
            journal = tmp_path / "take.jsonl"
            journal.write_bytes(b"\n".join(wrong))
            done = polate("replay", str(journal))
            assert done.returncode == 1
            assert complaint in done.stderr
            assert "Traceback" not in done.stderr
        assert "cannot read" in polate("replay", str(tmp_path / "none.jsonl")).stderr


@pytest.mark.parametrize("seed", range(2))
def test_a_kill_at_any_moment_loses_at_most_a_bar(tmp_path: Path, seed: int) -> None:
    take = tmp_path / "take.mid"
    with playing("--record", str(take), folder=tmp_path) as (process, osc, _):
        began = time.monotonic()
        for _ in range(10):
            osc.send(build("/polate/z/1", [random.random()]).dgram)
            time.sleep(random.Random(seed).uniform(0.1, 0.3))
        process.kill()
        played = (time.monotonic() - began) / STEP
        process.wait(10)
    assert notes(take.read_bytes()) >= played - 16 - 3
    done = polate("replay", str(take.with_suffix(".jsonl")))
    assert done.returncode == 0, done.stderr
    assert "has no end: Polate was killed during the take" in done.stdout
    assert notes(take.with_name("take.replay.mid").read_bytes()) >= played - 16 - 3


class TestRecordingWhilePlaying:
    def test_a_take_begins_and_ends_and_the_next_has_another_file(self, tmp_path: Path) -> None:
        with playing(folder=tmp_path) as (_, osc, _):
            for count in (1, 2):
                time.sleep(BAR)
                osc.send(build("/polate/record", [1]).dgram)
                wait_until(lambda count=count: len(list(tmp_path.glob("*.mid"))) == count, 10, "the file")  # type: ignore[misc]
                time.sleep(BAR)
                osc.send(build("/polate/record", [0]).dgram)
            time.sleep(BAR)
        takes = sorted(tmp_path.glob("polate-*.mid"))
        assert not list(tmp_path.glob("*.jsonl"))
        for take in takes:
            assert 16 <= notes(take.read_bytes()) <= 40
            [first] = {min(message.time for message in track[1:2]) for track in mido.MidiFile(take).tracks[1:]}
            assert first == 0  # the bar line before has a note

    def test_with_record_it_is_refused(self, tmp_path: Path) -> None:
        with playing("--record", str(tmp_path / "take.mid"), folder=tmp_path) as (process, osc, _):
            osc.send(build("/polate/record", [1]).dgram)
            time.sleep(0.5)
            process.terminate()
            assert "everything is recorded to" in process.communicate(timeout=20)[1]
        assert [path.name for path in tmp_path.glob("*.mid")] == ["take.mid"]


class TestSnapshots:
    def test_what_was_stored_is_recalled_in_the_next_session_and_listed(self, tmp_path: Path) -> None:
        snapshots, take = tmp_path / "snapshots.json", tmp_path / "take.mid"
        with playing("--snapshots", str(snapshots), folder=tmp_path) as (_, osc, _):
            osc.send(build("/polate/go", ["tritone 0 1 2"]).dgram)
            osc.send(build("/polate/snapshot/store", ["dawn"]).dgram)
            wait_until(snapshots.exists, 10, "the file")
        assert polate("snapshots", "--file", str(snapshots)).stdout == "dawn\ttritone 0 1 2\n"
        with playing("--snapshots", str(snapshots), "--record", str(take), folder=tmp_path) as (_, osc, _):
            osc.send(build("/polate/snapshot/recall", ["dawn"]).dgram)
            time.sleep(1)
        assert b"tritone 0 1 2" in take.read_bytes()
        assert "identical" in polate("replay", str(take.with_suffix(".jsonl"))).stdout

    def test_a_snapshot_is_renamed_and_deleted_in_the_file_and_replayed(self, tmp_path: Path) -> None:
        snapshots, take = tmp_path / "snapshots.json", tmp_path / "take.mid"
        options = ("--snapshots", str(snapshots), "--record", str(take))
        with playing(*options, folder=tmp_path) as (_, osc, _):
            osc.send(build("/polate/go", ["tritone 0 1 2"]).dgram)
            for verb, *names in (
                ("store", "dawn"),
                ("store", "noon"),
                ("rename", "dawn", "dusk"),
                ("delete", "noon"),
                ("rename", "dawn", "night"),  # refused: it has another name now
            ):
                osc.send(build(f"/polate/snapshot/{verb}", names).dgram)
            wait_until(lambda: snapshots.exists() and b"dusk" in snapshots.read_bytes(), 10, "the new name")
            time.sleep(0.5)
        assert polate("snapshots", "--file", str(snapshots)).stdout == "dusk\ttritone 0 1 2\n"
        assert "identical" in polate("replay", str(take.with_suffix(".jsonl"))).stdout

    def test_a_broken_file_is_an_error_before_a_note_is_played(self, tmp_path: Path) -> None:
        snapshots = tmp_path / "snapshots.json"
        snapshots.write_text("{")
        process = start_polate("--snapshots", str(snapshots), "--seconds", "1", "--no-osc", env=no_midi())
        _, complaint = process.communicate(timeout=60)
        assert process.returncode == 1
        assert f"{snapshots} is no file of snapshots: Input data was truncated" in complaint
        assert snapshots.read_text() == "{"

    def test_a_place_that_cannot_be_written_is_said_and_the_music_goes_on(self, tmp_path: Path) -> None:
        (tmp_path / "folder").write_text("in the way")
        take, journal = tmp_path / "take.mid", tmp_path / "take.jsonl"
        place = tmp_path / "nowhere" / "snapshots.json"
        with playing("--snapshots", str(place), "--record", str(take), folder=tmp_path) as (process, osc, _):
            (tmp_path / "nowhere").write_text("in the way")
            osc.send(build("/polate/snapshot/store", ["dawn"]).dgram)
            time.sleep(1.5)
            process.terminate()
            _, complaint = process.communicate(timeout=20)
        assert "snapshots" in complaint
        assert "Traceback" not in complaint
        assert notes(take.read_bytes()) > 15
        assert any(
            control == StoreSnapshot("dawn")
            for line in read_journal(journal)[1]
            for _, control in getattr(line, "do", [])
        )

    def test_without_any_there_are_none(self, tmp_path: Path) -> None:
        file = tmp_path / "none.json"
        assert polate("snapshots", "--file", str(file)).stdout == f"no snapshots in {file}\n"


class TestCapture:
    def test_the_last_bars_are_written_though_nothing_was_recorded(self, tmp_path: Path) -> None:
        with playing(folder=tmp_path) as (_, osc, port):
            osc.send(build("/polate/go", ["tritone 0 1 2"]).dgram)
            time.sleep(3.2 * BAR)
            done = polate("capture", "--bars", "2", "--osc-port", str(port))
            (written,) = tmp_path.glob("polate-*.mid")
            assert done.stdout == f"{written}\n", done.stderr
            again = polate("capture", "--bars", "1", "--osc-port", str(port)).stdout.strip()
            assert Path(again) != written
            assert Path(again).parent == tmp_path
        assert 2 * 16 <= notes(written.read_bytes()) <= 3 * 16 + 1
        assert 16 <= notes(Path(again).read_bytes()) <= 2 * 16 + 1
        assert b"tritone 0 1 2" in Path(again).read_bytes()

    def test_a_flood_of_them_writes_few_files(self, tmp_path: Path) -> None:
        with playing(folder=tmp_path) as (_, osc, _):
            for _ in range(200):
                osc.send(build("/polate/capture", [1]).dgram)
                time.sleep(0.002)
            wait_until(lambda: list(tmp_path.glob("polate-*.mid")), 5, "a file")
            time.sleep(0.5)
            assert len(list(tmp_path.glob("polate-*.mid"))) <= 4

    def test_where_no_polate_runs_that_is_said(self) -> None:
        done = polate("capture", "--osc-port", str(free_udp_port()))
        assert done.returncode == 1
        assert "no Polate answers to OSC on 127.0.0.1:" in done.stderr

    @pytest.mark.parametrize("name", ["file", "x" * 300])  # no folder; a name that no file system takes
    def test_a_folder_that_cannot_be_written_is_said(self, name: str, tmp_path: Path) -> None:
        in_the_way = tmp_path / name
        if name == "file":
            in_the_way.write_text("")
        with playing(folder=in_the_way) as (_, _, port):
            time.sleep(0.5)
            done = polate("capture", "--osc-port", str(port))
        assert done.returncode == 1
        assert f"polate: cannot write {in_the_way}"[:100] in done.stderr
