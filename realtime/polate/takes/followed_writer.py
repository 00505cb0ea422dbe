"""A writer of takes that another clock leads: one tempo a bar where it is steady, and every note where it was heard.

    SongTime, ON, OFF --held for up to four bars--> fit --> tempi, and each note at the tick of its time

A clock's messages arrive early or late. So the song's tempo trembles, and `EventWriter` writes each tempo. This writer
waits for the ends of bars. Then it knows which tempo they had.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self

from polate.gate.frames import Frame
from polate.takes import smf
from polate.takes.event_writer import EXACT, JUMP_BEATS, EventWriter, Marker
from polate.takes.events import MINUTE_NS, TICKS_PER_BEAT, Event, Rank, SongTime
from polate.takes.tempo_fit import MOST_BEAT_US, Piece, Place, fit, tick_at

__all__ = ["FollowedWriter"]

_NOWHERE = Place(0.0, 0)
_MOST_BARS = 4  # that are held until a line no longer fits them
_SHORT = TICKS_PER_BEAT  # ticks: so short a part of a bar does not tell the tempo
_CORRECTION_BEATS = 0.03  # a jump may correct the place of the song too: at 120 bpm by 15 ms
_STANDS_BEATS = 0.005  # a clock that ticks is 1/24 of a beat farther with each message
_ON_ITS_BEAT = 0.75  # ticks: a note that was heard so near its beat is written there


class _Held(NamedTuple):
    """A note that waits for the end of its bar."""

    place: Place
    line: int  # how many places of the song were known before it
    report: Frame


@dataclass(slots=True)
class FollowedWriter(EventWriter):
    """`EventWriter` while no other clock leads."""

    _slack: float = _CORRECTION_BEATS
    _base: Place = _NOWHERE  # where the bar began, or the first note; its tick is whole
    _beat_us: int | None = None  # the tempo there, as it was written; None: nothing is written yet
    _places: list[Place] = field(default_factory=list)  # of the song since then
    _lines: list[int] = field(default_factory=list)  # indices of those that are bar lines
    _held: list[_Held] = field(default_factory=list)
    _held_markers: Sequence[Marker] = ()
    _is_last: bool = False  # the take ends here: a short part has to tell the tempo

    def copy(self) -> Self:
        other = super(FollowedWriter, self).copy()
        return replace(other, _places=list(self._places), _lines=list(self._lines), _held=list(self._held))

    def set_song(self, at_ns: int, song: SongTime) -> None:
        before = self.song
        if self._offset is None or not (before.following or song.following):
            super(FollowedWriter, self).set_song(at_ns, song)
            return
        was, now = before.beat_at(at_ns), song.beat_at(at_ns)
        stands = abs(song.anchor_beat - before.anchor_beat) < _STANDS_BEATS and song.anchor_ns != before.anchor_ns
        if before.following and not stands:
            self._end_bars_before(was)
            if song.following and _goes_on(before, song) and abs(now - was) <= JUMP_BEATS:
                self.song = song
                self._places.append(self._place(at_ns))
                return
            if abs(now - was) <= JUMP_BEATS:
                self._places.append(self._place(at_ns))
        self._flush()
        if song.following:
            self._bpm = song.bpm  # its tempo is written at the end of the bar
        elif self._beat_us is not None:
            self._bpm = 60_000_000 / self._beat_us
        super(FollowedWriter, self).set_song(at_ns, song)
        if song.following:
            if not before.following:
                self._beat_us = round(60_000_000 / before.bpm)
            self._begin_at(self._place(at_ns))

    def add(self, report: Frame, markers: Sequence[Marker]) -> None:
        if not self.song.following:
            super(FollowedWriter, self).add(report, markers)
            return
        if self._offset is None:
            self._begin_take(report.due_ns)
            self._begin_at(self._place(report.due_ns))
        self._end_bars_before(self.song.beat_at(report.due_ns))
        self._held.append(_Held(self._place(report.due_ns), len(self._places), report))
        self._held_markers = markers

    def take_settled(self) -> list[Event]:
        is_told = self._beat_us is not None or not self.song.following
        return super(FollowedWriter, self).take_settled() if is_told else []

    def finish(self) -> list[Event]:
        self._is_last = True
        self._flush()
        if self._offset is not None and self._beat_us is None and self.song.following:
            self._write_tempo(0)
        return super(FollowedWriter, self).finish()

    def bar_tick(self, bars: int) -> int:
        self._flush()
        return super(FollowedWriter, self).bar_tick(bars)

    # -- inside ----------------------------------------------------------------------------------

    def _place(self, at_ns: int) -> Place:
        """Where the song is at a time, without the nudge."""
        return Place(at_ns - self.song.nudge_ns, (self.song.beat_at(at_ns) + (self._offset or 0.0)) * TICKS_PER_BEAT)

    def _begin_at(self, place: Place) -> None:
        """Count from the whole tick that is nearest to a place."""
        tick = round(place.tick)
        self._base = Place(place.ns + (tick - place.tick) * MINUTE_NS / self.song.bpm / TICKS_PER_BEAT, tick)
        self._places.clear()
        self._lines.clear()

    def _end_bars_before(self, beat: float) -> None:
        """Count the bars that are over at a beat of the song, and write those whose tempi are clear."""
        offset, bar = self._offset or 0.0, self.song.bar
        while True:
            begun = self._places[self._lines[-1]] if self._lines else self._base
            line = self._bar_line + (math.floor((begun.tick / TICKS_PER_BEAT - self._bar_line) / bar + EXACT) + 1) * bar
            if line > beat + offset:
                return
            ns = self.song.anchor_ns + (line - offset - self.song.anchor_beat) * MINUTE_NS / self.song.bpm
            self._lines.append(len(self._places))
            self._places.append(Place(ns, line * TICKS_PER_BEAT))
            if len(self._lines) > 1 and len(self._fit(self._lines[-1])) > 1:  # a line fitted the bars before this one
                self._write_until(self._lines[-2])
            if len(self._lines) == _MOST_BARS or len(self._fit(self._lines[-1])) > 1:
                self._write_until(self._lines[-1])

    def _fit(self, last: int) -> list[Piece]:
        """The pieces up to the place of this index."""
        end = self._places[last]
        between = [place for place in self._places[:last] if self._base.tick < place.tick < end.tick]
        return fit(self._base, [*between, end], self._beat_us)

    def _flush(self) -> None:
        """Write what is held, if the take or the song's way ends in the middle of a bar."""
        if self._places or self._held:
            self._places.append(max([*self._places, *(held.place for held in self._held)], key=lambda each: each.tick))
            self._write_until(len(self._places) - 1)

    def _write_until(self, last: int) -> None:
        """Write tempi and notes up to the place of this index, and begin there again."""
        end = self._places[last]
        pieces = self._fit(last)
        if end.tick - self._base.tick < _SHORT:
            beat_us = self._beat_us or min(MOST_BEAT_US, round(MINUTE_NS / 1000 / self.song.bpm))
            pieces = [Piece(self._base.ns, round(self._base.tick), beat_us)]
        tells = self._beat_us is not None or end.tick - self._base.tick >= _SHORT or self._is_last
        for piece in pieces:
            if tells and piece.beat_us != self._beat_us:
                self._bpm = 60_000_000 / piece.beat_us
                tick = 0 if self._beat_us is None else max(piece.tick, self.tick)
                self._conduct(tick, Rank.TEMPO, smf.tempo(self._bpm))
                self._beat_us = piece.beat_us
        is_all = last == len(self._places) - 1
        count = len(self._held) if is_all else sum(held.line <= last for held in self._held)
        for place, _, report in self._held[:count]:
            heard, on_beat = tick_at(pieces, place.ns), round(place.tick)
            tick = on_beat if abs(on_beat - heard) <= _ON_ITS_BEAT else round(heard)
            self.tick = max(self.tick, tick)
            self._put(report, self.tick, self._held_markers)
        tick = round(end.tick)
        if tick > self._base.tick:
            self.tick = max(self.tick, tick)
            self._base = Place(pieces[-1].ns_at(tick), tick)
        del self._places[: last + 1]
        self._held = [held._replace(line=held.line - last - 1) for held in self._held[count:]]
        self._lines = [line - last - 1 for line in self._lines if line > last]


def _goes_on(before: SongTime, song: SongTime) -> bool:
    """Whether bars and nudge stay as they are."""
    return song.bar == before.bar and song.nudge_ns == before.nudge_ns
