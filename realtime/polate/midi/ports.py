"""MIDI ports through python-rtmidi: the MIDI systems of this machine, their ports, opening and closing.

The comments on the behaviour of python-rtmidi come from our own trials with version 1.5.8.
"""

import contextlib
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self, TypeVar

from polate.errors import PortError, printable
from polate.midi.driver_calls import MOST_WAITING, DriverCalls
from polate.midi.kept_port import Heard
from polate.midi.port_names import VIRTUAL_ENDS, VIRTUAL_INPUT, VIRTUAL_OUTPUT

__all__ = [
    "APIS",
    "VIRTUAL_INPUT",
    "VIRTUAL_OUTPUT",
    "AmbiguousPortError",
    "EndsPort",
    "InputPort",
    "MidiSystem",
    "OutputPort",
    "find_port",
    "find_system",
    "list_ports",
    "open_input",
    "open_output",
    "systems",
    "what_is_missing",
]

try:
    import rtmidi

    _WHY_NO_RTMIDI = ""
except ImportError as _error:  # not installed, or a library of the system is missing
    rtmidi, _WHY_NO_RTMIDI = None, str(_error)

APIS = {"alsa": "API_LINUX_ALSA", "jack": "API_UNIX_JACK", "coremidi": "API_MACOSX_CORE", "winmm": "API_WINDOWS_MM"}
"""The MIDI systems, and the name of each in rtmidi."""
NO_VIRTUAL_PORTS = (
    "Windows has no virtual MIDI ports: make two with loopMIDI or Windows MIDI Services, and name them with "
    "--output and --input"
)

# Without this, a JACK client that cannot reach a server starts one.
os.environ.setdefault("JACK_NO_START_SERVER", "1")


P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class MidiSystem:
    """A MIDI system that is running on this machine."""

    name: str  # a key of APIS

    @property
    def has_virtual_ports(self) -> bool:
        """Whether a program can make ports of its own."""
        return self.name != "winmm"

    def outputs(self) -> list[str]:
        """The names of the ports to play to."""
        return self._names("MidiOut")

    def inputs(self) -> list[str]:
        """The names of the ports to listen to."""
        return self._names("MidiIn")

    def _names(self, kind: str) -> list[str]:
        client = _client(kind, self, "Polate")
        try:
            return list(client.get_ports())
        finally:
            client.delete()


def find_system(wanted: str = "auto") -> MidiSystem | None:
    """The wanted MIDI system, or with "auto" the first one that answers; None if none answers.

    On Linux, ALSA is tried before JACK, because more programs can see its ports.
    """
    for system in systems(wanted):
        with contextlib.suppress(_NoSystemError):
            _client("MidiOut", system, "Polate").delete()
            return system
    return None


_OWN = re.compile(rf"({VIRTUAL_OUTPUT}|{VIRTUAL_INPUT}|{VIRTUAL_ENDS}):")


def list_ports(wanted: str = "auto") -> tuple[list[str], list[str]]:
    """The inputs and outputs of the first MIDI system that answers, without Polate's own; none if none answers.

    On JACK this takes 30 to 300 ms, and two clients come and go.
    """
    for system in systems(wanted):
        with contextlib.suppress(_NoSystemError):
            inputs, outputs = (
                [port for port in ports if not _OWN.match(port)] for ports in (system.inputs(), system.outputs())
            )
            return inputs, outputs
    return [], []


def systems(wanted: str = "auto") -> Iterator[MidiSystem]:
    """The systems to try: those that are wanted, compiled into rtmidi, and possible on this machine."""
    if rtmidi is None:
        return
    compiled = rtmidi.get_compiled_api()
    for name, api in APIS.items():
        if (
            wanted in ("auto", name)
            and getattr(rtmidi, api) in compiled
            and (name != "alsa" or os.path.exists("/dev/snd/seq"))
        ):
            yield MidiSystem(name)


class _NoSystemError(Exception):
    """The MIDI system does not answer."""


def _client(kind: str, system: MidiSystem, name: str) -> Any:
    """A new rtmidi client, ``kind`` MidiIn or MidiOut, without a port. Raises `_NoSystemError`."""
    limits = {"queue_size_limit": MOST_WAITING} if kind == "MidiIn" else {}
    try:
        return getattr(rtmidi, kind)(getattr(rtmidi, APIS[system.name]), name=name, **limits)
    except Exception as error:  # rtmidi's own errors have no closer common base
        raise _NoSystemError from error


