"""The melodic line: a phrase on the steps of the song, one turn after another."""

from dataclasses import dataclass
from typing import Self

from polate.sequencer.phrase import Phrase, Slot, resume

__all__ = ["Line"]


@dataclass(frozen=True, slots=True)
class Line:
    """A phrase and a step on which it begins.

    A *place* is an index into the slots of the phrase. Step n plays the place (n - origin) modulo the number of slots.
    """

    phrase: Phrase
    origin: int = 0  # a step that plays place 0

    def place(self, step: int) -> int:
        """The place that a step plays."""
        return (step - self.origin) % len(self.phrase.slots)

    def slot(self, step: int) -> Slot:
        """What a step strikes."""
        return self.phrase.slots[(step - self.origin) % len(self.phrase.slots)]

    def turn(self, step: int) -> int:
        """How many turns of the phrase are complete before this step."""
        return (step - self.origin) // len(self.phrase.slots)

    def height(self, step: int) -> float:
        """How high the note of a step is in the phrase, 0..1: see `Phrase.height`."""
        return self.phrase.height(self.place(step))

    def next_cell(self, step: int) -> int:
        """The first step after this one that plays another cell, or the same one in the next turn."""
        return step + self.phrase.steps_to_next_cell(self.place(step))

    # -- other lines -----------------------------------------------------------------------------

    def begun(self, step: int) -> Self:
        """The phrase, begun on this step."""
        return type(self)(self.phrase, step)

    def placed(self, place: int, step: int) -> Self:
        """The phrase, at this place on this step."""
        return type(self)(self.phrase, step - place)

    def resumed(self, phrase: Phrase, step: int) -> Self:
        """Another phrase, continued on this step in the direction of this line at the nearest pitch: see `resume`."""
        return type(self)(phrase, step - resume(self.phrase, self.place(step), phrase))

    def moved(self, phrase: Phrase, step: int) -> Self:
        """The phrase after it has moved in pitch: at the same place on this step; resumed if it has no such place."""
        place = self.place(step)
        return type(self)(phrase, step - place) if place < len(phrase.slots) else self.resumed(phrase, step)

    def replaced(self, phrase: Phrase, step: int) -> Self:
        """Another phrase with the same origin. This step is in its first turn."""
        return type(self)(phrase, step - (step - self.origin) % len(phrase.slots))
