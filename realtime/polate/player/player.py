"""The service: engine, gate, controls and display wired together, on real time.

    midi_front process --\
                          > Engine --frames--> gate process --> MIDI outputs
    osc_front process ---/    ^                   |
                              `---- reports ------'--> Recorder, Status --> display

One thread, one loop: it wakes for what comes in or for the engine's next deadline, drains everything, applies it, and
lets the engine answer. A child process that dies is started again.
"""

import contextlib
import gc
import importlib.util
import itertools
import logging
import select
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import msgspec

from polate import __version__
from polate.control.commands import Capture, Control, KeyUp, Set, SetAxis, SetPlaying, StoreSnapshot, Sync
from polate.control.player_state import PlayerState
from polate.control.settings import PlaySettings
from polate.control.snapshot import Snapshot
from polate.errors import ConfigError, PolateError
from polate.gate.frames import MONO, Frame, Kind
from polate.mapping.feedback import Feedback
from polate.mapping.mapper import Mapper
from polate.mapping.mapping import check_axes
from polate.mapping.target_positions import place_in
from polate.mapping.targets import PositionOf
from polate.midi.input_process import PORT_IS_GONE, PORT_IS_THERE
from polate.midi.messages import NOTE_OFF, SYSTEM_EXCLUSIVE
from polate.midi.ports import VIRTUAL_INPUT, VIRTUAL_OUTPUT, find_port, find_system, what_is_missing
from polate.osc import messages as osc
from polate.player.children import outputs_of
from polate.player.config import Config
from polate.player.scheduled_commands import Schedule
from polate.player.status import LATE_NS, NONE, OFF, Status
from polate.runtime import shared_positions
from polate.runtime.clock import clock
from polate.runtime.line_stream import encode_line
from polate.runtime.os_scheduling import fine_timers
from polate.runtime.stop_signals import StopSignals, stop_signals
from polate.runtime.supervisor import Supervisor
from polate.sequencer.engine import LOOKAHEAD_NS, Engine
from polate.sequencer.voices import BASS, CHORD, LINE
from polate.sync.clock_follower import ClockFollower
from polate.sync.clock_sender import ClockSender
from polate.sync.link_peer import WHAT_TO_INSTALL
from polate.sync.messages import AskPlaying, AskTempo, Beat, CannotJoin, Peers, Playing
from polate.takes.journal import Start
from polate.takes.session import Session

if TYPE_CHECKING:
    from polate.model.contract import Axis
    from polate.model.decoder import Decoder
    from polate.takes.archive import Archive

__all__ = ["Player"]

_SECOND = 1_000_000_000
_ALIVE_NS = _SECOND // 4  # a heartbeat for the gate, which waits for a whole second
_SHOW_NS = _SECOND // 10  # as often as the display draws
_TELL_NS = _SECOND // 50  # between two words to the OSC process on what has changed
_REFUSAL_NS = 8 * _SECOND  # how long a refused message is shown
_CHILDREN_OPEN_NS = 6 * _SECOND  # a JACK client that died unclosed stalls the next port by 4.6 s
_OSC_AGAIN_NS = 10 * _SECOND  # a port that is taken is tried again
_GATE_OPENS_NS = 20 * _SECOND  # a dead JACK client stalls the next port by 4.6 s; killing that one would stall the next
_LEFT_NS = 8 * _SECOND  # JACK needs up to 6 of them to get over a dead client
_GATE_HANGS_NS = 3 * _SECOND  # a gate that plays says so every second

_log = logging.getLogger(__name__)


