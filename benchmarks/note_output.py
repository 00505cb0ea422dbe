"""How evenly notes over OSC arrive, and how evenly they are due, at real receivers.

    polate play --output osc:... --> a socket of this process: arrival, and arrival plus the milliseconds of the message
                                 --> the patch for plugdata in Pure Data: when its notes go out

The notes are every 31.25 ms, while another process keeps a processor busy. A figure is how far a note is from the
straight line through all notes, in milliseconds. Pure Data runs without audio, so it reads the network in ticks of 64
samples at 48 kHz, 1.3 ms. Needs Pure Data and liblo (Debian: puredata-core, liblo-tools).
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests/stage"))

from rig import free_udp_port, no_midi, playing, wait_until
from test_note_output import OscReceiver, PureData, SendersClock

OPTIONS = ("--bpm", "120", "--rate", "1/64", "--gate", "50")
PERCENTILES = (50, 95, 99)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20)
    seconds = parser.parse_args().seconds
    print("ms from the straight line".ljust(44), *(f"p{p}".rjust(7) for p in PERCENTILES), "  notes")
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        port = free_udp_port()
        with OscReceiver(port) as receiver, _play(port):
            wait_until(lambda: receiver.notes, 30, "the first note")
            time.sleep(seconds)
            begins = [velocity > 0 for _, _, velocity, _ in receiver.notes]
        _print("socket: arrival alone", _times(receiver, begins, lambda now, ahead, due: 0))
        _print("socket: arrival and milliseconds", _times(receiver, begins, lambda now, ahead, due: ahead))
        _print("socket: the sender's clock", _times(receiver, begins, SendersClock().wait))
        _print("socket: the same, 20 ms later", _times(receiver, begins, partial(SendersClock().wait, extra_ms=20)))
        _print("liblo (oscdump): arrival alone", _heard_by_liblo(seconds))
        for extra_ms in (0, 20):
            port = free_udp_port()
            with (
                tempfile.TemporaryDirectory() as folder,
                PureData(Path(folder), free_udp_port(), port) as pd,
                _play(port),
            ):
                wait_until(lambda: pd.heard, 30, "the first note")
                pd.send("polate-extra-ms", extra_ms)
                first = len(pd.heard)
                time.sleep(seconds)
                times = [when for when, _, velocity, _ in pd.heard[first:] if velocity]
            _print(f"Pure Data: the patch's notes, {extra_ms} ms later", times)
    finally:
        busy.kill()
        busy.wait()


def _heard_by_liblo(seconds: float) -> list[float]:
    """When oscdump prints the notes, in seconds."""
    port, times = free_udp_port(), []
    with subprocess.Popen(["oscdump", "-L", str(port)], stdout=subprocess.PIPE, text=True) as dump, _play(port):
        assert dump.stdout is not None
        until = None
        for line in dump.stdout:
            words = line.split()
            if "/polate/out/note" in words and int(words[-4]) > 0:
                times.append(time.monotonic())
                until = until or times[0] + seconds
            if until and time.monotonic() > until:
                break
        dump.kill()
    return times


def _times(receiver: OscReceiver, begins: list[bool], wait_ms: Callable[[float, float, float], float]) -> list[float]:
    """When the notes begin, in seconds, if each message waits so long."""
    times = [now + wait_ms(now * 1000, ahead, due) / 1000 for now, ahead, due in receiver.arrivals]
    return [time for time, is_begin in zip(times, begins, strict=False) if is_begin]


def _play(port: int):
    return playing(*OPTIONS, "--output", f"osc:127.0.0.1:{port}", "--osc-port", str(free_udp_port()), env=no_midi())


def _print(what: str, times: list[float]) -> None:
    onsets = np.array(times[8:])  # the first notes are of the start
    numbers = np.round((onsets - onsets[0]) / (60 / 120 / 16))
    line = np.polyval(np.polyfit(numbers, onsets, 1), numbers)
    errors = np.abs(onsets - line) * 1000
    print(what.ljust(44), *(f"{np.percentile(errors, p):7.3f}" for p in PERCENTILES), f"  {len(onsets)}")


if __name__ == "__main__":
    main()
