"""The figures of `polate evaluate`, on maps so small that their answers are known."""

import contextlib
import dataclasses
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from polate import ConfigError, ModelError, Pattern
from polate.model.contract import Axis
from polate.model.decoder import Decoder
from polate_training.corpus import Corpus, thesaurus

pytestmark = pytest.mark.train

with contextlib.suppress(ImportError):  # conftest skips, or fails, all of this where the extra is missing
    import onnx

    from polate_training.evaluation import Counts, evaluate, open_model
    from polate_training.evaluation import disentanglement as dis
    from polate_training.evaluation import generation as gen
    from polate_training.evaluation.interpolation import NOTES, interpolation_figures, lbp_distance, piano_roll, ssim
    from polate_training.evaluation.map_figures import (
        axis_figures,
        draw_figures,
        knob_figures,
        posterior_figures,
        reconstruction_figures,
        spearman,
        sweep_figures,
    )
    from polate_training.evaluation.model import Decoded, Model, TrainedOn
    from polate_training.evaluation.pictures import confusion, find_axis
    from polate_training.evaluation.report import Figure, as_json, judgement, print_table
    from polate_training.evaluation.steering import change, distinct, lines, steps
    from polate_training.plots import plot_losses, read_losses
    from polate_training.verbs import evaluate as verb

    FEW = Counts(legal_draws=60, draws=40, sweeps=6, fine_sweeps=1, turns=4, blends=3)

SHIPPED = Path(__file__).parents[2] / "exported" / "slonimsky.onnx"
PNG = b"\x89PNG\r\n"


def p(text: str) -> Pattern:
    return Pattern.parse(text)


def row(interval: int, *cell: int) -> list[int]:
    """As a decoder of four slots gives it."""
    return [interval, len(cell), 0, *cell, *[0] * (5 - len(cell)), *[0] * 6]


def small_map(
    row_at: "Callable[[NDArray[np.float32]], list[int]]", names: tuple[str, ...] = ("interval", "colour")
) -> "Model":
    """A map by a function from one point to a row; every pattern's posterior is its interval on the first axis."""

    def encode(patterns: "object") -> "tuple[NDArray[np.float32], NDArray[np.float32]]":
        mu = np.zeros((len(patterns), len(names)), dtype=np.float32)  # type: ignore[arg-type]
        mu[:, 0] = [pattern.interval for pattern in patterns]  # type: ignore[attr-defined]
        return mu, np.full_like(mu, -20.0)

    axes = tuple(Axis(name, "low", "high", (0.0, 1.0)) for name in names)
    return Model(
        "small", axes, lambda z: np.array([row_at(point) for point in z]), encode, TrainedOn("nothing", "of nothing")
    )


def value(figures: "list[Figure]", name: str) -> float:
    (figure,) = [figure for figure in figures if figure.name == name]
    return figure.values[0]


def values(figures: "list[Figure]", name: str) -> tuple[float, ...]:
    (figure,) = [figure for figure in figures if figure.name == name]
    return figure.values


# -- what counts as a change ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "parameters", "offsets"),
    [
        ("ditone 0 1", "ditone 0 2", 1, [(1, True)]),
        ("ditone 0 1", "ditone 0 3", 1, [(2, False)]),  # 2 was free
        ("ditone 0 3", "ditone 0 5", 1, [(2, True)]),  # over the next principal tone
        ("ditone 0 1 2", "ditone 0 3 2", 1, [(2, True)]),  # over the other note
        ("ditone 0 1 2", "ditone 0 3 7", 2, [(2, True), (5, False)]),  # over where the other note was
        ("ditone 0 3 7", "ditone 0 1 2", 2, [(2, True), (5, False)]),  # over where it comes to be
        ("tritone 0 -1", "tritone 0 1", 1, [(2, True)]),  # over the principal tone
        ("ditone 0 1", "ditone 0 1 2", 1, []),
        ("ditone 0 2 3", "ditone 0 1", 2, [(1, True)]),
        ("ditone 0 1", "sesquitone 0 1", 1, []),
        ("ditone 0 1", "sesquitone 0 2", 2, [(1, True)]),
        ("tritone 0 1 2", "tritone symmetric 0 1 2", 1, []),
        ("ditone 0 1", "ditone 0 1 down 0 2", 1, []),
        ("ditone 0 1 down 0 2", "ditone 0 1 down 0 3", 1, [(1, True)]),
        ("ditone 0 1 down 0 2", "ditone 0 1 down 0 2 3", 1, []),
        ("ditone 0 1 down 0 2", "ditone 0 2 down 0 3", 2, [(1, True), (1, True)]),
    ],
)
def test_a_change_is_counted_in_parameters(
    before: str, after: str, parameters: int, offsets: list[tuple[int, bool]]
) -> None:
    found = change(p(before), p(after))
    assert (found.parameters, list(found.offsets)) == (parameters, offsets)


