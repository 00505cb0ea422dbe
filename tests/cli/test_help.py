"""`polate help`: the pages that come with the package."""

import tomllib
from pathlib import Path

import pytest

from polate.cli.app import run
from polate.cli.help_command import TOPICS
from polate.errors import ConfigError
from polate.model.shipped import shipped_model
from polate_training.verbs import _built_in_model

ROOT = Path(__file__).parents[2]


def test_each_topic_is_a_page_of_the_documentation_that_the_wheel_has(capsys: pytest.CaptureFixture[str]) -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    for topic in TOPICS:
        run(["help", topic])
        assert capsys.readouterr().out == (ROOT / f"docs/{topic}.md").read_text()
        assert build["force-include"][f"docs/{topic}.md"] == f"polate/docs/{topic}.md"


def test_evaluate_finds_the_models_that_come_with_polate_and_those_of_the_folder_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert _built_in_model("octave").samefile(shipped_model("octave"))
    (tmp_path / "exported").mkdir()
    (tmp_path / "exported/octave.onnx").touch()
    assert _built_in_model("octave") == Path("exported/octave.onnx")


def test_without_a_topic_the_pages_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    run(["help"])
    listed = capsys.readouterr().out
    assert all(f"\n  {topic} " in listed for topic in TOPICS)


def test_a_topic_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ConfigError, match=r"topic must be one of playing, page, .* got 'x'"):
        run(["help", "x"])
