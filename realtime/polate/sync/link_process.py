"""The process that takes part in an Ableton Link session, so that the player need not load the library.

    Link session <--Peer--> JSON lines <--> player

The lines are the messages of `polate.sync.messages`. While the player does not read, nothing piles up: the next `Beat`
holds everything that it needs.
"""

import gc
import select
import signal
import socket

from polate.errors import PolateError
from polate.runtime.child_process import child_side
from polate.runtime.line_stream import LineReader, encode_line
from polate.runtime.outbox import Outbox
from polate.runtime.stop_signals import StopSignals, stop_signals
from polate.sync.link_peer import Peer
from polate.sync.messages import AskPlaying, AskTempo, Beat, CannotJoin, Joined, Peers, Playing, ToLink

__all__ = ["Front"]

_INTERVAL_SECONDS = 0.02


class Front:
    """From a peer to the player's socket and back."""

    def __init__(self, peer: Peer, player: socket.socket) -> None:
        player.setblocking(False)
        self._peer, self._player = peer, player
        self._outbox = Outbox(player)
        self._lines: LineReader[ToLink] = LineReader(ToLink)
        self._reported: set[Playing | Peers] = set()

    def run(self) -> None:
        """Until the player hangs up or a signal comes."""
        with stop_signals(signal.SIGTERM) as stopped:
            while not stopped.received:
                readers: list[socket.socket | StopSignals] = [self._player, stopped]
                readable, _, _ = select.select(readers, [], [], _INTERVAL_SECONDS)
                if self._player in readable and not self._listen():
                    return
                self._report()

    def _listen(self) -> bool:
        """Do what the player says; False when it has hung up."""
        try:
            data = self._player.recv(4096)
        except ConnectionError:
            data = b""
        for said in self._lines.feed(data):
            match said:
                case AskTempo(bpm):
                    self._peer.set_tempo(bpm)
                case AskPlaying(playing):
                    self._peer.set_playing(playing)
        return bool(data)

    def _report(self) -> None:
        self._outbox.flush()
        if self._outbox:
            return
        state = self._peer.state()
        self._outbox.put(encode_line(Beat(state.beat, state.at_ns, state.bpm)))
        now: set[Playing | Peers] = {Playing(state.playing), Peers(state.peers)}
        for message in now - self._reported:
            self._outbox.put(encode_line(message))
        self._reported = now
        self._outbox.flush()


def _main() -> int:
    player, settings = child_side()
    outbox = Outbox(player)
    try:
        peer = Peer(settings["bpm"], settings["quantum"])
    except PolateError as error:
        outbox.put(encode_line(CannotJoin(str(error))))
        outbox.flush()
        return 1
    outbox.put(encode_line(Joined()))
    outbox.flush()
    gc.collect()
    gc.freeze()
    with peer:
        Front(peer, player).run()
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
