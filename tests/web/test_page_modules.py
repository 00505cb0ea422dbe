"""The page's own modules in a browser, without a server of ours: what they compute is what Polate computes, and what
the instruments sound like, sample by sample."""

import base64
import functools
import http.server
import math
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import polate
from polate.model.decoder import Decoder
from polate.notation.spelling import spell
from polate.sequencer.rhythm import euclid
from polate.theory.pattern import Pattern

pytestmark = pytest.mark.chromium

STATIC = Path(polate.__file__).parent / "web" / "static"
RATE = 48_000
INSTRUMENTS = ("epiano", "marimba", "pluck", "glass", "bass", "pad", "organ", "reed")
EMPTY = "<!doctype html><title>test</title><link rel=stylesheet href=css/base.css>"

RENDER = """async ({instrument, notes, velocity, hold, apart}) => {
  const { Engine } = await import('/sound/engine.js');
  const seconds = apart * (notes[0].length ? 1 : notes.length) + 0.3;
  const context = new OfflineAudioContext(2, 48000 * seconds, 48000), engine = new Engine();
  Object.assign(engine, { level: 1, muted: false, room: 0 });
  engine.instruments.line = instrument;
  engine.levels.line = 1;
  engine.build(context);
  notes.forEach((note, at) => {
    for (const each of [note].flat()) {
      const when = 0.05 + (notes[0].length ? 0 : at * apart);
      engine.noteOn(1, 0, each, velocity, when);
      engine.noteOff(1, 0, each, when + hold);
    }
  });
  const buffer = await context.startRendering();
  const bytes = new Uint8Array(buffer.getChannelData(0).buffer);
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}"""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    """An empty page beside the modules."""
    from playwright.sync_api import sync_playwright

    handler = functools.partial(_Quiet, directory=str(STATIC))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, sync_playwright() as playwright:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        page = browser.new_page()
        page.route("**/empty.html", lambda route: route.fulfill(body=EMPTY, content_type="text/html"))
        page.goto(f"http://127.0.0.1:{server.server_port}/empty.html")
        yield page
        browser.close()
        server.shutdown()


def rendered(page: Any, **arguments: Any) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.frombuffer(base64.b64decode(page.evaluate(RENDER, arguments)), dtype="<f4")


