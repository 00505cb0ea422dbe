"""The encoder's part of the contract of exported/README.md, on the shipped file and on broken ones."""

import contextlib
import json
import shutil
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from polate import ModelError, Pattern, PatternError
from polate.model.contract import encoder_file
from polate.model.decoder import Decoder
from polate.model.encoder import Encoder, one_hot
from polate.model.shipped import SHIPPED, shipped_model

with contextlib.suppress(ImportError):
    import onnx


@pytest.fixture(scope="module")
def encoder(decoder: Decoder) -> Encoder:
    return Encoder.open(decoder)


class TestShippedEncoder:
    def test_the_mean_of_a_pattern_decodes_to_it(self, encoder: Encoder, decoder: Decoder) -> None:
        for text in ("tritone 0 1 2", "ditone 0 -2 3", "tritone symmetric 0 1 2", "septitone 0 4 7", "semitone 0"):
            mu, logvar = encoder.encode(Pattern.parse(text))
            assert mu.shape == logvar.shape == (8,)
            assert decoder.decode(mu.tolist()).text == text

    def test_one_and_many_give_the_same(self, encoder: Encoder) -> None:
        patterns = [Pattern.parse("tritone 0 1 2"), Pattern.parse("diapente 0 2 4 6")]
        mu, logvar = encoder.encode_many(patterns)
        for row, pattern in enumerate(patterns):
            np.testing.assert_allclose(encoder.encode(pattern), (mu[row], logvar[row]), atol=1e-5)

    @pytest.mark.train
    @pytest.mark.parametrize("name", SHIPPED)
    def test_it_reads_patterns_as_the_training_writes_them(self, name: str) -> None:
        from polate_training.encoding import Vocabulary
        from polate_training.sources import find_corpus

        patterns = find_corpus(name).corpus.patterns
        vocabulary = Vocabulary.of(patterns)
        wanted = vocabulary.one_hot(vocabulary.encode(patterns)).numpy()
        metadata = Decoder.open(Path(name)).metadata
        found = np.stack([one_hot(pattern, metadata) for pattern in patterns])
        assert found.dtype == wanted.dtype
        assert (found == wanted).all()

    @pytest.mark.train
    @pytest.mark.parametrize("name", SHIPPED)
    def test_the_whole_corpus_comes_back_from_its_means(self, name: str) -> None:
        from polate_training.sources import find_corpus

        decoder = Decoder.open(Path(name))
        patterns = list(find_corpus(name).corpus.patterns)
        assert decoder.decode_many(Encoder.open(decoder, Path(name)).encode_many(patterns)[0]) == patterns

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            (
                "12 0 2 4 5",
                r"intervals are 1, 2, 3, .*, 14 semitones, got 12 \(--model octave has octave scales\)",
            ),
            ("tritone 0 1 2 3 4 5", "cells have at most 5 notes, got 6"),
            ("tritone 0 22", r"offsets are -11\.\.21 semitones, got 22"),
            ("tritone 0 1 down 0 2", "it has no descending cells"),
        ],
    )
    def test_what_is_outside_the_vocabulary_is_refused_with_what_is_in_it(
        self, encoder: Encoder, text: str, complaint: str
    ) -> None:
        with pytest.raises(PatternError, match=f"'{text}' is not in the model's vocabulary: .*{complaint}"):
            encoder.encode(Pattern.parse(text))


