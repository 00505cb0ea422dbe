"""The process that listens to OSC and answers, so that no datagram costs the player's interpreter anything but its
meaning.

    UDP --one position--> polate.runtime.shared_positions ------------------------------------> player
    UDP --messages--> one JSON line for what is to happen at one instant --> player
    UDP <--messages-- what has changed <-- one JSON line of state <--------- player

The lines are the messages of `polate.osc.messages`. While the player does not read, the newest message of each topic
is kept, and the older ones are dropped and counted.

A datagram that is nothing but ``/polate/z/N f``, which is what a turned knob sends, goes through no parser: the
position is written to the cell, an empty line wakes the player, and a `Moved` goes before the next line.
"""

import contextlib
import gc
import select
import signal
import socket
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
from pythonosc.osc_message import OscMessage

from polate.errors import ControlError
from polate.osc.addresses import GET, SUBSCRIBE, UNSUBSCRIBE, find_address, to_control, topic
from polate.osc.arguments import Argument
from polate.osc.messages import CannotListen, Listening, Messages, Moved, Refused, StateChanged
from polate.osc.packets import MAX_BYTES, ahead_ns, build, datagrams, messages
from polate.runtime.child_process import child_side
from polate.runtime.clock import clock
from polate.runtime.line_stream import LineReader, encode_line
from polate.runtime.outbox import Outbox
from polate.runtime.shared_positions import AXES, ONE, PositionWriter
from polate.runtime.stop_signals import StopSignals, stop_signals

__all__ = ["ANSWER_BYTES_A_SECOND", "LEASE_SECONDS", "MOST_SUBSCRIBERS", "Allowance", "Front", "Peer", "Subscribers"]

LEASE_SECONDS = 60.0
MOST_SUBSCRIBERS = 32
ANSWER_BYTES_A_SECOND = 200_000
"""A datagram of 24 bytes can ask for everything, in somebody else's name: so there is a bound to what is answered."""

_DATAGRAMS_A_TURN = 64
_A_READ = 65536

Message = tuple[str, list[Argument]]
Peer = tuple[str, int]  # host and port


@dataclass(slots=True)
class Subscribers:
    """Who is told what changes, each until its lease is over. Times are seconds."""

    _until: dict[Peer, float] = field(default_factory=dict)

    def add(self, peer: Peer, now: float) -> None:
        """Begin or renew a lease. Raises `ControlError` when there are too many."""
        if peer not in self.at(now) and len(self._until) == MOST_SUBSCRIBERS:
            raise ControlError(f"there must be at most {MOST_SUBSCRIBERS} OSC subscribers: no more for {_name(peer)}")
        self._until[peer] = now + LEASE_SECONDS

    def remove(self, peer: Peer) -> None:
        self._until.pop(peer, None)

    def at(self, now: float) -> list[Peer]:
        self._until = {peer: until for peer, until in self._until.items() if until > now}
        return list(self._until)


@dataclass(slots=True)
class Allowance:
    """So many bytes a second, and as many at once. Times are seconds."""

    bytes_a_second: float
    _left: float = 0.0
    _at: float = float("-inf")

    def is_left(self, now: float) -> bool:
        self._left = min(self.bytes_a_second, self._left + (now - self._at) * self.bytes_a_second)
        self._at = now
        return self._left > 0

    def spend(self, size: int) -> None:
        """The last answer may go beyond what is left: it is made up for by waiting longer."""
        self._left -= size