# -- the map -------------------------------------------------------------------------------------


def test_a_map_that_moves_one_parameter_at_a_time_has_a_share_of_one() -> None:
    model = small_map(lambda z: row(8, 0, int(np.clip(np.floor(z[0] * 3), -3, 3)) + 4))
    ends = np.array([[[-1.0, 0.0]], [[1.0, 0.0]]])  # (2, 1, 2): the added note climbs from 1 to 7
    figures = sweep_figures(model, ends, 1)
    expected = {
        "parameters changed at a step, mean": 1,
        "steps of one parameter": 1,
        "the same on 2,048 steps": 1,
        "offsets that move by one semitone": 1,
        "offsets that move by one legal step": 1,
        "distinct patterns met, mean": 7,
        "positions that are legal": 1,
    }
    assert {name: value(figures, name) for name in expected} == expected


def test_a_map_that_moves_two_parameters_at_a_time_has_a_share_of_nought() -> None:
    def row_at(z: "NDArray[np.float32]") -> list[int]:
        step = int(z[0] * 2.99)  # 0, 1, 2
        return row(8 + step, 0, 1 + 2 * step)

    figures = sweep_figures(small_map(row_at), np.array([[[0.0, 0.0]], [[1.0, 0.0]]]), 1)
    assert value(figures, "parameters changed at a step, mean") == 2
    assert value(figures, "steps of one parameter") == 0
    assert value(figures, "offsets that move by one semitone") == 0
    assert value(figures, "offsets that move by one legal step") == 0
    assert value(figures, "distinct patterns met, median") == 3


def test_an_illegal_row_is_found_and_no_change_is_counted_across_it() -> None:
    def row_at(z: "NDArray[np.float32]") -> list[int]:
        return row(8, 0, 12) if 0.25 < z[0] < 0.5 else row(8, 0, 1 + int(z[0] > 0.5))

    ends = np.array([[[0.0, 0.0]], [[1.0, 0.0]]])
    figures = sweep_figures(small_map(row_at), ends, 1)
    assert value(figures, "positions that are legal") == pytest.approx(0.75, abs=0.01)
    assert np.isnan(value(figures, "steps of one parameter"))  # the illegal rows stand between the two patterns
    assert steps(small_map(row_at).decode(lines(ends[0], ends[1]))) == []


def test_a_row_may_have_a_descending_cell() -> None:
    rows = np.array([[12, 3, 0, 0, 4, 7, 0, 0, 2, 0, 5, 0, 0, 0], [12, 3, 0, 0, 4, 7, 0, 0, 0, 0, 0, 0, 0, 0]])
    assert Decoded.of(rows, (2,)).flat() == [p("12 0 4 7 down 0 5"), p("12 0 4 7")]


def test_draws_are_counted_legal_new_and_distinct() -> None:
    rows = np.array([row(8, 0, 1), row(8, 0, 2), row(8, 0, 2), row(8, 0, 3), row(8, 0, 12), row(8, 0, 8)])
    draws = Decoded.of(rows, (6,))
    figures = draw_figures(draws, draws, {p("quadritone 0 1")})
    assert value(figures, "legal, of 6 prior draws") == pytest.approx(4 / 6)
    assert value(figures, "legal and not in the corpus, of 6 prior draws") == pytest.approx(3 / 6)
    assert value(figures, "of these distinct") == pytest.approx(2 / 3)


