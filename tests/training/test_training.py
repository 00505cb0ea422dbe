"""The training side, on a corpus small enough for a test."""

import contextlib
import csv
from pathlib import Path

import numpy as np
import pytest
from extras import skip_module_without
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from polate import ConfigError, ModelError, Pattern, PatternError
from polate_training.corpus import Corpus, thesaurus
from polate_training.landmarks import LANDMARKS
from polate_training.octave import octave

pytestmark = pytest.mark.train

with contextlib.suppress(ImportError):  # conftest skips, or fails, all of this where torch is missing
    import torch

    from polate_training.assemble import HARD, Assemble, CellCosts, Costs
    from polate_training.attributes import ATTRIBUTES, normal_scores
    from polate_training.encoding import CellCodes, Codes, Vocabulary
    from polate_training.export import Instrument, check_decoder, export
    from polate_training.fit import CHECKPOINT, Settings, Training
    from polate_training.vae import VAE, attribute_loss, kl, moment_loss

    ALL = Vocabulary.of(thesaurus().patterns)
    QUICK = Settings(epochs=4, hidden=32)

skip_module_without("train")  # the rest of the module needs these names

SMALL = Corpus("tritone", tuple(p for p in thesaurus().patterns if p.interval == 6), {"tritone": "tritone 0"})


def weights(training: "Training") -> list[bytes]:
    return [tensor.numpy().tobytes() for tensor in training.model.state_dict().values()]


def nothing(_: "Training") -> None:
    pass


def test_the_vocabulary_is_what_the_corpus_needs() -> None:
    assert ALL.intervals == (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14)
    assert (ALL.slots, ALL.lowest_offset, ALL.highest_offset) == (4, -11, 21)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others() -> None:
    runs = []
    for seed in (1, 1, 2):
        training = Training(SMALL, Settings(seed=seed, epochs=2, hidden=32))
        training.run(nothing)
        runs.append(weights(training))
    assert runs[0] == runs[1] != runs[2]


def test_a_resumed_run_ends_where_one_that_was_not_stopped_ends(tmp_path: Path) -> None:
    whole = Training(SMALL, QUICK)
    whole.run(nothing)

    class StoppedError(Exception):
        pass

    def stop_in_the_middle(training: "Training") -> None:
        if training.epoch == 2:
            training.save(tmp_path)
            raise StoppedError

    with pytest.raises(StoppedError):
        Training(SMALL, QUICK).run(stop_in_the_middle)
    resumed = Training.load(tmp_path / CHECKPOINT)
    assert resumed.epoch == 2
    resumed.run(nothing)
    assert weights(resumed) == weights(whole)
    assert resumed.losses == whole.losses