class Front:
    """From an open UDP socket to the player's socket and back, both non-blocking.

    ``aliases``: other names for Polate's addresses. ``honour_timetags``: or else everything is for now. ``cell``: for
    positions; without it they go over the player's socket.
    """

    def __init__(
        self,
        udp: socket.socket,
        player: socket.socket,
        *,
        aliases: Mapping[str, str] | None = None,
        honour_timetags: bool = True,
        cell: PositionWriter | None = None,
    ) -> None:
        self._udp, self._player, self._cell = udp, player, cell
        self._aliases, self._honour_timetags = dict(aliases or {}), honour_timetags
        self._axis_of = _positions(self._aliases) if cell else {}
        self._longest = max(map(len, self._axis_of), default=0) + 4 + 1  # bytes: of what is longer, less is enough
        self._outbox = Outbox(player)
        self._lines: LineReader[StateChanged] = LineReader(StateChanged)
        self._waiting: dict[tuple[str, int], Message] = {}  # the newest of each topic, while the player does not read
        self._refused = 0
        self._why: ControlError | str = ""
        self._report_at = 0.0
        self._state: dict[str, list[Argument]] = {}
        self._built: dict[str, list[OscMessage]] = {}  # of the state, on each address and its aliases
        self._subscribers = Subscribers()
        self._allowance = Allowance(ANSWER_BYTES_A_SECOND)

    def run(self) -> None:
        """Until the player hangs up or a signal comes."""
        with stop_signals(signal.SIGTERM) as stopped:
            readers: list[socket.socket | StopSignals] = [self._udp, self._player, stopped]
            while not stopped.received:
                writers = [self._player] if self._is_behind else []
                # Without a timeout where there can be: the timer behind it makes the wake-up a quarter slower.
                timeout = max(0.0, self._report_at - time.monotonic()) if self._refused else None
                readable, _, _ = select.select(readers, writers, [], timeout)
                if self._udp in readable and (writers or not self._move()):
                    self._receive()
                if self._player in readable and not self._listen_to_player():
                    if self._cell:
                        self._cell.close()
                    return
                self._report()
                self._flush()

    @property
    def _is_behind(self) -> bool:
        """Does anything wait until the player reads?"""
        return bool(self._outbox or self._waiting)

    def say(self, message: msgspec.Struct) -> None:
        """Send the player a message, and before it the positions that were written since the last one."""
        if self._cell and (moved := self._cell.unsaid()):
            self._line(Moved(moved))
        self._line(message)
        self._outbox.flush()

    def _line(self, message: msgspec.Struct) -> None:
        self._outbox.put(encode_line(message))
        if self._cell:
            self._cell.lines += 1

    # -- from the player to those that subscribe or ask ------------------------------------------

    def _listen_to_player(self) -> bool:
        """Take in what it tells of its state; False when it has hung up."""
        try:
            data = self._player.recv(_A_READ)
        except ConnectionError:
            return False
        changed: dict[str, list[Argument]] = {}
        for said in self._lines.feed(data):
            changed |= {address: list(arguments) for address, arguments in said.state.items()}
        if changed:
            self._tell(changed)
        return bool(data)

    def _tell(self, changed: dict[str, list[Argument]]) -> None:
        self._state |= changed
        for address in changed:
            self._built.pop(address, None)
        if peers := self._subscribers.at(time.monotonic()):
            told = datagrams(self._messages(changed))
            for peer in peers:
                self._send(told, peer)

    def _messages(self, addresses: Iterable[str]) -> list[OscMessage]:
        """What is told on these. A list that is empty is not sent: without arguments a message is a question."""
        built: list[OscMessage] = []
        for address in addresses:
            if address not in self._built:
                names = [address, *(alias for alias, of in self._aliases.items() if of == address)]
                arguments = self._state[address]
                self._built[address] = [build(name, arguments) for name in names] if arguments else []
            built += self._built[address]
        return built

    def _send(self, told: Iterable[bytes], peer: Peer) -> None:
        """What does not go at once is dropped and counted."""
        for datagram in told:
            try:
                self._udp.sendto(datagram, peer)
            except OSError as error:
                self._refuse(f"cannot send OSC to {_name(peer)}: {error.strerror}")

    # -- from the network to the player ----------------------------------------------------------

    def _receive(self) -> None:
        for _ in range(_DATAGRAMS_A_TURN):
            try:
                datagram, sender = self._udp.recvfrom(MAX_BYTES + 1)
            except BlockingIOError:
                return
            except OSError:  # an ICMP error about something sent earlier, on some systems
                continue
            for at, wanted in self._take(datagram, sender).items():
                self._hand_on(wanted, at)

    def _move(self) -> bool:
        """The short way for a position that has come, if nothing waits: was there one?

        Its code is cold when a datagram comes: every name that is looked up before the cell counts.
        """
        try:  # to look, for to ask for the sender too takes longer than all the rest
            datagram = self._udp.recv(self._longest, socket.MSG_PEEK)
        except OSError:
            return False
        axis, position = self._axis_of.get(datagram[:-4]), int.from_bytes(datagram[-4:], "big")
        if axis is None or position > ONE or self._cell is None:
            return False
        if self._cell.put(axis, position):
            self._outbox.put(b"\n")
            self._outbox.flush()
        self._udp.recv(self._longest)
        return True

    def _take(self, datagram: bytes, sender: Peer) -> dict[int | None, list[Message]]:
        """What of a datagram is for the player, by its instant (nanoseconds of `clock`; None: now).

        Not the release of a button, nor a bundle's channels for others. What is asked for is answered.
        """
        wanted: dict[int | None, list[Message]] = {}
        try:
            found = messages(datagram)
        except ControlError as error:
            self._refuse(error)
            return wanted
        now_ns, unix_ns = clock(), time.time_ns()
        for timetag, name, arguments in found:
            address = self._aliases.get(name, name)
            try:
                if self._answers(address, arguments, sender) or not to_control(address, arguments):
                    continue
                ahead = ahead_ns(timetag, unix_ns) if self._honour_timetags else 0
                wanted.setdefault(now_ns + ahead if ahead else None, []).append((address, arguments))
            except ControlError as error:
                self._refuse(error)
        return wanted

    def _hand_on(self, wanted: list[Message], at: int | None) -> None:
        if not self._outbox:
            self.say(Messages(wanted, at))
            return
        for address, arguments in wanted:
            about = topic(address, arguments)
            if at is not None:
                self._refuse("the player is behind: a message for later was dropped")
                continue
            if self._waiting.pop(about, None):
                self._refuse("the player is behind: an older message was dropped for a newer one")
            self._waiting[about] = (address, arguments)

    def _answers(self, address: str, arguments: Sequence[Argument], sender: Peer) -> bool:
        """Was it a question or a subscription? Raises `ControlError` for one that cannot be."""
        if address == GET:
            names = [str(argument) for argument in arguments if isinstance(argument, str)]
            peer = _peer(address, [argument for argument in arguments if not isinstance(argument, str)], sender)
            self._answer([self._told(name) for name in names] or self._state, peer)
        elif address == SUBSCRIBE:
            peer = _peer(address, arguments, sender)
            host, port = self._udp.getsockname()
            if peer in ((host, port), ("127.0.0.1", port)):
                raise ControlError(f"{address} takes the port where you listen, got Polate's own, {port}")
            self._subscribers.add(peer, time.monotonic())
            self._answer(self._state, peer)
        elif address == UNSUBSCRIBE:
            self._subscribers.remove(_peer(address, arguments, sender))
        elif not arguments and find_address(address).has_value:
            self._answer([self._told(address)], sender)
        else:
            return False
        return True

    def _told(self, name: str) -> str:
        """The address that is asked for by this name. Raises `ControlError` if nothing is told there."""
        address = self._aliases.get(name, name)
        if address not in self._state:
            find_address(address)
            raise ControlError(f"nothing is told on {address}")
        return address

    def _answer(self, addresses: Iterable[str], peer: Peer) -> None:
        if not self._allowance.is_left(time.monotonic()):
            raise ControlError(f"at most {ANSWER_BYTES_A_SECOND} bytes a second are answered to OSC questions")
        told = datagrams(self._messages(addresses))
        self._allowance.spend(sum(map(len, told)))
        self._send(told, peer)

    # -- what was refused, and what waits --------------------------------------------------------

    def _refuse(self, why: ControlError | str) -> None:
        self._refused, self._why = self._refused + 1, why

    def _report(self) -> None:
        now = time.monotonic()
        if self._refused and now >= self._report_at:
            self.say(Refused(str(self._why), self._refused))
            self._refused, self._report_at = 0, now + 1.0

    def _flush(self) -> None:
        self._outbox.flush()
        if self._waiting and not self._outbox:
            self.say(Messages(list(self._waiting.values())))
            self._waiting.clear()


