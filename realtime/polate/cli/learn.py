"""`polate learn`: bind controls of a MIDI controller to targets by moving them.

    MIDI messages --Gesture--> Found --mapping_for--> Mapping --bind--> [[map]] in the settings file

The file is written after every binding.
"""

import contextlib
import signal
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from polate.cli.settings_document import bind, name_input, read_document, write_document
from polate.errors import ConfigError, printable
from polate.mapping.gestures import Gesture, mapping_for, wants_button
from polate.mapping.mapping import Mapping
from polate.mapping.targets import parse_target
from polate.player.config import MidiApi, load

if TYPE_CHECKING:
    from polate.runtime.stop_signals import StopSignals

__all__ = ["controllers", "learn"]

_POLL_SECONDS = 0.005
_MOST_WAITING = 4096  # messages


def learn(
    targets: Annotated[list[str] | None, Parameter(negative=())] = None,
    /,
    *,
    config: Path = Path("polate.toml"),
    input: str | None = None,  # noqa: A002
    midi_api: MidiApi = "auto",
) -> None:
    """Bind the knobs, faders and keys of a MIDI controller to targets, by moving them.

    Polate names a target; move the control that you want for it. Every binding is written to the settings file at once;
    the rest of the file stays as it is. Ctrl-C stops and keeps the bindings.

    Parameters
    ----------
    targets
        The targets to bind, in this order: z/1, gate, play, snapshot ... ('polate help mapping' lists them; default:
        z/1 to z/8).
    config
        The settings file. It is created if it does not exist.
    input
        The name of a MIDI input, or a part of it that no other input has (default: the virtual port 'Polate In'). It
        is written to the settings file too.
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
    if config.exists():
        load(config, {})  # a file with a mistake is refused before any control is moved
    document = read_document(config)
    quiet_native_stderr()
    messages: deque[Sequence[int]] = deque(maxlen=_MOST_WAITING)
    port = open_input(input, midi_api)
    port.hear(lambda message, *times: messages.append(message))
    bound = 0
    print(f"listening to {input or VIRTUAL_INPUT!r}; Ctrl-C stops and keeps the bindings", flush=True)
    # Ctrl-C sets a flag: an exception raised inside the MIDI library can be lost.
    with contextlib.closing(port), stop_signals(signal.SIGINT) as stopped:
        for target in wanted:
            print(f"{target}: move its control, far and in both directions", flush=True)
            mapping = _hear(messages, target, clock, stopped)
            if mapping is None:
                print()
                break
            replaced = bind(document, name_input(document, mapping, input))
            write_document(config, document)
            bound += 1
            instead = printable(f", replacing {'; '.join(replaced)}") if replaced else ""
            print(f"{target}: {mapping.source}, channel {mapping.channel}{instead}", flush=True)
    print(f"{bound} of {len(wanted)} bound; play with them: polate play --config {printable(str(config))}")


def _hear(messages: deque[Sequence[int]], target: str, clock: Any, stopped: "StopSignals") -> Mapping | None:
    """Listen until a control moves that the target can have. Returns None if Ctrl-C comes first."""
    gesture, said, button = Gesture(), "", wants_button(target)
    messages.clear()  # the rest of the previous movement
    while not stopped.received:
        while messages:
            gesture.feed(messages.popleft(), clock())
        found = gesture.found(clock(), button=button)
        if found is None:
            time.sleep(_POLL_SECONDS)
            continue
        if not found.doubt:
            try:
                return mapping_for(found, target)
            except ConfigError as error:
                print(f"{target}: {error}", flush=True)
                gesture, said = Gesture(), ""
        elif said != found.doubt:
            said = found.doubt
            print(f"{target}: {found.source}? {said}", flush=True)
        else:
            time.sleep(_POLL_SECONDS)
    return None


def controllers() -> None:
    """List the controllers that have a template, and which of them are connected.

    Each line has the name for 'polate play --controller NAME', the controller, and what to set on it.
    """
    from polate.mapping.controllers import controller_names, load_controller, recognise
    from polate.midi.ports import find_system
    from polate.runtime.native_stderr import quiet_native_stderr

    quiet_native_stderr()
    system = find_system()
    here = {recognise(port) for port in system.inputs()} if system else set()
    for name in controller_names():
        template = load_controller(name)
        print("\t".join([name, template.name + (" (connected)" if name in here else ""), template.setup]).rstrip())
