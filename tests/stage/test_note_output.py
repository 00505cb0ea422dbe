"""Notes over OSC, at real receivers: a socket, liblo, and the patch for plugdata in Pure Data."""

import contextlib
import itertools
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
from rig import children_of, complaints_of_pure_data, free_udp_port, no_midi, playing, wait_until

from polate.errors import PortError
from polate.gate.osc_output import CLOCK_MS
from polate.osc.client import running_polate
from polate.osc.packets import messages

PATCH = Path(__file__).parents[2] / "examples/plugdata/Polate.pd"
GONE_SECONDS = 0.5  # a receiver ends all notes after that long without a sign of life
MOST_MS_AHEAD = 3.0


class SendersClock:
    """How long a receiver waits with a message, as docs/note-output.md says: a message that was longer on its way than
    the quickest one waits for a shorter time."""

    def __init__(self) -> None:
        self._quickest_ms, self._last_ms = 0.0, 0.0

    def wait(self, now_ms: float, ahead_ms: float, due_ms: float, extra_ms: float = 0) -> float:
        later = (now_ms - (due_ms - ahead_ms) - self._quickest_ms + CLOCK_MS / 2) % CLOCK_MS - CLOCK_MS / 2
        drift = (now_ms - self._last_ms) * 2e-4
        self._quickest_ms += later if later < 0 or later > 200 else min(later, drift)
        self._last_ms = now_ms
        return max(0.0, ahead_ms + extra_ms - (later if 0 < later <= 200 else 0))


@dataclass
class OscReceiver:
    """Plays notes as the description of the messages says, and keeps the times at which they are due."""

    port: int
    notes: list[tuple[float, int, int, int]] = field(default_factory=list)  # due, note, velocity, channel
    ahead_ms: list[float] = field(default_factory=list)
    alive: list[tuple[float, list[Any]]] = field(default_factory=list)
    controls: list[tuple[Any, ...]] = field(default_factory=list)
    arrivals: list[tuple[float, float, float]] = field(default_factory=list)  # of the notes: when, and their times
    _clock: SendersClock = field(default_factory=SendersClock)

    def __enter__(self) -> Self:
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", self.port))
        self._udp.settimeout(0.05)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._receive)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._udp.close()

    def _receive(self) -> None:
        while not self._ended.is_set():
            with contextlib.suppress(TimeoutError):
                datagram, now = self._udp.recv(65536), time.monotonic()
                for _, address, arguments in messages(datagram):
                    self._take(address, list(arguments), now)

    def _take(self, address: str, arguments: list[Any], now: float) -> None:
        if address == "/polate/out/note":
            note, velocity, channel, ahead_ms, due_ms = arguments
            self.ahead_ms.append(ahead_ms)
            self.arrivals.append((now, ahead_ms, due_ms))
            self.notes.append((now + self._clock.wait(now * 1000, ahead_ms, due_ms) / 1000, note, velocity, channel))
        elif address == "/polate/out/alive":
            self.alive.append((now, arguments))
        else:
            self.controls.append((address, *arguments))

    def sounding(self) -> set[tuple[int, int]]:
        """(channel, note) of the notes that sound, once all that was received is due."""
        heard: set[tuple[int, int]] = set()
        for _, note, velocity, channel in list(self.notes):
            (heard.add if velocity else heard.discard)((channel, note))
        return heard


def _play(
    port: int, *options: str, osc_port: int | None = None
) -> contextlib.AbstractContextManager[subprocess.Popen[str]]:
    ports = ("--output", f"osc:127.0.0.1:{port}", "--osc-port", str(osc_port or free_udp_port()))
    return playing(*ports, *options, env=no_midi())


@pytest.fixture
def receiver() -> Iterator[OscReceiver]:
    with OscReceiver(free_udp_port()) as opened:
        yield opened


