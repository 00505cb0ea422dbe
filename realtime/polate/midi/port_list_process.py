"""The process that lists the MIDI ports that are there, while somebody needs to know.

    MIDI system --list_ports, every 5 s--> PortListProcess --PortsThere--> player

It is a process of its own because a look can take long: to open a JACK client takes 30 ms, and 150 ms on a busy
machine. So neither the gate nor the MIDI input looks. It keeps no client open between two looks: an open JACK client
takes part in every period of the server.
"""

import gc
import select
import signal
import socket
from collections.abc import Callable

from polate.midi.port_messages import PortsThere
from polate.midi.ports import list_ports
from polate.runtime.child_process import child_side
from polate.runtime.line_stream import encode_line
from polate.runtime.native_stderr import quiet_native_stderr
from polate.runtime.outbox import Outbox
from polate.runtime.stop_signals import StopSignals, stop_signals

__all__ = ["PortListProcess"]

_INTERVAL_SECONDS = 5.0


class PortListProcess:
    """Reports the ports to the player, and what has changed."""

    def __init__(self, player: socket.socket, look: Callable[[], tuple[list[str], list[str]]]) -> None:
        """``player`` is non-blocking. ``look`` gives the inputs and the outputs."""
        self._player, self._look = player, look
        self._outbox = Outbox(player)
        self._reported: PortsThere | None = None

    def run(self) -> None:
        """Run until the player sends anything (`AskEnd`) or hangs up, or until SIGTERM."""
        with stop_signals(signal.SIGTERM) as stopped:
            sockets: list[socket.socket | StopSignals] = [self._player, stopped]
            while True:
                self._report()
                if select.select(sockets, [], [], _INTERVAL_SECONDS)[0]:
                    return

    def _report(self) -> None:
        self._outbox.flush()
        inputs, outputs = self._look()
        there = PortsThere(tuple(inputs), tuple(outputs))
        if there != self._reported and not self._outbox:
            self._reported = there
            self._outbox.put(encode_line(there))
            self._outbox.flush()


def _main() -> int:
    player, settings = child_side()
    player.setblocking(False)
    quiet_native_stderr()
    gc.collect()
    gc.freeze()
    PortListProcess(player, lambda: list_ports(settings["api"])).run()
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
