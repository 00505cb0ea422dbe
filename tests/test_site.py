"""The site that docs/ becomes: it builds, its links lead somewhere, and it loads nothing from the network."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from polate.model.decoder import Decoder

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.fixture(scope="module")
def build() -> ModuleType:
    pytest.importorskip("mkdocs", reason="mkdocs is not here (pip install -e '.[site]')")
    return module(DOCS / "site/build.py")


@pytest.fixture(scope="module")
def site(build: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as the command builds it. That fails if a link leads nowhere."""
    folder = tmp_path_factory.mktemp("built") / "site"
    command = [sys.executable, DOCS / "site/build.py", "--to", folder]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_page_of_the_documentation_is_in_the_site(site: Path) -> None:
    pages = [path.relative_to(DOCS).with_suffix(".html") for path in DOCS.rglob("*.md")]
    assert len(pages) > 20
    assert [str(page) for page in pages if not (site / page).is_file()] == []


def test_the_search_and_the_styles_come_with_it(site: Path, build: ModuleType) -> None:
    assert (site / "search/search_index.json").stat().st_size > 100_000
    assert (site / "site/extra.css").is_file()
    assert build.faults_of(site) == []


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ('<a href="gone.html">', "page.html: no file gone.html"),
        ('<a href="#gone">', "page.html: no part #gone"),
        ('<audio src="gone.mp3">', "page.html: no file gone.mp3"),
        ('<script src="https://example.org/a.js">', "page.html: loads https://example.org/a.js"),
        ('<link rel="stylesheet" href="//example.org/a.css">', "page.html: loads //example.org/a.css"),
    ],
)
def test_a_fault_in_a_page_is_found(html: str, fault: str, build: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(f"<h1 id=top>page</h1>{html}")
    assert build.faults_of(tmp_path) == [fault]


def test_what_leads_somewhere_or_to_another_site_is_no_fault(build: ModuleType, tmp_path: Path) -> None:
    page = '<h1 id=top></h1><a href="#top"><a href="other.html#there"><a href="https://example.org"><img src="a.png">'
    (tmp_path / "page.html").write_text(page)
    (tmp_path / "other.html").write_text("<h2 id=there>")
    (tmp_path / "a.png").touch()
    assert build.faults_of(tmp_path) == []
    (tmp_path / "style.css").write_text("@import 'https://example.org/font.css'; a { background: url(a.png) }")
    assert build.faults_of(tmp_path) == ["style.css: loads https://example.org/font.css"]


def test_a_page_that_the_nav_does_not_name_is_in_it_all_the_same(build: ModuleType, tmp_path: Path) -> None:
    build.gather(tmp_path / "pages")
    (tmp_path / "pages/new.md").write_text("# New\n")
    config = build.config_for(tmp_path / "pages", tmp_path / "site")
    assert "new.md" in config["nav"][-1]["More"]


def test_each_knob_has_its_picture_and_its_sound(decoder: Decoder) -> None:
    text = (DOCS / "knobs.md").read_text()
    for number, axis in enumerate(decoder.axes, 1):
        assert f"## {number}. {axis.name.capitalize()}: {axis.low}, {axis.high}\n" in text
        name = f"knobs/{number}-{axis.name.replace(' ', '-')}"
        assert f"({name}.svg)" in text
        assert f'src="{name}.mp3"' in text
        assert (DOCS / f"{name}.svg").read_text().startswith("<svg")
        assert (DOCS / f"{name}.mp3").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("code", "output"), re.findall(r"```python\n(.*?)```\n\n```\n(.*?)```", (DOCS / "python.md").read_text(), re.DOTALL)
)
def test_the_python_of_the_documentation_prints_what_it_says(code: str, output: str, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.stdout, done.stderr) == (output, "")


@pytest.mark.parametrize("page", ["stage.md", "daw.md"])
def test_the_settings_files_of_the_pages_are_valid(page: str, tmp_path: Path) -> None:
    from polate.player.config import load

    files = re.findall(r"```toml\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)
    assert files
    for text in files:
        (tmp_path / "page.toml").write_text(text)
        load(tmp_path / "page.toml", {})
