"""The client of the page's process: makes commands from its addresses, and sends it the state and the notes.

    page's process --Asked--> addresses --to_control--> commands --> player
                   <--StateChanged, NotesSounded, NotesLost, Refused--

While no page is open, the client sends nothing.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import msgspec

from polate.control.commands import Control
from polate.control.front_messages import (
    Asked,
    FromFront,
    Listening,
    NotesLost,
    NotesSounded,
    Refused,
    StateChanged,
    Watched,
)
from polate.control.player_state import OFF, NoteEvent, PlayerState
from polate.errors import PolateError
from polate.player.client import Client, Desk
from polate.player.config import Config
from polate.runtime.line_stream import LineReader, encode_line
from polate.runtime.supervisor import Member
from polate.runtime.user_data import user_data_folder

__all__ = ["WebClient", "child_of", "open_client"]

_MOST_UNSENT = 2**18  # bytes that may wait for the process; while more wait, nothing is added
_FIRST_NS = 150_000_000  # delay of the first start, because the imports of the process would delay the first note
_AGAIN_NS = 10 * 1_000_000_000  # until the next try if no port was free


def child_of(config: Config) -> Member | None:
    if not config.web:
        return None
    folder = user_data_folder()
    settings = {
        "port": config.web_port,
        "lan": config.lan,
        "model": config.model,
        "osc": _osc_of(config) if config.osc else None,
        "token_file": str(folder / "page-token") if folder else None,
    }
    return Member("web", "polate.web.process", settings, partial(LineReader, FromFront))


def _osc_of(config: Config) -> dict[str, Any]:
    clips = config.osc_range == "clamp"
    return {"host": config.osc_host, "port": config.osc_port, "clips": clips, "allowed": config.osc_allow}


def open_client(desk: Desk, child: Member) -> Client:
    child.rest(_FIRST_NS)
    return WebClient(desk, child)


class WebClient(Client):
    """Sends the fields of the state that have changed since the last time."""

    def __init__(self, desk: Desk, child: Member) -> None:
        super().__init__(desk, child)
        self._watched = False
        self._told: PlayerState | None = None  # the last state that was sent; None: send every field
        self._has_lost_notes = False  # events of notes were dropped, and the process does not know it yet
        desk.notes.subscribe(self)

    @property
    def is_open(self) -> bool:
        return self._desk.facts.port("web") != ""

    def commands(self, now_ns: int) -> Iterator[Control]:
        for message in self.child.hear():
            match message:
                case Asked(messages):
                    for address, arguments in messages:
                        yield from self._controls(address, arguments)
                case Watched(pages):
                    self._watched = pages > 0
                    self._desk.facts.watch(self._watched)
                    self._told = None
                case Listening(links, error):
                    if not links:
                        self._desk.troubles.report(f"no page: {error}")
                        self.child.rest(_AGAIN_NS)
                    for kind, link in zip(("web", "lan"), links or [OFF], strict=False):
                        self._desk.facts.set_port(kind, link)

    def refused(self, control: Control, error: PolateError) -> None:
        self._refuse(error)

    def tell(self, state: PlayerState) -> None:
        if not self._watched or self.child.unsent > _MOST_UNSENT:
            return
        self._report_lost_notes()
        before, self._told = self._told, state
        changed: dict[str, Any] = {}
        for name in state.__struct_fields__:
            value = getattr(state, name)
            if before is None or value != getattr(before, name):
                changed[name] = value
        self.child.send(encode_line(StateChanged(changed)))

    def died(self, now_ns: int) -> Iterator[Control]:
        self._watched = False
        self._desk.facts.watch(False)
        yield from ()

    def _controls(self, address: str, arguments: list[Any]) -> list[Control]:
        """The commands of one address. A refusal is sent to the pages."""
        from polate.osc.addresses import to_control

        try:
            return to_control(address, arguments)
        except PolateError as error:
            self._desk.troubles.refuse(error)
            self._refuse(error)
            return []

    def _refuse(self, error: PolateError) -> None:
        self.child.send(encode_line(Refused(str(error))))

    @property
    def follows_notes(self) -> bool:
        return self._watched

    def sound(self, event: NoteEvent) -> None:
        if not self._watched:
            return
        if self.child.unsent > _MOST_UNSENT:
            self._has_lost_notes = True
            return
        self._report_lost_notes()
        self.child.send(encode_line(NotesSounded([msgspec.structs.astuple(event)])))

    def _report_lost_notes(self) -> None:
        """A lost event may be the end of a note."""
        if self._has_lost_notes:
            self._has_lost_notes = False
            self.child.send(encode_line(NotesLost()))
