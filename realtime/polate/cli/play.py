"""`polate play`: the verb. Its options are the settings of the file, read from their table."""

import argparse
import contextlib
import logging
import queue
import sys
import threading
from collections.abc import Iterator, Sequence
from logging.handlers import QueueHandler, QueueListener
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polate.control.fields import Field
from polate.player.children import family_of
from polate.player.config import OPTIONS, load
from polate.player.status import NONE, OFF, Status
from polate.runtime.native_stderr import quiet_native_stderr

if TYPE_CHECKING:
    from polate.player.player import Player

__all__ = ["play"]

_SECTIONS = {
    "bpm": "time",
    "tonic": "notes",
    "gate": "rhythm",
    "velocity": "loudness",
    "channel": "voices",
    "keys": "keys",
    "morph-bars": "motion",
    "output": "ports",
    "sync": "tempo",
    "model": "the rest",
}
"""Where a section of the help begins."""

_MOST_CHOICES = 12  # the rates are told in words


def play(words: Sequence[str]) -> None:
    """Play, as these words of a command line say, until it is stopped. Raises `PolateError`."""
    given = _read(words)
    settings = load(given.pop("config", None), given)
    quiet_native_stderr()
    drawing = settings.display and sys.stdout.isatty()  # what goes wrong is then shown in the display
    children = family_of(settings)
    with _logging(logging.CRITICAL if drawing else logging.WARNING), contextlib.closing(children):
        children.start("gate")  # before the rest is imported: it takes as long to open its port
        from polate.player.player import Player

        with Player(settings, children) as player:
            _run(player)
    print(f"stopped: {player.status.counts}")


def _run(player: "Player") -> None:
    def announce(status: Status) -> None:
        # In one piece with its line's end: the display prints from another thread.
        print(f"{_announcement(status)}\n", end="", flush=True)

    if player.config.display:
        from polate.cli.display import Display

        with Display(player.status, player.axes):
            player.run(announce)
    else:
        player.run(announce)


def _read(words: Sequence[str]) -> dict[str, Any]:
    """What the command line gives: the settings by name, and the file."""
    parser = argparse.ArgumentParser(
        prog="polate play",
        usage="polate play [options]",
        description="Play: knobs and OSC in, scales out. What a setting is by itself stands in brackets.",
        allow_abbrev=False,
    )
    group = parser.add_argument_group("settings")
    group.add_argument("--config", type=Path, metavar="FILE", help="a TOML file with any of these, and with the tables")
    for field in OPTIONS.values():
        if field.key in _SECTIONS:
            group = parser.add_argument_group(_SECTIONS[field.key])
        words_help = _help(field).replace("%", "%%")
        if field.plain is bool:
            group.add_argument(f"--{field.key}", action=argparse.BooleanOptionalAction, help=words_help)
        else:
            shown = field.plain.__name__.upper() if field.plain is not str else "TEXT"
            group.add_argument(f"--{field.key}", type=field.plain, metavar=shown, help=words_help)
    return {name: value for name, value in vars(parser.parse_args(words)).items() if value is not None}


def _help(field: Field) -> str:
    choices = f": {', '.join(field.choices)}" if 0 < len(field.choices) <= _MOST_CHOICES else ""
    default = field.default
    if isinstance(default, bool):
        default = "yes" if default else "no"
    return f"{field.doc}{choices} [{'none' if default is None else 'empty' if default == '' else default}]"


@contextlib.contextmanager
def _logging(level: int) -> Iterator[None]:
    """Log to standard error from a thread of its own: a pipe that nobody reads must not stop the music."""
    records: queue.SimpleQueue[Any] = queue.SimpleQueue()
    listener = QueueListener(records, logging.StreamHandler())
    logging.basicConfig(format="%(message)s", level=level, handlers=[QueueHandler(records)])
    listener.start()
    try:
        yield
    finally:
        ending = threading.Thread(target=listener.stop, daemon=True)
        ending.start()
        ending.join(1.0)


def _announcement(status: Status) -> str:
    to = f"to {status.output!r}" if status.output not in ("", NONE) else "to no MIDI port"
    hears = f"MIDI from {status.input!r}" if status.input not in ("", NONE) else "no MIDI"
    osc = f"OSC on {status.osc}" if status.osc not in ("", OFF) else "no OSC"
    return f"playing {status.pattern} {to}; listening to {hears}, {osc}"
