"""A model that misbehaves at some point of the map: it is refused when it is loaded, or its run is ended."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from polate.errors import ModelError
from polate.model import onnx_file
from polate.model.decoder import Decoder
from polate.model.onnx_operators import check_operators
from polate.model.shipped import SHIPPED, model_file

onnx = pytest.importorskip("onnx", reason="the [train] extra is not installed")
from onnx import helper, numpy_helper  # noqa: E402

FINE, BAD = [0.0] * 8, [1.0] * 8


def altered(change: Callable[[object], None]) -> bytes:
    """The shipped model, with an output ``interval`` that ``change`` makes of ``interval_ok`` and ``is_bad``."""
    model = onnx.load(str(model_file(None)))
    graph = model.graph
    for node in graph.node:
        for at, name in enumerate(node.output):
            node.output[at] = "interval_ok" if name == "interval" else name
        for at, name in enumerate(node.input):
            node.input[at] = "interval_ok" if name == "interval" else name
    graph.initializer.append(numpy_helper.from_array(np.array(0.9, np.float32), "limit"))
    graph.node.append(helper.make_node("ReduceMin", ["z"], ["least"], keepdims=0))
    graph.node.append(helper.make_node("Greater", ["least", "limit"], ["is_bad"]))
    change(graph)
    return bytes(model.SerializeToString())


def cannot_be_reshaped(graph: object) -> None:
    for name, value in (("one", [1]), ("seven", [7])):
        graph.initializer.append(numpy_helper.from_array(np.array(value, np.int64), name))  # type: ignore[attr-defined]
    graph.node.append(helper.make_node("Where", ["is_bad", "seven", "one"], ["shape"]))  # type: ignore[attr-defined]
    graph.node.append(helper.make_node("Reshape", ["interval_ok", "shape"], ["interval"]))  # type: ignore[attr-defined]


def never_ends(graph: object) -> None:
    integer, flag = onnx.TensorProto.INT64, onnx.TensorProto.BOOL
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["go_on"]), helper.make_node("Identity", ["v"], ["w"])],
        "body",
        [
            helper.make_tensor_value_info(name, kind, [])
            for name, kind in (("i", integer), ("go", flag), ("v", integer))
        ],
        [helper.make_tensor_value_info(*each, []) for each in (("go_on", flag), ("w", integer))],
    )
    for name, value in (("many", 2**62), ("none", 0), ("zero", 0)):
        graph.initializer.append(numpy_helper.from_array(np.array(value, np.int64), name))  # type: ignore[attr-defined]
    graph.initializer.append(numpy_helper.from_array(np.array(True), "yes"))  # type: ignore[attr-defined]
    graph.node.extend(  # type: ignore[attr-defined]
        [
            helper.make_node("Where", ["is_bad", "many", "none"], ["trips"]),
            helper.make_node("Loop", ["trips", "yes", "zero"], ["end"], body=body),
            helper.make_node("Add", ["interval_ok", "end"], ["interval"]),
        ]
    )


def takes_all_memory(graph: object) -> None:
    for name, value in (("one", [1]), ("many", [2**32]), ("zeros", [0])):
        graph.initializer.append(numpy_helper.from_array(np.array(value, np.int64), name))  # type: ignore[attr-defined]
    graph.node.extend(  # type: ignore[attr-defined]
        [
            helper.make_node("Where", ["is_bad", "many", "one"], ["shape"]),
            helper.make_node("Expand", ["zeros", "shape"], ["wide"]),
            helper.make_node("ReduceMax", ["wide"], ["zero"], keepdims=0),
            helper.make_node("Add", ["interval_ok", "zero"], ["interval"]),
        ]
    )


@pytest.mark.parametrize(("change", "operator"), [(takes_all_memory, "Expand"), (cannot_be_reshaped, "Reshape")])
def test_a_model_whose_shapes_depend_on_the_point_is_refused(change: Callable[[object], None], operator: str) -> None:
    with pytest.raises(ModelError, match=f"the shape that {operator} makes must not depend on the point"):
        Decoder(altered(change))


def test_an_error_of_a_run_is_a_model_error_and_the_next_run_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_file, "check_operators", lambda content, name: None)
    decoder = Decoder(altered(cannot_be_reshaped))
    before = decoder.decode(FINE)
    with pytest.raises(ModelError, match="failed at a point"):
        decoder.decode(BAD)
    with pytest.raises(ModelError, match="failed at a point"):
        decoder.decode_many([BAD])
    assert decoder.decode(FINE) == before


def test_a_model_with_a_loop_is_refused() -> None:
    with pytest.raises(ModelError, match="a model must have no operator 'Loop'"):
        Decoder(altered(never_ends))


def test_a_run_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_file, "check_operators", lambda content, name: None)
    decoder = Decoder(altered(never_ends))
    before = decoder.decode(FINE)
    for _ in range(2):  # the watch sleeps between two runs
        with pytest.raises(ModelError, match=r"took more than 0\.2 s at a point"):
            decoder.decode(BAD)
        assert decoder.decode(FINE) == before
        time.sleep(0.1)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_model_has_only_operators_that_end(name: str) -> None:
    check_operators(model_file(name).read_bytes(), name)
    check_operators(model_file(name).with_suffix(".encoder.onnx").read_bytes(), name)


def test_metadata_that_are_no_text_are_refused() -> None:
    model = onnx.load(str(model_file(None)))
    del model.metadata_props[1:]
    text = model.metadata_props[0].value.encode()
    content = model.SerializeToString().replace(text, b"\xff" * len(text))
    with pytest.raises(ModelError, match="the metadata of a model must be UTF-8"):
        Decoder(content)


def test_a_file_that_is_cut_anywhere_is_no_crash(tmp_path: Path) -> None:
    content = model_file(None).read_bytes()[:20_000]
    for length in range(0, len(content), 97):
        check_operators(content[:length], "cut")
