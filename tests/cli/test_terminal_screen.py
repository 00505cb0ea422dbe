"""The display on a terminal whose size changes, as a terminal emulator (pyte) shows it."""

import fcntl
import io
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time

import pyte
import pytest
from rich.console import Console
from rich.panel import Panel
from rich.text import Text
from rig import free_udp_port, no_midi

from polate.cli.terminal_screen import TerminalScreen, TerminalSize

FRAME_END = b"\x1b[?2026l"


class Emulator:
    """What a terminal of some size shows."""

    def __init__(self, width: int, height: int) -> None:
        self.screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self.screen)

    def feed(self, data: bytes) -> None:
        self._stream.feed(data)

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.screen.display]

    @property
    def is_whole(self) -> bool:
        """Whether it shows one frame of its own size, and nothing beside it."""
        width = min(self.screen.columns, 100)
        first, *inner, last = self.lines
        return (
            {len(line) for line in self.lines} == {width}
            and (first[0], first[-1], last[0], last[-1]) == tuple("╭╮╰╯")
            and all(line[0] == line[-1] == "│" for line in inner)
        )


def set_size(terminal: int, width: int, height: int) -> None:
    """The kernel tells the programs on the terminal by SIGWINCH."""
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))


def test_every_frame_is_whole_while_the_size_of_the_terminal_changes_and_it_plays() -> None:
    sizes = [(60, 20), (40, 10), (60, 20), (200, 50)]
    ours, theirs = pty.openpty()
    set_size(ours, 200, 50)
    emulator = Emulator(200, 50)
    command = [sys.executable, "-m", "polate", "play", "--no-web", "--osc-port", str(free_udp_port()), "--seconds=100"]
    environment = {**no_midi(), "TERM": "xterm", "COLUMNS": "200", "LINES": "50"}  # of a shell that exports them
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    )
    os.close(theirs)
    seen, rest, texts = b"", b"", []
    try:
        for width, height in [(200, 50), *sizes]:
            if (width, height) != (200, 50) or texts:
                set_size(ours, width, height)
                emulator.screen.resize(height, width)
            frames, notes, end = 0, set(), time.monotonic() + 50
            while (frames < 4 or len(notes) < 2) and time.monotonic() < end:
                if not select.select([ours], [], [], 0.2)[0]:
                    continue
                data = os.read(ours, 65536)
                seen += data
                *whole, rest = (rest + data).split(FRAME_END)
                for frame in whole:
                    emulator.feed(frame)
                    # Until its size is known, frames for the size before may still be on their way.
                    if frames or emulator.is_whole:
                        assert emulator.is_whole, "\n".join(emulator.lines)
                        frames += 1
                        notes |= set(re.findall(r"(\d+) notes,", "\n".join(emulator.lines))) or {str(frames)}
            assert frames >= 4, (width, height, emulator.lines)
            texts.append("\n".join(emulator.lines))
        process.terminate()
        while process.poll() is None and time.monotonic() < end + 10:
            if select.select([ours], [], [], 0.2)[0]:
                try:
                    seen += os.read(ours, 65536)
                except OSError:  # it has closed the terminal
                    break
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    on_screen = seen.partition(b"\x1b[?1049h")[2].partition(b"\x1b[?1049l")[0]
    assert b"\n" not in on_screen  # nothing scrolls
    assert b"Traceback" not in seen
    for words in ("120 bpm", "MIDI out / in", "OSC", "counts", "refused", "z/8 fan", "? lists the keys"):
        assert words in texts[1], texts[1]  # 60 x 20
    for words in ("quadritone 0 4 7", "C4 E4 G4", ">z/1"):
        assert words in texts[2], texts[2]  # 40 x 10


class Sized(io.StringIO):
    """A file that no terminal is behind: rich's console says the size."""


def screen_of(width: int, height: int) -> tuple[TerminalScreen, Console, Sized]:
    file = Sized()
    console = Console(file=file, width=width, height=height, force_terminal=True, legacy_windows=False)
    return TerminalScreen(console), console, file


def panel(text: str, width: int, height: int) -> Panel:
    return Panel(Text(text), width=width, height=height)


def written(file: Sized) -> str:
    text = file.getvalue()
    file.seek(0)
    file.truncate()
    return text


def test_a_frame_that_was_made_for_another_size_is_not_shown() -> None:
    screen, console, file = screen_of(60, 20)
    old = TerminalSize(60, 20)
    console.size = (40, 10)  # type: ignore[assignment]
    assert not screen.show(panel("hello", 60, 20), old)
    assert written(file) == ""
    assert screen.show(panel("hello", 40, 10), screen.size)


def test_only_lines_that_changed_are_written_each_at_its_place() -> None:
    screen, _, file = screen_of(30, 5)
    emulator = Emulator(30, 5)
    assert screen.show(panel("one\ntwo", 30, 5), screen.size)
    emulator.feed(written(file).encode())
    assert screen.show(panel("one\nthree", 30, 5), screen.size)
    second = written(file)
    emulator.feed(second.encode())
    assert "three" in second
    assert "one" not in second
    assert [line.strip("│ ") for line in emulator.lines[1:3]] == ["one", "three"]
    screen.show(panel("one\nthree", 30, 5), screen.size)
    assert written(file) == ""
    assert not re.search(r"[^\d]\x1b\[K", second.replace("H\x1b[K", ""))  # it would erase the last character


def test_what_another_program_has_written_is_gone_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    screen, _, file = screen_of(30, 5)
    emulator = Emulator(30, 5)
    now = [100.0]
    monkeypatch.setattr("polate.cli.terminal_screen.time.monotonic", lambda: now[0])

    def shown(at: float) -> Emulator:
        now[0] = at
        screen.show(panel("one", 30, 5), screen.size)
        emulator.feed(written(file).encode())
        return emulator

    with screen:
        assert shown(100.0).is_whole
        emulator.feed(b"a warning\r\n")
        assert "a warning" in shown(100.5).lines[0]
        assert shown(101.1).is_whole
    assert written(file).endswith("\x1b[?7h\x1b[?25h\x1b[?1049l")
