import os
import stat
from pathlib import Path

import pytest

from polate.runtime.file_io import read_at_most, replace_file


def test_a_file_of_the_largest_size_is_read_and_one_byte_more_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "polate.toml"
    path.write_bytes(b"#" * 10)
    assert read_at_most(path, 10) == b"#" * 10
    with pytest.raises(OSError, match="it must have at most 9 bytes, got 10"):
        read_at_most(path, 9)


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="there is no /dev/zero")
def test_of_what_never_ends_no_more_is_read_than_is_allowed() -> None:
    with pytest.raises(OSError, match="it must have at most 9 bytes, got more"):
        read_at_most(Path("/dev/zero"), 9)


def test_the_new_content_takes_the_old_ones_place_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "take.mid"
    for content in (b"one", b"three"):
        replace_file(path, content, sync=content == b"three")
        assert path.read_bytes() == content
    assert [file.name for file in tmp_path.iterdir()] == ["take.mid"]


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_a_file_that_is_there_keeps_its_permissions_and_a_new_one_has_the_usual_ones(tmp_path: Path) -> None:
    path, usual = tmp_path / "polate.toml", tmp_path / "usual"
    usual.touch()
    replace_file(path, b"")
    assert path.stat().st_mode == usual.stat().st_mode
    path.chmod(0o640)
    replace_file(path, b"bpm = 96")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_failure_leaves_what_was_there_and_no_part_of_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "take.mid"
    replace_file(path, b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        replace_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["take.mid"]
