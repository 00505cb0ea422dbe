"""The gate's client: hears what was sent, keeps the gate alive, and ends what a dead gate has left sounding."""

from collections.abc import Iterator
from dataclasses import replace

from polate.control.commands import Control, PortKind, SetVoicePort
from polate.control.player_state import NONE
from polate.gate.frames import MONO, Frame, Kind
from polate.midi.messages import NOTE_OFF
from polate.midi.ports import VIRTUAL_OUTPUT
from polate.player.client import Client, Desk
from polate.player.config import Config
from polate.player.output import gate_of
from polate.runtime.clock import Chore, clock
from polate.runtime.supervisor import Member
from polate.sequencer.voices import BASS, CHORD, LINE

__all__ = ["GateClient", "child_of", "open_client"]

_SECOND = 1_000_000_000
_ALIVE_NS = _SECOND * 3 // 20  # from what was sent last until a heartbeat; the gate waits for 0.3 s
_OPENS_NS = 20 * _SECOND  # a dead JACK client stalls the next port by 4.6 s; killing that one would stall the next
_HANGS_NS = _SECOND  # a gate that plays sends something every 0.12 s
_SILENT_NS = _SECOND * 3 // 10  # a gate that sends nothing for so long while notes sound may not end them in time
_SLEPT_NS = _SECOND // 4  # a longer time between two looks: the player was late itself
_VOICES: dict[int, PortKind] = {BASS: "bass-output", CHORD: "chord-output"}
_WITH_TIME = (Kind.ON, Kind.OFF, Kind.ALIVE)  # reports that have the time of sending
_LEFT_NS = 8 * _SECOND  # JACK needs up to 6 of them to get over a dead client


def child_of(config: Config) -> Member | None:
    return gate_of(config)


def open_client(desk: Desk, child: Member) -> Client:
    return GateClient(desk, child)


