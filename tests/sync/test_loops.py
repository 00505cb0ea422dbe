"""A sequencer's loop, followed: the first note at its start is that of the new place, and none is missing."""

import itertools
import random
from dataclasses import dataclass

import pytest
from clock_ticks import CLOCK, MILLISECOND, SECOND, START
from studio import Studio

from polate.control.settings import PlaySettings
from polate.sequencer.voices import LINE
from polate.sync.clock_follower import ClockFollower
from polate.sync.clock_messages import song_position

STEPS = 8  # of the loop: two beats of sixteenths


@dataclass(frozen=True)
class Case:
    """How the sequencer goes back: ``lead_ms`` before the tick it sends a start, or a song position."""

    lead_ms: float
    by_start: bool = False
    bpm: float = 120.0
    jitter_ms: float = 0.0
    from_step: int = 0
    rounds: int = 20
    settings: tuple[tuple[str, object], ...] = ()


def looped(case: Case, rounds: int, seed: int = 1) -> list[list[tuple[int, float]]]:
    """The (note, ms after the loop's start) of each round."""
    generator = random.Random(seed)
    studio = Studio(PlaySettings(bpm=case.bpm, **dict(case.settings)), 500_000, following=True)
    follower = ClockFollower(case.bpm)
    tick_ns, ticks = 60 * SECOND / case.bpm / 24, STEPS * 6
    begin = studio.now + 100 * MILLISECOND
    messages: list[tuple[int, bytes]] = [(begin - 2 * MILLISECOND, START)]
    starts = []
    for tick in range(rounds * ticks + 1):
        due = begin + round(tick * tick_ns)
        if tick % ticks == 0:
            starts.append(due)
            if tick:
                back = START if case.by_start else song_position(case.from_step)
                messages.append((due - round(case.lead_ms * MILLISECOND), back))
        messages.append((due + round(generator.uniform(0, case.jitter_ms) * MILLISECOND), CLOCK))
    messages.sort(key=lambda message: message[0])
    for at_ns, message in messages:
        heard_ns = at_ns + generator.randrange(100_000, 400_000)  # the way to the player
        if heard_ns > studio.now:
            studio.play((heard_ns - studio.now) / MILLISECOND)
        studio.do(*follower.feed(message, at_ns))
    notes = [(note.note, studio.start + round(note.at * MILLISECOND)) for note in studio.voice(LINE)]
    return [
        [
            (note, (at_ns - first) / MILLISECOND)
            for note, at_ns in notes
            if first - tick_ns / 2 <= at_ns < after - tick_ns / 2
        ]
        for first, after in itertools.pairwise(starts)
    ]


@pytest.mark.parametrize(
    "case",
    [
        *(Case(lead) for lead in (1.5, 2, 10, 20)),
        *(Case(lead, by_start=True) for lead in (1.5, 10)),
        Case(5, rounds=200),
        Case(2, by_start=True, rounds=200),
        Case(3, bpm=60),
        Case(3, bpm=180, jitter_ms=1.0),
        Case(2, by_start=True, jitter_ms=0.5),
        Case(5, from_step=4),
        Case(10, settings=(("nudge", -8),)),
        Case(10, settings=(("nudge", 12),)),
        Case(5, settings=(("rate", "1/8t"),)),
        Case(15, settings=(("swing", 66.0),)),
    ],
    ids=str,
)
def test_the_first_note_is_that_of_the_new_place_every_time(case: Case) -> None:
    first, *others = looped(case, case.rounds + 1)
    expected = [note for note, _ in first]
    if case.from_step:
        expected = [note for note, _ in others[0]]
        assert expected[0] == first[case.from_step][0]
    assert len(expected) >= 6
    assert [[note for note, _ in each] for each in others] == [expected] * case.rounds
    nudge = float(str(dict(case.settings).get("nudge", 0)))
    assert all(abs(each[0][1] - nudge) < 2 for each in others)


@pytest.mark.parametrize("by_start", [False, True])
def test_if_it_comes_with_the_tick_the_new_place_is_not_left_out(by_start: bool) -> None:
    """By then the note of the old place has sounded."""
    first, *others = looped(Case(0, by_start=by_start), 20)
    expected = [note for note, _ in first]
    for each in others:
        assert [note for note, _ in each][-STEPS:] == expected