def test_rows_that_differ_in_one_number_are_told_apart_and_equal_ones_are_not() -> None:
    random = np.random.default_rng(1)
    rows = np.array([row(int(i), 0, *map(int, rest)) for i, *rest in random.integers(1, 12, (4000, 5))])
    decoded = Decoded.of(rows, (4000,))
    assert len(decoded.patterns) == len({tuple(r) for r in rows.tolist()})
    seen: dict[int, tuple[int, ...]] = {}
    assert all(seen.setdefault(i, tuple(r)) == tuple(r) for i, r in zip(decoded.index, rows.tolist(), strict=True))


def test_distinct_patterns_are_counted_once_though_the_line_comes_back() -> None:
    decoded = Decoded((p("ditone 0"), p("ditone 0 1"), None), np.array([[0, 1, 0, 1], [0, 0, 0, 0], [0, 1, 2, 0]]))
    assert distinct(decoded).tolist() == [2, 1, 3]


def test_a_knob_is_turned_from_end_to_end_and_only_itself() -> None:
    def row_at(z: "NDArray[np.float32]") -> list[int]:
        return row(8, 0, 1 + min(4, int(z[1] * 5))) if z[0] < 0.5 else row(9, 0, 1 + min(4, int(z[1] * 5)))

    model = small_map(row_at, ("interval", "colour", "nothing"))
    figures = knob_figures(model, np.full((3, 3), 0.1))
    assert values(figures, "distinct patterns met, median") == (2, 5, 1)
    assert values(figures, "changes of the attribute that go forward") == (1.0,)


def test_steps_back_of_the_attribute_are_counted_and_steps_in_place_are_not() -> None:
    intervals = [4, 5, 5, 6, 5, 7]  # forward, forward, back, forward
    model = small_map(lambda z: row(intervals[min(5, int(z[0] * 6))], 0, 1 + int(z[0] * 8) % 2))
    figures = knob_figures(model, np.zeros((2, 2)))
    assert values(figures, "changes of the attribute that go forward") == (0.75,)
    assert values(figures, "steps that do not go back") == (1 - 1 / 127,)


def test_an_attribute_counts_as_a_tie_in_the_middle_where_it_does_not_apply() -> None:
    cells = [(0, 1, 2, 3), (0, 3), (0, 1, 2, 5), (0, 1, 2, 6)]
    model = small_map(lambda z: row(8, *cells[int(z[0])]), ("third note", "colour"))
    z = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0]])
    figures = axis_figures(model, z, model.decode(z))
    assert values(figures, "share of draws where it does") == (0.75,)
    assert values(figures, "Spearman, where the attribute applies") == (1.0,)
    assert values(figures, "Spearman, over all draws") == pytest.approx(
        (np.corrcoef([1, 2, 3, 4], [1, 2.5, 2.5, 4])[0, 1],)
    )


def test_spearman_is_of_ranks_and_nan_where_nothing_varies() -> None:
    assert spearman(np.array([1.0, 2, 3]), np.array([1.0, 10, 1000])) == pytest.approx(1)
    assert spearman(np.array([1.0, 2, 3]), np.array([3.0, 2, 1])) == pytest.approx(-1)
    assert np.isnan(spearman(np.array([1.0, 2, 3]), np.array([1.0, 1, 1])))


def test_reconstruction_counts_what_comes_back_exactly() -> None:
    patterns = [p("ditone 0"), p("tritone 0"), p("tritone 0 1"), p("quadritone 0")]
    model = small_map(lambda z: row(round(float(z[0])), 0))
    mu, _ = model.encode(patterns)
    assert value(reconstruction_figures(model, patterns, mu), "patterns that come back exactly from their mean") == 0.75


def test_the_posterior_is_compared_with_a_standard_normal() -> None:
    model = small_map(lambda z: row(8, 0))
    mu = np.array([[1.0, 0.0], [-1.0, 0.0]], dtype=np.float32)
    logvar = np.log(np.array([[0.25, 1.0], [0.25, 1.0]], dtype=np.float32))
    figures = posterior_figures(model, mu, logvar)
    assert values(figures, "KL to the prior, in nats") == pytest.approx(
        (0.5 * (1 + 0.25 - 1 - np.log(0.25)), 0), abs=1e-6
    )
    assert values(figures, "aggregated mean") == pytest.approx((0, 0))
    assert values(figures, "aggregated standard deviation") == pytest.approx((np.sqrt(1.25), 1))
    assert value(figures, "the farthest from 1") == pytest.approx(np.sqrt(1.25) - 1)


