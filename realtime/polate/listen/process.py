"""The process that recognises phrases for the player.

    player --Recognise--> ListenProcess --Recogniser, Encoder--> Recognised --> player

It makes its table at the start, and gives way to the processes that play.
"""

import contextlib
import gc
import select
import signal
import socket
from collections.abc import Callable
from pathlib import Path

from polate.errors import ModelError, PolateError
from polate.listen.messages import CannotRecognise, EndListening, Recognise, Recognised, Resemblance, ToListen
from polate.listen.phrase_table import PhraseTable
from polate.listen.recognition import Recogniser
from polate.model.corpus_file import read_corpus
from polate.model.latent_map import LatentMap
from polate.runtime.child_process import child_side
from polate.runtime.line_stream import LineReader, encode_line
from polate.runtime.stop_signals import StopSignals, stop_signals
from polate.theory.pattern import Pattern

__all__ = ["ListenProcess"]

_READ_BYTES = 65536


class ListenProcess:
    """Answers the newest phrase, until the player hangs up."""

    def __init__(
        self, player: socket.socket, recogniser: Recogniser, place_of: Callable[[Pattern], tuple[float, ...]]
    ) -> None:
        """``player`` blocks. ``place_of`` gives the coordinates of a pattern on the map; empty if it cannot."""
        self._player, self._recogniser, self._place_of = player, recogniser, place_of
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
                    self._player.sendall(encode_line(self.answer(newest)))

    def answer(self, phrase: Recognise) -> Recognised:
        """What a phrase is most like."""
        nearest = self._recogniser.nearest(phrase.notes)
        return Recognised(
            phrase.number,
            tuple(Resemblance(each.pattern.text, each.tonic, each.distance) for each in nearest),
            self._place_of(nearest[0].pattern) if nearest else (),
        )


def _place_on(latent_map: LatentMap) -> Callable[[Pattern], tuple[float, ...]]:
    """The encoder's mean: a pattern of the corpus decodes from there, with few exceptions."""

    def place(pattern: Pattern) -> tuple[float, ...]:
        try:
            mean, _ = latent_map.encoder.encode(pattern)
        except PolateError:  # no encoder, or a list of other patterns than the model's
            return ()
        return tuple(mean.tolist())

    return place


def _main() -> int:
    player, settings = child_side()
    model = settings["model"]
    try:
        latent_map = LatentMap.open(Path(model) if model else None)
        patterns = read_corpus(Path(model) if model else None, latent_map.decoder.metadata)
        with contextlib.suppress(ModelError):
            _ = latent_map.encoder  # loaded now, and not at the first phrase
        recogniser = Recogniser(PhraseTable.of(patterns))
        recogniser.nearest(range(60, 73))
    except PolateError as error:
        player.sendall(encode_line(CannotRecognise(str(error))))
        return 0
    gc.collect()
    gc.freeze()
    ListenProcess(player, recogniser, _place_on(latent_map)).run()
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
