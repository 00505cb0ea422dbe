"""The page's files: what they load, what they weigh, and that nothing in them needs what the page's policy forbids."""

import gzip
import re
from pathlib import Path

import pytest

import polate

STATIC = Path(polate.__file__).parent / "web" / "static"
HEAVIEST_BYTES = 1_200_000
LONGEST_LINES = 300

_IMPORT = re.compile(r"^(?:import|export)\b[^;]*?from '(\.[^']+)'|^import '(\.[^']+)'", re.MULTILINE)


def sent() -> list[Path]:
    """The files that a browser loads."""
    return [file for file in sorted(STATIC.rglob("*")) if file.suffix in (".html", ".js", ".css", ".svg")]


def modules(entry: Path) -> set[Path]:
    """A module and all that it imports, directly or not."""
    found: set[Path] = set()
    waiting = [entry]
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            names = [a or b for a, b in _IMPORT.findall(module.read_text(encoding="utf-8"))]
            waiting += [(module.parent / name).resolve() for name in names]
    return found


def test_every_module_that_is_imported_is_there_and_none_is_left_over() -> None:
    assert modules(STATIC / "main.js") == set(STATIC.rglob("*.js"))


def test_all_modules_are_asked_for_at_once() -> None:
    """Without a list a browser learns of a module only when the one that imports it has come."""
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    listed = {STATIC / name for name in re.findall(r'<link rel="modulepreload" href="([^"]+)">', page)}
    assert listed == modules(STATIC / "main.js") - {STATIC / "main.js"}


def test_the_page_has_no_script_and_no_style_of_its_own() -> None:
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)


@pytest.mark.parametrize("file", sent(), ids=lambda file: file.relative_to(STATIC).as_posix())
def test_nothing_comes_from_the_network(file: Path) -> None:
    text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"""(?:https?:)?//[a-z0-9-]+\.[a-z]|@import|['"]data:text""", text, re.IGNORECASE)


@pytest.mark.parametrize("file", sorted(STATIC.rglob("*.js")), ids=lambda file: file.relative_to(STATIC).as_posix())
def test_text_is_never_taken_for_markup_nor_for_code(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text)
    assert not re.search(r"setAttribute\('(?:style|on)", text)


@pytest.mark.parametrize("file", sorted(STATIC.rglob("*.js")), ids=lambda file: file.relative_to(STATIC).as_posix())
def test_modules_are_short(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= LONGEST_LINES


def test_the_page_is_light_even_uncompressed() -> None:
    assert sum(file.stat().st_size for file in sent()) < HEAVIEST_BYTES
    assert sum(len(gzip.compress(file.read_bytes())) for file in sent()) < HEAVIEST_BYTES / 4
