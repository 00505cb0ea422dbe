"""The `polate` command.

Every verb imports what it needs when it is called, so that none waits for another's libraries. The verbs of the
training side come in by entry points (group ``polate.verbs``) and say what to install where that is missing.
"""

import contextlib
import json
import logging
import os
import queue
import sys
import threading
from collections.abc import Iterator
from importlib.metadata import entry_points
from logging.handlers import QueueHandler, QueueListener
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from polate import __version__
from polate.errors import PolateError
from polate.verbs import Model, generate, grid, identify, morph

if TYPE_CHECKING:
    from polate.player import Status

__all__ = ["app", "main"]

app = App(
    name="polate",
    version=__version__,
    help="A live instrument: turn knobs, and a learned map of Slonimsky's scales plays, in time, into your DAW.",
    default_parameter=Parameter(negative=""),
)
config_app = App(name="config", help="The configuration file: its schema, and what a file comes to.")
app.command(config_app)

_EXTRA = dict.fromkeys(("matplotlib", "resvg_py", "verovio"), "score")
_EXTRA |= dict.fromkeys(("torch", "onnx", "onnxscript", "safetensors", "scipy", "skimage"), "train")
"""What only some verbs and options need: the module, and the extra that brings it."""


@app.command
def play(
    *,
    output: str | None = None,
    input: str | None = None,  # noqa: A002
    midi_api: str | None = None,
    osc_host: str | None = None,
    osc_port: int | None = None,
    osc: Annotated[bool | None, Parameter(negative="--no-osc")] = None,
    bpm: float | None = None,
    rate: str | None = None,
    tonic: str | None = None,
    velocity: int | None = None,
    gate: float | None = None,
    channel: int | None = None,
    model: str | None = None,
    record: str | None = None,
    seconds: float | None = None,
    display: Annotated[bool | None, Parameter(negative="--no-display")] = None,
    config: Path | None = None,
) -> None:
    """Play: knobs and OSC in, scales out.

    Parameters
    ----------
    output
        A MIDI output's name, or a part of it that only one has; the virtual port 'Polate Out' where it is left out.
    input
        A MIDI input's name, likewise; the virtual port 'Polate In' where it is left out.
    midi_api
        auto, alsa, jack, coremidi or winmm.
    osc_host
        The address to listen on for OSC; 127.0.0.1 where it is left out.
    osc_port
        The UDP port to listen on for OSC; 9010 where it is left out.
    osc
        Listen to OSC, or not.
    bpm
        Quarter notes a minute, 20 to 400; 120 where it is left out.
    rate
        A step's length, 1/1 to 1/64, with '.' for dotted or 't' for triplet; 1/16 where it is left out.
    tonic
        A note's name or MIDI number; C4, middle C, where it is left out. A pattern that would leave the piano's 88 keys
        is folded back into them by octaves, cell by cell.
    velocity
        Of the notes, 1 to 127; 100 where it is left out.
    gate
        How long a note sounds, 1 to 100 percent of a step; 90 where it is left out.
    channel
        The MIDI channel, 1 to 16; 1 where it is left out.
    model
        slonimsky, octave (the scales that have names), or an exported .onnx file; slonimsky where it is left out.
    record
        Write what is played to this MIDI file, once a second and at the end. A take that is there already is kept as
        NAME.before.mid.
    seconds
        Stop by itself after so many seconds.
    display
        Draw in the terminal (a line a pattern where there is none), or print only the first line, the last, and what
        goes wrong.
    config
        A TOML file with any of these settings, and the CC map; the command line comes before it.
    """
    given = {name: value for name, value in locals().items() if value is not None and name != "config"}
    from polate.child import quiet_native_stderr
    from polate.config import load
    from polate.player import Player

    settings = load(config, given)
    quiet_native_stderr()
    drawing = settings.display and sys.stdout.isatty()  # what goes wrong is then shown in the display
    with _logging(logging.CRITICAL if drawing else logging.WARNING), Player(settings) as player:

        def announce(status: "Status") -> None:
            print(_announcement(status), flush=True)

        if settings.display:
            from polate.display import Display

            with Display(player.status, player.axes):
                player.run(announce)
        else:
            player.run(announce)
    print(f"stopped: {player.status.counts}")


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