# -- disentanglement -----------------------------------------------------------------------------


def test_the_measures_of_disentanglement_follow_their_definitions() -> None:
    assert dis.modularity(np.array([[1.0, 0], [0, 2]])) == 1
    assert dis.modularity(np.array([[1.0, 1], [2, 2]])) == 0
    assert dis.modularity(np.array([[1.0, 0.5], [0, 0]])) == pytest.approx((1 - 0.25 + 0) / 2)
    assert dis.mig(np.array([[2.0, 0], [1, 1], [0, 0]]), np.array([2.0, 1])) == pytest.approx((0.5 + 1) / 2)
    assert dis.sap(np.array([[0.9, 0.1], [0.2, 0.6], [0, 0]])) == pytest.approx((0.7 + 0.5) / 2)
    # the most informative axis, not the one that a line fits best
    assert dis.interpretability(np.array([[2.0], [1.0]]), np.array([[0.3], [0.8]])) == pytest.approx(0.3)


def test_mutual_information_is_the_entropy_of_a_copy_and_nought_of_what_is_independent() -> None:
    a, b = np.repeat([0.0, 1], 50), np.tile([0.0, 1], 50)
    assert dis.mutual_information(a, a) == pytest.approx(np.log(2))
    assert dis.mutual_information(a, b) == pytest.approx(0)
    missing = np.where(np.arange(100) < 10, np.nan, a)
    assert dis.mutual_information(np.where(np.isnan(missing), 9, a), missing) == pytest.approx(
        -(40 / 90 * np.log(40 / 90) + 50 / 90 * np.log(50 / 90))
    )


def test_levels_are_own_values_or_twenty_of_equal_share() -> None:
    assert dis.levels(np.array([5.0, 1, 5])).tolist() == [1, 0, 1]
    many = dis.levels(np.random.default_rng(0).standard_normal(2000))
    assert np.bincount(many).tolist() == [100] * 20


def test_axes_that_are_the_attributes_reach_every_measure_and_mixed_ones_do_not() -> None:
    random = np.random.default_rng(0)
    attributes = [random.integers(0, 8, 5000).astype(float) for _ in range(2)]
    pure = dis.disentanglement_figures("", np.stack(attributes, axis=1), attributes)
    assert all(figure.values[0] > 0.99 for figure in pure), pure
    both = np.stack([attributes[0] + attributes[1]] * 2, axis=1)
    mixed = dis.disentanglement_figures("", both, attributes)
    assert value(mixed, "mutual information gap (MIG)") == 0
    assert value(mixed, "separated attribute predictability (SAP)") == 0
    assert value(mixed, "modularity") < 0.1


# -- generation ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sparseness", "coverage", "entropy", "palindrome", "mirrored"),
    [
        ("semitone 0", 0, 1, 0, 1, 1),
        ("whole-tone 0", 6 / 13, 0.5, 0, 1, 1),
        ("tritone 0 1", 1 - 5 / 13, 4 / 12, 1, 1, 1),  # C C# F# G c
        ("tritone 0 1 3", 1 - 7 / 13, 0.5, np.log2(3), 1, 0),
        ("ditone 0 1 5", 1 - 8 / 14, 0.5, np.log2(3), 1, 0),  # up a semitone is not down a semitone
        ("12 0 2 4 5 7 9 11 down 0 2 3 5 7 8 10", 1 - 8 / 13, 7 / 12, None, 9 / 15, None),
    ],
)
def test_the_measures_of_a_scale(
    text: str, sparseness: float, coverage: float, entropy: float | None, palindrome: float, mirrored: float | None
) -> None:
    pattern = p(text)
    assert gen.sparseness(pattern) == pytest.approx(sparseness)
    assert gen.pitch_coverage(pattern) == pytest.approx(coverage)
    assert gen.palindrome(pattern) == pytest.approx(palindrome)
    if entropy is not None:
        assert gen.interval_entropy(pattern) == pytest.approx(entropy)
    if mirrored is not None:
        assert gen.mirrored(pattern) == mirrored


