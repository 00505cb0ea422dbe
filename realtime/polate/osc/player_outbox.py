"""What the OSC process sends to the player.

    OSC messages --send_osc--> [newest playhead, newest of each topic, while the player is behind] --> player
    positions in shared memory --> a Moved before the next line                                    --> player
    refused messages --refuse--> a report at most once a second                                    --> player

Everything is sent as messages of `polate.osc.messages`, each a line of JSON.
"""

import socket
import time

import msgspec

from polate.errors import ControlError
from polate.osc.addresses import PLAYHEAD, topic
from polate.osc.arguments import Argument
from polate.osc.messages import Messages, Moved, Refused
from polate.runtime.clock import clock
from polate.runtime.line_stream import encode_line
from polate.runtime.outbox import Outbox
from polate.runtime.shared_positions import PositionWriter

__all__ = ["OscMessages", "PlayerOutbox"]

OscMessages = list[tuple[str, list[Argument]]]
"""Addresses with their arguments."""

_REPORT_SECONDS = 1.0


class PlayerOutbox:
    """The socket to the player. It never waits for the player, and what it keeps for it is bounded.

    While the player does not read, the newest message of each topic is kept, and the newest playhead with its time.
    Older ones, and messages for later, are dropped and counted as refused.
    """

    def __init__(self, player: socket.socket, positions: PositionWriter | None) -> None:
        """``player`` is non-blocking. ``positions``: the shared memory for positions, if there is one."""
        self._outbox = Outbox(player)
        self._positions = positions
        self._waiting: dict[tuple[str, int], tuple[str, list[Argument]]] = {}  # the newest message of each topic
        self._playhead: Messages | None = None  # the newest that waits
        self._refused = 0  # since the last report
        self._why: ControlError | str = ""  # the last message was refused
        self._report_at = 0.0  # seconds of `time.monotonic`

    @property
    def is_behind(self) -> bool:
        """Whether anything waits until the player reads."""
        return bool(self._outbox or self._waiting or self._playhead)

    def wake(self) -> None:
        """Wake the player with an empty line."""
        self._outbox.put(b"\n")
        self._outbox.flush()

    def send(self, message: msgspec.Struct) -> None:
        """Send a message. The positions that were written since the last one are sent before it."""
        if self._positions and (words := self._positions.unsaid()):
            self._put(Moved(words))
        self._put(message)
        self._outbox.flush()

    def send_osc(self, messages: OscMessages, at_ns: int | None) -> None:
        """Send OSC messages that take effect at one time; None is now. If the player is behind, keep the newest."""
        if not self.is_behind:
            self.send(Messages(messages, at_ns))
            return
        for address, arguments in messages:
            replaces = False
            if address == PLAYHEAD:  # a stop is said only once, and the time of a position is part of it
                replaces, self._playhead = self._playhead is not None, Messages([(address, arguments)], at_ns)
            elif at_ns is not None and at_ns > clock():
                self.refuse("the player is behind: a message for later was dropped")
            else:
                about = topic(address, arguments)
                replaces = self._waiting.pop(about, None) is not None
                self._waiting[about] = (address, arguments)
            if replaces:
                self.refuse("the player is behind: an older message was dropped for a newer one")

    def refuse(self, why: ControlError | str) -> None:
        """Count a refused message. The next report gives the reason of the last one."""
        self._refused, self._why = self._refused + 1, why

    @property
    def timeout_seconds(self) -> float | None:
        """Seconds until the next report is due; None if there is nothing to report."""
        return max(0.0, self._report_at - time.monotonic()) if self._refused else None

    def report(self) -> None:
        """Report refused messages if a report is due."""
        now = time.monotonic()
        if self._refused and now >= self._report_at:
            self.send(Refused(str(self._why), self._refused))
            self._refused, self._report_at = 0, now + _REPORT_SECONDS

    def flush(self) -> None:
        """Write as much as the player takes without waiting."""
        self._outbox.flush()
        if self._playhead and not self._outbox:
            self.send(self._playhead)
            self._playhead = None
        if self._waiting and not self._outbox:
            self.send(Messages(list(self._waiting.values())))
            self._waiting.clear()

    def _put(self, message: msgspec.Struct) -> None:
        self._outbox.put(encode_line(message))
        if self._positions:
            self._positions.lines += 1
