"""A take as a MIDI file: what the gate says it has sent, at the times it was due.

The file is written anew, whole or not at all, about once a second, by a thread of its own; so a kill at any moment
loses little, and a slow disk holds nothing up. mido encodes the messages.
"""

import contextlib
import os
import struct
import threading
from pathlib import Path

from mido import Message, MetaMessage, bpm2tempo
from mido.midifiles.meta import encode_variable_int

from polate.errors import ConfigError
from polate.transport import Transport
from polate.wire import Frame, Kind

__all__ = ["TICKS_PER_BEAT", "Recorder"]

TICKS_PER_BEAT = 480
_SETTLED_TICKS = 2 * TICKS_PER_BEAT  # reports of things older than this have come


class Recorder:
    """One track: tempo, markers with each new pattern's text form, notes. Tick 0 is the first note."""

    def __init__(self, path: Path, bpm: float) -> None:
        """Raises `ConfigError` if the file cannot be written, before a note is played."""
        self._path = _keep_what_is_there(path)
        self._transport = Transport(bpm)
        self._started = False
        self._settled = bytearray()
        self._settled_tick = 0
        self._events: list[tuple[int, int, bytes]] = []  # (tick, rank, bytes), not yet settled
        self._sounding: dict[tuple[int, int], int] = {}  # (channel, note) -> tick
        self._ended: dict[tuple[int, int], int] = {}  # the same, of the last end
        self._markers: list[tuple[int, str]] = []  # (step, text), for steps not yet reported
        self._image: bytes | None = None
        self._wake = threading.Condition()
        self._closing = False
        self.problem: str | None = None  # why the last write failed
        self._add(0, 0, MetaMessage("track_name", name="Polate"))
        self._add(0, 0, MetaMessage("time_signature", numerator=4, denominator=4))
        self._add(0, 1, MetaMessage("set_tempo", tempo=bpm2tempo(bpm)))
        self._write(self._file())
        if self.problem:
            raise ConfigError(f"cannot record to {path}: {self.problem}")
        self._thread = threading.Thread(target=self._work, name="polate-recorder", daemon=True)
        self._thread.start()

    def tempo(self, bpm: float, now_ns: int) -> None:
        self._transport.change_tempo(bpm, now_ns)
        self._add(self._tick(now_ns) if self._started else 0, 1, MetaMessage("set_tempo", tempo=bpm2tempo(bpm)))

    def marker(self, step: int, text: str) -> None:
        """The notes from this step on are of this pattern."""
        self._markers = [marker for marker in self._markers if marker[0] < step]
        self._markers.append((step, text))

    def report(self, frame: Frame) -> None:
        """Take down an ON or an OFF that the gate has sent."""
        if frame.kind not in (Kind.ON, Kind.OFF):
            return
        if not self._started:
            self._started = True
            self._transport.anchor_ns, self._transport.anchor_beat = frame.due_ns, 0.0
        tick = self._tick(frame.due_ns)
        key = (frame.channel, frame.note)
        self._end(key, tick)
        if frame.kind is Kind.ON:
            tick = max(tick, self._ended.get(key, 0))
            if reached := [text for step, text in self._markers if step <= frame.step]:
                self._add(tick, 2, MetaMessage("marker", text=reached[-1]))
                self._markers = [marker for marker in self._markers if marker[0] > frame.step]
            self._sounding[key] = tick
            self._add(tick, 4, Message("note_on", channel=key[0], note=key[1], velocity=frame.velocity))

    def release(self, now_ns: int) -> None:
        """Everything that sounds ends: the gate has died, and will not say so."""
        for key in list(self._sounding):
            self._end(key, self._tick(now_ns))

    def _end(self, key: tuple[int, int], tick: int) -> None:
        """End a note if it sounds; however short it is, a tick after it began: at one tick ends come first."""
        if (began := self._sounding.pop(key, None)) is not None:
            self._ended[key] = max(tick, began + 1)
            self._add(self._ended[key], 3, Message("note_off", channel=key[0], note=key[1], velocity=0))

    def save(self) -> None:
        """Have what there is written, soon."""
        with self._wake:
            self._image = self._file()
            self._wake.notify()

    def close(self) -> None:
        """Write the last of it and end the thread."""
        self.save()
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    # -- inside ----------------------------------------------------------------------------------

    def _tick(self, time_ns: int) -> int:
        return max(self._settled_tick, round(self._transport.beat_at(time_ns) * TICKS_PER_BEAT))

    def _add(self, tick: int, rank: int, message: Message | MetaMessage) -> None:
        """At one tick: tempo, then marker, then note-offs, then note-ons."""
        self._events.append((tick, rank, bytes(message.bytes())))

    def _file(self) -> bytes:
        """The file as it would be if this were the end: what still sounds ends here."""
        self._events.sort(key=lambda event: event[:2])
        last = max([self._settled_tick, *(event[0] for event in self._events[-1:])])
        while self._events and self._events[0][0] < last - _SETTLED_TICKS:
            tick, _, data = self._events.pop(0)
            self._settled += encode_delta(tick - self._settled_tick) + data
            self._settled_tick = tick
        tail, previous = bytearray(), self._settled_tick
        last += bool(self._sounding)
        ends = [(last, 3, bytes(Message("note_off", channel=c, note=n, velocity=0).bytes())) for c, n in self._sounding]
        for tick, _, data in [*self._events, *ends, (last, 5, bytes(MetaMessage("end_of_track").bytes()))]:
            tail += encode_delta(tick - previous) + data
            previous = tick
        track = bytes(self._settled) + bytes(tail)
        header = struct.pack(">4sIHHH", b"MThd", 6, 0, 1, TICKS_PER_BEAT)
        return header + struct.pack(">4sI", b"MTrk", len(track)) + track

    def _work(self) -> None:
        while True:
            with self._wake:
                while self._image is None and not self._closing:
                    self._wake.wait()
                image, self._image = self._image, None
            if image is None:
                return
            self._write(image)

    def _write(self, image: bytes) -> None:
        part = self._path.with_name(self._path.name + ".part")
        try:
            part.write_bytes(image)
            os.replace(part, self._path)
            self.problem = None
        except OSError as error:
            self.problem = error.strerror or str(error)
            with contextlib.suppress(OSError):
                part.unlink()


def _keep_what_is_there(path: Path) -> Path:
    """Where to write: an earlier take is kept under another name, and nothing but a MIDI file is ever replaced."""
    path = path.resolve()
    try:
        if path.is_dir() or not path.name:
            raise ConfigError(f"cannot record to {path}: it is a folder")
        if path.exists():
            beginning = b"not a file"
            if path.is_file():
                with path.open("rb") as file:
                    beginning = file.read(4)
            if beginning not in (b"", b"MThd"):
                raise ConfigError(f"cannot record to {path}: it is there, and is not a MIDI file")
            if beginning:
                os.replace(path, path.with_name(f"{path.stem}.before{path.suffix}"))
    except OSError as error:
        raise ConfigError(f"cannot record to {path}: {error.strerror}") from error
    return path


def encode_delta(ticks: int) -> bytes:
    """A delta time as the file format's variable-length quantity."""
    return bytes(encode_variable_int(ticks))
