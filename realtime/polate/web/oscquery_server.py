"""The server of OSCQuery: the tree by HTTP, and changes by websocket to who listens. It can only be read.

GET /polate/tempo          a node and all below it
GET /polate/tempo?VALUE    one of its attributes
GET /?HOST_INFO            the port for OSC
websocket                  {"COMMAND": "LISTEN", "DATA": "/polate/tempo"} --> OSC messages, binary; IGNORE ends it
"""

import asyncio
import contextlib
import ipaddress
import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket, WebSocketDisconnect

from polate.osc.packets import build
from polate.web.hub import Hub
from polate.web.oscquery import AddressTree, attribute, host_info
from polate.web.visitor import Visitor

__all__ = ["MOST_LISTENERS", "MOST_LISTENING_BYTES", "oscquery_application"]

MOST_LISTENERS = 16
"""Websockets that may be open at the same time."""

MOST_LISTENING_BYTES = 4096
"""The size limit of a command."""

_FULL, _TOO_MANY = 4503, 4429  # private close codes, as of the page's websocket
_MOST_REFUSED = 2000
_GLANCE_SECONDS = 5.0  # after a request the player sends its state for so long, in case another one follows
_FRESH_SECONDS = 0.5  # that a request waits for the player's state
_LOOK_SECONDS = 0.01


class _Command(msgspec.Struct, frozen=True):
    COMMAND: str
    DATA: str = ""


class _Listener(Visitor):
    """A visitor that gets the values of the addresses it listens to, and nothing else."""

    def __init__(self, now: float) -> None:
        super().__init__(now)
        self.addresses: set[str] = set()

    def put_state(self, state: dict[str, Any]) -> None:
        heard = {address: state[address] for address in self.addresses & state.keys()}
        if heard:
            super().put_state(heard)

    def put_more(self, more: dict[str, Any]) -> None: ...

    def put_note(self, event: list[Any]) -> None: ...

    def put_silence(self) -> None: ...

    def put_answer(self, message: dict[str, Any]) -> None: ...

    def put_picture(self, message: dict[str, Any]) -> None: ...

    def take_messages(self, now: float) -> list[bytes]:
        """The messages to send now; none before the shortest time between two has passed."""
        state = self.take_state(now)
        return [build(address, list(arguments)).dgram for address, arguments in state.items()]


class _Glances:
    """Keeps the player's state coming for some seconds after a request."""

    def __init__(self, hub: Hub, wake: Callable[[], None]) -> None:
        self._hub, self._wake = hub, wake
        self._glance = _Listener(0.0)
        self._ends: asyncio.TimerHandle | None = None

    async def look(self) -> None:
        """Wait until the state is fresh, at most half a second."""
        if self._ends:
            self._ends.cancel()
        self._ends = asyncio.get_running_loop().call_later(_GLANCE_SECONDS, self._end)
        if self._hub.visitors:
            return
        told, until = self._hub.times_told, time.monotonic() + _FRESH_SECONDS
        self._hub.visitors.add(self._glance)
        self._wake()
        while self._hub.times_told == told and time.monotonic() < until:
            await asyncio.sleep(_LOOK_SECONDS)

    def _end(self) -> None:
        self._hub.leave(self._glance)
        self._wake()


def oscquery_application(
    hub: Hub, tree: AddressTree, osc: tuple[str, int], allowed: Sequence[str], wake: Callable[[], None]
) -> ASGIApp:
    """``osc``: where Polate listens for OSC. ``allowed``: the setting `osc-allow`. ``wake``: called when somebody comes
    or goes."""
    glances = _Glances(hub, wake)
    networks = [ipaddress.ip_network(each, strict=False) for each in allowed]
    listeners = 0

    async def get(request: Request) -> Response:
        if not (_is_direct(request) and _is_allowed(request, networks)):
            return PlainTextResponse("this server answers programs of machines in osc-allow, and no other sites", 403)
        asked = next(iter(request.query_params), "")
        if asked == "HOST_INFO":
            return JSONResponse(host_info(*osc))
        await glances.look()
        node = tree.node(request.url.path, hub.told)
        if node is None:
            return PlainTextResponse("no such address; / lists all", 404)
        if not asked:
            return JSONResponse(node)
        try:
            answer = attribute(node, asked)
        except KeyError:
            return PlainTextResponse(f"no such attribute: {asked[:32]!r}", 400)
        return Response(status_code=204) if answer is None else JSONResponse(answer)

    async def listen(socket: WebSocket) -> None:
        nonlocal listeners
        if not (_is_direct(socket) and _is_allowed(socket, networks)):
            await socket.close()
            return
        await socket.accept()
        if listeners >= MOST_LISTENERS:
            await socket.close(_FULL, f"at most {MOST_LISTENERS} websockets can be open")
            return
        listeners += 1
        listener = _Listener(time.monotonic())
        hub.visitors.add(listener)
        wake()
        sender = asyncio.create_task(_send(socket, listener))
        try:
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                await _listen(socket, hub, tree, listener)
        finally:
            listeners -= 1
            hub.leave(listener)
            sender.cancel()
            with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError, OSError):
                await sender
            wake()

    return Starlette(routes=[WebSocketRoute("/{path:path}", listen), Route("/{path:path}", get, methods=["GET"])])


async def _listen(socket: WebSocket, hub: Hub, tree: AddressTree, listener: _Listener) -> None:
    addresses = set(tree.addresses)
    while True:
        message: Any = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        if not listener.allowance.take(time.monotonic()):
            if listener.allowance.refused >= _MOST_REFUSED:
                await socket.close(_TOO_MANY, "too many messages")
                return
            continue
        with contextlib.suppress(msgspec.DecodeError):
            command = msgspec.json.decode(message.get("text") or message.get("bytes") or b"", type=_Command)
            if command.COMMAND == "LISTEN" and command.DATA in addresses:
                listener.addresses.add(command.DATA)
                if command.DATA in hub.told:
                    listener.put_state({command.DATA: hub.told[command.DATA]})
            elif command.COMMAND == "IGNORE":
                listener.addresses.discard(command.DATA)


async def _send(socket: WebSocket, listener: _Listener) -> None:
    while True:
        for message in listener.take_messages(time.monotonic()):
            await socket.send_bytes(message)
        due = listener.due_seconds(time.monotonic())
        listener.wake.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(listener.wake.wait(), due)


def _is_direct(connection: HTTPConnection) -> bool:
    """Whether a program asks, and not a page of another site that a browser shows (see `polate.web.guard`).

    Another site needs a name for this machine, and a browser names the site in `Origin`.
    """
    host = connection.headers.get("host")
    if host is None or "origin" in connection.headers:
        return False
    name = host if host.endswith("]") else host.rsplit(":", 1)[0]
    return name == "localhost" or name.endswith(".local") or _address(name.strip("[]")) is not None


def _is_allowed(connection: HTTPConnection, networks: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    """Whether the request is from this machine, or from one that `osc-allow` names."""
    address = _address(connection.client.host) if connection.client else None
    if not networks or (address and address.is_loopback):
        return True
    return address is not None and any(address in network for network in networks)


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
