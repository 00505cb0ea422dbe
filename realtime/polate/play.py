"""`polate play`: the verb. Its options are the settings of the file, read from their table."""

import contextlib
import inspect
import logging
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from logging.handlers import QueueHandler, QueueListener
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from polate.child import quiet_native_stderr
from polate.config import OPTIONS, load
from polate.player import Player
from polate.settings import Field
from polate.status import NONE, OFF, Status

__all__ = ["play"]

_MOST_CHOICES = 12  # the rates are told in words


def _play(config: Path | None, given: dict[str, Any]) -> None:
    """Play: knobs and OSC in, scales out."""
    settings = load(config, given)
    quiet_native_stderr()
    drawing = settings.display and sys.stdout.isatty()  # what goes wrong is then shown in the display
    with _logging(logging.CRITICAL if drawing else logging.WARNING), Player(settings) as player:

        def announce(status: Status) -> None:
            # In one piece with its line's end: the display prints from another thread.
            print(f"{_announcement(status)}\n", end="", flush=True)

        if settings.display:
            from polate.display import Display

            with Display(player.status, player.axes):
                player.run(announce)
        else:
            player.run(announce)
    print(f"stopped: {player.status.counts}")


def _with_settings(verb: Callable[[Path | None, dict[str, Any]], None]) -> Callable[..., None]:
    """A command whose options are the settings of the file, read from their table."""
    option = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter(
            field.name,
            option,
            default=None,
            annotation=Annotated[
                field.plain | None,
                Parameter(
                    help=_help(field),
                    negative=f"--no-{field.key}" if field.plain is bool else "",
                ),
            ],
        )
        for field in OPTIONS.values()
    ]
    file = Parameter(help="A TOML file with any of these settings, and the tables; the command line comes before it.")
    parameters.append(inspect.Parameter("config", option, default=None, annotation=Annotated[Path | None, file]))

    def command(config: Path | None = None, **given: Any) -> None:
        verb(config, {name: value for name, value in given.items() if value is not None})

    command.__name__, command.__doc__ = "play", verb.__doc__
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command


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


play = _with_settings(_play)
