"""From a fault to the end of the last note, at a receiver that is another program. Needs jackd (Debian: jackd2), Linux.

    python benchmarks/faults.py [--times 5] [--only WORD] [--async]

Polate plays long notes of a line, a bass and a chord into a JACK client. Then a process is killed or stopped, Polate is
asked to end, or the receiver goes away. A row tells how often no note was left and all had ended within 0.5 s; the
times from the fault until the last note that sounded then had ended, until Polate had ended, and until the next note
was heard: the median, and the longest. JACK runs with -S (synchronous), or with --async without.
"""

import argparse
import contextlib
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from rig import Heard, JackServer, Receiver, Rig, children_of, free_udp_port, start_polate, wait_until

LONG = ("--bpm", "30", "--rate", "1/4", "--gate", "200", "--bass", "2", "--chord", "3")
SOON, LATE = 0.5, 15  # seconds
GATE, OSC, INPUT = "polate.gate.process", "polate.osc.process", "polate.midi.input_process"
PATCHBAY = "polate.patchbay.process"


class Server(JackServer):
    """jackd with the dummy driver, synchronous or not."""

    synchronous = True

    def start(self) -> None:
        command = ["jackd", *["-S"] * self.synchronous, "-r", "-n", self.name, "-d", "dummy", "-r", "48000", "-p", "64"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self.env)
        wait_until(lambda: "system:capture_1" in self.ports(), 10, "jackd to answer")


def sounding(heard: list[Heard], until: float) -> dict[tuple[int, int], float]:
    """The notes that sound at a time, (channel, note), and when each was struck."""
    notes: dict[tuple[int, int], float] = {}
    for message in heard:
        if message.at > until:
            break
        if len(message.data) == 3:
            status, first, second = message.data
            channel, kind = status & 0x0F, status & 0xF0
            if kind == 0x90 and second:
                notes[channel, first] = message.at
            elif kind in (0x80, 0x90):
                notes.pop((channel, first), None)
            elif kind == 0xB0 and first in (120, 123):
                notes = {key: at for key, at in notes.items() if key[0] != channel}
    return notes


def ended(heard: list[Heard], since: float) -> float | None:
    """Seconds until the last of the notes that sounded then had ended; None: one sounds still."""
    before = sounding(heard, since)
    if not before:
        return 0.0
    times = [message.at for message in heard if message.at > since]
    for at in times:
        now = sounding(heard, at)
        if not any(now.get(key) == struck for key, struck in before.items()):
            return at - since
    return None


@dataclass(frozen=True)
class Seen:
    """One fault."""

    ended: float | None
    exit: float | None
    again: float | None
    left: int

    @property
    def holds(self) -> bool:
        return self.left == 0 and self.ended is not None and self.ended <= SOON


class Bench:
    """Polate that plays long notes to a receiver."""

    def __init__(self, rig: Rig, *options: str) -> None:
        self.rig = rig
        arguments = [*LONG, "--osc-port", str(free_udp_port()), *options]
        if "--output" in options:
            self.polate = start_polate(*arguments, env=rig.jack.env)
            rig.owns(self.polate)
            wait_until(lambda: rig.daw.note_ons(), 20, "notes")
        else:
            self.polate = rig.play(*arguments)
        wait_until(lambda: "Polate Ends:Polate Ends" in rig.jack.ports(), 20, "the patchbay process")
        since = len(rig.daw.heard)
        wait_until(lambda: rig.daw.note_ons(since), 10, "a note")
        time.sleep(0.3)
        self.children = children_of(self.polate.pid)
        self.began = time.monotonic()

    def send(self, number: signal.Signals, *modules: str) -> None:
        for module in modules:
            os.kill(self.children[module], number)

    def exit(self) -> float:
        self.polate.wait(15)
        return time.monotonic() - self.began

    def again(self, seconds: float = 12) -> float | None:
        """Until a note is heard."""
        end = self.began + seconds
        while time.monotonic() < end:
            ons = [heard.at for heard in self.rig.daw.heard if heard.data[0] & 0xF0 == 0x90]
            if later := [at for at in ons if at > self.began]:
                return later[0] - self.began
            time.sleep(0.01)
        return None

    def seen(self, exit_seconds: float | None = None, again: float | None = None) -> Seen:
        """End Polate and look what is left."""
        time.sleep(max(0.0, self.began + 1 - time.monotonic()))
        took = ended(self.rig.daw.heard, self.began)
        if self.polate.poll() is None:
            self.polate.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.polate.communicate(timeout=10)
        time.sleep(0.6)
        with contextlib.suppress(AssertionError):
            wait_until(lambda: not self.rig.daw.sounding(), LATE, "silence")
        took = ended(self.rig.daw.heard, self.began) if took is None else took
        return Seen(took, exit_seconds, again, len(self.rig.daw.sounding()))


