"""The messages that wait while a reader does not read: the newest values, and every end of a note.

    message --Backlog.add--> [the newest of each value; notes, ticks and the rest in order] --take--> reader

It is bounded. If it becomes too long, old ticks are dropped, and of each key only the last message is kept. A message
that does not begin with a status byte is a report on its source, such as "gone"; it is kept in its place.
"""

from collections.abc import Hashable

from polate.midi import messages as midi
from polate.midi.messages import CHANNEL_MASK, KIND_MASK, NOTE_OFF, NOTE_ON, PARAMETER_CONTROLS, is_channel_message

__all__ = ["MOST_WAITING", "Backlog"]

MOST_WAITING = 4096
"""The number of messages at which old ones are dropped, unless more values and keys than these wait."""

_KEPT_OTHERS = 1024  # ticks, parameter numbers and system messages that are kept then


class Backlog:
    """Messages in the order of their reading, each with what is to be read."""

    def __init__(self) -> None:
        self.dropped = 0  # messages that were left out, other than values that a newer one has replaced
        self._waiting: dict[tuple[int, Hashable], tuple[bytes, bytes]] = {}  # by source
        self._serial = 0
        self._limit = MOST_WAITING

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, message: bytes, packed: bytes, source: int = 0) -> None:
        """Keep ``packed`` for a message of one byte or more; it need not be complete. ``source``: a number of where it
        is from: the values and the keys of one source are not those of another."""
        self._serial += 1
        key = source, _value(message) or self._serial
        self._waiting.pop(key, None)  # so that the newest is the last
        self._waiting[key] = message, packed
        if len(self._waiting) > self._limit:
            self._shorten()

    def take(self) -> list[tuple[int, bytes]]:
        """Everything that waits, in order, each with its source. Nothing waits then."""
        packed = [(source, packed) for (source, _), (_, packed) in self._waiting.items()]
        self._waiting.clear()
        self._limit = MOST_WAITING
        return packed

    def _shorten(self) -> None:
        """Keep all values, the last message of each key, all that release keys, and the newest of the others."""
        ordered = [(key, message) for key, (message, _) in self._waiting.items() if isinstance(key[1], int)]
        last = {(key[0], note): key for key, message in ordered if (note := _note(message))}
        others = [key for key, message in ordered if not _note(message)]
        releases = [key for key, message in ordered if _releases(message)]
        kept = {*last.values(), *others[-_KEPT_OTHERS:], *releases[-_KEPT_OTHERS:]}
        dropped = [key for key, _ in ordered if key not in kept]
        for key in dropped:
            del self._waiting[key]
        self.dropped += len(dropped)
        self._limit = max(MOST_WAITING, 2 * len(self._waiting))


def _value(message: bytes) -> bytes | None:
    """The bytes that identify the control whose value this is; None if a newer message must not replace it."""
    if not is_channel_message(message):
        return None
    match message[0] & KIND_MASK:
        case midi.CONTROL_CHANGE if message[1] not in PARAMETER_CONTROLS and message[1] < midi.FIRST_MODE:
            return message[:2]
        case midi.POLY_PRESSURE:
            return message[:2]
        case midi.PROGRAM_CHANGE | midi.CHANNEL_PRESSURE | midi.PITCH_BEND:
            return message[:1]
    return None


def _note(message: bytes) -> tuple[int, int] | None:
    """The channel and the key of a note-on or a note-off."""
    if is_channel_message(message) and message[0] & KIND_MASK in (NOTE_ON, NOTE_OFF):
        return message[0] & CHANNEL_MASK, message[1]
    return None


def _releases(message: bytes) -> bool:
    """Does it end the notes of a whole channel, or of all, or is it a report that may?"""
    is_mode = is_channel_message(message) and message[0] & KIND_MASK == midi.CONTROL_CHANGE
    return message[0] < NOTE_OFF or message[0] == midi.SYSTEM_RESET or (is_mode and message[1] in midi.RELEASING_MODES)