class TestSocket:
    def test_notes_arrive_before_their_time_and_are_due_evenly(self, receiver: OscReceiver) -> None:
        with _play(receiver.port, "--bpm", "120", "--rate", "1/16", "--gate", "50"):
            wait_until(lambda: len(receiver.notes) > 40, 20, "40 messages")
        dues = [due for due, _, velocity, _ in receiver.notes if velocity]
        steps = [after - before for before, after in itertools.pairwise(dues)]
        assert all(0 <= ahead <= MOST_MS_AHEAD for ahead in receiver.ahead_ms)
        assert sorted(receiver.ahead_ms)[len(receiver.ahead_ms) // 2] > 2
        assert sorted(steps)[len(steps) // 2] == pytest.approx(0.125, abs=0.002)
        assert receiver.sounding() == set()
        assert receiver.alive[-1][1] == [1]  # the last sign of life says that nothing sounds

    def test_signs_of_life_name_what_sounds(self, receiver: OscReceiver) -> None:
        with _play(receiver.port, "--rate", "1/1", "--gate", "100", "--channel", "3"):
            wait_until(lambda: any(len(said) == 3 for _, said in receiver.alive), 20, "a note in a sign of life")
            _, said = next(each for each in receiver.alive if len(each[1]) == 3)
            assert said == [1, 3, receiver.notes[0][1]]

    @pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
    def test_no_note_is_left_when_the_player_ends(self, receiver: OscReceiver, signal_number: int) -> None:
        with _play(receiver.port, "--rate", "1/1", "--gate", "100") as polate:
            wait_until(lambda: receiver.sounding(), 20, "a note that sounds")
            polate.send_signal(signal_number)
            wait_until(lambda: not receiver.sounding(), 2, "its end")

    def test_when_the_gate_is_killed_its_successor_ends_what_it_left(self, receiver: OscReceiver) -> None:
        with _play(receiver.port, "--rate", "1/1", "--gate", "100") as polate:
            wait_until(lambda: receiver.sounding(), 20, "a note that sounds")
            os.kill(children_of(polate.pid)["polate.gate.process"], signal.SIGKILL)
            killed = time.monotonic()
            wait_until(
                lambda: any(said[0] == "/polate/out/midi" and said[2] == 120 for said in receiver.controls),
                5,
                "All Sound Off from the next gate",
            )
            silent = max(now for now, _ in receiver.alive if now <= killed)
            assert killed - silent < GONE_SECONDS  # so a receiver that follows the rule ends the notes before that
            notes = len(receiver.notes)
            wait_until(lambda: len(receiver.notes) > notes, 10, "the music to go on")


# What the patch needs of plugdata: a parameter and the DAW's playhead. `r knob1` and `r __playhead` are their ways in.
PARAM = """#N canvas 0 0 400 200 12;
#X obj 20 20 r \\$1;
#X obj 20 60 outlet;
#X obj 120 20 inlet;
#X obj 200 20 inlet;
#X connect 0 0 1 0;
"""
PLAYHEAD = """#N canvas 0 0 700 200 12;
#X obj 20 20 r __playhead;
#X obj 20 50 route playing recording looping edittime framerate bpm lastbar timesig position;
""" + "".join(
    [f"#X obj {20 + 60 * place} 100 outlet;\n" for place in range(9)]
    + ["#X connect 0 0 1 0;\n"]
    + [f"#X connect 1 {place} {place + 2} 0;\n" for place in range(9)]
)
NOTEOUT = """#N canvas 0 0 400 200 12;
#X obj 20 20 inlet;
#X obj 100 20 inlet;
#X obj 180 20 inlet;
#X obj 20 60 pack f f f;
#X obj 20 90 s noteout;
#X connect 0 0 3 0;
#X connect 1 0 3 1;
#X connect 2 0 3 2;
#X connect 3 0 4 0;
"""


def _remote(hand: int, listening: int) -> str:
    """A patch: it sends `receiver values` from one port to that receiver, and each note that goes out to another."""
    return f"""#N canvas 0 0 400 300 12;
#X obj 10 10 netreceive -u {hand};
#X obj 10 40 list;
#X obj 10 70 t l l;
#X obj 10 100 list split 1;
#X obj 100 100 list split 1;
#X obj 10 130 list trim;
#X obj 10 190 send;
#X obj 200 10 r noteout;
#X obj 200 40 oscformat note;
#X obj 200 70 list prepend send;
#X obj 200 100 list trim;
#X obj 200 130 netsend -u -b;
#X obj 300 10 loadbang;
#X msg 300 40 connect 127.0.0.1 {listening};
#X msg 100 130 symbol \\$1;
#X connect 0 0 1 0;
#X connect 1 0 2 0;
#X connect 2 0 3 0;
#X connect 2 1 4 0;
#X connect 3 1 5 0;
#X connect 5 0 6 0;
#X connect 4 0 14 0;
#X connect 14 0 6 1;
#X connect 7 0 8 0;
#X connect 8 0 9 0;
#X connect 9 0 10 0;
#X connect 10 0 11 0;
#X connect 12 0 13 0;
#X connect 13 0 11 0;
"""


class PureData:
    """The patch for plugdata in Pure Data, with the objects that only plugdata has made by hand."""

    def __init__(self, folder: Path, osc: int, notes: int) -> None:
        self.hand, self._heard_port = free_udp_port(), free_udp_port()
        self.heard: list[tuple[float, int, int, int]] = []  # when, note, velocity, channel
        self._ended = threading.Event()
        patch = (
            PATCH.read_text().replace("127.0.0.1 9010", f"127.0.0.1 {osc}").replace("listen 9012", f"listen {notes}")
        )
        for name, text in (
            ("Polate", patch.replace(" noteout;", " test-noteout;")),
            ("param", PARAM),
            ("playhead", PLAYHEAD),
            ("test-noteout", NOTEOUT),
            ("remote", _remote(self.hand, self._heard_port)),
        ):
            (folder / f"{name}.pd").write_text(text)
        self._command = ["pd", "-nogui", "-noaudio", "-nomidi", "-stderr"]
        self._command += ["-open", str(folder / "remote.pd"), "-open", str(folder / "Polate.pd")]

    def __enter__(self) -> Self:
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", self._heard_port))
        self._udp.settimeout(0.05)
        self._thread = threading.Thread(target=self._receive)
        self._thread.start()
        self.process = subprocess.Popen(self._command, stderr=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        _, stderr = self.process.communicate(timeout=10)
        self._ended.set()
        self._thread.join()
        self._udp.close()
        assert complaints_of_pure_data(stderr) == []

    def send(self, *words: object) -> None:
        self._udp.sendto((" ".join(map(str, words)) + ";\n").encode(), ("127.0.0.1", self.hand))

    def daw(self, beat: float, *, playing: bool, bpm: float, loop: tuple[float, float] | None = None) -> None:
        """What plugdata says of the DAW in every block."""
        self.send("__playhead", "playing", int(playing))
        self.send("__playhead", "looping", int(loop is not None), *(loop or (0, 0)))
        self.send("__playhead", "bpm", bpm)
        self.send("__playhead", "position", beat, 0, 0)

    def _receive(self) -> None:
        while not self._ended.is_set():
            with contextlib.suppress(TimeoutError):
                datagram, now = self._udp.recv(65536), time.monotonic()
                for _, _, (note, velocity, channel) in messages(datagram):
                    self.heard.append((now, int(note), int(velocity), int(channel)))

    def sounding(self) -> set[tuple[int, int]]:
        heard: set[tuple[int, int]] = set()
        for _, note, velocity, channel in list(self.heard):
            (heard.add if velocity else heard.discard)((channel, note))
        return heard


def _value(osc: int, address: str) -> str:
    """What Polate answers; empty while it does not run yet."""
    try:
        with running_polate("127.0.0.1", osc) as client:
            return client.value(address)
    except PortError:
        return ""


@pytest.mark.puredata
class TestPlugdata:
    def test_the_daw_turns_the_knobs_and_drives_the_line_and_gets_its_notes(self, tmp_path: Path) -> None:
        osc, notes = free_udp_port(), free_udp_port()
        options = ("--sync", "osc", "--gate", "50", "--rate", "1/16")
        with _play(notes, *options, osc_port=osc), PureData(tmp_path, osc, notes) as pd:
            wait_until(lambda: _value(osc, "/polate/play") == "0", 20, "Polate")
            pd.send("knob3", 0.25)
            wait_until(lambda: _value(osc, "/polate/z/3") == "0.25", 5, "the knob")
            time.sleep(0.3)
            assert pd.heard == []  # the DAW says when to start
            began = time.monotonic()

            def song(beat: float, loop: tuple[float, float] | None = None) -> None:  # a DAW at 96 bpm, for a second
                start = time.monotonic()
                while (passed := time.monotonic() - start) < 1:
                    now = beat + passed * 96 / 60
                    if loop and now > loop[1]:
                        now -= loop[1] - loop[0]
                    pd.daw(now, playing=True, bpm=96, loop=loop)
                    time.sleep(0.01)

            song(8)
            heard = len(pd.heard)
            assert heard >= 8
            assert pd.heard[0][0] - began < 0.5
            assert int(_value(osc, "/polate/beat")) in (9, 10)
            song(40)  # the user jumps
            assert int(_value(osc, "/polate/beat")) in (41, 42)
            assert float(_value(osc, "/polate/tempo")) == 96
            song(41.6, (40, 42))
            assert int(_value(osc, "/polate/beat")) in (40, 41)
            assert _value(osc, "/polate/trouble") == ""
            pd.daw(41, playing=False, bpm=96)
            wait_until(lambda: _value(osc, "/polate/play") == "0", 5, "the stop")
            wait_until(lambda: not pd.sounding(), 1, "silence")

    def test_a_receiver_that_misses_the_signs_of_life_ends_its_notes(self, tmp_path: Path) -> None:
        osc, notes = free_udp_port(), free_udp_port()
        with (
            PureData(tmp_path, osc, notes) as pd,
            _play(notes, "--rate", "1/1", "--gate", "100", osc_port=osc) as polate,
        ):
            wait_until(lambda: pd.sounding(), 20, "a note that sounds")
            # The player first, because it continues a gate that is stopped. Only the receiver can end the notes now.
            for pid in (polate.pid, children_of(polate.pid)["polate.gate.process"]):
                os.kill(pid, signal.SIGSTOP)
            try:
                wait_until(lambda: not pd.sounding(), 2, "the receiver to end the note")
            finally:
                for pid in (*children_of(polate.pid).values(), polate.pid):
                    os.kill(pid, signal.SIGCONT)
