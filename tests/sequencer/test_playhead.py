from studio import MS, SECOND

from polate import Pattern
from polate.control.settings import PlaySettings
from polate.gate.frames import MONO, Frame
from polate.sequencer.grid import Grid
from polate.sequencer.phrase import Phrase, make_phrase
from polate.sequencer.playhead import Playhead
from polate.sequencer.rhythm import Hit
from polate.sequencer.voices import LINE

LOUD = Hit(100, 1)


def phrase(text: str = "tritone 0 1 2", tonic: int = 60) -> Phrase:
    return make_phrase(Pattern.parse(text), PlaySettings(), tonic)


class Reader:
    """A playhead at beat 0, which is at 10 seconds."""

    def __init__(self, **settings: object) -> None:
        self.settings = PlaySettings(**settings)
        self.grid = Grid(self.settings)
        self.grid.transport.follow(0.0, 10 * SECOND, 120.0)
        self.head = Playhead(self.grid, phrase())
        self.head.jump(0)

    def play(self, count: int, played: Hit | None = LOUD) -> list[Frame]:
        return [frame for _ in range(count) for frame in self.head.sound(self.settings, played, False, {})]

    def notes(self, count: int) -> list[tuple[float, int]]:
        return [((frame.due_ns - 10 * SECOND) / MS, frame.note) for frame in self.play(count)]


def test_onsets_follow_each_other_with_their_serials() -> None:
    reader = Reader()
    frames = reader.play(3)
    assert [(frame.due_ns - 10 * SECOND, frame.note) for frame in frames] == [(0, 60), (125 * MS, 61), (250 * MS, 62)]
    assert [frame.step - frames[0].step for frame in frames] == [0, 1, 2]
    assert reader.head.beat == 0.75


def test_a_rest_takes_its_time_and_its_note_of_the_phrase() -> None:
    reader = Reader()
    assert reader.play(1, None) == []
    assert reader.notes(1) == [(125.0, 61)]


def test_a_ratcheted_step_is_an_onset_for_each_stroke() -> None:
    reader = Reader()
    strokes = [((frame.due_ns - 10 * SECOND) / MS, frame.note) for frame in reader.play(3, Hit(100, 2))]
    assert strokes == [(0.0, 60), (62.5, 60), (125.0, 61)]


def test_after_a_recall_the_onsets_that_have_not_sounded_are_next_again() -> None:
    reader = Reader()
    first = reader.play(3)
    assert reader.head.recall(10 * SECOND + 10 * MS) == first[1].step
    assert reader.play(2) == first[1:]


def test_without_an_onset_to_take_back_a_recall_changes_nothing() -> None:
    reader = Reader()
    reader.play(2)
    assert reader.head.recall(11 * SECOND) is None
    assert reader.notes(1) == [(250.0, 62)]


def test_another_rate_continues_on_its_own_grid_at_the_same_place_in_the_phrase() -> None:
    reader = Reader()
    reader.play(2)  # to 125 ms
    reader.grid.use(PlaySettings(rate="1/8"))
    reader.head.regrid(10 * SECOND + 130 * MS)
    assert reader.notes(2) == [(250.0, 62), (500.0, 66)]


def test_steps_whose_time_has_passed_can_be_left_out() -> None:
    reader = Reader()
    reader.head.catch_up(10 * SECOND + 260 * MS)
    assert reader.notes(1) == [(250.0, 62)]  # a moment ago still counts
    reader.head.catch_up(10 * SECOND + 1000 * MS)
    assert reader.notes(1) == [(1000.0, 67)]


def test_a_step_that_has_sounded_is_not_played_again_before_a_rewind() -> None:
    reader = Reader()
    reader.play(1)
    reader.head.forget_sounded(10 * SECOND)
    assert reader.head.step_at(10 * SECOND) == 1
    assert reader.head.step_from(0.0) == 1
    reader.head.rewind()
    assert reader.head.step_at(10 * SECOND) == 0
    assert reader.head.step_from(0.0) == 0


def test_a_jump_plays_what_belongs_to_the_step() -> None:
    reader = Reader()
    reader.head.begin_phrase()
    reader.play(5)
    reader.head.jump(8)
    assert reader.notes(2) == [(1000.0, 67), (1125.0, 66)]


def test_a_jump_to_a_step_that_is_late_does_not_go_back_in_time() -> None:
    reader = Reader(bass=2)
    reader.play(4)
    reader.head.forget_sounded(10 * SECOND + 375 * MS)
    reader.grid.transport.follow(0.0, 10 * SECOND, 1200.0)  # 12.5 ms a step
    reader.head.rewind()
    reader.head.jump(27)  # due at 337.5 ms, and its cell has three notes
    frames = reader.play(5)
    times = [((frame.due_ns - 10 * SECOND) / MS, frame.note) for frame in frames if frame.voice & ~MONO == LINE]
    assert times == [(375.0, 66), (375.0, 67), (375.0, 68), (375.0, 72), (387.5, 68)]
    assert all(frame.off_ns > frame.due_ns for frame in frames)


def test_seconds_count_from_beat_0_at_the_tempo_of_the_jump() -> None:
    reader = Reader()
    reader.head.jump(8)
    assert reader.head.seconds == 1.0


def test_after_a_jump_another_phrase_is_played_as_if_it_had_been_there_before() -> None:
    reader = Reader()
    reader.head.jump(20)
    reader.head.replace_phrase(phrase("sesquitone 0 1"), moved=False)
    assert reader.notes(2) == [(2500.0, 66), (2625.0, 67)]  # places 4 and 5 of 16


def test_later_another_phrase_continues_at_the_nearest_pitch_and_a_moved_one_at_its_place() -> None:
    reader = Reader()
    reader.play(4)
    reader.head.forget_sounded(11 * SECOND)
    reader.head.replace_phrase(phrase("sesquitone 0 1"), moved=False)
    assert reader.notes(1) == [(500.0, 67)]
    reader.head.forget_sounded(11 * SECOND)
    reader.head.replace_phrase(phrase("sesquitone 0 1", 61), moved=True)
    assert reader.notes(1) == [(625.0, 70)]  # 69, a semitone higher


def test_a_release_leaves_nothing_to_take_back() -> None:
    reader = Reader()
    reader.play(2)
    reader.head.release(10 * SECOND)
    assert reader.head.recall(10 * SECOND) is None
