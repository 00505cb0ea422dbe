"""What holds whatever is done in whatever order: a session and its gate on the virtual clock, driven by Hypothesis."""

import io
import os
from typing import Any

import mido
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from live_session import AXES, LANDMARKS, MS, SECOND, beginning, decode

from polate.control import commands
from polate.control.commands import Control
from polate.control.fields import FIELDS, MOTION_FIELDS
from polate.control.path import Path
from polate.errors import PolateError
from polate.gate.gate import Gate, Key, Outgoing
from polate.sequencer.engine import LOOKAHEAD_NS
from polate.takes.events import Event
from polate.takes.journal import Line, Start
from polate.takes.replay import replay
from polate.takes.session import Session
from polate.takes.smf import TrackEncoder, midi_file

_MOST_SOUNDING = 64  # of the line, the bass and two chords of twelve notes, with ratchets and legato
_NOTE_ON, _NOTE_OFF = 0x90, 0x80

unit = st.floats(0, 1)
notes = st.sampled_from([0, 48, 60, 61, 64, 67, 127])  # few, so that one begins again while it sounds
beats = st.floats(0, 64)
places = st.sampled_from(["home", "far", "here", "random", "tritone 0 1 3", "1.0,0.5", "nowhere", "one"])
names = st.sampled_from(["one", "two", "three"])
patterns = st.sampled_from(["", "tritone 0 1 2", "ditone 0 -1 2", "12 0 2 4 5 7 9 11"])
texts = st.sampled_from(["x..x", "", "xxx.", "one two", "home; far; random"])
motions = st.sampled_from(["off", "lfo", "orbit", "walk"])
points = st.tuples(st.floats(-3, 6), st.floats(-3, 3))
ranged = [field for field in FIELDS.values() if field.has_range]
chosen = [field for field in FIELDS.values() if field.choices]
moving = [field for field in MOTION_FIELDS.values() if field.has_range]


