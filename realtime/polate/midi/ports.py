"""MIDI ports through python-rtmidi: which system there is, its ports by name, opening and closing.

Source of the traps named here: each was tried with python-rtmidi 1.5.8.
"""

import contextlib
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import rtmidi

from polate.errors import PortError

__all__ = [
    "APIS",
    "VIRTUAL_INPUT",
    "VIRTUAL_OUTPUT",
    "InputPort",
    "MidiSystem",
    "OutputPort",
    "find_port",
    "find_system",
    "open_input",
    "open_output",
    "what_is_missing",
]

APIS = {
    "alsa": rtmidi.API_LINUX_ALSA,
    "jack": rtmidi.API_UNIX_JACK,
    "coremidi": rtmidi.API_MACOSX_CORE,
    "winmm": rtmidi.API_WINDOWS_MM,
}
VIRTUAL_OUTPUT, VIRTUAL_INPUT = "Polate Out", "Polate In"
NO_VIRTUAL_PORTS = (
    "Windows has no virtual MIDI ports: make two with loopMIDI or Windows MIDI Services, and name them with "
    "--output and --input"
)

# A JACK client that cannot reach a server starts one unless it is told not to.
os.environ.setdefault("JACK_NO_START_SERVER", "1")


P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class MidiSystem:
    """A MIDI system that answers on this machine."""

    name: str  # a key of APIS

    @property
    def has_virtual_ports(self) -> bool:
        return self.name != "winmm"

    def outputs(self) -> list[str]:
        """The ports that can be played to."""
        return self._names(rtmidi.MidiOut)

    def inputs(self) -> list[str]:
        """The ports that can be listened to."""
        return self._names(rtmidi.MidiIn)

    def _names(self, kind: Any) -> list[str]:
        client = kind(APIS[self.name], name="Polate")
        try:
            return list(client.get_ports())
        finally:
            client.delete()


def find_system(wanted: str = "auto") -> MidiSystem | None:
    """The MIDI system asked for, or the first there is; None if it does not answer.

    On Linux ALSA comes before JACK: where both are, more programs see ALSA's ports.
    """
    for name in _candidates(wanted):
        with contextlib.suppress(_NoSystemError):
            _client(rtmidi.MidiOut, MidiSystem(name), "Polate").delete()
            return MidiSystem(name)
    return None


def _candidates(wanted: str) -> Iterator[str]:
    """The systems that may answer."""
    compiled = rtmidi.get_compiled_api()
    for name, api in APIS.items():
        if wanted in ("auto", name) and api in compiled and (name != "alsa" or os.path.exists("/dev/snd/seq")):
            yield name


class _NoSystemError(Exception):
    """This MIDI system does not answer."""


def _client(kind: Any, system: MidiSystem, name: str) -> Any:
    try:
        return kind(APIS[system.name], name=name)
    except Exception as error:  # rtmidi.SystemError is not a subclass of anything more telling
        raise _NoSystemError from error


def what_is_missing(wanted: str = "auto") -> str:
    """Why there is no port: which MIDI systems were looked for, and what to install, for this operating system."""
    if (system := find_system(wanted)) and not system.has_virtual_ports:
        return NO_VIRTUAL_PORTS
    if sys.platform == "darwin":
        return "no MIDI: CoreMIDI did not answer. Open Audio MIDI Setup once, or restart the MIDI server."
    if sys.platform == "win32":
        return "no MIDI: Windows Multimedia (WinMM) did not answer."
    looked = {
        "alsa": "the ALSA sequencer (/dev/snd/seq)",
        "jack": f"a JACK server (named {os.environ.get('JACK_DEFAULT_SERVER', 'default')!r})",
    }
    if wanted != "auto":
        return f"no MIDI: looked for {looked.get(wanted, wanted)}, and it did not answer."
    return (
        f"no MIDI: looked for {looked['alsa']} and for {looked['jack']}, and neither answered. "
        "Load the sequencer ('sudo modprobe snd-seq'), or install and start JACK "
        "('sudo apt install jackd2', then 'jackd -d dummy', or '-d alsa' for a sound card)."
    )


_ALSA_CLIENT, _ALSA_NUMBERS = re.compile(r" \d+(?=:\d+$)"), re.compile(r" \d+:\d+$")  # as in "nanoKONTROL2 24:0"


