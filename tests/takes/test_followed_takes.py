"""Takes that follow a MIDI clock: a usable tempo map, and notes where they were heard."""

import itertools
import math
import random
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO

import pytest
from clock_ticks import CLOCK, MILLISECOND, SECOND, START, STOP, T0, in_packets, ramp, steady
from hypothesis import given
from hypothesis import strategies as st
from live_session import AXES, LANDMARKS, Live, beginning, decode
from mido import MidiFile
from playheads import Daw

from polate.control.settings import PlaySettings
from polate.gate.frames import Frame, Kind
from polate.gate.gate import Outgoing
from polate.sync.clock_follower import ClockFollower
from polate.sync.clock_messages import song_position
from polate.sync.song_position_follower import SongPositionFollower
from polate.takes.events import Event, Rank, SongTime
from polate.takes.followed_writer import FollowedWriter
from polate.takes.journal import End, Start, Turn, encode
from polate.takes.journal_reader import read_journal
from polate.takes.replay import replay
from polate.takes.smf import TrackEncoder, midi_file
from polate.takes.timeline import Timeline


class Heard(Live):
    """A session that notes when its notes are heard."""

    def __init__(self, start: Start) -> None:
        super().__init__(start, random.Random(1))
        self.heard: list[Frame] = []
        self.now = T0 - 50 * MILLISECOND

    def _say(self, messages: list[Outgoing]) -> None:
        super()._say(messages)
        self.heard += [each.report for each in messages if each.report and each.report.kind is Kind.ON]


@dataclass
class Take:
    midi: bytes
    live: Heard

    @cached_property
    def tempi(self) -> list[tuple[int, int]]:
        """(tick, microseconds a beat)."""
        return [(at, message.tempo) for at, message in self._events() if message.type == "set_tempo"]

    @cached_property
    def ticks(self) -> list[int]:
        """Of the notes' beginnings."""
        return [at for at, message in self._events() if message.type == "note_on"]

    @cached_property
    def _began(self) -> list[float]:
        """When each tempo began, in seconds."""
        gaps = ((after - at) * beat_us / 480e6 for (at, beat_us), (after, _) in itertools.pairwise(self.tempi))
        return list(itertools.accumulate(gaps, initial=0.0))

    def seconds(self, tick: int) -> float:
        """By the tempo map."""
        place = bisect_right(self.tempi, tick, key=lambda tempo: tempo[0]) - 1
        at, beat_us = self.tempi[place]
        return self._began[place] + (tick - at) * beat_us / 480e6

    def errors(self) -> list[float]:
        """In ticks, how far each note of the file is from the time at which it was heard, counted from the first."""
        first_ns, first = self.live.heard[0].due_ns, self.seconds(self.ticks[0])
        assert len(self.ticks) == len(self.live.heard)
        return [
            abs(self.seconds(tick) - first - (note.due_ns - first_ns) / SECOND) * 480e6 / self._tempo_at(tick)
            for tick, note in zip(self.ticks, self.live.heard, strict=True)
        ]

    def _tempo_at(self, tick: int) -> int:
        return self.tempi[bisect_right(self.tempi, tick, key=lambda tempo: tempo[0]) - 1][1]

    def _events(self) -> list[tuple[int, object]]:
        found = []
        for track in MidiFile(file=BytesIO(self.midi)).tracks:
            at = 0
            for message in track:
                at += message.time
                found.append((at, message))
        return sorted(found, key=lambda event: event[0])


def recorded(came: list[int], bpm: float = 120.0, **settings: object) -> Take:
    """A take that follows ticks at these times."""
    messages = [(came[0] - MILLISECOND, START), *((at, CLOCK) for at in came)]
    return taken(messages, bpm, **settings)


def taken(messages: list[tuple[int, bytes]], bpm: float, **settings: object) -> Take:
    live = Heard(beginning(PlaySettings(bpm=bpm, **{"rate": "1/16", **settings}), following=True))
    follower = ClockFollower(bpm)
    for at_ns, message in messages:
        if at_ns > live.now:
            live.play((at_ns - live.now) / MILLISECOND)
        for command in follower.feed(message, at_ns):
            live.do(command)
        if len(live.lines) % 50 == 0:
            live.save()
    return Take(live.close(), live)


