"""What the page costs and how soon it answers, in one interleaved run.

Needs jackd and Chromium (Debian: jackd2, chromium).

    python benchmarks/page.py [--only onset ...] [--rounds 20] [--seconds 1.5] [--notes 200]

start    process start to a page that can be played, in a browser that is open already
onset    onset error, 16ths at 300 bpm: with three pages that are dragged, beside none. They are without a browser
         (page_clients.py): this is what the page costs the player
browser  the same with three pages in Chromium that sound too: what a browser on the same machine costs as well
cc       a CC on the wire to the note of its pattern on the wire: with the pages of onset, beside none
cpu      processor time of the process that serves the page: while no page is open, one plays, one is dragged
drag     a knob set on the page at a random time before an onset is in its note, or it is not: the lead that decides
         between the two is the time from the page to the gate's note
knob     a CC on the wire to the frame in which the page has drawn the knob
sound    the page's sound, recorded in its audio graph: when a note is heard after it is due, less the constant latency;
         and its pitch
weight   the page over the wire, its cache empty
decode   points of the map decoded a second, by the code and the batch that the page's process uses
frame    processor time of a frame on the browser's main thread while the map is dragged

A page is dragged by a script in it that sets an address in each frame, as the handler of a drag does. Chromium runs on
the same machine, and draws without a graphics card. The scheme is blocks.py's; a round of the single figures (start,
weight, decode) is one measurement.
"""

import argparse
import base64
import contextlib
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from blocks import ENOUGH, Blocks, Row, interleaved, print_rows
from browser import Service, Tab, chromium, open_tab
from contestants import length_ns
from playwright.sync_api import Browser
from rig import JackServer, children_of, free_udp_port
from timing import FAST, CcTrials, Process, TellingKnob, Wires, count_at, deciding, micros, processor_ns, said

from polate.model.decoder import Decoder
from polate.runtime.clock import clock
from polate.web.painter import FINE
from polate.web.pictures import plane

HERE = Path(__file__).parent
PAGES = 3
BLANK = "about:blank"
NEEDED = 96 * 96 * 10  # points a second: a picture of 96 x 96, ten times a second

DRAG = """(address) => {
  let turn = 0;
  const step = () => {
    turn += 0.07;
    const at = 0.5 + 0.45 * Math.sin(turn);
    const { store } = polate;
    if (address === 'map') { store.set('/polate/z/1', at); store.set('/polate/z/2', 0.5 + 0.45 * Math.cos(turn)); }
    else store.set(address, address === '/polate/soft' ? 1 + Math.round(at * 60) : at);
    window.dragging = requestAnimationFrame(step);
  };
  step();
}"""
STOP = "cancelAnimationFrame(window.dragging)"


