"""The page's process, on real sockets: what it serves, whom it turns away, and what passes through it."""

import base64
import http.client
import os
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from page_rig import STATE, FakePlayer, Page, page_process, watched
from rig import wait_until
from websockets.exceptions import ConnectionClosed, InvalidStatus

from polate.control.front_messages import Asked
from polate.model.decoder import Decoder
from polate.web.pictures import strips
from polate.web.sockets import listen


def free_tcp_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FakePlayer, str]]:
    with page_process(tmp_path_factory.mktemp("page"), free_tcp_port()) as (player, link):
        yield player, link


def status_of(link: str, path: str = "/", method: str = "GET", **headers: str) -> int:
    host, port = link.split("/")[2].split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", headers.pop("Host", f"{host}:{port}"))
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    try:
        return connection.getresponse().status
    finally:
        connection.close()


class TestFiles:
    def test_the_page_and_its_modules_are_served_with_headers_that_forbid_scripts_of_others(
        self, served: tuple[FakePlayer, str]
    ) -> None:
        _, link = served
        with urllib.request.urlopen(link.split("#")[0], timeout=10) as answer:
            assert b"<title>Polate</title>" in answer.read()
            assert "script-src 'self'" in answer.headers["content-security-policy"]
            assert answer.headers["x-content-type-options"] == "nosniff"

    @pytest.mark.parametrize("path", ["/../../pyproject.toml", "/%2e%2e/process.py", "/..%2fprocess.py", "/process.py"])
    def test_nothing_beside_them_is(self, served: tuple[FakePlayer, str], path: str) -> None:
        assert status_of(served[1], path) == 404

    @pytest.mark.parametrize("host", ["evil.example", "evil.example:9080", "", "127.0.0.1"])
    def test_a_name_that_leads_here_from_elsewhere_is_turned_away(
        self, served: tuple[FakePlayer, str], host: str
    ) -> None:
        assert status_of(served[1], Host=host) == 403

    def test_another_sites_request_is_turned_away(self, served: tuple[FakePlayer, str]) -> None:
        assert status_of(served[1], Origin="http://evil.example") == 403

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
    @pytest.mark.parametrize("path", ["/", "/take.mid"])
    def test_http_changes_nothing(self, served: tuple[FakePlayer, str], method: str, path: str) -> None:
        assert status_of(served[1], path, method) in (404, 405)

    def test_the_take_is_for_whoever_has_the_token(self, served: tuple[FakePlayer, str], tmp_path: Path) -> None:
        player, link = served
        token = link.split("=")[1]
        take = tmp_path / "take.mid"
        take.write_bytes(b"MThd of a take")
        with Page(link).hello() as page:
            watched(player, 1)
            player.tell(msgspec.structs.replace(STATE, captured=str(take)))
            page.wait_for(lambda message: message.get("set", {}).get("/polate/captured") == [str(take)])
        assert status_of(link, "/take.mid") == 401
        assert status_of(link, "/take.mid?token=wrong") == 401
        with urllib.request.urlopen(f"{link.split('#')[0]}take.mid?token={token}", timeout=10) as answer:
            assert answer.read() == b"MThd of a take"
        recording, recorded = tmp_path / "recording.mid", tmp_path / "recorded.mid"
        recording.write_bytes(b"MThd so far")
        recorded.write_bytes(b"MThd recorded")
        os.utime(take, (1, 1))

        def downloaded() -> object:
            with urllib.request.urlopen(f"{link.split('#')[0]}take.mid?token={token}", timeout=10) as answer:
                return answer.read()

        for state, content in (
            ({"recording": str(recording)}, b"MThd so far"),
            ({"recorded": str(recorded)}, b"MThd recorded"),
            ({"recorded": str(recorded), "captured": "cannot write: the disk is full"}, b"MThd recorded"),
        ):
            player.tell(msgspec.structs.replace(STATE, **{"captured": str(take), **state}))  # type: ignore[arg-type]
            wait_until(lambda content=content: downloaded() == content, 10, content.decode())  # type: ignore[misc]
        player.tell(STATE)
        recorded.unlink()
        take.unlink()
        assert status_of(link, f"/take.mid?token={token}") == 404


