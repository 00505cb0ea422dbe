"""What the OSC process keeps for a player that does not read."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from rig import hear

from polate.osc.messages import Messages, Refused, ToPlayer
from polate.osc.player_outbox import OscMessages, PlayerOutbox
from polate.runtime.clock import clock
from polate.runtime.line_stream import LineReader

LATER_NS = 10_000_000_000


def playhead(beat: float, playing: int = 1) -> OscMessages:
    return [("/polate/playhead", [beat, 120.0, playing])]


class Desk:
    """An outbox, and the player that does not read until it is asked what it has heard."""

    def __init__(self) -> None:
        self.player, self._theirs = socket.socketpair()
        self.player.setblocking(False)
        self._theirs.setblocking(False)
        self.reader: LineReader[ToPlayer] = LineReader(ToPlayer)
        self.outbox = PlayerOutbox(self._theirs, None)

    def fill(self) -> None:
        """Send until the player is behind."""
        while not self.outbox.is_behind:
            self.outbox.send_osc([("/polate/tempo", [100.0])], None)

    def heard(self) -> list[Any]:
        """What the player reads, without what `fill` has sent."""
        lines: list[Any] = []
        while more := list(hear(self.player, self.reader, 0)):
            lines += more
            self.outbox.flush()
        self.outbox.report()
        lines += hear(self.player, self.reader, 0)
        return [line for line in lines if line != Messages([("/polate/tempo", [100.0])])]

    def close(self) -> None:
        self.player.close()
        self._theirs.close()


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.close()


def test_the_newest_playhead_is_kept_with_its_time_and_sent_first(desk: Desk) -> None:
    desk.fill()
    now_ns = clock()
    desk.outbox.send_osc(playhead(1.0), now_ns)
    desk.outbox.send_osc([("/polate/z/1", [0.5])], None)
    desk.outbox.send_osc(playhead(2.0, playing=0), now_ns + 1)  # the stop is said once
    stop, moved, refused = desk.heard()
    assert stop == Messages(playhead(2.0, playing=0), now_ns + 1)
    assert moved == Messages([("/polate/z/1", [0.5])])
    assert refused == Refused("the player is behind: an older message was dropped for a newer one", 1)
    assert not desk.outbox.is_behind


def test_a_playhead_whose_time_is_ahead_is_kept_too(desk: Desk) -> None:
    desk.fill()
    later_ns = clock() + LATER_NS
    desk.outbox.send_osc(playhead(2.0, playing=0), later_ns)
    assert desk.heard() == [Messages(playhead(2.0, playing=0), later_ns)]


def test_only_a_message_whose_time_is_ahead_is_dropped(desk: Desk) -> None:
    desk.fill()
    desk.outbox.send_osc([("/polate/z/1", [0.5])], clock())  # it was for a moment that has passed
    desk.outbox.send_osc([("/polate/z/2", [0.5])], clock() + LATER_NS)
    moved, refused = desk.heard()
    assert moved == Messages([("/polate/z/1", [0.5])])
    assert refused == Refused("the player is behind: a message for later was dropped", 1)


def test_what_waits_is_not_sent_after_a_newer_message(desk: Desk) -> None:
    desk.fill()
    desk.outbox.send_osc([("/polate/z/1", [0.5])], None)
    assert hear(desk.player, desk.reader, 0)
    desk.outbox.send(Refused("", 1))  # the socket has room for it
    desk.outbox.send_osc([("/polate/z/1", [0.7])], None)
    assert [line for line in desk.heard() if isinstance(line, Messages)] == [Messages([("/polate/z/1", [0.7])])]
