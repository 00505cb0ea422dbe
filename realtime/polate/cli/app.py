"""Every verb but `play`, as one command line.

Each imports what it needs when it is called, so that none waits for another's libraries. The verbs of the training side
come in by entry points (group ``polate.cli.map_commands``) and say what to install where that is missing.
"""

import json
from importlib.metadata import entry_points
from pathlib import Path

from cyclopts import App, Parameter

from polate import __version__
from polate.cli.learn import controllers, learn
from polate.cli.map_commands import Model, generate, grid, identify, morph
from polate.cli.take_commands import capture, replay, snapshots
from polate.player.config import MidiApi

__all__ = ["app", "run"]

app = App(
    name="polate",
    version=__version__,
    help="A live instrument: turn knobs, and a learned map of Slonimsky's scales plays, in time, into your DAW.",
    default_parameter=Parameter(negative=""),
)
config_app = App(name="config", help="The configuration file: its schema, and what a file comes to.")
app.command(config_app)


@app.command
def play() -> None:
    """Play: knobs and OSC in, scales out."""
    # For the list of verbs: `polate.cli.main` goes to `polate.cli.play` before this is loaded.


@app.command
def ports(*, midi_api: MidiApi = "auto") -> None:
    """List the MIDI ports there are, by system.

    Parameters
    ----------
    midi_api
        Look only at this one.
    """
    from polate.midi.ports import APIS, find_system, what_is_missing
    from polate.runtime.native_stderr import quiet_native_stderr

    quiet_native_stderr()
    systems = [system for name in APIS if midi_api in ("auto", name) and (system := find_system(name))]
    if not systems:
        print(what_is_missing(midi_api))
    for system in systems:
        for kind, names in (("outputs", system.outputs()), ("inputs", system.inputs())):
            print(f"{system.name} {kind}:")
            for name in names or ["none"]:
                print(f"  {name}")


for verb in (generate, morph, grid, identify, learn, controllers, replay, snapshots, capture):
    app.command(verb)


@app.command
def landmarks(*, model: Model = None) -> None:
    """List the landmarks of the model: well-known patterns that OSC can go to by name."""
    from polate.model.decoder import Decoder

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
    from polate.cli.doctor import examine
    from polate.runtime.native_stderr import quiet_native_stderr

    quiet_native_stderr()
    findings = examine(config)
    for finding in findings:
        print(f"{'ok  ' if finding.good else 'FAIL' if finding.needed else 'note'}  {finding.text}")
    if any(finding.needed and not finding.good for finding in findings):
        raise SystemExit(1)


@app.command
def bench(*, midi_api: MidiApi = "auto") -> None:
    """Measure how well this machine keeps time: about 20 seconds, and a verdict in words.

    Parameters
    ----------
    midi_api
        The MIDI system to use. Very soft notes go to the virtual port 'Polate Out', where there can be one.
    """
    from polate.cli.timing_check import measure
    from polate.runtime.native_stderr import quiet_native_stderr

    quiet_native_stderr()
    for line in measure(midi_api).lines():
        print(line)


@config_app.command
def schema() -> None:
    """Print the JSON schema of the configuration file, for editors."""
    from polate.player.config import json_schema

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

    from polate.player.config import load

    print(msgspec.json.format(msgspec.json.encode(load(file, {}))).decode())


def run() -> None:
    """Do what the command line says, with the verbs of other packages: their modules are light; what they need is
    imported when they run."""
    for entry in entry_points(group="polate.verbs"):
        app.command(entry.load(), name=entry.name)
    app()
