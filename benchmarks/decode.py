"""What one point of the map costs, from z to notes, beside the starting system's. Needs the [train] extra.

    python benchmarks/decode.py [--model FILE] [--hidden 256] [--rounds 40]

The starting system's decoder is built anew, with random weights: 12 latent dimensions, one hidden layer with ReLU (its
notes name 160, 256 and 300 units for 12 dimensions), 37 steps by 63 pitches, a sigmoid; then the largest of each step
is made 1 and the rest 0, as a numpy array. It runs in torch, as there; and the same network by onnxruntime, to tell the
design from the library. An empty graph is the floor of any model that onnxruntime runs from Python.

Two conditions: *hot*, in blocks of 100 points, one right after the other; and *cold*, one point every 5 ms, as a knob
is turned, when the caches hold something else and the processor may have slept. In every round all take their turns in
shuffled order. Medians over the blocks or points, and over the rounds' ratios: what else the machine does falls on all
alike.
"""

import argparse
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from polate.model.decoder import Decoder
from polate.theory.pattern import Pattern

LATENT, STEPS, PITCHES = 12, 37, 63
POINTS = 100  # to a block
PAUSE_SECONDS = 0.005

Contestants = dict[str, tuple[Callable[..., object], list[object]]]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--model", type=Path)
    arguments.add_argument("--hidden", type=int, default=256)
    arguments.add_argument("--rounds", type=int, default=40)
    arguments.add_argument("--seed", type=int, default=0)
    options = arguments.parse_args()
    decoder = Decoder.open(options.model)
    draw = np.random.default_rng(options.seed)
    ours = draw.standard_normal((POINTS, decoder.metadata.latent_size)).tolist()
    theirs = draw.standard_normal((POINTS, 1, LATENT), dtype=np.float32)
    shapes = ((options.hidden, LATENT), (options.hidden,), (STEPS * PITCHES, options.hidden), (STEPS * PITCHES,))
    weights = [draw.standard_normal(shape, dtype=np.float32) * 0.1 for shape in shapes]
    torch.set_num_threads(1)  # faster than two for so small a network
    contestants: Contestants = {
        "starting system, torch": (in_torch(weights), list(torch.from_numpy(theirs))),
        "starting system, onnxruntime": (in_onnxruntime(weights), list(theirs)),
        "polate, to the pattern": (decoder.decode, ours),
        "polate, to the notes": (lambda z: decoder.decode(z).render(), ours),
        "an empty graph, to the notes": (in_nothing(), ours),
    }
    check(weights, theirs)
    for run, points in contestants.values():  # warm
        block(run, points)
    report("hot", measure(contestants, options.rounds, random.Random(options.seed), hot))
    report("cold", measure(contestants, options.rounds * 10, random.Random(options.seed), cold))


def measure(
    contestants: Contestants, rounds: int, shuffle: random.Random, once: Callable[..., float]
) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for round_ in range(rounds):
        for name in shuffle.sample(list(contestants), len(contestants)):
            times[name].append(once(*contestants[name], round_))
    return times


def report(condition: str, times: dict[str, list[float]]) -> None:
    yardstick = times["starting system, torch"]
    print(f"{condition:30} {'median':>8} {'least':>8}   us a point, of {len(yardstick)}; over the first: median")
    for name, values in times.items():
        ratio = statistics.median(a / b for a, b in zip(values, yardstick, strict=True))
        print(f"{name:30} {statistics.median(values):8.1f} {min(values):8.1f}   {ratio:.3f}, 1/{1 / ratio:.1f}")


def hot(run: Callable[..., object], points: list[object], _: int) -> float:
    return block(run, points)


def cold(run: Callable[..., object], points: list[object], round_: int) -> float:
    time.sleep(PAUSE_SECONDS)
    return block(run, [points[round_ % len(points)]])


def block(run: Callable[..., object], points: list[object]) -> float:
    """Microseconds a point."""
    began = time.perf_counter()
    for point in points:
        run(point)
    return (time.perf_counter() - began) / len(points) * 1e6


def in_torch(weights: list[NDArray[np.float32]]) -> Callable[[torch.Tensor], NDArray[np.float32]]:
    units = len(weights[1])
    hidden, out = torch.nn.Linear(LATENT, units), torch.nn.Linear(units, STEPS * PITCHES)
    with torch.no_grad():
        for parameter, weight in zip((hidden.weight, hidden.bias, out.weight, out.bias), weights, strict=True):
            parameter.copy_(torch.from_numpy(weight))
    network = torch.nn.Sequential(hidden, torch.nn.ReLU(), out, torch.nn.Sigmoid())

    def run(z: torch.Tensor) -> NDArray[np.float32]:  # (1, latent) -> (steps, pitches)
        with torch.no_grad():
            roll = network(z).view(STEPS, PITCHES)
        notes = torch.zeros_like(roll)
        notes[torch.arange(STEPS), roll.argmax(1)] = 1
        return notes.numpy()

    return run


def in_nothing() -> Callable[[object], object]:
    """The floor: a graph that does nothing, bound as the decoder's is, then a pattern made and rendered."""
    z = np.zeros((1, 8), dtype=np.float32)
    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 8]) for name in ("z", "out")]
    graph = helper.make_graph([helper.make_node("Identity", ["z"], ["out"])], "nothing", value[:1], value[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    binding.bind_input("z", "cpu", 0, np.float32, z.shape, z.ctypes.data)
    binding.bind_output("out", "cpu")

    def run(_: object) -> object:
        session.run_with_iobinding(binding)
        return Pattern(6, (0, 1, 2)).render()

    return run


def in_onnxruntime(weights: list[NDArray[np.float32]]) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    names = ("w1", "b1", "w2", "b2")
    nodes = [
        helper.make_node("Gemm", ["z", "w1", "b1"], ["h"], transB=1),
        helper.make_node("Relu", ["h"], ["r"]),
        helper.make_node("Gemm", ["r", "w2", "b2"], ["o"], transB=1),
        helper.make_node("Sigmoid", ["o"], ["roll"]),
    ]
    graph = helper.make_graph(
        nodes,
        "starting system",
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, [1, LATENT])],
        [helper.make_tensor_value_info("roll", TensorProto.FLOAT, [1, STEPS * PITCHES])],
        [numpy_helper.from_array(weight, name) for name, weight in zip(names, weights, strict=True)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    steps = np.arange(STEPS)

    def run(z: NDArray[np.float32]) -> NDArray[np.float32]:  # (1, latent) -> (steps, pitches)
        roll = session.run(None, {"z": z})[0].reshape(STEPS, PITCHES)
        notes = np.zeros_like(roll)
        notes[steps, roll.argmax(1)] = 1
        return notes

    return run


def check(weights: list[NDArray[np.float32]], points: NDArray[np.float32]) -> None:
    """Both give the same notes."""
    torch_run, onnx_run = in_torch(weights), in_onnxruntime(weights)
    for point in points:
        assert np.array_equal(torch_run(torch.from_numpy(point)), onnx_run(point))


if __name__ == "__main__":
    main()