@pytest.mark.train  # onnx makes the files
class TestBrokenEncoders:
    @pytest.fixture
    def model(self, tmp_path: Path) -> Path:
        """A sound pair of files: what a test puts into the encoder's place is what is wrong."""
        for path in (shipped_model(), encoder_file(shipped_model())):
            shutil.copy(path, tmp_path / path.name)
        return tmp_path / shipped_model().name

    def change(self, model: Path, **changes: object) -> None:
        """Change metadata keys of the encoder, or take them away (None)."""
        path = encoder_file(model)
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        metadata = dict(session.get_modelmeta().custom_metadata_map)
        for key, value in changes.items():
            metadata[f"polate.{key}"] = json.dumps(value)
            if value is None:
                del metadata[f"polate.{key}"]
        content = onnx.load(path)
        onnx.helper.set_model_props(content, metadata)
        onnx.save(content, path)

    def test_a_sound_copy_is_taken(self, model: Path, decoder: Decoder) -> None:
        pattern = Pattern.parse("tritone 0 1 2")
        mu, _ = Encoder.open(Decoder.open(model), model).encode(pattern)
        assert mu.tolist() == Encoder.open(decoder).encode(pattern)[0].tolist()

    @pytest.mark.parametrize(
        ("changes", "complaint"),
        [
            ({"schema": 1}, r"key polate\.schema must be 2 as in slonimsky\.onnx, got 1"),
            ({"latent_size": None}, r"key polate\.latent_size is missing"),
            (
                {"intervals": [6, 4]},
                r"key polate\.intervals must be \(1, 2, .* 14\) as in slonimsky\.onnx, got \(6, 4\)",
            ),
            ({"offsets": [-11, 20]}, r"key polate\.offsets must be \(-11, 21\) as in slonimsky\.onnx, got \(-11, 20\)"),
            ({"slots": "four"}, r"key polate\.slots is not valid: Expected `int`"),
        ],
    )
    def test_metadata_that_is_not_the_decoders_is_refused_by_key(
        self, model: Path, decoder: Decoder, changes: dict[str, object], complaint: str
    ) -> None:
        self.change(model, **changes)
        with pytest.raises(ModelError, match=rf"slonimsky\.encoder\.onnx: metadata {complaint}"):
            Encoder.open(decoder, model)

    def test_an_encoder_that_was_trained_with_another_decoder_is_refused(self, model: Path, decoder: Decoder) -> None:
        content = onnx.load(encoder_file(model))
        last = {output.name: output for output in content.graph.output}["mu"].name
        moved = onnx.helper.make_node("Neg", ["mu_before"], [last])
        for node in content.graph.node:
            node.output[:] = ["mu_before" if name == last else name for name in node.output]
        content.graph.node.append(moved)
        onnx.save(content, encoder_file(model))
        with pytest.raises(
            ModelError, match=r"was not trained with slonimsky\.onnx: it puts the landmark 'tritone 0' "
        ):
            Encoder.open(decoder, model)

    def test_the_decoder_is_not_taken_for_an_encoder(self, model: Path, decoder: Decoder) -> None:
        shutil.copy(model, encoder_file(model))
        with pytest.raises(ModelError, match="input 'one_hot' is missing, it has z, "):
            Encoder.open(decoder, model)

    def test_what_is_not_there_or_is_no_model_is_said(self, model: Path, decoder: Decoder) -> None:
        encoder_file(model).write_bytes(b"MThd, not a model")
        with pytest.raises(ModelError, match="is not an ONNX model"):
            Encoder.open(decoder, model)
        encoder_file(model).unlink()
        with pytest.raises(ModelError, match=r"no encoder: .*slonimsky\.encoder\.onnx does not exist"):
            Encoder.open(decoder, model)
        encoder_file(model).mkdir()
        with pytest.raises(ModelError, match="not a file"):
            Encoder.open(decoder, model)

    def test_one_that_asks_for_all_memory_harms_nobody(self, model: Path, decoder: Decoder) -> None:
        shape = onnx.helper.make_tensor("shape", onnx.TensorProto.INT64, [1], [40_000_000_000])
        node = onnx.helper.make_node("ConstantOfShape", ["shape"], ["mu"])
        pattern = onnx.helper.make_tensor_value_info("one_hot", onnx.TensorProto.FLOAT, ["batch", 150])
        out = onnx.helper.make_tensor_value_info("mu", onnx.TensorProto.FLOAT, None)
        graph = onnx.helper.make_graph([node], "g", [pattern], [out], [shape])
        made = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 20)], ir_version=10)
        onnx.save(made, encoder_file(model))
        with pytest.raises(ModelError):
            Encoder.open(decoder, model)