def test_training_lowers_the_loss_and_writes_it_down(tmp_path: Path) -> None:
    training = Training(SMALL, Settings(epochs=8, hidden=32))
    training.run(nothing)
    training.save(tmp_path)
    with (tmp_path / "losses.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["epoch"]) for row in rows] == list(range(1, 9))
    assert float(rows[-1]["reconstruction"]) < float(rows[0]["reconstruction"])


def test_what_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no checkpoint at"):
        Training.load(tmp_path / CHECKPOINT)
    (tmp_path / CHECKPOINT).write_bytes(b"not a checkpoint")
    with pytest.raises(ConfigError, match="is not a checkpoint"):
        Training.load(tmp_path / CHECKPOINT)


costs = st.one_of(st.just(0.0), st.floats(-5, 50, width=32), st.sampled_from([-1e30, 1e30, -np.inf, np.inf]))

VOCABULARIES = {
    "thesaurus": ALL,
    "octave": Vocabulary.of([Pattern.parse("12 0 1 2 3 4 5 6 7 8 9 10 11"), Pattern.parse("12 0 7 down 0 2 5")]),
    "few places": Vocabulary.of([Pattern.parse("ditone 0 1 2 3"), Pattern.parse("2 0 1 down 0 -1 3")]),
    "low": Vocabulary.of([Pattern.parse("12 0 2 4 7 9"), Pattern.parse("12 0 2 4 5"), Pattern.parse("6 0 1 2")]),
    "wide": Vocabulary.of([Pattern.parse("24 0 23 -11"), Pattern.parse("14 symmetric 0 1 3 4 5 6")]),
}


@settings(max_examples=100)
@given(st.data())
def test_assemble_gives_a_legal_pattern_whatever_the_decoder_says(data: st.DataObject) -> None:
    def draw(*shape: int) -> "torch.Tensor":
        return torch.from_numpy(data.draw(hnp.arrays("float32", shape, elements=costs)))

    def draw_cell() -> "CellCosts":
        size, offset = draw(2, vocabulary.slots + 1), draw(2, vocabulary.slots * len(vocabulary.offsets))
        return CellCosts(size, offset, torch.ones(1 + vocabulary.slots))

    vocabulary = VOCABULARIES[data.draw(st.sampled_from(sorted(VOCABULARIES)))]
    said = Costs(
        interval=draw(2, len(vocabulary.intervals)),
        up=draw_cell(),
        symmetric=draw(2, 1),
        down=draw_cell() if vocabulary.descending else None,
        descends=draw(2) if vocabulary.descending else None,
        precision=torch.tensor(1.0),
    )
    assembled = Assemble(vocabulary)(said)
    for row, pattern in enumerate(assembled.patterns()):  # a Pattern that exists is legal
        for cell in (pattern.cell, pattern.descending or (0,)):
            if vocabulary.rising:
                assert list(cell) == sorted(cell)
                assert cell[-1] < pattern.interval
        assert not pattern.symmetric or said.symmetric[row] > 0
        assert pattern.descending is None or (said.descends is not None and said.descends[row] > 0)


def test_the_cost_of_an_offset_says_whether_it_is_legal_beside_the_notes_before_it() -> None:
    random = torch.Generator().manual_seed(3)
    z = torch.randn(200, 8, generator=random)
    model = VAE(ALL, 8)
    model.decoder.settle(ALL.encode(thesaurus().patterns), 1.0)
    with torch.no_grad():
        assembled = model.assemble(model.decoder(z))
    for pattern, costs in zip(assembled.patterns(), assembled.offset_cost.tolist(), strict=True):
        for slot in range(1, len(pattern.cell)):
            earlier = pattern.cell[:slot]
            for offset, cost in zip(ALL.offsets, costs[slot - 1], strict=True):
                assert (cost < HARD / 2) == is_legal(pattern.interval, (*earlier, offset))
            assert costs[slot - 1][ALL.offsets.index(pattern.cell[slot])] == min(costs[slot - 1])


def is_legal(interval: int, cell: tuple[int, ...]) -> bool:
    try:
        Pattern(interval, cell)
    except PatternError:
        return False
    return True


def costs_of(codes: "Codes", vocabulary: "Vocabulary") -> "Costs":
    """What a decoder says that is sure of each pattern."""

    def away(index: "torch.Tensor", count: int) -> "torch.Tensor":
        return (torch.arange(count) - index[..., None]).abs().float()

    def cell(wanted: "CellCodes") -> "CellCosts":
        size, offset = away(wanted.added, vocabulary.slots + 1), away(wanted.offset, len(vocabulary.offsets))
        return CellCosts(size, offset.flatten(1), torch.ones(1 + vocabulary.slots))

    return Costs(
        away(codes.interval, len(vocabulary.intervals)),
        cell(codes.up),
        codes.symmetric[:, None] - 0.5,
        cell(codes.down) if vocabulary.descending else None,
        codes.descends - 0.5 if vocabulary.descending else None,
        torch.tensor(1.0),
    )


@pytest.mark.parametrize("corpus", [thesaurus(), octave()], ids=lambda corpus: corpus.name)
def test_assemble_says_what_the_decoder_says_where_that_is_legal(corpus: Corpus) -> None:
    vocabulary = Vocabulary.of(corpus.patterns)
    said = costs_of(vocabulary.encode(corpus.patterns), vocabulary)
    assert Assemble(vocabulary)(said).patterns() == list(corpus.patterns)


def test_a_note_makes_way_before_another_arrives() -> None:
    """The first note rises from 2 to 3, where the second stands: that one has gone to 4 before."""
    heard = []
    for place in torch.linspace(2, 4, 201):
        cost = torch.stack(
            [(torch.tensor(ALL.offsets) - p).abs() for p in (place, torch.tensor(3.0), *[torch.tensor(0.0)] * 2)]
        )
        said = costs_of(ALL.encode([Pattern(7, (0, 2, 3))]), ALL)
        (pattern,) = Assemble(ALL)(said._replace(up=said.up._replace(offset=cost.view(1, -1)))).patterns()
        if pattern.cell not in heard:
            heard.append(pattern.cell)
    assert heard == [(0, 2, 3), (0, 2, 4), (0, 3, 4), (0, 3, 2), (0, 4, 2), (0, 4, 3)]


def test_the_costs_are_those_of_the_decoder_with_the_rules() -> None:
    vocabulary = Vocabulary.of([Pattern.parse("tritone 0 1"), Pattern.parse("ditone 0 3 2")])
    said = costs_of(vocabulary.encode([Pattern.parse("tritone 0 1")]), vocabulary)
    size = torch.tensor([[2.0, 0.0, 1.0]])
    offset = torch.tensor([[9.0, 0.5, 0.0, 9.0] + [0.0] * 4])  # 0 is the principal tone, 2 the nearest of 0..3
    said = said._replace(up=CellCosts(size, offset, torch.ones(3)))
    assembled = Assemble(vocabulary)(said)
    assert assembled.patterns() == [Pattern.parse("tritone 0 2")]
    assert assembled.interval_cost.tolist() == [[1.0, 0.0]]
    assert assembled.size_cost.tolist() == [[2.0, 0.0, 1.0]]
    principal_tone, *others = assembled.offset_cost[0, 0].tolist()
    assert principal_tone >= HARD
    assert others == pytest.approx([0.5, 0.0, 9.0])


def test_an_exported_model_answers_as_torch_does_and_another_is_refused(tmp_path: Path) -> None:
    corpus = Corpus("few", tuple(p for p in octave().patterns if p.descending or len(p.cell) == 5), {})
    training = Training(corpus, Settings.of(len(corpus.patterns), epochs=30, hidden=32))
    training.run(nothing)
    metadata = export(training, tmp_path, "few")
    assert metadata["descending"] is True
    assert metadata["landmarks"] == []
    assert [axis["name"] for axis in metadata["axes"]][:3] == ["density", "brightness", "tilt"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["few.encoder.onnx", "few.onnx", "few.patterns.txt"]
    content = (tmp_path / "few.onnx").read_bytes()
    instrument = Instrument(training.model)
    outputs = list(instrument(torch.zeros(1, 8)))
    check_decoder(content, instrument, outputs, metadata)
    with torch.no_grad():
        training.model.decoder.middle += 0.6
    with pytest.raises(ModelError, match=r"torch and onnxruntime differ on \d+ of 10000 points: not exported"):
        check_decoder(content, instrument, outputs, metadata)


def test_a_corpus_of_all_sorts_is_exported_without_what_it_has_not_learned(tmp_path: Path) -> None:
    texts = ("12 0 down 0 1 2 3 4 5 6 7", "12 0 7 down 0", "tritone 0 1 down 0 -1", "septitone symmetric 0 1 3 4")
    patterns = tuple(Pattern.parse(text) for text in texts)
    training = Training(Corpus("all sorts", patterns, {"down": texts[0]}), Settings(epochs=2, hidden=8))
    training.run(nothing)
    assert export(training, tmp_path, "sorts")["landmarks"] == []  # after two steps


def test_every_landmark_is_in_the_corpus() -> None:
    patterns = set(thesaurus().patterns)
    for name, text in LANDMARKS.items():
        assert Pattern.parse(text) in patterns, name
        assert Pattern.parse(text).text == text


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("interval", "septitone 0 1", 14),
        ("density", "ditone 0 -2 3", 3),
        ("register", "ditone 0 -2 5 9", 1.5),
        ("register", "ditone 0 3", 3),
        ("direction", "ditone 0 5 -2 9", -7),
        ("third note", "ditone 0 5 -2 9", 9),
        ("brightness", "12 0 6", 0),
        ("brightness", "12 0 3 9", 0),
        ("brightness", "12 0 5 10", 1.5),
        ("tilt", "12 0 5 7", 2),
        ("tilt", "12 0 3 6 9", 0),
    ],
)
def test_an_attribute_measures_what_its_name_says(name: str, text: str, value: float) -> None:
    (attribute,) = (each for each in ATTRIBUTES if each.name == name)
    assert attribute.measure(Pattern.parse(text)) == pytest.approx(value)


