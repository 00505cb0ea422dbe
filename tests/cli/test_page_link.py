"""The page's link in the terminal: printed, as a QR code, opened in the browser."""

import threading

import pytest
import segno

from polate.cli import page_link
from polate.cli.page_link import open_page, page_lines

LINK = "http://127.0.0.1:9080/#token=abcdefghijklmnopqrstuv"
LAN = "http://192.0.2.7:9080/#token=abcdefghijklmnopqrstuv"


def test_the_link_is_printed_on_a_line_of_its_own() -> None:
    assert page_lines(LINK, "").splitlines() == ["", f"  The page:  {LINK}"]


def test_on_a_network_the_other_link_is_a_qr_code_too() -> None:
    lines = page_lines(LINK, LAN).splitlines()
    assert LAN in lines[2]
    drawn = [line[2:] for line in lines[4:]]
    blocks = {"\u2588": (0, 0), "\u2580": (0, 1), "\u2584": (1, 0), " ": (1, 1)}
    modules = []
    for line in drawn:
        modules += [[blocks[character][0] for character in line], [blocks[character][1] for character in line]]
    expected = [list(row) for row in segno.make(LAN, error="l").matrix_iter(border=2)]
    assert modules[: len(expected)] == [[int(module) for module in row] for row in expected]


def test_the_browser_opens_where_there_is_a_desktop(monkeypatch: pytest.MonkeyPatch) -> None:
    opened, done = [], threading.Event()
    monkeypatch.setattr(page_link.webbrowser, "open", lambda link: (opened.append(link), done.set()))
    monkeypatch.setenv("DISPLAY", ":0")
    assert open_page(LINK)
    assert done.wait(5)
    assert opened == [LINK]


def test_without_a_desktop_it_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_link.sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(page_link.webbrowser, "open", lambda link: pytest.fail("it was opened"))
    assert not open_page(LINK)
