"""Those that play the same sixteenths in the benchmarks, each as a process of its own.

    python benchmarks/contestants.py NAME

A process says one JSON line when it is ready, and then answers every line that it is sent with one: to ``BPM COUNT``
with how late each of so many onsets went out, in nanoseconds after its absolute deadline, first onset + k x length; to
``burn 1`` and ``burn 0``, a thread that keeps its interpreter busy, and to the other words below, with what they say.
Send times are scored: the clock is read when rtmidi is given the note. (What rtmidi then takes, 16 to 19 us where its
code is not in the processor's cache, is the same for all.)

polate   the player and its children, as `polate play` starts them, with a tap on what the gate reports
page     the same with the process that serves the page
isobar   its timeline and its MIDI output; an OSC server of python-osc's in a thread, and the decoder
mido     a loop that sleeps to the deadline with time.sleep, and sends by mido
relative the same with relative sleeps
asyncio  the same with asyncio.sleep
echo     a CC comes back as another, from rtmidi's callback
blocking python-osc's blocking server, which notes when its handler is called
bare     a process with an open JACK port, and nothing else
impsy    built as IMPSY is: one thread predicts and asks without a pause whether there is something to predict, another
         sleeps for the predicted time and sends
"""

import asyncio
import json
import os
import queue
import random
import signal
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

clock = time.perf_counter_ns

Play = Callable[[float, int], object]
Words = dict[str, Callable[[float], object]]

BEGIN_NS = 50_000_000  # from being asked to the first onset


def length_ns(bpm: float) -> float:
    """Of a sixteenth."""
    return 15e9 / bpm


def serve(play: Play, ready: object = None, words: Words | None = None) -> None:
    """Answer line by line, until the input ends."""
    burner = Burner()
    verbs = {"burn": burner.switch, **(words or {})}
    print(json.dumps(ready), flush=True)
    for line in sys.stdin:
        first, value = line.split()
        answer = verbs[first](float(value)) if first in verbs else play(float(first), int(value))
        print(json.dumps(answer), flush=True)


class Burner:
    """A thread that keeps the interpreter busy, or sleeps."""

    def __init__(self) -> None:
        self._on = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def switch(self, on: float) -> None:
        if on:
            self._on.set()
        else:
            self._on.clear()

    def _run(self) -> None:
        while self._on.wait():
            for _ in range(10_000):
                pass


class Stamp:
    """Stands between mido and rtmidi, and notes when a note-on is handed over."""

    def __init__(self, port: Any) -> None:
        """``port``: of mido's rtmidi backend."""
        self.sent: list[int] = []
        self._port, port._rt = port._rt, self

    def send_message(self, data: list[int]) -> None:
        if data[0] & 0xF0 == 0x90:
            self.sent.append(clock())
        self._port.send_message(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)


class MidoPort:
    def __init__(self) -> None:
        import mido

        mido.set_backend("mido.backends.rtmidi/UNIX_JACK")
        self._message, self._port = mido.Message, mido.open_output("contestant", virtual=True)
        self._stamp = Stamp(self._port)

    def strike(self) -> int:
        """Send a note-on; when it was sent."""
        self._port.send(self._message("note_on", note=60, velocity=1))
        return self._stamp.sent[-1]

    def end(self) -> None:
        self._port.send(self._message("note_off", note=60))


def mido() -> None:
    port = MidoPort()

    def play(bpm: float, count: int) -> list[int]:
        begin, late = clock() + BEGIN_NS, []
        for step in range(count):
            due = begin + step * length_ns(bpm)
            time.sleep(max(0, due - clock()) / 1e9)
            late.append(round(port.strike() - due))
            port.end()
        return late

    serve(play)


def relative() -> None:
    port = MidoPort()

    def play(bpm: float, count: int) -> list[int]:
        begin, late = clock(), []
        for step in range(count):
            late.append(round(port.strike() - begin - step * length_ns(bpm)))
            port.end()
            time.sleep(length_ns(bpm) / 1e9)
        return late

    serve(play)


def in_asyncio() -> None:
    port = MidoPort()

    async def playing(bpm: float, count: int) -> list[int]:
        begin, late = clock() + BEGIN_NS, []
        for step in range(count):
            due = begin + step * length_ns(bpm)
            await asyncio.sleep(max(0, due - clock()) / 1e9)
            late.append(round(port.strike() - due))
            port.end()
        return late

    serve(lambda bpm, count: asyncio.run(playing(bpm, count)))