def _positions(aliases: Mapping[str, str]) -> dict[bytes, int]:
    """The axis, by all that stands in its datagrams before the position."""
    names = {f"/polate/z/{axis + 1}": axis for axis in range(AXES)}
    names |= {alias: names[address] for alias, address in aliases.items() if address in names}
    return {build(name, [0.0]).dgram[:-4]: axis for name, axis in names.items()}


def _peer(address: str, arguments: Sequence[Argument], sender: Peer) -> Peer:
    """A port on the sender's host, or without one the sender. Raises `ControlError`."""
    if not arguments:
        return sender
    if len(arguments) > 1 or isinstance(arguments[0], str) or not 0 <= arguments[0] <= 65535:
        came = " ".join(repr(argument) for argument in arguments)[:64]
        raise ControlError(f"{address} takes one port 0..65535, or none, got {came}")
    return sender[0], round(arguments[0]) or sender[1]


def _name(peer: Peer) -> str:
    return f"{peer[0]}:{peer[1]}"


def _main() -> int:
    player, settings = child_side()
    player.setblocking(False)
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.setblocking(False)
    host, port = settings["host"], settings["port"]
    options = {name: settings[name] for name in ("aliases", "honour_timetags") if name in settings}
    cell: PositionWriter | None = None
    with contextlib.suppress(OSError):
        cell = PositionWriter(settings["cell"]) if settings.get("cell") else None
    front = Front(udp, player, cell=cell, **options)
    try:
        udp.bind((host, port))
    except OSError as error:
        front.say(CannotListen(f"cannot listen to OSC on {host}:{port}: {error.strerror}"))
        return 1
    front.say(Listening(*udp.getsockname()))
    gc.collect()
    gc.freeze()
    front.run()
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
