"""The service: engine, gate, controls and display wired together, on real time.

    MIDI input --poll--\\
                        > Engine --frames--> gate process --> MIDI output
    osc_front process --/    ^                   |
                             `--- reports -------'--> Recorder, Status --> display

One thread, one loop: it wakes for what comes in or for the engine's next deadline, drains everything, applies it, and
lets the engine answer. A child process that dies is started again.
"""

import contextlib
import gc
import json
import logging
import select
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from polate.child import Child, Outbox, stop_signals
from polate.config import Config
from polate.controls import Control, Panic, SetAxis, SetPlaying, SetTempo, parse_rate
from polate.engine import Engine, Playing
from polate.errors import ConfigError, ModelError, PolateError, PortError
from polate.pattern import Pattern
from polate.wire import Frame, Kind, Reader, clock

if TYPE_CHECKING:
    from polate.decoder import Axis
    from polate.midi import InputPort
    from polate.recorder import Recorder

__all__ = ["LATE_NS", "Player", "Status"]

LATE_NS = 2_000_000
"""A note sent later than this after its time is counted as late."""

_SECOND = 1_000_000_000
_BEAT_NS = _SECOND // 4  # a heartbeat for the gate, which waits for a whole second
_POLL_BUSY_NS, _POLL_IDLE_NS = 500_000, 2_000_000  # the MIDI input, while messages come and while none do
_BUSY_NS = _SECOND
_CHILDREN_OPEN_NS = 6 * _SECOND  # a JACK client that died unclosed stalls the next port by 4.6 s
_RESTART_NS = _SECOND // 2  # between two starts of a child
_SAVE_NS = _SECOND
_MOST_BACKLOG = 2**16  # bytes that the gate has not read: it hangs

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Status:
    """What the display shows. Written by the player's thread only; a reader may see it a moment old."""

    pattern: str = ""
    notes: tuple[int, ...] = ()
    sounding: int | None = None  # the note that was struck last
    z: list[float] = field(default_factory=list)
    positions: list[float] = field(default_factory=list)
    bpm: float = 0.0
    playing: bool = False
    output: str = ""
    input: str = ""
    osc: str = ""
    model: str = ""
    recording: str = ""
    played: int = 0
    late: int = 0  # notes that went out more than LATE_NS after their time
    dropped: int = 0  # steps that were given up, and notes that came too late to be played
    controls: int = 0
    refused: int = 0  # MIDI and OSC messages that asked for what cannot be
    trouble: str = ""  # the last thing that went wrong


