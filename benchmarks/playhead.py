"""How far the onsets of a running Polate are from the song of a DAW that it follows over UDP.

    python benchmarks/playhead.py [--bpm 97.3] [--rate 30] [--late-ms 10] [--seconds 60, at most 95]

A sender takes the place of the DAW: it sends /polate/playhead, each message late by up to --late-ms, uniformly
distributed.
The notes come back over OSC, and each names the time at which it is due. The mean of the errors is subtracted.
`benchmarks/clock.py` measures the same on a virtual clock.
"""

import argparse
import random
import socket
import statistics
import subprocess
import sys
import threading
import time

from polate.osc.packets import build, messages
from polate.runtime.clock import clock

BEGIN_NS = 300_000_000
SETTLED_SECONDS = 2
WRAP_MS = 100_000  # where the clock of the notes begins anew
LONGEST_SECONDS = 95


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--bpm", type=float, default=97.3)
    arguments.add_argument("--rate", type=float, default=30.0, help="messages a second")
    arguments.add_argument("--late-ms", type=float, default=10.0)
    arguments.add_argument("--seconds", type=float, default=60.0)
    options = arguments.parse_args()
    with _udp() as notes, _udp() as free, _udp() as sender:
        polate_port = free.getsockname()[1]
        free.close()
        command = [sys.executable, "-m", "polate", "play", "--no-display", "--no-web", "--sync", "osc"]
        command += ["--output", f"osc:127.0.0.1:{notes.getsockname()[1]}", "--osc-port", str(polate_port)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        print(process.stdout.readline().strip())  # its ports are open
        dues_ms: list[float] = []
        ended = threading.Event()
        listener = threading.Thread(target=listen, args=(notes, dues_ms, ended))
        listener.start()
        begin_ns = send(sender, polate_port, options)
        time.sleep(0.5)
        process.terminate()
        process.wait(20)
        ended.set()
        listener.join()
    report(dues_ms, begin_ns, options.bpm)


def send(sender: socket.socket, port: int, options: argparse.Namespace) -> int:
    """Play the song, and stop it. Returns the time of beat 0, in nanoseconds of `clock`."""
    dice, begin_ns, arrives_ns = random.Random(1), clock() + BEGIN_NS, 0

    def say(seconds: float, playing: int) -> None:
        message = build("/polate/playhead", [seconds * options.bpm / 60, options.bpm, playing])
        sender.sendto(message.dgram, ("127.0.0.1", port))

    for number in range(round(options.seconds * options.rate)):
        seconds = number / options.rate
        late_ns = dice.uniform(0, options.late_ms) * 1e6
        arrives_ns = max(arrives_ns, begin_ns + round(seconds * 1e9 + late_ns))
        time.sleep(max(0, arrives_ns - clock()) / 1e9)
        say(seconds, 1)
    say(options.seconds, 0)
    return begin_ns


def listen(notes: socket.socket, dues_ms: list[float], ended: threading.Event) -> None:
    """Keep the time at which each note is due, on the clock of the notes."""
    while not ended.is_set():
        try:
            datagram = notes.recv(65536)
        except TimeoutError:
            continue
        dues_ms += [note[4] for _, address, note in messages(datagram) if address == "/polate/out/note" and note[1]]


def report(dues_ms: list[float], begin_ns: int, bpm: float) -> None:
    step_ms = 15_000 / bpm
    errors = []
    for due_ms in dues_ms:
        since = (due_ms - begin_ns / 1e6) % WRAP_MS
        if SETTLED_SECONDS * 1000 < since < LONGEST_SECONDS * 1000:
            errors.append(since - round(since / step_ms) * step_ms)
    middle = statistics.fmean(errors)
    off = sorted(abs(error - middle) for error in errors)
    p50, p95, worst = off[len(off) // 2], off[len(off) * 95 // 100], off[-1]
    print(
        f"{len(off)} sixteenths: p50 {p50:.2f}, p95 {p95:.2f}, worst {worst:.2f} ms from {middle:.2f} ms after the song"
    )


def _udp() -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.bind(("127.0.0.1", 0))
    opened.settimeout(0.2)
    return opened


if __name__ == "__main__":
    main()
