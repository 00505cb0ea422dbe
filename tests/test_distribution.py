"""The wheel and the source distribution, built by the backend of pyproject.toml and tried outside the clone."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tarfile
import threading
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_string
from email.message import Message
from pathlib import Path

import pytest
from rig import free_udp_port, no_midi

ROOT = Path(__file__).parents[1]

pytestmark = [pytest.mark.packaging, pytest.mark.timeout(300)]

NOT_IN_THE_SDIST = (".gitignore",)
TOOLS_OF_TESTS = ("pytest", "pytest-timeout", "pytest-rerunfailures", "hypothesis")
TESTS_OF_THE_SDIST = (
    *("tests/control", "tests/takes/test_recorded.py", "tests/mapping/test_controllers.py"),
    "tests/test_gallery.py",
)


@dataclass(frozen=True, slots=True)
class Built:
    wheel: Path
    sdist: Path
    sources: Path  # the unpacked source distribution

    def metadata(self) -> Message:
        with zipfile.ZipFile(self.wheel) as archive:
            name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
            return message_from_string(archive.read(name).decode())

    def in_wheel(self) -> set[str]:
        with zipfile.ZipFile(self.wheel) as archive:
            return set(archive.namelist())


def outside(**more: str) -> dict[str, str]:
    """The environment of a user who has no clone and no MIDI system."""
    kept = {name: value for name, value in no_midi().items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return {**kept, "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1", **more}


def run(*command: str | Path, cwd: Path, seconds: float = 120, **more: str) -> str:
    """What a command prints. Fails with its errors."""
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=outside(**more), capture_output=True, text=True, timeout=seconds
    )
    assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


def uv() -> Path:
    beside = Path(sys.executable).parent / "uv"
    return beside if beside.exists() else Path(shutil.which("uv") or "uv")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The source distribution, and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("built")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder / "dist", ROOT, cwd=folder)
    (wheel,), (sdist,) = folder.glob("dist/*.whl"), folder.glob("dist/*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (sources,) = (folder / "unpacked").iterdir()
    return Built(wheel, sdist, sources)


@pytest.fixture(scope="module")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the programs of an environment that has the wheel, what it needs, and pytest."""
    folder = tmp_path_factory.mktemp("installed")
    run(uv(), "venv", "--python", sys.executable, folder / "empty", cwd=folder)
    programs = folder / "empty/bin"
    run(uv(), "pip", "install", "--python", programs / "python", built.wheel, cwd=folder, seconds=250)
    run(uv(), "pip", "install", "--python", programs / "python", *TOOLS_OF_TESTS, cwd=folder)
    yield programs
    shutil.rmtree(folder)


def tracked(*folders: str) -> list[str]:
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("this is no clone, or git is not here")
    listed = subprocess.run(["git", "ls-files", "-z", *folders], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]


def test_the_source_distribution_has_every_file_of_the_repository(built: Built) -> None:
    wanted = [name for name in tracked() if name not in NOT_IN_THE_SDIST]
    assert len(wanted) > 300
    assert [name for name in wanted if not (built.sources / name).is_file()] == []


def test_the_wheel_has_every_file_of_the_packages_and_nothing_else(built: Built) -> None:
    wanted = {name.partition("/")[2] for name in tracked("realtime/polate", "training/polate_training")}
    added = {name for name in built.in_wheel() if name.startswith(("polate/docs/", "polate/models/"))}
    rest = {name for name in built.in_wheel() if ".dist-info/" not in name}
    assert rest - added == wanted
    assert {f"polate/models/{name}.onnx" for name in ("slonimsky", "octave", "atlas")} <= added


def test_the_metadata_say_what_an_index_shows(built: Built) -> None:
    metadata = built.metadata()
    assert (metadata["Name"], metadata["License-Expression"]) == ("polate", "MIT")
    assert metadata["Requires-Python"] == "<3.15,>=3.11"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert 20 < len(metadata["Summary"]) <= 200
    classifiers = metadata.get_all("Classifier") or []
    for minor in range(11, 15):
        assert f"Programming Language :: Python :: 3.{minor}" in classifiers
    assert any(line.startswith("Development Status ::") for line in classifiers)
    extras = metadata.get_all("Provides-Extra") or []
    assert {"midi", "link", "score", "train"} <= set(extras)


def test_uvx_plays_from_the_wheel_alone_and_its_page_answers(built: Built, tmp_path: Path) -> None:
    """As `uvx polate play` does, with the wheel in place of the index."""
    ports = ("--osc-port", str(free_udp_port()), "--web-port", str(free_udp_port()))
    play = ("polate", "play", "--no-open", "--no-display", "--seconds", "4", "--record", "take.mid", *ports)
    command = [uv(), "tool", "run", "--python", sys.executable, "--from", built.wheel, *play]
    env = outside(XDG_DATA_HOME=str(tmp_path))
    with subprocess.Popen(
        list(map(str, command)), cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stderr
        limit = threading.Timer(100, process.kill)
        limit.start()
        lines: list[str] = []
        page = ""
        for line in process.stdout:
            lines.append(line)
            if link := re.search(r"http://[^/]+/", line):
                with urllib.request.urlopen(link[0], timeout=30) as answer:
                    page = answer.read().decode()
        errors = process.stderr.read()
        limit.cancel()
    assert process.returncode == 0, "".join(lines) + errors
    assert "<title>Polate" in page
    assert "notes," in lines[-1]
    assert (tmp_path / "take.mid").read_bytes().startswith(b"MThd")


def test_the_installed_command_generates_and_examines(installed: Path, tmp_path: Path) -> None:
    home = {"XDG_DATA_HOME": str(tmp_path)}
    run(installed / "polate", "generate", "--count", "2", "--seed", "1", "--out", "scales.mid", cwd=tmp_path, **home)
    assert (tmp_path / "scales.mid").read_bytes().startswith(b"MThd")
    examined = run(installed / "polate", "doctor", cwd=tmp_path, **home)
    assert "ok    model slonimsky" in examined
    assert "FAIL" not in examined
    assert "# Playing" in run(installed / "polate", "help", "playing", cwd=tmp_path)
    code = "import polate; print(polate.__file__); print(polate.identify('C4 D4 E4 F4 G4 A4 B4 C5').pattern)"
    where, pattern = run(installed / "python", "-c", code, cwd=tmp_path).splitlines()
    assert Path(where).is_relative_to(installed.parent)
    assert pattern


def test_tests_of_the_source_distribution_pass_on_the_installed_wheel(built: Built, installed: Path) -> None:
    done = run(installed / "pytest", "-q", "-p", "no:cacheprovider", *TESTS_OF_THE_SDIST, cwd=built.sources)
    assert re.search(r"\d{2,} passed", done)
    assert "failed" not in done


def test_the_tools_that_build_are_in_the_extra_for_tests() -> None:
    assert importlib.util.find_spec("hatchling")
    assert os.access(uv(), os.X_OK)