def _no_rtmidi(why: str) -> str:
    """What to install where python-rtmidi cannot be imported. ``why``: the error."""
    if "libasound" in why:
        return f"no MIDI: {why}. Install it ('sudo apt install libasound2')."
    if "libjack" in why:
        return f"no MIDI: {why}. Install it ('sudo apt install libjack-jackd2-0')."
    tools = (
        " ('sudo apt install g++ pkg-config python3-dev libasound2-dev libjack-jackd2-dev')"
        if sys.platform == "linux"
        else ""
    )
    return (
        "no MIDI: python-rtmidi is not installed. Polate plays to the page, to OSC and to files. For MIDI use Python "
        f"3.11 or 3.12, or build it: {sys.executable} -m pip install python-rtmidi; it needs a C++ compiler{tools}."
    )


def what_is_missing(wanted: str = "auto") -> str:
    """Why no port can be opened: the MIDI systems that were tried, and what to install on this operating system."""
    if rtmidi is None:
        return _no_rtmidi(_WHY_NO_RTMIDI)
    if (system := find_system(wanted)) and not system.has_virtual_ports:
        return NO_VIRTUAL_PORTS
    if sys.platform == "darwin":
        return "no MIDI: CoreMIDI does not answer. Open Audio MIDI Setup once, or restart the MIDI server."
    if sys.platform == "win32":
        return "no MIDI: Windows Multimedia (WinMM) does not answer."
    systems = {
        "alsa": "the ALSA sequencer (/dev/snd/seq)",
        "jack": f"a JACK server (named {os.environ.get('JACK_DEFAULT_SERVER', 'default')!r})",
    }
    if wanted != "auto":
        return f"no MIDI: {systems.get(wanted, wanted)} does not answer."
    return (
        f"no MIDI: neither {systems['alsa']} nor {systems['jack']} answers. "
        "Load the sequencer ('sudo modprobe snd-seq'), or install and start JACK "
        "('sudo apt install jackd2', then 'jackd -d dummy', or '-d alsa' for a sound card)."
    )


_LONGEST_NAME = 1000
_ALSA_CLIENT, _ALSA_NUMBERS = re.compile(r" \d+(?=:\d+$)"), re.compile(r" \d+:\d+$")  # as in "nanoKONTROL2 24:0"


class AmbiguousPortError(PortError):
    """More than one port fits a name."""


def find_port(wanted: str, names: Sequence[str], kind: str) -> int:
    """The index of a port in ``names``: by its exact name, or by a part of it that no other port has.

    ALSA appends the numbers of the client and the port to a name. The client's number can change when the machine boots
    or the device is plugged in again. So if the exact name is not there, the search leaves out the client's number, and
    then both numbers.

    Control and escape characters of a name can be given as they are shown.

    Raises `PortError`, which lists the candidates, if no port fits, and `AmbiguousPortError` if more than one does.
    """
    wanted, *names = (printable(name, _LONGEST_NAME) for name in (wanted, *names))
    bare = _ALSA_NUMBERS.sub("", wanted)
    for match in (
        lambda name: name == wanted,
        lambda name: _ALSA_CLIENT.sub("", name) == _ALSA_CLIENT.sub("", wanted),
        lambda name: _ALSA_NUMBERS.sub("", name) == bare,
        lambda name: bare.lower() in name.lower(),
    ):
        places = [place for place, name in enumerate(names) if match(name)]
        if len(places) == 1:
            return places[0]
        if places:
            candidates = ", ".join(f"'{names[place]}'" for place in places)
            raise AmbiguousPortError(f"MIDI {kind} '{wanted}' could be any of {candidates}: give more of its name")
    there = ", ".join(f"'{name}'" for name in names) or "none"
    raise PortError(f"there is no MIDI {kind} '{wanted}'; there are: {there}")


def open_output(wanted: str | None, api: str) -> "OutputPort":
    """Open an output by name, or for None a virtual one, "Polate Out". Raises `PortError`."""
    return _open(OutputPort.open, api, wanted)


def open_input(wanted: str | None, api: str) -> "InputPort":
    """Open an input by name, or for None a virtual one, "Polate In". Raises `PortError`."""
    return _open(InputPort.open, api, wanted)


def _open(open_port: Callable[[MidiSystem, str | None], P], api: str, wanted: str | None) -> P:
    """Open a port on the first system that answers. No client is opened only to ask: a JACK client takes 30 ms."""
    for system in systems(api):
        with contextlib.suppress(_NoSystemError):
            return open_port(system, wanted)
    raise PortError(what_is_missing(api))


# closePort waits until the driver has read the buffer, but then removes the port within the cycle that should deliver
# the messages. Without a pause before it, the last note-offs can be lost.
_LAST_WORDS_SECONDS = 0.05

_ABANDONED: list["_Port"] = []


