"""The page's link in the terminal: as text, as a QR code for a phone, and opened in the browser."""

import contextlib
import os
import sys
import threading
import webbrowser

from polate.runtime.process_limit import start_thread

__all__ = ["open_page", "page_lines"]


def page_lines(link: str, lan: str) -> str:
    """The lines to print. ``link``: for this machine. ``lan``: for other machines of the network, or empty."""
    lines = f"\n  The page:  {link}\n"
    if lan:
        import segno

        rows = segno.make(lan, error="l").matrix_iter(border=2)
        lines += f"  For other machines of the network:  {lan}\n\n{_qr_code([list(row) for row in rows])}"
    return lines


def open_page(link: str) -> bool:
    """Open the link in the browser if there is a desktop, without waiting. Returns whether there is one."""
    has_desktop = sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if not has_desktop:
        return False
    return start_thread(threading.Thread(target=_open, args=[link], daemon=True))


def _open(link: str) -> None:
    with contextlib.suppress(webbrowser.Error, OSError):
        webbrowser.open(link)


def _qr_code(modules: list[list[int]]) -> str:
    """A QR code as text, two rows of modules in one line. The light modules are drawn, so any background works."""
    blocks = {(0, 0): "\u2588", (0, 1): "\u2580", (1, 0): "\u2584", (1, 1): " "}  # drawn: the light modules
    if len(modules) % 2:
        modules = [*modules, [0] * len(modules[0])]
    lines = [
        "  " + "".join(blocks[upper, lower] for upper, lower in zip(above, below, strict=True))
        for above, below in zip(modules[::2], modules[1::2], strict=True)
    ]
    return "\n".join(lines) + "\n"
