"""A page's process without a browser and without a player: the test is both."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import msgspec
from rig import wait_until
from websockets.sync.client import ClientConnection, connect

from polate.control.front_messages import FromFront, Listening, NotesSounded, Refused, StateChanged, Watched
from polate.control.player_state import PlayerState
from polate.runtime.child_process import Child
from polate.runtime.line_stream import LineReader, encode_line

__all__ = ["STATE", "FakePlayer", "Page", "page_process", "watched"]

POSITIONS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
STATE = PlayerState(
    axes=("interval", "density", "register", "direction", "third note", "first note", "second note", "fan"),
    positions=POSITIONS,
    moved_positions=POSITIONS,
    z=(0.0,) * 8,
    pattern="tritone 0 1 2",
    notes=(60, 61, 62, 66, 67, 68, 72, 68, 67, 66, 62, 61),
    top=6,
    corners={"a": "giant steps", "b": "here", "c": "here", "d": "here"},
    corner_points={corner: (0.5 * number,) * 8 for number, corner in enumerate(("a", "b", "c", "d"))},  # type: ignore[misc]
    model="slonimsky.onnx",
)


class FakePlayer:
    """The player's end of the socket."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.heard: list[Any] = []
        self._reader: LineReader[Any] = LineReader(FromFront)

    def hear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self.heard += self._reader.feed(self.child.receive(65536))

    def wait_for(self, kind: type, seconds: float = 20) -> Any:
        def there() -> Any:
            self.hear()
            return next((message for message in self.heard if isinstance(message, kind)), None)

        wait_until(lambda: there() is not None, seconds, f"{kind.__name__} from the page's process")
        return there()

    def tell(self, state: PlayerState) -> None:
        self._send(StateChanged(msgspec.structs.asdict(state)))

    def sound(self, *event: Any) -> None:
        self._send(NotesSounded([event]))  # type: ignore[list-item]

    def refuse(self, text: str) -> None:
        self._send(Refused(text))

    def _send(self, message: Any) -> None:
        self.child.socket.setblocking(True)
        self.child.socket.sendall(encode_line(message))
        self.child.socket.setblocking(False)


class Page:
    """A page that speaks the protocol."""

    def __init__(self, link: str, *, token: str | None = None, origin: str | None = None) -> None:
        base, _, fragment = link.partition("/#token=")
        self.base = base
        self.token = fragment if token is None else token
        self._socket: ClientConnection = connect(
            base.replace("http", "ws") + "/ws",
            origin=origin or base,
            max_size=2**22,
            proxy=None,
            legacy=True,  # type: ignore[arg-type]
        )
        self.heard: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def hello(self) -> Self:
        self.send({"t": "hello", "v": 1, "token": self.token})
        return self

    def send(self, message: object) -> None:
        self._socket.send(message if isinstance(message, str) else json.dumps(message))

    def send_bytes(self, data: bytes) -> None:
        self._socket.send(data)

    def next_message(self) -> dict[str, Any]:
        """Waits for it. Raises `ConnectionClosed` of websockets at the end."""
        message: dict[str, Any] = json.loads(self._socket.recv())
        return message

    def wait_for(self, holds: Callable[[dict[str, Any]], bool], seconds: float = 10) -> dict[str, Any]:
        """The next message for which it holds."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(TimeoutError):
                message = json.loads(self._socket.recv(timeout=max(0.01, until - time.monotonic())))
                self.heard.append(message)
                if holds(message):
                    return message
        raise AssertionError(f"waited {seconds:g} s; heard {[each['t'] for each in self.heard]}")

    def next(self, kind: str, seconds: float = 10) -> dict[str, Any]:
        return self.wait_for(lambda message: message["t"] == kind, seconds)

    def closed_with(self, seconds: float = 10) -> int | None:
        """The code with which the server closes this socket."""
        until = time.monotonic() + seconds
        with contextlib.suppress(Exception):
            while time.monotonic() < until:
                self._socket.recv(timeout=until - time.monotonic())
        return self._socket.close_code


@contextlib.contextmanager
def page_process(folder: Path, port: int, **settings: Any) -> Iterator[tuple[FakePlayer, str]]:
    """The process on a free port, and its link."""
    given = {
        "port": port,
        "lan": False,
        "model": None,
        "osc": None,
        "token_file": str(folder / "page-token"),
        **settings,
    }
    child = Child.start("polate.web.process", given)
    player = FakePlayer(child)
    try:
        listening = player.wait_for(Listening)
        assert listening.links, listening.error
        yield player, listening.links[0]
    finally:
        child.close()


def watched(player: FakePlayer, pages: int) -> None:
    """Wait until the process has said that so many pages look."""

    def said() -> bool:
        player.hear()
        return [message.pages for message in player.heard if isinstance(message, Watched)][-1:] == [pages]

    wait_until(said, 10, f"{pages} pages to be reported")
