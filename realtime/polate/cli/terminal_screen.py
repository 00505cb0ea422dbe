"""The terminal's second screen: frames that stay whole while the terminal's size changes.

    frame --rich--> lines --TerminalScreen--> those that changed, each written at its own place

Lines are never wrapped and the screen never scrolls, so a frame for a larger terminal is cut and not torn.
"""

import os
import time
from types import TracebackType
from typing import NamedTuple

from rich.console import Console, RenderableType

__all__ = ["TerminalScreen", "TerminalSize"]

_ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[H"  # the second screen; no cursor; no wrapping
_LEAVE = "\x1b[0m\x1b[2J\x1b[H\x1b[?7h\x1b[?25h\x1b[?1049l"  # a terminal without a second screen is empty then
_BEGIN, _END = "\x1b[?2026h", "\x1b[H\x1b[?2026l"  # a terminal that knows this mode shows a frame at once
_CLEAR = "\x1b[0m\x1b[2J"
_WHOLE_SECONDS = 1.0  # between whole frames: another program may have written on the screen


class TerminalSize(NamedTuple):
    """Of a terminal, in characters and lines."""

    width: int
    height: int


class TerminalScreen:
    """Writes frames to the second screen. Opened and closed by ``with``."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown: dict[int, str] = {}  # by row, from 1
        self._shown_size: TerminalSize | None = None
        self._whole_at = 0.0  # time.monotonic()

    def __enter__(self) -> "TerminalScreen":
        self._write(_ENTER)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._write(_LEAVE)

    @property
    def size(self) -> TerminalSize:
        """The size of the terminal now. The environment variables COLUMNS and LINES may be older."""
        try:
            size = TerminalSize(*os.get_terminal_size(self._console.file.fileno()))
        except (OSError, ValueError):  # no terminal, in tests
            size = TerminalSize(0, 0)
        return size if all(size) else TerminalSize(*self._console.size)  # a serial line does not know its size

    def show(self, frame: RenderableType, size: TerminalSize) -> bool:
        """Show a frame that was made for this size. False, and nothing is shown, if the size is another by now."""
        with self._console.capture() as text:
            self._console.print(frame, width=size.width, height=size.height, crop=False, end="")
        lines = text.get().splitlines()[: size.height]
        if self.size != size:
            return False
        now = time.monotonic()
        cleared = ""
        if size != self._shown_size or now - self._whole_at >= _WHOLE_SECONDS:
            cleared = _CLEAR if size != self._shown_size else ""
            self._shown, self._shown_size, self._whole_at = {}, size, now
        changed = {row: line for row, line in enumerate(lines, 1) if self._shown.get(row) != line}
        # Erase before writing: at the last column, erasing to the end of the line takes the last character.
        written = "".join(f"\x1b[{row}H\x1b[K{line}" for row, line in changed.items())
        if written:
            self._write(f"{_BEGIN}{cleared}{written}{_END}")
        self._shown.update(changed)
        return True

    def _write(self, text: str) -> None:
        self._console.file.write(text)
        self._console.file.flush()
