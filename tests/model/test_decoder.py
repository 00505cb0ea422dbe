"""The contract of exported/README.md, on the shipped file and on broken ones."""

import contextlib
import itertools
import json
from pathlib import Path

import msgspec
import numpy as np
import onnxruntime
import pytest

from polate import PROGRESSIONS, ModelError, Pattern
from polate.model.contract import SCHEMA, Precision
from polate.model.decoder import Decoder, certainty
from polate.model.shipped import SHIPPED, shipped_model

with contextlib.suppress(ImportError):
    import onnx


def shipped_metadata() -> dict[str, str]:
    session = onnxruntime.InferenceSession(str(shipped_model()), providers=["CPUExecutionProvider"])
    return dict(session.get_modelmeta().custom_metadata_map)


class TestShippedModel:
    def test_its_metadata_has_every_key_of_the_contract(self) -> None:
        metadata = {key: json.loads(value) for key, value in shipped_metadata().items()}
        assert metadata["polate.schema"] == SCHEMA
        assert metadata["polate.latent_size"] == 8
        assert len(metadata["polate.axes"]) == 8
        for axis in metadata["polate.axes"]:
            assert set(axis) == {"name", "low", "high", "range"}
            assert axis["range"][0] < axis["range"][1]
        assert sorted(metadata["polate.intervals"]) == sorted(PROGRESSIONS.values())
        assert metadata["polate.offsets"] == [-11, 21]
        assert metadata["polate.slots"] == 4
        assert metadata["polate.corpus"]["patterns"] == 10_541
        assert len(metadata["polate.corpus"]["sha256"]) == 64
        assert len(metadata["polate.commit"]) == 40  # not -dirty
        assert isinstance(metadata["polate.seed"], int)
        assert metadata["polate.figures"]["reconstruction_exact"] == 1.0

    @pytest.mark.train
    @pytest.mark.parametrize("file", [file for name in SHIPPED for file in (name, f"{name}.encoder")])
    def test_its_graph_has_no_control_flow_and_no_trace_of_the_machine_that_made_it(self, file: str) -> None:
        model = onnx.load(shipped_model(file))
        assert not {"Loop", "If", "Scan"} & {node.op_type for node in model.graph.node}
        content = shipped_model(file).read_bytes()
        for trace in (b"site-packages", b".py", b"/home", b"/root", b"/tmp"):
            assert trace not in content, trace

    def test_ten_thousand_draws_of_the_prior_are_legal(self, decoder: Decoder) -> None:
        z = np.random.default_rng(11).standard_normal((10_000, 8), dtype=np.float32)
        for pattern in decoder.decode_many(z):  # a Pattern that exists is legal: what follows is what that promises
            scale = pattern.render(60)
            length = len(pattern.cell)
            assert scale[0] == scale[-1] == 60
            assert scale == scale[::-1]
            assert all(0 <= note <= 127 for note in scale)
            assert all(a != b for a, b in itertools.pairwise(scale))
            for part in range(pattern.parts):
                notes = scale[part * length : (part + 1) * length]
                cell = pattern.mirror if pattern.symmetric and part % 2 else pattern.cell
                assert tuple(note - notes[0] for note in notes) == cell

    @pytest.mark.parametrize("name", SHIPPED)
    def test_points_far_outside_the_prior_are_legal_too(self, name: str) -> None:
        z = np.random.default_rng(12).standard_normal((2_000, 8), dtype=np.float32)
        for far in (100, 1e10, 3e37):
            assert len(Decoder.open(Path(name)).decode_many(z * np.float32(far))) == 2_000

    def test_every_landmark_decodes_to_itself(self, decoder: Decoder) -> None:
        assert len(decoder.metadata.landmarks) >= 30
        for landmark in decoder.metadata.landmarks:
            assert decoder.decode(landmark.z).text == landmark.text

    def test_one_point_and_many_give_the_same(self, decoder: Decoder) -> None:
        z = np.random.default_rng(13).standard_normal((200, 8), dtype=np.float32)
        assert [decoder.decode(point.tolist()) for point in z] == decoder.decode_many(z)

    def test_it_says_how_sure_it_is_and_what_it_would_take_instead(self, decoder: Decoder) -> None:
        sure = decoder.consider(next(mark.z for mark in decoder.metadata.landmarks if mark.text == "ditone 0 -2 3"))
        assert 0.5 < sure.confidence <= 1
        first, second = sure.runner_up
        assert Pattern(4, (0, first)).cell != (0, -2)
        assert Pattern(4, (0, -2, second)).cell != (0, -2, 3)
        assert decoder.consider([0.0] * 8).confidence != sure.confidence

    def test_how_sure_it_is_is_the_product_of_the_choices_probabilities(self, decoder: Decoder) -> None:
        metadata = msgspec.structs.replace(decoder.metadata, offsets=(-1, 2), precision=Precision(0.5, 2.0, (3.0, 1.0)))
        notes = np.array([[9.0, 1e6, 0.5, 0.0], [1e6, 1e6, 0.0, 1e6]], dtype=np.float32)
        sure = certainty(metadata, np.array([1.0, 0.0]), np.array([2.0, 0.0, 1.0]), notes)
        interval = 1 / (1 + np.exp(-0.5))
        two_notes = 1 / (1 + np.exp(-2 * 1) + np.exp(-2 * 2))
        first = 1 / (1 + np.exp(-3 * 0.5) + np.exp(-3 * 9))  # the principal tone is out of the question
        assert sure.confidence == pytest.approx(interval * two_notes * first * 1)
        assert sure.runner_up == (1, 1)  # of the second note no other may be

    def test_a_point_that_is_not_finite_is_refused(self, decoder: Decoder) -> None:
        for bad in (float("nan"), float("inf")):
            with pytest.raises(ModelError, match="must be finite"):
                decoder.decode([bad] + [0.0] * 7)
            with pytest.raises(ModelError, match="must be finite"):
                decoder.decode_many(np.full((2, 8), bad, dtype=np.float32))
        assert isinstance(decoder.decode([0.0] * 8), Pattern)


