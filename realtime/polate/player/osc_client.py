"""The OSC process's client: addresses to commands, time tags, shared positions, and the state as addresses."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import msgspec

from polate.control.commands import Control, KeyUp, SetAxis
from polate.control.front_messages import NotesSounded
from polate.control.player_state import OFF, NoteEvent, PlayerState
from polate.errors import PolateError
from polate.osc.arguments import Argument
from polate.osc.messages import CannotListen, Listening, Messages, Moved, Refused, StateChanged, Subscribed, ToPlayer
from polate.player.client import Client, Desk
from polate.player.config import Config
from polate.player.scheduled_commands import Schedule
from polate.runtime.line_stream import LineReader, encode_line
from polate.runtime.shared_positions import Moves, PositionReader
from polate.runtime.supervisor import Member

__all__ = ["OscClient", "child_of", "open_client"]

_MOST_UNSENT = 2**16  # bytes that may wait for the process; while more wait, notes are left out
_AGAIN_NS = 10 * 1_000_000_000  # until a UDP port that is taken is tried again


def child_of(config: Config) -> Member | None:
    if not config.osc:
        return None
    settings = {
        "host": config.osc_host,
        "port": config.osc_port,
        "aliases": config.osc_alias,
        "honour_timetags": config.osc_timetags == "honour",
        "clamp_positions": config.osc_range == "clamp",
        "allowed": config.osc_allow,
    }
    return Member("osc", "polate.osc.process", settings, partial(LineReader, ToPlayer))


def open_client(desk: Desk, child: Member) -> Client:
    """Where there can be no file for shared positions, they come over the socket as everything else does."""
    cell = None
    with contextlib.suppress(OSError):
        cell = PositionReader.create()
        child.give(positions=cell.path)
    client = OscClient(desk, child, cell)
    desk.notes.subscribe(client._sound)
    return client


class OscClient(Client):
    """``cell``: the positions that the process shares with the player."""

    def __init__(self, desk: Desk, child: Member, cell: PositionReader | None) -> None:
        super().__init__(desk, child)
        self._cell = cell
        self._schedule = Schedule()
        self._told: dict[str, list[Argument]] = {}  # the state that this process knows
        self._told_start = 0  # which process that is
        self._has_subscribers = False

    @property
    def is_open(self) -> bool:
        return self._desk.facts.port("osc") != ""

    @property
    def deadline_ns(self) -> int | None:
        return self._schedule.deadline_ns

    def commands(self, now_ns: int) -> Iterator[Control]:
        for message in self.child.hear():
            if self._cell:
                self._cell.lines += 1
            try:
                yield from self._read(message)
            except Exception as error:
                self._desk.troubles.fail("reading an OSC message", error)
        if self._cell:
            yield from _axes(self._cell.take())
        yield from self._schedule.due(now_ns)

    def tell(self, state: PlayerState) -> None:
        """Send what has changed since this process was told last; a new one gets everything."""
        from polate.osc.state import changes, values_of

        if self._desk.facts.port("osc") in ("", OFF):
            return
        if self._told_start != self.child.starts:
            self._told_start, self._told = self.child.starts, {}
        now = values_of(state)
        if new := changes(self._told, now):
            self.child.send(encode_line(StateChanged(new)))
            self._told = now

    def _sound(self, event: NoteEvent) -> None:
        """Have a note that has begun or ended sent to the subscribers; not while the process does not read."""
        if self._has_subscribers and self.child.unsent < _MOST_UNSENT:
            self.child.send(encode_line(NotesSounded([msgspec.structs.astuple(event)])))

    def died(self, now_ns: int) -> Iterator[Control]:
        self._has_subscribers = False
        if self._cell:
            yield from _axes(self._cell.writer_died())
        for key in self._desk.session.engine.held_keys:  # nobody will send their ends
            yield KeyUp(*key)

    def close(self) -> None:
        if self._cell:
            self._cell.close()

    def _read(self, message: ToPlayer) -> Iterable[Control]:
        facts, troubles = self._desk.facts, self._desk.troubles
        match message:
            case Messages(asked, None):
                return self._controls(asked)
            case Messages(asked, int(at_ns)):
                try:
                    self._schedule.add(at_ns, self._controls(asked))
                except PolateError as error:
                    troubles.refuse(error)
            case Moved(words):
                return _axes(self._cell.said(words)) if self._cell else ()
            case Listening(host, port):
                if facts.port("osc") == OFF:
                    troubles.report(f"listening to OSC on {host}:{port}")
                facts.set_port("osc", f"{host}:{port}")
            case CannotListen(why):
                facts.set_port("osc", OFF)
                troubles.report(why)
                self.child.rest(_AGAIN_NS)
            case Subscribed(peers):
                self._has_subscribers = peers > 0
            case Refused(why, count):
                troubles.refuse(why, count)
        return ()

    def _controls(self, messages: Sequence[tuple[str, Sequence[Argument]]]) -> list[Control]:
        """What the messages ask for. Those that cannot be are refused."""
        from polate.osc.addresses import to_control

        controls: list[Control] = []
        for address, arguments in messages:
            try:
                controls += to_control(address, arguments)
            except PolateError as error:
                self._desk.troubles.refuse(error)
        return controls


def _axes(moves: Moves) -> list[SetAxis]:
    return [SetAxis(axis, position) for axis, position in moves]
