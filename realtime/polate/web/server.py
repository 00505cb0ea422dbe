"""The HTTP server of the page: files, and one websocket for each page. Only the websocket can change anything.

GET /...             the files of static/, index.html at /
GET /take.mid?token  the take that is being recorded, or else the newest take or capture
/ws                  the messages of PROTOCOL.md; the first one holds the token
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from importlib.resources import files
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from polate.errors import ControlError
from polate.runtime.clock import clock
from polate.web.guard import HEADERS, Guard
from polate.web.hub import Hub
from polate.web.page_messages import MOST_BYTES, VERSION, Hello, read
from polate.web.visitor import Visitor

__all__ = ["MOST_PAGES", "application"]

MOST_PAGES = 8
"""Websockets that may be open at the same time, including those that have not sent the token yet."""

_HELLO_SECONDS = 5.0
_MOST_REFUSED = 2000  # messages over the limit after which the websocket is closed
_BAD_TOKEN, _TOO_MANY, _BAD_FRAME, _FULL = 4401, 4429, 4400, 4503  # private close codes (RFC 6455, 7.4.2)

_NO_FILE, _ONLY_READ = PlainTextResponse("no such file", 404), PlainTextResponse("GET and HEAD only", 405)
_STATIC = Path(str(files("polate.web") / "static"))


class _Guarded:
    """Refuses requests that do not come from this page, and adds the headers to every response."""

    def __init__(self, app: ASGIApp, guard: Guard) -> None:
        self._app, self._guard = app, guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        is_socket = scope["type"] == "websocket"
        if not self._guard.knows(headers.get(b"host"), headers.get(b"origin"), needs_origin=is_socket):
            if is_socket:
                await WebSocket(scope, receive, send).close()  # before it is accepted: HTTP 403
            else:
                await PlainTextResponse("Host and Origin must be the address of this page", 403)(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                extra = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                kept = [pair for pair in message["headers"] if pair[0].decode().lower() not in HEADERS]
                message = {**message, "headers": [*kept, *extra]}
            await send(message)

        await self._app(scope, receive, send if is_socket else send_with_headers)


class _Files:
    """The files of the page, read once.

    A browser asks for all of them at each start, and Starlette's `StaticFiles` made a start 0.1 s longer.
    """

    def __init__(self, folder: Path) -> None:
        self._responses = {
            path.relative_to(folder).as_posix(): Response(path.read_bytes(), media_type=guess_type(path.name)[0])
            for path in folder.rglob("*")
            if path.is_file()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = self._responses.get(scope["path"].lstrip("/") or "index.html", _NO_FILE)
        await (response if scope["method"] in ("GET", "HEAD") else _ONLY_READ)(scope, receive, send)


def application(
    hub: Hub,
    guard: Guard,
    wake: Callable[[], None],
    newest_take: Callable[[], Path | None],
) -> ASGIApp:
    """``wake``: called when a page has asked for something. ``newest_take``: the file to download, or None."""
    open_sockets = 0

    async def take(request: Request) -> Response:
        if not guard.admits(request.query_params.get("token")):
            return PlainTextResponse("the token is missing or wrong: open the link that Polate has printed", 401)
        path = newest_take()
        if path is None or not path.is_file():
            return PlainTextResponse("nothing has been recorded or captured yet", 404)
        return FileResponse(path, media_type="audio/midi", filename="polate.mid")

    async def connect(socket: WebSocket) -> None:
        nonlocal open_sockets
        await socket.accept()
        if open_sockets >= MOST_PAGES:
            await socket.close(_FULL, f"at most {MOST_PAGES} pages can be open")
            return
        open_sockets += 1
        try:
            await _serve(socket, hub, guard, wake)
        finally:
            open_sockets -= 1

    routes = [
        Route("/take.mid", take, methods=["GET"]),
        WebSocketRoute("/ws", connect),
        Mount("/", _Files(_STATIC)),
    ]
    return _Guarded(Starlette(routes=routes), guard)


async def _serve(
    socket: WebSocket,
    hub: Hub,
    guard: Guard,
    wake: Callable[[], None],
) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        if not await _said_hello(socket, guard):
            return
        visitor = hub.join(time.monotonic())
        sender = asyncio.create_task(_send(socket, visitor))
        wake()
        try:
            await _listen(socket, hub, visitor, wake)
        finally:
            hub.leave(visitor)
            sender.cancel()
            with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError, OSError):
                await sender
            wake()


async def _said_hello(socket: WebSocket, guard: Guard) -> bool:
    try:
        hello = read(await asyncio.wait_for(socket.receive_text(), _HELLO_SECONDS))
    except (TimeoutError, ControlError, KeyError):
        await socket.close(_BAD_TOKEN, "the first message must be a hello with the token")
        return False
    if not (isinstance(hello, Hello) and guard.admits(hello.token)):
        await socket.close(_BAD_TOKEN, "the token is missing or wrong: open the link that Polate has printed")
        return False
    if hello.v != VERSION:
        await socket.close(_BAD_FRAME, f"this is version {VERSION} of the protocol, the page has {hello.v}: reload it")
        return False
    return True


async def _listen(
    socket: WebSocket,
    hub: Hub,
    visitor: Visitor,
    wake: Callable[[], None],
) -> None:
    while True:
        message: Any = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        now = time.monotonic()
        if not visitor.allowance.take(now):
            if visitor.allowance.refused >= _MOST_REFUSED:
                await socket.close(_TOO_MANY, "too many messages")
                return
            if visitor.allowance.refused == 1:
                visitor.put_answer({"t": "refused", "text": "too many messages a second: some are left out"})
            continue
        try:
            frame = message.get("text")
            if frame is None or len(frame) > MOST_BYTES:
                raise ControlError(f"a frame must be text of at most {MOST_BYTES} bytes")
            hub.take(visitor, read(frame), now, clock() / 1e6)
        except ControlError as error:
            visitor.put_answer({"t": "refused", "text": str(error)})
        wake()


async def _send(socket: WebSocket, visitor: Visitor) -> None:
    while True:
        now = time.monotonic()
        for frame in visitor.frames(now):
            await socket.send_text(frame)
        due = visitor.due_seconds(time.monotonic())
        visitor.wake.clear()
        if due == 0.0:
            continue
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(visitor.wake.wait(), due)
