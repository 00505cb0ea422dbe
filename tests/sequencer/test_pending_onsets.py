from fractions import Fraction

from studio import MS

from polate import Pattern
from polate.control.settings import PlaySettings
from polate.sequencer.grid import Onset
from polate.sequencer.line import Line
from polate.sequencer.pending_onsets import COMMITTED_NS, PendingOnsets
from polate.sequencer.phrase import make_phrase
from polate.sequencer.voices import Voices

LINE = Line(make_phrase(Pattern.parse("tritone 0 1 2"), PlaySettings(), 60))


def sixteenths(*steps: int) -> PendingOnsets:
    """Given onsets, step n due at n * 125 ms."""
    pending = PendingOnsets()
    for step in steps:
        pending.give(Onset(step + 1, step, 0, step * 125 * MS), Fraction(step, 4), LINE.begun(step), Voices())
    return pending


def test_at_first_nothing_has_sounded_and_nothing_can_be_recalled() -> None:
    pending = PendingOnsets()
    assert (pending.last_ns, pending.reached, pending.recall(0)) == (0, -1, None)


def test_the_last_time_is_that_of_the_last_onset_that_was_given() -> None:
    assert sixteenths(1, 2, 3).last_ns == 375 * MS


def test_what_is_due_has_sounded_and_the_song_has_reached_its_beat() -> None:
    pending = sixteenths(1, 2, 3)
    pending.forget_sounded(250 * MS)
    assert pending.reached == Fraction(1, 2)
    first = pending.recall(250 * MS)
    assert first is not None
    assert first.onset.step == 3


def test_the_last_time_stays_when_all_has_sounded() -> None:
    pending = sixteenths(1, 2)
    pending.forget_sounded(1000 * MS)
    assert pending.last_ns == 250 * MS


def test_a_recall_takes_back_all_onsets_and_gives_the_first_with_its_line() -> None:
    pending = sixteenths(1, 2, 3)
    first = pending.recall(0)
    assert first is not None
    assert (first.onset.serial, first.beat, first.line.origin) == (2, Fraction(1, 4), 1)
    assert pending.recall(0) is None
    assert pending.last_ns == 0  # so step 1 can be given again


def test_an_onset_that_is_due_too_soon_is_not_recalled() -> None:
    pending = sixteenths(1, 2)
    first = pending.recall(125 * MS - COMMITTED_NS)
    assert first is not None
    assert first.onset.step == 2
    assert (pending.reached, pending.last_ns) == (Fraction(1, 4), 125 * MS)


def test_a_release_leaves_nothing_to_recall() -> None:
    pending = sixteenths(1, 2)
    pending.release(130 * MS)
    assert pending.recall(130 * MS) is None
    assert pending.reached == Fraction(1, 4)


def test_a_jump_is_over_when_an_onset_has_sounded_after_it() -> None:
    pending = sixteenths(1)
    pending.jump(1)
    assert pending.first_step == 1
    pending.forget_sounded(124 * MS)
    assert pending.first_step == 1
    pending.forget_sounded(125 * MS)
    assert pending.first_step is None


def test_after_a_rewind_no_beat_is_reached() -> None:
    pending = sixteenths(1)
    pending.forget_sounded(125 * MS)
    pending.rewind()
    assert pending.reached == -1
    assert pending.last_ns == 125 * MS  # time does not go back


def test_after_a_jump_the_next_step_may_have_been_due_before_but_is_not_played_before() -> None:
    pending = sixteenths(1)
    pending.forget_sounded(125 * MS)
    pending.leave()
    assert (pending.last_ns, pending.earliest_ns) == (0, 125 * MS)
    pending.give(Onset(3, 0, 0, 125 * MS), Fraction(0), LINE.begun(0), Voices())
    pending.forget_sounded(125 * MS)
    assert (pending.last_ns, pending.earliest_ns) == (125 * MS, 125 * MS)


def test_onsets_of_the_place_that_the_song_has_left_sound_and_are_not_recalled() -> None:
    pending = sixteenths(1, 2)
    pending.forget_sounded(125 * MS)
    pending.rewind()
    pending.leave()
    pending.jump(0)
    assert pending.last_ns == 250 * MS
    assert pending.recall(130 * MS) is None
    pending.forget_sounded(250 * MS)
    assert (pending.reached, pending.first_step) == (-1, 0)
