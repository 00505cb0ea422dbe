"""Real parts for the tests: a JACK server, a controller, a receiver, and Polate as a process of its own."""

import contextlib
import ctypes
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, Self

import rtmidi
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from polate.errors import PortError
from polate.osc.client import running_polate
from polate.runtime.child_process import Child

PLAYER_OUT, PLAYER_IN = "Polate Out:Polate Out", "Polate In:Polate In"


def wait_until(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Poll until the condition holds; fails with what was waited for."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds:g} s for {what}")
        time.sleep(0.005)


@contextlib.contextmanager
def heeded(number: signal.Signals) -> Iterator[None]:
    """A process that is started meanwhile heeds a signal. It would inherit that this one ignores it: under nohup, as
    CI may run, pytest ignores SIGHUP."""
    before = signal.getsignal(number)
    if before is signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(number, before)


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def no_midi() -> dict[str, str]:
    """The environment of a process that is to find no JACK server."""
    return {**os.environ, "JACK_DEFAULT_SERVER": "no-such-server", "JACK_NO_START_SERVER": "1"}


def osc_message(address: str, *arguments: object) -> OscMessage:
    """As another program builds it: not by Polate's own hand."""
    builder = OscMessageBuilder(address)
    for argument in arguments:
        builder.add_arg(argument)
    return builder.build()


def osc_values(port: int, *addresses: str) -> list[str]:
    """What the Polate at an OSC port answers; nothing while it does not run yet."""
    with contextlib.suppress(PortError), running_polate("127.0.0.1", port) as client:
        return [client.value(address) for address in addresses]
    return []


def next_line(process: subprocess.Popen[str]) -> str:
    """Of what it prints; waits for it."""
    assert process.stdout is not None
    return process.stdout.readline()


def complaints_of_pure_data(stderr: str) -> list[str]:
    """The lines of its standard error, without what it says when a busy machine has made it wait."""
    return [line for line in stderr.splitlines() if not line.startswith("verbose(")]


class Reader(Protocol):
    """Cuts a byte stream into what it says."""

    def feed(self, data: bytes) -> Sequence[Any]: ...


def hear(source: Child | socket.socket, reader: Reader, seconds: float = 0.01) -> Sequence[Any]:
    """What a child process says next; nothing if that is not within so long."""
    sock, receive = (source.socket, source.receive) if isinstance(source, Child) else (source, source.recv)
    if not select.select([sock], [], [], seconds)[0]:
        return []
    try:
        return reader.feed(receive(65536))
    except BlockingIOError:  # the hello alone
        return []


class JackJammedError(Exception):
    """A test failed while its JACK server stood still."""


@dataclass
class JackServer:
    """jackd -S with the dummy driver: a real MIDI system without hardware. -S, or messages are lost now and then."""

    name: str
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def env(self) -> dict[str, str]:
        return {**os.environ, "JACK_DEFAULT_SERVER": self.name, "JACK_NO_START_SERVER": "1"}

    def start(self) -> None:
        command = ["jackd", "-S", "-r", "-n", self.name, "-d", "dummy", "-r", "48000", "-p", "64"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self.env)
        wait_until(lambda: "system:capture_1" in self.ports(), 10, "jackd to answer")

    def runs(self) -> bool:
        """Whether its cycles go on. On a busy machine jackd's graph jams now and then, with every client and the server
        waiting for one another, and stays so."""
        import jack  # here, for it needs libjack

        client = jack.Client("watch", no_start_server=True, servername=self.name)
        try:
            began, end = client.last_frame_time, time.monotonic() + 2
            while client.last_frame_time - began < 10 * client.blocksize:
                if time.monotonic() > end:
                    return False
                time.sleep(0.01)
            return True
        finally:
            client.close()

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def ports(self) -> list[str]:
        listing = subprocess.run(["jack_lsp"], capture_output=True, text=True, env=self.env, check=False)
        return listing.stdout.split("\n")

    def connections(self, port: str) -> list[str]:
        """The ports that a port is connected to."""
        listing = subprocess.run(["jack_lsp", "-c"], capture_output=True, text=True, env=self.env, check=False)
        found, is_of_port = [], False
        for line in listing.stdout.split("\n"):
            if line.startswith(" "):
                found += [line.strip()] * is_of_port
            else:
                is_of_port = line == port
        return found

    def connect(self, source: str, destination: str) -> None:
        """The server may refuse at first: while it is busy, and while a program has its ports but is not active, as
        Ardour at its start. Polate may have connected them itself."""
        command = ["jack_connect", source, destination]
        wait_until(
            lambda: (
                destination in self.connections(source)
                or subprocess.run(command, env=self.env, check=False, capture_output=True).returncode == 0
            ),
            30,
            f"{source} to be connected to {destination}",
        )

    def __enter__(self) -> Self:
        self.start()
        os.environ["JACK_DEFAULT_SERVER"] = self.name  # for the rig's own clients
        os.environ["JACK_NO_START_SERVER"] = "1"
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        del os.environ["JACK_DEFAULT_SERVER"]


@dataclass(frozen=True)
class Heard:
    """A message that came to the receiver."""

    at: float  # time.monotonic()
    data: tuple[int, ...]


