"""Which keys count as held, and in which order they were pressed."""

from typing import NamedTuple

from polate.errors import ControlError

__all__ = ["HeldKeys", "Key"]


class Key(NamedTuple):
    """A key of a keyboard. The same note on two channels is two keys."""

    note: int  # 0..127
    channel: int = 0  # 0..15


class HeldKeys:
    """The keys of the keyboards on all channels.

    With the latch on, keys stay held after they are released. The first key pressed after all keys are up replaces
    them.
    """

    def __init__(self, latch: bool = False) -> None:
        self._latch = latch
        self._down: set[Key] = set()  # under a finger
        self._held: dict[Key, None] = {}  # in the order in which they were pressed

    @property
    def keys(self) -> tuple[Key, ...]:
        """The held keys in the order in which they were pressed. A key pressed again moves to the end."""
        return tuple(self._held)

    @property
    def held(self) -> tuple[int, ...]:
        """The notes of the held keys, each once, in the order in which they were pressed last."""
        notes = dict.fromkeys(key.note for key in reversed(self._held))
        return tuple(reversed(notes))

    @property
    def last(self) -> int | None:
        """The note of the held key that was pressed last."""
        key = next(reversed(self._held), None)
        return None if key is None else key.note

    def press(self, note: int, channel: int = 0) -> None:
        """Raises `ControlError` for a note outside 0..127."""
        if not 0 <= note <= 127:
            raise ControlError(f"a key must be in 0..127, got {note}")
        if not self._down:
            self._held.clear()  # the keys that the latch has kept
        key = Key(note, channel)
        self._down.add(key)
        self._held.pop(key, None)
        self._held[key] = None

    def release(self, note: int, channel: int = 0) -> None:
        """A key that is not down is ignored."""
        key = Key(note, channel)
        self._down.discard(key)
        if not self._latch:
            self._held.pop(key, None)

    def release_all(self, channel: int | None = None) -> tuple[Key, ...]:
        """Release the keys of a channel, or of all, also those that the latch has kept. Returns them."""
        released = tuple(key for key in self._held if channel in (None, key.channel))
        for key in released:
            self._down.discard(key)
            del self._held[key]
        return released

    def set_latch(self, latch: bool) -> None:
        """Without the latch only keys that are down stay held."""
        self._latch = latch
        if not latch:
            self._held = {key: None for key in self._held if key in self._down}
