"""What every test may ask for. A real part that is missing skips its tests with the reason; with
POLATE_REQUIRE_REAL=1, as in CI, it fails them."""

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Iterator

import pytest
from rig import JackServer, Rig

from polate.decoder import Decoder

REAL_PARTS = {
    "jack": ("jackd", "jackd2"),
    "puredata": ("pd", "puredata-core"),
    "liblo": ("oscsend", "liblo-tools"),
    "lilypond": ("lilypond", "lilypond"),
    "musescore": ("mscore3", "musescore3"),
    "ardour": ("ardour7-lua", "ardour"),
    "jack_midi_clock": ("jack_midi_clock", "jack-midi-clock"),
}
EXTRAS = {"train": ("torch", "train"), "link": ("link", "link")}


_DATA = tempfile.TemporaryDirectory(prefix="polate-tests-")
os.environ["XDG_DATA_HOME"] = _DATA.name  # where Polate keeps snapshots by itself: not the user's


def pytest_unconfigure() -> None:
    _DATA.cleanup()


def _missing(marker: str) -> str | None:
    if marker in REAL_PARTS:
        program, package = REAL_PARTS[marker]
        return None if shutil.which(program) else f"{program} is not here (Debian: apt install {package})"
    if marker in EXTRAS:
        module, extra = EXTRAS[marker]
        return None if importlib.util.find_spec(module) else f"{module} is not here (pip install -e '.[{extra}]')"
    return None


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers():
        if reason := _missing(marker.name):
            if os.environ.get("POLATE_REQUIRE_REAL") == "1":
                pytest.fail(f"a real part is required, and {reason}")
            pytest.skip(reason)


@pytest.fixture(scope="session")
def decoder() -> Decoder:
    """The shipped model."""
    return Decoder.open()


@pytest.fixture(scope="module")
def jack() -> Iterator[JackServer]:
    """A private JACK server with the dummy driver."""
    with JackServer("polate-tests") as server:
        yield server


@pytest.fixture
def rig(jack: JackServer, tmp_path: object) -> Iterator[Rig]:
    """A controller and a receiver on the JACK server, and a way to start Polate between them."""
    with Rig(jack) as rig:
        yield rig
