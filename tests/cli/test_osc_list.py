"""`polate osc`: every address, with the values of a running Polate."""

import contextlib
import subprocess
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from command import polate
from rig import free_udp_port, next_line, no_midi, playing

from polate.cli.osc_commands import osc
from polate.osc import client
from polate.osc.addresses import ADDRESSES


def listed(*words: str) -> subprocess.CompletedProcess[str]:
    return polate("osc", *words)


def test_every_address_is_listed_with_its_type_its_value_and_its_range() -> None:
    port = str(free_udp_port())
    with playing("--bpm", "99", "--swing", "60", "--osc-port", port, env=no_midi()) as process:
        while f"OSC on 127.0.0.1:{port}" not in next_line(process):
            assert process.poll() is None
        done = listed("--osc-port", port)
    rows = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert {spec.address for spec in ADDRESSES} <= rows.keys()
    assert {f"/polate/z/{axis}" for axis in range(1, 9)} <= rows.keys()
    assert {f"/polate/motion/{axis}/kind" for axis in range(1, 9)} <= rows.keys()
    tempo = rows["/polate/tempo"].split(maxsplit=3)
    assert tempo[1:] == ["f", "99", "a number 20..400: tempo in quarter notes a minute"]
    assert rows["/polate/swing"].split()[1:3] == ["f", "60"]
    assert rows["/polate/key"].split()[1] == "ii"


def test_without_a_running_polate_the_addresses_are_listed_without_values() -> None:
    port = str(free_udp_port())
    done = listed("swing", "--osc-port", port)
    assert done.returncode == 0
    (line,) = done.stdout.splitlines()
    assert line.startswith("/polate/swing  f    a number 50..75")
    assert f"no Polate answers to OSC on 127.0.0.1:{port}" in done.stderr
    assert "(Connection refused): start it with 'polate play'" in done.stderr


def test_a_part_that_no_address_has_is_said() -> None:
    done = listed("nonsense", "--osc-port", str(free_udp_port()))
    assert (done.returncode, done.stdout) == (1, "")
    assert "polate: no OSC address has 'nonsense' in it; 'polate osc' lists all addresses\n" in done.stderr


@pytest.mark.parametrize("part", ["trouble", "/polate/trouble"])
def test_the_value_of_the_address_that_is_asked_for_is_not_cut(
    part: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trouble = "'dorian' is not on this map; models octave and atlas have it: polate play --model atlas"

    @contextlib.contextmanager
    def running(_host: str, _port: int) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(values={"/polate/trouble": trouble})

    monkeypatch.setattr(client, "running_polate", running)
    osc(part)
    assert trouble in capsys.readouterr().out
    osc("troub")
    assert trouble[:29] + "..." in capsys.readouterr().out
