"""What has happened to the ports of a MIDI system since the last look."""

from dataclasses import dataclass, replace
from typing import Literal, Self

__all__ = ["News"]


@dataclass(frozen=True, slots=True)
class News:
    """Empty at first: nothing has happened."""

    come: bool = False  # a port has come or been renamed
    gone: bool = False  # a port has gone
    cabled: bool = False  # a connection has been made or ended
    died: bool = False  # the system has ended
    renamed: tuple[tuple[str, str], ...] = ()  # (old, new) full names

    def and_then(self, what: Literal["come", "gone", "cabled", "died"]) -> Self:
        """And this too."""
        return replace(
            self,
            come=self.come or what == "come",
            gone=self.gone or what == "gone",
            cabled=self.cabled or what == "cabled",
            died=self.died or what == "died",
        )

    def and_renamed(self, old: str, new: str) -> Self:
        return replace(self, renamed=(*self.renamed[-63:], (old, new)))
