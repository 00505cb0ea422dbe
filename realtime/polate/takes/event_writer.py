"""From notes and changes of the song, in the order of their times, to the events of a take.

    SongTime, ON, OFF --EventWriter--> Event (tick, track, MIDI bytes)

Tick 0 is the bar line before the first note. When the song jumps (a stop, a seek, a loop), the take continues at the
next place that is the same place in a bar.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self

from polate.gate.frames import MONO, Frame, Kind
from polate.midi.messages import NOTE_OFF, NOTE_ON
from polate.takes import smf
from polate.takes.events import CONDUCTOR, TICKS_PER_BEAT, Event, Rank, SongTime, Track

__all__ = ["EXACT", "JUMP_BEATS", "EventWriter", "Marker"]

JUMP_BEATS = 0.25  # corrections of an external clock are smaller; a start, a seek or a loop is larger
_FOLLOWED = 1e-3  # an external tempo is written when it has changed by more than this fraction
EXACT = 1e-6  # beats; a note may miss its bar line by the nanosecond to which its time is rounded

_Note = tuple[int, int, int]  # (port, channel, note)


class Marker(NamedTuple):
    """The text form of the pattern of a step and the steps after it."""

    step: int
    text: str


@dataclass(slots=True)
class EventWriter:
    """Writes events. A copy of it continues on its own."""

    song: SongTime
    tick: int = 0  # of the newest note or change
    events: list[Event] = field(default_factory=list)  # not taken away yet
    marked: Marker | None = None  # the newest marker that a note was found for
    _offset: float | None = None  # beats from beat 0 of the song to tick 0, added; None before the first note
    _bar_line: float = 0.0  # a beat of the take at which a bar begins
    _bpm: float = 0.0  # the last tempo that was written
    _sounding: dict[_Note, tuple[int, Track]] = field(default_factory=dict)  # note -> the tick at which it began
    _ended: dict[_Note, int] = field(default_factory=dict)  # note -> the tick of its last end
    _slack: float = 0.0  # beats by which a jump may miss the place that it has in a bar

    def copy(self) -> Self:
        return replace(self, events=list(self.events), _sounding=dict(self._sounding), _ended=dict(self._ended))

    def set_song(self, at_ns: int, song: SongTime) -> None:
        """The song changes: its place, tempo, nudge or bar."""
        before, self.song = self.song, song
        if self._offset is None:
            return
        was = before._replace(nudge_ns=song.nudge_ns).beat_at(at_ns)
        now = song.beat_at(at_ns)
        if abs(now - was) > JUMP_BEATS:  # the take goes on, and its next bar line is a bar line of the song
            reached = max(was + self._offset, self.tick / TICKS_PER_BEAT)
            self._offset = _bar_line_after(reached - now - self._slack, self._bar_line, before.bar)
        tick = self._advance_to(at_ns)
        if song.bar != before.bar:  # where the next bar of the new length begins
            self._bar_line = _bar_line_after(tick / TICKS_PER_BEAT, self._offset, song.bar)
            self._write_time_signature(round(self._bar_line * TICKS_PER_BEAT))
        if abs(song.bpm - self._bpm) > (_FOLLOWED * self._bpm if song.following else 0.0):
            self._write_tempo(tick)

    def add(self, report: Frame, markers: Sequence[Marker]) -> None:
        """A note begins (ON) or ends (OFF). ``markers``: in the order of their steps."""
        if self._offset is None:
            self._begin(report.due_ns)
        self._put(report, self._advance_to(report.due_ns), markers)

    def take_settled(self) -> list[Event]:
        """Take away the events that no later one can precede, in order."""
        self.events.sort(key=lambda event: event[:2])
        settled = sum(event.tick < self.tick for event in self.events)
        taken, self.events = self.events[:settled], self.events[settled:]
        return taken

    def finish(self) -> list[Event]:
        """All events, in order, if the take ends here: notes that sound end with it."""
        if self._offset is None:
            self._begin(self.song.anchor_ns)
        last = max([self.tick, *(event.tick for event in self.events)]) + bool(self._sounding)
        for key in list(self._sounding):
            self._end(key, last)
        self.events.sort(key=lambda event: event[:2])
        return self.events

    def bar_tick(self, bars: int) -> int:
        """The tick of the bar line this many bars before the bar of the newest note; at least 0."""
        bar = self.song.bar
        line = math.floor((self.tick / TICKS_PER_BEAT - self._bar_line) / bar + EXACT) - bars
        return max(0, round((self._bar_line + line * bar) * TICKS_PER_BEAT))

    def bar_tick_at(self, now_ns: int) -> int:
        """The tick of the bar line before a time; 0 before the first note."""
        if self._offset is None:
            return 0
        self._advance_to(now_ns)
        return self.bar_tick(0)

    # -- inside ----------------------------------------------------------------------------------

    def _begin(self, due_ns: int) -> None:
        self._begin_take(due_ns)
        self._write_tempo(0)

    def _begin_take(self, due_ns: int) -> None:
        """Begin the take with the bar of its first note."""
        self._offset = -float(math.floor(self.song.beat_at(due_ns) / self.song.bar + EXACT) * self.song.bar)
        self._write_time_signature(0)

    def _put(self, report: Frame, tick: int, markers: Sequence[Marker]) -> None:
        """Write a note's beginning or end at a tick."""
        key = (report.port, report.channel, report.note)
        self._end(key, tick)
        if report.kind is not Kind.ON:
            return
        tick = max(tick, self._ended.get(key, 0))
        self._mark(report.step, tick, markers)
        track = (report.voice & ~MONO, report.port)
        self._sounding[key] = (tick, track)
        self.events.append(Event(tick, Rank.NOTE_ON, track, bytes((NOTE_ON | key[1], key[2], report.velocity))))

    def _advance_to(self, due_ns: int) -> int:
        """The tick of a time; never before the newest."""
        beat = self.song.beat_at(due_ns) + (self._offset or 0.0)
        self.tick = max(self.tick, round(beat * TICKS_PER_BEAT))
        return self.tick

    def _end(self, key: _Note, tick: int) -> None:
        """End a note if it sounds. It lasts a tick at least: within a tick, ends precede beginnings."""
        if (sounding := self._sounding.pop(key, None)) is not None:
            began, track = sounding
            self._ended[key] = max(tick, began + 1)
            self.events.append(Event(self._ended[key], Rank.NOTE_OFF, track, bytes((NOTE_OFF | key[1], key[2], 0))))

    def _mark(self, step: int, tick: int, markers: Sequence[Marker]) -> None:
        """Write the marker of a step if no earlier note has its pattern."""
        place = bisect_right(markers, step, key=lambda marker: marker[0])
        if place == 0 or (self.marked and markers[place - 1].step < self.marked.step):
            return
        marker = markers[place - 1]
        if self.marked is None or marker.text != self.marked.text:
            self._conduct(tick, Rank.MARKER, smf.marker(marker.text))
        self.marked = marker

    def _write_time_signature(self, tick: int) -> None:
        self._conduct(tick, Rank.TIME_SIGNATURE, smf.time_signature(self.song.bar))

    def _write_tempo(self, tick: int) -> None:
        self._bpm = self.song.bpm
        self._conduct(tick, Rank.TEMPO, smf.tempo(self._bpm))

    def _conduct(self, tick: int, rank: Rank, data: bytes) -> None:
        self.events.append(Event(tick, rank, CONDUCTOR, data))


def _bar_line_after(beat: float, line: float, bar: int) -> float:
    """The first bar line that is not before a beat; ``line`` is any bar line."""
    return line + math.ceil((beat - line) / bar - EXACT) * bar
