"""Which pattern is played: the point is decoded, hysteresis is applied, and a change waits for its time.

z --decode, or pin--> Pattern --hysteresis--> the coming pattern --take_up--> the pattern that is heard
"""

from collections.abc import Callable, Sequence

from polate.control.settings import PlaySettings
from polate.sequencer.grid import Grid
from polate.sequencer.hysteresis import Hysteresis
from polate.sequencer.latent_point import LatentPoint
from polate.sequencer.line import Line
from polate.theory.pattern import Pattern

__all__ = ["PatternSource"]


class PatternSource:
    """The pattern that is heard, and the next one if there is one."""

    def __init__(self, decode: Callable[[Sequence[float]], Pattern], point: LatentPoint) -> None:
        """``decode``: from coordinates to a pattern. It is called at once, for the ``point`` as it is."""
        self.pattern = decode(point.z)  # the pattern that is heard
        self._coming: Pattern | None = None  # another pattern, until `take_up`
        self._decode, self._point = decode, point
        self._decoded_at = list(point.z)
        self._pinned: Pattern | None = None  # that was pinned at the last point
        self._hysteresis = Hysteresis()

    def look(self, z: Sequence[float], span: float) -> bool:
        """Decode the coordinates ``z`` if they, or the pattern that is pinned there, differ from the last ones.

        True if another pattern is coming then. ``span``: see `Hysteresis.settle` and `Pin.holds`.
        """
        pinned = self._point.pinned_at(z, span)
        if z == self._decoded_at and pinned == self._pinned:
            return False
        self._decoded_at, self._pinned = list(z), pinned
        wanted = self._coming or self.pattern
        decoded = self._hysteresis.settle(wanted, pinned or self._decode(z), self._point.places_of(z), span)
        if decoded == wanted:
            return False
        self._coming = decoded if decoded != self.pattern else None
        return self._coming is not None

    def accept_any(self) -> None:
        """Accept any pattern at the next point, however near a border it is."""
        self._hysteresis.forget()

    def is_due(self, step: int, settings: PlaySettings, grid: Grid, line: Line) -> bool:
        """Whether there is a coming pattern, and the setting ``change`` lets it be heard from this step on."""
        if self._coming is None:
            return False
        match settings.change:
            case "turn":
                return line.place(step) == 0
            case "beat":
                return grid.begins(step, 1)
            case "bar":
                return grid.begins(step, settings.bar)
            case _:
                return True

    def take_up(self) -> None:
        """Make the coming pattern the one that is heard."""
        if self._coming is not None:
            self.pattern, self._coming = self._coming, None
