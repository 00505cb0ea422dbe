import os
import threading
import time
from pathlib import Path

import pytest
from command import polate

from polate import Pattern, TakeError
from polate.control.settings import Motion, PlaySettings
from polate.control.snapshot import Snapshot
from polate.takes.snapshot_file import SnapshotFile, default_file, read_snapshots, snapshots_path

DAWN = Snapshot.of((0.1, -1 / 3), [Motion(), Motion(kind="lfo", hz=0.3)], PlaySettings(order="up"))
DUSK = Snapshot.of((1.0, 2.0), [Motion(), Motion()], PlaySettings())


def store(path: Path, **snapshots: Snapshot) -> str | None:
    file = SnapshotFile(path, "slonimsky")
    for name, snapshot in snapshots.items():
        file.store(name, snapshot)
    file.close()
    return file.problem


def test_what_was_stored_is_there_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "snapshots.json"
    assert read_snapshots(path, 2) == {}
    assert store(path, dawn=DUSK, dusk=DUSK) is None
    assert store(path, dawn=DAWN) is None
    assert read_snapshots(path, 2) == {"dawn": DAWN, "dusk": DUSK}
    assert '"order": "up"' in path.read_text()
    assert [file.name for file in path.parent.iterdir()] == ["snapshots.json"]


def test_two_players_keep_each_others_snapshots(tmp_path: Path) -> None:
    path = tmp_path / "snapshots.json"
    one, other = SnapshotFile(path, "m"), SnapshotFile(path, "m")
    one.store("dawn", DAWN)
    one.close()
    other.store("dusk", DUSK)
    other.close()
    assert read_snapshots(path, 2) == {"dawn": DAWN, "dusk": DUSK}


def test_a_renamed_snapshot_keeps_its_place_and_a_deleted_one_goes(tmp_path: Path) -> None:
    path = tmp_path / "snapshots.json"
    store(path, dawn=DAWN, noon=DUSK, dusk=DUSK, others=DAWN)
    file = SnapshotFile(path, "m")
    file.change({"dawn": None, "sunrise": DAWN}, ["sunrise", "noon", "dusk"])
    file.change({"noon": None}, ["sunrise", "dusk"])
    file.close()
    assert list(read_snapshots(path, 2).items()) == [("sunrise", DAWN), ("dusk", DUSK), ("others", DAWN)]


def test_changes_that_cannot_be_written_do_not_grow_without_end(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("in the way")
    file = SnapshotFile(tmp_path / "folder" / "snapshots.json", "m")
    for number in range(5000):
        file.change({str(number): None, str(number + 1): DAWN})
    file.close()
    assert file.problem
    assert len(file._unwritten) == 4096
    assert file._unwritten["5000"] == DAWN


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "is no file of snapshots: Input data was truncated"),
        ("[]", "is no file of snapshots: Expected `object`"),
        ('{"model": "m", "snapshots": {"dawn": {"z": [0, "x"], "settings": {}}}}', r"Expected `float`, got `str`"),
        ('{"model": "m", "snapshots": {"dawn": {"z": [0], "settings": {}}}}', "snapshot 'dawn': z must have 2 numbers"),
        ('{"model": "m", "snapshots": {"dawn": {"z": [0, 0], "settings": {"bpm": 3}}}}', "no setting 'bpm'"),
        ('{"model": "m", "snapshots": {"dawn": {"z": [0, 0], "settings": {"gate": 900}}}}', "gate must be a number"),
        (
            '{"model": "m", "snapshots": {"dawn": {"z": [0, 0], "settings": {}, "path": {"axes": [1, 3], '
            '"points": [[0, 0], [1, 1]]}}}}',
            r"snapshot 'dawn': axes must be in 1\.\.2, got 3",
        ),
    ],
)
def test_a_broken_file_is_an_error_that_says_what_is_wrong_and_is_not_overwritten(
    tmp_path: Path, content: str, complaint: str
) -> None:
    path = tmp_path / "snapshots.json"
    path.write_text(content)
    with pytest.raises(TakeError, match=complaint):
        read_snapshots(path, 2)
    if "no file" in complaint:
        assert "snapshots are not stored" in str(store(path, dawn=DAWN))
        assert path.read_text() == content


