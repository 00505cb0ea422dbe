"""The process that finds places on the map for the player.

    player --Locate--> LocateProcess --Finder--> Located, NotLocated --> player

At its start it also tells the player which landmarks only other shipped maps have, for error messages.

It loads the decoder and the encoder at its start, and gives way to the processes that play. They are imported after
the versions have been compared.
"""

import contextlib
import gc
import select
import signal
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

from polate.errors import PolateError
from polate.locate.messages import FromLocate, Locate, Located, NamesElsewhere, NotLocated
from polate.runtime.child_process import child_side
from polate.runtime.line_stream import LineReader, encode_line
from polate.runtime.stop_signals import StopSignals, stop_signals

__all__ = ["LocateProcess"]

_READ_BYTES = 65536

Found = tuple[tuple[float, ...], str]
"""As `polate.locate.finder.Found`."""


class LocateProcess:
    """Answers one request after the other, until the player hangs up."""

    def __init__(self, player: socket.socket, find: Callable[[str], Found]) -> None:
        """``player`` blocks. ``find`` raises `PolateError` for a text that names no place."""
        self._player, self._find = player, find
        self._reader: LineReader[Locate] = LineReader(Locate)

    def run(self) -> None:
        """Run until the player hangs up, or until SIGTERM."""
        with stop_signals(signal.SIGTERM) as stopped, contextlib.suppress(ConnectionError):
            sockets: list[socket.socket | StopSignals] = [self._player, stopped]
            while True:
                ready, _, _ = select.select(sockets, [], [])
                if stopped in ready or not (data := self._player.recv(_READ_BYTES)):
                    return
                for request in self._reader.feed(data):
                    self._player.sendall(encode_line(self._answer(request)))

    def _answer(self, request: Locate) -> FromLocate:
        try:
            z, pattern = self._find(request.place)
        except PolateError as error:
            return NotLocated(request.number, str(error))
        return Located(request.number, z, pattern)


def _open(model: str | None) -> tuple[Callable[[str], Found], NamesElsewhere]:
    """The search on a model. A model that cannot be loaded is the answer to every request."""
    from polate.locate.finder import Finder
    from polate.model.latent_map import LatentMap
    from polate.model.other_maps import names_on_other_maps

    names: dict[str, tuple[str, ...]] = {}
    try:
        latent_map = LatentMap.open(Path(model) if model else None)
        with contextlib.suppress(PolateError, ValueError):  # they only make messages clearer
            names = names_on_other_maps(mark.name for mark in latent_map.decoder.metadata.landmarks)
        _ = latent_map.encoder  # loaded now, and not at the first request
    except PolateError as error:
        return partial(_fail, error), NamesElsewhere(names)
    return Finder(latent_map).find, NamesElsewhere(names)


def _fail(error: PolateError, text: str) -> Found:
    raise error


def _main() -> int:
    player, settings = child_side()
    find, names = _open(settings["model"])
    gc.collect()
    gc.freeze()
    with contextlib.suppress(ConnectionError):
        player.sendall(encode_line(names))
    LocateProcess(player, find).run()
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
