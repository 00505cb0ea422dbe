"""The layout for TouchOSC: read back, it is what the script makes, and it sends to Polate's addresses.

It was not opened in TouchOSC: this checks its structure only.
"""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from polate.osc.addresses import find_address, to_control

py2tosc = pytest.importorskip("py2tosc", reason="needs py2tosc (pip install 'polate[test]')")

FOLDER = Path(__file__).parents[1] / "examples/touchosc"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_layout", FOLDER / "make_layout.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def addresses(control: Any) -> list[str]:
    """Of its messages."""
    return ["".join(part.value for part in message.path) for message in control.messages]


def ends_of(argument: Any) -> tuple[Any, Any]:
    """The least and the greatest value that a control sends as this argument."""
    if argument.type == "CONSTANT":
        return argument.value, argument.value
    return argument.scale_min, argument.scale_max


def test_the_file_is_what_the_script_makes(script: ModuleType, tmp_path: Path) -> None:
    script.make(tmp_path)
    made, kept = (py2tosc.load(folder / "Polate.tosc") for folder in (tmp_path, FOLDER))
    assert made.dumps() == kept.dumps()


def test_its_reader_finds_nothing_to_complain_of() -> None:
    assert py2tosc.load(FOLDER / "Polate.tosc").validate() == []


def test_every_message_has_an_address_of_polates_and_takes_what_the_control_sends() -> None:
    sent = {}
    for control in py2tosc.load(FOLDER / "Polate.tosc").walk():
        for message, address in zip(control.messages, addresses(control), strict=True):
            assert find_address(address)
            assert not message.feedback  # a value that comes back is not sent again
            if message.send:
                sent[address] = [ends_of(argument) for argument in message.arguments]
                for end in (0, 1):
                    assert to_control(address, [ends[end] for ends in sent[address]])
    assert [sent[f"/polate/z/{number}"] for number in range(1, 9)] == [[(0, 1)]] * 8
    assert sent["/polate/xy"] == [(0, 1), (0, 1)]
    assert sent["/polate/go"] == [("random", "random")]
    assert {"/polate/play", "/polate/panic", "/polate/tempo"} <= set(sent)


def test_the_pattern_is_shown_and_the_changes_are_asked_for(script: ModuleType) -> None:
    document = py2tosc.load(FOLDER / "Polate.tosc")
    shown = document.find("pattern")
    assert addresses(shown) == ["/polate/pattern"]
    assert shown.messages[0].receive
    assert not shown.messages[0].send
    assert f"sendOSC('/polate/subscribe', {script.RECEIVE_PORT})" in document.root.script
    assert "sendOSC({'/polate/confirm', {{tag = 'i', value = message[2][1].value}}})" in document.root.script


def test_nothing_is_drawn_over_something_else() -> None:
    def look(control: Any) -> None:
        frames = [child.get("frame") for child in control.children if child.get("interactive") or child.children]
        for place, one in enumerate(frames):
            assert 0 <= one.x <= one.x + one.w <= control.get("frame").w
            assert 0 <= one.y <= one.y + one.h <= control.get("frame").h
            for other in frames[place + 1 :]:
                apart = one.x + one.w <= other.x or other.x + other.w <= one.x
                assert apart or one.y + one.h <= other.y or other.y + other.h <= one.y
        for child in control.children:
            look(child)

    look(py2tosc.load(FOLDER / "Polate.tosc").root)