def test_a_file_that_is_too_large_is_refused_with_its_size_and_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "snapshots.json"
    path.write_bytes(b" " * (8 * 2**20 + 1))
    with pytest.raises(TakeError, match=r"cannot read the snapshots in .*at most 8388608 bytes, got 8388609"):
        read_snapshots(path, 2)
    assert "got 8388609" in str(store(path, dawn=DAWN))
    assert path.stat().st_size == 8 * 2**20 + 1


def test_what_could_not_be_stored_is_stored_with_the_next(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("in the way")
    file = SnapshotFile(tmp_path / "folder" / "snapshots.json", "m")
    file.store("dawn", DAWN)
    waiting = threading.Event()
    file._thread.submit(waiting.set)
    assert waiting.wait(10)
    assert "cannot store snapshots" in str(file.problem) or "cannot read" in str(file.problem)
    os.unlink(tmp_path / "folder")
    file.store("dusk", DUSK)
    file.close()
    assert file.problem is None
    assert set(read_snapshots(tmp_path / "folder" / "snapshots.json", 2)) == {"dawn", "dusk"}


def test_what_could_not_be_stored_is_tried_again_and_at_the_end(tmp_path: Path) -> None:
    for end in (False, True):
        folder = tmp_path / f"folder-{end}"
        folder.write_text("in the way")
        file = SnapshotFile(folder / "snapshots.json", "m")
        file.store("dawn", DAWN)
        while not file.problem:
            time.sleep(0.001)
        folder.unlink()
        if not end:
            file.try_again()
            while file.problem:
                time.sleep(0.001)
            assert set(read_snapshots(folder / "snapshots.json", 2)) == {"dawn"}
        file.close()
        assert file.problem is None
        assert set(read_snapshots(folder / "snapshots.json", 2)) == {"dawn"}


def test_each_model_has_a_file_of_its_own_in_the_users_folder() -> None:
    assert default_file(Path("exported/octave.onnx")).name == "octave.json"
    assert "polate" in default_file(Path("octave.onnx")).parts


def test_what_is_stored_while_the_file_is_being_written_is_written_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, begins, goes_on = [], threading.Event(), threading.Event()

    def write(path: Path, content: bytes) -> None:
        begins.set()
        assert goes_on.wait(10)
        written.append(content)
        path.write_bytes(content)

    monkeypatch.setattr("polate.takes.snapshot_file.replace_file", write)
    file = SnapshotFile(tmp_path / "snapshots.json", "m")
    file.store("0", DAWN)
    assert begins.wait(10)
    for number in range(1, 100):
        file.store(str(number), DAWN)
    goes_on.set()
    file.close()
    assert len(written) == 2
    assert len(read_snapshots(tmp_path / "snapshots.json", 2)) == 100


def test_a_pinned_pattern_is_kept_and_listed(tmp_path: Path) -> None:
    path = tmp_path / "snapshots.json"
    foreign = Pattern.parse("20 0 5 -3")
    pinned = Snapshot.of((0.0,) * 8, [Motion()] * 8, PlaySettings(), pinned=foreign)
    assert store(path, mine=pinned) is None
    assert read_snapshots(path, 8) == {"mine": pinned}
    assert pinned.pinned_pattern == foreign
    assert polate("snapshots", "--file", str(path)).stdout == "mine\t20 0 5 -3 (pinned)\n"
    path.write_text(path.read_text().replace("20 0 5 -3", "tritone 0 6"))
    with pytest.raises(TakeError, match="snapshot 'mine': offset 6 is the next principal tone"):
        read_snapshots(path, 8)


def test_without_a_home_folder_there_are_no_snapshots_and_a_stored_one_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_home(*_: object, **__: object) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr("polate.runtime.user_data.user_data_path", no_home)
    path = snapshots_path(None, Path("slonimsky.onnx"))
    assert path is None
    assert read_snapshots(path, 8) == {}
    file = SnapshotFile(path, "slonimsky")
    file.store("dawn", DAWN)
    file.close()
    assert file.problem == (
        "snapshots are not stored: there is no home folder (HOME is not set, and the user has no entry): "
        "name a file with --snapshots"
    )
