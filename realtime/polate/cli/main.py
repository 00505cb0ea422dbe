"""The `polate` command: run a verb, and print an error as one line.

polate play, plainly written --> polate.cli.play_options --> polate.cli.play
anything else -----------------> polate.cli.app (cyclopts) --> the function of the verb
"""

import errno
import io
import os
import sys
from pathlib import Path

from polate.errors import PolateError, printable
from polate.runtime.process_limit import why_not_started

__all__ = ["main"]

_EXTRA = dict.fromkeys(("matplotlib", "resvg_py", "typst", "verovio"), "score")
_EXTRA |= dict.fromkeys(("torch", "onnx", "onnxscript", "safetensors", "scipy", "skimage"), "train")
"""The modules that only some verbs and options need, and the extra that installs each."""


def main() -> None:
    """Run the command line of this process. A `PolateError` is printed as one line; the exit status is then 1."""
    _open_standard_streams()
    try:
        _run(sys.argv[1:])
        sys.stdout.flush()
    except PolateError as error:
        print(f"polate: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    except ModuleNotFoundError as error:
        extra = _EXTRA.get((error.name or "").split(".")[0])
        if extra is None:
            raise
        install = f"pip install -e '.[{extra}]'" if _is_clone() else f"pip install 'polate[{extra}]'"
        print(f"polate: this needs {error.name}: {install}", file=sys.stderr)
        raise SystemExit(1) from None
    except RuntimeError as error:
        if "start new thread" not in str(error):
            raise
        print(f"polate: {why_not_started()}", file=sys.stderr)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except BrokenPipeError:  # the reader of a pipe has closed it: end silently, as Unix tools do
        sys.stderr.close()
        raise SystemExit(0) from None
    except OSError as error:
        is_limit = error.errno == errno.EAGAIN and error.strerror == os.strerror(errno.EAGAIN)
        print(f"polate: {why_not_started(error) if is_limit else printable(str(error), 1000)}", file=sys.stderr)
        raise SystemExit(1) from None


def _is_clone() -> bool:
    """Whether Polate runs from its repository."""
    return (Path(__file__).parents[3] / "Makefile").exists()


def _run(words: list[str]) -> None:
    if words[:1] == ["play"]:
        from polate.cli.play_options import read_plain

        given = read_plain(words[1:])
        if given is not None:
            from polate.cli.play import play

            play(given)
            return
    from polate.cli.app import run

    run(words)


def _open_standard_streams() -> None:
    """Open those of the three standard streams that are closed, so that no socket gets their numbers."""
    while (fd := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(fd, True)
    os.close(fd)
    sys.stdout = sys.stdout or open(1, "w")  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):  # what the terminal's encoding has not is written as an escape
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