class Stage:
    """A browser; and, from when they are needed, a JACK server, Polate with its page, and pages without a browser."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.shuffle = random.Random(options.seed)
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> "Stage":
        self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        os.environ["XDG_DATA_HOME"] = str(self.folder)  # the token of the page is kept there
        self.browser: Browser = self._stack.enter_context(chromium())
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @cached_property
    def jack(self) -> JackServer:
        return self._stack.enter_context(JackServer("polate-bench"))

    @cached_property
    def polate(self) -> Process:
        assert self.jack
        polate = Process(sys.executable, str(HERE / "contestants.py"), "page")
        self._stack.callback(polate.close)
        polate.ready = polate.hear()
        return polate

    def wires(self) -> Wires:
        """From and to Polate, which is there."""
        assert self.polate
        return Wires(self.jack, echo=False)

    @cached_property
    def clients(self) -> Process:
        clients = Process(sys.executable, str(HERE / "page_clients.py"), self.link)
        self._stack.callback(clients.close)
        clients.hear()
        return clients

    @cached_property
    def knob(self) -> TellingKnob:
        return TellingKnob.find(self.shuffle)

    @property
    def link(self) -> str:
        return str(self.polate.ready["link"])

    @property
    def page_pid(self) -> int:
        return children_of(self.polate.process.pid)["polate.web.process"]

    @property
    def enough(self) -> bool:
        return self.options.rounds >= ENOUGH

    def tab(self, **options: Any) -> contextlib.AbstractContextManager[Tab]:
        return open_tab(self.browser, self.link, **options)

    def interleaved(self, turns: dict[str, Callable[[], Sequence[float]]]) -> dict[str, Blocks]:
        return interleaved(turns, self.options.rounds, self.shuffle)

    @contextlib.contextmanager
    def tabs(self) -> Iterator["Tabs"]:
        with contextlib.ExitStack() as stack:
            yield Tabs(self.link, [stack.enter_context(self.tab()) for _ in range(PAGES)])


class Tabs:
    """Three pages that come and go."""

    def __init__(self, link: str, tabs: list[Tab]) -> None:
        self._link, self._tabs = link, tabs

    def leave(self) -> None:
        for tab in self._tabs:
            tab.page.goto(BLANK)

    def drag(self, *addresses: str) -> None:
        """Open, play and drag them: an address each."""
        for tab, address in zip(self._tabs, addresses, strict=True):
            if tab.page.url == BLANK:
                tab.go(self._link)
                tab.button("Play").click()
            tab.page.evaluate(DRAG, address)


# -- what it costs -----------------------------------------------------------------------------------------------------


def onset(stage: Stage) -> Iterator[Row]:
    def alone() -> None:
        stage.clients.ask("leave -")

    def dragged() -> None:
        stage.clients.ask("drag map")

    yield onsets_beside(stage, f"onset block-p95, {PAGES} pages dragged", alone, dragged)
    stage.clients.ask("leave -")


def browser(stage: Stage) -> Iterator[Row]:
    with stage.tabs() as tabs:

        def dragged() -> None:
            tabs.drag("/polate/z/1", "/polate/z/2", "map")

        yield onsets_beside(stage, f"the same, and {PAGES} windows of Chromium draw them", tabs.leave, dragged)


def onsets_beside(stage: Stage, figure: str, alone: Callable[[], None], dragged: Callable[[], None]) -> Row:
    line = f"{FAST} {count_at(FAST, stage.options.seconds)}"

    def play(before: Callable[[], None]) -> list[float]:
        before()
        late: list[float] = stage.polate.ask(line)
        return late

    results = stage.interleaved({"none": lambda: play(alone), "three": lambda: play(dragged)})
    none, three = results["none"], results["three"]
    ratio, enough = three.typical(95) / none.typical(95), none.enough and three.enough
    return Row(figure, said(three), f"no page: {said(none)}", ratio, 1.15, enough)


def cc(stage: Stage) -> Iterator[Row]:
    wires = stage.wires()
    trials = {name: CcTrials(wires, stage.knob, stage.shuffle, stage.options.seconds) for name in ("none", "three")}

    def block(name: str, line: str) -> list[float]:
        stage.clients.ask(line)
        return trials[name].block(stage.polate)

    turns = {"none": "leave -", "three": "drag /polate/soft"}  # the pattern is to stay what the CC makes it
    try:
        results = stage.interleaved({name: (lambda it=(name, line): block(*it)) for name, line in turns.items()})
        stage.clients.ask("leave -")
    finally:
        wires.close()
    whole = {
        name: deciding([lead for block in results[name].clean for lead in block]) + statistics.median(each.ways)
        for name, each in trials.items()
    }
    enough = all(result.enough for result in results.values())
    figure = f"CC on the wire to note on the wire, {PAGES} pages dragged, p50"
    words = micros(whole["three"]), f"no page: {micros(whole['none'])}"
    yield Row(figure, *words, whole["three"] / whole["none"], 1.1, enough)


def cpu(stage: Stage) -> Iterator[Row]:
    pid, polate = stage.page_pid, stage.polate

    def percent() -> list[float]:
        time.sleep(0.3)  # what the opening of the page took is over
        before, began = processor_ns([pid]), clock()
        time.sleep(2 * stage.options.seconds)
        return [(processor_ns([pid]) - before) / (clock() - began) * 100]

    with stage.tab() as tab:

        def opened() -> None:
            if tab.page.url == BLANK:
                tab.go(stage.link)
                tab.button("Play").click()
                time.sleep(1)

        def alone() -> list[float]:
            tab.page.goto(BLANK)
            return percent()

        def plays() -> list[float]:
            opened()
            return percent()

        def dragged() -> list[float]:
            opened()
            tab.page.evaluate(DRAG, "map")
            spent = percent()
            tab.page.evaluate(STOP)
            return spent

        polate.ask("begin 120")
        results = stage.interleaved({"none": alone, "plays": plays, "dragged": dragged})
        polate.ask("end 0")
    scheduling = "SCHED_BATCH" if os.sched_getscheduler(pid) == os.SCHED_BATCH else "no lower priority"
    for name, words, limit in (
        ("none", "while no page is open", 0.5),
        ("plays", "while one page plays", 8),
        ("dragged", "while its map is dragged", 40),
    ):
        result = results[name]
        spent = f"p50 {result.pooled(50):.2f} %, p95 {result.pooled(95):.2f} %"
        figure = f"processor time of the page's process {words}"
        yield Row(figure, spent, scheduling, result.pooled(50), limit, result.enough, unit="% of a core")


# -- how soon it answers -----------------------------------------------------------------------------------------------

LISTEN = """() => {
  window.notes = []; // [sent, note] in the server's milliseconds
  polate.link.on('notes', ({ e }) => {
    for (const [on, voice, , note, , , sent] of e) if (on && voice === 1) window.notes.push([sent, note]);
  });
}"""
TURN = """([address, position]) => {
  const at = performance.now() + polate.link.clock.offset;
  polate.store.set(address, position);
  return at;
}"""
TURNS, WINDOW = 20, 20  # in a block; leads of which a share is told


def drag(stage: Stage) -> Iterator[Row]:
    knob, shuffle = stage.knob, stage.shuffle
    address = f"/polate/z/{knob.axis + 1}"
    with stage.tab() as tab:
        tab.page.evaluate(LISTEN)
        stage.polate.ask(f"begin {FAST}")
        tab.page.evaluate("(it) => polate.store.set('/polate/z', ...it)", [place / 127 for place in knob.knobs[0]])
        time.sleep(1)

        def block() -> list[float]:
            """Leads in milliseconds, negative if the note was not of the new pattern."""
            tab.page.evaluate("window.notes.length = 0")
            turned = []
            for turn in range(TURNS):
                value = (turn + 1) % 2
                at = tab.page.evaluate(TURN, [address, knob.knobs[value][knob.axis] / 127])
                turned.append((at, value))
                time.sleep(length_ns(FAST) / 1e9 * (3 + shuffle.random()))
            return list(leads(turned, tab.page.evaluate("window.notes"), knob))

        results = stage.interleaved({"drag": block})["drag"]
        stage.polate.ask("end 0")
    found = [lead for each in results.clean for lead in each]
    half, most = deciding(found), in_time(found, 0.95)
    words = f"{len(found)} turns"
    yield Row("a knob set on the page to the gate's note, p50", words, "", half, 25, results.enough, unit="ms")
    yield Row("the same, p95", words, "", most, 40, results.enough, unit="ms")


def leads(
    turned: Sequence[tuple[float, int]], notes: Sequence[tuple[float, int]], knob: TellingKnob
) -> Iterator[float]:
    """How long before the next two notes a knob was turned; with a minus if the note was of the pattern before."""
    for at, value in turned:
        following = [(sent - at, note) for sent, note in notes if sent > at][:2]
        for lead, note in following:
            told = knob.told_by(note)
            if told is not None:
                yield lead if told == value else -lead


def in_time(leads: Sequence[float], share: float) -> float:
    """The lead from which on at least this share of the turns were in time, in each `WINDOW` of similar leads."""
    ordered = sorted(leads, key=abs)
    late = [
        abs(ordered[at])
        for at in range(len(ordered) - WINDOW + 1)
        if sum(lead > 0 for lead in ordered[at : at + WINDOW]) < share * WINDOW
    ]
    return max(late, default=0.0)


DRAWN = """(address) => {
  window.drawn = [];
  polate.store.watch(address, ([position]) => requestAnimationFrame(() => setTimeout(() => {
    window.drawn.push([position, performance.now() + polate.link.clock.offset]);
  })));
}"""


def knob(stage: Stage) -> Iterator[Row]:
    wires = stage.wires()
    try:
        with stage.tab() as tab:
            tab.page.evaluate(DRAWN, "/polate/z/1")
            stage.polate.ask("begin 120")
            value = 0

            def block() -> list[float]:
                nonlocal value
                ways = []
                for _ in range(20):
                    value = (value + 37) % 128
                    tab.page.evaluate("window.drawn = []")
                    sent = wires.turn(70, value)
                    at = tab.until("window.drawn.find(([position]) => Math.abs(position - it) < 1e-3)", value / 127)[1]
                    ways.append(at * 1e6 - sent)
                    time.sleep(0.02 + 0.03 * stage.shuffle.random())
                return ways

            result = stage.interleaved({"knob": block})["knob"]
            stage.polate.ask("end 0")
    finally:
        wires.close()
    figure = "a CC on the wire to the frame that has drawn the knob on the page, p50"
    yield Row(figure, said(result), "", result.pooled(50) / 1e6, 50, result.enough, unit="ms")


# -- the sound ---------------------------------------------------------------------------------------------------------

RECORD = """async () => {
  const { engine, player, link } = polate, { context } = engine;
  const source = `registerProcessor('tape', class extends AudioWorkletProcessor {
    process([input]) { this.port.postMessage([currentFrame, input[0] ?? new Float32Array(128)]); return true; }
  });`;
  await context.audioWorklet.addModule(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
  const tape = new AudioWorkletNode(context, 'tape', { channelCount: 1, channelCountMode: 'explicit' });
  window.tape = [];
  window.stamps = [];
  window.due = [];
  player.log = [];
  tape.port.onmessage = ({ data }) => window.tape.push(data);
  engine.analyser.connect(tape).connect(new GainNode(context, { gain: 0 })).connect(context.destination);
  link.on('notes', ({ e }) => { for (const [on, , , , , due] of e) if (on) window.due.push(due); });
  setInterval(() => {
    const { contextTime, performanceTime } = context.getOutputTimestamp();
    window.stamps.push([contextTime, performanceTime]);
  }, 50);
}"""
TAKE = """() => {
  const first = window.tape[0][0], end = window.tape.at(-1)[0] + 128, whole = new Float32Array(end - first);
  for (const [frame, block] of window.tape) whole.set(block, frame - first);
  const bytes = new Uint8Array(whole.buffer);
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  const { log } = polate.player, due = window.due.slice(-log.length);
  return { first, missing: (end - first) / 128 - window.tape.length,
    latency: polate.player.latency, rate: polate.engine.context.sampleRate,
    samples: btoa(text), stamps: window.stamps, notes: log.map(([note, , when], at) => [note, due[at], when]) };
}"""


NEAR = 1.0  # seconds: readings of the audio clock around a note


def sound(stage: Stage) -> Iterator[Row]:
    settings = {
        "/polate/rate": "1/8",
        "/polate/gate": 60,
        "/polate/octaves": 1,
        "/polate/lowest": 48,
        "/polate/highest": 84,
    }
    with stage.tab(bypass_csp=True, reduced_motion="reduce") as tab:
        tab.page.evaluate("""() => {
          const { engine, player } = polate;
          engine.setInstrument('line', 'marimba');
          engine.setRoom(0);
          player.setLatency(200); // constant: at its least it grows while the machine is busy
        }""")
        stage.polate.ask("begin 120")
        for address, value in settings.items():
            tab.page.evaluate("([address, value]) => polate.store.set(address, value)", [address, value])
        tab.button("Play").click()
        tab.until("polate.player.notes > 4")
        tab.page.evaluate(RECORD)
        tab.page.set_default_timeout((20 + stage.options.notes) * 1000)
        tab.until("polate.player.log.length > it", stage.options.notes)
        time.sleep(0.5)  # the last ones are still to be heard
        taken = tab.page.evaluate(TAKE)
        stage.polate.ask("end 0")
        for address, value in {**settings, "/polate/rate": "1/16", "/polate/gate": 80, "/polate/lowest": 0}.items():
            tab.page.evaluate("([address, value]) => polate.store.set(address, value)", [address, value])
    heard = list(onsets(taken))
    errors = np.array([at - due for _, due, at, _ in heard])
    errors = np.abs(errors - np.median(errors))
    right = sum(note == pitch for note, _, _, pitch in heard)
    enough = len(heard) >= 200
    words = f"{len(heard)} notes; p50 {np.percentile(errors, 50):.2f} ms, p99 {np.percentile(errors, 99):.2f} ms"
    words += f"; {taken['missing']:.0f} audio blocks lost; latency at the end {taken['latency']:.0f} ms"
    figure = "onset of the page's sound after its due time, less the median: p95"
    yield Row(figure, words, "", float(np.percentile(errors, 95)), 3, enough, unit="ms")
    words = f"{right} of {len(heard)}"
    yield Row("pitch heard is pitch sent", words, "", 100 * right / len(heard), 100, enough, least=True, unit="%")


def onsets(taken: dict[str, Any]) -> Iterator[tuple[int, float, float, int]]:
    """Of each note: its MIDI note, when it was due and heard (ms, each on a clock of its own), and the pitch heard."""
    samples, rate, first = np.frombuffer(base64.b64decode(taken["samples"]), "<f4"), taken["rate"], taken["first"]
    stamps = np.array(taken["stamps"])
    for note, due, when in taken["notes"]:
        at = round(when * rate) - first
        before, after = round(0.02 * rate), round(0.16 * rate)
        if at - before < 0 or at + after > len(samples):
            continue
        window = np.abs(samples[at - before : at + round(0.03 * rate)])
        floor = window[: before // 2].max()
        begun = np.flatnonzero(window > max(2 * floor, 0.1 * window.max()))
        if not len(begun):
            continue
        frame = at - before + int(begun[0])
        heard = (frame + first) / rate  # audio seconds
        near = stamps[np.abs(stamps[:, 0] - heard) < NEAR]  # a single reading of both clocks is off by milliseconds
        heard_ms = heard * 1e3 + float(np.median(near[:, 1] - near[:, 0] * 1e3))
        yield note, due, heard_ms, pitch(samples[frame + round(0.01 * rate) : frame + after], rate)


def pitch(samples: np.ndarray[Any, Any], rate: float) -> int:
    """The MIDI note of the strongest partial."""
    size, lowest = 65536, 60  # points of the transform, hertz
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), size))
    spectrum[: round(lowest * size / rate)] = 0
    return round(69 + 12 * float(np.log2(np.argmax(spectrum) * rate / size / 440)))


# -- the page itself ---------------------------------------------------------------------------------------------------


def start(stage: Stage) -> Iterator[Row]:
    links: list[float] = []
    empty: list[float] = []

    def once() -> list[float]:
        context = stage.browser.new_context()
        tab = Tab(context.new_page())
        time.sleep(1.0)  # the browser is open before Polate is started, and rests
        began = clock()
        with Service(stage.folder, free_udp_port()) as service:
            links.append(clock() - began)
            tab.go(service.link)
            took = clock() - began
            began = clock()
            tab.page.goto(f"{service.link.partition('#')[0]}icon.svg")
            empty.append(clock() - began)
        context.close()
        return [took]

    result = stage.interleaved({"start": once})["start"]
    link, svg = (micros(statistics.median(times)) for times in (links, empty))
    words = f"{said(result)}; its link is printed after p50 {link}; the browser shows one small picture in {svg}"
    yield Row(
        "process start to a page that can be played, p50",
        words,
        "",
        result.pooled(50) / 1e9,
        1.5,
        result.enough,
        unit="s",
    )


def weight(stage: Stage) -> Iterator[Row]:
    context = stage.browser.new_context()
    tab = Tab(context.new_page())
    session = context.new_cdp_session(tab.page)
    loaded: list[float] = []
    session.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))
    session.send("Network.enable")
    tab.go(stage.link)
    context.close()
    yield Row("weight of the page over the wire", f"{len(loaded)} files", "", sum(loaded) / 1e6, 1.2, True, unit="MB")


def decode(stage: Stage) -> Iterator[Row]:
    decoder, draw = Decoder.open(), stage.shuffle

    def once() -> list[float]:
        began = clock()
        plane(decoder, [draw.random() for _ in decoder.axes], 0, 1, FINE).packed()
        return [clock() - began]

    result = stage.interleaved({"decode": once})["decode"]
    a_second = FINE * FINE / result.pooled(50) * 1e9
    figure, words = "points of the map decoded a second", f"{FINE} x {FINE} points: {said(result)}"
    yield Row(figure, words, "", a_second, NEEDED, result.enough, least=True, unit="points/s")


FRAMES = """() => {
  const spent = new Map(); // milliseconds by frame
  let frame = 0;
  const count = (work) => {
    const began = performance.now();
    work();
    spent.set(frame, (spent.get(frame) ?? 0) + performance.now() - began);
  };
  const request = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (work) => request((now) => { frame = now; count(() => work(now)); });
  const take = polate.link.take.bind(polate.link);
  polate.link.take = (message) => count(() => take(message));
  window.spent = spent;
}"""


def frame(stage: Stage) -> Iterator[Row]:
    with stage.tab() as tab:
        stage.polate.ask("begin 120")
        tab.button("Play").click()
        tab.page.evaluate(FRAMES)

        def block() -> list[float]:
            tab.page.evaluate(DRAG, "map")
            time.sleep(0.2)
            tab.page.evaluate("window.spent.clear()")
            time.sleep(stage.options.seconds)
            spent = tab.page.evaluate("[...window.spent.values()]")
            tab.page.evaluate(STOP)
            return [1e6 * each for each in spent]

        result = stage.interleaved({"frame": block})["frame"]
        stage.polate.ask("end 0")
    figure = "a frame on the main thread while the map is dragged, p95"
    yield Row(figure, said(result), "", result.pooled(95) / 1e6, 16, result.enough, unit="ms")


ROWS = {
    "start": start,  # the first: nothing else runs yet
    "onset": onset,
    "browser": browser,
    "cc": cc,
    "cpu": cpu,
    "drag": drag,
    "knob": knob,
    "sound": sound,
    "weight": weight,
    "decode": decode,
    "frame": frame,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(ROWS), default=list(ROWS), help="these alone")
    parser.add_argument("--rounds", type=int, default=ENOUGH, help=f"of each side; under {ENOUGH} decides nothing")
    parser.add_argument("--seconds", type=float, default=1.5, help="of a block")
    parser.add_argument("--notes", type=int, default=200, help="that are heard; under 200 decides nothing")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with Stage(options) as stage:
        print_rows(row for name in options.only for row in ROWS[name](stage))


if __name__ == "__main__":
    main()