def test_from_locrian_to_lydian_each_mode_is_brighter() -> None:
    (brightness,) = (each for each in ATTRIBUTES if each.name == "brightness")
    modes = ("locrian", "phrygian", "aeolian", "dorian", "mixolydian", "ionian", "lydian")
    heights = [brightness.measure(Pattern.parse(octave().landmarks[mode])) for mode in modes]
    assert np.diff(heights) == pytest.approx([1 / 6] * 6)  # one of six notes is a semitone higher


def test_normal_scores_are_the_normals_quantiles_at_the_middle_of_the_ranks() -> None:
    scores = normal_scores(torch.tensor([7.0, 5.0, torch.nan, 5.0, 9.0]))
    assert scores[2].isnan()
    # Of four values with half a count more a level: the two fives have the middle 2.5 / 2 / 5.5.
    expected = torch.special.ndtri(torch.tensor([1.25, 3.25, 4.75]) / 5.5)
    assert scores[[1, 3, 0, 4]].tolist() == pytest.approx(expected[[0, 0, 1, 2]].tolist(), abs=1e-6)


def test_the_terms_of_the_loss_by_hand() -> None:
    mu, logvar = torch.tensor([[1.0, 0.0], [-1.0, 2.0]]), torch.log(torch.tensor([[1.0, 0.5], [1.0, 0.5]]))
    assert kl(mu, logvar).tolist() == pytest.approx([0.5, 0.5 * (2 + 0.5 - 1 + np.log(2))])
    scores = torch.tensor([[0.5, torch.nan], [-1.0, 1.0]])
    assert float(attribute_loss(mu, scores)) == pytest.approx((0.25 + 0 + 1) / 2)
    # Means 0 and 1; covariance of the means [[1, -1], [-1, 1]], of the noise [1, 0.5] on the diagonal.
    assert float(moment_loss(mu, logvar, spread=1.0)) == pytest.approx(1 + 1 + 0.25 + 1 + 1)


