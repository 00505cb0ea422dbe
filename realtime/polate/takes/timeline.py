"""Reports of the gate onto musical time: the pure part of a take.

    Grid (where the song stands), marker, report --Tape--> Event (tick, track, MIDI bytes)

Nothing depends on the order in which reports come, nor on when anybody looks: they are put into the order of their
times, and what comes out is settled only when nothing earlier can come any more. A tick is a part of a beat of the
song, so that bars are bars; times are those at which a thing was due, not when it was sent.
"""

import math
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from polate.gate.frames import MONO, Frame, Kind
from polate.midi.messages import NOTE_OFF, NOTE_ON
from polate.takes import smf_meta

__all__ = ["CONDUCTOR", "TICKS_PER_BEAT", "Event", "Grid", "Tape", "Track"]

TICKS_PER_BEAT = 480
_MINUTE_NS = 60_000_000_000
_SETTLED_NS = 500_000_000  # reports of things older than the newest by this have come: the gate reports in order
_JUMP_BEATS = 0.25  # another clock's corrections are smaller; a start, a seek or a loop is more
_FOLLOWED = 1e-3  # the part by which a tempo that is followed must differ to be written down
_EXACT = 1e-6  # beats; a bar line may be missed by the nanosecond that its time was rounded by

Track = tuple[int, int]
"""(voice, port); the first track is the conductor's."""

CONDUCTOR: Track = (0, 0)


class Grid(NamedTuple):
    """Where the song stands, and how long its bars are."""

    anchor_ns: int
    anchor_beat: float
    bpm: float
    nudge_ns: int  # by which everything sounds later than its beat
    bar: int  # beats

    def beat_at(self, due_ns: int) -> float:
        """The beat of what is due at a time."""
        return self.anchor_beat + (due_ns - self.nudge_ns - self.anchor_ns) * self.bpm / _MINUTE_NS


class Event(NamedTuple):
    """A MIDI message on the tape. At one tick: signature and tempo, then markers, note-offs, note-ons."""

    tick: int
    rank: int
    track: Track
    data: bytes


_SIGNATURE, _TEMPO, _MARKER, _OFF, _ON = range(5)  # ranks

_Note = tuple[int, int, int]  # (port, channel, note)


@dataclass(slots=True)
class _Head:
    """Where the tape has got to."""

    grid: Grid
    offset: float | None = None  # beats of the tape before beat 0 of the song; None: nothing has been heard
    bar_line: float = 0.0  # a beat of the tape at which a bar begins
    tick: int = 0
    bpm: float = 0.0  # as it was written down last
    marked: tuple[int, str] | None = None
    sounding: dict[_Note, tuple[int, Track]] = field(default_factory=dict)  # -> the tick at which it began
    ended: dict[_Note, int] = field(default_factory=dict)  # -> the tick of its last end
    events: list[Event] = field(default_factory=list)  # that may still get an earlier neighbour

    def copy(self) -> "_Head":
        return replace(self, sounding=dict(self.sounding), ended=dict(self.ended), events=list(self.events))

    def beat_at(self, due_ns: int) -> float:
        return self.grid.beat_at(due_ns) + (self.offset or 0.0)

    def move_to(self, due_ns: int) -> int:
        self.tick = max(self.tick, round(self.beat_at(due_ns) * TICKS_PER_BEAT))
        return self.tick

    def add(self, tick: int, rank: int, track: Track, data: bytes) -> None:
        self.events.append(Event(tick, rank, track, data))

    def conduct(self, tick: int, rank: int, data: bytes) -> None:
        self.add(tick, rank, CONDUCTOR, data)

    def end(self, key: _Note, tick: int) -> None:
        """End a note if it sounds; however short it is, a tick after it began: at one tick ends come first."""
        if (sounding := self.sounding.pop(key, None)) is not None:
            began, track = sounding
            self.ended[key] = max(tick, began + 1)
            self.add(self.ended[key], _OFF, track, bytes((NOTE_OFF | key[1], key[2], 0)))


