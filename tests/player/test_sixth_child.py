"""What another child process takes: a module of its own, and one line in the table of the children."""

import os
import subprocess
import sys
from pathlib import Path

from rig import no_midi

from polate.player.children import CLIENTS, client_module
from polate.player.client import Client

HERE = Path(__file__).parent

THE_ONE_LINE = 'CLIENTS["sixth"] = "sixth_child"'

PLAY = f"""
from polate.player.children import CLIENTS
from polate.player.config import Config
from polate.player.player import Player

{THE_ONE_LINE}
with Player.open(Config(bpm=240, osc=False, seconds=20)) as player:
    player.run()
print(player.state.ports, player.state.refused, player.state.trouble)
"""


def test_a_sixth_child_is_started_asks_is_told_and_answered_and_is_started_again() -> None:
    path = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", PLAY],
        env={**no_midi(), "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    first, second = lines[: lines.index("died")], lines[lines.index("died") + 1 :]
    for name, said in (("first", first), ("second", second)):
        assert f"{name}: z/1 is 0.25, tempo 240" in said
        assert f"{name}: note, late=True" in said
        assert f"{name}: axis must be in 1..8, got 99" in said
        assert f"{name}: done" in said
    assert lines[-2] == "closed"
    assert "'output': 'none'" in lines[-1]
    assert " 2 " in lines[-1]  # both refusals are counted
    assert "the sixth process ended: starting another" in done.stderr


def test_the_players_loop_knows_no_child_by_name() -> None:
    for module in ("player", "client", "opening", "state"):
        text = (HERE.parents[1] / f"realtime/polate/player/{module}.py").read_text()
        assert not [name for name in CLIENTS if f'"{name}"' in text]


def test_every_client_has_the_same_interface() -> None:
    methods = {name for name in vars(Client) if not name.startswith("_")}
    for name in CLIENTS:
        module = client_module(name)
        assert callable(module.child_of)
        assert callable(module.open_client)
        (client,) = [each for each in vars(module).values() if isinstance(each, type) and each.__base__ is Client]
        own = {name for name in vars(client) if not name.startswith("_")}
        assert own <= methods
