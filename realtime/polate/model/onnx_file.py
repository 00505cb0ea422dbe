"""Read and load an ONNX file that may come from anywhere.

    file --read--> bytes --session--> onnxruntime session --metadata_texts, check_nodes--> Decoder, Encoder
      '--try_out--> a child process, which loads it first

A model file is a program: a graph of 84 bytes can ask for 160 GB, or never end. So a file that did not come with
Polate is first loaded and run in a child process with limits on time and memory.
"""

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import onnxruntime

from polate.errors import ModelError, printable
from polate.model.onnx_operators import check_operators
from polate.runtime.file_io import read_at_most

__all__ = ["check_nodes", "child_main", "metadata_texts", "read", "session", "try_out"]

_LARGEST_FILE = 64 * 2**20
_LONGEST_REASON = 600  # characters
_SECONDS = 20
_MEMORY = 4 * 2**30  # onnxruntime alone reserves 1.2 GB of address space


def read(path: Path) -> bytes:
    """The content of a file of at most 64 MiB. Raises `ModelError`."""
    try:
        if not path.is_file():
            path.stat()  # raises if there is nothing at all
            raise ModelError(f"cannot read the model {path}: not a file")
        if (size := path.stat().st_size) > _LARGEST_FILE:
            raise ModelError(f"a model must be at most {_LARGEST_FILE} bytes, got {size}", file=path)
        return read_at_most(path, _LARGEST_FILE)
    except OSError as error:
        raise ModelError(f"cannot read the model {path}: {error.strerror}") from error


def session(content: bytes, name: str) -> onnxruntime.InferenceSession:
    """Load from bytes, so that a model cannot refer to files beside it. Raises `ModelError`."""
    check_operators(content, name)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # the default pool uses 44 % of a core at 50 points a second
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        reason = printable(" ".join(str(error).split()), _LONGEST_REASON)
        raise ModelError(f"{name} is not an ONNX model that onnxruntime can load: {reason}") from error


def metadata_texts(loaded: onnxruntime.InferenceSession) -> dict[str, str]:
    """The metadata properties of a model: key -> JSON. `polate.model.contract` decodes them. Raises `ModelError`."""
    try:
        return dict(loaded.get_modelmeta().custom_metadata_map)
    except UnicodeError as error:
        raise ModelError(f"the metadata of a model must be UTF-8: {error}") from error


def check_nodes(
    loaded: onnxruntime.InferenceSession,
    inputs: Mapping[str, tuple[str, list[int]]],
    outputs: Mapping[str, tuple[str, list[int]]],
    name: str,
) -> None:
    """Check that the graph has these inputs and no others, and these outputs. Raises `ModelError`.

    ``inputs``, ``outputs``: name -> type and shape without the batch dimension.
    """
    try:
        found = {node.name: ("input", node) for node in loaded.get_inputs()}
        found |= {node.name: ("output", node) for node in loaded.get_outputs()}
    except UnicodeError as error:
        raise ModelError(f"the names of a model's inputs and outputs must be UTF-8: {error}", file=name) from error
    for side, wanted in (("input", inputs), ("output", outputs)):
        for key, (kind, shape) in wanted.items():
            if key not in found or found[key][0] != side:
                raise ModelError(f"{side} {key!r} is missing, it has {', '.join(found)}", file=name)
            node = found[key][1]
            if node.type != kind or list(node.shape[1:]) != shape or isinstance(node.shape[0], int):
                raise ModelError(
                    f"{side} {key!r} must be {kind} of shape ['batch', {', '.join(map(str, shape))}], "
                    f"got {node.type} of shape {node.shape}",
                    file=name,
                )
    if len(loaded.get_inputs()) != len(inputs):
        raise ModelError(
            f"the only input must be {next(iter(inputs))!r}, got {len(loaded.get_inputs())} inputs", file=name
        )


def try_out(module: str, path: Path) -> None:
    """Run ``python -m module path`` in a child process, which loads the file. Raises `ModelError` if it fails."""
    command = [sys.executable, "-P", "-m", module, str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise ModelError(f"the model did not load within {_SECONDS} s", file=path) from None
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        if lines:
            raise ModelError(lines[-1])
        raise ModelError(f"the model ended its process ({done.returncode})", file=path)


def child_main(load: Callable[[Path], object]) -> int:
    """The child process of `try_out`: load the file named on the command line, and print what is wrong to stderr."""
    if sys.platform == "linux":  # macOS refuses RLIMIT_AS
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))  # in case the parent was killed
    try:
        load(Path(sys.argv[1]))
    except ModelError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0
