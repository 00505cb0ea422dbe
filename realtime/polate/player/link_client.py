"""The client of the Ableton Link process. Tempo, start and stop are the session's: they come back from there."""

import importlib.util
from collections.abc import Iterator
from functools import partial

from polate.control.commands import Control, Set, SetPlaying, Sync
from polate.errors import ConfigError
from polate.player.client import Client, Desk
from polate.player.config import Config
from polate.runtime.line_stream import LineReader, encode_line
from polate.runtime.supervisor import Member
from polate.sync.link_peer import WHAT_TO_INSTALL
from polate.sync.messages import AskPlaying, AskTempo, Beat, CannotJoin, Peers, Playing, ToPlayer

__all__ = ["LinkClient", "child_of", "open_client"]


def child_of(config: Config) -> Member | None:
    if config.sync != "link":
        return None
    settings = {"bpm": config.bpm, "quantum": config.quantum}
    return Member("link", "polate.sync.link_process", settings, partial(LineReader, ToPlayer))


def open_client(desk: Desk, child: Member) -> Client:
    """Raises `ConfigError` without the [link] extra."""
    if importlib.util.find_spec("link") is None:
        raise ConfigError(WHAT_TO_INSTALL)
    return LinkClient(desk, child)


class LinkClient(Client):
    """Follows the session, and asks it for what the other clients want."""

    def commands(self, now_ns: int) -> Iterator[Control]:
        for message in self.child.hear():
            match message:
                case Beat(beat, at_ns, bpm):
                    yield Sync(beat, at_ns, bpm)
                case Playing(playing):
                    yield SetPlaying(playing)
                case Peers(peers):
                    self._desk.facts.follow(f"link, {peers} peers")
                case CannotJoin(why):
                    self._desk.troubles.report(why)
                case _:
                    pass

    def claims(self, control: Control, source: Client | None = None) -> bool:
        match control:
            case Set("bpm", bpm):
                self.child.send(encode_line(AskTempo(bpm)))
            case SetPlaying(playing):
                self.child.send(encode_line(AskPlaying(playing)))
            case _:
                return False
        return True