class Laws(RuleBasedStateMachine):
    """Every message that the gate sends is looked at as it is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []
        self.session = Session(beginning(), decode, AXES, LANDMARKS)
        self.session.write_journal(self.lines.append)
        self.gate = Gate()
        self.now = 1000 * SECOND
        self.sounding: set[Key] = set()
        self.sent: list[tuple[int, ...]] = []
        self.settled: list[Event] = []

    # -- what is done ----------------------------------------------------------------------------

    def do(self, command: Control) -> bool:
        """Apply a command, and give the gate what follows from it. False if it was refused."""
        try:
            self.session.apply(command, self.now)
        except PolateError:
            return False
        self.turn()
        return True

    def turn(self) -> None:
        for frame in self.session.advance(self.now):
            assert frame.due_ns <= self.now + LOOKAHEAD_NS or frame.due_ns == 0 or frame.kind.name in ("TIE", "SEND")
            self.send(self.gate.take(frame))
        self.send(self.gate.advance(self.now))

    def send(self, messages: list[Outgoing]) -> None:
        for each in messages:
            assert each.due_ns <= self.now, "early"
            status, *data = each.data
            assert all(type(byte) is int and 0 <= byte <= 127 for byte in data), each.data
            assert status & 0xF0 in (_NOTE_ON, _NOTE_OFF)
            self.sent.append(each.data)
            key = (each.port, status & 0x0F, data[0])
            if status & 0xF0 == _NOTE_ON:
                assert 1 <= data[1] <= 127
                assert key not in self.sounding, "a note begins that sounds"
                self.sounding.add(key)
            else:
                assert key in self.sounding, "a note ends that does not sound"
                self.sounding.discard(key)
        for each in messages:
            if each.report:
                self.session.report(each.report)

    @rule(ms=st.sampled_from([1, 3, 20, 100, 500, 2000]))
    def play(self, ms: int) -> None:
        end = self.now + ms * MS
        while self.now < end:
            self.now = min(end, self.now + 2 * MS)
            self.turn()
        self.settled += self.session.timeline.settle()

    @rule(late=st.sampled_from([100, 400, 5000]))
    def stand_still(self, late: int) -> None:
        """The machine sleeps."""
        self.now += late * MS
        self.turn()

    @rule()
    def start(self) -> None:
        assert self.do(commands.SetPlaying(True))

    @rule()
    def stop(self) -> None:
        """It leaves nothing, and a second time nothing more is sent."""
        for first in (True, False):
            before = len(self.sent)
            assert self.do(commands.SetPlaying(False))
            assert not self.sounding
            assert first or len(self.sent) == before
        self.play(20)
        assert not self.sounding

    @rule()
    def panic(self) -> None:
        for first in (True, False):
            before = len(self.sent)
            self.session.apply(commands.Panic(), self.now)
            released = [frame for frame in self.session.advance(self.now) if frame.kind.name in ("PANIC", "RELEASE")]
            for frame in released:
                self.send(self.gate.take(frame))
            assert not self.sounding
            assert first or len(self.sent) == before
        self.turn()

    @rule(axis=st.integers(0, 1), position=unit)
    def turn_a_knob(self, axis: int, position: float) -> None:
        if self.do(commands.SetAxis(axis, position)):
            assert abs(self.session.engine.point.positions[axis] - position) < 1e-9, "the newest control wins"

    @rule(field=st.sampled_from(ranged), place=unit)
    def change_a_number(self, field: Any, place: float) -> None:
        value = field.at(place)
        if self.do(commands.Set(field.key, value)):
            assert getattr(self.session.engine.settings, field.name) == commands.Set(field.key, value).value

    @rule(field=st.sampled_from(chosen), data=st.data())
    def change_a_choice(self, field: Any, data: st.DataObject) -> None:
        value = data.draw(st.sampled_from(field.choices))
        if self.do(commands.Set(field.key, value)):
            assert getattr(self.session.engine.settings, field.name) == value

    @rule(
        text=st.sampled_from(["x..x", "", "xxx.", "one two", "home; far; random"]),
        key=st.sampled_from(["rhythm", "sequence"]),
    )
    def change_a_text(self, text: str, key: str) -> None:
        try:
            self.do(commands.Set(key, text))
        except PolateError:  # no rhythm
            return

    @rule(
        axis=st.integers(0, 1),
        kind=st.sampled_from(["off", "lfo", "orbit", "walk"]),
        field=st.sampled_from(moving),
        place=unit,
    )
    def move_an_axis(self, axis: int, kind: str, field: Any, place: float) -> None:
        self.do(commands.SetMotion(axis, "kind", kind))
        self.do(commands.SetMotion(axis, field.key, field.at(place)))

    @rule(points=st.lists(st.tuples(unit, unit), min_size=2, max_size=5), on=st.booleans())
    def travel(self, points: list[tuple[float, float]], on: bool) -> None:
        self.do(commands.SetPath(Path(axes=(1, 2), points=tuple(points)) if on else None))

    @rule(place=places, bars=st.sampled_from([0.0, 0.5, 2.0]))
    def go(self, place: str, bars: float) -> None:
        self.do(commands.GoTo(place, bars))

    @rule(x=unit, y=unit, morphs=st.booleans(), corner=st.sampled_from(commands.CORNERS), place=places)
    def use_corners(self, x: float, y: float, morphs: bool, corner: Any, place: str) -> None:
        self.do(commands.SetCorner(corner, place))
        self.do(commands.Morph(x) if morphs else commands.MovePad(x, y))

    @rule(name=names, other=names, what=st.integers(0, 3))
    def use_snapshots(self, name: str, other: str, what: int) -> None:
        kinds = (commands.StoreSnapshot, commands.RecallSnapshot, commands.DeleteSnapshot)
        self.do(kinds[what](name) if what < 3 else commands.RenameSnapshot(name, other))

    @rule(note=notes, velocity=st.integers(1, 127), channel=st.sampled_from([0, 1, 15]))
    def press(self, note: int, velocity: int, channel: int) -> None:
        self.do(commands.KeyDown(note, velocity, channel))

    @rule(note=notes, gate=st.sampled_from([90.0, 200.0]))
    def strike_what_sounds(self, note: int, gate: float) -> None:
        """A key on two channels is two keys, and both sound as one note of the map; the line may have it too."""
        self.do(commands.Set("gate", gate))
        self.do(commands.Set("keys", "through"))
        self.do(commands.KeyDown(note, 100, 0))
        self.do(commands.KeyDown(note, 90, 1))
        self.play(3)

    @rule(note=notes, channel=st.sampled_from([0, 1, 15]))
    def release(self, note: int, channel: int) -> None:
        self.do(commands.KeyUp(note, channel))

    @rule(channel=st.sampled_from([None, 0, 15]))
    def release_all(self, channel: int | None) -> None:
        self.do(commands.ReleaseKeys(channel))

    @rule(
        z=st.tuples(st.floats(-3, 6), st.floats(-3, 3)), pattern=patterns, bars=st.sampled_from([0.0, 1.0]), tonic=notes
    )
    def answer_a_phrase(self, z: tuple[float, float], pattern: str, bars: float, tonic: int) -> None:
        """What the client of the listening process does when a phrase has been recognised."""
        self.do(commands.Set("tonic", tonic))
        self.do(commands.GoToPoint(z, pattern, bars))
        self.do(commands.Pin(pattern))

    @rule(source=st.sampled_from(commands.SYNC_SOURCES))
    def follow(self, source: Any) -> None:
        before = self.session.engine.transport.bpm
        self.do(commands.FollowClock(source))
        assert self.session.engine.transport.bpm == before, "another clock does not move the tempo by itself"

    @precondition(lambda self: self.session.engine.following)
    @rule(beat=beats, bpm=st.floats(4, 1000), ago=st.integers(0, 30))
    def hear_a_clock(self, beat: float, bpm: float, ago: int) -> None:
        self.do(commands.Sync(beat, self.now - ago * MS, bpm))

    @rule(beat=beats)
    def seek(self, beat: float) -> None:
        self.do(commands.Seek(beat))

    @rule(at_beat=beats, beat=beats)
    def jump(self, at_beat: float, beat: float) -> None:
        self.do(commands.Jump(at_beat, beat))

    # -- what holds ------------------------------------------------------------------------------

    @invariant()
    def what_sounds_is_what_the_gate_knows_and_is_bounded(self) -> None:
        assert set(self.gate.sounding) == self.sounding
        assert len(self.sounding) <= _MOST_SOUNDING + 128 * 16 * (self.session.engine.settings.keys == "through")

    def teardown(self) -> None:
        """Every note-on has one note-off; the recorded file is what was sent; the journal gives the same bytes."""
        self.do(commands.SetPlaying(False))
        self.do(commands.ReleaseKeys())
        self.play(500)
        assert not self.sounding
        kinds = [data[0] & 0xF0 for data in self.sent]
        assert kinds.count(_NOTE_ON) == kinds.count(_NOTE_OFF)
        self.session.end(self.now)
        self.settled += self.session.timeline.settle()
        take = midi_file(TrackEncoder().end([*self.settled, *self.session.timeline.rest()]))
        recorded = [
            (message.type, message.channel, message.note, message.velocity)
            for track in mido.MidiFile(file=io.BytesIO(take)).tracks
            for message in track
            if message.type in ("note_on", "note_off")
        ]
        sent = [
            ("note_on" if s & 0xF0 == _NOTE_ON else "note_off", s & 0x0F, note, loud) for s, note, loud in self.sent
        ]
        assert sorted(recorded) == sorted(sent)
        start, *lines = self.lines
        assert isinstance(start, Start)
        again = replay(start, [line for line in lines if not isinstance(line, Start)], decode, AXES, LANDMARKS)
        assert again.midi == take
        assert again.is_whole


TestLaws = pytest.mark.timeout(7200 if "POLATE_LAWS" in os.environ else 120)(Laws.TestCase)
TestLaws.settings = settings(
    max_examples=int(os.environ.get("POLATE_LAWS", "40")),
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)
