"""The client of the process that lists the MIDI ports: it decides whether a port that is chosen is there.

    ChoosePort --claims--> [waits for the list] --find_port--> Connections --> clients of the gate and the MIDI input
                 PortsThere --------'
    named port that is not there --> [waits for the list] --> trouble, with the ports that are there

The process runs only while a page is open, or while a choice or a missing port waits for the list.
"""

from collections.abc import Iterator
from functools import partial

from polate.control.commands import ChoosePort, Control, PortKind
from polate.errors import PortError
from polate.midi.port_messages import AskEnd, PortsThere
from polate.midi.ports import AmbiguousPortError, find_port
from polate.player.client import Client, Desk
from polate.player.config import Config
from polate.player.output import outputs_of
from polate.runtime.line_stream import LineReader, encode_line
from polate.runtime.supervisor import Member

__all__ = ["PortsClient", "child_of", "open_client"]

_UNTIL_NEEDED_NS = 2**62


def child_of(config: Config) -> Member | None:
    names_ports = any(outputs_of(config)) or any(config.input_names)
    if not (config.osc or config.web or names_ports):  # nobody can choose a port, and none can be missing
        return None
    return Member("ports", "polate.midi.port_list_process", {"api": config.midi_api}, partial(LineReader, PortsThere))


def open_client(desk: Desk, child: Member) -> Client:
    child.rest(_UNTIL_NEEDED_NS)
    return PortsClient(desk, child)


class PortsClient(Client):
    """Checks each choice against the ports that are there."""

    def __init__(self, desk: Desk, child: Member) -> None:
        super().__init__(desk, child)
        self._there: PortsThere | None = None  # None while the process does not run
        self._waiting: dict[PortKind, tuple[ChoosePort, Client | None]] = {}  # until the list is known, with who asked
        self._is_needed = False

    def commands(self, now_ns: int) -> Iterator[Control]:
        for there in self.child.hear():
            self._there = there
            self._desk.facts.list_midi_ports(there.inputs, there.outputs)
            for choice, source in self._waiting.values():
                try:
                    self._choose(there, choice.kind, choice.name)
                except PortError as error:
                    self._desk.troubles.refuse(error)
                    if source:
                        source.refused(choice, error)
            self._waiting.clear()
        if self._there:
            self._tell_missing(self._there)
        facts = self._desk.facts
        needed = facts.is_watched or facts.misses_ports or bool(self._waiting)
        if needed != self._is_needed:
            self._is_needed = needed
            self.child.rest(0 if needed else _UNTIL_NEEDED_NS)
            if not needed:
                self.child.send(encode_line(AskEnd()))
        yield from ()

    def claims(self, control: Control, source: Client | None = None) -> bool:
        if not isinstance(control, ChoosePort):
            return False
        if control.name and self._there is None:
            self._waiting[control.kind] = control, source
        else:
            self._waiting.pop(control.kind, None)
            self._choose(self._there, control.kind, control.name)
        return True

    def died(self, now_ns: int) -> Iterator[Control]:
        self._there = None
        yield from ()

    def _tell_missing(self, there: PortsThere) -> None:
        """Report the named ports that are not there. A name that fits several is the player's refusal."""
        for kind, name in self._desk.facts.take_missing():
            try:
                _find(there, kind, name)
            except AmbiguousPortError as error:
                self._desk.facts.refusal = error
            except PortError as error:
                self._desk.troubles.report(f"{error}; looking for it")

    def _choose(self, there: PortsThere | None, kind: PortKind, name: str) -> None:
        """Raises `PortError`, which lists the ports, if there is no such port."""
        if name and there:
            _find(there, kind, name)
        self._desk.connections.choose(kind, name)


def _find(there: PortsThere, kind: PortKind, name: str) -> None:
    """Raises `PortError`, which lists the ports, unless just one of them has the name."""
    if kind == "input":
        find_port(name, there.inputs, "input")
    else:
        find_port(name, there.outputs, "output")
