"""ALSA's sequencer ports and connections: the kernel's list, read ten times a second, and libasound to connect.

    /proc/asound/seq/clients --parse_clients--> Client, Port --AlsaGraph.look--> Look

The list has been read with texts in the kernel's format (sound/core/seq/seq_clientmgr.c), but this module has not been
tried on a machine with a sequencer.
"""

import ctypes
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from polate.midi.port_names import VIRTUAL_INPUT, VIRTUAL_OUTPUT
from polate.patchbay.cables import Cable, Look
from polate.patchbay.port_news import News

__all__ = ["AlsaGraph", "Port", "parse_clients"]

_CLIENTS = Path("/proc/asound/seq/clients")
_MOST_BYTES = 2**20

_CLIENT = re.compile(r'Client\s+(\d+) : "(.*)" \[')
_PORT = re.compile(r'\s+Port\s+(\d+) : "(.*)" \(([^)]*)\)')
_TO = re.compile(r"\s+Connecting To: (.*)")
_ADDRESS = re.compile(r"(\d+):(\d+)")
_IN_BRACKETS = re.compile(r"\[[^]]*\]")

Address = tuple[int, int]
"""The numbers of a client and of its port."""


@dataclass(frozen=True, slots=True)
class Port:
    """A port as the kernel lists it."""

    address: Address
    client: str
    name: str
    access: str  # as in "RWeX": R to read from, W to write to
    to: tuple[Address, ...] = ()  # that it plays to


def parse_clients(text: str) -> list[Port]:
    """The ports in the text of /proc/asound/seq/clients. Lines of another form are left out."""
    ports: list[Port] = []
    number, name = -1, ""
    for line in text.splitlines():
        if found := _CLIENT.match(line):
            number, name = int(found[1]), found[2]
        elif found := _PORT.match(line):
            ports.append(Port((number, int(found[1])), name, found[2], found[3]))
        elif ports and (found := _TO.match(line)):
            last, listed = ports[-1], _ADDRESS.findall(_IN_BRACKETS.sub("", found[1]))
            ports[-1] = Port(
                last.address, last.client, last.name, last.access, tuple((int(a), int(b)) for a, b in listed)
            )
    return ports


class AlsaGraph:
    """The sequencer. It has no callbacks here: `news` compares the list with the one before.

    The list names no processes: beside another Polate, this one restores the other's connections too.
    """

    poll_seconds = 0.1
    period_seconds = 0.0

    def __init__(self, sequencer: Any, read: Callable[[], str], connect: Callable[[Address, Address], bool]) -> None:
        self._sequencer, self._read, self._connect = sequencer, read, connect
        self._text = ""
        self._addresses: dict[str, Address] = {}

    @classmethod
    def open(cls) -> Self:
        """Raises `OSError` if there is no sequencer."""
        _read()
        library = ctypes.CDLL("libasound.so.2")
        sequencer = ctypes.c_void_p()
        if library.snd_seq_open(ctypes.byref(sequencer), b"default", 3, 0) < 0:  # SND_SEQ_OPEN_DUPLEX
            raise OSError("the ALSA sequencer does not answer")
        library.snd_seq_set_client_name(sequencer, b"Polate Patchbay")
        return cls(sequencer, _read, lambda source, destination: _subscribe(library, sequencer, source, destination))

    def fileno(self) -> int:
        """None to wait for: -1."""
        return -1

    def news(self) -> News:
        """What differs from the last look."""
        before = self._names_of(self._text)
        try:
            text = self._read()
        except OSError:
            return News(died=True)
        if text == self._text:
            return News()
        self._text = text
        after = self._names_of(text)
        return News(come=bool(after - before), gone=bool(before - after), cabled=True)

    def look(self, ends: str = "") -> Look:
        """All ports, and the connections of Polate's."""
        ports = parse_clients(self._text)
        names = _names(ports)
        self._addresses = {name: address for address, name in names.items()}
        outputs = {names[port.address] for port in ports if port.name == VIRTUAL_OUTPUT == port.client}
        inputs = {names[port.address] for port in ports if port.name == VIRTUAL_INPUT == port.client}
        cables: set[Cable] = {(names[port.address], names[to]) for port in ports for to in port.to if to in names}
        own = {cable for cable in cables if cable[0] in outputs or cable[1] in inputs or cable[0] == ends}
        return Look(frozenset(self._addresses), frozenset(outputs), frozenset(inputs), frozenset(own), ends)

    def connect(self, cable: Cable) -> bool:
        source, destination = (self._addresses.get(name) for name in cable)
        return source is not None and destination is not None and self._connect(source, destination)

    def disconnect(self, cable: Cable) -> None:
        """Nothing: ALSA's connections of the port that ends notes stay until a process ends."""

    def runs(self) -> bool:
        """Always: the kernel delivers what is sent."""
        return True

    def abandon(self) -> None:
        """The kernel closes the sequencer with the process."""

    @staticmethod
    def _names_of(text: str) -> set[tuple[Address, str, str]]:
        return {(port.address, port.client, port.name) for port in parse_clients(text)}


def _names(ports: list[Port]) -> dict[Address, str]:
    """A name for each port that stays when the machine gives its client another number."""
    names: dict[Address, str] = {}
    for port in ports:
        name = f"{port.client}:{port.name}"
        same = sum(other.partition("#")[0] == name for other in names.values())
        names[port.address] = f"{name}#{same + 1}" if same else name
    return names


def _read() -> str:
    with open(_CLIENTS, encoding="utf-8", errors="replace") as file:
        return file.read(_MOST_BYTES)


class _Address(ctypes.Structure):
    """snd_seq_addr_t"""

    _fields_ = (("client", ctypes.c_ubyte), ("port", ctypes.c_ubyte))


def _subscribe(library: Any, sequencer: Any, source: Address, destination: Address) -> bool:
    """Connect two ports of other clients, as aconnect does."""
    subscription = ctypes.c_void_p()
    if library.snd_seq_port_subscribe_malloc(ctypes.byref(subscription)) < 0:
        return False
    try:
        library.snd_seq_port_subscribe_set_sender(subscription, ctypes.byref(_Address(*source)))
        library.snd_seq_port_subscribe_set_dest(subscription, ctypes.byref(_Address(*destination)))
        return bool(library.snd_seq_subscribe_port(sequencer, subscription) == 0)
    finally:
        library.snd_seq_port_subscribe_free(subscription)