class TestHello:
    @pytest.mark.parametrize("token", ["", "wrong", "x" * 200])
    def test_without_the_token_nothing_is_told(self, served: tuple[FakePlayer, str], token: str) -> None:
        with Page(served[1], token=token).hello() as page:
            assert page.closed_with() == 4401
            assert page.heard == []

    @pytest.mark.parametrize(
        "first",
        ['{"t":"set","a":"/polate/z/1","v":[1]}', "", "[]", "{}", '{"t":"hello"}', "\x00", '{"t":"hello","v":"1"}'],
    )
    def test_the_first_message_is_a_hello_or_the_socket_is_closed(
        self, served: tuple[FakePlayer, str], first: str
    ) -> None:
        with Page(served[1]) as page:
            page.send(first)
            assert page.closed_with() == 4401

    def test_a_page_of_another_version_is_told_to_reload(self, served: tuple[FakePlayer, str]) -> None:
        with Page(served[1]) as page:
            page.send({"t": "hello", "v": 99, "token": page.token})
            assert page.closed_with() == 4400

    @pytest.mark.parametrize("origin", ["http://evil.example", "https://127.0.0.1:9080", "null"])
    def test_a_socket_that_another_site_opens_is_turned_away(self, served: tuple[FakePlayer, str], origin: str) -> None:
        with pytest.raises(InvalidStatus, match="403"):
            Page(served[1], origin=origin)

    def test_a_welcome_tells_axes_settings_and_addresses(self, served: tuple[FakePlayer, str]) -> None:
        with Page(served[1]).hello() as page:
            welcome = page.next("welcome")
        assert [axis["name"] for axis in welcome["axes"]][:2] == ["interval", "density"]
        assert {"address", "arguments", "doc"} == set(welcome["addresses"][0])
        assert next(each for each in welcome["settings"] if each["key"] == "bpm")["high"] == 400
        assert "nanokontrol2" in welcome["controllers"]
        assert welcome["clocks"] == ["internal", "midi", "link"]  # OSC is off
        assert len(welcome["landmarks"][0]["positions"]) == 8


class TestPassing:
    def test_what_a_page_sets_comes_to_the_player_by_its_address(self, served: tuple[FakePlayer, str]) -> None:
        player, link = served
        player.heard.clear()
        with Page(link).hello() as page:
            page.send({"t": "set", "a": "/polate/z/1", "v": [0.75]})
            assert player.wait_for(Asked).messages == [("/polate/z/1", [0.75])]

    def test_the_state_is_told_to_every_page_and_only_what_has_changed(self, served: tuple[FakePlayer, str]) -> None:
        player, link = served
        with Page(link).hello() as one, Page(link).hello() as other:
            watched(player, 2)
            player.tell(STATE)
            for page in (one, other):
                page.wait_for(lambda message: message.get("set", {}).get("/polate/z/8") == [0.8])
            player.tell(msgspec.structs.replace(STATE, positions=(0.9, *STATE.positions[1:])))
            for page in (one, other):
                told = page.wait_for(lambda m: m["t"] == "state" and "/polate/z/1" in m["set"])["set"]
                assert set(told) == {"/polate/z", "/polate/z/1"}
        watched(player, 0)

    def test_notes_come_with_their_due_times(self, served: tuple[FakePlayer, str]) -> None:
        player, link = served
        with Page(link).hello() as page:
            page.next("welcome")
            player.sound(True, 1, 0, 0, 61, 90, 5_000_000_000, 5_000_100_000)
            assert page.next("notes")["e"] == [[1, 1, 0, 61, 90, 5000.0, 5000.1]]

    def test_a_refusal_is_told(self, served: tuple[FakePlayer, str]) -> None:
        player, link = served
        with Page(link).hello() as page:
            page.next("welcome")
            player.refuse("tempo must be in 20..400, got 999")
            assert page.next("refused")["text"] == "tempo must be in 20..400, got 999"

    def test_a_ping_is_answered_with_the_time_of_the_notes(self, served: tuple[FakePlayer, str]) -> None:
        with Page(served[1]).hello() as page:
            page.send({"t": "ping", "id": 7})
            first = page.next("pong")
            page.send({"t": "ping", "id": 8})
            second = page.next("pong")
        assert (first["id"], second["id"]) == (7, 8)
        assert 0 < second["ms"] - first["ms"] < 5000

    def test_a_point_beyond_the_end_of_a_knob_is_drawn_where_it_is(
        self, served: tuple[FakePlayer, str], decoder: Decoder
    ) -> None:
        player, link = served
        knobs = (0.5, 0.5, 0.5, 0.5, 1.0, 0.0, 0.5, 0.5)
        places = (0.5, 0.5, 0.5, 0.5, 1.4, -0.4, 0.5, 0.5)
        assert decoder.decode([a.at(p) for a, p in zip(decoder.axes, places, strict=True)]) != decoder.decode(
            [a.at(p) for a, p in zip(decoder.axes, knobs, strict=True)]
        )
        with Page(link).hello() as page:
            page.send({"t": "strips"})
            watched(player, 1)
            z = tuple(axis.at(place) for axis, place in zip(decoder.axes, places, strict=True))
            player.tell(msgspec.structs.replace(STATE, positions=knobs, moved_positions=knobs, z=z))
            told = page.wait_for(lambda message: message["t"] == "strips" and len(message["axes"]) == 8)["axes"]
            drawn = [[pattern.text for pattern in strip.patterns] for strip in strips(decoder, places)]
            assert [strip["texts"] for strip in told] == drawn

    def test_pictures_are_painted_for_whoever_asks(self, served: tuple[FakePlayer, str], decoder: Decoder) -> None:
        player, link = served
        with Page(link).hello() as page:
            page.send({"t": "strips"})
            page.send({"t": "map", "x": 0, "y": 1, "on": True})
            page.send({"t": "pad", "on": True})
            watched(player, 1)
            player.tell(STATE)
            strips = page.wait_for(lambda message: message["t"] == "strips" and len(message["axes"]) == 8)
            assert all(len(strip["borders"]) == len(strip["texts"]) + 1 for strip in strips["axes"])
            fine = page.wait_for(lambda message: message["t"] == "map" and message["w"] >= 96)
            assert len(base64.b64decode(fine["cells"])) == fine["w"] * fine["h"] * 2
            there = list(STATE.positions)
            there[0], there[1] = 0.5 / fine["w"], 0.5 / fine["h"]  # the lower left cell
            z = [axis.at(position) for axis, position in zip(decoder.axes, there, strict=True)]
            lower_left = base64.b64decode(fine["cells"])[(fine["h"] - 1) * fine["w"] * 2 :][:2]
            assert fine["texts"][int.from_bytes(lower_left, "little")] == decoder.decode(z).text

    def test_a_pattern_is_described_and_a_place_is_found(self, served: tuple[FakePlayer, str]) -> None:
        with Page(served[1]).hello() as page:
            page.send({"t": "describe", "id": 1, "text": "tritone 0 1 2"})
            described = page.next("described")
            assert described["notes"][:7] == [60, 61, 62, 66, 67, 68, 72]
            assert described["class"] == "Interpolation"
            page.send({"t": "find", "id": 2, "q": "giant"})
            assert page.next("found")["items"][0]["name"] == "giant steps"