class Player:
    """Opened by ``with``; `run` plays until it is stopped."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.status = Status()
        self._engine: Engine
        self._gate: Child | None = None
        self._gate_outbox: Outbox
        self._gate_reader = Reader()
        self._gate_opened = False
        self._front: Child | None = None
        self._front_rest = b""
        self._input: InputPort | None = None
        self._recorder: Recorder | None = None
        self._axis_of_cc: dict[int, int] = {}
        self._start_again: dict[str, int] = {}
        self._beat_ns = self._save_ns = self._look_ns = self._heard_ns = 0
        self._marked: Pattern | None = None

    @property
    def axes(self) -> "tuple[Axis, ...]":
        """The model's axes, once it is open."""
        return self._engine.axes

    # -- opening and closing ---------------------------------------------------------------------

    def __enter__(self) -> Self:
        """Start the children first: they get ready while this process loads the model.

        Raises `PolateError` for a model, a named port or a file that cannot be had; and leaves nothing open.
        """
        with contextlib.ExitStack() as stack:
            stack.callback(self.close)
            self._start_gate()
            if self.config.osc:
                self._start_front()
            self._open()
            stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> None:
        from polate.decoder import Decoder

        config, status = self.config, self.status
        decoder = Decoder.open(Path(config.model) if config.model else None)
        for control, target in config.cc.items():
            axis = int(target.removeprefix("z/"))
            if axis > len(decoder.axes):
                raise ConfigError(f"cc {control}: the model has axes z/1..z/{len(decoder.axes)}, got {target!r}")
            self._axis_of_cc[control] = axis - 1
        self._engine = Engine(
            self._decode_with(decoder.decode),
            decoder.axes,
            decoder.metadata.landmarks,
            Playing(
                bpm=config.bpm,
                rate=parse_rate(config.rate),
                tonic=config.tonic_note,
                velocity=config.velocity,
                gate=config.gate / 100,
                channel=config.channel - 1,
            ),
        )
        status.model = decoder.name
        self._open_midi()
        if config.record:
            from polate.recorder import Recorder

            self._recorder = Recorder(Path(config.record), config.bpm)
            status.recording = config.record
        self._show()

    def _decode_with(self, decode: Callable[[Sequence[float]], Pattern]) -> Callable[[Sequence[float]], Pattern]:
        """A model that answers with nonsense at some point costs that change, not the music."""

        def decode_or_keep(z: Sequence[float]) -> Pattern:
            try:
                return decode(z)
            except ModelError as error:
                if not hasattr(self, "_engine"):
                    raise
                self._refuse(error)
                return self._engine.pattern

        return decode_or_keep

    def _open_midi(self) -> None:
        """The input; and whether the named ports are there at all, which the gate could only hint at."""
        from polate.midi import find_port, find_system, open_input

        config = self.config
        if config.output is not None and (system := find_system(config.midi_api)):
            find_port(config.output, system.outputs(), "output")
        try:
            self._input = open_input(config.input, config.midi_api)
            self.status.input = self._input.name
        except PortError as error:
            if config.input is not None:
                raise
            self.status.trouble = str(error)

    def close(self) -> None:
        """Silence, then everything closed, the gate last: it reports its last note-offs to the recording."""
        if self._front:
            self._front.close()
            self._front = None
        if self._gate:
            self._gate_outbox.put(Frame(Kind.QUIT).pack())
            self._gate_outbox.flush()
            while select.select([self._gate.socket], [], [], 2.0)[0] and self._read_gate():
                pass
            self._gate.close()
            self._gate = None
        if self._input:
            self._input.close()
            self._input = None
        if self._recorder:
            self._recorder.close()
            self._recorder = None

    # -- the loop --------------------------------------------------------------------------------

    def run(self, ready: Callable[[Status], None] = lambda status: None) -> None:
        """Play until a signal comes or the configured seconds are over. ``ready`` is called before the first note."""
        stopping = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
        with stop_signals(*stopping) as stopped:
            sys.setswitchinterval(1e-4)  # the display's thread gives way at once
            gc.collect()
            gc.freeze()
            self._await_children()
            ready(self.status)
            began = clock()
            end = began + int(self.config.seconds * _SECOND) if self.config.seconds else None
            self._apply(SetPlaying(True), began)
            while not stopped.received and (end is None or clock() < end):
                self._turn(stopped, end)
            self._apply(SetPlaying(False), clock())
            self._send(self._engine.advance(clock()))

    def _await_children(self) -> None:
        """Until both have said what they have, so that the first note is heard; but not for ever."""
        until = clock() + _CHILDREN_OPEN_NS
        while clock() < until:
            waiting = []
            if self._gate and not self.status.output:
                waiting.append(self._gate.socket)
            if self._front and not self.status.osc:
                waiting.append(self._front.socket)
            if not waiting:
                return
            ready, _, _ = select.select(waiting, [], [], 0.1)
            if self._gate and self._gate.socket in ready and not self._read_gate():
                return
            if self._front and self._front.socket in ready:
                for control in self._read_front():
                    self._apply(control, clock())

    def _turn(self, stopped: Any, end: int | None) -> None:
        """Wait for the next thing, take everything in, send what is to be sent."""
        sockets: list[Any] = [stopped, *(child.socket for child in (self._gate, self._front) if child)]
        select.select(sockets, [], [], max(0, self._wake_ns(end) - clock()) / _SECOND)
        now = clock()
        for control in self._received(now):
            self._apply(control, now)
        if self._gate and not self._read_gate():
            self._gate.close(0)
            self._gate = None
            self._trouble("the gate ended: starting another")
        before = self._engine.pattern
        self._send(self._engine.advance(clock()))
        if self._engine.pattern is not before:
            self._show()
        self._housekeeping(now)

    def _wake_ns(self, end: int | None) -> int:
        now = clock()
        wakes = [now + _BEAT_NS]
        if self._input:
            wakes = [now + (_POLL_BUSY_NS if now - self._heard_ns < _BUSY_NS else _POLL_IDLE_NS)]
        for other in (self._engine.deadline_ns, end):
            if other is not None:
                wakes.append(other)
        return min(wakes)

    def _received(self, now: int) -> Iterator[Control]:
        """Every control that has come, from MIDI and OSC."""
        if self._input:
            for message in self._input.messages():
                self._heard_ns = now
                if len(message) == 3 and message[0] & 0xF0 == 0xB0 and message[1] in self._axis_of_cc:
                    yield SetAxis(self._axis_of_cc[message[1]], message[2] / 127)
        if self._front:
            yield from self._read_front()

    def _apply(self, control: Control, now: int) -> None:
        try:
            self._engine.apply(control, now)
        except PolateError as error:
            self._refuse(error)
            return
        self.status.controls += 1
        if self._recorder and isinstance(control, SetTempo):
            self._recorder.tempo(control.bpm, now)
        if isinstance(control, SetTempo | SetPlaying | Panic) or not isinstance(control, SetAxis):
            self._show()

    def _send(self, frames: Sequence[Frame]) -> None:
        if not self._gate or not frames:
            return
        for frame in frames:
            self._gate_outbox.put(frame.pack())
        self._gate_outbox.flush()
        self._beat_ns = clock() + _BEAT_NS

    def _housekeeping(self, now: int) -> None:
        if now >= self._beat_ns:
            self._send([Frame(Kind.BEAT)])
        if now >= self._look_ns:
            self._look_ns = now + _SECOND // 20
            self._show()
        if self._recorder and now >= self._save_ns:
            self._save_ns = now + _SAVE_NS
            self._recorder.save()
            if self._recorder.problem:
                self._trouble(f"cannot record to {self.config.record}: {self._recorder.problem}")
        if self._gate and len(self._gate_outbox) > _MOST_BACKLOG:
            self._gate.process.kill()  # it hangs; the next turn finds it dead
        if self._gate is None and self._may_start("gate", now):
            self._start_gate()
        if self.config.osc and self._front is None and self._may_start("front", now):
            self._start_front()

    def _may_start(self, name: str, now: int) -> bool:
        if now < self._start_again.get(name, 0):
            return False
        self._start_again[name] = now + _RESTART_NS
        return True

    # -- the children ----------------------------------------------------------------------------

    def _start_gate(self) -> None:
        self._gate = Child.start("polate.gate", {"output": self.config.output, "api": self.config.midi_api})
        self._gate_outbox = Outbox(self._gate.socket)
        self._gate_reader = Reader()

    def _start_front(self) -> None:
        settings = {"host": self.config.osc_host, "port": self.config.osc_port}
        self._front = Child.start("polate.osc_front", settings)
        self._front_rest = b""

    def _read_gate(self) -> bool:
        """Take in the gate's reports; False when it has hung up."""
        assert self._gate
        try:
            data = self._gate.socket.recv(65536)
        except BlockingIOError:
            return True
        except ConnectionError:
            return False
        for frame in self._gate_reader.feed(data):
            self._gate_says(frame)
        return bool(data)

    def _gate_says(self, frame: Frame) -> None:
        status = self.status
        match frame.kind:
            case Kind.ON:
                status.played += 1
                status.sounding = frame.note
                status.late += frame.off_ns - frame.due_ns > LATE_NS
            case Kind.MISSED:
                status.dropped += 1
            case Kind.OPENED:
                status.output = self.config.output or "Polate Out"
            case Kind.LOST:
                if status.output and status.output != _NO_OUTPUT:
                    self._trouble(f"the MIDI output {status.output!r} is gone: playing on, looking for it")
                status.output = _NO_OUTPUT
            case _:
                pass
        if self._recorder:
            self._recorder.report(frame)

    def _read_front(self) -> Iterator[Control]:
        from polate.osc import to_control

        assert self._front
        try:
            data = self._front.socket.recv(65536)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        if not data:
            self._front.close(0)
            self._front = None
            return
        *lines, self._front_rest = (self._front_rest + data).split(b"\n")
        for line in lines:
            said = json.loads(line)
            if isinstance(said, dict):
                self._front_says(said)
                continue
            for address, arguments in said:
                try:
                    yield from to_control(address, arguments)
                except PolateError as error:
                    self._refuse(error)

    def _front_says(self, said: dict[str, Any]) -> None:
        if "listening" in said:
            host, port = said["listening"]
            self.status.osc = f"{host}:{port}"
        elif "error" in said:
            self.status.osc = "off"
            self._trouble(said["error"])
            self._start_again["front"] = clock() + 10 * _SECOND
        elif "refused" in said:
            self.status.refused += said["count"]
            self.status.trouble = said["refused"]

    # -- what is shown ---------------------------------------------------------------------------

    def _refuse(self, error: PolateError) -> None:
        self.status.refused += 1
        self.status.trouble = str(error)

    def _trouble(self, text: str) -> None:
        _log.warning(text)
        self.status.trouble = text

    def _show(self) -> None:
        engine, status = self._engine, self.status
        status.pattern, status.notes = engine.pattern.text, engine.cycle
        status.z, status.positions = list(engine.z), engine.positions
        status.bpm, status.playing = engine.transport.bpm, engine.playing
        if self._recorder and self._marked != engine.pattern:
            self._marked = engine.pattern
            self._recorder.marker(engine.pattern_since, engine.pattern.text)


_NO_OUTPUT = "none"
