"""The training side, on a corpus small enough for a test."""

import contextlib
import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from polate import ConfigError, Pattern
from polate_training.corpus import Corpus, thesaurus
from polate_training.landmarks import LANDMARKS

pytestmark = pytest.mark.train

with contextlib.suppress(ImportError):  # conftest skips, or fails, all of this where torch is missing
    import torch

    from polate_training.attributes import ATTRIBUTES
    from polate_training.encoding import Vocabulary
    from polate_training.fit import CHECKPOINT, Settings, Training
    from polate_training.vae import Assemble, Logits

    ALL = Vocabulary.of(thesaurus().patterns)
    QUICK = Settings(epochs=4, hidden=32)

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


logits = st.one_of(st.just(0.0), st.floats(-5, 5, width=32), st.sampled_from([-1e30, 1e30, float("-inf")]))


@settings(max_examples=300)
@given(st.data())
def test_assemble_gives_a_legal_pattern_whatever_the_network_says(data: st.DataObject) -> None:
    def draw(*shape: int) -> "torch.Tensor":
        return torch.from_numpy(data.draw(hnp.arrays("float32", shape, elements=logits)))

    vocabulary = ALL
    said = Logits(
        interval=draw(1, len(vocabulary.intervals)),
        size=draw(1, vocabulary.slots + 1),
        symmetric=draw(1),
        offset=draw(1, vocabulary.slots, len(vocabulary.offsets)),
    )
    (pattern,) = Assemble(vocabulary)(said).patterns()  # a Pattern that exists is legal
    assert pattern.interval == vocabulary.intervals[int(said.interval.argmax())]
    assert len(pattern.cell) == 1 + int(said.size.argmax())
    assert not pattern.symmetric or said.symmetric > 0


def test_assemble_says_what_the_network_says_where_that_is_legal() -> None:
    patterns = thesaurus().patterns
    codes = ALL.encode(patterns)
    one_hot = ALL.one_hot(codes)
    widths = [len(ALL.intervals), ALL.slots + 1, 1, ALL.slots * len(ALL.offsets)]
    interval, size, symmetric, offset = one_hot.split(widths, dim=1)
    said = Logits(interval, size, symmetric[:, 0] - 0.5, offset.unflatten(1, (ALL.slots, -1)))
    assert Assemble(ALL)(said).patterns() == list(patterns)


def test_every_landmark_is_in_the_corpus() -> None:
    patterns = set(thesaurus().patterns)
    for name, text in LANDMARKS.items():
        assert Pattern.parse(text) in patterns, name
        assert Pattern.parse(text).text == text


def test_every_attribute_differs_over_the_corpus() -> None:
    for attribute in ATTRIBUTES:
        assert len({attribute.measure(pattern) for pattern in thesaurus().patterns[::50]}) > 3, attribute.name
