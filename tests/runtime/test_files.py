import os
import re
import socket
import stat
from pathlib import Path

import pytest

from polate.runtime import file_io
from polate.runtime.file_io import create_file, read_at_most, read_beginning, replace_file


def test_a_file_of_the_largest_size_is_read_and_one_byte_more_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "polate.toml"
    path.write_bytes(b"#" * 10)
    assert read_at_most(path, 10) == b"#" * 10
    with pytest.raises(OSError, match="it must have at most 9 bytes, got 10"):
        read_at_most(path, 9)


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="there is no /dev/zero")
def test_of_what_never_ends_no_more_is_read_than_is_allowed() -> None:
    with pytest.raises(OSError, match="it must be a file, got a device"):
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


@pytest.fixture
def odd(tmp_path: Path) -> dict[str, Path]:
    """What is no file that can be read, and no place where one may be written."""
    folder, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    places = {name: folder / name for name in ("pipe", "folder", "loop", "socket", "to a device", "to another folder")}
    os.mkfifo(places["pipe"])
    places["folder"].mkdir()
    places["loop"].symlink_to(places["loop"])
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(places["socket"]))
    places["to a device"].symlink_to("/dev/zero")
    (elsewhere / "take.mid").write_bytes(b"MThd")
    places["to another folder"].symlink_to(elsewhere / "take.mid")
    return places


posix = pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links are POSIX's")


@posix
@pytest.mark.timeout(10)
class TestWhatIsNoFile:
    @pytest.mark.parametrize("kind", ["pipe", "folder", "loop", "socket", "to a device"])
    def test_is_not_read_and_nothing_waits_for_it(self, kind: str, odd: dict[str, Path]) -> None:
        for read in (read_at_most, read_beginning):
            with pytest.raises(OSError, match=r"must be a file, got|Is a directory|symbolic links"):
                read(odd[kind], 100)

    @pytest.mark.parametrize("kind", ["pipe", "folder", "loop", "socket", "to a device", "to another folder"])
    def test_is_not_written_to_or_replaced(self, kind: str, odd: dict[str, Path]) -> None:
        before = odd[kind].lstat()
        with pytest.raises(OSError, match=r"must be a file, got|Is a directory|symbolic links|another folder"):
            replace_file(odd[kind], b"new")
        with pytest.raises(OSError, match=r"must be a file, got|Is a directory|symbolic links|another folder"):
            create_file(odd[kind])
        assert odd[kind].lstat().st_ino == before.st_ino
        assert not [path for path in odd[kind].parent.iterdir() if path.suffix == ".part"]

    def test_a_device_stays_a_device(self) -> None:
        with pytest.raises(OSError, match="must be a file, got a device"):
            replace_file(Path("/dev/null"), b"new")
        assert stat.S_ISCHR(os.stat("/dev/null").st_mode)

    def test_a_link_in_the_same_folder_leads_to_the_file(self, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to(tmp_path / "take.mid")
        for content in (b"one", b"two"):
            replace_file(tmp_path / "link", content)
            assert (tmp_path / "take.mid").read_bytes() == content
        assert (tmp_path / "link").is_symlink()

    def test_a_name_that_no_file_can_have_is_refused(self) -> None:
        for name in ("nul\0", "half \ud800"):
            for use in (lambda path: read_at_most(path, 9), lambda path: replace_file(path, b"")):
                with pytest.raises(OSError, match="no file can have this name"):
                    use(Path(name))


@pytest.mark.skipif(not os.path.exists("/proc/kallsyms"), reason="there is no /proc")
def test_a_file_that_states_no_size_is_read_within_a_bound() -> None:
    assert read_at_most(Path("/proc/self/cmdline"), 1 << 30)
    with pytest.raises(OSError, match="must have at most 1048576 bytes, got more"):
        read_at_most(Path("/proc/kallsyms"), 1 << 30)


def test_a_part_that_a_killed_process_has_left_is_not_in_the_way(tmp_path: Path) -> None:
    (tmp_path / f"take.mid.{os.getpid()}.part").symlink_to(tmp_path / "other")
    replace_file(tmp_path / "take.mid", b"new")
    assert [file.name for file in tmp_path.iterdir()] == ["take.mid"]


def test_only_one_module_opens_files() -> None:
    """Bounds and refusals are those of `polate.runtime.file_io`, for every file that a user can name."""
    root = Path(file_io.__file__).parents[2]
    own = {
        "polate/runtime/file_io.py",
        "polate/runtime/native_stderr.py",  # /dev/null
        "polate/runtime/shared_positions.py",  # memory that two processes share
        "polate/cli/main.py",  # the standard streams
        "polate/cli/help_command.py",  # pages that come with Polate, as the next three
        "polate/mapping/controllers/__init__.py",
        "polate/web/server.py",
        "polate/web/vendor.py",
        "polate/cli/timing_check.py",  # /proc, as the next two
        "polate/cli/machine_facts.py",
        "polate/patchbay/alsa_graph.py",
    }
    opens = re.compile(
        r"(?<![\w.])(?<!def )open\(|\bos\.open\(|\.(read|write)_(bytes|text)\(|\.open\(\"[rwax]|os\.(replace|rename)\("
    )
    found = {
        path.relative_to(root).as_posix()
        for path in (root / "polate").rglob("*.py")
        if opens.search(re.sub(r'""".*?"""', "", path.read_text("utf-8"), flags=re.DOTALL))
    }
    assert found - own <= {"polate/takes/recorder.py"}  # it renames an earlier take