class TestBadInput:
    @pytest.mark.parametrize(
        "frame",
        [
            "nonsense",
            "[" * 30_000,
            '{"t":"unknown"}',
            '{"t":"set","a":5}',
            '{"t":"set","a":"/polate/z/1","v":[[1]]}',
            '{"t":"set","a":"' + "x" * 300 + '"}',
            '{"t":"map","x":0,"y":0}',
            '{"t":"map","x":200,"y":1}',
            '{"t":"ping","id":-1}',
            '{"t":"hello","v":1,"token":""}',
        ],
    )
    def test_a_frame_that_cannot_be_is_answered_and_the_page_goes_on(
        self, served: tuple[FakePlayer, str], frame: str
    ) -> None:
        with Page(served[1]).hello() as page:
            page.send(frame)
            assert page.next("refused")["text"]
            page.send({"t": "ping", "id": 1})
            assert page.next("pong")["id"] == 1

    def test_bytes_are_no_text(self, served: tuple[FakePlayer, str]) -> None:
        with Page(served[1]).hello() as page:
            page.send_bytes(b"\x00\xff")
            assert "text" in page.next("refused")["text"]

    def test_a_frame_above_64_kb_closes_the_socket(self, served: tuple[FakePlayer, str]) -> None:
        with Page(served[1]).hello() as page:
            page.next("welcome")
            page.send("x" * 70_000)
            assert page.closed_with() == 1009

    def test_two_hundred_messages_a_second_are_enough(self, served: tuple[FakePlayer, str]) -> None:
        player, link = served
        player.heard.clear()
        with Page(link).hello() as page:
            for number in range(1000):
                page.send({"t": "set", "a": "/polate/z/1", "v": [number / 1000]})
            assert "too many" in page.next("refused")["text"]
            page.send({"t": "ping", "id": 0})
        player.hear()
        assert sum(isinstance(message, Asked) for message in player.heard) <= 450

    def test_a_flood_without_end_closes_the_socket(self, served: tuple[FakePlayer, str]) -> None:
        with Page(served[1]).hello() as page:
            for _ in range(200_000):
                try:
                    page.send({"t": "ping", "id": 0})
                except ConnectionClosed:
                    break
            assert page.closed_with() in (4429, 1006)  # 1006: it was still sending

    def test_eight_pages_are_served_and_the_ninth_is_told_why_not(self, served: tuple[FakePlayer, str]) -> None:
        _, link = served
        pages = [Page(link).hello() for _ in range(8)]
        try:
            for page in pages:
                page.next("welcome")
            with Page(link) as ninth:
                assert ninth.closed_with() == 4503
        finally:
            for page in pages:
                page.__exit__()
        with Page(link).hello() as page:
            assert page.next("welcome")["v"] == 1

    def test_sockets_that_say_nothing_are_closed_and_make_room(self, served: tuple[FakePlayer, str]) -> None:
        silent = [Page(served[1]) for _ in range(8)]
        try:
            assert silent[0].closed_with(10) == 4401
        finally:
            for page in silent:
                page.__exit__()
        wait_until(lambda: True, 1, "")
        with Page(served[1]).hello() as page:
            assert page.next("welcome")["v"] == 1

    def test_the_midi_ports_that_are_there_are_told(self, served: tuple[FakePlayer, str]) -> None:
        player, link = served
        with Page(link).hello() as page:
            watched(player, 1)
            state = msgspec.structs.replace(STATE, midi_inputs=("knobs",), midi_outputs=("daw", "synth"))
            player.tell(msgspec.structs.replace(state, chosen_ports={"output": "synth"}, mappings=(("cc 21", "z/1"),)))
            page.wait_for(lambda m: m.get("set", {}).get("/polate/output") == ["synth"])
            told = page.wait_for(lambda m: m["t"] == "more" and m["set"].get("ports", {}).get("inputs"))
            assert told["set"]["mappings"] == [{"source": "cc 21", "target": "z/1"}]
            assert told["set"]["ports"] == {"inputs": ["knobs"], "outputs": ["daw", "synth"]}

    def test_a_name_with_markup_stays_a_name(self, served: tuple[FakePlayer, str]) -> None:
        player, link = served
        name = "<img src=x onerror=alert(1)>"
        with Page(link).hello() as page:
            watched(player, 1)
            player.tell(msgspec.structs.replace(STATE, snapshots={name: (0.0,) * 8}))
            told = page.wait_for(lambda m: m["t"] == "more" and m["set"].get("snapshots"))["set"]["snapshots"]
            assert told[0]["name"] == name

    def test_a_pinned_snapshot_has_the_text_of_its_own_pattern(self, served: tuple[FakePlayer, str]) -> None:
        player, link = served
        with Page(link).hello() as page:
            watched(player, 1)
            state = msgspec.structs.replace(STATE, snapshots={"one": (0.0,) * 8}, corner_pins={"b": "20 0 5 -3"})
            player.tell(msgspec.structs.replace(state, snapshot_pins={"one": "20 0 5 -3"}, pinned="20 0 5 -3"))
            told = page.wait_for(lambda m: m.get("set", {}).get("/polate/pinned") == ["20 0 5 -3"])["set"]
            assert told["/polate/pinned-corners"] == ["b"]
            told = page.wait_for(lambda m: m["t"] == "more" and m["set"].get("snapshots"))["set"]["snapshots"]
            assert told[0]["text"] == "20 0 5 -3"


