"""Which keys count as held, and in which order they were pressed."""

from polate.errors import ControlError

__all__ = ["HeldKeys"]


class HeldKeys:
    """The keys of a keyboard, as MIDI notes 0..127.

    With the latch on, keys stay held after they are released. The first key pressed after all keys are up replaces
    them.
    """

    def __init__(self, latch: bool = False) -> None:
        self._latch = latch
        self._down: set[int] = set()  # under a finger
        self._held: dict[int, None] = {}  # in the order in which they were pressed

    @property
    def held(self) -> tuple[int, ...]:
        """The held keys in the order in which they were pressed. A key pressed again moves to the end."""
        return tuple(self._held)

    @property
    def last(self) -> int | None:
        """The held key that was pressed last."""
        return next(reversed(self._held), None)

    def press(self, note: int) -> None:
        """Raises `ControlError` for a note outside 0..127."""
        if not 0 <= note <= 127:
            raise ControlError(f"a key must be in 0..127, got {note}")
        if not self._down:
            self._held.clear()  # the keys that the latch has kept
        self._down.add(note)
        self._held.pop(note, None)
        self._held[note] = None

    def release(self, note: int) -> None:
        """A key that is not down is ignored."""
        self._down.discard(note)
        if not self._latch:
            self._held.pop(note, None)

    def set_latch(self, latch: bool) -> None:
        """Without the latch only keys that are down stay held."""
        self._latch = latch
        if not latch:
            self._held = {note: None for note in self._held if note in self._down}
