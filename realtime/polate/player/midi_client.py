"""The MIDI input's client: controllers through their mappings, MIDI clock, and feedback to the controller."""

from collections.abc import Iterator

from polate.control.commands import Control, KeyUp
from polate.control.player_state import NONE
from polate.mapping.feedback import Feedback
from polate.mapping.mapper import Mapper
from polate.midi.input_process import PORT_IS_GONE, PORT_IS_THERE, RecordReader
from polate.midi.messages import SYSTEM_EXCLUSIVE
from polate.midi.ports import VIRTUAL_INPUT
from polate.player.client import Client, Desk
from polate.player.config import Config
from polate.player.target_positions import target_positions
from polate.runtime.supervisor import Member
from polate.sync.clock_follower import ClockFollower

__all__ = ["MidiClient", "child_of", "open_client"]

_LIGHT_NS = 1_000_000_000 // 50  # between two looks at what the controller shows


def child_of(config: Config) -> Member | None:
    settings = {"input": config.input, "api": config.midi_api}
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
        mappings = config.mappings()
        self._mappings = mappings
        self._input = config.input  # that the process has; None: the virtual port
        self._place = target_positions(desk.session.engine)
        self._mapper = Mapper(mappings, self._place)
        self._follower = follower
        self._feedback: Feedback | None = None
        self._feedback_name: str | None = None
        self._feedback_opened = 0
        self._light_ns = 0

    @property
    def is_open(self) -> bool:
        return self._desk.facts.port("input") != ""

    @property
    def deadline_ns(self) -> int | None:
        deadlines = [self._mapper.deadline_ns, self._follower.deadline_ns if self._follower else None]
        return min((time for time in deadlines if time is not None), default=None)

    def commands(self, now_ns: int) -> Iterator[Control]:
        self._use_chosen_ports()
        if self._feedback and now_ns >= self._light_ns:
            self._light_ns = now_ns + _LIGHT_NS
            self._light(self._feedback, now_ns)
        if self._follower:
            yield from self._follower.advance(now_ns)
        yield from self._mapper.advance(now_ns)
        for at_ns, message in self.child.hear():
            if message == PORT_IS_THERE:
                self._desk.facts.set_port("input", self._input or VIRTUAL_INPUT)
            elif message == PORT_IS_GONE:
                yield from self._lose_port()
            elif self._follower and message[0] >= SYSTEM_EXCLUSIVE:
                yield from self._follower.feed(message, at_ns)
            elif self._feedback is None or not self._feedback.heard(message, now_ns):
                yield from self._mapper.feed(message, now_ns)

    def died(self, now_ns: int) -> Iterator[Control]:
        return self._let_go()

    def _use_chosen_ports(self) -> None:
        """Have another process listen to the input that is wanted, and show feedback where it is wanted."""
        config = self._desk.connections.config
        if config.input != self._input:
            self._input = config.input
            self.child.give(input=config.input)
            self.child.send(b"\0")  # it closes its port and ends
            self.child.rest(0)
        if config.feedback_output != self._feedback_name:
            self._feedback_name = config.feedback_output
            self._feedback = Feedback(self._mappings) if config.feedback_output else None

    def _lose_port(self) -> Iterator[Control]:
        facts, name = self._desk.facts, self._input
        if not facts.port("input") and name:
            facts.miss("input", name)
        facts.set_port("input", NONE)
        yield from self._let_go()

    def _let_go(self) -> Iterator[Control]:
        """The keys that are held are up: nobody will send their ends."""
        return (KeyUp(key) for key in self._desk.session.engine.keys)

    def _light(self, feedback: Feedback, now_ns: int) -> None:
        """Show on the controller where its targets are."""
        output, port = self._desk.output, self._desk.connections.place("feedback-output")
        if port is None:  # the gate does not have it yet
            return
        if self._feedback_opened != output.times_opened(port):
            self._feedback_opened = output.times_opened(port)
            feedback.forget()
        output.send_messages(((now_ns, message) for message in feedback.update(self._place, now_ns)), port)
