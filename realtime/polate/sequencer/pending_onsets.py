"""The onsets that the gate has and that may not have sounded yet.

give(onset) --> [onset, onset, ...] --forget_sounded--> what has sounded
                        '--recall--> the first one that has not
"""

from collections import deque
from dataclasses import dataclass
from fractions import Fraction

from polate.sequencer.grid import Onset
from polate.sequencer.line import Line
from polate.sequencer.voices import Voices

__all__ = ["COMMITTED_NS", "Given", "PendingOnsets"]

COMMITTED_NS = 300_000
"""An onset that is due so soon is not recalled: the recall could reach the gate too late."""


@dataclass(frozen=True, slots=True)
class Given:
    """An onset that the gate has. The line and the voices are those before it, so that it can be played again."""

    onset: Onset
    beat: Fraction  # of its step, without swing
    line: Line
    voices: Voices


class PendingOnsets:
    """A queue of onsets, and where the song was when the last one sounded."""

    def __init__(self) -> None:
        self.reached = Fraction(-1)  # beat of the last step that has sounded; below 0: none since the last jump
        self.first_step: int | None = None  # where the last jump went, until an onset has sounded after it
        self._sounded_ns = 0  # when the last onset that has sounded was due
        self._has_left = False  # whether the song has jumped since then
        self._given: deque[Given] = deque()
        self._before_jump = 0  # how many of them belong to the place that the song has left

    @property
    def earliest_ns(self) -> int:
        """When the last onset that the gate has, or that has sounded, is due. The next one must not be due before."""
        return self._given[-1].onset.due_ns if self._given else self._sounded_ns

    @property
    def last_ns(self) -> int:
        """The same, but 0 if the song has just jumped and the gate has no onset, so that the first step is played."""
        return self.earliest_ns if self._given or not self._has_left else 0

    def give(self, onset: Onset, beat: Fraction, line: Line, voices: Voices) -> None:
        """Add an onset. It must not be due before the ones that were added earlier."""
        self._given.append(Given(onset, beat, line, voices))

    def forget_sounded(self, until_ns: int) -> None:
        """Remove the onsets that are due by this time."""
        given = self._given
        while given and given[0].onset.due_ns <= until_ns:
            sounded = given.popleft()
            self._sounded_ns, self._has_left = sounded.onset.due_ns, False
            if self._before_jump:
                self._before_jump -= 1
            else:
                self.reached, self.first_step = sounded.beat, None

    def recall(self, now_ns: int) -> Given | None:
        """Remove all onsets since the last jump. The answer is the first that can be recalled, if there is one."""
        self.forget_sounded(now_ns + COMMITTED_NS)
        first = None
        while len(self._given) > self._before_jump:
            first = self._given.pop()
        return first

    def release(self, now_ns: int) -> None:
        """Remove all onsets, because the gate has released them."""
        self.forget_sounded(now_ns)
        self._given.clear()
        self._before_jump = 0

    def rewind(self) -> None:
        """Nothing has sounded yet in this pass of the song: any step may be played."""
        self.reached = Fraction(-1)

    def leave(self) -> None:
        """The song leaves its place. The onsets that remain still sound."""
        self._has_left, self._before_jump = True, len(self._given)

    def jump(self, step: int) -> None:
        """The song jumps to this step."""
        self.first_step = step
