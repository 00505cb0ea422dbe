"""The link's token: kept for its owner only, and made anew where it is not private."""

import os
import re
from pathlib import Path

import pytest

from polate.web.token_file import page_token


def test_a_token_is_kept_for_the_next_run(tmp_path: Path) -> None:
    path = tmp_path / "polate" / "page-token"
    token = page_token(path)
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", token)
    assert page_token(path) == token


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_only_its_owner_can_read_it_and_one_that_others_could_read_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "page-token"
    token = page_token(path)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    assert page_token(path) != token
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "short", "with spaces in it and long enough", "\xff" * 22, "x" * 1000])
def test_a_file_with_something_else_in_it_is_replaced(tmp_path: Path, content: str) -> None:
    path = tmp_path / "page-token"
    path.write_text(content)
    path.chmod(0o600)
    assert page_token(path) != content
    assert page_token(path) == page_token(path)


def test_where_nothing_can_be_written_the_token_lasts_for_this_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert page_token(tmp_path / "file" / "page-token")
    assert page_token(None) != page_token(None)
