"""The service: engine, gate, controls and display wired together, on real time.

    midi_front process --\
                          > Engine --frames--> gate process --> MIDI output
    osc_front process ---/    ^                   |
                              `---- reports ------'--> Recorder, Status --> display

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
from typing import TYPE_CHECKING, Any, Self

from polate.child import Child, Outbox, StopSignals, stop_signals
from polate.config import Config
from polate.controls import Control, SetAxis, SetPlaying, SetTempo, parse_rate
from polate.engine import Engine, Playing
from polate.errors import ConfigError, ModelError, PolateError
from polate.midi_front import PORT_IS_GONE, PORT_IS_THERE, RECORD, records
from polate.pattern import Pattern
from polate.wire import Frame, Kind, Reader, clock

if TYPE_CHECKING:
    from polate.decoder import Axis
    from polate.recorder import Recorder

__all__ = ["LATE_NS", "Player", "Status"]

LATE_NS = 2_000_000
"""A note sent later than this after its time is counted as late."""

_SECOND = 1_000_000_000
_BEAT_NS = _SECOND // 4  # a heartbeat for the gate, which waits for a whole second
_SHOW_NS = _SECOND // 20
_SAVE_NS = _SECOND
_CHILDREN_OPEN_NS = 6 * _SECOND  # a JACK client that died unclosed stalls the next port by 4.6 s
_RESTART_NS = _SECOND // 2  # between two starts of a child
_MOST_BACKLOG = 2**16  # bytes that the gate has not read: it hangs

NONE, OFF = "none", "off"  # in Status: looked for, and not there

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
        self._children: dict[str, Child] = {}
        self._start_after: dict[str, int] = {}  # name -> not before this time
        self._said: dict[str, bytes] = {}  # what of a front's words is not whole yet
        self._outbox: Outbox  # to the gate
        self._reader = Reader()
        self._recorder: Recorder | None = None
        self._axis_of_cc: dict[int, int] = {}
        self._beat_ns = self._save_ns = self._show_ns = self._log_ns = 0
        self._closing = False
        self._missed = 0  # notes that came to the gate too late
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
            for name in self._wanted():
                self._start(name)
            self._open()
            stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> None:
        from polate.decoder import Decoder

        config = self.config
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
        self.status.model = decoder.name
        self._check_named_ports()
        if config.record:
            from polate.recorder import Recorder

            self._recorder = Recorder(Path(config.record), config.bpm)
            self.status.recording = config.record
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

    def _check_named_ports(self) -> None:
        """A port that was asked for by name and is not there is an error now, not silence later."""
        config = self.config
        if config.output is None and config.input is None:
            return
        from polate.midi import find_port, find_system

        if system := find_system(config.midi_api):
            if config.output is not None:
                find_port(config.output, system.outputs(), "output")
            if config.input is not None:
                find_port(config.input, system.inputs(), "input")

    def close(self) -> None:
        """Silence, then everything closed, the gate last: it reports its last note-offs to the recording."""
        self._closing = True
        for name in ("osc", "midi"):
            if child := self._children.pop(name, None):
                child.close()
        if gate := self._children.get("gate"):
            self._send([Frame(Kind.QUIT)])
            while select.select([gate.socket], [], [], 2.0)[0] and self._read_gate():
                pass
            self._children.pop("gate", None)
            gate.close()
        if self._recorder:
            self._recorder.close()
            if self._recorder.problem:
                self._trouble(f"cannot record to {self.config.record}: {self._recorder.problem}")
            self._recorder = None

    # -- the loop --------------------------------------------------------------------------------

    def run(self, ready: Callable[[Status], None] = lambda status: None) -> None:
        """Play until a signal comes or the configured seconds are over. ``ready`` is called before the first note."""
        stopping = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
        with stop_signals(*stopping) as stopped:
            sys.setswitchinterval(1e-4)  # the display's thread gives way at once
            gc.collect()
            gc.freeze()
            self._await_children(stopped)
            ready(self.status)
            began = clock()
            end = began + int(self.config.seconds * _SECOND) if self.config.seconds else None
            self._engine.apply(SetPlaying(True), began)
            while not stopped.received and (end is None or clock() < end):
                self._turn(stopped, end)
            self._engine.apply(SetPlaying(False), clock())
            self._send(self._engine.advance(clock()))

    def _await_children(self, stopped: StopSignals) -> None:
        """Until all have said what they have, so that the first note is heard; but not for ever."""
        until, status = clock() + _CHILDREN_OPEN_NS, self.status
        while clock() < until and not stopped.received:
            said = {"gate": status.output, "midi": status.input, "osc": status.osc}
            if all(said[name] for name in self._children):
                break
            sockets: list[Any] = [stopped, *(child.socket for child in self._children.values())]
            select.select(sockets, [], [], 0.1)
            self._take_in()
        if status.output == NONE:
            from polate.midi import what_is_missing

            self._trouble(what_is_missing(self.config.midi_api))

    def _turn(self, stopped: StopSignals, end: int | None) -> None:
        """Wait for the next thing, take everything in, send what is to be sent."""
        wakes = (self._beat_ns, self._show_ns, self._engine.deadline_ns, end)
        wake = min(time for time in wakes if time is not None)
        sockets: list[Any] = [stopped, *(child.socket for child in self._children.values())]
        select.select(sockets, [], [], max(0, wake - clock()) / _SECOND)
        self._take_in()
        before = self._engine.pattern
        self._send(self._engine.advance(clock()))
        if self._engine.pattern is not before:
            self._show()
        self._housekeeping(clock())

    def _take_in(self) -> None:
        """Everything that the children have said."""
        if "gate" in self._children:
            self._read_gate()
        now = clock()
        for control in (*self._read_midi(), *self._read_osc()):
            self._apply(control, now)

    def _apply(self, control: Control, now: int) -> None:
        try:
            self._engine.apply(control, now)
        except PolateError as error:
            self._refuse(error)
            return
        self.status.controls += 1
        if self._recorder and isinstance(control, SetTempo):
            self._recorder.tempo(control.bpm, now)

    def _send(self, frames: Sequence[Frame]) -> None:
        if not frames or "gate" not in self._children:
            return
        for frame in frames:
            self._outbox.put(frame.pack())
        self._outbox.flush()

    def _housekeeping(self, now: int) -> None:
        if now >= self._beat_ns:
            self._beat_ns = now + _BEAT_NS
            self._send([Frame(Kind.BEAT)])
        if now >= self._show_ns:
            self._show_ns = now + _SHOW_NS
            self._show()
        if self._recorder and now >= self._save_ns:
            self._save_ns = now + _SAVE_NS
            self._recorder.save()
            if self._recorder.problem:
                self._trouble(f"cannot record to {self.config.record}: {self._recorder.problem}")
        if "gate" in self._children and len(self._outbox) > _MOST_BACKLOG:
            self._children["gate"].process.kill()  # it hangs; the next turn finds it dead
        for name in self._wanted():
            if name not in self._children and now >= self._start_after[name]:
                self._start(name)

    # -- the children ----------------------------------------------------------------------------

    def _wanted(self) -> dict[str, tuple[str, dict[str, Any]]]:
        """Name -> module and settings of every child there should be."""
        config = self.config
        wanted: dict[str, tuple[str, dict[str, Any]]] = {
            "gate": ("polate.gate", {"output": config.output, "api": config.midi_api}),
            "midi": ("polate.midi_front", {"input": config.input, "api": config.midi_api}),
        }
        if config.osc:
            wanted["osc"] = ("polate.osc_front", {"host": config.osc_host, "port": config.osc_port})
        return wanted

    def _start(self, name: str) -> None:
        module, settings = self._wanted()[name]
        child = self._children[name] = Child.start(module, settings)
        self._start_after[name] = clock() + _RESTART_NS
        self._said[name] = b""
        if name == "gate":
            self._outbox, self._reader = Outbox(child.socket), Reader()

    def _receive(self, name: str) -> bytes | None:
        """What a child has said; None if nothing, or if it is dead: then it is buried, and will be started again."""
        child = self._children.get(name)
        if child is None:
            return None
        try:
            data = child.socket.recv(65536)
        except BlockingIOError:
            return None
        except ConnectionError:
            data = b""
        if not data:
            del self._children[name]
            child.close(0)
            if not self._closing and (name != "osc" or self.status.osc != OFF):  # else it was told to, or has said why
                self._trouble(f"the {name} process ended: starting another")
            return None
        return data

    def _read_gate(self) -> bool:
        """Take in the gate's reports; False when it has hung up."""
        data = self._receive("gate")
        for frame in self._reader.feed(data or b""):
            self._gate_says(frame)
        return "gate" in self._children

    def _gate_says(self, frame: Frame) -> None:
        status = self.status
        match frame.kind:
            case Kind.ON:
                status.played += 1
                status.sounding = frame.note
                status.late += frame.off_ns - frame.due_ns > LATE_NS
            case Kind.MISSED:
                self._missed += 1
            case Kind.OPENED:
                status.output = self.config.output or "Polate Out"
            case Kind.LOST:
                if status.output not in ("", NONE):
                    self._trouble(f"the MIDI output {status.output!r} is gone: playing on, looking for it")
                status.output = NONE
            case _:
                pass
        if self._recorder:
            self._recorder.report(frame)

    def _read_midi(self) -> Iterator[Control]:
        data = self._said.get("midi", b"") + (self._receive("midi") or b"")
        whole = len(data) // RECORD * RECORD
        self._said["midi"] = data[whole:]
        for record in records(data[:whole]):
            if record == PORT_IS_THERE:
                self.status.input = self.config.input or "Polate In"
            elif record == PORT_IS_GONE:
                self.status.input = NONE
            elif record[0] == 3 and record[1] & 0xF0 == 0xB0 and record[2] in self._axis_of_cc:
                yield SetAxis(self._axis_of_cc[record[2]], record[3] / 127)

    def _read_osc(self) -> Iterator[Control]:
        data = self._receive("osc")
        if data is None:
            return
        from polate.osc import to_control

        *lines, self._said["osc"] = (self._said["osc"] + data).split(b"\n")
        for line in lines:
            said = json.loads(line)
            if isinstance(said, dict):
                self._osc_says(said)
                continue
            for address, arguments in said:
                try:
                    yield from to_control(address, arguments)
                except PolateError as error:
                    self._refuse(error)

    def _osc_says(self, said: dict[str, Any]) -> None:
        if "listening" in said:
            host, port = said["listening"]
            self.status.osc = f"{host}:{port}"
        elif "error" in said:
            self.status.osc = OFF
            self._trouble(said["error"])
            self._start_after["osc"] = clock() + 10 * _SECOND
        elif "refused" in said:
            self._refuse(said["refused"], said["count"])

    # -- what is shown ---------------------------------------------------------------------------

    def _refuse(self, why: PolateError | str, count: int = 1) -> None:
        """Count a message that asked for what cannot be; logged at most once a second."""
        self.status.refused += count
        self.status.trouble = str(why)
        if clock() >= self._log_ns:
            self._log_ns = clock() + _SECOND
            _log.warning(self.status.trouble)

    def _trouble(self, text: str) -> None:
        if text != self.status.trouble:
            _log.warning(text)
            self.status.trouble = text

    def _show(self) -> None:
        engine, status = self._engine, self.status
        status.pattern, status.notes = engine.pattern.text, engine.cycle
        status.z, status.positions = list(engine.z), engine.positions
        status.bpm, status.playing = engine.transport.bpm, engine.playing
        status.dropped = self._missed + engine.dropped
        if self._recorder and self._marked != engine.pattern:
            self._marked = engine.pattern
            self._recorder.marker(engine.pattern_since, engine.pattern.text)
