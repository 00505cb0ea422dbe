"""The `polate` command: to `polate.cli.play` for that one verb, and to `polate.cli.app` for the others.

Who plays waits for the first note: 0.1 s of it would be the library that reads the other verbs' command lines.
"""

import os
import sys

from polate.errors import PolateError

__all__ = ["main"]

_EXTRA = dict.fromkeys(("matplotlib", "resvg_py", "verovio"), "score")
_EXTRA |= dict.fromkeys(("torch", "onnx", "onnxscript", "safetensors", "scipy", "skimage"), "train")
"""What only some verbs and options need: the module, and the extra that brings it."""


def main() -> None:
    """The console command: a `PolateError` is one line on standard error and status 1."""
    _open_standard_streams()
    try:
        if sys.argv[1:2] == ["play"]:
            from polate.cli.play import play

            play(sys.argv[2:])
        else:
            from polate.cli.app import run

            run()
        sys.stdout.flush()
    except PolateError as error:
        print(f"polate: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    except ModuleNotFoundError as error:
        extra = _EXTRA.get((error.name or "").split(".")[0])
        if extra is None:
            raise
        print(
            f"polate: this needs {error.name}: pip install -e '.[{extra}]' in the clone ('make test' does it too)",
            file=sys.stderr,
        )
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except BrokenPipeError:  # the reader of a pipe has gone: as every Unix tool, without a word
        sys.stderr.close()
        raise SystemExit(0) from None
    except OSError as error:
        print(f"polate: {error}", file=sys.stderr)
        raise SystemExit(1) from None


def _open_standard_streams() -> None:
    """A launcher may have closed them: then the next socket would take their place."""
    while (fd := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(fd, True)
    os.close(fd)
    sys.stdout = sys.stdout or open(1, "w")  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w")  # noqa: SIM115
