"""The training side, on a corpus small enough for a test."""

import csv
from pathlib import Path

import pytest

pytestmark = pytest.mark.train

torch = pytest.importorskip("torch", reason="torch, of the [train] extra, is not here")

from polate import ConfigError, Pattern  # noqa: E402
from polate_training.attributes import ATTRIBUTES  # noqa: E402
from polate_training.corpus import corpus  # noqa: E402
from polate_training.encoding import Vocabulary  # noqa: E402
from polate_training.fit import CHECKPOINT, Settings, Training  # noqa: E402
from polate_training.landmarks import LANDMARKS  # noqa: E402

SMALL = [pattern for pattern in corpus() if pattern.interval == 6]
QUICK = Settings(epochs=4, hidden=32)


def weights(training: Training) -> list[bytes]:
    return [tensor.numpy().tobytes() for tensor in training.model.state_dict().values()]


def nothing(_: Training) -> None:
    pass


def test_the_vocabulary_is_what_the_corpus_needs() -> None:
    vocabulary = Vocabulary.of(corpus())
    assert vocabulary.intervals == (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14)
    assert (vocabulary.slots, vocabulary.lowest_offset, vocabulary.highest_offset) == (4, -11, 21)


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

    def stop_in_the_middle(training: Training) -> None:
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


def test_every_landmark_is_in_the_corpus() -> None:
    patterns = set(corpus())
    for name, text in LANDMARKS.items():
        assert Pattern.parse(text) in patterns, name
        assert Pattern.parse(text).text == text


def test_every_attribute_differs_over_the_corpus() -> None:
    for attribute in ATTRIBUTES:
        assert len({attribute.measure(pattern) for pattern in corpus()[::50]}) > 3, attribute.name
