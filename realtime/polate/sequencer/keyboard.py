"""The keys that a musician holds, the tonic that they give, and the notes that they sound themselves.

KeyDown, KeyUp --> held keys --+-- keys = chromatic, scale --> tonic
                               '-- keys = through ----------> NOTE, TIE
"""

from collections.abc import Iterable

from polate.control.settings import PlaySettings
from polate.gate.frames import Frame, Kind
from polate.sequencer.held_keys import HeldKeys, Key
from polate.sequencer.phrase import degree, nearest, pitch_classes
from polate.sequencer.voices import KEYS
from polate.theory.pattern import Pattern

__all__ = ["Keyboard"]

_LONGEST_NS = 3600 * 10**9  # a note that a key sounds ends with the key, and after an hour at the latest


class Keyboard:
    """Held keys with a tonic. Notes are MIDI notes 0..127, times are nanoseconds of `polate.runtime.clock`."""

    def __init__(self, settings: PlaySettings) -> None:
        self.tonic = settings.tonic_note  # the pattern is played from this note
        self._keys = HeldKeys(settings.latch)
        self._sounding: dict[Key, tuple[int, int]] = {}  # key that sounds a note itself -> (channel 0..15, note)

    @property
    def held(self) -> tuple[int, ...]:
        """The held keys in the order in which they were pressed."""
        return self._keys.held

    @property
    def held_keys(self) -> tuple[Key, ...]:
        """The held keys with their channels, in the order in which they were pressed."""
        return self._keys.keys

    def press(self, note: int, channel: int = 0) -> None:
        """Raises `ControlError` for a note outside 0..127."""
        self._keys.press(note, channel)

    def release(self, note: int, channel: int = 0) -> None:
        """A key that is not down is ignored."""
        self._keys.release(note, channel)

    def release_all(self, channel: int | None, now_ns: int) -> list[Frame]:
        """Release the keys of a channel, or of all, and end the notes that they sound. See `HeldKeys.release_all`."""
        return self._end(self._keys.release_all(channel), now_ns)

    def set_latch(self, latch: bool) -> None:
        """See `HeldKeys.set_latch`."""
        self._keys.set_latch(latch)

    def silences(self, settings: PlaySettings) -> bool:
        """Whether steps wait for a key."""
        return settings.hold and self._keys.last is None

    def find_tonic(self, settings: PlaySettings, pattern: Pattern) -> bool:
        """Choose the tonic by the settings and the key pressed last. True if it has changed."""
        before, key = self.tonic, self._keys.last
        self.tonic = settings.tonic_note
        if key is not None:
            match settings.keys:
                case "chromatic":
                    self.tonic = key
                case "scale":
                    self.tonic = degree(key, pattern, self.tonic)
        return self.tonic != before

    # -- notes that keys sound themselves --------------------------------------------------------

    def sound(
        self, note: int, velocity: int, settings: PlaySettings, pattern: Pattern, now_ns: int, channel: int = 0
    ) -> list[Frame]:
        """Sound a key on the nearest note of the scale, now. A note that this key sounds already ends."""
        key = Key(note, channel)
        frames = self._end([key], now_ns)
        output = (settings.keys_channel or settings.channel) - 1
        sounded = nearest(note, pitch_classes(pattern, self.tonic))
        self._sounding[key] = (output, sounded)
        return [*frames, Frame(Kind.NOTE, 0, output, sounded, velocity, now_ns, now_ns + _LONGEST_NS, 0, KEYS)]

    def end(self, notes: Iterable[int], now_ns: int, channel: int = 0) -> list[Frame]:
        """End the notes that these keys of a channel sound, unless another key sounds the same note."""
        return self._end([Key(note, channel) for note in notes], now_ns)

    def _end(self, keys: Iterable[Key], now_ns: int) -> list[Frame]:
        frames = []
        for key in keys:
            sounding = self._sounding.pop(key, None)
            if sounding and sounding not in self._sounding.values():
                frames.append(Frame(Kind.TIE, 0, *sounding, 0, now_ns, now_ns, 0, KEYS))
        return frames

    def end_all(self, now_ns: int) -> list[Frame]:
        """End every note that a key sounds."""
        return self._end(list(self._sounding), now_ns)

    def forget_sounding(self) -> None:
        """The gate has ended every note. Keys that are held stay held."""
        self._sounding.clear()