@pytest.fixture(scope="module")
def octave() -> Decoder:
    return Decoder.open(Path("octave"))


class TestOctaveModel:
    def test_ten_thousand_draws_are_scales_within_an_octave(self, octave: Decoder) -> None:
        z = np.random.default_rng(14).standard_normal((10_000, len(octave.axes)), dtype=np.float32)
        patterns = octave.decode_many(z)
        for pattern in patterns:
            assert pattern.interval == 12
            for cell in (pattern.cell, pattern.descending or (0,)):
                assert list(cell) == sorted(cell)
                assert cell[-1] < 12
        assert any(pattern.descending for pattern in patterns)
        assert octave.decode(z[0].tolist()) == patterns[0]

    def test_the_scales_are_there_by_name(self, octave: Decoder) -> None:
        texts = {mark.name: octave.decode(mark.z).text for mark in octave.metadata.landmarks}
        assert texts["dorian"] == "12 0 2 3 5 7 9 10"
        assert texts["melodic minor"] == "12 0 2 3 5 7 9 11 down 0 2 3 5 7 8 10"
        assert texts["hungarian minor"] == "12 0 2 3 6 7 8 11"

    def test_brightness_goes_through_the_modes(self, octave: Decoder) -> None:
        """From phrygian up to lydian, note by note."""
        names = ("phrygian", "aeolian", "dorian", "mixolydian", "ionian", "lydian")
        axis = [a.name for a in octave.axes].index("brightness")
        marks = {mark.name: mark.z for mark in octave.metadata.landmarks}
        heights = [marks[name][axis] for name in names]
        assert heights == sorted(heights)


