"""The socket, the links and the guard of the page. It needs none of the server's libraries.

The links can be printed and opened before these libraries are imported: a browser that connects meanwhile waits in the
queue of the socket.
"""

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from polate.web.guard import Guard
from polate.web.sockets import LOOPBACK, lan_addresses, listen
from polate.web.token_file import page_token

__all__ = ["PageAddress"]


@dataclass(frozen=True, slots=True)
class PageAddress:
    listener: socket.socket
    guard: Guard
    links: list[str]
    """With the token. The first one is on loopback."""

    @classmethod
    def open(cls, settings: dict[str, Any]) -> Self:
        """Listen with the settings of `polate.player.web_client`. Raises `OSError` if no port is free."""
        outside = lan_addresses() if settings["lan"] else []
        listener = listen("0.0.0.0" if settings["lan"] else "127.0.0.1", settings["port"])
        port = listener.getsockname()[1]
        token_file = settings["token_file"]
        guard = Guard.of([*LOOPBACK, *outside], port, page_token(Path(token_file) if token_file else None))
        links = [f"http://{host}:{port}/#token={guard.token}" for host in ("127.0.0.1", *outside)]
        return cls(listener, guard, links)
