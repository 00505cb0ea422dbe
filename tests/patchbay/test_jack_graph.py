"""JACK's ports and connections, on a real server."""

import time
from collections.abc import Iterator

import pytest
from rig import Controller, JackServer, Receiver, wait_until

from polate.patchbay.jack_graph import JackGraph

pytestmark = pytest.mark.jack


@pytest.fixture
def graph(jack: JackServer) -> Iterator[JackGraph]:
    graph = JackGraph.open()
    yield graph
    graph.abandon()


def test_ports_that_come_and_go_and_their_connections_are_seen(jack: JackServer, graph: JackGraph) -> None:
    output, receiver = Controller("Polate Out"), Receiver()
    try:
        wait_until(lambda: graph.news().come, 5, "news")
        cable = ("Polate Out:Polate Out", "daw:daw")
        look = graph.look()
        assert look.ports.issuperset(cable)
        assert (look.outputs, look.cables) == ({"Polate Out:Polate Out"}, frozenset())
        assert graph.connect(cable)
        assert graph.connect(cable)  # it is there already
        wait_until(lambda: graph.look().cables == {cable}, 5, "the connection")
        wait_until(lambda: graph.news().cabled, 5, "news")
        graph.disconnect(cable)
        wait_until(lambda: not graph.look().cables, 5, "the end of the connection")
    finally:
        receiver.close()
        output.close()
    wait_until(lambda: graph.news().gone, 5, "news")
    assert not graph.connect(("nobody:a", "nobody:b"))


def test_the_period_is_that_of_the_server(graph: JackGraph) -> None:
    assert graph.period_seconds == 64 / 48000


def test_without_a_server_it_cannot_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "no-such-server")
    began = time.monotonic()
    with pytest.raises(OSError, match="no JACK server answers"):
        JackGraph.open()
    assert time.monotonic() - began < 5
