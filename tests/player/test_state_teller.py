"""The player's state is told to the clients when it may have changed, and not too often."""

from types import SimpleNamespace
from typing import Any

from osc_messages import STATE

from polate.control.player_state import PlayerState
from polate.player.state_teller import StateTeller
from polate.player.troubles import Troubles

MS = 1_000_000


class FakeClient:
    def __init__(self, *, fails: bool = False) -> None:
        self.child = SimpleNamespace(name="web")
        self.told: list[PlayerState] = []
        self._fails = fails

    def tell(self, state: PlayerState) -> None:
        if self._fails:
            raise RuntimeError("no")
        self.told.append(state)


def teller_of(*clients: Any, troubles: Troubles | None = None) -> StateTeller:
    return StateTeller(lambda now_ns: STATE, clients, troubles or Troubles())


def test_the_clients_are_told_at_once_and_then_only_of_a_change() -> None:
    client = FakeClient()
    teller = teller_of(client)
    assert teller.deadline_ns == 0
    assert teller.tell(1000 * MS)
    assert client.told == [STATE]
    assert teller.deadline_ns is None
    assert not teller.tell(2000 * MS)
    teller.change()
    assert teller.tell(2000 * MS)
    assert len(client.told) == 2


def test_a_change_waits_until_20_ms_after_they_were_told() -> None:
    client = FakeClient()
    teller = teller_of(client)
    teller.tell(1000 * MS)
    teller.change()
    assert teller.deadline_ns == 1020 * MS
    assert not teller.tell(1019 * MS)
    assert teller.tell(1020 * MS)


def test_reading_the_state_tells_nobody() -> None:
    client = FakeClient()
    teller = teller_of(client)
    assert teller.read(1000 * MS) is teller.state is STATE
    assert client.told == []
    assert teller.deadline_ns == 0


def test_a_client_that_fails_keeps_the_state_from_no_other() -> None:
    client, troubles = FakeClient(), Troubles()
    teller_of(FakeClient(fails=True), client, troubles=troubles).tell(1000 * MS)
    assert client.told == [STATE]
    assert troubles.text.startswith("telling the web process the state failed")