def test_the_first_wave_of_a_scale_lifts_every_note_and_the_second_tilts_it() -> None:
    patterns = [Pattern.parse("12 0 2 4 5 7 9 11"), Pattern.parse("12 0 2 4 7 9")]
    vocabulary = Vocabulary.of(patterns)
    waves = VAE(vocabulary, 8).decoder.waves  # of 0 .. 6 added notes
    brightness, tilt, middle = waves[6, :, 1], waves[6, :, 2], waves[6, :, 3]
    assert (brightness > 0).all()
    assert (tilt[:3] > 0).all()
    assert (tilt[3:] < 0).all()
    assert middle[2] > 0 > middle[0]
    assert (waves[4, 4:] == 0).all()  # past the end of a five-note scale


def test_the_axes_behind_tilt_share_the_other_waves_and_move_pairs_of_notes() -> None:
    decoder = VAE(Vocabulary.of([Pattern.parse("12 0 2 4 5 7 9 11")]), 8).decoder
    shares = decoder.shares  # (8, 8)
    assert torch.allclose(shares @ shares.T, torch.eye(8), atol=1e-6)
    moves = decoder.waves[6] @ shares  # (6 notes, 8 axes)
    moved = {axis.name: column for axis, column in zip(decoder.axes, moves.T, strict=True)}
    for name in ("middle", "outer", "inner"):  # the two notes of a pair move the same way
        assert torch.allclose(moved[name], moved[name].flip(0), atol=1e-5)
    for name in ("gap", "span"):
        assert torch.allclose(moved[name], -moved[name].flip(0), atol=1e-5)
    assert moved["middle"][2] > 0 > moved["middle"][0]
    assert moved["outer"][0] > 0
    assert moved["inner"][1] > 0 > moved["inner"][2]
    assert moved["gap"][2] < 0 < moved["gap"][3]
    assert moved["span"][0] < 0 < moved["span"][5]


def test_scales_on_several_intervals_have_an_axis_less_and_each_wave_on_some_axis() -> None:
    patterns = [Pattern.parse("12 0 2 4 5 7 9 11"), Pattern.parse("11 0 2 4")]
    decoder = VAE(Vocabulary.of(patterns), 8).decoder
    assert [axis.name for axis in decoder.axes] == [
        "interval", "density", "brightness", "tilt", "middle", "span", "outer", "gap",
    ]  # fmt: skip
    assert torch.linalg.matrix_rank(decoder.shares) == 8
