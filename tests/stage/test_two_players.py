"""Two Polates on one machine: one tempo by Link, one file of snapshots, and one that conducts the other."""

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from osc_messages import message
from rig import free_udp_port, no_midi, osc_values, playing, wait_until

CONDUCT = Path(__file__).parents[2] / "examples/two-players/conduct.py"
AXES = [f"/polate/z/{number}" for number in range(1, 9)]


def send(port: int, address: str, *arguments: Any) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.sendto(message(address, *arguments), ("127.0.0.1", port))


@contextlib.contextmanager
def polate(port: int, *options: str) -> Iterator[None]:
    with playing("--osc-port", str(port), *options, env=no_midi()):
        wait_until(lambda: osc_values(port, "/polate/play"), 30, f"the Polate at {port}")
        yield


@contextlib.contextmanager
def conductor(*words: str) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, str(CONDUCT), *words], stderr=subprocess.PIPE, text=True)
    try:
        yield
        assert process.poll() is None
    finally:
        process.terminate()
        _, complaints = process.communicate(timeout=10)
    assert complaints == ""


@pytest.fixture
def ports() -> tuple[int, int]:
    return free_udp_port(), free_udp_port()


def test_one_conducts_the_other_and_both_recall_one_snapshot(ports: tuple[int, int], tmp_path: Path) -> None:
    first, second = ports
    shared = ("--snapshots", str(tmp_path / "duo.json"))
    with polate(first, *shared):
        send(first, "/polate/z/2", 0.875)
        wait_until(lambda: osc_values(first, "/polate/z/2") == ["0.875"], 10, "the knob of the first")
        send(first, "/polate/snapshot/store", "verse")
        wait_until(lambda: (tmp_path / "duo.json").is_file(), 10, "the file")
        with polate(second, *shared):
            with conductor(str(first), str(second), "--also", "tonic"):
                wait_until(lambda: osc_values(second, *AXES) == osc_values(first, *AXES), 20, "the place of the first")
                send(first, "/polate/z/3", 0.125)
                send(first, "/polate/tonic", "D3")
                send(first, "/polate/rate", "1/8t")
                wait_until(lambda: osc_values(second, "/polate/z/3") == ["0.125"], 10, "the knob")
                wait_until(
                    lambda: osc_values(second, "/polate/tonic") == osc_values(first, "/polate/tonic"), 10, "the tonic"
                )
                assert osc_values(second, "/polate/rate") != osc_values(first, "/polate/rate")  # nobody asked for it
                assert osc_values(second, "/polate/trouble")[0].startswith("no MIDI")  # and nothing was refused
            send(first, "/polate/z/3", 0.75)
            send(second, "/polate/z/4", 0.25)  # without a conductor each has its own place
            wait_until(lambda: osc_values(first, "/polate/z/3") == ["0.75"], 10, "the knob of the first")
            wait_until(lambda: osc_values(second, "/polate/z/4") == ["0.25"], 10, "the knob of the second")
            assert osc_values(second, "/polate/z/3") == ["0.125"]
            for port in ports:
                send(port, "/polate/snapshot/recall", "verse")
            wait_until(lambda: osc_values(first, *AXES) == osc_values(second, *AXES), 10, "both at the snapshot")
            assert osc_values(second, "/polate/z/2") == ["0.875"]


@pytest.mark.link
def test_two_players_have_one_tempo_by_link(ports: tuple[int, int]) -> None:
    first, second = ports
    link = ("--sync", "link")
    with polate(first, *link), polate(second, *link):
        send(first, "/polate/tempo", 93.0)
        for port in ports:
            wait_until(lambda: osc_values(port, "/polate/tempo") == ["93"], 20, f"the tempo at {port}")  # noqa: B023
        send(second, "/polate/play", 0)
        wait_until(lambda: osc_values(first, "/polate/play") == ["0"], 10, "the stop of the first")
