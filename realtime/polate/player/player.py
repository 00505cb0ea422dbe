"""The service: engine, takes and the clients of all child processes, on real time.

    clients --commands--> Player --> Session --frames--> gate
       ^---PlayerState------'           '--> Takes

One thread and one loop. It wakes for what a child sends or for the next deadline, carries out every command, lets the
engine play on, and tells the clients what has changed. A child process that dies is started again.
"""

import contextlib
import gc
import select
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from polate.control.commands import (
    Capture,
    Control,
    DeleteSnapshot,
    FollowClock,
    Record,
    RenameSnapshot,
    SetPlaying,
    SetVoicePort,
    StoreSnapshot,
    Sync,
)
from polate.control.player_state import PlayerState
from polate.errors import PolateError
from polate.gate.frames import Frame, Kind
from polate.midi.ports import find_system, what_is_missing
from polate.player.beginning import Beginning
from polate.player.children import children_of, client_module
from polate.player.client import Client, Desk
from polate.player.clock_output import ClockOutput
from polate.player.config import Config
from polate.player.intake import Intake
from polate.player.state import read_state
from polate.player.state_teller import StateTeller
from polate.runtime.clock import Chore, clock
from polate.runtime.inbox import Inbox
from polate.runtime.os_scheduling import PLAYER_PRIORITY, fine_timers, go_first
from polate.runtime.process_limit import why_not_started
from polate.runtime.stop_signals import StopSignals, stop_signals
from polate.runtime.supervisor import Supervisor

if TYPE_CHECKING:
    from polate.model.contract import Axis

__all__ = ["Player"]

_SECOND = 1_000_000_000
_MOST_FAILURES = 8  # turns in a row
_MOST_REQUESTS = 256  # commands of other threads that wait
_SILENCE_NS = _SECOND * 3 // 4  # for the gate's last note-offs and its end
_SILENCE_LOOK_NS = _SECOND // 20  # between two looks whether the gate still answers
_PAUSE_SECONDS = 0.05  # before the song starts again
_CHILDREN_OPEN_NS = 6 * _SECOND  # from the start of the music until it is announced even if a port is not open


