"""What the keys of the terminal do: they choose a knob and turn it, and start and stop.

key --press--> command, from where the state has the knob
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from polate.control.commands import Control, GoTo, Panic, SetAxis, SetPlaying
from polate.runtime.clamp import clamp

if TYPE_CHECKING:
    from polate.control.player_state import PlayerState

__all__ = ["HELP", "KnobKeys"]

HELP = (
    ("up, down, 1 to 9", "choose a knob"),
    ("left, right", "turn it; with shift ten times as far"),
    ("space", "start and stop"),
    ("m", "turn it to the middle"),
    ("r", "go to a random place"),
    ("!", "panic: end all notes now"),
    ("?", "show or hide this list"),
    ("Ctrl-C", "end"),
)
"""The keys and what each does, for the list."""

_TURNS = {"left": -0.01, "right": 0.01, "shift-left": -0.1, "shift-right": 0.1}
_AGAIN_SECONDS = 0.5  # a knob that was turned before counts from where it was turned to, not from the last state


class KnobKeys:
    """Pure: time is an argument."""

    def __init__(self, read: "Callable[[], PlayerState]") -> None:
        """``read``: the newest state."""
        self._read = read
        self.chosen = 0  # axis, from 0
        self.shows_help = False
        self._turned: tuple[int, float] = (-1, 0.0)  # axis and position of the last turn
        self._turned_at = float("-inf")

    def press(self, key: str, now: float) -> Control | None:
        """The command of a key, if it has one. ``now``: seconds."""
        state = self._read()
        axes = len(state.positions)
        if key in ("up", "down") and axes:
            self.chosen = (self.chosen + (1 if key == "down" else -1)) % axes
        elif key.isdecimal() and 1 <= int(key) <= axes:
            self.chosen = int(key) - 1
        elif key == "?":
            self.shows_help = not self.shows_help
        elif key == " ":
            return SetPlaying(not state.playing)
        elif key == "r":
            return GoTo("random")
        elif key == "!":
            return Panic()
        elif axes and (key in _TURNS or key == "m"):
            axis, position = self._turned
            if axis != self.chosen or now > self._turned_at + _AGAIN_SECONDS:
                position = state.positions[self.chosen]
            position = 0.5 if key == "m" else clamp(round(position + _TURNS[key], 4), 0.0, 1.0)
            self._turned, self._turned_at = (self.chosen, position), now
            return SetAxis(self.chosen, position)
        return None
