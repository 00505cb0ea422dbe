"""OSCQuery: the tree, the server, and clients that nobody here wrote."""

import asyncio
import contextlib
import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from page_rig import STATE, FakePlayer, page_process, watched
from pythonosc.osc_message import OscMessage
from rig import free_udp_port, no_midi, playing, wait_until
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from polate.osc.addresses import ADDRESSES
from polate.osc.state import values_of
from polate.web.hub import Hub
from polate.web.oscquery import AddressTree, attribute, host_info
from polate.web.oscquery_server import oscquery_application

TREE = AddressTree(8)
VALUES = values_of(STATE)


def leaves(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "TYPE" in node:
        yield node
    for child in node.get("CONTENTS", {}).values():
        yield from leaves(child)


def node_of(path: str) -> dict[str, Any]:
    node = TREE.node(path, VALUES)
    assert node is not None
    return node


class TestTree:
    def test_it_has_every_address_of_the_table_with_one_for_each_axis(self) -> None:
        paths = {leaf["FULL_PATH"] for leaf in leaves(node_of("/"))}
        assert {spec.address for spec in ADDRESSES} <= paths
        assert {f"/polate/z/{axis}" for axis in range(1, 9)} <= paths
        assert paths == set(TREE.addresses)

    def test_every_value_fits_its_type_and_its_range(self) -> None:
        for leaf in leaves(node_of("/")):
            value = leaf.get("VALUE")
            if value is None:
                continue
            assert len(leaf["TYPE"]) == len(value), leaf["FULL_PATH"]
            kinds = {"i": int, "f": int | float, "s": str}
            assert all(isinstance(each, kinds[tag]) for each, tag in zip(value, leaf["TYPE"], strict=True)), leaf
            for each, limits in zip(value, leaf.get("RANGE", [None] * len(value)), strict=True):
                if limits and "VALS" in limits:
                    assert each in limits["VALS"], leaf
                elif limits and not isinstance(each, str):
                    assert limits["MIN"] <= each <= limits["MAX"], leaf

    @pytest.mark.parametrize(
        ("path", "access"),
        [("/polate/tempo", 3), ("/polate/pattern", 1), ("/polate/panic", 2), ("/polate/subscribe", 2),
         ("/polate/note/line", 1), ("/polate", 0), ("/polate/z", 3)],
    )  # fmt: skip
    def test_access_says_whether_it_can_be_read_and_set(self, path: str, access: int) -> None:
        assert node_of(path)["ACCESS"] == access

    def test_a_setting_has_its_range_its_words_and_its_description(self) -> None:
        assert node_of("/polate/tempo")["RANGE"] == [{"MIN": 20, "MAX": 400}]
        assert node_of("/polate/change")["RANGE"] == [{"VALS": ["now", "step", "beat", "bar", "turn"]}]
        assert "tempo in quarter notes" in node_of("/polate/tempo")["DESCRIPTION"]

    def test_a_position_is_clipped_unless_it_is_refused(self) -> None:
        assert node_of("/polate/xy")["CLIPMODE"] == ["both", "both"]
        refusing = AddressTree(8, clips=False).node("/polate/xy", VALUES)
        assert refusing is not None
        assert "CLIPMODE" not in refusing

    @pytest.mark.parametrize("path", ["/polate/nothing", "/polat", "nothing", "/polate/z/9", "/../etc/passwd"])
    def test_another_path_is_no_node(self, path: str) -> None:
        assert TREE.node(path, VALUES) is None

    def test_one_attribute_can_be_asked_for(self) -> None:
        assert attribute(node_of("/polate/z/1"), "VALUE") == {"VALUE": [0.1]}
        assert attribute(node_of("/polate/panic"), "VALUE") is None
        with pytest.raises(KeyError):
            attribute(node_of("/polate/panic"), "COLOUR")

    def test_host_info_names_the_port_of_osc(self) -> None:
        assert host_info("127.0.0.1", 9010)["OSC_PORT"] == 9010
        assert "OSC_IP" not in host_info("0.0.0.0", 9010)  # the client knows by which address it came


@contextlib.contextmanager
def _serving(folder: Path) -> Iterator[tuple[FakePlayer, int]]:
    """The page's process and its port for OSCQuery."""
    port = _free_tcp_port()
    osc = {"host": "127.0.0.1", "port": port, "clips": True, "allowed": []}
    with page_process(folder, _free_tcp_port(), osc=osc) as (player, _):
        wait_until(lambda: _answers(port), 20, "the server")
        yield player, port


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[FakePlayer, int]]:
    """A process that nobody has asked anything."""
    with _serving(tmp_path) as served:
        yield served


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FakePlayer, int]]:
    """One process for many tests."""
    with _serving(tmp_path_factory.mktemp("page")) as served:
        yield served


def _free_tcp_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    try:
        return _get(port, "/?HOST_INFO")[0] == 200
    except urllib.error.URLError:
        return False


def _get(port: int, path: str, **headers: str) -> tuple[int, bytes]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def _listening(port: int, **options: Any) -> ClientConnection:
    return connect(f"ws://127.0.0.1:{port}/", proxy=None, legacy=True, **options)


