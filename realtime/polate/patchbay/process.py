"""The process that restores connections, and that ends the notes that the gate cannot end.

    MIDI system --what changes--> [Patchbay] --connect--> MIDI system
    player --EndNotes--> "Polate Ends", a port of its own --note-offs--> the ports that the gate plays to
           <--PortsChanged--

A virtual port goes with the process that has it, and the next process's port is connected to nobody. A receiver that
goes and comes back is a new port for JACK. So this process, which does nothing else, remembers what was connected, and
connects it again. If the player and the gate are killed together, it sees the player's socket close and ends
everything that sounds on the ports that the gate played to.

Its own port is always there, and connected like the gate's: JACK makes no connection for half a second after a client
has died. A connection that a user ends is not restored.
"""

import contextlib
import gc
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Protocol

from polate.errors import PortError, described
from polate.midi.messages import ALL_NOTES_OFF, CONTROL_CHANGE, NOTE_OFF
from polate.midi.port_names import VIRTUAL_ENDS
from polate.midi.ports import EndsPort, systems
from polate.patchbay.cables import Cable, Look, Patchbay
from polate.patchbay.messages import EndNotes, Leave, PortsChanged, PortsChosen, ToPatchbay
from polate.patchbay.port_news import News
from polate.runtime.child_process import child_side
from polate.runtime.clock import clock
from polate.runtime.line_stream import LineReader, encode_line
from polate.runtime.native_stderr import quiet_native_stderr
from polate.runtime.outbox import Outbox
from polate.runtime.protocol import ProtocolError
from polate.runtime.stop_signals import StopSignals, stop_signals

__all__ = ["Graph", "PatchbayProcess", "Sender"]

_SECOND = 1_000_000_000
_OPEN_NS = _SECOND  # between two attempts to reach the MIDI system
_TELL_COME_NS, _TELL_GONE_NS = _SECOND // 50, _SECOND // 4
"""From a change until the player is told of it. A port that is soon there again has not gone."""
_END_NS = _SECOND * 7 // 10  # JACK needs half a second to get over a dead client
_MOST_WAIT_NS = 60 * _SECOND  # `jackd -S` stands still for 5 s for each client that was killed
_STANDSTILL_PERIODS, _STANDSTILL_NS = 4, _SECOND // 5
"""A MIDI system stands still if it begins no period for so many of its own, and for so long at least."""
_GATE_ENDS_SECONDS = 0.05  # for a gate that outlives its player to end its notes itself
_AGAIN_SECONDS = 0.02
_CHANNELS = range(16)
_MOST_BYTES = 65536


class Graph(Protocol):
    """The ports of a MIDI system, and the way to connect them: `jack_graph.JackGraph`, `alsa_graph.AlsaGraph`."""

    @property
    def poll_seconds(self) -> float | None:
        """The time from one call of `news` to the next; None: `fileno` is readable when there is some."""
        ...

    @property
    def period_seconds(self) -> float:
        """The length of a period, in which the MIDI system takes and delivers messages; 0: it has no periods."""
        ...

    def fileno(self) -> int: ...

    def news(self) -> News: ...

    def look(self, ends: str = "") -> Look: ...

    def connect(self, cable: Cable) -> bool: ...

    def disconnect(self, cable: Cable) -> None: ...

    def runs(self) -> bool:
        """Whether a period has begun since the last call; without periods, always."""
        ...

    def abandon(self) -> None: ...


class Sender(Protocol):
    """A MIDI output that is open: `polate.midi.ports.EndsPort`."""

    def send(self, data: Sequence[int]) -> None: ...

    def abandon(self) -> None: ...


