"""What can be heard of a take: its notes in seconds, from its MIDI file; and the sound that the page's voices make.

MIDI file --mido--> Heard --Chromium, OfflineAudioContext--> samples --libsndfile--> .mp3
"""

import base64
import functools
import http.server
import io
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mido

import polate

__all__ = ["Heard", "Note", "Studio", "heard_in", "studio"]

STATIC = Path(polate.__file__).parent / "web" / "static"
RATE = 32_000
TAIL = 2.0  # seconds of the room after the last note
HIGHEST, LOUD = 0.89, 0.25  # of a sample, and the root mean square of the louder parts (-12 dB)
VOICES = {"line": 1, "bass": 2, "chord": 3, "keys": 4}  # as the page numbers them
RENDER = """async ({notes, instruments, levels, room, seconds, rate}) => {
  const { Engine } = await import('/sound/engine.js');
  const context = new OfflineAudioContext(2, Math.ceil(rate * seconds), rate), engine = new Engine();
  Object.assign(engine, { level: 0.9, muted: false, room });
  Object.assign(engine.instruments, instruments);
  Object.assign(engine.levels, levels);
  engine.build(context);
  // The engine steals voices as they sound, so each note is begun when its time has come.
  const blocks = new Map();
  for (const [voice, note, velocity, on, off] of notes) {
    const at = Math.max(0, Math.floor((on - 0.02) * rate / 128) * 128 / rate);
    if (!blocks.has(at)) blocks.set(at, []);
    blocks.get(at).push([voice, note, velocity, on, off]);
  }
  const begin = (block) => block.forEach(([voice, note, velocity, on, off]) => {
    const sound = engine.noteOn(voice, 0, note, velocity, on);
    sound?.stop(off);
  });
  for (const [at, block] of blocks) {
    if (at === 0) begin(block);
    else context.suspend(at).then(() => { begin(block); return context.resume(); });
  }
  const buffer = await context.startRendering();
  const text = [0, 1].map((channel) => {
    const bytes = new Uint8Array(buffer.getChannelData(channel).buffer);
    let all = '';
    for (let at = 0; at < bytes.length; at += 8192) all += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return btoa(all);
  });
  return { text, dropped: engine.dropped };
}"""


@dataclass(frozen=True, slots=True)
class Note:
    voice: str
    note: int
    velocity: int
    on: float  # seconds
    off: float


@dataclass(frozen=True, slots=True)
class Heard:
    notes: tuple[Note, ...]  # in the order in which they begin
    patterns: tuple[tuple[float, str], ...]  # (seconds, text form), where they begin
    seconds: float


def heard_in(midi: bytes) -> Heard:
    """The notes of a take's MIDI file. Times begin with its first note."""
    file = mido.MidiFile(file=io.BytesIO(midi))
    tempo = next(message.tempo for message in file.tracks[0] if message.type == "set_tempo")
    notes, patterns = [], []
    for track in file.tracks:
        ticks, sounding = 0, dict[int, tuple[float, int]]()
        for message in track:
            ticks += message.time
            now = mido.tick2second(ticks, file.ticks_per_beat, tempo)
            if message.type == "marker":
                patterns.append((now, message.text))
            elif message.type == "note_on" and message.velocity:
                sounding[message.note] = now, message.velocity
            elif message.type in ("note_on", "note_off") and message.note in sounding:
                on, velocity = sounding.pop(message.note)
                notes.append(Note(track.name, message.note, velocity, on, now))
    notes.sort(key=lambda note: note.on)
    first = notes[0].on
    moved = tuple(Note(note.voice, note.note, note.velocity, note.on - first, note.off - first) for note in notes)
    named = tuple((max(0.0, now - first), text) for now, text in patterns)
    return Heard(moved, named, max(note.off for note in moved))


class Studio:
    """An empty page of Chromium beside the page's modules."""

    def __init__(self, page: Any) -> None:
        self._page = page

    def write(
        self,
        path: Path,
        heard: Heard,
        instruments: dict[str, str],
        levels: dict[str, float],
        room: float,
        *,
        stereo: bool = True,
    ) -> int:
        """Play a take by the page's voices into an .mp3 file, about as loud as the others. Returns the notes dropped.

        ``instruments`` and ``levels``: of the voices line, bass, chord and keys; the page's own where they say nothing.
        """
        import numpy as np
        import soundfile

        seconds = heard.seconds + TAIL
        notes = [[VOICES[note.voice], note.note, note.velocity, note.on, note.off] for note in heard.notes]
        sound = {"instruments": instruments, "levels": levels, "room": room, "seconds": seconds, "rate": RATE}
        made = self._page.evaluate(RENDER, {"notes": notes, **sound})
        sides = [np.frombuffer(base64.b64decode(text), dtype="<f4") for text in made["text"]]
        samples = np.stack(sides, axis=1)
        if not stereo:
            samples = samples.mean(axis=1, keepdims=True)
        samples = samples * min(HIGHEST / np.abs(samples).max(), LOUD / _loudness(samples))
        fade = int(RATE * 0.5)
        samples[-fade:] *= np.linspace(1, 0, fade)[:, None]
        soundfile.write(
            path, samples, RATE, format="MP3", subtype="MPEG_LAYER_III", bitrate_mode="VARIABLE", compression_level=0.9
        )
        return int(made["dropped"])


def _loudness(samples: Any) -> float:
    """The root mean square of the louder parts: the 95th percentile of spans of 0.4 s. ``samples``: (frames, sides)."""
    import numpy as np

    span = int(RATE * 0.4)
    spans = [np.mean(samples[at : at + span] ** 2) for at in range(0, len(samples), span)]
    return float(np.sqrt(np.percentile(spans, 95)))


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def studio() -> Iterator[Studio]:
    """Chromium, without a screen and without a loudspeaker."""
    from playwright.sync_api import sync_playwright

    handler = functools.partial(_Quiet, directory=str(STATIC))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, sync_playwright() as playwright:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.route("**/empty.html", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
        page.goto(f"http://127.0.0.1:{server.server_port}/empty.html")
        yield Studio(page)
        browser.close()
        server.shutdown()
