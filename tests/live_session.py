"""A session on a virtual clock with a gate that is late, loses reports and dies."""

import random
from collections.abc import Sequence

from polate.control.commands import Control, SetPlaying
from polate.control.settings import PlaySettings
from polate.errors import PolateError
from polate.gate.frames import Frame
from polate.gate.gate import Gate, Outgoing
from polate.model.contract import Axis, Landmark
from polate.sequencer.engine import LOOKAHEAD_NS
from polate.takes.events import Event
from polate.takes.journal import Line, Start
from polate.takes.session import Session
from polate.takes.smf import TrackEncoder, midi_file
from polate.theory.pattern import Pattern

MS = 1_000_000
SECOND = 1000 * MS
PATTERNS = [Pattern.parse(text) for text in ("tritone 0 1 2", "tritone 0 1 3", "ditone 0 -1 2", "sesquitone 0 1")]
AXES = [Axis("which", "first", "last", (0.0, 3.0)), Axis("idle", "a", "b", (-2.0, 2.0))]
LANDMARKS = [Landmark("home", "tritone 0 1 3", (1.0, 0.0)), Landmark("far", "sesquitone 0 1", (3.0, 1.0))]


def decode(z: Sequence[float]) -> Pattern:
    """A map of four patterns along the first axis."""
    return PATTERNS[min(3, max(0, round(z[0])))]


def beginning(playing: PlaySettings | None = None, *, following: bool = False) -> Start:
    return Start(
        polate="test",
        model="test",
        sha256="0",
        settings=playing or PlaySettings(),
        following=following,
        ports={"2": 1},
        lookahead_ns=LOOKAHEAD_NS,
    )


class Live:
    """A session and a real gate's behaviour: frames and reports are under way for a while, and the gate oversleeps."""

    def __init__(self, start: Start, dice: random.Random, most_late_ms: float = 0.0) -> None:
        self.lines: list[Line] = []
        self.session = Session(start, decode, AXES, LANDMARKS)
        self.session.write_journal(self.lines.append)
        self.now = 1_000 * SECOND
        self.refused = 0
        self.settled: list[Event] = []
        self._dice, self._most_late_ms = dice, most_late_ms
        self._gate: Gate | None = Gate()
        self._to_gate: list[tuple[int, Frame]] = []  # (when it is there, frame)
        self._to_player: list[tuple[int, Frame]] = []

    def late(self) -> int:
        return round(self._dice.random() ** 4 * self._most_late_ms * MS)

    def do(self, control: Control) -> None:
        try:
            self.session.apply(control, self.now)
        except PolateError:
            self.refused += 1

    def kill_gate(self) -> None:
        """It is gone with all that is under way; the player finds out."""
        self._gate, self._to_gate, self._to_player = None, [], []
        self.session.release(self.now)

    def start_gate(self) -> None:
        self._gate = Gate()

    def play(self, ms: float) -> None:
        end = self.now + round(ms * MS)
        while self.now < end:
            self.turn()
            self.now += 500_000 + self.late()

    def turn(self) -> None:
        due = [entry for entry in self._to_player if entry[0] <= self.now]
        self._to_player = self._to_player[len(due) :]
        for _, report in due:
            self.session.report(report)
        arrives = max([self.now + self.late(), *(at for at, _ in self._to_gate[-1:])])
        frames = self.session.advance(self.now + 20_000)
        if self._gate is None:
            return
        self._to_gate += [(arrives, frame) for frame in frames]
        self._run_gate(self._gate)

    def _run_gate(self, gate: Gate) -> None:
        while self._to_gate and self._to_gate[0][0] <= self.now:
            _, frame = self._to_gate.pop(0)
            self._say(gate.take(frame))
        self._say(gate.advance(self.now))

    def _say(self, messages: list[Outgoing]) -> None:
        if not messages:
            return
        at = max([self.now + self.late(), *(at for at, _ in self._to_player[-1:])])
        self._to_player += [(at, message.report) for message in messages if message.report]

    def save(self) -> None:
        self.session.check(self.now)
        self.settled += self.session.timeline.settle()
        self.session.timeline.rest()

    def close(self) -> bytes:
        """The take."""
        self.do(SetPlaying(False))
        for _ in range(100):
            self.turn()
            self.now += 2 * MS
        self.session.end(self.now)
        self.settled += self.session.timeline.settle()
        return midi_file(TrackEncoder().end([*self.settled, *self.session.timeline.rest()]))
