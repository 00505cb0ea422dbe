"""Verbs that take a while say on a terminal what they are doing."""

import io
import time

import pytest

from polate.cli.identify_command import identify
from polate.cli.working import working
from polate.model import shipped_maps
from polate.model.decoder import Decoder


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_what_takes_a_while_is_said_at_least_once_a_second_and_erased(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with working("searching all maps"):
        time.sleep(1.2)
    said = terminal.getvalue().split("\r\x1b[K")
    assert said[0] == said[-1] == ""
    assert said[1] == "searching all maps ... 0 s"
    assert len(said) >= 4


def test_what_is_quick_says_nothing_and_so_does_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, file = Terminal(), io.StringIO()
    for stream, seconds in ((terminal, 0.0), (file, 0.4)):
        monkeypatch.setattr("sys.stderr", stream)
        with working("searching all maps"):
            time.sleep(seconds)
        assert stream.getvalue() == ""


def test_an_error_goes_through_and_the_line_is_erased(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)

    def fail_late() -> None:
        time.sleep(0.4)
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"), working("searching"):
        fail_late()
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_identify_opens_each_shipped_model_once(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    really_open = Decoder.open

    def count(path: object = None) -> Decoder:
        opened.append(str(path))
        return really_open(path)  # type: ignore[arg-type]

    monkeypatch.setattr(Decoder, "open", count)
    shipped_maps.opened.cache_clear()
    shipped_maps.common_names.cache_clear()
    identify("C D E F G A B")
    assert sorted(opened) == ["atlas", "octave", "slonimsky"]
    shipped_maps.opened.cache_clear()
