"""Polate under load, for minutes: notes, memory, files and threads. Needs jackd (Debian: jackd2), Linux.

    python benchmarks/soak.py [--minutes 15] [--messages 1000] [--burst 20000]

Three sources send so many messages a second each: a MIDI controller (CC 70 to 77), and two OSC senders, of positions
and of other settings. In the middle of the run an OSC sender sends bursts of ``--burst`` messages a second for five
seconds. A receiver that is another program counts the notes. At the end Polate is interrupted. The lines say

- whether the last value that each source sent is in force,
- how late the notes were: of all, the share that was sent more than 2 ms late,
- how the memory (PSS), the open files and the threads of each process have grown from the end of the first quarter to
  the end of the run,
- how many notes were left sounding, and how many lines were logged.

The exit status is 1 if one of these is not as it should be: a value lost, a note left, more files or threads, more than
8 MB more memory, or more than a logged line a second.
"""

import argparse
import contextlib
import os
import re
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from rig import PLAYER_IN, Controller, JackServer, Rig, children_of, free_udp_port, osc_message, wait_until

from polate.osc.client import running_polate

MOST_GROWTH = 8.0  # MB
BURST_SECONDS = 5.0
LAST = 100  # the last value of each control change


@dataclass(frozen=True)
class Use:
    """What a process uses."""

    megabytes: float
    files: int
    threads: int


def use(pid: int) -> Use:
    """The proportional set size counts the pages of the system's libraries once among all processes."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    kilobytes = int(re.search(r"^Pss:\s+(\d+)", rollup, re.M)[1])  # type: ignore[index]
    return Use(kilobytes / 1024, len(os.listdir(f"/proc/{pid}/fd")), len(os.listdir(f"/proc/{pid}/task")))


def uses(pid: int) -> dict[str, Use]:
    return {"player": use(pid), **{name: use(child) for name, child in children_of(pid).items()}}


@contextlib.contextmanager
def sending(name: str, rate: float, send_next: "Sender") -> Iterator[None]:
    """Send at a rate, in groups of a hundredth of a second, from a thread."""
    stopped = threading.Event()

    def run() -> None:
        began, sent = time.monotonic(), 0
        while not stopped.wait(0.01):
            due = int((time.monotonic() - began) * rate)
            for number in range(sent, due):
                send_next(number)
            sent = due

    thread = threading.Thread(target=run, name=name)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


class Sender:
    """What a source sends next, by its number."""

    def __call__(self, number: int) -> None:
        raise NotImplementedError


class Knobs(Sender):
    def __init__(self, controller: Controller) -> None:
        self._controller = controller

    def __call__(self, number: int) -> None:
        self._controller.turn(70 + number % 4, number * 7 % 128)


class Osc(Sender):
    """Messages that were built before, so that sending costs little."""

    def __init__(self, port: int, messages: list[bytes]) -> None:
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.connect(("127.0.0.1", port))
        self._messages = messages

    def __call__(self, number: int) -> None:
        with contextlib.suppress(OSError):
            self._udp.send(self._messages[number % len(self._messages)])

    def close(self) -> None:
        self._udp.close()


def positions() -> list[bytes]:
    return [osc_message(f"/polate/z/{5 + step % 4}", step % 128 / 127).dgram for step in range(1024)]


def settings() -> list[bytes]:
    return [osc_message("/polate/velocity", 40 + step % 80).dgram for step in range(80)] + [
        osc_message("/polate/gate", 50 + step % 100).dgram for step in range(100)
    ]


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--minutes", type=float, default=15)
    arguments.add_argument("--messages", type=float, default=1000, help="of each source, a second")
    arguments.add_argument("--burst", type=float, default=20_000, help="messages a second, for five seconds")
    options = arguments.parse_args()
    problems: list[str] = []
    with JackServer("polate-benchmark") as jack, Rig(jack) as rig, tempfile.TemporaryDirectory() as folder:
        port = free_udp_port()
        take = Path(folder) / "take.mid"
        process = rig.play("--osc-port", str(port), "--bass", "2", "--chord", "3", "--record", str(take))
        jack.connect("knobs:knobs", PLAYER_IN)
        wait_until(lambda: "Polate Ends:Polate Ends" in jack.ports(), 20, "the patchbay process")
        sources = Osc(port, positions()), Osc(port, settings()), Osc(port, positions())
        before = soak(options, process.pid, rig, sources)
        after = uses(process.pid)
        problems += lost(port, rig.knobs, sources)
        for source in sources:
            source.close()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        time.sleep(0.5)
        left = rig.daw.sounding()
        notes = len(rig.daw.note_ons())
    for name, now in sorted(after.items()):
        then = before.get(name, now)
        grown = now.megabytes - then.megabytes
        print(
            f"{name}: {now.megabytes:.0f} MB ({grown:+.1f}), {now.files} files ({now.files - then.files:+d}), "
            f"{now.threads} threads ({now.threads - then.threads:+d})"
        )
        if grown > MOST_GROWTH or now.files > then.files or now.threads > then.threads:
            problems.append(f"{name} has grown")
    lines = len(err.splitlines())
    counts = re.search(r"stopped: (\d+) notes, (\d+) late", out)
    print(f"{notes} notes heard, {len(left)} left; {lines} lines logged; {out.strip().splitlines()[-1]}")
    if counts is None or process.returncode:
        problems.append(f"Polate ended with {process.returncode}: {err[-500:]}")
    if left:
        problems.append(f"notes were left: {sorted(left)}")
    if lines > options.minutes * 60 + 5:
        problems.append("more than a line a second was logged")
    for problem in problems:
        print(f"NOT AS IT SHOULD BE: {problem}")
    return 1 if problems else 0


def soak(options: argparse.Namespace, pid: int, rig: Rig, sources: tuple[Osc, Osc, Osc]) -> dict[str, Use]:
    """Send for so many minutes. Returns what was in use at the end of the first quarter."""
    seconds = options.minutes * 60
    began = time.monotonic()
    with (
        sending("knobs", options.messages, Knobs(rig.knobs)),
        sending("positions", options.messages, sources[0]),
        sending("settings", options.messages, sources[1]),
    ):
        time.sleep(seconds / 4)
        before = uses(pid)
        time.sleep(max(0.0, began + seconds / 2 - time.monotonic()))
        with sending("burst", options.burst, sources[2]):
            time.sleep(min(BURST_SECONDS, seconds / 8))
        time.sleep(max(0.0, began + seconds - time.monotonic()))
    return before


def lost(port: int, knobs: Controller, sources: tuple[Osc, Osc, Osc]) -> list[str]:
    """Send a last value from each source at once, and return what is not in force a second later."""
    for number in range(1000):
        knobs.turn(70 + number % 4, LAST if number >= 996 else number % 128)
    last = [osc_message("/polate/z/5", 0.25).dgram, osc_message("/polate/velocity", 77).dgram]
    for message in last:
        sources[0]._udp.send(message)
    time.sleep(1)
    wanted = {f"/polate/z/{axis}": LAST / 127 for axis in range(1, 5)} | {"/polate/z/5": 0.25, "/polate/velocity": 77}
    problems = []
    with running_polate("127.0.0.1", port) as polate:
        for address, value in wanted.items():
            is_there = float(polate.value(address) or "nan")
            if not abs(is_there - value) <= 0.004:
                problems.append(f"{address} is {is_there}, and {value:g} was sent last")
    return problems


if __name__ == "__main__":
    raise SystemExit(main())