def _announcement(status: "Status") -> str:
    from polate.player import NONE, OFF

    to = f"to {status.output!r}" if status.output not in ("", NONE) else "to no MIDI port"
    hears = f"MIDI from {status.input!r}" if status.input not in ("", NONE) else "no MIDI"
    osc = f"OSC on {status.osc}" if status.osc not in ("", OFF) else "no OSC"
    return f"playing {status.pattern} {to}; listening to {hears}, {osc}"


@app.command
def ports(*, midi_api: Literal["auto", "alsa", "jack", "coremidi", "winmm"] = "auto") -> None:
    """List the MIDI ports there are, by system.

    Parameters
    ----------
    midi_api
        Look only at this one.
    """
    from polate.child import quiet_native_stderr
    from polate.midi import APIS, find_system, what_is_missing

    quiet_native_stderr()
    systems = [system for name in APIS if midi_api in ("auto", name) and (system := find_system(name))]
    if not systems:
        print(what_is_missing(midi_api))
    for system in systems:
        for kind, names in (("outputs", system.outputs()), ("inputs", system.inputs())):
            print(f"{system.name} {kind}:")
            for name in names or ["none"]:
                print(f"  {name}")


for verb in (generate, morph, grid, identify):
    app.command(verb)


@app.command
def landmarks(*, model: Model = None) -> None:
    """List the landmarks of the model: well-known patterns that OSC can go to by name."""
    from polate.decoder import Decoder

    for landmark in Decoder.open(model).metadata.landmarks:
        print(f"{landmark.name}\t{landmark.text}")


@app.command
def doctor(*, config: Path | None = None) -> None:
    """Look at this machine: is everything there to play? Exits with status 1 if something is not.

    Parameters
    ----------
    config
        A configuration file to look at as well.
    """
    from polate.child import quiet_native_stderr
    from polate.doctor import examine

    quiet_native_stderr()
    findings = examine(config)
    for finding in findings:
        print(f"{'ok  ' if finding.good else 'FAIL' if finding.needed else 'note'}  {finding.text}")
    if any(finding.needed and not finding.good for finding in findings):
        raise SystemExit(1)


@config_app.command
def schema() -> None:
    """Print the JSON schema of the configuration file, for editors."""
    from polate.config import json_schema

    print(json.dumps(json_schema(), indent=2))


@config_app.command
def show(file: Path | None = None) -> None:
    """Check a configuration file, and print what it comes to as JSON.

    Parameters
    ----------
    file
        A TOML file; the defaults where it is left out.
    """
    import msgspec

    from polate.config import load

    print(msgspec.json.format(msgspec.json.encode(load(file, {}))).decode())


def _add_verbs() -> None:
    """The verbs of other packages. Their modules are light; what they need is imported when they run."""
    for entry in entry_points(group="polate.verbs"):
        app.command(entry.load(), name=entry.name)


def main() -> None:
    """The console command: a `PolateError` is one line on standard error and status 1."""
    _open_standard_streams()
    try:
        _add_verbs()
        app()
        sys.stdout.flush()
    except PolateError as error:
        print(f"polate: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    except ModuleNotFoundError as error:
        extra = _EXTRA.get((error.name or "").split(".")[0])
        if extra is None:
            raise
        print(
            f"polate: this needs {error.name}: pip install -e '.[{extra}]' in the clone ('make test' does it too)",
            file=sys.stderr,
        )
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except BrokenPipeError:  # the reader of a pipe has gone: as every Unix tool, without a word
        sys.stderr.close()
        raise SystemExit(0) from None
    except OSError as error:
        print(f"polate: {error}", file=sys.stderr)
        raise SystemExit(1) from None


def _open_standard_streams() -> None:
    """A launcher may have closed them: then the next socket would take their place."""
    while (fd := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(fd, True)
    os.close(fd)
    sys.stdout = sys.stdout or open(1, "w")  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w")  # noqa: SIM115


if __name__ == "__main__":
    main()
