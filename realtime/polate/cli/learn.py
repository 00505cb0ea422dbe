"""`polate learn`: move a knob, and it is bound to a target, in the settings file.

    messages --Gathering--> Found --mapping_for--> Mapping --bind--> [[map]] in the file

It listens to a port and writes the file after every binding.
"""

import contextlib
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from polate.cli.settings_document import bind, read_document, write_document
from polate.errors import ConfigError
from polate.mapping.gestures import Gathering, mapping_for
from polate.mapping.mapping import Mapping
from polate.mapping.targets import parse_target
from polate.player.config import MidiApi

if TYPE_CHECKING:
    from polate.runtime.stop_signals import StopSignals

__all__ = ["controllers", "learn"]

_POLL_SECONDS = 0.005


def learn(
    targets: Annotated[list[str] | None, Parameter(negative=())] = None,
    /,
    *,
    config: Path = Path("polate.toml"),
    input: str | None = None,  # noqa: A002
    midi_api: MidiApi = "auto",
) -> None:
    """Move a knob, and it is bound to a target, in the settings file.

    The file is written after every binding, and what else stands in it stays. Ctrl-C ends it and keeps what is bound.

    Parameters
    ----------
    targets
        What to bind, one after the other, as in docs/mapping.md: z/1, gate, play, snapshot ...; z/1 to z/8 where they
        are left out.
    config
        The settings file; it is made if it is not there.
    input
        A MIDI input's name, or a part of it that only one has; the virtual port 'Polate In' where it is left out.
    midi_api
        The MIDI system to use.
    """
    from polate.midi.ports import VIRTUAL_INPUT, open_input
    from polate.runtime.clock import clock
    from polate.runtime.native_stderr import quiet_native_stderr
    from polate.runtime.stop_signals import stop_signals

    wanted = targets or [f"z/{axis}" for axis in range(1, 9)]
    for target in wanted:
        parse_target(target)
    document = read_document(config)
    quiet_native_stderr()
    port = open_input(input, midi_api)
    bound = 0
    print(f"listening to {input or VIRTUAL_INPUT!r}; Ctrl-C ends it and keeps what is bound", flush=True)
    # By a flag: an exception may be lost in the MIDI library, in the middle of whose work it comes.
    with contextlib.closing(port), stop_signals(signal.SIGINT) as stopped:
        for target in wanted:
            print(f"{target}: move what shall move it, both ways and far", flush=True)
            mapping = _hear(port, target, clock, stopped)
            if mapping is None:
                print()
                break
            replaced = bind(document, mapping)
            write_document(config, document)
            bound += 1
            instead = f", instead of {'; '.join(replaced)}" if replaced else ""
            print(f"{target}: {mapping.source}, channel {mapping.channel}{instead}", flush=True)
    print(f"{bound} of {len(wanted)} bound; to play with them: polate play --config {config}")


def _hear(port: Any, target: str, clock: Any, stopped: "StopSignals") -> Mapping | None:
    """Listen until something has been moved that can move the target; None if it was stopped before."""
    gathering, said = Gathering(), ""
    for _ in port.messages():  # what still came from the one before
        pass
    while not stopped.received:
        for message, _ in port.messages():
            gathering.feed(message, clock())
        found = gathering.found(clock())
        if found is None:
            time.sleep(_POLL_SECONDS)
            continue
        if not found.doubt:
            try:
                return mapping_for(found, target)
            except ConfigError as error:
                print(f"{target}: {error}", flush=True)
                gathering, said = Gathering(), ""
        elif said != found.doubt:
            said = found.doubt
            print(f"{target}: {found.source}? {said}", flush=True)
        else:
            time.sleep(_POLL_SECONDS)
    return None


def controllers() -> None:
    """List the templates of controllers, and which of them are connected."""
    from polate.mapping.controllers import controller_names, load_controller, recognise
    from polate.midi.ports import find_system
    from polate.runtime.native_stderr import quiet_native_stderr

    quiet_native_stderr()
    system = find_system()
    here = {recognise(port) for port in system.inputs()} if system else set()
    for name in controller_names():
        template = load_controller(name)
        print("\t".join([name, template.name + (" (connected)" if name in here else ""), template.setup]).rstrip())