def test_kl_is_nought_of_itself_and_smoothed_by_one() -> None:
    assert gen.kl(Counter("aab"), Counter("aab")) == 0  # type: ignore[arg-type]
    assert gen.kl(Counter([0]), Counter([1])) == pytest.approx(2 / 3 * 1 + 1 / 3 * -1)


def test_the_nearest_of_the_corpus_is_the_one_with_the_fewest_other_parameters() -> None:
    corpus = [p("ditone 0 1 2"), p("tritone 0 5")]
    near = [p("ditone 0 1 2"), p("ditone 0 1"), p("sesquitone 0 5"), p("diapente 0 3"), p("ditone 0 1 2 down 0 1")]
    assert gen.distance_to_nearest(near, corpus).tolist() == [0, 1, 1, 2, 2]


# -- interpolation -------------------------------------------------------------------------------


def test_a_piano_roll_has_one_note_a_row_and_goes_round() -> None:
    roll = piano_roll(p("whole-tone 0"))
    assert roll.shape == (NOTES, 88)
    assert roll.sum(1).tolist() == [1.0] * NOTES
    assert (roll.argmax(1) + 21)[:13].tolist() == [60, 62, 64, 66, 68, 70, 72, 70, 68, 66, 64, 62, 60]


def test_a_picture_is_like_itself_and_unlike_another() -> None:
    a, b = piano_roll(p("whole-tone 0")), piano_roll(p("diapente 0 1 3"))
    assert ssim(a, a) == pytest.approx(1)
    assert lbp_distance(a, a) == pytest.approx(0)
    assert ssim(a, b) < 0.2  # over the whole picture it is above 0.5: most of both is empty
    assert lbp_distance(a, b) > 0.3  # in black and white 0.01
    assert lbp_distance(a, piano_roll(p("whole-tone 0"))) == 0


def test_a_blend_that_changes_each_note_once_is_as_long_as_its_ends_are_apart() -> None:
    # The one step of the way takes it from the one end to the other.
    model = small_map(lambda z: row(8, 0, 1 + int(z[0] > 0.5)))
    figures = interpolation_figures(model, np.array([[[0.0, 0.0]], [[1.0, 0.0]]]))
    assert value(figures, "squared L2: length of the way over the ends' distance") == 1
    assert value(figures, "squared L2: deviation of the steps over their mean") == pytest.approx(np.sqrt(8))  # 1 of 9
    assert value(figures, "SSIM of neighbours that differ") == value(figures, "SSIM of the two ends")


def test_a_map_of_nothing_legal_has_figures_all_the_same() -> None:
    model = small_map(lambda z: row(8, 0, 12))
    model = dataclasses.replace(model, corpus=TrainedOn("one", Corpus("one", (p("quadritone 0"),), {}).sha256))
    figures = evaluate(model, Corpus("one", (p("quadritone 0"),), {}), 0, FEW)
    assert value(figures, "legal, of 60 prior draws") == 0
    assert np.isnan(value(figures, "SSIM of the two ends"))
    assert not any(figure.section.startswith("disentanglement") for figure in figures)


# -- the report ----------------------------------------------------------------------------------


def test_a_target_is_reached_by_every_value_or_not_at_all() -> None:
    assert Figure("", "", (0.95, 1.0), target=0.95).reached
    assert not Figure("", "", (0.94, 1.0), target=0.95).reached
    assert Figure("", "", (1.08,), target=1.08, at_most=True).reached
    assert not Figure("", "", (1.09,), target=1.08, at_most=True).reached
    assert not Figure("", "", (float("nan"),), target=0.5).reached
    assert Figure("", "", (1.0,)).reached is None


def test_json_has_null_for_what_is_no_number_and_names_for_each_axis() -> None:
    figures = [Figure("a", "b", (float("nan"),), target=0.5), Figure("a", "c", (1.0, 2.0), labels=("x", "y"))]
    one, two = json.loads(json.dumps(as_json(figures)))
    assert one == {"section": "a", "name": "b", "value": None, "target": "at least 0.500", "reached": False}
    assert two == {"section": "a", "name": "c", "value": {"x": 1.0, "y": 2.0}}


