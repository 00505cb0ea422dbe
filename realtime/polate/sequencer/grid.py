"""The steps of the song in time.

    PlaySettings (rate, swing, nudge), Transport --> Grid --> when a step is due, which onset is next

Step n is on beat n times the step's length. Swing delays every second step, nudge shifts all of them. Nothing is added
up from step to step, so nothing drifts.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

from polate.control.settings import PlaySettings
from polate.sequencer.rhythm import swung
from polate.sequencer.transport import Transport

__all__ = ["A_MOMENT", "Grid", "Onset"]

A_MOMENT = Fraction(1, 10**6)
"""A distance in beats that is longer than the nanosecond to which times are rounded."""


@dataclass(frozen=True, slots=True)
class Onset:
    """One stroke of one step. A ratcheted step has several strokes."""

    serial: int  # counts all onsets from 1; the gate knows them by it
    step: int  # place on the grid, from 0
    stroke: int  # within the step, from 0
    due_ns: int


class Grid:
    """Turns steps into times and times into beats.

    Times are nanoseconds of `polate.runtime.clock`. Beats are quarter notes from the beginning of the song.
    """

    def __init__(self, settings: PlaySettings) -> None:
        self.transport = Transport(settings.bpm)
        self.step_beats = settings.step_beats  # length of a step
        self.nudge_ns = _nanoseconds(settings.nudge)
        self._step_beats = float(self.step_beats)
        self._swing = settings.swing

    def use(self, settings: PlaySettings) -> None:
        """Take rate, swing and nudge from these settings. The tempo does not change: it belongs to the transport."""
        self.step_beats = settings.step_beats
        self.nudge_ns = _nanoseconds(settings.nudge)
        self._step_beats = float(self.step_beats)
        self._swing = settings.swing

    def change_tempo(self, bpm: float, now_ns: int) -> None:
        """Continue at another tempo from the beat that is heard now."""
        self.transport.change_tempo(bpm, now_ns - self.nudge_ns)

    # -- steps and beats -------------------------------------------------------------------------

    @property
    def step_ns(self) -> float:
        """Length of a step, without swing."""
        return self._step_beats * self.transport.beat_ns

    def beat(self, step: int) -> Fraction:
        """The beat of a step, without swing."""
        return step * self.step_beats

    def beat_at(self, now_ns: int) -> float:
        """The beat that is heard at a time."""
        return self.transport.beat_at(now_ns - self.nudge_ns)

    def first_step(self, beat: float | Fraction, after: Fraction) -> int:
        """The first step that is at ``beat`` or later, and later than the beat ``after``; 0 or more."""
        return max(0, math.ceil(max(Fraction(beat), after + A_MOMENT) / self.step_beats))

    def begins(self, step: int, beats: int) -> bool:
        """Whether this step is the first one in a span of so many beats."""
        return self.beat(step) // beats != self.beat(step - 1) // beats

    # -- onsets ----------------------------------------------------------------------------------

    def due_ns(self, step: int, part: float = 0.0) -> int:
        """When a step sounds, swung and nudged. ``part``: how much of the way to the next step to add, 0..1."""
        beat = self._swung_beat(step)
        if part:
            beat += part * (self._swung_beat(step + 1) - beat)
        return self.transport.time_of(beat) + self.nudge_ns

    def first_onset(self, serial: int, step: int, after_ns: int) -> Onset:
        """The first stroke of ``step``, or of the first step after it that is due later than ``after_ns``."""
        while (due_ns := self.due_ns(step)) <= after_ns:
            step += 1
        return Onset(serial, step, 0, due_ns)

    def following(self, onset: Onset, strokes: int) -> Onset:
        """The next stroke of the same step, which has so many, or the next step."""
        serial, step, stroke = onset.serial + 1, onset.step, onset.stroke + 1
        if stroke >= strokes:
            return Onset(serial, step + 1, 0, self.due_ns(step + 1))
        return Onset(serial, step, stroke, self.due_ns(step, stroke / strokes))

    def retimed(self, onset: Onset, strokes: int, after_ns: int, now_ns: int) -> Onset:
        """An onset again, after the grid has moved or its step has another number of strokes.

        The first stroke of a step stays the first one of that step. A later stroke becomes the first of the step's
        later strokes that is still to come. What remains must be due later than ``after_ns``, the time of the last
        onset that is given; else the answer is the first onset after this step.
        """
        for stroke in range(1, strokes) if onset.stroke else (0,):
            due_ns = self.due_ns(onset.step, stroke / strokes)
            if due_ns > after_ns and (stroke == 0 or due_ns > now_ns):
                return Onset(onset.serial, onset.step, stroke, due_ns)
        return self.first_onset(onset.serial + 1, onset.step + 1, after_ns)

    def _swung_beat(self, step: int) -> float:
        return self._step_beats * (step + swung(self._swing, step))


def _nanoseconds(milliseconds: float) -> int:
    return round(milliseconds * 1e6)
