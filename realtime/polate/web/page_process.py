"""The parts of the page's process on one event loop: the hub, the painter and the server.

    player <--lines of JSON--> Hub <--websocket--> pages
                                ^
                             Painter, which has a decoder of its own

While no page is open, the process waits, and the player sends it nothing.
"""

import asyncio
import contextlib
import gc
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import uvicorn
from starlette.types import ASGIApp

from polate import __version__
from polate.control.commands import SYNC_SOURCES
from polate.control.front_messages import (
    Asked,
    NotesLost,
    NotesSounded,
    Refused,
    StateChanged,
    ToFront,
    Watched,
)
from polate.control.player_state import PlayerState
from polate.errors import printable
from polate.mapping.controllers import controller_names
from polate.model.decoder import Decoder
from polate.osc.state import values_of
from polate.web.address import PageAddress
from polate.web.discovery import advertise
from polate.web.facts import Facts
from polate.web.hub import Hub
from polate.web.oscquery import AddressTree
from polate.web.oscquery_server import MOST_LISTENING_BYTES, oscquery_application
from polate.web.page_messages import MOST_BYTES
from polate.web.painter import PICTURE_SECONDS, Painter
from polate.web.server import application
from polate.web.sockets import listen

__all__ = ["PageProcess"]

_LINE_BYTES = 2**20
_MOST_UNSENT = 2**18  # bytes that wait for the player: what is asked beyond that is refused


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers, because `PageProcess.run` decides when the process ends."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class OscAddress(msgspec.Struct, frozen=True):
    """Where Polate listens for OSC."""

    host: str
    port: int
    clips: bool  # positions beyond 0..1 are moved to the end, not refused
    allowed: list[str]  # the setting osc-allow