def test_the_table_puts_the_axes_side_by_side_and_says_what_is_not_reached(capsys: pytest.CaptureFixture[str]) -> None:
    figures = [
        Figure("part", "one", (0.5,), target=0.9),
        Figure("part", "of both", (1.0, 2.0), ".0f", ("x", "y")),
        Figure("part", "of one", (3.0,), ".0f", ("y",)),
    ]
    print_table(figures, {"seed": 0})
    lines_ = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "| part | one | 0.500 | at least 0.900 | **not reached** |" in lines_
    assert "| part | of both | 1 | 2 | | |" in lines_
    assert "| part | of one | | 3 | | |" in lines_
    assert "seed: 0" in lines_


def test_the_judgement_says_in_words_what_holds_and_what_misses() -> None:
    back = Figure("corpus", "patterns that come back exactly from their mean", (1.0,), ".3%", target=1.0)
    one = Figure("sweeps of 128 steps", "steps of one parameter", (0.938,), ".1%", target=0.95)
    met = Figure("a knob's full turn", "distinct patterns met, median", (9.0, 7.0), ".0f", ("x", "y"), target=8)
    nothing = Figure("sweeps of 128 steps", "distinct patterns met, mean", (float("nan"),))
    assert judgement("mine", [back, one, met, nothing]) == (
        "mine: 100 % of the patterns come back exactly; 93.8 % of the steps between two places change one thing; "
        "a full turn of a knob meets 7 (y) to 9 (x). It misses 2 of 3 targets: "
        "sweeps of 128 steps, steps of one parameter is 93.8%, not at least 95.0%; "
        "a knob's full turn, distinct patterns met, median of y is 7, not at least 8."
    )
    assert judgement("mine", [back]) == "mine: 100 % of the patterns come back exactly. It reaches its target."
    assert judgement("mine", [back, back]).endswith("It reaches all 2 targets.")
    free = dataclasses.replace(back, target=None, values=(0.9333,))
    assert judgement("mine", [free]) == (
        "mine: 93.3 % of the patterns come back exactly. There are no targets for a model of this corpus."
    )
    assert judgement("mine", []) == "mine: There are no targets for a model of this corpus."


# -- the shipped files ---------------------------------------------------------------------------


def test_the_encoder_puts_the_landmarks_where_the_metadata_has_them() -> None:
    landmarks = Decoder.open(SHIPPED).metadata.landmarks
    mu, _ = open_model(SHIPPED).encode([p(landmark.text) for landmark in landmarks])
    assert np.abs(mu - np.array([landmark.z for landmark in landmarks])).max() < 1e-3


def test_the_files_give_what_the_instrument_plays() -> None:
    z = np.random.default_rng(3).standard_normal((300, 8), dtype=np.float32)
    assert open_model(SHIPPED).decode(z).flat() == Decoder.open(SHIPPED).decode_many(z)


def test_the_verb_prints_a_table_and_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(Counts, "twentieth", lambda self: FEW)
    monkeypatch.setattr("sys.argv", ["polate", "evaluate", "--quick"])
    verb(model=SHIPPED, quick=True)
    table = capsys.readouterr().out
    assert "| corpus " in table
    assert "command: polate evaluate --quick\n" in table
    assert table.splitlines()[-1].startswith("slonimsky: 100 % of the patterns come back exactly; ")
    verb(model=SHIPPED, quick=True, json_=True, plot=tmp_path, axes=("1", "register"))
    answer = json.loads(capsys.readouterr().out)
    (legal,) = [figure for figure in answer["figures"] if figure["name"] == "legal, of 60 prior draws"]
    assert legal == {
        "section": "draws",
        "name": legal["name"],
        "value": 1.0,
        "target": "at least 100.000%",
        "reached": True,
    }
    assert answer["machine"]["onnxruntime"]
    assert answer["judgement"] == table.splitlines()[-1]
    assert (tmp_path / "map.png").read_bytes().startswith(PNG)
    with pytest.raises(ConfigError, match="--run needs --plot DIR"):
        verb(model=SHIPPED, run=tmp_path)


