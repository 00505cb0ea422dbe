"""The process that listens to OSC, so that datagrams cost the player no time.

    UDP --a position alone--> polate.runtime.shared_positions ---------------------> player
    UDP --other messages----> PlayerOutbox --Messages, Moved, Refused, Listening---> player
    UDP <--answers, changes-- Publisher <--------------StateChanged, NotesSounded--- player

A datagram that holds only ``/polate/z/N f``, which a knob sends, is not parsed. Its position is written to the shared
memory, an empty line wakes the player, and a `Moved` is sent before the next line. `polate.osc.messages` has the
messages between this process and the player.
"""

import contextlib
import gc
import select
import signal
import socket
import time
from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network

from polate.errors import ControlError
from polate.osc.addresses import PLAYHEAD, clamped, to_control
from polate.osc.arguments import Argument
from polate.osc.messages import CannotListen, Listening, StateChanged, Subscribed, ToOsc
from polate.osc.packets import MAX_BYTES, ahead_ns, build, messages
from polate.osc.player_outbox import OscMessages, PlayerOutbox
from polate.osc.playhead_choice import PlayheadChoice
from polate.osc.publisher import Publisher
from polate.osc.subscribers import HostPort, is_loopback, name_of
from polate.runtime.child_process import child_side
from polate.runtime.clock import clock
from polate.runtime.line_stream import LineReader
from polate.runtime.shared_positions import AXES, ONE, PositionWriter
from polate.runtime.stop_signals import StopSignals, stop_signals

__all__ = ["OscProcess"]

_DATAGRAMS_PER_TURN = 64
_READ_BYTES = 65536
_OPTIONS = ("aliases", "honour_timetags", "clamp_positions", "allowed")


