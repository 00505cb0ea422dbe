"""`polate learn` as a process of its own."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rig import Controller, JackServer, wait_until
from settings_file import FILE

from polate.cli.settings_document import read_document


@pytest.mark.jack
class TestForReal:
    """The verb as a process of its own, with a controller on JACK."""

    @pytest.fixture
    def knobs(self, jack: JackServer) -> Iterator[Controller]:
        controller = Controller()
        yield controller
        controller.close()

    @contextlib.contextmanager
    def learning(self, jack: JackServer, path: Path, *targets: str) -> Iterator[subprocess.Popen[bytes]]:
        """The verb, on a settings file; what it says goes into a file beside it."""
        call = f"learn({list(targets)!r}, config=Path({str(path)!r}), input='knobs', midi_api='jack')"
        script = f"from pathlib import Path; from polate.cli.learn import learn; {call}"
        environment = {**jack.env, "PYTHONPATH": os.pathsep.join(sys.path)}
        with path.with_suffix(".out").open("w") as out:
            process = subprocess.Popen([sys.executable, "-c", script], stdout=out, stderr=out, env=environment)
            try:
                yield process
            finally:
                process.kill()
                process.wait()

    def said(self, path: Path) -> list[str]:
        return path.with_suffix(".out").read_text().splitlines()

    def wait_for(self, path: Path, beginning: str) -> None:
        wait_until(lambda: any(line.startswith(beginning) for line in self.said(path)), 20, f"{beginning!r}")

    def test_three_controls_are_bound_one_after_the_other(
        self, jack: JackServer, knobs: Controller, tmp_path: Path
    ) -> None:
        path = tmp_path / "polate.toml"
        path.write_text(FILE)
        with self.learning(jack, path, "z/1", "bpm", "play") as process:
            for target, messages in (
                ("z/1", [(0xB2, 40, value) for value in range(10, 90)]),
                ("bpm", [(0xB0, 41, value) for value in (65, 65, 66, 65, 63, 63, 62)]),
                ("play", [(0x90, 36, 100), (0x80, 36, 0)]),
            ):
                self.wait_for(path, f"{target}: move")
                for message in messages:
                    knobs.send(message)
                    time.sleep(0.004)
            assert process.wait(20) == 0
        assert "z/1: cc 40, channel 3, replacing cc 21 -> z/1" in self.said(path)
        assert read_document(path).unwrap()["map"][1:] == [
            {"source": "cc 40", "channel": 3, "target": "z/1"},
            {"source": "relative 41 offset", "channel": 1, "target": "bpm"},
            {"source": "note 36", "channel": 1, "target": "play", "mode": "toggle"},
        ]
        assert "# my studio" in path.read_text()

    def test_an_interrupt_keeps_what_is_bound(self, jack: JackServer, knobs: Controller, tmp_path: Path) -> None:
        path = tmp_path / "polate.toml"
        with self.learning(jack, path, "z/1", "z/2") as process:
            self.wait_for(path, "z/1: move")
            for value in range(10, 90):
                knobs.send((0xB0, 40, value))
                time.sleep(0.002)
            self.wait_for(path, "z/2: move")
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
        assert self.said(path)[-1] == f"1 of 2 bound; play with them: polate play --config {path}"
        assert read_document(path).unwrap()["map"] == [{"source": "cc 40", "channel": 1, "target": "z/1"}]