def exits(number: signal.Signals, *stopped: str) -> Callable[[Rig], Seen]:
    def fault(rig: Rig) -> Seen:
        bench = Bench(rig)
        bench.send(signal.SIGSTOP, *stopped)
        bench.polate.send_signal(number)
        return bench.seen(bench.exit())

    return fault


def dies(number: signal.Signals, *modules: str, options: tuple[str, ...] = ()) -> Callable[[Rig], Seen]:
    def fault(rig: Rig) -> Seen:
        bench = Bench(rig, *options)
        bench.send(number, *modules)
        return bench.seen(again=bench.again())

    return fault


def stands_still(number: signal.Signals) -> Callable[[Rig], Seen]:
    def fault(rig: Rig) -> Seen:
        bench = Bench(rig)
        bench.polate.send_signal(number)
        time.sleep(3)
        bench.polate.send_signal(signal.SIGCONT)
        return bench.seen()

    return fault


def all_but_the_patchbay(rig: Rig) -> Seen:
    bench = Bench(rig)
    bench.send(signal.SIGKILL, *(module for module in bench.children if module != PATCHBAY))
    bench.polate.kill()
    return bench.seen(bench.exit())


def receiver_away(seconds: float) -> Callable[[Rig], Seen]:
    def fault(rig: Rig) -> Seen:
        bench = Bench(rig)
        rig.daw.close()
        time.sleep(seconds)
        rig.daw = Receiver()
        bench.began = time.monotonic()
        return bench.seen(again=bench.again())

    return fault


FAULTS: dict[str, Callable[[Rig], Seen]] = {
    "SIGINT to the player": exits(signal.SIGINT),
    "SIGTERM to the player": exits(signal.SIGTERM),
    "SIGHUP to the player": exits(signal.SIGHUP),
    "SIGKILL to the player": exits(signal.SIGKILL),
    "SIGSEGV to the player": exits(signal.SIGSEGV),
    "the player stopped for 3 s (SIGSTOP)": stands_still(signal.SIGSTOP),
    "Ctrl-Z for 3 s (SIGTSTP)": stands_still(signal.SIGTSTP),
    "SIGINT while the OSC process is stopped": exits(signal.SIGINT, OSC),
    "SIGINT while the MIDI input is stopped": exits(signal.SIGINT, INPUT),
    "SIGINT while the gate is stopped": exits(signal.SIGINT, GATE),
    "SIGKILL to the gate": dies(signal.SIGKILL, GATE),
    "SIGSEGV to the gate": dies(signal.SIGSEGV, GATE),
    "SIGKILL to the gate of a named port": dies(signal.SIGKILL, GATE, options=("--output", "daw")),
    "the gate stopped": dies(signal.SIGSTOP, GATE),
    "SIGKILL to all processes but the patchbay": all_but_the_patchbay,
    "the receiver away for 0.05 s": receiver_away(0.05),
    "the receiver away for 0.3 s": receiver_away(0.3),
}


def times(values: list[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "never" if any(value is None for value in values) and values != [None] * len(values) else "-"
    missing = "" if len(known) == len(values) else f", {len(values) - len(known)} never"
    return f"{statistics.median(known):.2f}, {max(known):.2f}{missing}"


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--times", type=int, default=5)
    arguments.add_argument("--only", default="", help="the faults with this word in their names")
    arguments.add_argument("--async", dest="is_async", action="store_true", help="jackd without -S")
    options = arguments.parse_args()
    Server.synchronous = not options.is_async
    print("| fault | held | notes ended, s | Polate ended, s | next note, s |")
    print("|---|---|---|---|---|", flush=True)
    failed = 0
    with Server("polate-benchmark") as jack:
        for name, fault in FAULTS.items():
            if options.only not in name:
                continue
            seen = []
            for _ in range(options.times):
                if not jack.runs():
                    jack.stop()
                    jack.start()
                with Rig(jack) as rig:
                    seen.append(fault(rig))
            held = sum(each.holds for each in seen)
            failed += held < len(seen)
            columns = [
                times([each.ended for each in seen]),
                times([each.exit for each in seen]),
                times([each.again for each in seen]),
            ]
            print(f"| {name} | {held} of {len(seen)} | {' | '.join(columns)} |", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