class OscProcess:
    """Reads datagrams from a UDP socket and messages from the player's socket, until the player hangs up."""

    def __init__(
        self,
        udp: socket.socket,
        player: socket.socket,
        *,
        aliases: Mapping[str, str] | None = None,
        honour_timetags: bool = True,
        clamp_positions: bool = False,
        positions: PositionWriter | None = None,
        allowed: Sequence[str] = (),
    ) -> None:
        """Both sockets are open and non-blocking.

        ``aliases``: other names for addresses, {alias: address}. ``honour_timetags``: if False, every message is for
        now. ``clamp_positions``: a position beyond 0..1 is moved to the end; else it is refused. ``positions``: the
        shared memory for positions; without it they are sent over the player's socket. ``allowed``: the networks whose
        messages are taken, such as 192.168.1.20 or 192.168.1.0/24, beside this machine; empty: any.
        """
        self._allowed = [ip_network(each, strict=False) for each in allowed]
        self._udp, self._player, self._positions = udp, player, positions
        self._aliases, self._honour_timetags = dict(aliases or {}), honour_timetags
        self._clamp_positions = clamp_positions
        self._peers = 0  # subscribers that the player knows of
        # The short way does not see the sender.
        self._axis_of = _position_datagrams(self._aliases) if positions and not allowed else {}
        # Bytes to look at: a longer datagram is not a position alone.
        self._longest = max(map(len, self._axis_of), default=0) + 4 + 1
        self._lines: LineReader[ToOsc] = LineReader(ToOsc)
        self.outbox = PlayerOutbox(player, positions)
        self._playhead_choice = PlayheadChoice()
        self._publisher = Publisher(udp, self._aliases, self.outbox.refuse, self._is_named)

    def run(self) -> None:
        """Run until the player hangs up or SIGTERM arrives."""
        with stop_signals(signal.SIGTERM) as stopped:
            readers: list[socket.socket | StopSignals] = [self._udp, self._player, stopped]
            while not stopped.received:
                writers = [self._player] if self.outbox.is_behind else []
                # No timeout unless there is something to report: its timer makes every wake-up a quarter slower.
                readable, _, _ = select.select(readers, writers, [], self.outbox.timeout_seconds)
                if self._udp in readable:
                    self._read_datagrams()
                if self._player in readable and not self._listen_to_player():
                    if self._positions:
                        self._positions.close()
                    return
                self.outbox.report()
                self.outbox.flush()

    def _read_datagrams(self) -> None:
        """Process the datagrams that have arrived. While the player is behind, positions wait with all else."""
        for _ in range(_DATAGRAMS_PER_TURN):
            is_position = False if self.outbox.is_behind else self._move()
            if is_position is None or not (is_position or self._receive()):
                return

    def _move(self) -> bool | None:
        """If the next datagram is a position alone, write the position to the shared memory. False if it is not; None
        if there is no datagram.

        Python's caches are cold when a datagram arrives, so each name that is looked up before the write costs time.
        """
        try:  # peek first: asking for the sender too takes longer than all the rest
            datagram = self._udp.recv(self._longest, socket.MSG_PEEK)
        except BlockingIOError:
            return None
        except OSError:
            return False
        axis, position = self._axis_of.get(datagram[:-4]), int.from_bytes(datagram[-4:], "big")
        if axis is None or position > ONE or self._positions is None:
            return False
        if self._positions.put(axis, position):
            self.outbox.wake()
        self._udp.recv(self._longest)
        return True

    def _receive(self) -> bool:
        """Process a datagram. False if there is none."""
        try:
            datagram, sender = self._udp.recvfrom(MAX_BYTES + 1)
        except BlockingIOError:
            return False
        except OSError:  # on some systems: an ICMP error about a datagram that was sent earlier
            return True
        sender = sender[:2]  # IPv6 has four
        if self._allowed and not self._is_named(sender):
            self.outbox.refuse(f"OSC from {name_of(sender)} is not in osc-allow")
            return True
        for at_ns, wanted in self._read(datagram, sender).items():
            self.outbox.send_osc(wanted, at_ns)
        self._report_subscribers()
        return True

    def _read(self, datagram: bytes, sender: HostPort) -> dict[int | None, OscMessages]:
        """The messages for the player, by the time at which they take effect (nanoseconds of `clock`; None: now).

        Questions are answered. Messages without an effect, for example the release of a button, are left out, and
        so is the playhead of a second sender.
        """
        wanted: dict[int | None, OscMessages] = {}
        now_ns, unix_ns = clock(), time.time_ns()
        for timetag, name, arguments in messages(datagram, self.outbox.refuse):
            address = self._aliases.get(name, name)
            try:
                if self._clamp_positions:
                    arguments = [*clamped(address, arguments)]
                if self._publisher.answer(address, arguments, sender) or not to_control(address, arguments):
                    continue
                if address == PLAYHEAD and not self._playhead_choice.is_followed(sender, now_ns):
                    continue
                ahead = ahead_ns(timetag, unix_ns) if self._honour_timetags else 0
                is_timed = ahead or address == PLAYHEAD  # a playhead has the time of its arrival
                wanted.setdefault(now_ns + ahead if is_timed else None, []).append((address, arguments))
            except ControlError as error:
                self.outbox.refuse(error)
        return wanted

    def _is_named(self, sender: HostPort) -> bool:
        """Whether a host is this machine, or one that the settings name."""
        return is_loopback(sender) or any(ip_address(sender[0]) in network for network in self._allowed)

    def _listen_to_player(self) -> bool:
        """Process the messages of the player. False if it has hung up."""
        try:
            data = self._player.recv(_READ_BYTES)
        except ConnectionError:
            return False
        changed: dict[str, Sequence[Argument]] = {}
        for message in self._lines.feed(data):
            if isinstance(message, StateChanged):
                changed.update(message.state)
            else:
                self._publisher.sound(message.events)
        if changed:
            self._publisher.update(changed)
        self._report_subscribers()
        return bool(data)

    def _report_subscribers(self) -> None:
        if (peers := self._publisher.peers) != self._peers:
            self._peers = peers
            self.outbox.send(Subscribed(peers))


def _position_datagrams(aliases: Mapping[str, str]) -> dict[bytes, int]:
    """The axis for every datagram that is a position alone, by the bytes before the position."""
    names = {f"/polate/z/{axis + 1}": axis for axis in range(AXES)}
    names |= {alias: names[address] for alias, address in aliases.items() if address in names}
    return {build(name, [0.0]).dgram[:-4]: axis for name, axis in names.items()}


def _main() -> int:
    player, settings = child_side()
    player.setblocking(False)
    host, port = settings["host"], settings["port"]
    udp = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    udp.setblocking(False)
    options = {name: settings[name] for name in _OPTIONS if name in settings}
    positions: PositionWriter | None = None
    with contextlib.suppress(OSError):
        positions = PositionWriter(settings["positions"]) if settings.get("positions") else None
    process = OscProcess(udp, player, positions=positions, **options)
    try:
        udp.bind((host, port))
    except (OSError, UnicodeError, TypeError) as error:  # the last two: no name of a host
        why = getattr(error, "strerror", None) or "this is no name of a host"
        process.outbox.send(CannotListen(f"cannot listen to OSC on {host}:{port}: {why}"))
        return 1
    process.outbox.send(Listening(*udp.getsockname()[:2]))
    gc.collect()
    gc.freeze()
    process.run()
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