@pytest.mark.parametrize(
    ("client", "allowed", "status"),
    [("192.168.1.20", [], 200), ("192.168.1.20", ["192.168.1.0/24"], 200), ("192.168.2.20", ["192.168.1.0/24"], 403),
     ("127.0.0.1", ["192.168.1.0/24"], 200), ("::1", ["192.168.1.20"], 200), ("nowhere", ["192.168.1.20"], 403)],
)  # fmt: skip
def test_only_machines_in_osc_allow_are_answered(client: str, allowed: list[str], status: int) -> None:
    hub = Hub({}, [], [], lambda asked: None, lambda text, tonic: {})
    app = oscquery_application(hub, TREE, ("0.0.0.0", 9010), allowed, lambda: None)
    headers = [(b"host", b"192.168.1.5:9010")]
    scope = {"type": "http", "method": "GET", "path": "/", "raw_path": b"/", "query_string": b"HOST_INFO"}
    scope |= {"headers": headers, "client": (client, 5000), "server": ("192.168.1.5", 9010), "scheme": "http"}
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    assert sent[0]["status"] == status


class TestServer:
    def test_a_request_gets_the_state_though_no_page_is_open(self, served: tuple[FakePlayer, int]) -> None:
        player, port = served
        _get(port, "/polate/pattern")  # nobody has looked before: the process asks the player
        watched(player, 1)
        player.tell(STATE)
        wait_until(lambda: json.loads(_get(port, "/polate/pattern?VALUE")[1] or b"{}").get("VALUE"), 5, "the value")
        assert json.loads(_get(port, "/polate/pattern?VALUE")[1]) == {"VALUE": ["tritone 0 1 2"]}
        watched(player, 0)  # some seconds after the last request

    def test_who_listens_gets_changes_as_osc_until_it_ignores_them(self, served: tuple[FakePlayer, int]) -> None:
        player, port = served
        with _listening(port) as client:
            watched(player, 1)
            player.tell(STATE)
            client.send(json.dumps({"COMMAND": "LISTEN", "DATA": "/polate/z/1"}))
            first = OscMessage(client.recv(timeout=5))  # type: ignore[arg-type]
            assert (first.address, first.params) == ("/polate/z/1", [pytest.approx(0.1)])
            player.tell(msgspec.structs.replace(STATE, positions=(0.9,) * 8))
            second = OscMessage(client.recv(timeout=5))  # type: ignore[arg-type]
            assert second.params == [pytest.approx(0.9)]
            client.send(json.dumps({"COMMAND": "IGNORE", "DATA": "/polate/z/1"}))
            client.send(json.dumps({"COMMAND": "LISTEN", "DATA": "/polate/tempo"}))
            assert OscMessage(client.recv(timeout=5)).address == "/polate/tempo"  # type: ignore[arg-type]
            player.tell(STATE)
            with pytest.raises(TimeoutError):
                client.recv(timeout=0.3)

    @pytest.mark.parametrize(
        "frame",
        ["", "{", "[]", '{"COMMAND": 1}', '{"COMMAND": "LISTEN"}', '{"COMMAND": "LISTEN", "DATA": ["/polate/z/1"]}',
         '{"COMMAND": "LISTEN", "DATA": "/nothing"}', '{"COMMAND": "IGNORE", "DATA": {}}', b"\xff\x00", "[" * 4000],
    )  # fmt: skip
    def test_a_wrong_command_changes_nothing(self, shared: tuple[FakePlayer, int], frame: str | bytes) -> None:
        player, port = shared
        with _listening(port) as client:
            watched(player, 1)
            player.tell(STATE)
            client.send(frame)
            client.send(json.dumps({"COMMAND": "LISTEN", "DATA": "/polate/z/1"}))
            assert OscMessage(client.recv(timeout=5)).address == "/polate/z/1"  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("path", "status"),
        [("/polate/nothing", 404), ("/polate/tempo?COLOUR", 400), ("/polate/panic?VALUE", 204), ("/%00", 404)],
    )
    def test_other_requests_have_their_status(self, shared: tuple[FakePlayer, int], path: str, status: int) -> None:
        assert _get(shared[1], path)[0] == status

    @pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
    def test_pages_of_other_sites_are_refused(self, shared: tuple[FakePlayer, int], headers: dict[str, str]) -> None:
        assert _get(shared[1], "/", **headers)[0] == 403

    def test_websockets_of_other_sites_are_refused(self, shared: tuple[FakePlayer, int]) -> None:
        with pytest.raises(InvalidStatus, match="403"):
            _listening(shared[1], origin="http://evil.example")

    def test_it_cannot_be_written_to(self, shared: tuple[FakePlayer, int]) -> None:
        request = urllib.request.Request(f"http://127.0.0.1:{shared[1]}/polate/tempo", data=b"{}", method="PUT")
        with pytest.raises(urllib.error.HTTPError, match="405"):
            urllib.request.urlopen(request, timeout=5)


def test_a_foreign_browser_of_services_finds_polate_and_reads_it() -> None:
    browsers = pytest.importorskip("pythonoscquery.osc_query_browser", reason="needs python-oscquery")
    clients = pytest.importorskip("pythonoscquery.osc_query_client")
    port = free_udp_port()
    with playing("--web", "--osc-port", str(port), "--bpm", "93", env=no_midi()):
        browser = browsers.OSCQueryBrowser()
        try:

            def ours() -> Any:
                found = browser.get_discovered_oscquery()
                return next(
                    (each for each in found if clients.OSCQueryClient(each).get_host_info().osc_port == port), None
                )

            wait_until(ours, 30, "the service")
            client = clients.OSCQueryClient(ours())
            assert client.get_host_info().name == "Polate"
            assert client.query_node("/polate/tempo").value == [93.0]
            assert client.query_node("/polate/nothing") is None
            wait_until(browser.get_discovered_osc, 10, "the service of OSC itself")
        finally:
            browser.zc.close()
