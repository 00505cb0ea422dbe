"""`polate help`: the pages of the documentation, which come with the package."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from polate.errors import ConfigError

__all__ = ["help_"]

TOPICS = (
    *("playing", "page", "mapping", "osc", "sync", "listen", "takes", "settings", "files", "offline", "corpora"),
    *("stage", "daw", "trouble"),
)


def help_(topic: Annotated[str, Parameter(negative=())] = "", /) -> None:
    """Print a page of the documentation, or list the pages.

    Parameters
    ----------
    topic
        The page: playing, page, mapping, osc, sync, listen, takes, settings, files, offline, corpora,
        stage, daw or trouble.
    """
    if not topic:
        print("pages: polate help TOPIC")
        for name in TOPICS:
            print(f"  {name:9}  {_page(name).splitlines()[0].lstrip('# ')}")
    elif topic in TOPICS:
        print(_page(topic), end="")
    else:
        raise ConfigError(f"topic must be one of {', '.join(TOPICS)}, got {topic[:64]!r}")


def _page(topic: str) -> str:
    """The text of a page: inside the package if Polate is installed, in docs/ in a checkout."""
    installed = Path(__file__).parents[1] / "docs" / f"{topic}.md"
    page = installed if installed.exists() else Path(__file__).parents[3] / "docs" / f"{topic}.md"
    return page.read_text("utf-8")
