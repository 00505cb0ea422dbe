"""How a machine is judged, and how contestants are compared: without measuring anything."""

import random
from collections.abc import Callable, Iterator

import pytest
from blocks import ENOUGH, Blocks, Row, interleaved, table
from hypothesis import given
from hypothesis import strategies as st

from polate.cli.timing_check import ROUNDS, Measured, measure, percentile, verdict


def lateness(*micros: float, rounds: int = ROUNDS) -> Measured:
    return Measured("note after its time", list(micros), rounds)


def test_a_percentile_lies_between_the_two_values_beside_it() -> None:
    assert percentile([40, 10, 20, 30], 50) == 25
    assert percentile([7], 99) == 7


@given(st.lists(st.floats(0, 1e9), min_size=1), st.floats(0, 100))
def test_a_percentile_is_never_outside_the_values(values: list[float], percent: float) -> None:
    assert min(values) <= percentile(values, percent) <= max(values)


@pytest.mark.parametrize(
    ("idle", "busy", "words"),
    [
        (50, 900, "good for the stage: "),
        (50, 4_000, "good for the stage while the machine has nothing else to do"),
        (2_500, 4_000, "good to rehearse with"),
        (50_000, 60_000, "not for the stage"),
    ],
)
def test_the_verdict_is_by_the_latest_note_in_a_hundred(idle: float, busy: float, words: str) -> None:
    assert verdict(lateness(idle), lateness(busy)).startswith(words)


def test_a_machine_that_was_disturbed_is_not_judged_however_good_its_figures() -> None:
    assert verdict(lateness(1), lateness(1, rounds=ROUNDS - 1)).startswith("inconclusive")


def test_on_this_machine_every_figure_is_measured_or_said_to_be_disturbed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JACK_NO_START_SERVER", "1")
    report = measure("jack", rounds=1)  # with no server there, or with one: both are answers
    rows = (report.idle, report.busy, *report.others)
    for row, figures in zip(rows, (20, 20, 100, 100), strict=True):
        assert row.rounds == 1 or row.disturbed == 3, row
        assert len(row.micros) == row.rounds * figures
    _, *lines = report.lines()
    for row, line in zip(rows, lines, strict=False):
        assert line.startswith(row.name)
        assert ("nan" in line) == (not row.rounds)
        assert (f"{row.disturbed} rounds disturbed" in line) == bool(row.disturbed)
    assert lines[-1] == verdict(report.idle, report.busy)


def thief(*shares: float) -> Callable[[], Callable[[], float]]:
    """A hypervisor that takes this share of the time in each block in turn, and then nothing."""
    taken: Iterator[float] = iter(shares)
    return lambda: lambda: next(taken, 0.0)


def test_a_block_in_which_the_hypervisor_took_the_processor_is_run_again() -> None:
    values = iter([900.0, 1.0, 2.0])
    results = interleaved({"ours": lambda: [next(values)]}, 2, random.Random(0), thief(0.02))
    assert results["ours"].clean == [[1.0], [2.0]]
    assert results["ours"].disturbed == 1


def test_on_a_machine_that_is_always_disturbed_there_is_an_end_and_no_verdict() -> None:
    results = interleaved({"ours": lambda: [1.0]}, ENOUGH, random.Random(0), lambda: lambda: 1.0)
    assert results["ours"].clean == []
    assert not results["ours"].enough


def test_every_contestant_plays_as_many_blocks_in_shuffled_order() -> None:
    order: list[str] = []
    turns = {name: (lambda name=name: order.append(name) or [0.0]) for name in ("a", "b", "c")}
    interleaved(turns, 20, random.Random(0), thief())
    rounds = [tuple(order[at : at + 3]) for at in range(0, 60, 3)]
    assert all(sorted(round_) == ["a", "b", "c"] for round_ in rounds)
    assert len(set(rounds)) > 1


def test_one_bad_block_does_not_move_the_median_of_the_blocks() -> None:
    blocks = Blocks([[1.0], [1.0], [500.0]])
    assert blocks.typical(95) == 1.0
    assert blocks.pooled(100) == 500.0


@pytest.mark.parametrize(
    ("ratio", "enough", "least", "verdict"),
    [
        (0.7, True, False, "holds"),
        (0.71, True, False, "MISSED"),
        (0.7, False, False, "inconclusive"),
        (float("nan"), True, False, "inconclusive"),
        (0.6, True, True, "MISSED"),
        (8.0, True, True, "holds"),
    ],
)
def test_too_few_blocks_are_never_a_pass(ratio: float, enough: bool, least: bool, verdict: str) -> None:
    row = Row("onset", "1 us", "2 us", ratio, 0.7, enough, least)
    assert row.verdict == verdict
    assert verdict in table([row])