class Player:
    """The instrument. `open` starts its child processes and loads the model, `run` plays until it is stopped.

    ``config``: what `polate.load_config` returns. ``state``: what is played and counted; any thread may read it.

    >>> from polate import Player, load_config
    >>> with Player.open(load_config(seconds=0.1, osc=False, web=False, display=False)) as player:
    ...     player.run()
    ...     [axis.name for axis in player.axes][:3]
    ['interval', 'density', 'register']
    """

    def __init__(
        self,
        desk: Desk,
        children: Supervisor,
        clients: Sequence[Client],
        clock_output: ClockOutput | None,
        stopped: StopSignals,
        requests: Inbox[Control],
    ) -> None:
        """``clients``: the gate's first. ``clock_output``: None if no MIDI clock is sent."""
        self._desk, self._children, self._clients = desk, children, clients
        self._clock_output = clock_output
        self._stopped, self._requests = stopped, requests
        self._intake = Intake(clients, desk.troubles)
        self._failures = 0  # turns in a row that failed
        self._engine = desk.session.engine
        self._upkeep = Chore()  # shows the state, resumes stopped children
        self._problem = ""  # what could not be recorded or stored the last time
        self._teller = StateTeller(partial(read_state, desk), clients, desk.troubles)

    @property
    def config(self) -> Config:
        return self._desk.config

    @property
    def state(self) -> PlayerState:
        """The state as it was read last, at most 0.15 s ago. Any thread may read it."""
        return self._teller.state

    @property
    def stopped(self) -> StopSignals:
        """Whether a signal to stop has been received."""
        return self._stopped

    @property
    def axes(self) -> "tuple[Axis, ...]":
        """The model's axes."""
        return self._engine.point.axes

    def ask(self, control: Control) -> None:
        """Have a command carried out. Any thread may call it; a refusal is in the state's ``trouble``."""
        self._requests.put(control)

    # -- opening and closing ---------------------------------------------------------------------

    @classmethod
    @contextlib.contextmanager
    def open(cls, config: Config, children: Supervisor | None = None) -> "Iterator[Player]":
        """Start the children and load the model. At the end everything is silent and closed.

        The gate is started first: it opens its port while this process loads the model. ``children``: those of
        `children_of`, if the gate is started already. Raises `PolateError` for a model, a file or a child that cannot
        be had, and leaves nothing open.
        """
        children = children or children_of(config)
        stopping = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
        with contextlib.ExitStack() as stack:
            stopped = stack.enter_context(stop_signals(*stopping, delays_suspension=True))
            stack.callback(children.close)
            gate = next(iter(children))
            gate.start()
            from polate.player.opening import open_desk

            desk = stack.enter_context(open_desk(config, gate))
            clients: list[Client] = []
            for child in children:
                client = client_module(child.name).open_client(desk, child)
                stack.callback(client.close)
                clients.append(client)
            clock_output = ClockOutput(desk.session.engine, desk.output) if config.clock_out else None
            requests = stack.enter_context(contextlib.closing(Inbox[Control](_MOST_REQUESTS)))
            player = cls(desk, children, clients, clock_output, stopped, requests)
            stack.callback(player._silence)
            player._start_children()
            yield player

    # -- the loop --------------------------------------------------------------------------------

    def run(self, ready: Callable[[PlayerState], None] = lambda state: None) -> None:
        """Play until a signal comes or the configured seconds are over. ``ready`` is called when all ports are open.

        A named port that is not there is reported and looked for. Raises `PortError` for a name that fits several.
        """
        fine_timers()
        go_first(PLAYER_PRIORITY)
        sys.setswitchinterval(1e-4)  # the display's thread gives way at once
        gc.freeze()
        began = self._begin()
        end = began + int(self.config.seconds * _SECOND) if self.config.seconds else None
        is_announced = False
        while not self._stopped.received and (end is None or clock() < end):
            self._turn(end)
            if self._desk.facts.refusal:
                raise self._desk.facts.refusal
            all_open = all(client.is_open for client in self._clients)
            if not is_announced and (all_open or clock() > began + _CHILDREN_OPEN_NS):
                is_announced = True
                self._announce(ready)
        with self._desk.troubles.border("stopping"):
            self._desk.session.apply(SetPlaying(False), clock())
            self._advance(clock())

    def _begin(self) -> int:
        """Wait until the music can begin, and begin it if the configuration says so. Returns the time."""
        config = self.config
        beginning = Beginning(self._clients, self._desk.troubles, clock())
        while not self._stopped.received and not beginning.has_come(clock()):
            self._turn(None)
        if not self._desk.facts.has_output and (config.output is None or find_system(config.midi_api) is None):
            self._desk.troubles.report(what_is_missing(config.midi_api))
        began = clock()
        if config.begins_to_play:
            self._apply(SetPlaying(True), None, began)
        return began

    def _announce(self, ready: Callable[[PlayerState], None]) -> None:
        with self._desk.troubles.border("announcing"):
            ready(self._teller.read(clock()))

    def _turn(self, end: int | None) -> None:
        """`_play_on`; a turn that fails is given up. If the next ones fail too, end the notes and begin anew."""
        try:
            self._play_on(end)
            self._failures = 0
        except Exception as error:
            self._failures += 1
            self._desk.troubles.fail("a turn of the player", error)
            if self._failures >= _MOST_FAILURES:
                self._failures = 0
                self._begin_anew()

    def _begin_anew(self) -> None:
        """The engine cannot go on from where it is: end every note, wait a moment, and start the song again."""
        session, was_playing = self._desk.session, self._engine.playing
        self._desk.output.send([Frame(Kind.PANIC, due_ns=clock())])
        select.select([self._stopped], [], [], _PAUSE_SECONDS)
        with self._desk.troubles.border("starting the music again"):
            session.apply(SetPlaying(False), clock())
            if was_playing:
                session.apply(SetPlaying(True), clock())

    def _play_on(self, end: int | None) -> None:
        """Wait for the next thing to do, take in the commands, and send what is to be sent."""
        if self._stopped.suspended:
            _suspend(self._desk, self._stopped)
        wait_ns = 0 if self._intake.has_more else max(0, self._wake_ns(end) - clock())
        alive = [client for client in self._clients if client.child.is_alive]
        children = [client.child.lifeline if client.can_wait else client.child.socket for client in alive]
        ready, _, _ = select.select([self._stopped, self._requests, *children], [], [], wait_ns / _SECOND)
        for control in self._requests.take():
            self._apply(control, None, clock())
        self._intake.take(self._apply)
        if ready and self._desk.notes.is_followed:
            self._teller.change()
        before = self._engine.pattern
        self._advance(clock())
        while self._engine.refused:
            self._desk.troubles.refuse(self._engine.refused.pop())
        self._housekeeping(clock(), self._engine.pattern is not before)

    def _wake_ns(self, end: int | None) -> int:
        """When something is to be done, if no child sends anything before."""
        wakes = [self._upkeep.deadline_ns, end, self._engine.deadline_ns, self._teller.deadline_ns]
        wakes += [client.deadline_ns for client in self._clients]
        if self._clock_output:
            wakes.append(self._clock_output.deadline_ns)
        return min(time for time in wakes if time is not None)

    def _apply(self, control: Control, source: Client | None, now: int) -> None:
        """Carry out a command, unless another client does."""
        self._teller.change()
        try:
            if any(client is not source and client.claims(control, source) for client in self._clients):
                return
            if isinstance(control, Capture):
                self._desk.archive.capture(control.bars, now)
            elif isinstance(control, Record):
                self._desk.archive.record(control.on, now)
            else:
                if isinstance(control, FollowClock):
                    self._desk.connections.check_clock(control.source)
                self._desk.session.apply(control, now)
        except PolateError as error:
            self._desk.troubles.refuse(error)
            if source:
                source.refused(control, error)
            return
        except Exception as error:
            self._desk.troubles.fail(f"the command {type(control).__name__}", error)
            return
        if isinstance(control, StoreSnapshot | RenameSnapshot | DeleteSnapshot):
            self._desk.archive.keep_snapshots(control)
        if isinstance(control, FollowClock):
            self._desk.connections.follow(control.source)
            self._desk.facts.follow(control.source)
        if not isinstance(control, Sync | SetVoicePort):
            self._desk.facts.count_control()

    def _advance(self, now: int) -> None:
        """Have the engine play on, and the clock that others follow."""
        self._desk.output.send(self._desk.session.advance(now))
        if self._clock_output:
            with self._desk.troubles.border("sending the clock"):
                self._clock_output.advance(now)
        with self._desk.troubles.border("keeping the take"):
            self._desk.session.keep()

    def _housekeeping(self, now: int, pattern_is_new: bool) -> None:
        if self._upkeep.begins(now):
            self._teller.change()
            _resume(self._clients[1:])  # the gate's own client does it when its notes have been ended
            self._desk.troubles.refresh(now)
        if not self._teller.tell(now) and pattern_is_new:
            self._teller.read(now)
        with self._desk.troubles.border("writing the take"):
            self._keep(now)
        with self._desk.troubles.border("starting another process"):
            self._start_children()

    def _start_children(self) -> None:
        try:
            self._children.start()
        except OSError as error:  # the system gives no process or file: the music goes on, and it is tried again
            self._desk.troubles.report(f"cannot start another process: {why_not_started(error)}")

    def _keep(self, now: int) -> None:
        """Have written what is to be written."""
        archive = self._desk.archive
        archive.save(now)
        if archive.captured != self.state.captured or self._desk.facts.bound.learning != self.state.learning:
            self._teller.change()
        if (problem := archive.problem) != self._problem:
            self._problem = problem
            self._desk.troubles.report(problem or "everything is recorded and stored again")

    def _silence(self) -> None:
        _end_children(self._desk, self._clients)
        self._teller.read(clock())