def impsy() -> None:
    from polate.model.decoder import Decoder

    port, decoder = MidoPort(), Decoder.open()
    to_predict: queue.Queue[float] = queue.Queue()
    to_play: queue.Queue[float] = queue.Queue()
    sent: list[int] = []

    def predict(done: Callable[[], bool]) -> None:
        while not done():
            if to_play.empty() and not to_predict.empty():
                seconds = to_predict.get()
                decoder.decode([random.uniform(-1, 1) for _ in decoder.axes])
                to_play.put(seconds)

    def playback() -> None:
        while True:
            seconds = to_play.get()
            time.sleep(seconds)
            to_predict.put(seconds)
            sent.append(port.strike())
            port.end()

    threading.Thread(target=playback, daemon=True).start()

    def play(bpm: float, count: int) -> list[int]:
        sent.clear()
        begin = clock()
        to_predict.put(length_ns(bpm) / 1e9)
        predict(lambda: len(sent) >= count)
        time.sleep(2 * length_ns(bpm) / 1e9)  # the note that was still to come
        for pending in (to_predict, to_play):
            while not pending.empty():
                pending.get()
        return [round(at - begin - (step + 1) * length_ns(bpm)) for step, at in enumerate(sent[:count])]

    serve(play)


def isobar() -> None:
    import isobar as iso
    import mido
    from pythonosc.dispatcher import Dispatcher
    from pythonosc.osc_server import BlockingOSCUDPServer

    from polate.model.decoder import Decoder

    mido.set_backend("mido.backends.rtmidi/UNIX_JACK")
    decoder = Decoder.open()
    z = [0.0] * len(decoder.axes)

    def move(address: str, position: float) -> None:
        axis = int(address.rpartition("/")[2]) - 1
        z[axis] = decoder.axes[axis].at(position)
        decoder.decode(z)

    dispatcher = Dispatcher()
    dispatcher.map("/polate/z/*", move)
    server = BlockingOSCUDPServer(("127.0.0.1", 0), dispatcher)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    class Clock(iso.Clock):
        """Notes when it begins to count."""

        began = 0

        def run(self) -> None:
            self.began = clock()
            super().run()

    output = iso.MidiOutputDevice("isobar", virtual=True)
    stamp = Stamp(output.midi)

    def play(bpm: float, count: int) -> list[int]:
        stamp.sent.clear()
        timer = Clock(None, bpm)
        timeline = iso.Timeline(bpm, output_device=output, clock_source=timer)
        timeline.schedule({"note": iso.PSequence([48, 50, 52]), "duration": 0.25, "gate": 0.9}, count=None)
        timeline.background()
        while len(stamp.sent) < count:
            time.sleep(length_ns(bpm) / 1e9)
        timer.stop()
        first = timer.began + length_ns(bpm) * 4 / timer.ticks_per_beat  # it counts a tick before it plays
        return [round(at - first - step * length_ns(bpm)) for step, at in enumerate(stamp.sent[:count])]

    serve(play, {"osc": server.server_address[1]})


