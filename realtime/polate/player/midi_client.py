"""The MIDI input's client: controllers through their mappings, MIDI clock, and feedback to the controller.

records --[Learner, while a control is learned] or InputMappers--> commands
          ClockFollower ------------------------------------>
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import msgspec

from polate.control.commands import ChooseController, Control, Forget, KeyDown, KeyUp, Learn, ReleaseKeys
from polate.control.player_state import NONE
from polate.errors import ConfigError, PolateError
from polate.mapping.bindings import Bindings, Learner
from polate.mapping.controllers import Controller, load_controller
from polate.mapping.feedback import Feedback
from polate.mapping.input_mappers import InputMappers
from polate.mapping.mapping import check_axes, fits
from polate.mapping.targets import parse_target
from polate.midi.input_process import PORT_IS_GONE, PORT_IS_THERE, THE_NEXT_ARE_OF, RecordReader
from polate.midi.messages import CHANNEL_MASK, KIND_MASK, NOTE_OFF, NOTE_ON, SYSTEM_EXCLUSIVE, SYSTEM_RESET
from polate.midi.port_names import VIRTUAL_INPUT
from polate.player.client import Client, Desk
from polate.player.config import Config
from polate.player.facts import Bound
from polate.player.target_positions import target_positions
from polate.runtime.clock import clock
from polate.runtime.supervisor import Member
from polate.sync.clock_choice import ClockChoice
from polate.sync.clock_follower import ClockFollower

__all__ = ["MidiClient", "child_of", "open_client"]

_LIGHT_NS = 1_000_000_000 // 50  # between two looks at what the controller shows
_LOOK_NS = 5_000_000  # between two looks whether a template has been read


def child_of(config: Config) -> Member | None:
    settings = {"inputs": config.input_names, "api": config.midi_api}
    return Member("midi", "polate.midi.input_process", settings, RecordReader)


def open_client(desk: Desk, child: Member) -> Client:
    config = desk.config
    follower = ClockFollower(config.bpm, config.dropout) if config.sync == "midi" else None
    return MidiClient(desk, child, follower)


class MidiClient(Client):
    """From records to commands."""

    def __init__(self, desk: Desk, child: Member, follower: ClockFollower | None) -> None:
        """``follower``: of the MIDI clock, if that is the clock to follow."""
        super().__init__(desk, child)
        config = desk.config
        self._sync = config.sync
        self._inputs = config.input_names  # that the process has; None: the virtual port
        self._of = 0  # the number of the input of the next message
        self._is_there: dict[int, bool] = {}  # by the number of the input, as far as it is known
        self._keys: set[tuple[int, int, int]] = set()  # (input, note, channel) of those that are held
        self._clock = ClockChoice(config.sync_input)
        self._place = target_positions(desk.session.engine)
        self._controller = config.controller or ""
        template = load_controller(self._controller) if self._controller else None
        self._hoped_for = template.ports if template else []  # inputs that may be absent at the start
        self._bindings = Bindings(config.cc, config.map, template.map if template else ())
        self._mapper = InputMappers(self._bindings.mappings, self._names, self._place)
        self._warning = ""  # of the mappings, that was reported
        self._learners: list[Learner] = []  # one an input, while a control is learned
        self._template: tuple[str, Future[Controller]] | None = None  # that is being read
        self._follower = follower
        self._feedback: Feedback | None = None
        self._feedback_name: str | None = None
        self._feedback_opened = 0
        self._light_ns = 0
        self._show()

    @property
    def is_open(self) -> bool:
        return self._desk.facts.port("input") != ""

    @property
    def deadline_ns(self) -> int | None:
        deadlines = [self._mapper.deadline_ns, self._follower.deadline_ns if self._follower else None]
        deadlines += [learner.deadline_ns for learner in self._learners]
        if self._template:
            deadlines.append(clock() + _LOOK_NS)
        return min((time for time in deadlines if time is not None), default=None)

    def commands(self, now_ns: int) -> Iterator[Control]:
        self._use_chosen_ports()
        self._use_chosen_clock(now_ns)
        self._use_template()
        if self._feedback and now_ns >= self._light_ns:
            self._light_ns = now_ns + _LIGHT_NS
            self._light(self._feedback, now_ns)
        if self._follower:
            yield from self._follower.advance(now_ns)
        yield from self._mapper.advance(now_ns)
        for at_ns, message in self.child.hear():
            try:
                yield from self._take(at_ns, message, now_ns)
            except Exception as error:  # a later message may be the end of a key
                self._desk.troubles.fail("reading a MIDI message", error)
        if self._learners:
            self._learn(now_ns)
        if self._mapper.warning != self._warning:
            self._warning = self._mapper.warning
            self._desk.troubles.refuse(self._warning, count=0)

    def _take(self, at_ns: int, message: bytes, now_ns: int) -> Iterator[Control]:
        if message[0] == THE_NEXT_ARE_OF:
            self._of = message[1]
        elif message == PORT_IS_THERE:
            self._input_is_there()
        elif message == PORT_IS_GONE:
            yield from self._lose_input()
        elif self._follower and SYSTEM_EXCLUSIVE <= message[0] < SYSTEM_RESET:
            if self._clock.is_followed(self._of, self._names[self._of], at_ns):
                yield from self._follower.feed(message, at_ns)
        elif self._feedback is None or not self._feedback.heard(message, now_ns):
            if self._learners and not self._releases_key(message):
                self._learners[self._of].feed(message, now_ns)
            else:
                yield from self._keys_in(self._mapper.feed(self._of, message, now_ns))

    def claims(self, control: Control, source: Client | None = None) -> bool:
        match control:
            case Learn(target):
                self._learners = []
                if target:
                    self._check(target)
                    self._learners = [Learner(target) for _ in self._inputs]
            case Forget(target):
                self._check(target)
                self._bindings.forget(target)
                self._bind()
            case ChooseController(""):
                self._template, self._controller = None, ""
                self._bindings.use_template(())
                self._bind()
            case ChooseController(name):
                reading = ThreadPoolExecutor(1, "polate-template")  # it takes up to 15 ms
                self._template = name, reading.submit(load_controller, name)
                reading.shutdown(wait=False)
            case _:
                return False
        self._show()
        return True

    def died(self, now_ns: int) -> Iterator[Control]:
        self._of = 0
        self._keys.clear()
        for key in self._desk.session.engine.held_keys:  # nobody will send their ends
            yield KeyUp(*key)

    def _releases_key(self, message: bytes) -> bool:
        """Does it end a note that was held before a control was learned? Then it is no movement of a control."""
        kind = message[0] & KIND_MASK
        is_end = kind == NOTE_OFF or (kind == NOTE_ON and message[2] == 0)
        return is_end and (message[1], message[0] & CHANNEL_MASK) in self._desk.session.engine.held_keys

    def _learn(self, now_ns: int) -> None:
        for learner, name in zip(self._learners, self._names, strict=True):
            doubt = learner.doubt
            if mapping := learner.advance(now_ns):
                self._learners = []
                if len(self._inputs) > 1:
                    mapping = msgspec.structs.replace(mapping, input=name)
                self._bindings.bind(mapping)
                self._bind()
                self._show()
                return
            if learner.doubt != doubt:
                self._desk.troubles.refuse(f"learn {learner.target}: {learner.doubt}", count=0)

    def _use_template(self) -> None:
        """Use a template that was chosen, once it has been read."""
        if self._template is None or not self._template[1].done():
            return
        (name, reading), self._template = self._template, None
        try:
            template = reading.result().map
            check_axes(template, self._axes)
        except PolateError as error:
            self._desk.troubles.refuse(error)
            return
        self._controller = name
        self._bindings.use_template(template)
        self._bind()
        self._show()

    @property
    def _axes(self) -> int:
        return len(self._desk.session.engine.point.axes)

    def _check(self, target: str) -> None:
        """Raises `ConfigError` for an unknown target, or an axis that the model does not have."""
        axis = parse_target(target).axis
        if axis is not None and axis >= self._axes:
            raise ConfigError(f"the model has axes z/1..z/{self._axes}, got target {target!r}")

    def _bind(self) -> None:
        mappings = self._bindings.mappings
        self._mapper.use(mappings)
        if self._feedback:
            self._feedback = Feedback(mappings)

    def _show(self) -> None:
        mappings = tuple((mapping.source, mapping.target) for mapping in self._bindings.mappings)
        learning = self._learners[0].target if self._learners else ""
        self._desk.facts.bind(Bound(self._controller, mappings, learning))

    # -- ports -----------------------------------------------------------------------------------

    def _use_chosen_ports(self) -> None:
        """Have another process listen to the inputs that are wanted, and show feedback where it is wanted."""
        config = self._desk.connections.config
        if config.input_names != self._inputs:
            self._inputs, self._is_there, self._of = config.input_names, {}, 0
            self._mapper.listen_to(self._names)
            self._learners = [Learner(learner.target) for learner in self._learners[:1] for _ in self._inputs]
            self.child.give(inputs=self._inputs)
            self.child.send(b"\0")  # it closes its port and ends
            self.child.rest(0)
        if config.feedback_output != self._feedback_name:
            self._feedback_name = config.feedback_output
            self._feedback = Feedback(self._bindings.mappings) if config.feedback_output else None

    def _use_chosen_clock(self, now_ns: int) -> None:
        """Follow the MIDI clock if that is the clock to follow."""
        config, engine = self._desk.connections.config, self._desk.session.engine
        if config.sync == self._sync:
            return
        self._sync, self._follower = config.sync, None
        if self._sync == "midi":
            transport = engine.transport
            if engine.playing:
                self._follower = ClockFollower.join(transport.beat_at(now_ns), now_ns, transport.bpm, config.dropout)
            else:
                self._follower = ClockFollower(transport.bpm, config.dropout)

    @property
    def _names(self) -> list[str]:
        """Of the inputs, by their numbers."""
        return [name or VIRTUAL_INPUT for name in self._inputs]

    def _input_is_there(self) -> None:
        if self._is_there.get(self._of) is False and self._inputs[self._of]:
            self._desk.troubles.report(f"the MIDI input {self._names[self._of]!r} is there")
        self._is_there[self._of] = True
        self._show_inputs()

    def _lose_input(self) -> Iterator[Control]:
        facts, name = self._desk.facts, self._inputs[self._of]
        if name in self._hoped_for and self._of not in self._is_there:
            ports = " or ".join(map(repr, self._hoped_for))
            self._desk.troubles.report(f"no MIDI input {ports} of {self._controller} is there: looking for it")
        elif self._of not in self._is_there and not facts.port("input") and name:
            facts.miss("input", name)
        self._is_there[self._of] = False
        self._show_inputs()
        self._clock.lose(self._of)
        lost = [key for key in self._keys if key[0] == self._of]
        self._keys.difference_update(lost)
        if len(self._inputs) == 1:
            yield from (KeyUp(*key) for key in self._desk.session.engine.held_keys)
        else:
            yield from (KeyUp(note, channel) for _, note, channel in lost)

    def _show_inputs(self) -> None:
        """Once it is known of every input whether it is there, name those that are."""
        if len(self._is_there) == len(self._inputs):
            there = [name for number, name in enumerate(self._names) if self._is_there[number]]
            self._desk.facts.set_port("input", ", ".join(there) or NONE)

    def _keys_in(self, commands: Iterable[Control]) -> Iterator[Control]:
        """The commands without keys of an input whose notes are no keys."""
        are_keys = fits(self._desk.config.keys_input, self._names[self._of])
        for command in commands:
            if isinstance(command, KeyDown | KeyUp | ReleaseKeys):
                if not are_keys:
                    continue
                if isinstance(command, KeyDown):
                    self._keys.add((self._of, command.note, command.channel))
                elif isinstance(command, KeyUp):
                    self._keys.discard((self._of, command.note, command.channel))
            yield command

    def _light(self, feedback: Feedback, now_ns: int) -> None:
        """Show on the controller where its targets are."""
        output, port = self._desk.output, self._desk.connections.place("feedback-output")
        if port is None:  # the gate does not have it yet
            return
        if self._feedback_opened != output.times_opened(port):
            self._feedback_opened = output.times_opened(port)
            feedback.forget()
        output.send_messages(((now_ns, message) for message in feedback.update(self._place, now_ns)), port)
