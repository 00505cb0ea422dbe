"""What questions and subscribers cost those who turn knobs by OSC.

    python benchmarks/osc.py [--blocks 20]

A datagram is sent to the OSC process every 5 ms, and the time until its line arrives at the player is measured: without
other work, with 2,000 questions a second for all values, and with 32 subscribers that get 20 changes 50 times a second.
Blocks of one second in shuffled order. The output is the median over the blocks of each block's p50 and p95, the ratio
to the blocks without other work, and the share of a core that the process used.
"""

import argparse
import contextlib
import random
import select
import socket
import statistics
import threading
import time
from collections.abc import Callable
from pathlib import Path

from polate.control.commands import CORNERS
from polate.control.player_state import PlayerState
from polate.control.settings import Motion
from polate.osc.messages import Listening, Messages, StateChanged, ToPlayer
from polate.osc.packets import build
from polate.osc.state import values_of
from polate.osc.subscribers import MAX_SUBSCRIBERS
from polate.runtime.child_process import Child
from polate.runtime.line_stream import LineReader, encode_line

STATE = values_of(
    PlayerState(
        motions=(Motion(),) * 8,
        positions=(0.5,) * 8,
        moved_positions=(0.5,) * 8,
        corners=dict.fromkeys(CORNERS, "tritone 0 1 2"),
        playing=True,
        pattern="tritone 0 1 2",
        notes=tuple(range(60, 73)),
        top=12,
        sounding=60,
        played=1,
        beat=1.0,
        axes=("interval",) * 8,
        model="slonimsky.onnx",
    )
)
A_BLOCK = 1.0  # seconds
CHANGING = [f"/polate/{kind}/{axis}" for kind in ("z", "axis") for axis in range(1, 9)]
CHANGING += [f"/polate/{name}" for name in ("note", "played", "beat", "x")]


class Load:
    """Work that a thread repeats during a block."""

    def __init__(self, every: float, do: Callable[[int], None]) -> None:
        self._every, self._do, self._stop = every, do, threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        turn, due = 0, time.perf_counter()
        while not self._stop.wait(max(0.0, due - time.perf_counter())):
            self._do(turn)
            turn, due = turn + 1, due + self._every

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def latencies(child: Child, port: int, sender: socket.socket) -> list[float]:
    """Milliseconds from sending a datagram until its line arrives, in one block."""
    taken: list[float] = []
    received, end = b"", time.perf_counter() + A_BLOCK
    number = 0
    while time.perf_counter() < end:
        number += 1
        value = number / 1024
        expected = encode_line(Messages([("/polate/z/1", [value])]))
        began = time.perf_counter()
        sender.sendto(build("/polate/z/1", [value]).dgram, ("127.0.0.1", port))
        while expected not in received and time.perf_counter() < began + 1:
            select.select([child.socket], [], [], 0.1)
            try:
                received = received[-4096:] + child.receive(65536)
            except BlockingIOError:
                continue
        taken.append(1e3 * (time.perf_counter() - began))
        time.sleep(0.005)
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--blocks", type=int, default=20, help="of each kind")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    child = Child.start("polate.osc.process", {"host": "127.0.0.1", "port": 0, "restarted": False})
    reader: LineReader[ToPlayer] = LineReader(ToPlayer)
    arrived: list[ToPlayer] = []
    while not arrived:
        select.select([child.socket], [], [], 10)
        with contextlib.suppress(BlockingIOError):  # the hello alone
            arrived += reader.feed(child.receive(4096))
    assert isinstance(arrived[0], Listening)
    port = arrived[0].port
    child.socket.sendall(encode_line(StateChanged(STATE)))

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        listeners = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(MAX_SUBSCRIBERS)]
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
            listener.setblocking(False)
        question = build("/polate/get", []).dgram

        def ask(_: int) -> None:
            for _ in range(20):
                listeners[0].sendto(question, ("127.0.0.1", port))

        def change(turn: int) -> None:
            state = {address: [turn % 1000 / 1000] for address in CHANGING}
            child.socket.sendall(encode_line(StateChanged(state)))

        def lease(address: str) -> None:
            for listener in listeners:
                listener.sendto(build(address, []).dgram, ("127.0.0.1", port))

        loads = {"quiet": None, "asked": (0.01, ask), "subscribed": (0.02, change)}
        order = [name for name in loads for _ in range(options.blocks)]
        random.Random(options.seed).shuffle(order)
        p50: dict[str, list[float]] = {name: [] for name in loads}
        p95: dict[str, list[float]] = {name: [] for name in loads}
        cpu = dict.fromkeys(loads, 0.0)
        for name in order:
            if name == "subscribed":
                lease("/polate/subscribe")
            time.sleep(0.1)
            before = cpu_seconds(child.process.pid)
            load = loads[name]
            if load is None:
                taken = latencies(child, port, sender)
            else:
                with Load(*load):
                    taken = latencies(child, port, sender)
            cpu[name] += cpu_seconds(child.process.pid) - before
            if name == "subscribed":
                lease("/polate/unsubscribe")
            cuts = statistics.quantiles(taken, n=20)
            p50[name].append(cuts[9])
            p95[name].append(cuts[18])
        for name in loads:
            middle, high = statistics.median(p50[name]), statistics.median(p95[name])
            print(
                f"{name:12} p50 {middle:.3f} ms ({middle / statistics.median(p50['quiet']):.2f} x)  "
                f"p95 {high:.3f} ms ({high / statistics.median(p95['quiet']):.2f} x)  "
                f"{100 * cpu[name] / options.blocks / A_BLOCK:.0f} % of a core"
            )
        for listener in listeners:
            listener.close()
    child.close()


if __name__ == "__main__":
    main()
