"""The list of the patterns that a model has learned."""

import hashlib
import json
import shutil
from pathlib import Path

import onnxruntime
import pytest

from polate import Decoder, ModelError, Pattern
from polate.model.contract import corpus_file
from polate.model.corpus_file import MOST_PATTERNS, read_corpus
from polate.model.shipped import SHIPPED, shipped_model


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_model_lists_the_corpus_that_it_was_trained_on(name: str) -> None:
    patterns = read_corpus(name, Decoder.open(name).metadata)
    about = onnxruntime.InferenceSession(shipped_model(name)).get_modelmeta().custom_metadata_map["polate.corpus"]
    text = "\n".join(pattern.text for pattern in patterns)
    assert json.loads(about)["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert corpus_file(shipped_model(name)).read_text() == text + "\n"


def test_a_model_without_the_list_has_its_landmarks(tmp_path: Path) -> None:
    model = Path(shutil.copy(shipped_model(), tmp_path))
    metadata = Decoder.open(model).metadata
    patterns = read_corpus(model, metadata)
    assert set(patterns) == {Pattern.parse(mark.text) for mark in metadata.landmarks}
    assert len(set(patterns)) == len(patterns)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"tritone 0 1\ntritone 0 6\n", "line 2: offset 6 is the next principal tone"),
        (b"", f"must have 1 to {MOST_PATTERNS} patterns, got 0"),
        (b"\xff\xfe", "cannot read it"),
        (b"semitone 0\n" * (MOST_PATTERNS + 1), f"must have 1 to {MOST_PATTERNS} patterns, got {MOST_PATTERNS + 1}"),
        (b"x" * (1 << 20) + b"x", "it must have at most 1048576 bytes"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused_with_the_reason(tmp_path: Path, content: bytes, why: str) -> None:
    model = Path(shutil.copy(shipped_model(), tmp_path))
    corpus_file(model).write_bytes(content)
    with pytest.raises(ModelError, match=why) as refused:
        read_corpus(model, Decoder.open(model).metadata)
    assert "slonimsky.patterns.txt" in str(refused.value)
