"""Polate's notes in SuperCollider: sclang runs the example, and the synths of scsynth begin and end as the notes do."""

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest
from osc_messages import message
from rig import children_of, free_udp_port, no_midi, osc_values, playing, wait_until

from polate.osc.packets import messages

EXAMPLE = Path(__file__).parents[2] / "examples/supercollider/polate.scd"
JACK = "polate-supercollider"  # a JACK server of its own, with the dummy driver


@dataclass
class SuperCollider:
    """The example in sclang, and a second client of its server, which is told of each synth's beginning and end."""

    folder: Path
    osc: int
    language_port: int = field(default_factory=free_udp_port)
    server_port: int = field(default_factory=free_udp_port)
    began: list[tuple[float, int]] = field(default_factory=list)  # when, synth
    ended: list[tuple[float, int]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        environment = {**os.environ, "JACK_DEFAULT_SERVER": JACK, "JACK_NO_START_SERVER": "1"}
        environment |= {"QT_QPA_PLATFORM": "offscreen", "QTWEBENGINE_DISABLE_SANDBOX": "1", "HOME": str(self.folder)}
        script = self.folder / "polate.scd"
        script.write_text(EXAMPLE.read_text().replace('"127.0.0.1", 9010', f'"127.0.0.1", {self.osc}'))
        beginning = self.folder / "beginning.scd"
        beginning.write_text(
            f'Server.default = Server(\\test, NetAddr("127.0.0.1", {self.server_port}));\n'
            f's.options.maxLogins = 2;\n"{script}".load;\n'
            "OSCdef(\\hand, { |message| message[1].asString.interpret }, '/hand');\n"
        )
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", 0))
        self._udp.settimeout(0.05)
        self._is_over = threading.Event()
        jackd = ["jackd", "-r", "-n", JACK, "-d", "dummy", "-r", "48000", "-p", "1024"]
        self._jackd = subprocess.Popen(
            jackd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        self._language = subprocess.Popen(
            ["sclang", "-u", str(self.language_port), str(beginning)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
            start_new_session=True,
        )
        self._threads = [threading.Thread(target=each) for each in (self._read, self._receive)]
        for thread in self._threads:
            thread.start()
        try:
            wait_until(lambda: "Polate's notes are played" in self.said, 60, "SuperCollider")
            self._send("/notify", 1)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._send("/quit")
        time.sleep(0.2)
        for process in (self._language, self._jackd):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._is_over.set()
        for thread in self._threads:
            thread.join()
        self._udp.close()
        assert self._language.stdout is not None
        self._language.stdout.close()

    def evaluate(self, code: str) -> None:
        """As a user does in the window of the language."""
        self._udp.sendto(message("/hand", code), ("127.0.0.1", self.language_port))

    def _send(self, address: str, *arguments: object) -> None:
        self._udp.sendto(message(address, *arguments), ("127.0.0.1", self.server_port))

    def _read(self) -> None:
        assert self._language.stdout is not None
        for line in self._language.stdout:
            self.said.append(line.strip())

    def _receive(self) -> None:
        while not self._is_over.is_set():
            with contextlib.suppress(TimeoutError, ConnectionError):
                datagram, now = self._udp.recv(65536), time.monotonic()
                for _, address, arguments in messages(datagram):
                    self._take(address, list(arguments), now)

    def _take(self, address: str, arguments: list[Any], now: float) -> None:
        if address in ("/n_go", "/n_end") and arguments[4] == 0:  # a synth, and no group
            (self.began if address == "/n_go" else self.ended).append((now, arguments[0]))

    def sounding(self) -> set[int]:
        return {synth for _, synth in self.began} - {synth for _, synth in self.ended}

    def complaints(self) -> list[str]:
        return [line for line in self.said if "ERROR" in line or "FAILURE" in line]


@pytest.fixture(scope="module")
def sc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SuperCollider]:
    with SuperCollider(tmp_path_factory.mktemp("supercollider"), free_udp_port()) as running:
        yield running


def _play(sc: SuperCollider, *options: str) -> contextlib.AbstractContextManager[subprocess.Popen[str]]:
    ports = ("--output", f"osc:127.0.0.1:{sc.language_port}", "--osc-port", str(sc.osc))
    return playing(*ports, *options, env=no_midi())


@pytest.mark.supercollider
@pytest.mark.timeout(180)
class TestSuperCollider:
    def test_every_note_is_a_synth_that_ends(self, sc: SuperCollider) -> None:
        before = len(sc.began)
        with _play(sc, "--bpm", "120", "--rate", "1/16", "--gate", "50"):
            wait_until(lambda: len(sc.began) - before >= 24, 30, "24 synths")
            played = int(osc_values(sc.osc, "/polate/played")[0])
            assert abs(played - (len(sc.began) - before)) <= 3  # some are under way
        wait_until(lambda: not sc.sounding(), 3, "the end of the last synth")
        assert len({synth for _, synth in sc.began}) == len(sc.began) == len(sc.ended)
        assert sc.complaints() == []

    def test_the_language_turns_a_knob_and_prints_the_pattern(self, sc: SuperCollider) -> None:
        with _play(sc, "--stopped"):
            wait_until(lambda: osc_values(sc.osc, "/polate/play") == ["0"], 30, "Polate")
            sc.evaluate("~knob.(3, 0.25); ~polate.sendMsg('/polate/subscribe')")
            wait_until(lambda: osc_values(sc.osc, "/polate/z/3") == ["0.25"], 10, "the knob")
            pattern = osc_values(sc.osc, "/polate/pattern")[0]
            wait_until(lambda: pattern in sc.said, 5, f"{pattern} in the window of the language")
        assert sc.complaints() == []

    def test_no_synth_is_left_when_polate_is_killed(self, sc: SuperCollider) -> None:
        with _play(sc, "--rate", "1/1", "--gate", "100") as polate:
            wait_until(sc.sounding, 30, "a note that sounds")
            time.sleep(0.3)
            assert sc.sounding()  # held, and not ended by the watch
            # At once, and the player first, because it continues the others: nothing can end the note any more.
            for pid in (polate.pid, *children_of(polate.pid).values()):
                os.kill(pid, signal.SIGSTOP)
            try:
                wait_until(lambda: not sc.sounding(), 3, "the watch of the signs of life to end it")
            finally:
                for pid in (*children_of(polate.pid).values(), polate.pid):
                    os.kill(pid, signal.SIGKILL)
        assert sc.complaints() == []