def test_the_same_seed_gives_the_same_figures_and_another_seed_others() -> None:
    model, corpus = open_model(SHIPPED), thesaurus()
    first, again, other = (as_json(evaluate(model, corpus, seed, FEW)) for seed in (0, 0, 1))
    assert first == again
    for section in ("draws", "sweeps of 128 steps", "a knob's full turn", "blends of 10 points, as piano rolls"):
        of_section = [[figure for figure in each if figure["section"] == section] for each in (first, other)]
        assert of_section[0] != of_section[1], section
    assert len({(figure["section"], figure["name"]) for figure in first}) == len(first)


def test_another_corpus_than_the_models_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"trained on, 'the rules of the Thesaurus' .* got 'one pattern' .*--corpus"):
        evaluate(open_model(SHIPPED), Corpus("one pattern", (p("ditone 0"),), {}), 0, FEW)


def test_a_file_that_is_not_there_or_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        open_model(tmp_path / "none.onnx")
    (tmp_path / "bad.onnx").write_bytes(b"nothing")
    with pytest.raises(ModelError, match="is not an ONNX model"):
        open_model(tmp_path / "bad.onnx")


def test_confusion_is_in_percent_of_what_went_in() -> None:
    went_in = [p("ditone 0"), p("ditone 0 1"), p("tritone 0"), p("tritone 0 1")]
    came_back = [p("ditone 0 2"), p("tritone 0"), p("tritone 0"), None]
    intervals, percent = confusion(went_in, came_back)
    assert intervals == [4, 6]
    assert percent.tolist() == [[50, 50], [0, 100]]


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("polate.corpus", None, "metadata key polate.corpus is missing"),
        (
            "polate.corpus",
            '{"name": "x"}',
            r"metadata key polate.corpus is not valid: .* missing required field `sha256`",
        ),
        ("polate.slots", '"four"', "metadata key polate.slots is not valid: Expected `int`"),
    ],
)
def test_metadata_that_breaks_the_contract_is_refused_by_its_key(
    key: str, text: str | None, message: str, tmp_path: Path
) -> None:
    model = onnx.load(SHIPPED)
    kept = {prop.key: prop.value for prop in model.metadata_props if prop.key != key} | ({key: text} if text else {})
    onnx.helper.set_model_props(model, kept)
    onnx.save(model, tmp_path / "bad.onnx")
    (tmp_path / "bad.encoder.onnx").write_bytes(SHIPPED.with_suffix(".encoder.onnx").read_bytes())
    with pytest.raises(ModelError, match=message):
        open_model(tmp_path / "bad.onnx")


def test_an_encoder_in_the_decoders_place_is_refused(tmp_path: Path) -> None:
    for name in ("bad.onnx", "bad.encoder.onnx"):
        (tmp_path / name).write_bytes(SHIPPED.with_suffix(".encoder.onnx").read_bytes())
    with pytest.raises(ModelError, match=r"metadata key polate.axes is missing"):
        open_model(tmp_path / "bad.onnx")


def test_the_loss_curves_are_drawn(tmp_path: Path) -> None:
    losses = tmp_path / "losses.csv"
    losses.write_text("epoch,reconstruction,kl\n1,9.5,0.1\n2,4.5,1.0\n")
    assert read_losses(losses) == [{"reconstruction": 9.5, "kl": 0.1}, {"reconstruction": 4.5, "kl": 1.0}]
    plot_losses(read_losses(losses), tmp_path / "losses.png")
    assert (tmp_path / "losses.png").read_bytes().startswith(PNG)


def test_an_axis_that_is_not_there_and_a_table_that_is_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"an axis must be 1\.\.2 or one of interval, colour, got '3'"):
        find_axis(small_map(lambda z: row(8, 0)), "3")
    with pytest.raises(ConfigError, match="no losses at"):
        read_losses(tmp_path / "losses.csv")
    (tmp_path / "losses.csv").write_text("epoch,kl\n1,much\n")
    with pytest.raises(ConfigError, match="is not a table of losses"):
        read_losses(tmp_path / "losses.csv")
