"""Child processes that are real: what the parent can wait for."""

import select
import sys

import pytest

from polate.runtime.child_process import Child

SETTINGS = {"model": None, "restarted": False}


@pytest.mark.skipif(sys.platform == "win32", reason="select knows no pipes there")
def test_the_lifeline_ends_with_the_child_and_not_with_what_it_sends() -> None:
    child = Child.start("polate.locate.process", SETTINGS)
    assert child.lifeline is not None
    try:
        select.select([child.socket], [], [], 20)
        assert select.select([child.socket, child.lifeline], [], [], 0)[0] == [child.socket]
        child.process.kill()
        assert select.select([child.lifeline], [], [], 20)[0] == [child.lifeline]
    finally:
        child.close()
    assert child.lifeline is None
