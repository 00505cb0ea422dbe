"""The place in the song: which onset is next, what it plays, and what the gate already has.

Grid --> next onset --sound--> NOTE, TIE; PendingOnsets --recall--> the same onset is next again
Line ---------^
"""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from polate.control.settings import PlaySettings
from polate.gate.frames import Frame
from polate.sequencer.grid import A_MOMENT, Grid, Onset
from polate.sequencer.line import Line
from polate.sequencer.pending_onsets import PendingOnsets
from polate.sequencer.phrase import Phrase
from polate.sequencer.rhythm import Hit
from polate.sequencer.voices import Voices, strike

__all__ = ["Playhead"]

_LATEST_START_NS = 20_000_000  # a clock tells its position a little after it has been there


class Playhead:
    """Goes from onset to onset along a grid. Times are nanoseconds of `polate.runtime.clock`."""

    def __init__(self, grid: Grid, phrase: Phrase) -> None:
        self.next = Onset(1, 0, 0, 0)
        self.line = Line(phrase)
        self._grid = grid
        self._pending = PendingOnsets()
        self._voices = Voices()  # what the bass and the chord hold before the next onset
        self._started_ns = 0  # when beat 0 was, at the tempo of the last jump

    @property
    def beat(self) -> Fraction:
        """The beat of the next step, without swing: quarter notes from the beginning of the song."""
        return self._grid.beat(self.next.step)

    @property
    def seconds(self) -> float:
        """When the next onset is due, in seconds from beat 0 at the tempo of the last jump."""
        return (self.next.due_ns - self._started_ns) / 1e9

    # -- going on --------------------------------------------------------------------------------

    def sound(self, settings: PlaySettings, played: Hit | None, silent: bool, ports: Mapping[int, int]) -> list[Frame]:
        """The frames of the next onset; the one after it becomes the next.

        ``played``: how the step sounds; None is a rest of the melodic line. ``silent``: the other voices rest too.
        ``ports``: the place of each voice's MIDI output, by voice.
        """
        onset, line = self.next, self.line
        if onset.due_ns < self._pending.earliest_ns:  # after a jump to a step that is late: time does not go back
            onset = replace(onset, due_ns=self._pending.earliest_ns)
        frames: list[Frame] = []
        following = self._grid.following(onset, played.ratchets if played else 1)
        self._pending.give(onset, self.beat, line, self._voices)
        slot = line.slot(onset.step)
        if not silent:
            turn, end_ns = line.turn(onset.step), self._grid.due_ns(line.next_cell(onset.step))
            end_ns = max(end_ns, onset.due_ns + 1)
            frames, self._voices = self._voices.accompany(
                slot, turn, settings, ports, onset.serial, onset.due_ns, end_ns
            )
        if played:
            frames += strike(slot, played, settings, onset.serial, onset.due_ns, following.due_ns)
        self.next = following
        return frames

    def forget_sounded(self, now_ns: int) -> None:
        """Onsets that are due by now cannot be recalled any more."""
        self._pending.forget_sounded(now_ns)

    def recall(self, now_ns: int) -> int | None:
        """Go back to the first onset that has not sounded. The answer is its serial; None if there is no such onset."""
        given = self._pending.recall(now_ns)
        if given is None:
            return None
        self.next, self._voices = given.onset, given.voices
        if self.line.phrase is given.line.phrase:  # another phrase has its own origin
            self.line = given.line
        return self.next.serial

    def release(self, now_ns: int) -> None:
        """The gate has ended every note and has no onset any more."""
        self._pending.release(now_ns)
        self._voices = Voices()

    # -- when the grid changes -------------------------------------------------------------------

    def retime(self, strokes: int, now_ns: int) -> None:
        """Give the next onset its time on the grid as it is now: see `Grid.retimed`. ``strokes``: of its step."""
        self.next = self._grid.retimed(self.next, strokes, self._pending.last_ns, now_ns)

    def regrid(self, now_ns: int) -> None:
        """The steps have another length. The next one is the first that has not been reached, at the same place."""
        place = self.line.place(self.next.step)
        self.go_to(self.step_from(self._grid.beat_at(now_ns)))
        self.line = self.line.placed(place, self.next.step)

    def catch_up(self, now_ns: int) -> None:
        """Leave out the steps whose time has passed."""
        self.go_to(max(self.next.step, self.step_at(now_ns)))

    def go_to(self, step: int) -> None:
        """Make this step the next one, or the first after it that is due later than what the gate has."""
        self.next = self._grid.first_onset(self.next.serial + 1, step, self._pending.last_ns)

    # -- when the place in the song changes ------------------------------------------------------

    def rewind(self) -> None:
        """Allow steps again that have sounded already."""
        self._pending.rewind()

    def step_from(self, beat: float) -> int:
        """The first step at or after a beat that has not sounded."""
        return self._grid.first_step(Fraction(beat) - A_MOMENT, self._pending.reached)

    def step_at(self, now_ns: int) -> int:
        """The step to continue with. A step that was due a moment ago is included if it has not sounded."""
        return self._grid.first_step(self._grid.beat_at(now_ns - _LATEST_START_NS), self._pending.reached)

    def jump(self, step: int) -> None:
        """Go to a step. From here on the step alone decides what is played, not what was played before."""
        self.line = self.line.begun(0)
        self._started_ns = self._grid.transport.time_of(0.0)
        self._pending.leave()
        self.go_to(step)
        self._pending.jump(self.next.step)

    # -- when the phrase changes -----------------------------------------------------------------

    def begin_phrase(self) -> None:
        """The phrase begins with the next step."""
        self.line = self.line.begun(self.next.step)

    def replace_phrase(self, phrase: Phrase, *, moved: bool) -> None:
        """Continue in another phrase.

        After a jump it is played as if it had been there before. Else a phrase that has only ``moved`` in pitch
        continues at its place, and any other in the same direction at the nearest pitch.
        """
        step = self.next.step
        if step == self._pending.first_step:
            self.line = self.line.replaced(phrase, step)
        elif moved:
            self.line = self.line.moved(phrase, step)
        else:
            self.line = self.line.resumed(phrase, step)
        self._voices = self._voices.unsettled()
