"""The values of the state on the network: answers to questions, and changes for subscribers.

    player --StateChanged--> values --> subscribers
           --NotesSounded------------->
    question --------------> values --> the program that asks

All that is sent to other machines is limited, with the answers (`ANSWER_BYTES_PER_SECOND`), and so are subscribers
(`polate.osc.subscribers`). One on another machine confirms first: `CONFIRM` with a number, which it sends back.
"""

import socket
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pythonosc.osc_message import OscMessage

from polate.control.player_state import NoteEvent
from polate.errors import ControlError
from polate.osc.addresses import CONFIRM, GET, NOTE_ADDRESSES, SUBSCRIBE, UNSUBSCRIBE, find_address
from polate.osc.arguments import Argument
from polate.osc.packets import build, datagrams
from polate.osc.subscribers import Allowance, Confirmations, HostPort, Subscribers, is_loopback, name_of
from polate.runtime.clock import clock

__all__ = ["ANSWER_BYTES_PER_SECOND", "Publisher"]

ANSWER_BYTES_PER_SECOND = 200_000
"""The limit for all answers, and for all changes sent to other machines, together. A datagram of 24 bytes can ask for
all values, and have them sent to another host."""


class Publisher:
    """Holds the latest state, answers questions about it, and sends changes to subscribers."""

    def __init__(
        self,
        udp: socket.socket,
        aliases: Mapping[str, str],
        refuse: Callable[[str], None],
        is_trusted: Callable[[HostPort], bool] = is_loopback,
    ) -> None:
        """``udp`` is open and non-blocking. ``aliases``: {alias: address}. ``refuse`` counts what cannot be sent.

        ``is_trusted``: whether a host need not confirm its subscription.
        """
        self._is_trusted = is_trusted
        self._confirmations = Confirmations()
        self._udp, self._aliases, self._refuse = udp, aliases, refuse
        self._values: dict[str, Sequence[Argument]] = {}
        self._built: dict[str, list[OscMessage]] = {}  # the values as messages, for each address and its aliases
        self._subscribers = Subscribers()
        self._allowance = Allowance(ANSWER_BYTES_PER_SECOND)

    def update(self, changed: Mapping[str, Sequence[Argument]]) -> None:
        """Take over values that have changed, and send them to the subscribers."""
        self._values |= changed
        for address in changed:
            self._built.pop(address, None)
        if peers := self._subscribers.at(time.monotonic()):
            built = datagrams(self._messages(changed))
            for peer in peers:
                self._tell(built, peer)

    def sound(self, notes: Iterable[tuple[Any, ...]]) -> None:
        """Send notes that have begun or ended to the subscribers. ``notes``: the fields of each `NoteEvent`."""
        now_ns, peers = clock(), self._subscribers.at(time.monotonic())
        for note in notes if peers else ():
            event = NoteEvent(*note)
            if (address := NOTE_ADDRESSES.get(event.voice)) is None:
                continue
            ago_ms = (now_ns - event.due_ns) / 1e6
            for name in self._names(address):
                datagram = build(name, [event.note, event.velocity if event.on else 0, ago_ms]).dgram
                for peer in peers:
                    self._tell([datagram], peer)

    @property
    def peers(self) -> int:
        """The number of subscribers."""
        return len(self._subscribers.at(time.monotonic()))

    def answer(self, address: str, arguments: Sequence[Argument], sender: HostPort) -> bool:
        """Answer a question or change a subscription. False if the message is neither.

        Raises `ControlError` for an address without a value, for wrong arguments, and at the limits.
        """
        if address == GET:
            names = [argument for argument in arguments if isinstance(argument, str)]
            peer = _peer(address, [argument for argument in arguments if not isinstance(argument, str)], sender)
            if not names and not self._is_known(peer):
                raise ControlError(f"{address} without addresses is for subscribers: {peer[0]} is none")
            self._send_answer([self._with_value(name) for name in names] or self._values, peer)
        elif address == SUBSCRIBE:
            peer = _peer(address, arguments, sender)
            host, port = self._udp.getsockname()[:2]
            if peer in ((host, port), ("127.0.0.1", port), ("::1", port)):
                raise ControlError(f"{address} takes the port where you listen, got Polate's own, {port}")
            now = time.monotonic()
            if not self._is_trusted(peer) and peer not in self._subscribers.at(now):
                self._send([build(CONFIRM, [self._confirmations.ask(peer, now)]).dgram], peer)
            else:
                self._subscribe(peer)
        elif address == CONFIRM:
            number = _whole_number(address, arguments)
            self._subscribe(self._confirmations.take(number, sender[0], time.monotonic()))
        elif address == UNSUBSCRIBE:
            self._subscribers.remove(_peer(address, arguments, sender))
        elif not arguments and find_address(address).has_value:
            self._send_answer([self._with_value(address)], sender)
        else:
            return False
        return True

    def _subscribe(self, peer: HostPort) -> None:
        self._subscribers.add(peer, time.monotonic())
        self._send_answer(self._values, peer)

    def _is_known(self, peer: HostPort) -> bool:
        return self._is_trusted(peer) or self._subscribers.has_host(peer[0], time.monotonic())

    def _with_value(self, name: str) -> str:
        """The address for a name or an alias. Raises `ControlError` if it has no value."""
        address = self._aliases.get(name, name)
        if address not in self._values:
            find_address(address)
            raise ControlError(f"{address} has no value")
        return address

    def _send_answer(self, addresses: Iterable[str], peer: HostPort) -> None:
        if not self._allowance.is_left(time.monotonic()):
            raise ControlError(f"answers to OSC questions are limited to {ANSWER_BYTES_PER_SECOND} bytes a second")
        built = datagrams(self._messages(addresses))
        self._allowance.spend(sum(map(len, built)))
        self._send(built, peer)

    def _messages(self, addresses: Iterable[str]) -> list[OscMessage]:
        """The values of addresses as messages. An empty list is not sent: a message without arguments is a question."""
        built: list[OscMessage] = []
        for address in addresses:
            if address not in self._built:
                arguments = self._values[address]
                self._built[address] = [build(name, arguments) for name in self._names(address)] if arguments else []
            built += self._built[address]
        return built

    def _names(self, address: str) -> list[str]:
        """An address and its aliases."""
        return [address, *(alias for alias, of in self._aliases.items() if of == address)]

    def _tell(self, built: Sequence[bytes], peer: HostPort) -> None:
        """Send to a subscriber. What leaves this machine is within the allowance; what is beyond it is left out."""
        if not is_loopback(peer):
            if not self._allowance.is_left(time.monotonic()):
                self._refuse(f"OSC to other machines is limited to {ANSWER_BYTES_PER_SECOND} bytes a second")
                return
            self._allowance.spend(sum(map(len, built)))
        self._send(built, peer)

    def _send(self, built: Iterable[bytes], peer: HostPort) -> None:
        """Send datagrams. One that the system does not take at once is dropped and counted."""
        for datagram in built:
            try:
                self._udp.sendto(datagram, peer)
            except OSError as error:
                self._refuse(f"cannot send OSC to {name_of(peer)}: {error.strerror}")


def _whole_number(address: str, arguments: Sequence[Argument]) -> int:
    """The number of a confirmation, which may come as a float. Raises `ControlError`."""
    if len(arguments) != 1 or isinstance(arguments[0], str) or not float(arguments[0]).is_integer():
        raise ControlError(f"{address} takes the number that it was sent with")
    return int(arguments[0])


def _peer(address: str, arguments: Sequence[Argument], sender: HostPort) -> HostPort:
    """Where to send: to a port on the sender's host, or to the sender itself. Raises `ControlError`."""
    if not arguments:
        return sender
    if len(arguments) > 1 or isinstance(arguments[0], str) or not 0 <= arguments[0] <= 65535:
        got = " ".join(repr(argument) for argument in arguments)[:64]
        raise ControlError(f"{address} takes one port 0..65535, or none, got {got}")
    return sender[0], round(arguments[0]) or sender[1]