class PatchbayProcess:
    """Watches a MIDI system, which may come and go."""

    def __init__(
        self, player: socket.socket, open_system: Callable[[], tuple[Graph, Sender, str]], patchbay: Patchbay
    ) -> None:
        """``open_system`` gives the ports, an open output, and its full name.

        It raises `OSError` while the MIDI system does not answer.
        """
        player.setblocking(False)
        self._player, self._open_system = player, open_system
        self._reader: LineReader[ToPatchbay] = LineReader(ToPatchbay)
        self._outbox = Outbox(player)
        self._graph: Graph | None = None
        self._sender: Sender | None = None
        self._ends = ""  # its name
        self._wanted = patchbay
        self._open_ns = 0  # the next attempt to reach the MIDI system
        self._tell_ns: int | None = None  # when the player is told that ports have changed
        self._last = EndNotes()  # that ended everything
        self._end_until_ns = 0  # until when it is sent again if the process ends
        self._running, self._leaves = True, False

    def run(self) -> None:
        """Run until the player hangs up, or until SIGTERM."""
        with stop_signals(signal.SIGTERM) as stopped:
            self.loop(stopped)

    def loop(self, stopped: StopSignals | None = None) -> None:
        """Like `run`, without the signal handler: any thread may call it."""
        sockets: list[Any] = [self._player, stopped] if stopped else [self._player]
        while self._running and not (stopped and stopped.received):
            self._outbox.flush()
            self._reach()
            graph = self._graph
            watched = [*sockets, graph] if graph and graph.poll_seconds is None else sockets
            ready, _, _ = select.select(watched, [], [], self._wait_seconds())
            if self._player in ready:
                self._receive()
            with self._border():
                self._look()
            self._tell()
        if not self._leaves and not (stopped and stopped.received):
            time.sleep(_GATE_ENDS_SECONDS)
            self._last = EndNotes(everything=True)
            self._end_until_ns = clock() + _END_NS
        self._end_the_last()
        self._give_up()

    def _end_the_last(self) -> None:
        """Send the last ends again and again, because JACK may lose all of them while it gets over a dead client.

        They are sent once a period at most. While JACK stands still they are not sent, because they would fill its
        buffer; they are sent for so much longer afterwards.
        """
        waits_until_ns = clock() + _MOST_WAIT_NS
        period_ns = round(self._graph.period_seconds * _SECOND) if self._graph else 0
        standstill_ns = max(_STANDSTILL_NS, _STANDSTILL_PERIODS * period_ns)
        ran_ns = clock()  # the last period began about then
        while ran_ns < self._end_until_ns and clock() < waits_until_ns:
            if self._graph is None or self._graph.runs():
                silent_ns, ran_ns = clock() - ran_ns, clock()
                if silent_ns > standstill_ns:
                    self._end_until_ns += silent_ns
                with self._border():
                    self._end(self._last.notes, everything=self._last.everything)
            elif self._graph.news().died:
                return
            time.sleep(_AGAIN_SECONDS)

    def _wait_seconds(self) -> float | None:
        now = clock()
        deadlines = [time for time in (self._wanted.deadline_ns, self._tell_ns) if time is not None]
        if self._graph is None:
            deadlines.append(self._open_ns)
        elif self._graph.poll_seconds is not None:
            deadlines.append(now + round(self._graph.poll_seconds * _SECOND))
        return max(0, min(deadlines) - now) / _SECOND if deadlines else None

    @contextlib.contextmanager
    def _border(self) -> Iterator[None]:
        """Whatever fails here, the music does not need: reach the MIDI system anew."""
        try:
            yield
        except Exception as error:
            self._give_up()
            print(f"watching the MIDI connections failed: {described(error)}", file=sys.stderr, flush=True)

    def _reach(self) -> None:
        """Open the MIDI system if it is not open. What was connected is connected again."""
        if self._graph is None and clock() >= self._open_ns:
            self._open_ns = clock() + _OPEN_NS
            with contextlib.suppress(OSError):
                self._graph, self._sender, self._ends = self._open_system()
                self._restore(gone=True)

    def _give_up(self) -> None:
        for each in (self._sender, self._graph):
            if each:
                with contextlib.suppress(Exception):
                    each.abandon()
        self._graph = self._sender = None
        self._ends = ""

    def _look(self) -> None:
        if self._graph is None:
            return
        news = self._graph.news()
        if news.died:
            self._give_up()
            return
        for old, new in news.renamed:
            self._wanted.rename(old, new)
        if news != News() or (self._wanted.deadline_ns or clock() + 1) <= clock():
            self._restore(gone=news.gone)
        if news.come or (news.gone and self._tell_ns is None):
            self._tell_ns = clock() + (_TELL_COME_NS if news.come else _TELL_GONE_NS)

    def _restore(self, *, gone: bool) -> None:
        assert self._graph
        look = self._graph.look(self._ends)
        for cable in self._wanted.see(look, clock(), gone=gone):
            self._graph.connect(cable)
        to_make, to_end = self._wanted.mirror(look)
        for cable in to_make:
            self._graph.connect(cable)
        for cable in to_end:
            self._graph.disconnect(cable)

    def _tell(self) -> None:
        if self._tell_ns is not None and clock() >= self._tell_ns:
            self._tell_ns = None
            if not self._outbox:  # a player that does not read is told once
                self._outbox.put(encode_line(PortsChanged()))

    def _receive(self) -> None:
        try:
            data = self._player.recv(_MOST_BYTES)
            messages = self._reader.feed(data)
        except BlockingIOError:
            return
        except (ConnectionError, ProtocolError):
            data, messages = b"", []
        self._running = bool(data)
        for message in messages:
            with self._border():
                match message:
                    case EndNotes(notes, everything):
                        if everything:
                            self._last, self._end_until_ns = message, clock() + _END_NS
                        self._end(notes, everything=everything)
                    case PortsChosen():
                        self._forget(message)
                    case Leave():
                        self._leaves = True

    def _forget(self, chosen: PortsChosen) -> None:
        self._wanted.virtual_outputs, self._wanted.virtual_inputs = chosen.virtual_outputs, chosen.virtual_inputs
        if self._graph:
            look = self._graph.look()
            sides = [look.outputs] * chosen.outputs + [look.inputs] * chosen.inputs
            self._wanted.forget(frozenset().union(*sides))
            self._restore(gone=False)

    def _end(self, notes: Sequence[tuple[int, int]], *, everything: bool) -> None:
        """Send the ends of notes to all ports that the gate plays to, twice, for JACK may lose a message."""
        if self._sender is None:
            return
        messages = [(NOTE_OFF | channel, note, 0) for channel, note in notes]
        if everything:
            messages += [(CONTROL_CHANGE | channel, ALL_NOTES_OFF, 0) for channel in _CHANNELS]
        for _ in range(2):
            for message in messages:
                self._sender.send(message)
            time.sleep(_AGAIN_SECONDS)


def _main() -> int:
    player, settings = child_side()
    quiet_native_stderr()
    gc.freeze()
    patchbay = Patchbay(settings["virtual_outputs"], settings["virtual_inputs"])
    PatchbayProcess(player, partial(_open_system, settings["api"]), patchbay).run()
    return 0


def _open_system(api: str) -> tuple[Graph, Sender, str]:
    """The first MIDI system that answers, in the order of `polate.midi.ports`. Raises `OSError`."""
    for system in systems(api):
        graph: Graph
        try:
            if system.name == "jack":
                from polate.patchbay.jack_graph import JackGraph

                graph = JackGraph.open()
            elif system.name == "alsa":
                from polate.patchbay.alsa_graph import AlsaGraph

                graph = AlsaGraph.open()
            else:
                continue
        except OSError:
            continue
        with contextlib.suppress(PortError):
            before = graph.look().ports
            sender = EndsPort.open(system)
            graph.news()
            opened = [port for port in graph.look().ports - before if port.partition(":")[2].startswith(VIRTUAL_ENDS)]
            return graph, sender, next(iter(opened), "")
        graph.abandon()
    raise OSError("there is no MIDI system with connections that can be watched")


if __name__ == "__main__":
    raise SystemExit(_main())
