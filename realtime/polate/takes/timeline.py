"""The gate's reports in musical time: the pure part of a take.

    SongTime, Marker, report --Timeline: sorted by due time--> EventWriter --> Event

The result depends neither on the order in which reports arrive nor on when it is asked for: everything is sorted by
its time, and an event is settled only when nothing earlier can arrive any more. A note's time is the time at which it
was due, not the time at which it was sent.
"""

from bisect import bisect_right
from dataclasses import replace

from polate.gate.frames import Frame, Kind
from polate.takes.event_writer import EventWriter, Marker
from polate.takes.events import Event, SongTime

__all__ = ["Timeline"]

_SETTLED_NS = 500_000_000  # the gate reports in order: everything older than the newest report by this has arrived


_REPORTED_NS = 30_000_000_000  # every report has arrived so long after its time
_MOST_WAITING = 4096  # entries; a MIDI clock at 120 bpm makes as many in 85 s


class Timeline:
    """What was played, from the first note on; tick 0 is the bar line before it."""

    def __init__(self, song: SongTime, writer: type[EventWriter] = EventWriter) -> None:
        self.song = song  # as it is now
        self._writer = writer(song)
        self._waiting: list[tuple[int, int, tuple[int, ...], Frame | SongTime]] = []  # (time, rank, order, which)
        self._markers: list[Marker] = []  # in the order of their steps
        self._settled_ns = self._newest_ns = -(2**63)

    def set_song(self, at_ns: int, song: SongTime) -> None:
        """The song changes at a time: its place, tempo, nudge or bar."""
        self.song = song
        if len(self._waiting) >= _MOST_WAITING:  # a clock ticks while nothing sounds: no report settles its changes
            self._settled_ns = max(self._settled_ns, at_ns - _REPORTED_NS)
        self._waiting.append((max(at_ns, self._settled_ns), 0, (), song))

    def mark(self, step: int, text: str) -> None:
        """The notes from this step on belong to the pattern with this text form."""
        while self._markers and self._markers[-1].step >= step:
            self._markers.pop()
        self._markers.append(Marker(step, text))

    def report(self, frame: Frame) -> Frame:
        """Add an ON or an OFF. Returns it as it was added: one that arrives much too late gets the earliest time that
        is not settled."""
        if frame.due_ns < self._settled_ns:
            frame = replace(frame, due_ns=self._settled_ns)
        self._newest_ns = max(self._newest_ns, frame.due_ns)
        order = (frame.kind is Kind.ON, frame.step, frame.port, frame.channel, frame.note, frame.voice, frame.velocity)
        self._waiting.append((frame.due_ns, 1, order, frame))
        return frame

    def settle(self) -> list[Event]:
        """The events that have been settled since the last call, in order."""
        self._settled_ns = max(self._settled_ns, self._newest_ns - _SETTLED_NS)
        self._sort()
        until = bisect_right(self._waiting, self._settled_ns - 1, key=lambda entry: entry[0])
        self._write(self._writer, until)
        del self._waiting[:until]
        settled = self._writer.take_settled()
        if marked := self._writer.marked:
            while len(self._markers) > 1 and self._markers[1].step <= marked.step:
                self._markers.pop(0)
        return settled

    def rest(self) -> list[Event]:
        """The events that are not settled, in order, if the take ends now: notes that sound end with it."""
        return self._written().finish()

    def bar_tick(self, bars: int) -> int:
        """The tick of the bar line this many bars before the bar of the newest note; at least 0."""
        return self._written().bar_tick(bars)

    def bar_tick_at(self, now_ns: int) -> int:
        """The tick of the bar line before this time; 0 before the first note."""
        return self._written().bar_tick_at(now_ns)

    # -- inside ----------------------------------------------------------------------------------

    def _sort(self) -> None:
        self._waiting.sort(key=lambda entry: entry[:3])

    def _written(self) -> EventWriter:
        """A copy of the writer that has written everything."""
        self._sort()
        writer = self._writer.copy()
        self._write(writer, len(self._waiting))
        return writer

    def _write(self, writer: EventWriter, until: int) -> None:
        """Write the entries before a place of the list."""
        for at_ns, _, _, entry in self._waiting[:until]:
            if isinstance(entry, SongTime):
                writer.set_song(at_ns, entry)
            else:
                writer.add(entry, self._markers)