class PageProcess:
    """Made with the player's socket, the address, and settings of `polate.player.web_client`: the path of the model or
    None, and where Polate listens for OSC or None. Raises `ModelError`."""

    def __init__(self, player: socket.socket, address: PageAddress, settings: Mapping[str, Any]) -> None:
        self._player, self._address = player, address
        self._osc: OscAddress | None = msgspec.convert(settings["osc"], OscAddress | None)
        model = settings["model"]
        self._writer: asyncio.StreamWriter | None = None
        self._fields: dict[str, Any] = {}  # the last value of each field of PlayerState
        self._recording = ""  # as in PlayerState
        self._finished: tuple[str, str] = ("", "")  # the last take and the last capture
        self._pages = 0
        self._work = asyncio.Event()
        decoder = Decoder.open(Path(model) if model else None)
        self._decoder = decoder
        self._texts = lru_cache(512)(lambda z: decoder.decode_many(np.array([z], dtype=np.float32))[0].text)
        about = {
            "polate": __version__,
            "model": printable(decoder.name.removesuffix(".onnx")),
            "controllers": controller_names(),
            "clocks": [source for source in SYNC_SOURCES if source != "osc" or self._osc],
        }
        facts = Facts(decoder)
        self._hub = Hub(about, decoder.axes, decoder.metadata.landmarks, self._ask, facts.of_pattern)
        self._painter = Painter(decoder, facts, self._hub)

    async def run(self) -> None:
        """Serve the page until the player closes the socket or SIGTERM arrives."""
        reader, self._writer = await asyncio.open_connection(sock=self._player, limit=_LINE_BYTES)
        app = application(self._hub, self._address.guard, self._work.set, self._newest_take)
        server = _server(app, MOST_BYTES)
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, setattr, server, "should_exit", True)
        gc.collect()
        gc.freeze()
        tasks = [asyncio.create_task(self._paint()), asyncio.create_task(self._hear(reader, server))]
        async with self._oscquery():
            await server.serve(sockets=[self._address.listener])
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError, ConnectionError):
            await asyncio.gather(*tasks)

    @contextlib.asynccontextmanager
    async def _oscquery(self) -> AsyncIterator[None]:
        """Serve OSCQuery on the TCP port with the number of OSC's UDP port, or on the next free one."""
        if self._osc is None:
            yield
            return
        try:
            listener = listen(self._osc.host, self._osc.port)
        except (OSError, UnicodeError, TypeError) as error:  # the last two: no name of a host
            print(f"no OSCQuery: {error}", file=sys.stderr, flush=True)
            yield
            return
        tree = AddressTree(len(self._decoder.axes), clips=self._osc.clips)
        osc = self._osc.host, self._osc.port
        app = oscquery_application(self._hub, tree, osc, self._osc.allowed, self._work.set)
        server = _server(app, MOST_LISTENING_BYTES)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        advertising = asyncio.create_task(advertise(self._osc.host, self._osc.port, listener.getsockname()[1]))
        try:
            yield
        finally:
            server.should_exit = True
            advertising.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(serving, advertising)

    async def _hear(self, reader: asyncio.StreamReader, server: _Server) -> None:
        """Read the player's messages until it closes the socket, then stop the server."""
        try:
            await self._take_messages(reader)
        finally:
            server.should_exit = True

    async def _take_messages(self, reader: asyncio.StreamReader) -> None:
        decode = msgspec.json.Decoder(ToFront).decode
        while line := await reader.readline():
            match decode(line):
                case StateChanged(fields):
                    self._fields |= fields
                    self._tell()
                case NotesSounded(events):
                    for on, voice, _, channel, note, velocity, due_ns, sent_ns in events:
                        self._hub.tell_note([int(on), voice, channel, note, velocity, due_ns / 1e6, sent_ns / 1e6])
                case NotesLost():
                    self._hub.silence()
                case Refused(text):
                    self._hub.refuse(text)

    def _tell(self) -> None:
        state = msgspec.convert(self._fields, PlayerState)
        self._recording, self._finished = state.recording, (state.recorded, state.captured)
        self._hub.tell_state(values_of(state))
        self._hub.corners = tuple(tuple(point) for _, point in sorted(state.corner_points.items()))
        self._hub.tell_more(
            {
                "status": {
                    **{kind: state.ports.get(kind, "") for kind in ("output", "input", "osc")},
                    "sync": state.sync,
                    "late": state.late,
                    "dropped": state.dropped,
                    "controls": state.controls,
                    "refused": state.refused,
                    "recording": state.recording,
                    "trouble": state.trouble,
                    "captured": state.captured,
                    "played": state.played,
                },
                "ports": {"inputs": list(state.midi_inputs), "outputs": list(state.midi_outputs)},
                "mappings": [{"source": source, "target": target} for source, target in state.mappings],
                "snapshots": [
                    self._snapshot(name, z, state.snapshot_pins.get(name)) for name, z in state.snapshots.items()
                ],
            }
        )
        self._work.set()

    async def _paint(self) -> None:
        """Make pictures at most ten times a second while a page is open."""
        while True:
            pages = len(self._hub.visitors)
            if pages != self._pages:
                self._pages = pages
                self._say(Watched(pages))
            if not pages:
                self._work.clear()
                await self._work.wait()
                continue
            self._work.clear()
            self._hub.tick(asyncio.get_running_loop().time())
            unrested = await self._painter.paint()
            await asyncio.sleep(PICTURE_SECONDS)
            if not unrested:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._work.wait(), 1.0)

    def _newest_take(self) -> Path | None:
        """The file of the take that is being recorded, or else of the take or capture that was written last."""
        if self._recording:
            return Path(self._recording)
        with contextlib.suppress(OSError):  # the text of a capture may say why there is none
            return max(
                (path for path in map(Path, filter(None, self._finished)) if path.is_file()), key=_written, default=None
            )
        return None

    def _snapshot(self, name: str, z: Sequence[float], pinned: str | None) -> dict[str, Any]:
        axes = self._decoder.axes
        positions = [round(axis.position(value), 4) for axis, value in zip(axes, z, strict=True)]
        return {"name": name, "text": pinned or self._texts(tuple(z)), "positions": positions}

    def _ask(self, messages: list[tuple[str, list[Any]]]) -> None:
        self._say(Asked(messages))

    def _say(self, message: Asked | Watched) -> None:
        assert self._writer is not None
        if isinstance(message, Asked) and self._writer.transport.get_write_buffer_size() > _MOST_UNSENT:
            self._hub.refuse("Polate is busy: the last change was dropped")
            return
        self._writer.write(msgspec.json.encode(message) + b"\n")


def _server(app: ASGIApp, most_bytes: int) -> _Server:
    """``most_bytes``: the size limit of a websocket's frame."""
    return _Server(
        uvicorn.Config(
            app,
            ws="websockets-sansio",
            ws_max_size=most_bytes,
            ws_ping_interval=20,
            lifespan="off",
            log_level="critical",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
    )


def _written(path: Path) -> int:
    return path.stat().st_mtime_ns
