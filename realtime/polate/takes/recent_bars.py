"""The last bars that were played, kept in memory whether a take is recorded or not."""

from collections import deque
from collections.abc import Iterable

from polate.control.commands import MOST_BARS
from polate.midi.messages import CHANNEL_MASK, KIND_MASK, NOTE_OFF, NOTE_ON
from polate.takes.smf import Tracks, midi_file
from polate.takes.timeline import CONDUCTOR, TICKS_PER_BEAT, Event

__all__ = ["Memory", "cut"]

_MOST_EVENTS = 100_000  # 18 MB; 64 bars of sixteenths with a bass and chords have some 7,000


class Memory:
    """The newest events of a tape."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self._standing: dict[int, Event] = {}  # the newest of each rank of the conductor's that was forgotten

    def keep(self, events: Iterable[Event], bar: int) -> None:
        """``bar``: beats."""
        self._events.extend(events)
        if not self._events:
            return
        oldest = self._events[-1].tick - (MOST_BARS + 1) * bar * TICKS_PER_BEAT  # and the present bar
        while len(self._events) > _MOST_EVENTS or self._events[0].tick < oldest:
            event = self._events.popleft()
            if event.track == CONDUCTOR:
                self._standing[event.rank] = event

    def copy(self) -> list[Event]:
        """What is kept, in order; quickly."""
        return [*self._standing.values(), *self._events]


def cut(events: Iterable[Event], first_tick: int) -> bytes:
    """A MIDI file of what begins at a tick or later; tempo, bars and pattern are those that held there."""
    standing: dict[int, Event] = {}
    begun: set[tuple[object, ...]] = set()
    kept: list[Event] = []
    for event in events:
        if event.tick < first_tick:
            if event.track == CONDUCTOR:
                standing[event.rank] = event
            continue
        status, note = event.data[0], event.data[1]
        key = (event.track, status & CHANNEL_MASK, note)
        if event.track != CONDUCTOR and status & KIND_MASK == NOTE_ON:
            begun.add(key)
        elif event.track != CONDUCTOR and status & KIND_MASK == NOTE_OFF and key not in begun:
            continue
        kept.append(event._replace(tick=event.tick - first_tick))
    tracks = Tracks()
    beginning = [standing[rank]._replace(tick=0) for rank in sorted(standing)]
    return midi_file(tracks.end([*beginning, *kept]))