def find_port(wanted: str, names: Sequence[str], kind: str) -> int:
    """The place of a port: by its exact name, else by a part of it that only one has.

    ALSA puts a client's and a port's number behind a name, and gives the client another one after the next boot or the
    next time it is plugged in. So a name that was asked for with its numbers is looked for without the client's, and
    then without both.

    Raises `PortError`, listing the candidates, if there is none or more than one.
    """
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
            candidates = ", ".join(repr(names[place]) for place in places)
            raise PortError(f"MIDI {kind} {wanted!r} could be any of {candidates}: give more of its name")
    there = ", ".join(map(repr, names)) or "none"
    raise PortError(f"there is no MIDI {kind} {wanted!r}; there are: {there}")


def open_output(wanted: str | None, api: str) -> "OutputPort":
    """A port to play to: by name, or Polate's own virtual one. Raises `PortError`."""
    return _open(OutputPort, api, wanted)


def open_input(wanted: str | None, api: str) -> "InputPort":
    """A port to listen to: by name, or Polate's own virtual one. Raises `PortError`."""
    return _open(InputPort, api, wanted)


def _open(kind: Callable[[MidiSystem, str | None], P], api: str, wanted: str | None) -> P:
    """On the first system that answers: a JACK client takes 30 ms, so none is opened just to ask."""
    for name in _candidates(api):
        with contextlib.suppress(_NoSystemError):
            return kind(MidiSystem(name), wanted)
    raise PortError(what_is_missing(api))


# closePort waits until the driver has taken what is in the buffer, and takes the port away in the middle of the cycle
# that should have delivered it.
_LAST_WORDS_SECONDS = 0.05

_ABANDONED: list["_Port"] = []


class _Port:
    """An open rtmidi client. Closed by `close`; deleting the object alone would leave the port there."""

    def __init__(self, kind: Any, system: MidiSystem, wanted: str | None, virtual: str, word: str) -> None:
        """Raises `PortError` if the port cannot be had. ``word``: input or output."""
        before = _thread_ids()
        self._client = _client(kind, system, virtual)
        try:
            if wanted is None and not system.has_virtual_ports:
                raise PortError(NO_VIRTUAL_PORTS)
            self._peer = None
            if wanted is None:
                self._client.open_virtual_port(virtual)
            else:
                names = self._client.get_ports()
                place = find_port(wanted, names, word)
                self._client.open_port(place, virtual)
                self._peer = names[place]
        except PortError:
            self._client.delete()
            raise
        except Exception as error:
            self._client.delete()
            raise PortError(f"cannot open MIDI {word} {wanted or virtual!r}: {error}") from error
        self._driver = _thread_ids() - before if system.name == "jack" else set()

    def alive(self) -> bool:
        """False once the JACK server has died, or the named port has gone."""
        return self._server_alive() and (self._peer is None or self._peer in self._client.get_ports())

    def _server_alive(self) -> bool:
        """rtmidi says nothing of a server's death: sends "succeed" until a buffer of 16 KiB is full, then spin for
        ever. But libjack's own thread ends with the server, at once."""
        return self._driver <= _thread_ids()

    def abandon(self) -> None:
        """Be rid of it. A client whose server is dead is left as it is: closing it would take a second."""
        if self._server_alive():
            self.close()
        else:
            _ABANDONED.append(self)

    def close(self) -> None:
        """Let what was sent go out, and take the port away; a second call does nothing."""
        if self._client is not None:
            time.sleep(_LAST_WORDS_SECONDS)
            self._client.close_port()
            self._client.delete()
            self._client = None


class OutputPort(_Port):
    """A MIDI output: by name, or a virtual one."""

    def __init__(self, system: MidiSystem, wanted: str | None = None) -> None:
        super().__init__(rtmidi.MidiOut, system, wanted, VIRTUAL_OUTPUT, "output")

    def send(self, data: Sequence[int]) -> None:
        """Send one whole message now, its bytes 0..255. Raises what rtmidi raises for one that it refuses; that a JACK
        server has died is no error (see `alive`)."""
        self._client.send_message(data)


class InputPort(_Port):
    """A MIDI input: by name, or a virtual one. Polled.

    Not by callback: closing a port whose callback is being called ended in a segfault (10 of 10) or a deadlock.
    """

    def __init__(self, system: MidiSystem, wanted: str | None = None) -> None:
        super().__init__(rtmidi.MidiIn, system, wanted, VIRTUAL_INPUT, "input")
        self._client.ignore_types(sysex=True, timing=False, active_sense=False)

    def messages(self) -> Iterator[tuple[list[int], float]]:
        """The messages that have come since the last call, oldest first: bytes, and seconds since the one before."""
        while (received := self._client.get_message()) is not None:
            yield received


def _thread_ids() -> set[str]:
    try:
        return set(os.listdir("/proc/self/task"))
    except OSError:
        return set()