class Receiver:
    """Stands for the DAW: a JACK client that writes down what comes, with its time."""

    def __init__(self, name: str = "daw") -> None:
        self._client = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name=name, queue_size_limit=65536)
        self._client.ignore_types(timing=False)
        self._client.open_virtual_port(name)
        self.heard: list[Heard] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._poll)
        self._thread.start()

    def _poll(self) -> None:
        while not self._stop.wait(0.0005):
            while (received := self._client.get_message()) is not None:
                self.heard.append(Heard(time.monotonic(), tuple(received[0])))

    def note_ons(self, since: int = 0) -> list[int]:
        return [h.data[1] for h in self.heard[since:] if h.data[0] & 0xF0 == 0x90 and h.data[2]]

    def sounding(self) -> set[tuple[int, int]]:
        """The (channel, note) pairs that have begun and not ended."""
        sounding: set[tuple[int, int]] = set()
        for heard in [heard for heard in self.heard if len(heard.data) == 3]:
            status, note = heard.data[0], heard.data[1]
            if status & 0xF0 == 0x90 and heard.data[2]:
                sounding.add((status & 0x0F, note))
            elif status & 0xF0 in (0x80, 0x90):
                sounding.discard((status & 0x0F, note))
            elif status & 0xF0 == 0xB0 and note in (120, 123):
                sounding = {pair for pair in sounding if pair[0] != status & 0x0F}
        return sounding

    def clock(self, since: int = 0) -> list[Heard]:
        """Clock ticks, start, stop, continue and song positions."""
        return [heard for heard in self.heard[since:] if heard.data[0] >= 0xF0]

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self._client.close_port()
        self._client.delete()


class Controller:
    """Stands for eight knobs."""

    def __init__(self, name: str = "knobs") -> None:
        self._client = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name=name)
        self._client.open_virtual_port(name)

    def turn(self, control: int, value: int) -> None:
        self._client.send_message([0xB0, control, value])

    def send(self, message: Sequence[int]) -> None:
        self._client.send_message(message)

    def close(self) -> None:
        self._client.close_port()
        time.sleep(0.02)
        self._client.delete()


@dataclass(frozen=True)
class Summary:
    """What Polate says of itself at the end."""

    played: int
    late: int
    dropped: int
    controls: int
    refused: int


class Rig:
    """knobs -> Polate -> daw, on one JACK server."""

    def __init__(self, jack: JackServer) -> None:
        self.jack = jack
        self.daw = Receiver()
        try:
            self.knobs = Controller()
        except BaseException:  # a busy server refuses a client now and then
            self.daw.close()  # else its thread would keep pytest from ending
            raise
        self.processes: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=10)
            if process.poll() is None:
                process.kill()
                process.communicate()
        self.daw.close()
        self.knobs.close()

    def stop(self, process: subprocess.Popen[str]) -> "Summary":
        """Interrupt Polate and read its last line."""
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        counts = re.search(r"stopped: (\d+) notes, (\d+) late, (\d+) dropped; (\d+) controls, (\d+) refused", out)
        assert counts, (out, err)
        return Summary(*map(int, counts.groups()))

    def owns(self, process: subprocess.Popen[str]) -> None:
        """Have a process stopped at the end."""
        self.processes.append(process)

    def play(self, *options: str) -> subprocess.Popen[str]:
        """Start `polate play --no-display`, connected to the knobs and the daw; returns when notes are heard."""
        process = start_polate(*options, env=self.jack.env)
        self.owns(process)

        def ports_are_there() -> bool:
            if process.poll() is not None:
                raise AssertionError(f"Polate ended: {process.communicate()}")
            return {PLAYER_OUT, PLAYER_IN} <= set(self.jack.ports())

        wait_until(ports_are_there, 20, "Polate's ports")
        self.jack.connect(PLAYER_OUT, "daw:daw")
        self.jack.connect("knobs:knobs", PLAYER_IN)
        heard = len(self.daw.heard)
        wait_until(lambda: len(self.daw.heard) > heard, 10, "the first note")
        return process


def middle_of_the_map(options: Sequence[str]) -> list[str]:
    """The options for a start in the middle of the map, unless these options say where."""
    if any(option.partition("=")[0] in ("--place", "--model", "--config") for option in options):
        return []
    return ["--place", ",".join(["0"] * 8)]


def start_polate(
    *options: str, env: dict[str, str] | None = None, stderr: int = subprocess.PIPE
) -> subprocess.Popen[str]:
    page = [] if any(option.startswith("--web") for option in options) else ["--no-web"]
    command = [
        sys.executable,
        "-P",
        "-m",
        "polate",
        "play",
        "--no-display",
        *page,
        *middle_of_the_map(options),
        *options,
    ]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=stderr, text=True, env=env, stdin=subprocess.DEVNULL
    )


@contextlib.contextmanager
def playing(*options: str, env: dict[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """Polate without a rig; interrupted at the end."""
    process = start_polate(*options, env=env)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def hang(pid: int) -> None:
    """Stop the main thread of a process as a debugger does. SIGCONT does not continue it; SIGKILL ends it."""
    libc = ctypes.CDLL(None, use_errno=True)
    for request in (0x4206, 0x4207):  # PTRACE_SEIZE, PTRACE_INTERRUPT (ptrace(2))
        if libc.ptrace(request, pid, None, None):
            raise OSError(ctypes.get_errno(), "ptrace")

    def reap() -> None:  # the parent learns of the end only after the debugger
        while not os.WIFSIGNALED(os.waitpid(pid, 0x40000000)[1]):  # __WALL
            pass

    threading.Thread(target=reap, daemon=True).start()


def children_of(pid: int) -> dict[str, int]:
    """Polate's child processes, by module name."""
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        with contextlib.suppress(OSError):
            with open(f"/proc/{entry}/stat") as file:
                parent = int(file.read().rsplit(")", 1)[1].split()[1])
            if parent == pid:
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    words = file.read().decode().split("\0")
                if "-m" in words:  # not while it is being started, or dead
                    found[words[words.index("-m") + 1]] = int(entry)
    return found
