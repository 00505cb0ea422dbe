"""Snapshots and other places that follow one after the other, by the place in the song."""

from fractions import Fraction

from polate.control.settings import PlaySettings
from polate.control.snapshot import sequence_entries

__all__ = ["SnapshotSequence"]


class SnapshotSequence:
    """The settings ``sequence`` and ``sequence-bars``: each snapshot lasts for so many bars."""

    def __init__(self) -> None:
        self._span = -1  # number of the span of bars whose snapshot was recalled last

    def arrive(self, beat: Fraction, settings: PlaySettings) -> str | None:
        """The entry of the sequence that is due at this beat; None within a span, and without a sequence."""
        if not (names := sequence_entries(settings.sequence)):
            return None
        span = int(beat // (settings.bar * settings.sequence_bars))
        if span == self._span:
            return None
        self._span = span
        return names[span % len(names)]

    def restart(self) -> None:
        """Recall the snapshot of the next beat, whatever was recalled before. Call this after a jump in the song."""
        self._span = -1
