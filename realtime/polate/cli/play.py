"""What `polate play` does: start the gate, then the player, and the display beside it.

Nothing here is imported that playing does not need at once: every import delays the first note.
"""

import contextlib
import logging
import os
import queue
import sys
import threading
from collections.abc import Iterator, Mapping
from functools import partial
from logging.handlers import QueueHandler
from typing import TYPE_CHECKING, Any

from polate.cli.page_link import open_page, page_lines
from polate.cli.play_options import CONFIG
from polate.control.player_state import NONE, OFF, PlayerState
from polate.errors import PolateError
from polate.player.config import load
from polate.player.controller_ports import with_controller_ports
from polate.player.output import gate_of
from polate.runtime.exit_deadline import ExitDeadline
from polate.runtime.native_stderr import quiet_native_stderr
from polate.runtime.process_limit import start_thread, why_not_started

if TYPE_CHECKING:
    from polate.player.player import Player
    from polate.runtime.supervisor import Member, Supervisor

__all__ = ["play"]

_EXIT_SECONDS = 1.8  # from a signal to the end, whatever does not answer
_PRINT_SECONDS, _LAST_PRINT_SECONDS = 0.05, 0.5  # that are waited for a reader

_log = logging.getLogger(__name__)


def play(given: Mapping[str, Any]) -> None:
    """Play until a signal comes or the time is over. ``given``: settings by field name, and the file as ``config``.

    Raises `PolateError` for a setting, a file or a port that cannot be used.
    """
    # numpy's OpenBLAS starts threads when it is imported, and ends the program if it gets none. Polate's matrices are
    # too small to need them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    file = given.get(CONFIG)
    settings = load(file, {name: value for name, value in given.items() if name != CONFIG})
    quiet_native_stderr()
    settings = with_controller_ports(settings)
    drawing = settings.display and sys.stdout.isatty()  # the display then shows warnings
    gate = gate_of(settings)
    with contextlib.closing(gate), contextlib.ExitStack() as last:
        _start(gate)  # first: it opens its port while this process imports the rest, and nothing plays without it
        last.enter_context(_logging(logging.CRITICAL if drawing else logging.WARNING))
        from polate.player.children import children_of
        from polate.player.player import Player

        children = children_of(settings, gate)
        with Player.open(settings, children) as player:
            deadline = ExitDeadline(player.stopped, _EXIT_SECONDS, partial(_kill, children))
            last.callback(deadline.meet)
            deadline.start()
            _run(player)
            deadline.begin()
    _say(f"stopped: {player.state.counts}\n", _LAST_PRINT_SECONDS)


def _start(gate: "Member") -> None:
    try:
        gate.start()
    except OSError as error:
        raise PolateError(f"cannot start the gate process: {why_not_started(error)}") from error


def _kill(children: "Supervisor") -> None:
    """End the processes that have not ended. Those that end notes are left: they do it when their sockets close."""
    for child in children:
        if child.name not in ("gate", "patchbay"):
            child.kill()


def _say(text: str, wait_seconds: float = _PRINT_SECONDS) -> None:
    """Print, unless nobody reads: the music does not wait for a full pipe, a full disk or a terminal that stands."""
    printing = threading.Thread(target=_print, args=[text], name="polate-print", daemon=True)
    if start_thread(printing):
        printing.join(wait_seconds)
    else:
        _print(text)


def _print(text: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        print(text, end="", flush=True)  # one write, because the display prints from another thread


def _run(player: "Player") -> None:
    with contextlib.ExitStack() as stack:
        display = None
        if player.config.display:
            from polate.cli.display import Display

            display = Display(lambda: player.state, player.axes, ask=player.ask)
        if display and display.draws:
            stack.enter_context(display)
            if not display.has_begun:
                logging.getLogger().setLevel(logging.WARNING)
                _log.warning(f"no display: {why_not_started()}")

        def announce(state: PlayerState) -> None:
            link, lan = (state.port(kind) for kind in ("web", "lan"))
            page = page_lines(link, lan) if link not in ("", OFF) else ""
            if not (display and display.has_begun):  # else the display shows the same
                _say(f"{_announcement(state)}\n{page}")
                if display and not display.draws:
                    stack.enter_context(display)
            if page and player.config.open and sys.stdout.isatty():
                open_page(link)

        player.run(announce)
        if display and not display.has_begun:
            stack.enter_context(display)


@contextlib.contextmanager
def _logging(level: int) -> Iterator[None]:
    """Log to standard error from a thread of its own, so that a pipe that nobody reads cannot stop the music."""
    records: queue.SimpleQueue[logging.LogRecord | None] = queue.SimpleQueue()
    writing = threading.Thread(target=_write_log, args=[records], name="polate-log", daemon=True)
    handler: logging.Handler = QueueHandler(records) if start_thread(writing) else logging.StreamHandler()
    logging.basicConfig(format="%(message)s", level=level, handlers=[handler])
    try:
        yield
    finally:
        records.put(None)
        if writing.ident is not None:
            writing.join(1.0)


def _write_log(records: "queue.SimpleQueue[logging.LogRecord | None]") -> None:
    """Write records to standard error until None comes."""
    handler = logging.StreamHandler()
    while (record := records.get()) is not None:
        handler.handle(record)


def _announcement(state: PlayerState) -> str:
    output, heard, osc = (state.port(kind) for kind in ("output", "input", "osc"))
    to = f"to '{output}'" if output not in ("", NONE) else "to no MIDI port"
    hears = f"MIDI from '{heard}'" if heard not in ("", NONE) else "no MIDI"
    listens = f"OSC on {osc}" if osc not in ("", OFF) else "no OSC"
    return f"playing {state.pattern} {to}; listening to {hears}, {listens}"
