"""Which operators a model may have: those that take a bounded time and end.

    bytes of an .onnx file --check_operators--> ModelError, or nothing

A model is a program. With loops and branches it can be well where it is tried and never end at another point of the
map. A decoder and an encoder need none. onnxruntime's Python interface does not list the operators, so they are read
from the file (`polate.model.onnx_fields`).
"""

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
_NODE = 1  # of GraphProto
_OP_TYPE, _DOMAIN = 4, 7  # of NodeProto
_STANDARD_DOMAINS = (b"", b"ai.onnx")
_LONGEST_NAME = 40


def check_operators(content: bytes, name: str) -> None:
    """Raises `ModelError` for a model with another operator than `OPERATORS`, or with functions of its own.

    ``content``: of an .onnx file. What is no protocol buffer passes: onnxruntime refuses it.
    """
    try:
        for number, part in fields(memoryview(content)):
            if number == _FUNCTIONS:
                raise ModelError("a model must have no functions of its own", file=name)
            if number == _GRAPH:
                for field, node in fields(part):
                    if field == _NODE:
                        _check(dict(fields(node)), name)
    except (IndexError, OverflowError):  # it is cut off
        return


def _check(node: dict[int, memoryview], name: str) -> None:
    operator, domain = bytes(node.get(_OP_TYPE, b"")), bytes(node.get(_DOMAIN, b""))
    text = operator.decode("ascii", "replace")[:_LONGEST_NAME]
    if domain not in _STANDARD_DOMAINS or text not in OPERATORS:
        raise ModelError(f"a model must have no operator {text!a}: its time and memory have no bound", file=name)