def _suspend(desk: Desk, stopped: StopSignals) -> None:
    """Ctrl-Z: end the notes, and stop until the process is continued. What was due meanwhile is skipped."""
    desk.output.send([Frame(Kind.RELEASE, due_ns=clock())])
    stopped.suspend()


def _resume(clients: Sequence[Client]) -> None:
    """Resume the children that somebody has stopped."""
    for client in clients:
        client.child.resume()


def _end_children(desk: Desk, clients: Sequence[Client]) -> None:
    """End all children, the gate last: it reports its last note-offs to the recording."""
    desk.output.send([Frame(Kind.QUIT)])
    _resume(clients)  # one that is stopped could not end, and would hold up JACK
    gate, *others = clients
    for client in others:
        if not client.outlives_the_gate:
            client.child.hang_up()
    last = [client for client in clients if client is gate or client.outlives_the_gate]
    until_ns = clock() + _SILENCE_NS
    while gate.child.is_alive and clock() < until_ns:
        wait_ns = min(_SILENCE_LOOK_NS, until_ns - clock())
        select.select([gate.child.socket], [], [], max(0, wait_ns) / _SECOND)
        with desk.troubles.border("hearing the gate's end"):
            for client in last:
                for _ in client.commands(clock()):
                    pass
    for client in clients:
        with desk.troubles.border(f"ending the {client.child.name} process"):
            client.part()
    gate.child.close(0.0 if gate.child.is_alive else 1.0)