@pytest.mark.train  # onnx makes the files
class TestBrokenModels:
    @pytest.fixture
    def broken(self, tmp_path: Path) -> Path:
        return tmp_path / "broken.onnx"

    def save_with(self, path: Path, **changes: object) -> None:
        """The shipped model with metadata keys changed, or taken away (None)."""
        model = onnx.load(shipped_model())
        metadata = shipped_metadata()
        for key, value in changes.items():
            metadata[f"polate.{key}"] = json.dumps(value)
            if value is None:
                del metadata[f"polate.{key}"]
        onnx.helper.set_model_props(model, metadata)
        onnx.save(model, path)

    @pytest.mark.parametrize(
        ("changes", "complaint"),
        [
            ({"schema": None}, r"metadata key polate\.schema is missing"),
            ({"schema": 1}, r"polate\.schema must be 2, got 1"),
            ({"latent_size": "eight"}, r"polate\.latent_size is not valid: Expected `int`"),
            ({"latent_size": 7}, r"polate\.axes must have 7 entries, got 8"),
            ({"axes": []}, r"polate\.axes must have 8 entries, got 0"),
            ({"axes": [{"name": "x"}]}, r"polate\.axes\[0\] is not valid: Object missing required field `low`"),
            (
                {"landmarks": [{"name": "x", "text": "tritone 0 1 2", "z": [9.0] * 8}]},
                r"polate\.landmarks is not valid: 'x' must decode to 'tritone 0 1 2', got",
            ),
            (
                {"landmarks": [{"name": "x", "text": "tritone 0", "z": [1.0]}]},
                r"polate\.landmarks is not valid: 'x' must have 8",
            ),
            (
                {"precision": {"interval": 1, "size": 1}},
                r"polate\.precision is not valid: Object missing required field `offsets`",
            ),
            (
                {"precision": {"interval": 1, "size": 1, "offsets": [1]}},
                r"polate\.precision is not valid: offsets must have 4 entries, one a slot, got 1",
            ),
            ({"forbidden": None}, r"metadata key polate\.forbidden is missing"),
            (
                {"slots": 3, "precision": {"interval": 1, "size": 1, "offsets": [1, 1, 1]}},
                r"output 'cell' must be tensor\(int64\) of shape \['batch', 4\]",
            ),
        ],
    )
    def test_a_file_that_breaks_the_contract_is_refused_by_key(
        self, broken: Path, changes: dict[str, object], complaint: str
    ) -> None:
        self.save_with(broken, **changes)
        with pytest.raises(ModelError, match=complaint):
            Decoder.open(broken)

    def test_a_sound_copy_under_another_name_is_taken(self, broken: Path) -> None:
        self.save_with(broken)
        assert Decoder.open(broken).metadata.latent_size == 8

    def test_what_is_no_model_at_all_is_refused(self, broken: Path) -> None:
        broken.write_bytes(b"MThd, not a model")
        with pytest.raises(ModelError, match="is not an ONNX model"):
            Decoder.open(broken)
        with pytest.raises(ModelError, match="which does not exist"):
            Decoder.open(broken.with_name("none.onnx"))

    def test_the_refusal_of_another_version_ends_with_the_versions(self, broken: Path) -> None:
        content = shipped_model().read_bytes()
        assert content[0] == 8  # the first field is the version of the format
        broken.write_bytes(b"\x08\x63" + content[2:])
        with pytest.raises(ModelError, match=r"version: 99, max supported IR version: [0-9]+$"):
            Decoder.open(broken)

    def test_the_encoder_is_not_taken_for_a_decoder(self) -> None:
        with pytest.raises(ModelError, match=r"polate\.axes is missing"):
            Decoder.open(shipped_model().with_suffix(".encoder.onnx"))

    def test_a_model_that_asks_for_all_memory_harms_nobody(self, broken: Path) -> None:
        shape = onnx.helper.make_tensor("shape", onnx.TensorProto.INT64, [1], [40_000_000_000])
        node = onnx.helper.make_node("ConstantOfShape", ["shape"], ["interval"])
        z = onnx.helper.make_tensor_value_info("z", onnx.TensorProto.FLOAT, ["batch", 8])
        out = onnx.helper.make_tensor_value_info("interval", onnx.TensorProto.FLOAT, None)
        graph = onnx.helper.make_graph([node], "g", [z], [out], [shape])
        onnx.save(
            onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 20)], ir_version=10), broken
        )
        with pytest.raises(ModelError):
            Decoder.open(broken)
