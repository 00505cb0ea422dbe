"""Which operators a model may have, and how: those that take a bounded time and end, with shapes that are known.

    bytes of an .onnx file --check_operators--> ModelError, or nothing

A model is a program. With loops and branches it can be well where it is tried and never end at another point of the
map. A decoder and an encoder need none. A shape that is computed from the point can ask for all memory at another
point; one that is computed from the size of the batch is the same at every point, and was tried. onnxruntime's Python
interface does not list the operators, so they are read from the file (`polate.model.onnx_fields`).
"""

from typing import NamedTuple

from polate.errors import ModelError
from polate.model.onnx_fields import fields

__all__ = ["OPERATORS", "check_operators"]

_NAMES = """
Abs Add And ArgMax ArgMin BatchNormalization Cast Ceil Celu Clip Concat Constant CumSum Div Dropout Elu
Equal Erf Exp Expand Flatten Floor Gather GatherElements GatherND Gelu Gemm Greater GreaterOrEqual
HardSigmoid HardSwish Identity IsInf IsNaN LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax
MatMul Max Mean Min Mish Mod Mul Neg Not Or PRelu Pad Pow Reciprocal ReduceL1 ReduceL2 ReduceMax
ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu Reshape Round Selu Shape Sigmoid Sign
Slice Softmax Softplus Softsign Split Sqrt Squeeze Sub Sum Tanh Transpose Unsqueeze Where Xor
"""

OPERATORS = frozenset(_NAMES.split())
"""What `polate export` writes, and what other networks of this kind consist of."""

_GRAPH, _FUNCTIONS = 7, 25  # fields of ModelProto, in onnx.proto3 of ONNX 1.16
_NODE, _INITIALIZER, _INPUT = 1, 5, 11  # of GraphProto
_INPUTS, _OUTPUTS, _OP_TYPE, _DOMAIN = 1, 2, 4, 7  # of NodeProto
_TENSOR_NAME, _INPUT_NAME = 8, 1  # of TensorProto, of ValueInfoProto
_SHAPES = {"Expand": (1,), "Reshape": (1,), "Slice": (1, 2, 3, 4), "Pad": (1, 3), "Split": (1,), "Squeeze": (1,)}
_SHAPES |= {"Unsqueeze": (1,)} | {name: (1,) for name in _NAMES.split() if name.startswith("Reduce")}
"""The inputs of an operator that say which shape it makes."""
_STANDARD_DOMAINS = (b"", b"ai.onnx")
_LONGEST_NAME = 40


def check_operators(content: bytes, name: str) -> None:
    """Raises `ModelError` for a model with another operator than `OPERATORS`, or with functions of its own, or with a
    shape that depends on the point.

    ``content``: of an .onnx file. What is no protocol buffer passes: onnxruntime refuses it.
    """
    nodes: list[_Node] = []
    inputs: set[bytes] = set()
    constants: set[bytes] = set()
    try:
        for number, part in fields(memoryview(content)):
            if number == _FUNCTIONS:
                raise ModelError("a model must have no functions of its own", file=name)
            if number == _GRAPH:  # several are one graph
                for field, data in fields(part):
                    if field == _NODE:
                        nodes.append(_node(data, name))
                    elif field == _INPUT:
                        inputs |= {bytes(text) for key, text in fields(data) if key == _INPUT_NAME}
                    elif field == _INITIALIZER:
                        constants |= {bytes(text) for key, text in fields(data) if key == _TENSOR_NAME}
    except (IndexError, OverflowError):  # it is cut off
        return
    _check_shapes(nodes, inputs - constants, name)


class _Node(NamedTuple):
    operator: str
    inputs: list[bytes]  # names; empty: left out
    outputs: list[bytes]


def _node(data: memoryview, name: str) -> _Node:
    """A node with an allowed operator. Raises `ModelError` for another one."""
    node = _Node("", [], [])
    operator = domain = b""
    for field, content in fields(data):
        if field == _INPUTS:
            node.inputs.append(bytes(content))
        elif field == _OUTPUTS:
            node.outputs.append(bytes(content))
        elif field == _OP_TYPE:
            operator = bytes(content)
        elif field == _DOMAIN:
            domain = bytes(content)
    text = operator.decode("ascii", "replace")[:_LONGEST_NAME]
    if domain not in _STANDARD_DOMAINS or text not in OPERATORS:
        raise ModelError(f"a model must have no operator {text!a}: its time and memory have no bound", file=name)
    return node._replace(operator=text)


def _check_shapes(nodes: list[_Node], inputs: set[bytes], name: str) -> None:
    """Follow what depends on the point from the inputs on. Raises `ModelError` where it becomes a shape."""
    readers: dict[bytes, list[_Node]] = {}
    for node in nodes:
        for each in set(node.inputs):
            readers.setdefault(each, []).append(node)
    seen, following = set(inputs), list(inputs)
    while following:
        changing = following.pop()
        for node in readers.get(changing, ()):
            for place in _SHAPES.get(node.operator, ()):
                if node.inputs[place : place + 1] == [changing]:
                    raise ModelError(f"the shape that {node.operator} makes must not depend on the point", file=name)
            if node.operator != "Shape":  # as long as no shape depends on the point, its result does not either
                new = [each for each in node.outputs if each not in seen]
                seen.update(new)
                following += new
