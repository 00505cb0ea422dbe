"""The process that recognises phrases for the player.

    player --Recognise--> ListenProcess --Answers: Recogniser, Encoder--> Recognised --> player

It makes its table at the start, and gives way to the processes that play. What it needs is imported after the versions
have been compared.
"""

import contextlib
import gc
import select
import signal
import socket
from collections.abc import Callable
from pathlib import Path

from polate.errors import PolateError
from polate.listen.messages import CannotRecognise, EndListening, Recognise, Recognised, ToListen
from polate.runtime.child_process import child_side
from polate.runtime.line_stream import LineReader, encode_line
from polate.runtime.stop_signals import StopSignals, stop_signals

__all__ = ["ListenProcess"]

_READ_BYTES = 65536


class ListenProcess:
    """Answers the newest phrase, until the player hangs up."""

    def __init__(self, player: socket.socket, answer: Callable[[Recognise], Recognised]) -> None:
        """``player`` blocks."""
        self._player, self._answer = player, answer
        self._reader: LineReader[ToListen] = LineReader(ToListen)

    def run(self) -> None:
        """Run until the player hangs up or ends it, or until SIGTERM."""
        with stop_signals(signal.SIGTERM) as stopped:
            self.loop(stopped)

    def loop(self, stopped: StopSignals | None = None) -> None:
        """`run` without the signal, so that it can be called in any thread."""
        sockets: list[socket.socket | StopSignals] = [self._player, stopped] if stopped else [self._player]
        with contextlib.suppress(ConnectionError):
            while True:
                ready, _, _ = select.select(sockets, [], [])
                if stopped in ready or not (data := self._player.recv(_READ_BYTES)):
                    return
                asked = list(self._reader.feed(data))
                if any(isinstance(message, EndListening) for message in asked):
                    return
                if asked and isinstance(newest := asked[-1], Recognise):
                    self._player.sendall(encode_line(self._answer(newest)))


def _main() -> int:
    player, settings = child_side()
    from polate.listen.answers import open_answers

    try:
        answers = open_answers(Path(settings["model"]) if settings["model"] else None)
    except PolateError as error:
        player.sendall(encode_line(CannotRecognise(str(error))))
        return 0
    gc.collect()
    gc.freeze()
    ListenProcess(player, answers.answer).run()
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