def polate(web: bool = False) -> None:
    """`Player.run` needs the main thread: another answers the lines, and only waits while notes are played."""
    from pythonosc.udp_client import SimpleUDPClient
    from rig import free_udp_port

    from polate.control.commands import Set
    from polate.gate.frames import Frame, FrameReader, Kind
    from polate.player.children import children_of
    from polate.player.config import load
    from polate.player.player import Player
    from polate.sequencer import engine

    port = free_udp_port()
    osc = SimpleUDPClient("127.0.0.1", port)
    sent: dict[int, tuple[int, int, int]] = {}  # step -> due, sent, note
    moved: list[int] = []  # when each control was applied
    probed: list[tuple[object, int]] = []  # each value of the seed, and when it was applied
    asked_ns = 0
    news = threading.Event()

    feed, apply = FrameReader.feed, engine.Engine.apply

    def tapped_feed(self: FrameReader, data: bytes) -> list[Frame]:
        frames = feed(self, data)
        for frame in frames:
            if frame.kind is Kind.ON and frame.due_ns > asked_ns:
                sent.setdefault(frame.step, (frame.due_ns, frame.off_ns, frame.note))
                news.set()
        return frames

    def tapped_apply(self: engine.Engine, *arguments: object) -> object:
        answer = apply(self, *arguments)
        moved.append(clock())
        if isinstance(arguments[0], Set) and arguments[0].key == "seed":
            probed.append((arguments[0].value, clock()))
        return answer

    FrameReader.feed, engine.Engine.apply = tapped_feed, tapped_apply

    def collect(count: int, seconds: float) -> None:
        until = clock() + seconds * 1e9
        while len(sent) < count and clock() < until:
            news.clear()
            news.wait(0.25)

    def play(bpm: float, count: int) -> list[int]:
        begin(bpm)
        collect(count, 1 + 1.2 * count * length_ns(bpm) / 1e9)
        end(0)
        return lateness(bpm, count)

    def begin(bpm: float) -> tuple[int, int]:
        """Play on; the first onset's step and time."""
        nonlocal asked_ns
        osc.send_message("/polate/play", 0)
        osc.send_message("/polate/tempo", bpm)
        time.sleep(0.05)
        asked_ns = clock()  # what is reported of earlier onsets comes too late to count
        sent.clear()
        osc.send_message("/polate/play", 1)
        collect(1, 5)
        step = min(sent)
        return step, sent[step][0]

    def end(_: float) -> None:
        osc.send_message("/polate/play", 0)
        time.sleep(0.05)

    def lateness(bpm: float, count: int) -> list[int]:
        """Against the grid of the first onset, not the player's own times; a step not played is a whole one late."""
        first = min(sent)
        grid = {step: sent[first][0] + (step - first) * length_ns(bpm) for step in range(first, first + count)}
        return [round(sent[step][1] - due if step in sent else length_ns(bpm)) for step, due in grid.items()]

    def take(_: float) -> list[int]:
        """When the positions since the last time were in the cell."""
        written = Path(stamps).read_bytes()
        os.truncate(stamps, 0)
        return list(struct.unpack(f"={len(written) // 8}q", written))

    def applied(_: float) -> list[int]:
        """When the player applied the controls since the last time."""
        taken = moved[:]
        moved.clear()
        return taken

    def probes(_: float) -> list[tuple[object, int]]:
        """The values of the seed since the last time, and when the player applied them."""
        taken = probed[:]
        probed.clear()
        return taken

    def notes(_: float) -> list[tuple[int, int, int]]:
        return [(step, at, note) for step, (_, at, note) in sent.items()]

    def answer(link: str) -> None:
        ready = {"osc": port, "link": link}
        words: Words = {"begin": begin, "end": end, "take": take, "applied": applied, "notes": notes, "probes": probes}
        serve(play, ready, words)
        os.kill(os.getpid(), signal.SIGTERM)

    def announce(state: Any) -> None:
        threading.Thread(target=answer, args=[state.port("web")], daemon=True).start()

    settings = load(None, {"display": False, "web": web, "midi_api": "jack", "osc_port": port})
    with tempfile.NamedTemporaryFile() as file:
        stamps = os.environ["STAMPS"] = file.name
        os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
        children = children_of(settings)
        children["osc"].run_instead("stamped_front")
        with Player.open(settings, children) as player:
            player.run(announce)


def echo() -> None:
    import rtmidi

    out = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="echo out")
    out.open_virtual_port("echo out")
    back = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name="echo in")
    back.open_virtual_port("echo in")

    def answer(event: tuple[list[int], float], _: object) -> None:
        status, control, value = event[0]
        if control == 1:
            out.send_message([status, 2, value])

    back.set_callback(answer)
    serve(lambda bpm, count: None)
    for port in (back, out):
        port.close_port()
        port.delete()


def blocking() -> None:
    from pythonosc.dispatcher import Dispatcher
    from pythonosc.osc_server import BlockingOSCUDPServer

    arrived: list[int] = []
    dispatcher = Dispatcher()
    dispatcher.map("/polate/z/*", lambda address, position: arrived.append(clock()))
    server = BlockingOSCUDPServer(("127.0.0.1", 0), dispatcher)

    def take(_: float) -> list[int]:
        taken = arrived[:]
        arrived.clear()
        return taken

    def answer() -> None:
        serve(lambda bpm, count: None, {"osc": server.server_address[1]}, {"take": take})
        server.shutdown()

    threading.Thread(target=answer, daemon=True).start()
    server.serve_forever()


def bare() -> None:
    import rtmidi

    before = proportional_bytes(os.getpid())
    out = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="bare")
    out.open_virtual_port("bare")
    serve(lambda bpm, count: None, {"before": before})
    out.close_port()
    out.delete()


def proportional_bytes(pid: int) -> int:
    """Resident memory (PSS: a page that n processes share counts 1/n)."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:"))


CONTESTANTS = {
    "echo": echo,
    "blocking": blocking,
    "bare": bare,
    "polate": polate,
    "page": lambda: polate(web=True),
    "isobar": isobar,
    "mido": mido,
    "relative": relative,
    "asyncio": in_asyncio,
    "impsy": impsy,
}

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    CONTESTANTS[sys.argv[1]]()