def late(times: list[int], jitter_ms: float, seed: int = 1) -> list[int]:
    """Each tick late by up to so much."""
    generator = random.Random(seed)
    return sorted(time + round(generator.uniform(0, jitter_ms) * MILLISECOND) for time in times)


def bars(ticks: list[int], beats: int = 4) -> list[int]:
    return [tick // (beats * 480) for tick in ticks]


@pytest.mark.parametrize("bpm", [60, 97.3, 174])
@pytest.mark.parametrize("jitter_ms", [1, 2, 5])
def test_a_steady_clock_with_jitter_has_at_most_one_tempo_a_bar(bpm: float, jitter_ms: float) -> None:
    take = recorded(late(steady(bpm, 24 * 32), jitter_ms))
    where = bars([tick for tick, _ in take.tempi])
    assert len(set(where)) == len(where)
    assert take.tempi[0][0] == 0
    assert all(beat_us == pytest.approx(60e6 / bpm, rel=0.01) for _, beat_us in take.tempi)
    assert max(take.errors()) <= 1.0
    grid = [abs(tick - round(tick / 120) * 120) for tick in take.ticks]
    assert max(grid) <= 5


def test_a_clock_without_jitter_has_one_tempo() -> None:
    take = recorded(steady(120, 24 * 20))
    assert take.tempi == [(0, 500_000)]
    assert take.ticks[:65] == [120 * step for step in range(65)]


@pytest.mark.parametrize("bpm", [60, 97.3, 174])
def test_the_song_position_of_a_daw_leaves_its_tempo_and_the_notes_on_their_beats(bpm: float) -> None:
    live = Heard(beginning(PlaySettings(bpm=bpm), following=True))
    daw, follower = Daw(bpm, now=T0), SongPositionFollower()
    for position in daw.say(30):
        live.play(max(0.0, (position.at_ns - live.now) / MILLISECOND))
        for command in follower.feed(position):
            live.do(command)
    take = Take(live.close(), live)
    assert all(60e6 / beat_us == pytest.approx(bpm, rel=0.01) for _, beat_us in take.tempi)
    assert max(take.errors()) <= 1.0
    assert max(abs(tick - round(tick / 120) * 120) for tick in take.ticks) <= 5


@pytest.mark.parametrize("packet_ms", [5.3, 10.7, 21.3])
def test_a_clock_in_packets_has_at_most_one_tempo_a_bar_once_it_is_known(packet_ms: float) -> None:
    take = recorded(in_packets(steady(120, 24 * 48), packet_ms, 0.1))
    later = [bar for bar in bars([tick for tick, _ in take.tempi]) if bar >= 4]
    assert len(set(later)) == len(later)
    assert max(take.errors()) <= 1.0


@pytest.mark.parametrize("jitter_ms", [0, 2, 5])
@pytest.mark.parametrize(("low", "high"), [(90, 150), (150, 90)])
def test_an_accelerando_keeps_the_tempi_that_its_notes_need(low: float, high: float, jitter_ms: float) -> None:
    take = recorded(late(ramp(low, high, 20), jitter_ms), low)
    assert max(take.errors()) <= 1.0
    assert max(abs(tick - round(tick / 120) * 120) for tick in take.ticks) <= 12
    assert len(take.tempi) > 10
    for tick, beat_us in take.tempi[3:-3]:
        seconds = take.seconds(tick)
        assert 60e6 / beat_us == pytest.approx(low + (high - low) * seconds / 20, rel=0.04)


def test_another_tempo_in_the_middle_of_a_bar_is_there() -> None:
    first = steady(100, 24 * 10)
    take = recorded(first + steady(140, 24 * 16, first[-1] + round(60 * SECOND / 140 / 24)), 100)
    assert max(take.errors()) <= 1.0
    assert 60e6 / take.tempi[0][1] == pytest.approx(100, rel=1e-3)
    assert 60e6 / take.tempi[-1][1] == pytest.approx(140, rel=1e-2)
    changed = [tick for tick, beat_us in take.tempi if 60e6 / beat_us > 130]
    assert abs(changed[0] - 10 * 480) <= 120


def test_two_hours_do_not_drift() -> None:
    """Whole microseconds a beat are up to 4 ms away in 8,000 beats: another tempo is written before."""
    beat_ns = 60 * SECOND / 97.30005
    timeline = Timeline(SongTime(0, 0.0, 97.30005, 0, 4, True), FollowedWriter)
    settled = []
    for beat in range(8000):
        at_ns = round(beat * beat_ns)
        timeline.set_song(at_ns, SongTime(at_ns, beat, 97.30005, 0, 4, True))
        timeline.report(Frame(Kind.ON, beat + 1, 0, 60, 100, at_ns, 0, 0, 1))
        timeline.report(Frame(Kind.OFF, beat + 1, 0, 60, 0, at_ns + SECOND // 10, 0, 0, 1))
        settled += timeline.settle()
    take = Take(midi_file(TrackEncoder().end([*settled, *timeline.rest()])), Heard(beginning(following=True)))
    assert take.ticks == [480 * beat for beat in range(8000)]
    assert 1 <= len(take.tempi) <= 50  # of 2,000 bars
    wrong = [abs(take.seconds(tick) - tick / 480 * beat_ns / SECOND) for tick in take.ticks]
    assert max(wrong) < beat_ns / SECOND / 480 * 1.1


def test_a_stop_and_a_start_leave_the_notes_on_their_beats() -> None:
    ticks = late(steady(120, 24 * 40), 3)
    messages = [(ticks[0] - MILLISECOND, START), *((at, CLOCK) for at in ticks)]
    messages += [(ticks[24 * 9 + 5] + MILLISECOND, STOP), (ticks[24 * 13] + MILLISECOND, START)]
    take = taken(sorted(messages, key=lambda message: message[0]), 120)
    assert max(abs(tick - round(tick / 120) * 120) for tick in take.ticks) <= 5
    again = [tick for tick in take.ticks if tick >= 24 * 9 * 20][-4 * 20 :]
    assert len(again) == 80
    where = bars([tick for tick, _ in take.tempi])
    assert max(where.count(bar) for bar in where) <= 2


def test_a_loop_goes_on_at_a_bar_line() -> None:
    ticks = late(steady(120, 24 * 33), 2)
    messages = [(ticks[0] - MILLISECOND, START), *((at, CLOCK) for at in ticks)]
    messages += [(ticks[24 * beat] - 8 * MILLISECOND, song_position(0)) for beat in (8, 16, 24)]
    take = taken(sorted(messages, key=lambda message: message[0]), 120)
    assert len(take.ticks) >= 128
    assert all(abs(tick - 120 * step) <= 5 for step, tick in enumerate(take.ticks))


@pytest.mark.parametrize("change", [lambda: {"nudge": 12.0}, lambda: {"bar": 3}, lambda: {"nudge": -8.0, "bar": 7}])
def test_nudge_and_bars_of_another_length_are_right(change: Callable[[], dict[str, object]]) -> None:
    take = recorded(late(steady(120, 24 * 24), 2), **change())
    beats = int(str(change().get("bar", 4)))
    where = bars([tick for tick, _ in take.tempi], beats)
    assert len(set(where)) == len(where)
    assert max(take.errors()) <= 1.0
    assert max(abs(tick - round(tick / 120) * 120) for tick in take.ticks) <= 5


def test_the_journal_says_so_and_the_replay_is_the_same(tmp_path_factory: pytest.TempPathFactory) -> None:
    take = recorded(late(steady(133, 24 * 20), 5))
    path = tmp_path_factory.mktemp("take") / "take.jsonl"
    path.write_bytes(b"".join(map(encode, take.live.lines)))
    start, lines = read_journal(path)
    assert start.tempo_map == "bars"
    assert replay(start, lines, decode, AXES, LANDMARKS).midi == take.midi
    assert isinstance(take.live.lines[-1], End)
    assert any(isinstance(line, Turn) for line in take.live.lines)
    before = path.read_bytes().replace(b'{"polate-journal":3', b'{"polate-journal":2', 1)
    path.write_bytes(before)
    start, lines = read_journal(path)
    assert start.tempo_map == "changes"
    old = replay(start, lines, decode, AXES, LANDMARKS).midi
    assert old != take.midi
    assert len(Take(old, take.live).tempi) > 2 * len(take.tempi)
    assert math.isclose(len(Take(old, take.live).ticks), len(take.ticks))


moments = st.integers(0, 8 * SECOND).map(lambda ns: ns // 10_000_000 * 10_000_000)
reports = st.lists(
    st.builds(
        lambda kind, step, note, ns: Frame(kind, step, 0, note, 100 if kind is Kind.ON else 0, T0 + ns, 0, 0, 1),
        st.sampled_from([Kind.ON, Kind.OFF]),
        st.integers(1, 9),
        st.integers(60, 63),
        moments,
    ),
    max_size=40,
)
songs = st.lists(
    st.builds(
        lambda ns, away, bpm, bar, nudge, following: (
            T0 + ns,
            SongTime(T0 + ns, max(0.0, ns / SECOND * 2 + away), bpm, nudge, bar, following),
        ),
        moments,
        st.sampled_from([0.0, 0.01, -0.02, 0.2, -0.2, 3.0, -5.0, 20.0]),
        st.sampled_from([120.0, 121.0, 60.0, 240.0, 4.0, 1000.0]),
        st.sampled_from([4, 4, 3]),
        st.sampled_from([0, 0, 5_000_000]),
        st.sampled_from([True, True, True, False]),
    ),
    max_size=30,
)


def file_of(settled: list[Event], rest: list[Event]) -> bytes:
    return midi_file(TrackEncoder().end([*settled, *rest]))


@given(reports, songs, st.integers(1, 7), st.randoms(use_true_random=False))
def test_the_file_depends_neither_on_when_it_was_looked_at_nor_on_the_order_in_which_reports_came(
    frames: list[Frame], moves: list[tuple[int, SongTime]], every: int, dice: random.Random
) -> None:
    frames.sort(key=lambda frame: frame.due_ns)
    moves.sort(key=lambda move: move[0])
    once, often = (Timeline(SongTime(T0, 0.0, 120.0, 0, 4, True), FollowedWriter) for _ in range(2))
    for timeline in (once, often):
        for at_ns, song in moves:
            timeline.set_song(at_ns, song)
    for frame in dice.sample(frames, len(frames)):
        once.report(frame)
    settled: list[Event] = []
    for number, frame in enumerate(frames):
        assert often.report(frame) == frame
        if number % every == 0:
            often.rest()
            often.bar_tick_at(frame.due_ns)
            settled += often.settle()
    settled += often.settle()
    assert file_of(settled, often.rest()) == file_of(once.settle(), once.rest())


@given(reports, songs)
def test_every_note_that_begins_ends_and_ticks_never_go_back(
    frames: list[Frame], moves: list[tuple[int, SongTime]]
) -> None:
    timeline = Timeline(SongTime(T0, 0.0, 120.0, 0, 4, True), FollowedWriter)
    for at_ns, song in sorted(moves, key=lambda move: move[0]):
        timeline.set_song(at_ns, song)
    for frame in frames:
        timeline.report(frame)
    events = [*timeline.settle(), *timeline.rest()]
    assert [event.tick for event in events] == sorted(event.tick for event in events)
    sounding: dict[int, int] = {}
    for event in events:
        if event.rank >= Rank.NOTE_OFF:
            note = event.data[1]
            sounding[note] = sounding.get(note, 0) + (1 if event.rank is Rank.NOTE_ON else -1)
            assert sounding[note] in (0, 1)
    assert not any(sounding.values())
    assert sum(event.rank is Rank.NOTE_ON for event in events) == sum(frame.kind is Kind.ON for frame in frames)


def test_a_clock_that_ticks_while_nothing_sounds_does_not_make_it_grow() -> None:
    timeline = Timeline(SongTime(0, 0.0, 120.0, 0, 4, True), FollowedWriter)
    timeline.report(Frame(Kind.ON, 1, 0, 60, 100, 0, 0, 0, 1))
    most = 0
    for tick in range(48 * 600):  # ten minutes, in the first half of which the song stands still
        at_ns = tick * SECOND // 48
        beat = max(0, tick - 48 * 300) / 24
        timeline.set_song(at_ns, SongTime(at_ns, beat, 120.0 + tick % 2 / 1000, 0, 4, True))
        if tick % 24 == 0:
            timeline.settle()
            writer = timeline._writer
            assert isinstance(writer, FollowedWriter)
            most = max(most, len(timeline._waiting) + len(writer._places) + len(writer._held) + len(writer.events))
    assert most <= 4096 + 24 + 500
