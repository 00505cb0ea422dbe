"""From the keys that are played to phrases. Pure: it gets the time as a number.

    key_down, key_up, pedal, advance --PhraseGatherer--> Phrase, when it has ended

A phrase ends after a rest, at a bar line, when the pedal is released, or when it has as many notes as the settings
allow. Notes that begin together are a chord, of which the highest counts. So not more than 67 notes a second count,
however many are played, and nothing here grows: a phrase has at most 128 notes.
"""

from dataclasses import dataclass

from polate.control.settings import PlaySettings

__all__ = ["CHORD_NS", "EARLY_NS", "LONGEST_HOLD_NS", "BarLine", "Phrase", "PhraseGatherer"]

_MS = 1_000_000
CHORD_NS = 15 * _MS
"""Notes that begin within this time of one another are a chord."""
EARLY_NS = 60 * _MS
"""A note that is played this little before a bar line belongs to the bar behind it."""
LONGEST_HOLD_NS = 4_000 * _MS
"""A rest begins this long after the last note began, if a key stays down: its release may never come."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Notes in the order played."""

    notes: tuple[int, ...]  # MIDI notes 0..127, at least one
    chords: int  # how many of them are the highest notes of chords


@dataclass(frozen=True, slots=True)
class BarLine:
    """The last place in the song where a phrase could end that lasts so many bars."""

    number: int
    at_ns: int  # of `polate.runtime.clock`


@dataclass(slots=True)
class _Onset:
    at_ns: int
    note: int
    is_chord: bool = False


class PhraseGatherer:
    """Times are nanoseconds of `polate.runtime.clock`, and do not go back."""

    def __init__(self, settings: PlaySettings) -> None:
        self._settings = settings
        self._onsets: list[_Onset] = []
        self._held: set[tuple[int, int]] = set()  # (note, channel)
        self._released_ns = 0
        self._pedal = False
        self._line: BarLine | None = None  # while the song plays

    @property
    def is_listening(self) -> bool:
        return self._settings.listen != "off"

    @property
    def deadline_ns(self) -> int | None:
        """When `advance` must be called next to end a phrase by a rest; None: no rest is near."""
        if not self._onsets or not self._ends_by_rest:
            return None
        began = self._onsets[-1].at_ns
        if self._held:
            return began + max(LONGEST_HOLD_NS, self._gap_ns)
        return max(began, self._released_ns) + self._gap_ns

    def use(self, settings: PlaySettings) -> None:
        """Use other settings. If they listen in another way, the phrase that has begun is dropped."""
        if settings.listen != self._settings.listen:
            self._onsets, self._pedal = [], False
        self._settings = settings

    def key_down(self, note: int, channel: int, at_ns: int) -> Phrase | None:
        """A key goes down: note 0..127, channel 0..15. The phrase, if this note completes it."""
        settings = self._settings
        if not self.is_listening or settings.listen_channel not in (0, channel + 1):
            return None
        self._held.add((note, channel))
        if settings.listen == "pedal" and not self._pedal:
            return None
        onsets = self._onsets
        if onsets and at_ns - onsets[-1].at_ns < CHORD_NS:
            onsets[-1].note, onsets[-1].is_chord = max(note, onsets[-1].note), True
            return None
        phrase = self._end() if len(onsets) >= settings.listen_notes else None
        self._onsets.append(_Onset(at_ns, note))
        return phrase

    def key_up(self, note: int, channel: int, at_ns: int) -> None:
        """A key goes up. One that is not down is ignored."""
        if (note, channel) in self._held:
            self._held.remove((note, channel))
            self._released_ns = at_ns

    def release(self, channel: int | None, at_ns: int) -> None:
        """Every key of a channel 0..15 goes up, or of all channels."""
        for key in [key for key in self._held if channel in (None, key[1])]:
            self.key_up(*key, at_ns)

    def pedal(self, is_down: bool) -> Phrase | None:
        """The pedal goes down: a phrase begins. It goes up: the phrase ends with it."""
        if is_down == self._pedal or not self.is_listening:
            return None
        self._pedal = is_down
        if is_down:
            self._onsets = []
            return None
        return self._end()

    def advance(self, now_ns: int, line: BarLine | None) -> Phrase | None:
        """The phrase that has ended by now. ``line``: None while the song does not play."""
        before, self._line = self._line, line
        if self._settings.listen == "bar" and line and before and line.number != before.number and not self._pedal:
            return self._end(line.at_ns - EARLY_NS)
        deadline = self.deadline_ns
        return self._end() if deadline is not None and now_ns >= deadline else None

    @property
    def _gap_ns(self) -> int:
        return self._settings.listen_gap * _MS

    @property
    def _ends_by_rest(self) -> bool:
        """While no song plays there are no bars: then a rest ends a phrase."""
        return not self._pedal and (
            self._settings.listen == "rest" or (self._settings.listen == "bar" and self._line is None)
        )

    def _end(self, before_ns: int | None = None) -> Phrase | None:
        """End the phrase; notes from ``before_ns`` on begin the next one. None if there are no notes."""
        ended = [onset for onset in self._onsets if before_ns is None or onset.at_ns < before_ns]
        self._onsets = self._onsets[len(ended) :]
        if not ended:
            return None
        return Phrase(tuple(onset.note for onset in ended), sum(onset.is_chord for onset in ended))
