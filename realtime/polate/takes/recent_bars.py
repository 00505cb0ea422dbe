"""The last bars that were played, kept in memory whether a take is recorded or not."""

from collections import deque
from collections.abc import Iterable
from typing import Self

from polate.control.commands import MOST_BARS
from polate.midi.messages import CHANNEL_MASK, KIND_MASK, NOTE_OFF, NOTE_ON
from polate.takes.events import CONDUCTOR, TICKS_PER_BEAT, Event, Rank
from polate.takes.smf import TrackEncoder, midi_file

__all__ = ["Cut", "RecentBars", "cut"]

_MOST_EVENTS = 100_000  # 18 MB; 64 bars of sixteenths with a bass and chords have some 7,000


class RecentBars:
    """The newest events of a timeline: those of the last `MOST_BARS` bars and of the present one."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self._in_force: dict[Rank, Event] = {}  # the newest time signature, tempo and marker that were dropped

    def add(self, events: Iterable[Event], bar: int) -> None:
        """Add events and drop those that are too old. ``bar``: the length of a bar in beats."""
        self._events.extend(events)
        if not self._events:
            return
        oldest = self._events[-1].tick - (MOST_BARS + 1) * bar * TICKS_PER_BEAT
        while len(self._events) > _MOST_EVENTS or self._events[0].tick < oldest:
            event = self._events.popleft()
            if event.track == CONDUCTOR:
                self._in_force[event.rank] = event

    def events(self) -> list[Event]:
        """The events in order, after the time signature, tempo and marker that are in force where they begin."""
        return [*self._in_force.values(), *self._events]


def cut(events: Iterable[Event], first_tick: int) -> bytes:
    """A MIDI file of the events from a tick on, as `Cut` leaves them."""
    return midi_file(TrackEncoder().end(Cut(first_tick).add(events)))


class Cut:
    """Takes the events of a timeline from a tick on, with the tempo, time signature and marker in force there.

    That tick is 0 in what it gives. Notes that began before the tick are left out.
    """

    def __init__(self, first_tick: int) -> None:
        self._first_tick = first_tick
        self._in_force: dict[Rank, Event] = {}  # until they are given
        self._begun: set[tuple[object, ...]] = set()  # (track, channel, note)

    def copy(self) -> Self:
        """One that goes on from here by itself."""
        other = type(self)(self._first_tick)
        other._in_force, other._begun = dict(self._in_force), set(self._begun)
        return other

    def add(self, events: Iterable[Event]) -> list[Event]:
        """The next events, in order: those that are kept, from tick 0."""
        kept: list[Event] = []
        for event in events:
            if event.tick < self._first_tick:
                if event.track == CONDUCTOR:
                    self._in_force[event.rank] = event
                continue
            status, note = event.data[0], event.data[1]
            key = (event.track, status & CHANNEL_MASK, note)
            if event.track != CONDUCTOR and status & KIND_MASK == NOTE_ON:
                self._begun.add(key)
            elif event.track != CONDUCTOR and status & KIND_MASK == NOTE_OFF and key not in self._begun:
                continue
            kept += [self._in_force[rank]._replace(tick=0) for rank in sorted(self._in_force)]
            self._in_force.clear()
            kept.append(event._replace(tick=event.tick - self._first_tick))
        return kept
