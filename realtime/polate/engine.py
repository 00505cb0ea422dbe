"""What is played when. Pure: it is told the time, answers with frames for the gate, and never sleeps.

    Control --apply--> latent point --decode--> Pattern --render--> cycle --advance--> NOTE frames

A virtual clock can play an hour of it in a moment.
"""

import contextlib
import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Self

from polate.controls import (
    Control,
    GoTo,
    Panic,
    SetAxis,
    SetPlaying,
    SetPoint,
    SetRate,
    SetTempo,
    SetTonic,
)
from polate.errors import ControlError, PatternError
from polate.pattern import Pattern
from polate.transport import Transport
from polate.wire import Frame, Kind

if TYPE_CHECKING:  # so that the pure core does not load onnxruntime
    from polate.decoder import Axis, Landmark

__all__ = ["LOOKAHEAD_NS", "Engine", "PlaySettings", "Turn", "resume"]

LOOKAHEAD_NS = 3_000_000
"""How long before its time a note goes to the gate: as long as the player may be late without being heard."""


@dataclass(frozen=True, slots=True)
class PlaySettings:
    """How patterns are played."""

    bpm: float = 120.0
    rate: Fraction = Fraction(1, 4)  # beats a step
    tonic: int = 60  # 0..127
    velocity: int = 100  # 1..127
    gate_fraction: float = 0.9  # of a step, how long a note sounds
    channel: int = 0  # 0..15


@dataclass(frozen=True, slots=True)
class _Step:
    """A place in time and in the phrase."""

    number: int  # serial, for the gate
    beat: Fraction
    index: int  # in the cycle
    due_ns: int


