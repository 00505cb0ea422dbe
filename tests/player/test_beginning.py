"""The music begins when it can be heard: the whole player, with a gate that is slow."""

import os
import subprocess
import sys
from pathlib import Path

from rig import no_midi

PLAY = """
from polate.player.children import children_of
from polate.player.config import Config
from polate.player.output import gate_of
from polate.player.player import Player

config = Config(osc=False, web=False, seconds=0.5)
gate = gate_of(config)
gate.run_instead("slow_gate")
with Player.open(config, children_of(config, gate)) as player:
    player.run()
print(player.state.counts)
"""


def test_it_waits_for_a_port_that_takes_long_to_open_and_drops_no_step() -> None:
    path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    env = {**no_midi(), "PYTHONPATH": path}
    done = subprocess.run(
        [sys.executable, "-c", PLAY], env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.endswith(" 0 dropped; 1 controls, 0 refused\n"), done
    assert not done.stdout.startswith("0 notes")
    assert "waiting for the MIDI output to open\n" in done.stderr
