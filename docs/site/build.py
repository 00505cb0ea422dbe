"""Build the site from docs/. Nothing in it is loaded from the network when it is read.

pip install 'polate[site]'
python docs/site/build.py            to dist/site; a link that leads nowhere is an error
python docs/site/build.py --serve    and look at it: http://127.0.0.1:8000

docs/*.md --copy, links out of docs/ rewritten--> pages --mkdocs, Material--> dist/site --> its links are checked
"""

import argparse
import functools
import http.server
import os
import re
import shutil
import subprocess
import sys
import urllib.parse
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
NOT_COPIED = ("*.py", "__pycache__", "mkdocs.yml")
LINK = re.compile(r"(\]\()(\.\./[^)#\s]+)(#[^)\s]*)?(\))")
IN_STYLE = re.compile(r"""(?:@import\s+|url\()\s*["']?((?:https?:)?//[^"'\s)]+)""")
LOADING = {"script": "src", "img": "src", "audio": "src", "source": "src", "iframe": "src", "link": "href"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, default=ROOT / "dist/site")
    parser.add_argument("--serve", action="store_true")
    options = parser.parse_args()
    pages = options.to.with_name(f"{options.to.name}-pages")
    gather(pages)
    config = pages.with_name(f"{pages.name}.yml")
    config.write_text(yaml.safe_dump(config_for(pages, options.to), sort_keys=False))
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--config-file", str(config)]
    if subprocess.run(command, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, check=False).returncode:
        return 1
    if faults := faults_of(options.to):
        print("the site has links that lead nowhere, or loads from the network:", *faults, sep="\n  ")
        return 1
    print(f"{options.to}: {len(list(options.to.rglob('*.html')))} pages")
    if options.serve:
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(options.to))
        http.server.ThreadingHTTPServer(("127.0.0.1", 8000), handler).serve_forever()
    return 0


def gather(pages: Path) -> None:
    """Copy docs/ to a folder. A file of the repository that a page links to comes along, in repository/."""
    shutil.rmtree(pages, ignore_errors=True)
    shutil.copytree(DOCS, pages, ignore=shutil.ignore_patterns(*NOT_COPIED))
    _take(pages, ROOT / "CHANGELOG.md")
    waiting = [path for path in pages.rglob("*.md") if path.parent.name != "repository"]
    for page in waiting:
        original = (DOCS / page.relative_to(pages)).parent

        def rewritten(link: re.Match[str], page: Path = page, original: Path = original) -> str:
            target = (original / link[2]).resolve()
            if target.is_relative_to(DOCS) or not target.is_file():
                return link[0]
            copy = _take(pages, target)
            return f"{link[1]}{os.path.relpath(copy, page.parent)}{link[3] or ''}{link[4]}"

        page.write_text(LINK.sub(rewritten, page.read_text("utf-8")), "utf-8")


def _take(pages: Path, file: Path) -> Path:
    """Copy a file of the repository. Its own links to the repository become plain text: they are not followed."""
    copy = pages / "repository" / file.relative_to(ROOT)
    copy.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix == ".md":
        text = re.sub(r"(?<!!)\[([^\]]+)\]\((?!https?:)[^)]+\)", r"\1", file.read_text("utf-8"))
        copy.write_text(text, "utf-8")
    else:
        shutil.copyfile(file, copy)
    return copy


def config_for(pages: Path, site: Path) -> dict[str, object]:
    """The configuration, with the pages that its nav does not name under *More*."""
    config: dict[str, object] = yaml.safe_load((DOCS / "site/mkdocs.yml").read_text())
    named = set(re.findall(r"[\w/.-]+\.md", str(config["nav"])))
    there = sorted(path.relative_to(pages).as_posix() for path in pages.rglob("*.md"))
    if more := [name for name in there if name not in named]:
        config["nav"] = [*config["nav"], {"More": more}]  # type: ignore[misc]
    return config | {"docs_dir": str(pages.resolve()), "site_dir": str(site.resolve())}


class _Page(HTMLParser):
    """The names of a page's parts, where its links lead, and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("id", "name") and value:
                self.names.add(value)
            elif LOADING.get(tag) == name and value and ("rel", "canonical") not in attrs:
                self.loaded.append(value)
            elif name in ("href", "src") and value:
                self.links.append(value)


def faults_of(site: Path) -> list[str]:
    """What leads nowhere in the built pages, and what a reader's browser would load from another machine."""
    pages = {path: _Page(path.read_text("utf-8")) for path in site.rglob("*.html") if path.name != "404.html"}
    found = []
    for path, page in pages.items():
        for address in [*page.links, *page.loaded]:
            if fault := _fault(address, path, pages):
                found.append(f"{path.relative_to(site)}: {fault} {address}")
        found += [f"{path.relative_to(site)}: loads {address}" for address in page.loaded if _is_elsewhere(address)]
    for path in site.rglob("*.css"):
        found += [f"{path.relative_to(site)}: loads {address}" for address in IN_STYLE.findall(path.read_text("utf-8"))]
    return found


def _is_elsewhere(address: str) -> bool:
    return bool(urllib.parse.urlsplit(address).netloc)


def _fault(address: str, path: Path, pages: dict[Path, _Page]) -> str:
    """Why an address of a page leads nowhere; empty if it does not, or leads to another machine."""
    parts = urllib.parse.urlsplit(address)
    if parts.scheme or parts.netloc:
        return ""
    target = (path.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else path
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return "no file"
    names: Iterable[str] = pages[target].names if target in pages else ()
    return "no part" if parts.fragment and target in pages and parts.fragment not in names else ""


if __name__ == "__main__":
    sys.exit(main())
