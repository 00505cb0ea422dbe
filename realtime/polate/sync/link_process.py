"""The process that takes part in an Ableton Link session, so that the player does not load Link's library.

    Link session <--LinkPeer--> LinkProcess <--messages of polate.sync.messages, as lines of JSON--> player

While the player does not read, no message is added: the next `Beat` replaces those that were left out.
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
from polate.sync.link_peer import LinkPeer
from polate.sync.messages import AskPlaying, AskTempo, Beat, CannotJoin, Joined, Leave, Peers, Playing, ToLink

__all__ = ["LinkProcess"]

_INTERVAL_SECONDS = 0.02
_READ_BYTES = 4096


class LinkProcess:
    """Reports the state of the session to the player, and does what the player asks for."""

    def __init__(self, peer: LinkPeer, player: socket.socket) -> None:
        """``player`` is non-blocking."""
        self._peer, self._player = peer, player
        self._outbox = Outbox(player)
        self._lines: LineReader[ToLink] = LineReader(ToLink)
        self._reported: set[Playing | Peers] = set()

    def run(self) -> None:
        """Run until the player hangs up or SIGTERM arrives."""
        with stop_signals(signal.SIGTERM) as stopped:
            readers: list[socket.socket | StopSignals] = [self._player, stopped]
            while not stopped.received:
                readable, _, _ = select.select(readers, [], [], _INTERVAL_SECONDS)
                if self._player in readable and not self._listen():
                    return
                self._report()

    def _listen(self) -> bool:
        """Process the messages of the player. False at the end."""
        try:
            data = self._player.recv(_READ_BYTES)
        except ConnectionError:
            data = b""
        for message in self._lines.feed(data):
            match message:
                case AskTempo(bpm):
                    self._peer.set_tempo(bpm)
                case AskPlaying(playing):
                    self._peer.set_playing(playing)
                case Leave():
                    return False
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
    player.setblocking(False)
    outbox = Outbox(player)
    try:
        peer = LinkPeer(settings["bpm"], settings["quantum"], settings["playing"])
    except PolateError as error:
        outbox.put(encode_line(CannotJoin(str(error))))
        outbox.flush()
        return 1
    outbox.put(encode_line(Joined()))
    outbox.flush()
    gc.collect()
    gc.freeze()
    with peer:
        LinkProcess(peer, player).run()
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