class _Port:
    """An open rtmidi client. It must be closed by `close`: deleting the Python object leaves the port open."""

    _KIND: ClassVar[str]  # the class of rtmidi
    _VIRTUAL: ClassVar[str]  # the name of the virtual port
    _WORD: ClassVar[str]  # input or output, for messages

    def __init__(self, client: Any) -> None:
        self._client = client  # None once it is closed
        self._peer: str | None = None  # the name of the port that it is connected to; None: it is a virtual port
        self._driver: set[str] = set()  # the ids of the threads of libjack; empty for other systems

    @classmethod
    def open(cls, system: MidiSystem, wanted: str | None = None) -> Self:
        """Open the port with this name, or for None a virtual port. Raises `PortError` if it cannot be opened."""
        before = _thread_ids()
        port = cls(_client(cls._KIND, system, cls._VIRTUAL))
        try:
            port._connect(system, wanted)
        except PortError:
            port._client.delete()
            raise
        except Exception as error:
            port._client.delete()
            raise PortError(f"cannot open MIDI {cls._WORD} {wanted or cls._VIRTUAL!r}: {error}") from error
        if system.name == "jack":
            port._driver = _thread_ids() - before
        return port

    def _connect(self, system: MidiSystem, wanted: str | None) -> None:
        """Open the client's port."""
        if wanted is None:
            if not system.has_virtual_ports:
                raise PortError(NO_VIRTUAL_PORTS)
            self._client.open_virtual_port(self._VIRTUAL)
            return
        names: list[str] = self._client.get_ports()
        index = find_port(wanted, names, self._WORD)
        self._client.open_port(index, self._VIRTUAL)
        self._peer = names[index]

    def alive(self) -> bool:
        """False if the JACK server has died or the named port has gone."""
        return self._server_alive() and (self._peer is None or self._peer in self._client.get_ports())

    def find(self, wanted: str) -> None:
        """Look for another port without opening a client. Raises `PortError` if there is none with this name."""
        if self._server_alive():
            try:
                names = self._client.get_ports()
            except Exception as error:  # an error of rtmidi
                raise PortError(f"cannot list the MIDI {self._WORD}s: {error}") from error
            find_port(wanted, names, self._WORD)

    def reachable(self) -> bool:
        """Does the MIDI system still take messages for this port? Where they arrive is another matter (see `alive`)."""
        return self._server_alive()

    def _server_alive(self) -> bool:
        """Whether the JACK server still runs, seen by libjack's own thread, which ends with it at once.

        rtmidi does not report that a server has died: sending "succeeds" until a buffer of 16 KiB is full, and then
        never returns.
        """
        return self._driver <= _thread_ids()

    def abandon(self) -> None:
        """Give the port up. The client of a dead server stays open, because closing it would take a second."""
        if self._server_alive():
            self.close()
        else:
            _ABANDONED.append(self)

    def close(self) -> None:
        """Wait until sent messages are delivered, and close the port. A second call does nothing."""
        if self._client is not None:
            time.sleep(_LAST_WORDS_SECONDS)
            self._client.close_port()
            self._client.delete()
            self._client = None


class OutputPort(_Port):
    """A MIDI output: by name, or a virtual one."""

    _KIND, _VIRTUAL, _WORD = "MidiOut", VIRTUAL_OUTPUT, "output"

    def send(self, data: Sequence[int]) -> None:
        """Send one complete message now, as bytes 0..255.

        Raises rtmidi's own error if it refuses the message. A dead JACK server is not an error here (see `alive`).
        """
        self._client.send_message(data)


class EndsPort(OutputPort):
    """The virtual output for what the gate cannot end: "Polate Ends"."""

    _VIRTUAL = VIRTUAL_ENDS


class InputPort(_Port):
    """A MIDI input: by name, or a virtual one. A thread of the driver hands over each message.

    The driver must not call while the port is closed: python-rtmidi then holds the interpreter, for which the call
    waits (a deadlock), or frees what the call uses (a segfault). So `close` takes the callback away first, and waits
    until a call that has begun is over (`benchmarks/closes.py`: 550 of 550 closes under traffic).
    """

    _KIND, _VIRTUAL, _WORD = "MidiIn", VIRTUAL_INPUT, "input"

    def __init__(self, client: Any) -> None:
        super().__init__(client)
        client.ignore_types(sysex=True, timing=False, active_sense=False)
        self._calls = DriverCalls(client)

    def hear(self, heard: Heard) -> None:
        """Hand over each message from now on, and those that have come already. What ``heard`` raises is lost."""
        self._calls.hear(heard)

    def pause(self) -> None:
        """Hand over no message until `go_on`: the driver keeps them. One may still be on its way."""
        self._calls.pause()

    def go_on(self) -> None:
        """Hand over what has come since `pause`, and each message from now on."""
        self._calls.go_on()

    def alive(self) -> bool:
        """False if the JACK server has died or the named port has gone. It also ends the wait of a message that came
        at the end of a pause."""
        self._calls.look_again()
        return super().alive()

    def close(self) -> None:
        """Close the port. A second call does nothing."""
        if self._client is not None:
            self.pause()
            super().close()


def _thread_ids() -> set[str]:
    try:
        return set(os.listdir("/proc/self/task"))
    except OSError:
        return set()
