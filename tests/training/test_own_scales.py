"""Small corpora of the user's own: every pattern has a place, and those that do not come back are named."""

import contextlib
from pathlib import Path

import pytest
from extras import skip_module_without

from polate import ConfigError, Pattern
from polate.model.latent_map import LatentMap
from polate_training import verbs
from polate_training.corpus import Corpus, thesaurus
from polate_training.octave import octave
from polate_training.sources import MOST_LANDMARKS, read_corpus

pytestmark = pytest.mark.train

with contextlib.suppress(ImportError):  # conftest skips, or fails, all of this where torch is missing
    from polate_training.export import Exportable, lost
    from polate_training.fit import CHECKPOINT, Settings, Training
    from polate_training.strays import bring_back, strays

skip_module_without("train")

OWN = """\
blues = 12 0 3 5 6 7 10
my long name = 12 0 2 3 6 7 8 11
minor = 12 0 2 3 5 7 9 11 down 0 2 3 5 7 8 10
the same as minor = 12 0 2 3 5 7 9 11 down 0 2 3 5 7 8 10
mirror = tritone symmetric 0 1 2
bebop = 12 0 2 4 5 7 9 10 11
blues = 12 0 3 5 6 7 10
third up = semitone 0 4
five = 5 0 4
ditone 0 -2 3
sesquitone 0 -1 1
14 0 3 7 10
septitone 0 4 7
whole-tone 0
"""


def own(folder: Path, lines: int | None = None) -> Path:
    path = folder / "own.txt"
    path.write_text("".join(OWN.splitlines(keepends=True)[:lines]))
    return path


def corpus_of(folder: Path, lines: int | None = None) -> Corpus:
    return read_corpus(own(folder, lines)).corpus.with_text_forms(MOST_LANDMARKS)


class TestNames:
    def test_a_pattern_without_a_name_is_a_landmark_by_its_text_form(self) -> None:
        patterns = tuple(map(Pattern.parse, ("tritone 0 1 2", "ditone 0", "12 0 7")))
        corpus = Corpus("mine", patterns, {"a": "ditone 0", "b": "ditone 0"})
        named = corpus.with_text_forms(4)
        assert named.landmarks == {
            "a": "ditone 0",
            "b": "ditone 0",
            **{text: text for text in ("tritone 0 1 2", "12 0 7")},
        }
        assert list(named.landmarks)[:2] == ["a", "b"]
        assert named.patterns == patterns
        assert named.sha256 == corpus.sha256
        assert corpus.with_text_forms(3) == corpus
        assert named.called(patterns[1]) == "a (ditone 0)"
        assert named.called(patterns[0]) == "tritone 0 1 2"

    def test_the_built_in_corpora_stay_as_they_are(self) -> None:
        for corpus in (thesaurus(), octave()):
            assert corpus.with_text_forms(MOST_LANDMARKS) == corpus


class TestStrays:
    def test_after_a_run_that_is_too_short_all_are_brought_back(self, tmp_path: Path) -> None:
        corpus = corpus_of(tmp_path)
        training = Training(corpus, Settings.of(len(corpus.patterns), epochs=150, hidden=64))
        training.run(lambda _: None)
        assert strays(training)
        assert bring_back(training) == []
        assert lost(Exportable.of(training)) == []

    def test_a_run_in_which_all_come_back_is_not_changed(self, tmp_path: Path) -> None:
        corpus = corpus_of(tmp_path, 2)
        training = Training(corpus, Settings.of(2, epochs=60, hidden=32))
        training.run(lambda _: None)
        bring_back(training)
        before = {name: value.clone() for name, value in training.model.state_dict().items()}
        bring_back(training)
        assert all(value.equal(before[name]) for name, value in training.model.state_dict().items())

    def test_a_run_that_has_hardly_begun_is_left_as_it_is(self) -> None:
        patterns = tuple(pattern for pattern in thesaurus().patterns if pattern.interval == 6)[:100]
        training = Training(Corpus("many", patterns, {}), Settings(epochs=1, hidden=8))
        training.run(lambda _: None)
        assert len(strays(training)) > 64
        assert bring_back(training) == strays(training)


def test_a_small_corpus_has_fewer_steps_and_those_of_the_shipped_models_as_many_as_before() -> None:
    assert Settings.of(30).epochs == 1500
    assert Settings.of(1).epochs == 1500
    assert Settings.of(len(octave().patterns)).epochs == 5150
    assert Settings.of(len(thesaurus().patterns)) == Settings()


class TestVerbs:
    @pytest.mark.parametrize(("lines", "said"), [(1, "1 pattern is few"), (None, "")])
    def test_few_patterns_are_warned_about_and_trained(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], lines: int | None, said: str
    ) -> None:
        run = tmp_path / "run"
        verbs.train(corpus=str(own(tmp_path, lines)), run=run, epochs=20, plot=False)
        err = capsys.readouterr().err
        assert (f"warning: {said}" if said else "epoch 20/20") in err
        assert ("warning" in err) == bool(said)
        assert f"every pattern comes back exactly, of {lines or 12} pattern" in err
        verbs.export(run=run, folder=tmp_path)
        assert "100.00% come back exactly" in capsys.readouterr().out
        corpus, places = corpus_of(tmp_path, lines), LatentMap.open(tmp_path / "run.onnx")
        assert [mark.name for mark in places.decoder.metadata.landmarks] == list(corpus.landmarks)
        for place in (*corpus.landmarks, *(pattern.text for pattern in corpus.patterns)):
            assert places.point(place).remark is None

    def test_a_run_goes_on_with_more_epochs(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        run = tmp_path / "run"
        verbs.train(corpus=str(own(tmp_path, 2)), run=run, epochs=3, plot=False)
        verbs.train(run=run, resume=True, epochs=5, plot=False)
        assert Training.load(run / CHECKPOINT).epoch == 5
        assert len((run / "losses.csv").read_text().splitlines()) == 6
        for epochs in (5, 1):
            with pytest.raises(ConfigError, match=rf"from the beginning of the run, which has 5, got {epochs}"):
                verbs.train(run=run, resume=True, epochs=epochs, plot=False)
        with pytest.raises(ConfigError, match="--seed and --strict belong to a new run"):
            verbs.train(run=run, resume=True, seed=2)
        assert Training.load(run / CHECKPOINT).epoch == 5

    def test_those_that_do_not_come_back_are_listed_by_name(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        training = Training(corpus_of(tmp_path), Settings(epochs=1, hidden=8))
        training.run(lambda _: None)
        training.save(tmp_path / "run")
        verbs.export(run=tmp_path / "run", folder=tmp_path)
        lines = capsys.readouterr().err.splitlines()
        missing = strays(training)
        assert lines[0].startswith(f"{len(missing)} of 12 patterns do not come back exactly; 'polate train --run ")
        assert lines[0].endswith("--resume --epochs 2' trains for longer:")
        assert "  my long name (12 0 2 3 6 7 8 11)" in lines
        assert "  septitone 0 3 7 10" in lines
        assert lines[1:-1] == [f"  {training.corpus.called(pattern)}" for pattern in missing]
        assert lines[-1].startswith("left out ")
