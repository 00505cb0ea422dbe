from io import BytesIO

from hypothesis import given
from hypothesis import strategies as st
from mido import MidiFile

from polate.gate.frames import MONO, Frame, Kind
from polate.sequencer.voices import BASS, KEYS, LINE
from polate.takes.events import Event, SongTime
from polate.takes.smf import TrackEncoder, midi_file
from polate.takes.timeline import Timeline

SECOND = 1_000_000_000
START = 777 * SECOND
AT_120 = SongTime(START, 0.0, 120.0, 0, 4)  # beat 0 of the song is at START
FOLLOWED = AT_120._replace(following=True)


def on(step: int, note: int, beats: float, *, voice: int = LINE | MONO, port: int = 0) -> Frame:
    """A note that was due so many beats (at 120 bpm) after START."""
    return Frame(Kind.ON, step, 0, note, 100, START + round(beats * SECOND / 2), 0, port, voice)


def off(step: int, note: int, beats: float, *, voice: int = LINE | MONO, port: int = 0) -> Frame:
    return Frame(Kind.OFF, step, 0, note, 0, START + round(beats * SECOND / 2), 0, port, voice)


def heard(timeline: Timeline) -> list[tuple[int, str, object]]:
    """(tick, type, what) of every track together."""
    return read(write([*timeline.settle()], timeline.rest()))


def write(settled: list[Event], rest: list[Event]) -> bytes:
    tracks = TrackEncoder()
    parts = tracks.add(settled)
    return midi_file({track: parts.get(track, b"") + end for track, end in tracks.end(rest).items()})


def read(content: bytes) -> list[tuple[int, str, object]]:
    found = []
    for track in MidiFile(file=BytesIO(content)).tracks:
        at = 0
        for message in track:
            at += message.time
            what = {"note_on": "note", "note_off": "note", "marker": "text", "set_tempo": "tempo"}.get(message.type)
            if what or message.type == "time_signature":
                found.append((at, message.type, getattr(message, what or "numerator")))
    ranks = {"time_signature": 0, "set_tempo": 1, "marker": 2, "note_off": 3, "note_on": 4}
    return sorted(found, key=lambda event: (event[0], ranks[event[1]]))


def notes(timeline: Timeline) -> list[tuple[int, object]]:
    return [(at, what) for at, kind, what in heard(timeline) if kind == "note_on"]