def loudest(sound: np.ndarray[Any, Any], around: float) -> float:
    """The frequency of the strongest partial within a semitone of a frequency."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 1 << 18))
    frequencies = np.fft.rfftfreq(1 << 18, 1 / RATE)
    near = (frequencies > around / 1.06) & (frequencies < around * 1.06)
    return float(frequencies[near][spectrum[near].argmax()])


class TestTheory:
    def test_a_pattern_has_the_pitch_classes_that_it_has_in_python(self, page: Any, decoder: Decoder) -> None:
        chance = np.random.default_rng(7)
        points = chance.normal(size=(300, decoder.metadata.latent_size)).astype(np.float32)
        patterns = {pattern.text: pattern for pattern in decoder.decode_many(points)}
        octave = Pattern.parse("12 0 2 3 5 7 9 11 down 0 2 3 5 7 8 10")
        patterns |= {octave.text: octave}
        found = page.evaluate(
            """async (texts) => {
              const { parse, pitchClasses } = await import('/theory/pattern.js');
              return texts.map((text) => [...pitchClasses(parse(text), 2)].sort((a, b) => a - b));
            }""",
            list(patterns),
        )
        for pattern, classes in zip(patterns.values(), found, strict=True):
            up, down = pattern.cells(62, None)
            assert classes == sorted({note % 12 for cell in up + down for note in cell}), pattern.text

    def test_every_note_of_the_way_up_is_found_in_the_cell(self, page: Any) -> None:
        texts = ["tritone 0 1 2", "ditone 0 -2 3", "septitone 0 4 7", "tritone symmetric 0 1 2", "12 0 2 4 5 down 0 3"]
        found = page.evaluate(
            """async (texts) => {
              const { parse } = await import('/theory/pattern.js'), { placeOf } = await import('/theory/edit.js');
              return texts.map((text) => Array.from({ length: 128 }, (_, note) => placeOf(parse(text), 60, note).at));
            }""",
            texts,
        )
        for text, places in zip(texts, found, strict=True):
            pattern = Pattern.parse(text)
            for cell in pattern.cells(60)[0]:
                assert {places[note] for note in cell} <= set(range(len(pattern.cell))), text
            classes = {note % 12 for cell in pattern.cells(60, None)[0] for note in cell}
            assert {note % 12 for note, at in enumerate(places) if at >= 0} == classes, text

    @pytest.mark.parametrize(
        ("before", "change", "after"),
        [
            ("tritone 0 1", "added(p, 3)", "tritone 0 1 3"),
            ("tritone 0 3", "added(p, 1)", "tritone 0 1 3"),
            ("ditone 0 -1", "added(p, 2)", "ditone 0 -1 2"),
            ("ditone 0 2", "added(p, -1)", "ditone 0 2 -1"),
            ("tritone 0 1 3", "takenAway(p, 1)", "tritone 0 3"),
            ("tritone 0 1 3", "takenAway(p, 0)", "tritone 0 1 3"),
            ("tritone 0 1 3", "moved(p, 2, -1)", "tritone 0 1 2"),
            ("tritone 0 1 3", "moved(p, 1, 3)", "tritone 0 3 4"),
            ("tritone 0 1 3", "moved(p, 0, 3)", "tritone 0 1 3"),
            ("tritone symmetric 0 1 2", "moved(p, 2, 1)", "tritone symmetric 0 1 3"),
            ("tritone symmetric 0 1 2", "moved(p, 2, 6)", "tritone 0 1 8"),
            ("12 0 2 4 down 0 2", "takenAway(p, 2)", "12 0 2"),
            ("12 0 2 4 down 0 3", "added(p, 7)", "12 0 2 4 7 down 0 3"),
        ],
    )
    def test_a_note_more_or_less_gives_another_text_form(self, page: Any, before: str, change: str, after: str) -> None:
        found = page.evaluate(
            """async ([before, change]) => {
              const { parse } = await import('/theory/pattern.js');
              const { added, takenAway, moved } = await import('/theory/edit.js');
              const call = new Function('added', 'takenAway', 'moved', 'p', `return ${change}`);
              return call(added, takenAway, moved, parse(before));
            }""",
            [before, change],
        )
        assert found == after

    def test_euclidean_rhythms_are_those_that_are_played(self, page: Any) -> None:
        cases = [(p, s, r) for s in range(1, 17) for p in range(1, s + 2) for r in (0, 1, 5)]
        script = """async (cases) => {
          const { spread } = await import('/widgets/euclid.js');
          return cases.map((each) => spread(...each));
        }"""
        for case, found in zip(cases, page.evaluate(script, cases), strict=True):
            assert tuple(found) == euclid(*case), case

    @pytest.mark.parametrize("text", ["tritone 0 1 2", "ditone 0 -2 3", "septitone 0 4 7", "semitone 0 4"])
    def test_every_note_of_the_way_up_is_engraved_at_the_height_of_its_name(self, page: Any, text: str) -> None:
        pattern = Pattern.parse(text)
        notes = [note for cell in pattern.cells(61)[0] for note in cell]
        names = {
            str(pc): name.step + {-2: "bb", -1: "b", 0: "", 1: "#", 2: "##"}[name.alter]
            for pc, name in spell(pattern, 61).items()
        }
        placed = page.evaluate(
            """async ([notes, names, size]) => {
              const { layOut } = await import('/theory/engrave.js');
              return layOut(notes, names, size).cells.flatMap((cell) => cell.notes.map((note) =>
                [note.note, note.letter, note.alter, cell.clef, cell.octaves, note.y]));
            }""",
            [notes, names, len(pattern.cell)],
        )
        assert [note for note, *_ in placed] == notes
        middle = {"treble": 34, "bass": 22}  # B4 and D3, in white keys above C0
        for note, letter, alter, clef, octaves, y in placed:
            height = middle[clef] + 7 * octaves - 2 * (y - 2)
            octave, step = divmod(round(height), 7)
            assert "CDEFGAB"[step] == letter
            assert 12 * (octave + 1) + (0, 2, 4, 5, 7, 9, 11)[step] + alter == note

    @pytest.mark.parametrize("text", ["12 0 2 3 5 7 9 11 down 0 2 3 5 7 8 10", "tritone 0 1 2 down 0 -1 4 5"])
    def test_another_way_down_is_engraved_behind_the_way_up(self, page: Any, text: str) -> None:
        pattern = Pattern.parse(text)
        up, down = pattern.cells(60)
        engraved = page.evaluate(
            """async ([text, notes]) => {
              const { cellSize, parse, wayDown } = await import('/theory/pattern.js');
              const { layOut } = await import('/theory/engrave.js');
              const pattern = parse(text);
              return layOut(notes, {}, cellSize(pattern), wayDown(pattern, notes), pattern.down.length)
                .cells.map((cell) => cell.notes.map(({ note }) => note));
            }""",
            [text, [note for cell in up for note in cell]],
        )
        assert engraved == [list(cell) for cell in up] + [list(cell[::-1]) for cell in down]

    def test_a_picture_that_is_enlarged_shows_the_same_patterns(self, page: Any) -> None:
        chance = np.random.default_rng(3)
        cells = chance.integers(0, 5, (24, 24))
        doubled = page.evaluate(
            """async (cells) => {
              const { twice } = await import('/widgets/plane.js');
              return [...twice(Uint16Array.from(cells.flat()), 24, 24)];
            }""",
            cells.tolist(),
        )
        large = np.array(doubled).reshape(48, 48)
        for y, x in np.ndindex(24, 24):
            around = {
                int(cells[b, a]) for b, a in ((y, x), (y - 1, x), (min(23, y + 1), x), (y, x - 1), (y, min(23, x + 1)))
            }
            assert set(large[2 * y : 2 * y + 2, 2 * x : 2 * x + 2].ravel().tolist()) <= around


class TestSound:
    @pytest.mark.parametrize("instrument", INSTRUMENTS)
    def test_the_pitch_heard_is_the_pitch_sent(self, page: Any, instrument: str) -> None:
        notes = [38, 47, 57, 64, 72, 83, 94]
        sound = rendered(page, instrument=instrument, notes=notes, velocity=100, hold=0.45, apart=0.6)
        for place, note in enumerate(notes):
            start = int((0.05 + place * 0.6 + 0.03) * RATE)
            expected = 440 * 2 ** ((note - 69) / 12)
            cents = 1200 * math.log2(loudest(sound[start : start + RATE * 2 // 5], expected) / expected)
            assert abs(cents) < 16, (note, cents)  # a pad is out of tune by 8 on purpose

    @pytest.mark.parametrize("instrument", INSTRUMENTS)
    def test_a_note_ends(self, page: Any, instrument: str) -> None:
        sound = rendered(page, instrument=instrument, notes=[60], velocity=110, hold=0.3, apart=2.4)
        assert np.abs(sound[: RATE // 2]).max() > 0.05
        assert np.abs(sound[-RATE // 5 :]).max() < 1e-3

    @pytest.mark.parametrize("instrument", INSTRUMENTS)
    def test_a_loud_chord_does_not_clip(self, page: Any, instrument: str) -> None:
        chord = [36, 43, 48, 52, 55, 60, 64, 67, 72, 76, 79, 84]
        sound = rendered(page, instrument=instrument, notes=[chord], velocity=127, hold=0.6, apart=1.0)
        assert np.abs(sound).max() <= 1.0
        assert np.isfinite(sound).all()

    def test_voices_are_bounded_and_a_panic_silences_at_once(self, page: Any) -> None:
        counts = page.evaluate(
            """async () => {
              const { Engine } = await import('/sound/engine.js');
              const engine = new Engine();
              await engine.start();
              for (let note = 0; note < 120; note++) engine.noteOn(1, note % 16, note, 90, engine.context.currentTime);
              const most = engine.all.size;
              await new Promise((resolve) => setTimeout(resolve, 150));
              engine.releaseAll(true);
              await new Promise((resolve) => setTimeout(resolve, 250));
              const block = new Float32Array(2048);
              engine.analyser.getFloatTimeDomainData(block);
              const peak = Math.max(...block.map(Math.abs));
              await engine.context.close();
              return [most, engine.all.size, peak];
            }"""
        )
        assert counts[0] <= 48
        assert counts[1] == 0
        assert counts[2] < 0.001