class GateClient(Client):
    """Reports of the gate go to the session, the counts and the note stream."""

    def __init__(self, desk: Desk, child: Member) -> None:
        super().__init__(desk, child)
        self._are_there: dict[int, bool] = {}  # by output, as far as the gate has reported
        self._is_first = True  # no gate with other outputs has been asked for
        self._is_leaving = False  # the gate was asked to end, because other outputs are wanted
        self._has_reported_loss = False  # an output was gone or not there, and that is the trouble that is shown
        self._voice_places = {voice: desk.connections.place(kind) for voice, kind in _VOICES.items()}
        self._sounding: dict[tuple[int, int, int], Frame] = {}  # (port, channel, note) -> the ON of the gate
        self._left: set[tuple[int, int, int]] = set()  # what a dead gate has left sounding
        self._left_until_ns = 0
        self._ends_again = Chore()  # ends once more what a dead gate has left
        self._looked_ns = self._heard_ns = clock()
        self._is_silent = False  # it has sent nothing for a while, and its notes were ended by another process
        self._hangs_ns = clock() + _OPENS_NS  # when the gate counts as hanging, unless it sends something

    @property
    def is_open(self) -> bool:
        return self._desk.facts.port("output") != ""

    @property
    def waits_for(self) -> str:
        return "" if self.is_open else "the MIDI output to open"

    @property
    def deadline_ns(self) -> int:
        if self._is_expected:
            return min(self._heartbeat_ns, self._heard_ns + _SILENT_NS)
        return self._heartbeat_ns

    @property
    def _heartbeat_ns(self) -> int:
        """When the gate gets a heartbeat, if nothing else is sent before."""
        return self._desk.output.sent_ns + _ALIVE_NS

    @property
    def _is_expected(self) -> bool:
        """Whether the gate should report something soon. While it looks for a port that is gone, it may take long."""
        return not self._is_silent and all(self._are_there.values())

    @property
    def can_wait(self) -> bool:
        return self.is_open and not self._desk.notes.is_followed

    def commands(self, now_ns: int) -> Iterator[Control]:
        if now_ns - self._looked_ns > _SLEPT_NS:  # the gate may have had no time either: it gets as long again
            self._hangs_ns = max(self._hangs_ns, now_ns + _HANGS_NS)
            self._heard_ns = now_ns
        self._looked_ns = now_ns
        for frame in self.child.hear():
            try:
                self._take(frame)
            except Exception as error:
                self._desk.troubles.fail("keeping a report of the gate", error)
        if now_ns >= self._heartbeat_ns:
            self._desk.output.send([Frame(Kind.ALIVE)])
        if self._left and self._ends_again.begins(now_ns):
            self._end_what_was_left(now_ns)
        self._watch(now_ns)
        connections = self._desk.connections
        if connections.wanted != connections.outputs and not self._is_leaving:
            self._is_leaving = True
            self._desk.output.send([Frame(Kind.QUIT)])  # it ends its notes, and reports that
            self.child.rest(0)
        yield from self._move_voices()

    def died(self, now_ns: int) -> Iterator[Control]:
        if not self._is_leaving:
            self._end_by_another(everything=True)
        for on in self._sounding.values():  # the listeners that play notes must end them
            self._desk.notes.publish(replace(on, kind=Kind.OFF, velocity=0, due_ns=now_ns, off_ns=now_ns))
        self._left |= self._sounding.keys()
        self._sounding.clear()
        self._left_until_ns = now_ns + _LEFT_NS
        self._hangs_ns = now_ns + _OPENS_NS
        self._desk.session.release(now_ns)
        if self._is_leaving:
            self._use_other_outputs()
        yield from self._move_voices()

    def part(self) -> None:
        """If the gate has not ended, its MIDI system may stand still, and what it has sent may not have arrived."""
        self._end_by_another(everything=self.child.is_alive or bool(self._sounding or self._left))

    def _watch(self, now_ns: int) -> None:
        """Have the notes of a silent gate ended, and continue it if it was stopped; kill one that stays silent."""
        if now_ns >= self._heard_ns + _SILENT_NS and self._is_expected:
            self._is_silent = True
            self._end_by_another(everything=bool(self._sounding))
            self._desk.output.send([Frame(Kind.RELEASE, due_ns=now_ns)])  # for when it is continued
            self.child.resume()
        if now_ns > self._hangs_ns:
            self.child.kill()

    def _end_by_another(self, *, everything: bool) -> None:
        """The gate cannot end its notes, or not soon."""
        if self._sounding or everything:
            self._desk.rescue.ask({key[1:] for key in self._sounding}, everything=everything)

    def _use_other_outputs(self) -> None:
        """The gate has ended: the next one opens the outputs that are wanted now."""
        connections = self._desk.connections
        before, after = connections.outputs, connections.wanted
        self._left = {
            (after.index(before[port]), channel, note) for port, channel, note in self._left if before[port] in after
        }
        self._has_reported_loss |= not all(self._are_there.values())
        self._are_there = {}
        self._is_first = self._is_leaving = False
        connections.adopt()
        self.child.give(outputs=after)

    def _move_voices(self) -> Iterator[Control]:
        """Play each voice to its output, once the gate has it."""
        for voice, kind in _VOICES.items():
            place = self._desk.connections.place(kind)
            if place is not None and place != self._voice_places[voice]:
                self._voice_places[voice] = place
                yield SetVoicePort(voice, place)

    def _take(self, frame: Frame) -> None:
        facts = self._desk.facts
        # Reports may wait for the next turn: what counts is when they were sent.
        self._heard_ns = max(self._heard_ns, frame.off_ns) if frame.kind in _WITH_TIME else clock()
        self._is_silent = False
        self._hangs_ns = clock() + (_HANGS_NS if facts.has_output else _OPENS_NS)
        match frame.kind:
            case Kind.OFF:
                self._sounding.pop((frame.port, frame.channel, frame.note), None)
                self._desk.notes.publish(frame)
            case Kind.ON:
                self._sounding[frame.port, frame.channel, frame.note] = frame
                facts.count_note(frame.late_ns)
                if frame.voice & ~MONO == LINE:
                    facts.show_note(frame.note)
                self._desk.notes.publish(frame)
            case Kind.MISSED:
                facts.count_missed()
            case Kind.OPENED | Kind.LOST:
                self._output_is(frame.port, frame.kind is Kind.OPENED)
            case _:
                pass
        self._desk.session.report(frame)

    def _output_is(self, port: int, there: bool) -> None:
        """A MIDI output has come or gone."""
        name, before = self._desk.connections.outputs[port], self._are_there.get(port)
        self._are_there[port] = there
        word = "there" if there else "not there" if before is None else "gone"
        if before is None and self._is_first:
            if not there and name:
                self._desk.facts.miss("output", name)
        elif there != before and (not there or before is False or self._has_reported_loss):
            self._has_reported_loss = not there
            looking = "" if there else ": playing on, looking for it"
            self._desk.troubles.report(f"the MIDI output {name or VIRTUAL_OUTPUT!r} is {word}{looking}")
        if there:
            self._desk.output.opened(port)
        if port == 0:
            self._desk.facts.set_port("output", (name or VIRTUAL_OUTPUT) if there else NONE)

    def _end_what_was_left(self, now_ns: int) -> None:
        """End what a dead gate has left sounding, again and again: JACK loses some of what is sent while it gets over
        the death."""
        left = self._left - self._sounding.keys()
        for port, channel, note in left:
            self._desk.output.send_messages([(now_ns, bytes([NOTE_OFF | channel, note, 0]))], port)
        if left:
            self._desk.rescue.ask({key[1:] for key in left}, everything=False)
        if now_ns > self._left_until_ns:
            self._left.clear()