class Tape:
    """What was played, from the first note on; tick 0 is the bar line before it."""

    def __init__(self, grid: Grid, *, following: bool = False) -> None:
        """``following``: another clock sets the tempo, and its small corrections are not written down."""
        self.newest = grid  # where the song stands now
        self._least = _FOLLOWED if following else 0.0
        self._head = _Head(grid)
        self._coming: list[tuple[int, int, tuple[int, ...], Frame | Grid]] = []  # (time, rank, order, what)
        self._markers: list[tuple[int, str]] = []  # (step, text), rising
        self._settled_ns = self._newest_ns = -(2**63)

    def move(self, at_ns: int, grid: Grid) -> None:
        """From a time on the song stands elsewhere."""
        self.newest = grid
        self._coming.append((max(at_ns, self._settled_ns), 0, (), grid))

    def marker(self, step: int, text: str) -> None:
        """The notes from this step on are of this pattern."""
        while self._markers and self._markers[-1][0] >= step:
            self._markers.pop()
        self._markers.append((step, text))

    def report(self, frame: Frame) -> Frame:
        """Take down an ON or an OFF; returns it as it was taken down: what comes much too late has the earliest time
        that is still open."""
        if frame.due_ns < self._settled_ns:
            frame = replace(frame, due_ns=self._settled_ns)
        self._newest_ns = max(self._newest_ns, frame.due_ns)
        order = (frame.kind is Kind.ON, frame.step, frame.port, frame.channel, frame.note, frame.voice, frame.velocity)
        self._coming.append((frame.due_ns, 1, order, frame))
        return frame

    def settle(self) -> list[Event]:
        """What has been settled since the last time, in order; each event once."""
        self._settled_ns = max(self._settled_ns, self._newest_ns - _SETTLED_NS)
        self._coming.sort(key=lambda entry: entry[:3])
        until = bisect_right(self._coming, self._settled_ns - 1, key=lambda entry: entry[0])
        head = self._head
        self._run(head, until)
        del self._coming[:until]
        head.events.sort(key=lambda event: event[:2])
        done = sum(event.tick < head.tick for event in head.events)
        settled, head.events = head.events[:done], head.events[done:]
        if head.marked:
            last = head.marked[0]
            while len(self._markers) > 1 and self._markers[1][0] <= last:
                self._markers.pop(0)
        return settled

    def rest(self) -> list[Event]:
        """All that is to come if the tape ends now: what sounds ends with it."""
        self._coming.sort(key=lambda entry: entry[:3])
        head = self._head.copy()
        self._run(head, len(self._coming))
        if head.offset is None:
            self._begin(head, head.grid.anchor_ns)
        last = max([head.tick, *(event.tick for event in head.events)]) + bool(head.sounding)
        for key in list(head.sounding):
            head.end(key, last)
        return sorted(head.events, key=lambda event: event[:2])

    def bar_tick(self, bars: int) -> int:
        """The tick of the bar line so many bars before the bar in which the last note was heard."""
        head = self._head.copy()
        self._run(head, len(self._coming))
        bar = head.grid.bar
        line = math.floor((head.tick / TICKS_PER_BEAT - head.bar_line) / bar + _EXACT) - bars
        return max(0, round((head.bar_line + line * bar) * TICKS_PER_BEAT))

    # -- inside ----------------------------------------------------------------------------------

    def _run(self, head: _Head, until: int) -> None:
        """Take in what has come up to a place."""
        for at_ns, _, _, what in self._coming[:until]:
            if isinstance(what, Grid):
                self._regrid(head, at_ns, what)
            else:
                self._take_down(head, what)

    def _begin(self, head: _Head, due_ns: int) -> None:
        """The tape begins with the bar of the first note."""
        grid = head.grid
        head.offset = -float(math.floor(grid.beat_at(due_ns) / grid.bar + _EXACT) * grid.bar)
        self._write_signature(head, 0)
        self._write_tempo(head, 0)

    def _regrid(self, head: _Head, at_ns: int, grid: Grid) -> None:
        before, head.grid = head.grid, grid
        if head.offset is None:
            return
        was = before._replace(nudge_ns=grid.nudge_ns).beat_at(at_ns)
        now = grid.beat_at(at_ns)
        if abs(now - was) > _JUMP_BEATS:  # the tape goes on, and its next bar line is one of the song's
            reached = max(was + head.offset, head.tick / TICKS_PER_BEAT)
            head.offset = _bar_line(reached - now, head.bar_line, before.bar)
        tick = head.move_to(at_ns)
        if grid.bar != before.bar:  # where the next bar of the new length begins
            head.bar_line = _bar_line(tick / TICKS_PER_BEAT, head.offset, grid.bar)
            self._write_signature(head, round(head.bar_line * TICKS_PER_BEAT))
        if abs(grid.bpm - head.bpm) > self._least * head.bpm:
            self._write_tempo(head, tick)

    def _write_signature(self, head: _Head, tick: int) -> None:
        head.conduct(tick, _SIGNATURE, smf_meta.time_signature(head.grid.bar))

    def _write_tempo(self, head: _Head, tick: int) -> None:
        head.bpm = head.grid.bpm
        head.conduct(tick, _TEMPO, smf_meta.tempo(head.bpm))

    def _take_down(self, head: _Head, frame: Frame) -> None:
        if head.offset is None:
            self._begin(head, frame.due_ns)
        tick = head.move_to(frame.due_ns)
        key = (frame.port, frame.channel, frame.note)
        head.end(key, tick)
        if frame.kind is not Kind.ON:
            return
        tick = max(tick, head.ended.get(key, 0))
        self._mark(head, frame.step, tick)
        track = (frame.voice & ~MONO, frame.port)
        head.sounding[key] = (tick, track)
        head.add(tick, _ON, track, bytes((NOTE_ON | key[1], key[2], frame.velocity)))

    def _mark(self, head: _Head, step: int, tick: int) -> None:
        """Is this the first note of a pattern?"""
        place = bisect_right(self._markers, step, key=lambda marker: marker[0])
        if place == 0 or (head.marked and self._markers[place - 1][0] < head.marked[0]):
            return
        marker = self._markers[place - 1]
        if head.marked is None or marker[1] != head.marked[1]:
            head.conduct(tick, _MARKER, smf_meta.marker(marker[1]))
        head.marked = marker


def _bar_line(beat: float, line: float, bar: int) -> float:
    """The first bar line not before a beat; ``line`` is one of them."""
    return line + math.ceil((beat - line) / bar - _EXACT) * bar