class Engine:
    """The sequencer and the latent point. Only the player's thread touches it."""

    def __init__(
        self,
        decode: Callable[[Sequence[float]], Pattern],
        axes: "Sequence[Axis]",
        landmarks: "Sequence[Landmark]" = (),
        settings: PlaySettings = PlaySettings(),
        lookahead_ns: int = LOOKAHEAD_NS,
    ) -> None:
        self.axes = tuple(axes)
        self.z = [0.0 if a.range[0] <= 0.0 <= a.range[1] else a.at(0.5) for a in self.axes]
        self.playing = False
        self.rate, self.tonic = settings.rate, settings.tonic
        self.dropped = 0  # steps that were given up because their time had passed
        self._decode, self._lookahead_ns = decode, lookahead_ns
        self._places = {mark.name.lower(): mark for mark in landmarks} | {mark.text: mark for mark in landmarks}
        self._settings = settings
        self.transport = Transport(settings.bpm)
        self.pattern = decode(self.z)
        self.pattern_since = 0  # the number of the first step that is of this pattern
        self._moved = False
        self._turn = Turn.of(self.pattern, self.tonic)
        self._next = _Step(0, Fraction(0), 0, 0)
        self._given: deque[_Step] = deque()  # steps that the gate has and that may not have sounded yet
        self._sounded = Fraction(-1)  # the beat of the last step that has
        self._out: list[Frame] = []

    # -- what is asked for -----------------------------------------------------------------------

    def apply(self, control: Control, now_ns: int) -> None:
        """Take a control in. It is heard with the next `advance`. Raises `ControlError` for one that cannot be."""
        match control:
            case SetAxis(axis, position):
                self._check_axis(axis)
                self._move(axis, position)
            case SetPoint(positions):
                if len(positions) != len(self.axes):
                    raise ControlError(f"a point must have {len(self.axes)} positions, got {len(positions)}")
                for axis, position in enumerate(positions):
                    self._move(axis, position)
            case GoTo(landmark):
                self._go_to(landmark)
            case SetTempo(bpm):
                self.transport.change_tempo(bpm, now_ns)
                self._time_step()
            case SetRate(beats):
                self._change_rate(beats, now_ns)
            case SetTonic(note):
                self.tonic = note
                self._recall(now_ns)
                self._turn = Turn.of(self.pattern, note)
            case SetPlaying(True):
                if not self.playing:
                    self._start(now_ns)
            case SetPlaying(False):
                self.playing = False
                self._given.clear()
                self._out.append(Frame(Kind.RELEASE))
            case Panic():
                if Frame(Kind.PANIC) not in self._out:
                    self._out.append(Frame(Kind.PANIC))
                self._given.clear()

    @property
    def positions(self) -> list[float]:
        """Where a knob of each axis would stand, 0..1."""
        return [axis.position(value) for axis, value in zip(self.axes, self.z, strict=True)]

    @property
    def cycle(self) -> tuple[int, ...]:
        """The notes of one turn of the pattern, up and down; the tonic that ends it is the one that begins the next."""
        return self._turn.notes

    # -- what is played --------------------------------------------------------------------------

    @property
    def deadline_ns(self) -> int | None:
        """When `advance` is to be called next; None while stopped."""
        return self._next.due_ns - self._lookahead_ns if self.playing else None

    def advance(self, now_ns: int) -> list[Frame]:
        """The frames for the gate: everything up to the lookahead. Decodes at most once."""
        if self._moved:
            self._moved = False
            self._change_pattern(self._decode(self.z), now_ns)
        out, self._out = self._out, []
        while self.playing and self._next.due_ns <= now_ns + self._lookahead_ns:
            behind = int((now_ns - self._next.due_ns) / self._step_ns)
            if behind > 0:  # the machine slept, or was too busy for too long: go on in time, without what was missed
                self.dropped += behind
                self._skip(behind)
                continue
            step = self._next
            off_ns = step.due_ns + round(self._step_ns * self._settings.gate_fraction)
            out.append(
                Frame(
                    Kind.NOTE,
                    step.number,
                    self._settings.channel,
                    self._turn.notes[step.index],
                    self._settings.velocity,
                    step.due_ns,
                    off_ns,
                )
            )
            self._given.append(step)
            self._skip(1)
        self._forget_sounded(now_ns)
        return out

    # -- inside ----------------------------------------------------------------------------------

    @property
    def _step_ns(self) -> float:
        return float(self.rate) * self.transport.beat_ns

    def _check_axis(self, axis: int) -> None:
        if not 0 <= axis < len(self.axes):
            raise ControlError(f"axis must be in 1..{len(self.axes)}, got {axis + 1}")

    def _move(self, axis: int, position: float) -> None:
        if not math.isfinite(position):
            raise ControlError(f"a position must be in 0..1, got {position}")
        value = self.axes[axis].at(min(1.0, max(0.0, position)))
        self._moved |= value != self.z[axis]
        self.z[axis] = value

    def _go_to(self, landmark: str) -> None:
        place = self._places.get(landmark.strip().lower())
        if place is None:
            with contextlib.suppress(PatternError):
                place = self._places.get(Pattern.parse(landmark).text)
        if place is None:
            names = ", ".join(sorted({mark.name for mark in self._places.values()}))
            raise ControlError(f"no landmark {landmark[:64]!r} in this model; there are: {names}")
        self.z = list(place.z)
        self._moved = True

    def _start(self, now_ns: int) -> None:
        self.playing, self._sounded = True, Fraction(-1)
        self.transport.start(now_ns + self._lookahead_ns)
        self._next = _Step(self._next.number, Fraction(0), 0, self.transport.time_of(0.0))

    def _skip(self, steps: int) -> None:
        """Make the step after the next ``steps`` the next one."""
        beat = self._next.beat + steps * self.rate
        index = (self._next.index + steps) % len(self._turn.notes)
        due_ns = self.transport.time_of(float(beat))
        self._next = _Step(self._next.number + steps, beat, index, due_ns)

    def _recall(self, now_ns: int) -> None:
        """Take back the steps that have not sounded: they are played anew, at the same time."""
        self._forget_sounded(now_ns)
        if self._given:
            self._next = self._given[0]
            self._out.append(Frame(Kind.RECALL, self._next.number))
            self._given.clear()

    def _forget_sounded(self, now_ns: int) -> None:
        while self._given and self._given[0].due_ns <= now_ns:
            self._sounded = self._given.popleft().beat

    def _time_step(self) -> None:
        step = self._next
        self._next = _Step(step.number, step.beat, step.index, self.transport.time_of(float(step.beat)))

    def _change_rate(self, beats: Fraction, now_ns: int) -> None:
        """The next step falls on the new grid, which like every grid begins with beat 0."""
        self._recall(now_ns)
        self.rate = beats
        # Past the last step by more than the nanosecond that its time was rounded by: or it would be played again.
        reached = max(Fraction(self.transport.beat_at(now_ns)), self._sounded + Fraction(1, 10**6))
        beat = max(0, math.ceil(reached / beats)) * beats
        # A new number: if the recalled step sounds after all, the one at the new time is another.
        self._next = _Step(self._next.number + 1, beat, self._next.index, self.transport.time_of(float(beat)))

    def _change_pattern(self, pattern: Pattern, now_ns: int) -> None:
        if pattern == self.pattern:
            return
        self._recall(now_ns)
        new = Turn.of(pattern, self.tonic)
        index = resume(self._turn, self._next.index, new)
        self._next = _Step(self._next.number, self._next.beat, index, self._next.due_ns)
        self.pattern, self._turn, self.pattern_since = pattern, new, self._next.number


@dataclass(frozen=True, slots=True)
class Turn:
    """A pattern up and down; the tonic that ends it is the one that begins the next."""

    notes: tuple[int, ...]  # MIDI notes
    top: int  # the place of the note where the way down begins

    @classmethod
    def of(cls, pattern: Pattern, tonic: int) -> Self:
        return cls(pattern.render(tonic)[:-1], pattern.top)


def resume(old: Turn, index: int, new: Turn) -> int:
    """Where to go on in a new cycle: in the same direction, at the pitch nearest to the one that was to come.

    Not on the note that has just sounded, if there is any other. Among equals, at the nearest place in the phrase.
    """
    last, wanted = old.notes[index - 1], old.notes[index]
    place = index / len(old.notes)
    notes = new.notes
    indices = range(new.top + 1) if index <= old.top else range(new.top, len(notes))
    return min(
        indices,
        key=lambda i: (abs(notes[i] - wanted) + 24 * (notes[i] == last != wanted), abs(i / len(notes) - place), i),
    )
