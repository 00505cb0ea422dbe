"""The client of the Ableton Link process. Tempo, start and stop are the session's: they come back from there."""

import importlib.util
from collections.abc import Iterable, Iterator
from functools import partial

from polate.control.commands import Control, FollowClock, Set, SetPlaying, Sync
from polate.errors import ConfigError
from polate.player.client import Client, Desk
from polate.player.config import Config
from polate.runtime.line_stream import LineReader, encode_line
from polate.runtime.supervisor import Member
from polate.sync.link_peer import WHAT_TO_INSTALL
from polate.sync.messages import AskPlaying, AskTempo, Beat, CannotJoin, Leave, Peers, Playing, ToPlayer

__all__ = ["LinkClient", "child_of", "open_client"]

_UNTIL_NEEDED_NS = 2**62


def child_of(config: Config) -> Member | None:
    if not config.can_follow_link:
        return None
    settings = {"bpm": config.bpm, "quantum": config.quantum, "playing": False}
    return Member("link", "polate.sync.link_process", settings, partial(LineReader, ToPlayer))


def open_client(desk: Desk, child: Member) -> Client:
    """Raises `ConfigError` if Link is to be followed and the [link] extra is not installed."""
    if desk.config.sync == "link":
        _check_extra()
    else:
        child.rest(_UNTIL_NEEDED_NS)
    return LinkClient(desk, child)


def _check_extra() -> None:
    if importlib.util.find_spec("link") is None:
        raise ConfigError(WHAT_TO_INSTALL)


class LinkClient(Client):
    """Follows the session, and asks it for what the other clients want.

    The process runs only while Link is the clock that is followed.
    """

    def __init__(self, desk: Desk, child: Member) -> None:
        super().__init__(desk, child)
        self._is_joined = desk.config.sync == "link"

    def commands(self, now_ns: int) -> Iterator[Control]:
        self._join_or_leave()
        for message in self.child.hear():
            if not self._is_joined:
                continue
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
            case FollowClock("link"):
                _check_extra()
                return False
            case _ if not self._is_joined:
                return False
            case Set("bpm", bpm):
                self.child.send(encode_line(AskTempo(bpm)))
            case SetPlaying(playing):
                self.child.send(encode_line(AskPlaying(playing)))
            case _:
                return False
        return True

    def died(self, now_ns: int) -> Iterable[Control]:
        """The next process joins with the tempo and the state of the music, and does not stop it."""
        self._give_what_is_played()
        return ()

    def _give_what_is_played(self) -> None:
        engine = self._desk.session.engine
        self.child.give(bpm=engine.transport.bpm, playing=engine.playing)

    def _join_or_leave(self) -> None:
        is_wanted = self._desk.connections.config.sync == "link"
        if is_wanted == self._is_joined:
            return
        self._is_joined = is_wanted
        if is_wanted:
            self._give_what_is_played()
            self.child.rest(0)
        else:
            self.child.rest(_UNTIL_NEEDED_NS)
            self.child.send(encode_line(Leave()))