class Player:
    """Opened by ``with``; `run` plays until it is stopped."""

    def __init__(self, config: Config, children: Supervisor) -> None:
        self.config = config
        self.status = Status(sync=config.sync)
        self._engine: Engine
        self._opened = contextlib.ExitStack()
        self._stopped: StopSignals
        self._input = config.input or VIRTUAL_INPUT
        self._outputs = outputs_of(config)
        self._children = children
        self._session: Session
        self._takes: Archive | None = None
        self._cell: shared_positions.PositionReader | None = None  # what the OSC process shares with us
        self._schedule = Schedule()
        self._clock = ClockFollower(config.bpm, config.dropout) if config.sync == "midi" else None
        self._clock_out = ClockSender() if config.clock_out else None
        self._untold = True  # something may have changed since
        self._told: dict[str, Any] = {}  # what the OSC process knows
        self._told_start = 0  # which OSC process it is
        self._are_there: dict[int, bool] = {}  # the MIDI outputs, as far as the gate has told
        self._missing: set[tuple[str, str]] = set()  # output or input, and the name of one that was not there at first
        self._mapper: Mapper
        self._feedback: Feedback | None = None
        self._place: PositionOf
        self._alive_ns = self._show_ns = self._tell_ns = self._light_ns = self._log_ns = 0
        self._sounding: set[tuple[int, int, int]] = set()  # what the gate has struck: (port, channel, note)
        self._left: set[tuple[int, int, int]] = set()  # what a dead gate has left sounding
        self._left_until_ns = 0
        self._gate_hangs_ns = 0  # when the gate counts as hanging, unless it says something
        self._standing = ""  # the last trouble with the machine; refusals are shown over it for a while
        self._refusal_over_ns = 0
        self._unkept = ""  # what could not be recorded or stored the last time
        self._missed = 0  # notes that came to the gate too late

    @property
    def axes(self) -> "tuple[Axis, ...]":
        """The model's axes, once it is open."""
        return self._engine.point.axes

    # -- opening and closing ---------------------------------------------------------------------

    def __enter__(self) -> Self:
        """Start the gate first: it opens its port while this process loads the model; and the others when that is done.

        Raises `PolateError` for a model or a file that cannot be had; and leaves nothing open.
        """
        stopping = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
        with contextlib.ExitStack() as stack:
            self._stopped = stack.enter_context(stop_signals(*stopping))
            stack.callback(self._close)
            if self.config.sync == "link" and importlib.util.find_spec("link") is None:
                raise ConfigError(WHAT_TO_INSTALL)
            self._children["gate"].start()
            self._gate_hangs_ns = clock() + _GATE_OPENS_NS
            self._open()
            if "osc" in self._children:
                self._share_cell()
            self._children.start()
            self._opened = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def _share_cell(self) -> None:
        """Where there can be no file for it, positions come over the socket as everything else does."""
        with contextlib.suppress(OSError):
            self._cell = shared_positions.PositionReader.create()
            self._children["osc"].give(cell=self._cell.path)

    def _open(self) -> None:
        from polate.model.decoder import Decoder
        from polate.model.shipped import model_file
        from polate.takes.archive import Archive
        from polate.takes.recorder import Recorder
        from polate.takes.snapshot_file import SnapshotFile, read_snapshots, snapshots_path

        config = self.config
        decoder = Decoder.open(config.model_path)
        mappings = config.mappings()
        check_axes(mappings, len(decoder.axes))
        snapshots = snapshots_path(config.snapshots, model_file(config.model_path))
        start = _start(config, decoder, self._outputs, read_snapshots(snapshots, len(decoder.axes)))
        self._session = Session(start, decoder.decode, decoder.axes, decoder.metadata.landmarks, trouble=self._refuse)
        self._engine = self._session.engine
        recorder = Recorder.open(Path(config.record)) if config.record else None
        if recorder:
            self._session.write_journal(recorder.journal)
        file = SnapshotFile(snapshots, decoder.name)
        self._takes = Archive(self._session, file, Path(config.captures or "."), recorder)
        self._place = place_in(self._engine)
        self._mapper = Mapper(mappings, self._place)
        if config.feedback_output:
            self._feedback = Feedback(mappings)
        self.status.model = decoder.name
        self.status.recording = config.record or ""
        self._show()

    def _check_named_ports(self) -> None:
        """A port that was asked for by name and is not there is an error now, not silence later. Raises `PortError`."""
        if self._missing and (system := find_system(self.config.midi_api)):
            ports = {"output": system.outputs(), "input": system.inputs()}
            for kind, name in self._missing:
                find_port(name, ports[kind], kind)
        self._missing.clear()

    def _close(self) -> None:
        """Silence, then everything closed, the gate last: it reports its last note-offs to the recording."""
        self._send([Frame(Kind.QUIT)])
        gate = self._children["gate"]
        for member in self._children:
            if member is not gate:
                member.close()
        while gate.is_alive and select.select(self._children.sockets, [], [], 2.0)[0]:
            self._read_gate()
        self._children.close()
        if self._cell:
            self._cell.close()
        if self._takes:
            self._takes.close(clock())

    # -- the loop --------------------------------------------------------------------------------

    def run(self, ready: Callable[[Status], None] = lambda status: None) -> None:
        """Play until a signal comes or the configured seconds are over. ``ready`` is called when all is open.

        Raises `PortError` for a named port that is not there.
        """
        fine_timers()
        sys.setswitchinterval(1e-4)  # the display's thread gives way at once
        gc.freeze()
        self._await(["gate"], clock() + _CHILDREN_OPEN_NS)  # so that the first note is heard
        self._check_named_ports()
        if self.status.output == NONE:
            self._trouble(what_is_missing(self.config.midi_api))
        began = clock()
        end = began + int(self.config.seconds * _SECOND) if self.config.seconds else None
        if self._clock is None:  # a MIDI clock says when to start
            self._apply(SetPlaying(True), began)
        announced = False
        while not self._stopped.received and (end is None or clock() < end):
            self._turn(end)
            all_open = self._are_open(member.name for member in self._children)
            if not announced and (all_open or clock() > began + _CHILDREN_OPEN_NS):
                announced = True
                self._check_named_ports()
                ready(self.status)
        self._session.apply(SetPlaying(False), clock())
        self._advance(clock())

    def _are_open(self, names: Iterable[str]) -> bool:
        """Have these children said what they have?"""
        said = {"gate": self.status.output, "midi": self.status.input, "osc": self.status.osc}
        return all(said.get(name, True) for name in names)

    def _await(self, names: Sequence[str], until_ns: int) -> None:
        while not self._are_open(names) and clock() < until_ns and not self._stopped.received:
            select.select(self._sockets(), [], [], 0.1)
            self._take_in()

    def _turn(self, end: int | None) -> None:
        """Wait for the next thing, take everything in, send what is to be sent."""
        select.select(self._sockets(), [], [], max(0, self._wake_ns(end) - clock()) / _SECOND)
        self._take_in()
        before = self._engine.pattern
        self._advance(clock())
        if self._engine.pattern is not before:
            self._show()
        while self._engine.refused:
            self._refuse(self._engine.refused.pop())
        self._housekeeping(clock())

    def _wake_ns(self, end: int | None) -> int:
        """When something is to be done, if nothing comes in before."""
        wakes = [self._alive_ns, self._show_ns, end, self._engine.deadline_ns]
        wakes += [self._schedule.deadline_ns, self._mapper.deadline_ns]
        if self._untold:
            wakes.append(self._tell_ns)
        if self._clock:
            wakes.append(self._clock.deadline_ns)
        if self._clock_out:
            wakes.append(self._clock_out.deadline_ns(self._engine.transport) - LOOKAHEAD_NS)
        return min(time for time in wakes if time is not None)

    def _advance(self, now: int) -> None:
        """Have the engine play on, and the clock that others follow."""
        engine = self._engine
        self._send(self._session.advance(now))
        if self._clock_out:
            ticks = []
            if engine.playing != self._clock_out.playing:
                beat = engine.transport.beat_at(now)
                ticks += self._clock_out.start(beat, now) if engine.playing else self._clock_out.stop(now)
            ticks += self._clock_out.advance(engine.transport, now, now + LOOKAHEAD_NS)
            self._send_messages(ticks)
        self._session.keep()

    def _send_messages(self, messages: Iterable[tuple[int, bytes]], port: int = 0) -> None:
        """MIDI messages as they are, each when it is due."""
        frames = []
        for due_ns, message in messages:
            status, first, second = message.ljust(3, b"\0")
            frames.append(Frame(Kind.SEND, 0, status, first, second, due_ns, port=port))
        self._send(frames)

    def _sockets(self) -> list[Any]:
        """All that can wake the player."""
        return [self._stopped, *self._children.sockets]

    def _take_in(self) -> None:
        """Everything that the children have said."""
        self._read_gate()
        now = clock()
        for control in self._read_link():
            self._play(control, now)
        for control in itertools.chain(self._read_midi(now), self._read_osc(), self._schedule.due(now)):
            self._apply(control, now)
        for member in self._children:
            if (end := member.take_end()) is not None:
                self._child_died(member.name, end)

    def _apply(self, control: Control, now: int) -> None:
        """Do what somebody asks for. With Link, tempo, start and stop are the session's: they come back from there."""
        match control:
            case Set("bpm", bpm) if "link" in self._children:
                self._children["link"].send(encode_line(AskTempo(bpm)))
            case SetPlaying(playing) if "link" in self._children:
                self._children["link"].send(encode_line(AskPlaying(playing)))
            case _:
                self._play(control, now)

    def _play(self, control: Control, now: int) -> None:
        try:
            if self._takes and isinstance(control, Capture):
                self._takes.capture(control.bars, now)
            else:
                self._session.apply(control, now)
        except PolateError as error:
            self._refuse(error)
            return
        self._untold = True
        self.status.controls += not isinstance(control, Sync)
        if self._takes and isinstance(control, StoreSnapshot):
            self._takes.store(control.name, self._engine.snapshots[control.name])

    def _send(self, frames: Sequence[Frame]) -> None:
        if frames:
            self._children["gate"].send(b"".join(frame.pack() for frame in frames))

    def _housekeeping(self, now: int) -> None:
        if now >= self._alive_ns:
            self._alive_ns = now + _ALIVE_NS
            self._send([Frame(Kind.ALIVE)])
            self._end_what_was_left(now)
        if now >= self._show_ns:
            self._show_ns = now + _SHOW_NS
            if now >= self._refusal_over_ns:
                self.status.trouble = self._standing
            self._show()
        if self._untold and now >= self._tell_ns and self.status.osc not in ("", OFF):
            self._untold, self._tell_ns = False, now + _TELL_NS
            self._tell()
        if self._feedback and now >= self._light_ns:
            self._light_ns = now + _TELL_NS
            port = _port(self._outputs, self.config.feedback_output)
            self._send_messages(((now, message) for message in self._feedback.update(self._place, now)), port)
        if self._takes:
            self._keep(now, self._takes)
        if now > self._gate_hangs_ns:
            self._children["gate"].kill()
        try:
            self._children.start()
        except OSError as error:  # no processes or files to be had: the music goes on, and it is tried again
            self._trouble(f"cannot start another process: {error.strerror}")

    def _end_what_was_left(self, now: int) -> None:
        """End what a dead gate has left sounding, again and again: JACK loses some of what the next one sends while it
        gets over the death."""
        for port, channel, note in self._left - self._sounding:
            self._send_messages([(now, bytes([NOTE_OFF | channel, note, 0]))], port)
        if now > self._left_until_ns:
            self._left.clear()

    def _keep(self, now: int, takes: "Archive") -> None:
        """Have written what is to be written."""
        takes.save(now)
        if takes.captured != self.status.captured:
            self.status.captured, self._untold = takes.captured, True
        if (unkept := takes.problem) != self._unkept:
            self._unkept = unkept
            self._trouble(unkept or "everything is recorded and stored again")

    # -- the children ----------------------------------------------------------------------------

    def _child_died(self, name: str, end: str) -> None:
        if name == "gate":
            self._left |= self._sounding
            self._sounding.clear()
            self._left_until_ns = clock() + _LEFT_NS
            self._gate_hangs_ns = clock() + _GATE_OPENS_NS
            if self._takes:
                self._session.release(clock())
        if name == "osc" and self._cell:
            for control in _axes(self._cell.writer_died()):
                self._apply(control, clock())
        if name in ("midi", "osc"):
            self._let_go()
        if end:
            self._trouble(end)

    def _let_go(self) -> None:
        """The keys that are held are up: who would have said so is gone."""
        for key in self._engine.keys:
            self._play(KeyUp(key), clock())

    def _read_gate(self) -> None:
        for frame in self._children["gate"].hear():
            self._gate_says(frame)

    def _gate_says(self, frame: Frame) -> None:
        status = self.status
        # Looking for a port that is gone may take long.
        self._gate_hangs_ns = clock() + (_GATE_OPENS_NS if status.output == NONE else _GATE_HANGS_NS)
        self._untold = True
        match frame.kind:
            case Kind.OFF:
                self._sounding.discard((frame.port, frame.channel, frame.note))
            case Kind.ON:
                self._sounding.add((frame.port, frame.channel, frame.note))
                status.played += 1
                status.late += frame.late_ns > LATE_NS
                if frame.voice & ~MONO == LINE:
                    status.sounding = frame.note
            case Kind.MISSED:
                self._missed += 1
            case Kind.OPENED | Kind.LOST:
                self._output_is(frame.port, frame.kind is Kind.OPENED)
            case _:
                pass
        if self._takes:
            self._session.report(frame)

    def _output_is(self, port: int, there: bool) -> None:
        """Take note of news of a MIDI output."""
        name, before = self._outputs[port], self._are_there.get(port)
        self._are_there[port] = there
        if before is None and not there and name:
            self._missing.add(("output", name))
        elif before is not None and there != before:
            word = "there" if there else "gone: playing on, looking for it"
            self._trouble(f"the MIDI output {name or VIRTUAL_OUTPUT!r} is {word}")
        if port == 0:
            self.status.output = (name or VIRTUAL_OUTPUT) if there else NONE
        elif there and self._feedback:
            self._feedback.forget()

    def _read_midi(self, now: int) -> Iterator[Control]:
        if self._clock:
            yield from self._clock.advance(now)
        yield from self._mapper.advance(now)
        for at_ns, message in self._children["midi"].hear():
            if message == PORT_IS_THERE:
                self.status.input = self._input
            elif message == PORT_IS_GONE:
                if not self.status.input and self.config.input:
                    self._missing.add(("input", self.config.input))
                self.status.input = NONE
                self._let_go()
            elif self._clock and message[0] >= SYSTEM_EXCLUSIVE:
                yield from self._clock.feed(message, at_ns)
            elif self._feedback is None or not self._feedback.heard(message, now):
                yield from self._mapper.feed(message, now)

    def _read_osc(self) -> Iterator[Control]:
        if "osc" not in self._children:
            return
        for said in self._children["osc"].hear():
            yield from self._read_line(said)
        if self._cell:
            yield from _axes(self._cell.take())

    def _read_line(self, said: osc.ToPlayer) -> Iterator[Control]:
        from polate.osc.addresses import to_control

        if self._cell:
            self._cell.lines += 1
        if isinstance(said, osc.Moved):
            if self._cell:
                yield from _axes(self._cell.said(said.words))
            return
        if not isinstance(said, osc.Messages):
            self._osc_says(said)
            return
        at_ns = said.at_ns
        controls: list[Control] = []
        for address, arguments in said.messages:
            try:
                controls += to_control(address, arguments)
            except PolateError as error:
                self._refuse(error)
        if at_ns is None:
            yield from controls
            return
        try:
            self._schedule.add(at_ns, controls)
        except PolateError as error:
            self._refuse(error)

    def _read_link(self) -> Iterator[Control]:
        for said in self._children["link"].hear() if "link" in self._children else ():
            match said:
                case Beat(beat, at_ns, bpm):
                    yield Sync(beat, at_ns, bpm)
                case Playing(playing):
                    yield SetPlaying(playing)
                case Peers(peers):
                    self.status.sync = f"link, {peers} peers"
                case CannotJoin(why):
                    self._trouble(why)
                case _:
                    pass

    def _osc_says(self, said: osc.ToPlayer) -> None:
        match said:
            case osc.Listening(host, port):
                if self.status.osc == OFF:
                    self._trouble(f"listening to OSC on {host}:{port}")
                self.status.osc = f"{host}:{port}"
            case osc.CannotListen(why):
                self.status.osc = OFF
                self._trouble(why)
                self._children["osc"].rest(_OSC_AGAIN_NS)
            case osc.Refused(why, count):
                self._refuse(why, count)
            case _:
                pass

    def _tell(self) -> None:
        """Tell the OSC process what has changed, for those that subscribe or ask; a new one, everything."""
        from polate.osc.state import changes, state_of

        member = self._children["osc"]
        state = state_of(self._look(clock()))
        if self._told_start != member.starts:
            self._told_start, self._told = member.starts, {}
        if new := changes(self._told, state):
            self._children["osc"].send(encode_line(osc.StateChanged(new)))
            self._told = state

    def _look(self, now: int) -> PlayerState:
        """The state at this instant."""
        engine, status = self._engine, self.status
        point = engine.point
        return PlayerState(
            at_ns=now,
            settings=engine.settings,
            motions=tuple(point.motions),
            axes=tuple(axis.name for axis in point.axes),
            positions=tuple(point.positions),
            moved_positions=tuple(point.moved_positions),
            z=tuple(point.z),
            morph=point.morph,
            pad=point.pad,
            corners=dict(point.corner_names),
            snapshots=tuple(engine.snapshots),
            playing=engine.playing,
            tempo=engine.transport.bpm,
            beat=engine.transport.beat_at(now) if engine.playing else 0.0,
            tonic=engine.tonic,
            pattern=engine.pattern.text,
            notes=engine.cycle,
            top=engine.top,
            sounding=status.sounding,
            played=status.played,
            late=status.late,
            dropped=self._missed + engine.dropped,
            controls=status.controls,
            refused=status.refused,
            model=status.model,
            sync=status.sync,
            ports={kind: port for kind in ("output", "input", "osc") if (port := getattr(status, kind))},
            recording=status.recording,
            captured=status.captured,
            trouble=status.trouble,
        )

    # -- what is shown ---------------------------------------------------------------------------

    def _refuse(self, why: PolateError | str, count: int = 1) -> None:
        """Count a message that asked for what cannot be; logged at most once a second."""
        self.status.refused += count
        self.status.trouble = str(why)
        self._refusal_over_ns = clock() + _REFUSAL_NS
        if clock() >= self._log_ns:
            self._log_ns = clock() + _SECOND
            _log.warning(self.status.trouble)

    def _trouble(self, text: str) -> None:
        if text != self._standing:
            _log.warning(text)
            self._standing = self.status.trouble = text

    def _show(self) -> None:
        engine, status = self._engine, self.status
        status.pattern, status.notes, status.top = engine.pattern.text, engine.cycle, engine.top
        status.z, status.positions = list(engine.point.z), engine.point.positions
        status.bpm, status.playing = engine.transport.bpm, engine.playing
        status.rate, status.order, status.tonic = engine.settings.rate, engine.settings.order, engine.tonic
        status.dropped = self._missed + engine.dropped


def _start(config: Config, decoder: "Decoder", outputs: Sequence[str | None], snapshots: dict[str, Snapshot]) -> Start:
    """What a session begins with."""
    return Start(
        polate=__version__,
        model=config.model or decoder.name.removesuffix(".onnx"),
        sha256=decoder.sha256,
        settings=msgspec.convert(config, PlaySettings, from_attributes=True),
        motions=config.motion,
        snapshots=snapshots,
        ports={str(BASS): _port(outputs, config.bass_output), str(CHORD): _port(outputs, config.chord_output)},
        following=config.sync != "internal",
        lookahead_ns=LOOKAHEAD_NS,
    )


def _axes(moves: shared_positions.Moves) -> list[SetAxis]:
    return [SetAxis(axis, position) for axis, position in moves]


def _port(outputs: Sequence[str | None], name: str | None) -> int:
    """The place of an output among them; the line's where a voice has none of its own."""
    return 0 if name is None else outputs.index(name)
