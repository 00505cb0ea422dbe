"""The client of the process that restores connections and ends the notes that the gate cannot end.

    Rescue --EndNotes--> patchbay process --PortsChanged--> LOOK --> gate

The process starts after the first note, so that it takes no time from it, and only if a MIDI port is open.
"""

from collections.abc import Iterator
from functools import partial
from sys import platform

from polate.control.commands import Control
from polate.control.player_state import NONE
from polate.gate.frames import Frame, Kind
from polate.patchbay.messages import Leave, PortsChanged, PortsChosen
from polate.player.client import Client, Desk
from polate.player.config import Config
from polate.player.output import outputs_of
from polate.runtime.clock import clock
from polate.runtime.line_stream import LineReader, encode_line
from polate.runtime.supervisor import Member

__all__ = ["PatchbayClient", "child_of", "open_client"]

_START_NS = 1_000_000_000
_UNTIL_NEEDED_NS = 2**62


def child_of(config: Config) -> Member | None:
    if platform != "linux":  # CoreMIDI and Windows offer no way to it that was tried
        return None
    virtual = {"virtual_outputs": None in outputs_of(config), "virtual_inputs": None in config.input_names}
    settings = {"api": config.midi_api, **virtual}
    return Member("patchbay", "polate.patchbay.process", settings, partial(LineReader, PortsChanged), lingers=True)


def open_client(desk: Desk, child: Member) -> Client:
    child.rest(_UNTIL_NEEDED_NS)
    return PatchbayClient(desk, child)


class PatchbayClient(Client):
    """Passes on what the gate's client asks for, and which ports were chosen."""

    def __init__(self, desk: Desk, child: Member) -> None:
        super().__init__(desk, child)
        self._start_ns = clock() + _START_NS
        self._is_needed = False
        self._outputs = desk.connections.wanted
        self._inputs = desk.connections.config.input_names

    @property
    def outlives_the_gate(self) -> bool:
        return True

    def commands(self, now_ns: int) -> Iterator[Control]:
        has_begun = self._desk.facts.played > 0 or now_ns >= self._start_ns
        if not self._is_needed and has_begun and self._has_ports():
            self._is_needed = True
            self.child.rest(0)
        if self.child.hear():
            self._desk.output.send([Frame(Kind.LOOK)])
        connections = self._desk.connections
        outputs, inputs = connections.wanted, connections.config.input_names
        if outputs != self._outputs or inputs != self._inputs:
            virtual = {"virtual_outputs": None in outputs, "virtual_inputs": None in inputs}
            self.child.give(**virtual)
            chosen = PortsChosen(outputs != self._outputs, inputs != self._inputs, **virtual)
            self.child.send(encode_line(chosen))
            self._outputs, self._inputs = outputs, inputs
        for ends in self._desk.rescue.take():
            self.child.send(encode_line(ends))
        yield from ()

    def part(self) -> None:
        for ends in self._desk.rescue.take():
            self.child.send(encode_line(ends))
        self.child.send(encode_line(Leave()))

    def _has_ports(self) -> bool:
        return any(self._desk.facts.port(kind) not in ("", NONE) for kind in ("output", "input"))
