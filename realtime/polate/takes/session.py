"""The engine, and everything that it is asked, in one place: so that the tape and the journal can forget nothing.

Control --apply--> Engine --advance--> frames --> gate
                     |                              |
             Grid, markers --> Tape <--report-- ON, OFF
                     '--> journal <--what the gate did otherwise than foreseen
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from polate.control.commands import Control
from polate.errors import ModelError
from polate.gate.frames import Frame, Kind
from polate.gate.gate import Gate
from polate.model.contract import Axis, Landmark
from polate.sequencer.engine import Engine
from polate.takes.journal import End, Facts, Line, Start, Turn
from polate.takes.timeline import Grid, Tape
from polate.theory.pattern import Pattern

__all__ = ["Foresight", "Session"]

_OVERDUE_NS = 2_000_000_000  # a report that has not come by then will not come


class Foresight:
    """The reports that a gate gives that is never late: `Gate` on a clock of its own."""

    def __init__(self) -> None:
        self._gate = Gate()
        self._now_ns = 0

    def take(self, frames: Iterable[Frame], now_ns: int) -> list[Frame]:
        """What sounds and ends up to now, and then what these frames end at once."""
        reports = self.advance(now_ns)
        for frame in frames:
            reports += [message.report for message in self._gate.take(frame) if message.report]
        return reports

    def advance(self, now_ns: int) -> list[Frame]:
        reports: list[Frame] = []
        while (deadline := self._gate.deadline_ns) is not None and deadline <= now_ns:
            self._now_ns = max(self._now_ns, deadline)
            reports += [message.report for message in self._gate.advance(self._now_ns) if message.report]
        self._now_ns = now_ns
        self._gate.failed.clear()
        return reports


class Session:
    """Nobody else speaks to the engine; what only looks at it may."""

    def __init__(
        self,
        start: Start,
        decode: Callable[[Sequence[float]], Pattern],
        axes: "Sequence[Axis]",
        landmarks: "Sequence[Landmark]" = (),
        *,
        trouble: Callable[[ModelError], None] = lambda error: None,
    ) -> None:
        """``trouble`` is told of points that the model has no answer for. Raises `PolateError` for what cannot be
        started with."""
        self._decode, self._trouble = decode, trouble
        self._start = start
        self._journal: Callable[[Line], None] | None = None
        self._pattern: Pattern | None = None
        self.engine = Engine(
            self._decode_or_keep,
            axes,
            landmarks,
            start.play_settings,
            motions={int(axis) - 1: motion for axis, motion in start.motions.items()},
            snapshots=start.snapshots,
            ports={int(voice): port for voice, port in start.ports.items()},
            following=start.following,
            lookahead_ns=start.lookahead_ns,
        )
        self._asked: list[tuple[int, Control]] = []
        self._turn: tuple[int, list[Frame]] | None = None  # the last one, until it is taken down
        self._grid = self._look()
        self.tape = Tape(self._grid, following=start.following)
        self._mark()
        self._foresight = Foresight()
        self._open: dict[tuple[int, int, int], Frame] = {}  # (port, channel, note) -> the ON of what sounds
        self._unmatched: Counter[Frame] = Counter()  # reports that were foreseen, less those that came

    def write_journal(self, journal: Callable[[Line], None]) -> None:
        """Give every line to this, from the first. Before anything is asked."""
        self._journal = journal
        journal(self._start)

    def apply(self, control: Control, now_ns: int) -> None:
        """As `Engine.apply`. What is refused is asked all the same."""
        self.keep()
        self._asked.append((now_ns, control))
        self.engine.apply(control, now_ns)

    def advance(self, now_ns: int) -> list[Frame]:
        """As `Engine.advance`. The frames are on their way before `keep` is called, which takes about as long."""
        self.keep()
        due_ns = self.engine.deadline_ns
        frames = self.engine.advance(now_ns)
        if self._asked or frames or (due_ns is not None and due_ns <= now_ns):  # else nothing has changed
            self._turn = (now_ns, frames)
        return frames

    def keep(self) -> None:
        """Take down the last turn, if that has not been done."""
        if self._turn is None:
            return
        (now_ns, frames), self._turn = self._turn, None
        if self.engine.pattern is not self._pattern:
            self._mark()
        if (grid := self._look()) != self._grid:
            self._grid = grid
            self.tape.move(now_ns, grid)
        if self._journal:
            self._journal(Turn(now_ns, self._asked))
            self._unmatched.update(self._foresight.take(frames, now_ns))
        self._asked = []

    def report(self, frame: Frame) -> None:
        """What the gate says it has sent."""
        self.keep()
        if frame.kind not in (Kind.ON, Kind.OFF):
            return
        frame = self.tape.report(replace(frame, off_ns=0))
        key = (frame.port, frame.channel, frame.note)
        if frame.kind is Kind.ON:
            self._open[key] = frame
        else:
            self._open.pop(key, None)
        if self._journal:
            self._unmatched.subtract([frame])
            if not self._unmatched[frame]:
                del self._unmatched[frame]

    def release(self, now_ns: int) -> None:
        """The gate has died: what sounded has ended, and it will not say so."""
        for on in list(self._open.values()):
            self.report(replace(on, kind=Kind.OFF, velocity=0, due_ns=now_ns))

    def check(self, now_ns: int) -> None:
        """Write down what the gate has done otherwise than foreseen. Now and then."""
        self._write_facts([frame for frame in self._unmatched if frame.due_ns < now_ns - _OVERDUE_NS])

    def end(self, now_ns: int) -> None:
        """The gate has said its last."""
        self.keep()
        if self._journal:
            self._unmatched.update(self._foresight.advance(now_ns))
            self._write_facts(list(self._unmatched))
            self._journal(End(now_ns))

    # -- inside ----------------------------------------------------------------------------------

    def _write_facts(self, frames: list[Frame]) -> None:
        facts = [(-count, frame) for frame in frames if (count := self._unmatched.pop(frame))]
        if facts and self._journal:
            self._journal(Facts(facts))

    def _decode_or_keep(self, z: Sequence[float]) -> Pattern:
        """A model that answers with nonsense at some point costs that change, not the music."""
        try:
            return self._decode(z)
        except ModelError as error:
            if self._pattern is None:
                raise
            self._trouble(error)
            return self.engine.pattern

    def _mark(self) -> None:
        self._pattern = self.engine.pattern
        self.tape.marker(self.engine.pattern_since, self._pattern.text)

    def _look(self) -> Grid:
        """Where the song stands."""
        transport, settings = self.engine.transport, self.engine.settings
        nudge_ns = round(settings.nudge * 1e6)
        return Grid(transport.anchor_ns, transport.anchor_beat, transport.bpm, nudge_ns, settings.bar)
