"""`polate osc`: every address, with the values of a running Polate."""

import subprocess
import sys

from rig import free_udp_port, next_line, no_midi, playing

from polate.osc.addresses import ADDRESSES


def listed(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "polate", "osc", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


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