class TestUndo:
    def test_a_set_is_undone_and_done_again(self, served: tuple[FakePlayer, str]) -> None:
        player, link = served
        with Page(link).hello() as page:
            watched(player, 1)
            player.tell(STATE)
            page.wait_for(lambda message: message.get("set", {}).get("/polate/z/8") == [0.8])
            player.heard.clear()
            page.send({"t": "set", "a": "/polate/z/8", "v": [0.2]})
            player.wait_for(Asked)
            player.tell(msgspec.structs.replace(STATE, positions=(*STATE.positions[:7], 0.2)))
            page.wait_for(lambda message: message.get("set", {}).get("/polate/z/8") == [0.2])
            player.heard.clear()
            page.send({"t": "undo"})
            assert player.wait_for(Asked).messages == [("/polate/z/8", [0.8])]
            player.tell(STATE)
            page.wait_for(lambda message: message.get("set", {}).get("/polate/z/8") == [0.8])
            player.heard.clear()
            page.send({"t": "redo"})
            assert player.wait_for(Asked).messages == [("/polate/z/8", [0.2])]


def test_a_port_that_is_taken_gives_the_next_one() -> None:
    first = listen("127.0.0.1", 39080)
    with first, listen("127.0.0.1", first.getsockname()[1]) as second:
        assert second.getsockname()[1] == first.getsockname()[1] + 1


def test_the_process_ends_when_the_player_hangs_up(tmp_path: Path) -> None:
    with page_process(tmp_path, free_tcp_port()) as (player, link), Page(link).hello() as page:
        page.next("welcome")
        player.child.socket.close()
        assert player.child.process.wait(5) == 0


def test_fifty_pages_that_come_and_go_leave_nothing_open(tmp_path: Path) -> None:
    with page_process(tmp_path, free_tcp_port()) as (player, link):
        folder = Path(f"/proc/{player.child.process.pid}/fd")
        for _ in range(50):
            with Page(link).hello() as page:
                page.next("welcome")
        watched(player, 0)
        before = len(list(folder.iterdir()))
        for _ in range(50):
            with Page(link).hello() as page:
                page.next("welcome")
        watched(player, 0)
        wait_until(lambda: len(list(folder.iterdir())) <= before, 5, "the sockets to be closed")
