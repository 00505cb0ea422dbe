"""Odd words on the command line: each verb answers in lines, never with a traceback."""

import contextlib
import random
import sys
from pathlib import Path
from typing import Never

import pytest
from mutations import rounds

from polate import PolateError
from polate.cli import main as command
from polate.cli import play
from polate.osc import client

VALUES = [
    *("", "-", "--", "nan", "inf", "-inf", "1e999", "-1", "0", "1e-320", "9" * 40, "-" + "9" * 400, "0x10"),
    *(
        "\uff11\uff12",
        "\u00bd",
        "\u00fc",
        "\udce9",
        "\udcff\udc80",
        "a" * 5000,
        "/",
        "/dev/zero",
        "/dev/null",
        ".",
        "..",
    ),
    *("~", "C4", "H9", "tritone 0 1 2", "12 0 2 4", "random", "0.1,0.2", "1,2,3,4,5,6,7,8", ",".join(["nan"] * 8)),
    *("1e308,1,1,1,1,1,1,1", "giant steps", "60 61 62", "128", "*", "{}", "[]", "%s", "\x1b[2J", "\n", "=", "--help"),
    *("octave", "x.mid", "x.svg", "/proc/self/environ", "a/b/c.mid", "None", "\u202e"),
]
OPTIONS = {
    "play": "bpm rate tonic output input osc-host osc-port model place record snapshots captures seconds config rhythm "
    "sequence controller seed keys web-port sync quantum no-osc lan stopped swing gate",
    "generate": "count temperature near seed model out tonic bpm json",
    "morph": "steps path seed model tonic distinct json",
    "grid": "size by model json",
    "identify": "json seed model",
    "landmarks": "model",
    "corpus": "corpus round json",
    "config": "",
    "doctor": "config",
    "snapshots": "model file",
    "replay": "out model",
    "help": "",
    "osc": "osc-host osc-port",
    "capture": "bars osc-host osc-port",
    "ports": "midi-api",
    "controllers": "",
}


def words(dice: random.Random) -> list[str]:
    verb = dice.choice(list(OPTIONS))
    options, line = OPTIONS[verb].split(), [verb]
    for _ in range(dice.randint(0, 4)):
        if options and dice.random() < 0.7:
            line.append(f"--{dice.choice(options)}")
        if dice.random() < 0.9:
            line.append(dice.choice(VALUES))
    return line


@pytest.mark.timeout(7200)
def test_command_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def stop(*_: object) -> Never:
        raise PolateError("it would play now")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(play, "gate_of", stop)
    monkeypatch.setattr(play, "quiet_native_stderr", lambda: None)
    monkeypatch.setattr("polate.runtime.native_stderr.quiet_native_stderr", lambda: None)
    monkeypatch.setattr(client, "_TIMEOUT_SECONDS", 0.05)
    for number in range(rounds(40, 5_000)):
        line = words(random.Random(f"words/{number}"))
        monkeypatch.setattr(sys, "argv", ["polate", *line])
        with contextlib.suppress(SystemExit):
            command.main()
        said = "".join(capsys.readouterr())
        assert "Traceback" not in said, line
        assert all(each.isprintable() or each in "\n\t" for each in said), line
