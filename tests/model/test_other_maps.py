"""The landmarks of the shipped maps, read without loading a model."""

import pytest

from polate.model import onnx_file
from polate.model.decoder import Decoder
from polate.model.onnx_fields import stored_metadata
from polate.model.other_maps import names_on_other_maps, not_on_this_map
from polate.model.shipped import SHIPPED, shipped_model


@pytest.mark.parametrize("model", SHIPPED)
def test_the_metadata_are_those_that_onnxruntime_reads(model: str) -> None:
    content = onnx_file.read(shipped_model(model))
    assert stored_metadata(content) == onnx_file.metadata_texts(onnx_file.session(content, model))


@pytest.mark.parametrize("content", [b"\x72\x05ab", b"\x72\x02\x0a\x00"])
def test_what_is_no_model_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="not an ONNX file"):
        stored_metadata(content)


def test_a_map_lacks_the_names_of_the_others() -> None:
    here = [mark.name for mark in Decoder.open("slonimsky").metadata.landmarks]
    names = names_on_other_maps(here)
    assert names["lydian"] == ("octave", "atlas")
    assert not {name.lower() for name in here} & names.keys()
    assert names_on_other_maps(mark.name for mark in Decoder.open("atlas").metadata.landmarks) == {}


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("lydian", "'lydian' is not on this map; models octave and atlas have it: polate play --model atlas"),
        (" Giant  Steps ", "'Giant  Steps' is not on this map; model atlas has it: polate play --model atlas"),
        ("nowhere", None),
    ],
)
def test_the_sentence_names_the_models(name: str, sentence: str | None) -> None:
    assert not_on_this_map(name, {"lydian": ("octave", "atlas"), "giant steps": ("atlas",)}) == sentence
