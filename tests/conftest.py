"""What every test may ask for. A real part that is missing skips its tests with the reason; with
POLATE_REQUIRE_REAL=1, as in CI, it fails them."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator

import hypothesis
import pytest
from extras import EXTRAS, missing_extra
from rig import JackJammedError, JackServer, Rig

from polate.model.decoder import Decoder

REAL_PARTS = {
    "jack": ("jackd", "jackd2"),
    "puredata": ("pd", "puredata-core"),
    "liblo": ("oscsend", "liblo-tools"),
    "lilypond": ("lilypond", "lilypond"),
    "musescore": ("mscore3", "musescore3"),
    "ardour": ("ardour7-lua", "ardour"),
    "supercollider": ("sclang", "supercollider-server supercollider-language"),
    "jack_midi_clock": ("jack_midi_clock", "jack-midi-clock"),
    "chromium": ("chromium", "chromium"),
}


hypothesis.settings.register_profile("polate", deadline=None)  # speed is never asserted
hypothesis.settings.load_profile("polate")

_DATA = tempfile.TemporaryDirectory(prefix="polate-tests-")
os.environ["XDG_DATA_HOME"] = _DATA.name  # where Polate keeps snapshots by itself: not the user's


def pytest_unconfigure() -> None:
    _DATA.cleanup()


def _missing(marker: str) -> str | None:
    if marker in REAL_PARTS:
        program, package = REAL_PARTS[marker]
        return None if shutil.which(program) else f"{program} is not here (Debian: apt install {package})"
    if marker in EXTRAS:
        return missing_extra(marker)
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("jack"):
            item.add_marker(pytest.mark.flaky(reruns=2, only_rerun=["JackJammedError"]))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    for marker in item.iter_markers():
        if reason := _missing(marker.name):
            if os.environ.get("POLATE_REQUIRE_REAL") == "1":
                pytest.fail(f"a real part is required, and {reason}")
            pytest.skip(reason)
    with _a_jam_told(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    with _a_jam_told(item):
        return (yield)


@contextlib.contextmanager
def _a_jam_told(item: pytest.Function) -> Iterator[None]:
    """A failure beside a JACK server that stands still says nothing of Polate: it is run again, with a new one."""
    try:
        yield
    except Exception as error:
        jack = item.funcargs.get("jack")
        if jack and not jack.runs():
            raise JackJammedError(f"jackd stood still while {item.name} failed") from error
        raise


@pytest.fixture(scope="session")
def decoder() -> Decoder:
    """The shipped model."""
    return Decoder.open()


@pytest.fixture(scope="module")
def jackd() -> Iterator[JackServer]:
    """A private JACK server with the dummy driver."""
    with JackServer("polate-tests") as server:
        yield server


@pytest.fixture
def jack(jackd: JackServer) -> JackServer:
    """And it runs."""
    if not jackd.runs():
        jackd.stop()
        jackd.start()
    return jackd


@pytest.fixture
def rig(jack: JackServer, tmp_path: object) -> Iterator[Rig]:
    """A controller and a receiver on the JACK server, and a way to start Polate between them."""
    with Rig(jack) as rig:
        yield rig
