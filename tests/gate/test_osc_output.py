"""Notes as datagrams. python-osc reads them."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_message import OscMessage

from polate.errors import ConfigError, PortError
from polate.gate.osc_output import CLOCK_MS, OscOutput, is_osc, peer_of
from polate.player.config import load
from polate.runtime.clock import clock


@pytest.fixture
def receiver() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(2)
        yield udp


@pytest.fixture
def output(receiver: socket.socket) -> Iterator[OscOutput]:
    opened = OscOutput.open(f"osc:127.0.0.1:{receiver.getsockname()[1]}")
    yield opened
    opened.close()


def received(receiver: socket.socket) -> tuple[str, list[Any]]:
    message = OscMessage(receiver.recv(65536))
    return message.address, message.params


@pytest.mark.parametrize(
    ("data", "ahead_ns", "expected"),
    [
        ((0x90, 60, 100), 2_500_000, ("/polate/out/note", [60, 100, 1, 2.5])),
        ((0x9F, 127, 1), 0, ("/polate/out/note", [127, 1, 16, 0.0])),
        ((0x82, 60, 64), 1_000_000, ("/polate/out/note", [60, 0, 3, 1.0])),
        ((0xB0, 123, 0), 0, ("/polate/out/midi", [0xB0, 123, 0, 0.0])),
        ((0xC1, 5), 0, ("/polate/out/midi", [0xC1, 5, 0, 0.0])),
        ((0xF8,), 500_000, ("/polate/out/midi", [0xF8, 0, 0, 0.5])),
    ],
)
def test_a_midi_message_is_a_datagram(
    receiver: socket.socket, output: OscOutput, data: tuple[int, ...], ahead_ns: int, expected: tuple[str, list[object]]
) -> None:
    before = clock()
    output.send(data, ahead_ns)
    address, (*numbers, due_ms) = received(receiver)
    assert (address, numbers) == expected
    assert due_ms == pytest.approx((before + ahead_ns) / 1e6 % CLOCK_MS, abs=100)


def test_a_sign_of_life_has_the_version_and_the_notes(receiver: socket.socket, output: OscOutput) -> None:
    output.sign_of_life([(0, 60), (9, 36)])
    assert received(receiver) == ("/polate/out/alive", [1, 1, 60, 10, 36])


def test_however_many_notes_sound_a_sign_of_life_fits_a_datagram(receiver: socket.socket, output: OscOutput) -> None:
    output.sign_of_life((channel, note) for channel in range(16) for note in range(128))
    _, numbers = received(receiver)
    assert len(numbers) == 513


def test_the_last_sign_of_life_says_that_nothing_sounds(receiver: socket.socket) -> None:
    opened = OscOutput.open(f"osc:127.0.0.1:{receiver.getsockname()[1]}")
    opened.close()
    assert received(receiver) == ("/polate/out/alive", [1])


def test_a_receiver_that_does_not_run_is_no_error(receiver: socket.socket) -> None:
    opened = OscOutput.open(f"osc:127.0.0.1:{receiver.getsockname()[1]}")
    receiver.close()
    for _ in range(5):
        opened.send((0x90, 60, 100))
    assert opened.alive()
    opened.close()


@pytest.mark.parametrize(
    ("name", "peer"),
    [
        ("osc:127.0.0.1:9012", ("127.0.0.1", 9012)),
        ("osc:localhost:1", ("127.0.0.1", 1)),
        ("osc:[::1]:65535", ("::1", 65535)),
        ("osc:::1:9012", ("::1", 9012)),
    ],
)
def test_a_name_gives_an_address_and_a_port(name: str, peer: tuple[str, int]) -> None:
    assert peer_of(name) == peer


@pytest.mark.parametrize(
    "name",
    ["osc:", "osc:9012", "osc:127.0.0.1", "osc:127.0.0.1:0", "osc:127.0.0.1:65536", "osc:127.0.0.1:-1", "osc:studio:9",
     "osc:127.0.0.1:9012x", "osc:127.1:9012", "osc:\0:9012", "osc:ü:9012", "127.0.0.1:9012"],
)  # fmt: skip
def test_another_name_is_refused_with_what_is_allowed(name: str) -> None:
    with pytest.raises(PortError, match=r"osc:ADDRESS:PORT .* got "):
        peer_of(name)


@given(st.text(max_size=80))
def test_any_text_is_a_name_or_refused(text: str) -> None:
    try:
        host, port = peer_of("osc:" + text)
    except PortError:
        return
    assert host
    assert 0 < port < 65536


@pytest.mark.parametrize("setting", ["output", "bass_output", "chord_output", "copy_output"])
def test_a_setting_with_a_wrong_name_says_which_one(setting: str) -> None:
    with pytest.raises(ConfigError, match=rf"^{setting.replace('_', '-')} must be osc:ADDRESS:PORT"):
        load(None, {setting: "osc:nobody:1"})


def test_the_copy_is_an_osc_output() -> None:
    with pytest.raises(ConfigError, match="copy-output must be osc:ADDRESS:PORT"):
        load(None, {"copy_output": "IAC Driver"})
    assert load(None, {"copy_output": "osc:127.0.0.1:9012"}).copy_output == "osc:127.0.0.1:9012"


def test_a_midi_port_is_no_osc_output() -> None:
    assert not is_osc(None)
    assert not is_osc("Oscillator osc:1")