def test_a_tape_has_tempo_markers_and_notes_at_their_ticks() -> None:
    timeline = Timeline(AT_120)
    timeline.mark(0, "tritone 0 1 2")
    timeline.report(on(1, 60, 0))
    timeline.report(off(1, 60, 0.5))
    timeline.mark(2, "ditone 0")
    timeline.report(on(2, 64, 1))
    timeline.set_song(START + SECOND // 2, SongTime(START + SECOND // 2, 1.0, 60.0, 0, 4))
    timeline.report(off(2, 64, 2))
    assert heard(timeline) == [
        (0, "time_signature", 4),
        (0, "set_tempo", 500_000),
        (0, "marker", "tritone 0 1 2"),
        (0, "note_on", 60),
        (240, "note_off", 60),
        (480, "set_tempo", 1_000_000),
        (480, "marker", "ditone 0"),
        (480, "note_on", 64),
        (720, "note_off", 64),
    ]


def test_a_marker_waits_for_the_first_note_of_its_pattern() -> None:
    timeline = Timeline(AT_120)
    timeline.mark(0, "tritone 0")
    timeline.report(on(1, 60, 0))
    timeline.mark(3, "ditone 0")
    timeline.report(on(2, 62, 1))  # on its way when the knob was turned
    timeline.report(on(3, 64, 2))
    assert [event for event in heard(timeline) if event[1] == "marker"] == [
        (0, "marker", "tritone 0"),
        (960, "marker", "ditone 0"),
    ]


def test_a_pattern_that_was_taken_back_before_it_sounded_leaves_no_marker() -> None:
    timeline = Timeline(AT_120)
    timeline.mark(0, "tritone 0")
    timeline.report(on(1, 60, 0))
    timeline.mark(2, "ditone 0")
    timeline.mark(2, "sesquitone 0")
    timeline.mark(2, "tritone 0")
    timeline.report(on(2, 62, 1))
    assert [what for _, kind, what in heard(timeline) if kind == "marker"] == ["tritone 0"]


def test_a_note_shorter_than_a_tick_still_ends_after_it_began() -> None:
    timeline = Timeline(AT_120)
    for step in range(20):
        timeline.report(on(step, 60, step * 2e-6))  # every microsecond
        timeline.report(off(step, 60, step * 2e-6 + 1e-6))
    sounding = 0
    for _, kind, _ in heard(timeline):
        sounding += {"note_on": 1, "note_off": -1}.get(kind, 0)
        assert sounding in (0, 1)
    assert sounding == 0


def test_each_voice_has_a_track_of_its_name_behind_the_conductors() -> None:
    timeline = Timeline(AT_120)
    timeline.report(on(0, 50, 0.5, voice=KEYS))
    timeline.report(on(1, 60, 0))
    timeline.report(on(1, 36, 0, voice=BASS | MONO, port=1))
    file = MidiFile(file=BytesIO(write(timeline.settle(), timeline.rest())))
    assert file.type == 1
    assert [track.name for track in file.tracks] == ["Polate", "line", "bass", "keys"]
    assert [[m.note for m in track if m.type == "note_on"] for track in file.tracks] == [[], [60], [36], [50]]
    assert len({sum(message.time for message in track) for track in file.tracks}) == 1


def test_what_comes_much_too_late_is_taken_down_at_the_earliest_time_that_is_still_open() -> None:
    timeline = Timeline(AT_120)
    for beat in range(8):
        timeline.report(on(beat + 1, 60 + beat, beat))
    timeline.settle()
    assert timeline.report(off(1, 60, 1)) == off(1, 60, 6)  # half a second before the newest
    assert timeline.report(off(8, 67, 7.5)) == off(8, 67, 7.5)
    assert (6 * 480, "note_off", 60) in heard(timeline)


class TestTheSong:
    def test_what_begins_in_the_middle_of_a_song_begins_in_the_middle_of_a_bar(self) -> None:
        timeline = Timeline(SongTime(START, 37.5, 120.0, 0, 4))
        timeline.report(on(1, 60, 0))
        assert notes(timeline) == [(720, 60)]  # a beat and a half after beat 36, the bar line

    def test_the_nudge_is_not_on_the_tape(self) -> None:
        timeline = Timeline(AT_120._replace(nudge_ns=-SECOND // 10))
        timeline.report(on(1, 60, -0.2))
        timeline.report(on(2, 62, 0.8))
        assert notes(timeline) == [(0, 60), (480, 62)]

    def test_small_corrections_of_a_clock_that_is_followed_leave_one_tempo(self) -> None:
        timeline = Timeline(FOLLOWED)
        for tick in range(400):
            at_ns = START + tick * SECOND // 50
            timeline.set_song(
                at_ns, SongTime(at_ns, tick / 25 + 0.0005 * (tick % 3), 120.0 + 0.02 * (tick % 5 - 2), 0, 4, True)
            )
        for beat in range(16):
            timeline.report(on(beat + 1, 60 + beat, beat))
        found = heard(timeline)
        assert [at for at, kind, _ in found if kind == "set_tempo"] == [0]
        assert all(abs(at - 480 * (what - 60)) <= 1 for at, kind, what in found if kind == "note_on")

    def test_a_tempo_that_is_followed_and_changes_is_there(self) -> None:
        timeline = Timeline(FOLLOWED)
        timeline.report(on(1, 60, 0))
        timeline.set_song(START + SECOND, SongTime(START + SECOND, 2.0, 121.0, 0, 4, True))
        assert [at for at, kind, _ in heard(timeline) if kind == "set_tempo"] == [0, 960]

    def test_after_a_jump_the_tape_goes_on_at_the_same_place_of_a_bar(self) -> None:
        timeline = Timeline(FOLLOWED)
        timeline.report(on(1, 60, 0))
        timeline.report(on(2, 62, 6))
        timeline.set_song(
            START + 3 * SECOND + 1, SongTime(START + 3 * SECOND, 1.0, 120.0, 0, 4, True)
        )  # back to beat 1, from 6
        timeline.report(on(3, 64, 7))  # that is beat 2
        timeline.set_song(
            START + 4 * SECOND, SongTime(START + 4 * SECOND, 103.0, 120.0, 0, 4, True)
        )  # and on to beat 103
        timeline.report(on(4, 66, 8))
        assert notes(timeline) == [(0, 60), (6 * 480, 62), (10 * 480, 64), (11 * 480, 66)]

    def test_bars_of_another_length_begin_where_the_next_of_them_begins(self) -> None:
        timeline = Timeline(AT_120)
        timeline.report(on(1, 60, 0))
        timeline.set_song(START + 5 * SECOND // 2, AT_120._replace(bar=3))  # at beat 5
        timeline.report(on(2, 62, 7))
        signatures = [(at, what) for at, kind, what in heard(timeline) if kind == "time_signature"]
        assert signatures == [(0, 4), (6 * 480, 3)]


frames = st.builds(
    lambda kind, step, note, due_ns: Frame(kind, step, 0, note, 100 if kind is Kind.ON else 0, START + due_ns, 0, 0, 1),
    st.sampled_from([Kind.ON, Kind.OFF]),
    st.integers(1, 9),
    st.integers(60, 63),
    st.integers(0, 8 * SECOND).map(lambda ns: ns // 10_000_000 * 10_000_000),
)
grids = st.builds(
    lambda at, beat, bpm, bar: (START + at, SongTime(START + at, beat, bpm, 0, bar)),
    st.integers(0, 8 * SECOND),
    st.floats(0, 50),
    st.sampled_from([60.0, 120.0, 240.0]),
    st.sampled_from([3, 4]),
)


@given(st.lists(frames, max_size=40), st.lists(grids, max_size=3), st.integers(1, 7), st.randoms())
def test_the_file_depends_neither_on_when_it_was_looked_at_nor_on_the_order_in_which_reports_came(
    reports: list[Frame], moves: list[tuple[int, SongTime]], every: int, dice: object
) -> None:
    reports.sort(key=lambda frame: frame.due_ns)
    moves.sort(key=lambda move: move[0])
    once, often = Timeline(AT_120), Timeline(AT_120)
    for timeline in (once, often):
        for at_ns, grid in moves:
            timeline.set_song(at_ns, grid)
    for frame in dice.sample(reports, len(reports)):  # type: ignore[attr-defined]
        once.report(frame)
    settled: list[Event] = []
    for number, frame in enumerate(reports):
        assert often.report(frame) == frame
        if number % every == 0:
            often.rest()
            settled += often.settle()
    settled += often.settle()
    assert write(settled, often.rest()) == write(once.settle(), once.rest())


@given(st.lists(frames, max_size=40), st.lists(grids, max_size=3))
def test_every_note_that_begins_ends_and_one_at_a_time_sounds_of_each(
    reports: list[Frame], moves: list[tuple[int, SongTime]]
) -> None:
    timeline = Timeline(AT_120)
    for at_ns, grid in sorted(moves, key=lambda move: move[0]):
        timeline.set_song(at_ns, grid)
    for frame in reports:
        timeline.report(frame)
    sounding: dict[object, int] = {}
    for _, kind, what in heard(timeline):
        if kind.startswith("note"):
            sounding[what] = sounding.get(what, 0) + (1 if kind == "note_on" else -1)
            assert sounding[what] in (0, 1)
    assert not any(sounding.values())


def test_a_clock_that_ticks_while_nothing_sounds_does_not_make_it_grow() -> None:
    timeline = Timeline(SongTime(0, 0.0, 120.0, 0, 4, True))
    most = 0
    for tick in range(48 * 600):  # ten minutes
        at_ns = tick * 1_000_000_000 // 48
        timeline.set_song(at_ns, SongTime(at_ns, 0.0, 120.0 + tick % 2 / 1000, 0, 4, True))
        if tick % 24 == 0:
            assert timeline.settle() == []
            most = max(most, len(timeline._waiting))
    assert most <= 4096 + 24
