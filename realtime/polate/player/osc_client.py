"""The OSC process's client: addresses to commands, time tags, shared positions, and the state as addresses.

messages of OSC --to_control, Schedule--> commands --[SongPosition --SongPositionFollower-->]--> player
"""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import msgspec

from polate.control.commands import Control, KeyUp, SetAxis, SongPosition, SyncSource
from polate.control.front_messages import NotesSounded
from polate.control.player_state import OFF, NoteEvent, PlayerState
from polate.errors import ControlError, PolateError
from polate.osc.arguments import Argument
from polate.osc.messages import CannotListen, Listening, Messages, Moved, Refused, StateChanged, Subscribed, ToPlayer
from polate.player.client import Client, Desk
from polate.player.config import Config
from polate.player.scheduled_commands import Schedule
from polate.runtime.line_stream import LineReader, encode_line
from polate.runtime.shared_positions import Moves, PositionReader
from polate.runtime.supervisor import Member
from polate.sync.song_position_follower import SongPositionFollower

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
    desk.notes.subscribe(client)
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
        self._sync: SyncSource | None = None  # the clock that is followed, as far as this client knows
        self._follower: SongPositionFollower | None = None  # None: another clock is followed
        self._has_refused_position = False  # one came while another clock is followed, and this has been said

    @property
    def is_open(self) -> bool:
        return self._desk.facts.port("osc") != ""

    @property
    def deadline_ns(self) -> int | None:
        deadlines = [self._schedule.deadline_ns, self._follower.deadline_ns if self._follower else None]
        return min((time for time in deadlines if time is not None), default=None)

    def commands(self, now_ns: int) -> Iterator[Control]:
        self._use_chosen_clock()
        for message in self.child.hear():
            if self._cell:
                self._cell.lines += 1
            try:
                yield from self._read(message)
            except Exception as error:
                self._desk.troubles.fail("reading an OSC message", error)
        if self._cell:
            yield from _axes(self._cell.take())
        for control in self._schedule.due(now_ns):
            if isinstance(control, SongPosition):
                yield from self._follow(control)
            else:
                yield control
        if self._follower:
            yield from self._check_silence(self._follower, now_ns)

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

    @property
    def follows_notes(self) -> bool:
        return self._has_subscribers

    def sound(self, event: NoteEvent) -> None:
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
                controls = [_stamped(control, at_ns) for control in self._controls(asked)]
                try:
                    self._schedule.add(at_ns, controls)
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

    # -- the song position of a DAW --------------------------------------------------------------

    def _use_chosen_clock(self) -> None:
        """Begin or end to follow when another clock was chosen."""
        config = self._desk.connections.config
        if config.sync != self._sync:
            self._sync, self._has_refused_position = config.sync, False
            self._follower = SongPositionFollower(config.dropout) if config.sync == "osc" else None

    def _follow(self, position: SongPosition) -> Iterable[Control]:
        """The commands for a message of the plugin. With another clock there are none, and the user is told once."""
        if self._follower is None:
            if not self._has_refused_position:  # the next one comes in a moment
                self._has_refused_position = True
                why = f"a DAW's song position is followed with sync = 'osc', and sync is {self._sync!r}"
                self._desk.troubles.refuse(ControlError(why))
            return ()
        if self._follower.is_silent:
            self._desk.troubles.report("the DAW sends its song position again")
        return self._follower.feed(position)

    def _check_silence(self, follower: SongPositionFollower, now_ns: int) -> Iterable[Control]:
        """The commands for a plugin that has fallen silent."""
        was_silent, commands = follower.is_silent, follower.advance(now_ns)
        if follower.is_silent and not was_silent:
            does = "waits for it" if commands else "goes on at the last tempo"
            self._desk.troubles.report(f"the DAW sends no song position any more: the music {does}")
        return commands


def _stamped(control: Control, at_ns: int) -> Control:
    """A song position with the time of its arrival; any other command as it is."""
    return msgspec.structs.replace(control, at_ns=at_ns) if isinstance(control, SongPosition) else control


def _axes(moves: Moves) -> list[SetAxis]:
    return [SetAxis(axis, position) for axis, position in moves]
