"""The examples for other programs: what they send and receive exists. Other tests run those that can be run here."""

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from polate.osc.addresses import find_address, to_control

EXAMPLES = Path(__file__).parents[1] / "examples"
SKETCHES = [path for ending in ("scd", "pde", "js", "json") for path in sorted(EXAMPLES.rglob(f"*.{ending}"))]
NOTE_OUTPUT = {"/polate/out/note", "/polate/out/midi", "/polate/out/alive"}


@pytest.mark.parametrize("path", SKETCHES, ids=lambda path: path.name)
def test_every_address_that_an_example_names_exists(path: Path) -> None:
    named = set(re.findall(r"[\"'](/polate/[\w/-]*)", path.read_text()))
    assert named
    for address in named - NOTE_OUTPUT:
        for completed in [address] if not address.endswith("/") else [f"{address}{end}" for end in ends_of(address)]:
            assert find_address(completed)


def ends_of(address: str) -> list[str]:
    """What a program adds to the beginning of an address."""
    return {"/polate/z/": ["1", "8"], "/polate/note/": ["line", "bass", "chord", "keys"]}[address]


class TestOpenStageControl:
    """The session was not opened in Open Stage Control: this checks its structure only."""

    session = json.loads((EXAMPLES / "open-stage-control/polate.json").read_text())
    widgets: list[dict[str, Any]] = session["content"]["widgets"]

    def test_it_is_a_session(self) -> None:
        assert self.session["type"] == "session"
        assert self.session["content"]["type"] == "root"
        names = [widget["id"] for widget in self.widgets]
        assert len(set(names)) == len(names)

    def test_polate_takes_what_the_widgets_send(self) -> None:
        for widget in self.widgets:
            for sent in self.sent_by(widget):
                assert to_control(widget["address"], sent)
        addresses = {widget["address"] for widget in self.widgets}
        assert {f"/polate/z/{number}" for number in range(1, 9)} <= addresses
        assert {"/polate/xy", "/polate/play", "/polate/panic", "/polate/pattern"} <= addresses

    @staticmethod
    def sent_by(widget: dict[str, Any]) -> list[list[Any]]:
        """Arguments at the ends of what a widget sends."""
        if widget["type"] == "button":
            sent = {"toggle": [[widget.get("on")], [widget.get("off")]], "tap": [[widget.get("on")]], "momentary": [[]]}
            return sent[widget["mode"]]
        if widget["type"] == "fader":
            return [[widget["range"]["min"]], [widget["range"]["max"]]]
        if widget["type"] == "xy":
            return [[widget["rangeX"][end], widget["rangeY"][end]] for end in ("min", "max")]
        assert widget["type"] == "text"  # it shows what it receives
        return []

    def test_nothing_is_drawn_over_something_else(self) -> None:
        for one, other in combinations(self.widgets, 2):
            beside = max(one["left"], other["left"]) >= min(each["left"] + each["width"] for each in (one, other))
            below = max(one["top"], other["top"]) >= min(each["top"] + each["height"] for each in (one, other))
            assert beside or below
