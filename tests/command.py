"""The `polate` command in the process of the tests: a call takes 20 ms, of which a process of its own would take 600
for its imports. `polate play` needs a process of its own. How the command is started is tried in tests/cli/test_cli.py
and tests/test_distribution.py."""

import contextlib
import io
import subprocess
import sys
from unittest import mock

from polate.cli.main import main

__all__ = ["polate"]


def polate(*words: str) -> subprocess.CompletedProcess[str]:
    """What `polate` with these words prints, and its exit status. An exception that it lets through is raised."""
    out, err, status = io.StringIO(), io.StringIO(), 0
    with (
        mock.patch.object(sys, "argv", ["polate", *words]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    return subprocess.CompletedProcess(["polate", *words], status, out.getvalue(), err.getvalue())
