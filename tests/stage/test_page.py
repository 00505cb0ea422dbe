"""The page in Chromium, in front of the real service: what a hand does there, and what is played then."""

import random
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from browser import Service, Tab, Watcher, chromium, open_tab
from playwright.sync_api import Browser
from rig import osc_message, wait_until

from polate import Pattern
from polate.model.decoder import Decoder

pytestmark = pytest.mark.chromium

AXES = range(8)
PLACE = [0.38, 0.32, 0.39, 0.32, 0.34, 0.30, 0.40, 0.37]
"""Where each axis but `THIRD` gives another pattern 0.2 higher, at both ends and in the middle."""
THIRD, PLACE_OF_THIRD = 4, [0.57, 0.53, 0.29, 0.29, 0.25, 0.44, 0.32, 0.35]
"""The axis of a cell's third note, and a place whose cells have one."""

BEGIN = {
    "/polate/z": [0.5] * 8,
    "/polate/tempo": [250],
    "/polate/rate": ["1/16"],
    "/polate/order": ["thesaurus"],
    "/polate/gate": [80],
    "/polate/tonic": [60],
    "/polate/sequence": [""],
    "/polate/play": [1],
}
"""What each test begins with."""


def free_tcp_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Without any MIDI system."""
    with Service(tmp_path_factory.mktemp("data"), free_tcp_port()) as service:
        yield service


@pytest.fixture
def watcher(service: Service) -> Iterator[Watcher]:
    with Watcher(service.link) as watcher:
        for address, arguments in BEGIN.items():
            watcher.set(address, *arguments)
        for address, arguments in BEGIN.items():
            watcher.until(address, *arguments)
        yield watcher


@pytest.fixture
def tab(browser: Browser, service: Service, watcher: Watcher) -> Iterator[Tab]:
    with open_tab(browser, service.link) as tab:
        yield tab


def pattern_at(decoder: Decoder, positions: list[float]) -> Pattern:
    return decoder.decode([axis.at(position) for axis, position in zip(decoder.axes, positions, strict=True)])


def goes_to(watcher: Watcher, tab: Tab, positions: list[float]) -> None:
    watcher.set("/polate/z", *positions)
    watcher.until("/polate/z", *positions)
    tab.shows(*positions)


def plays(watcher: Watcher, pattern: Pattern) -> None:
    """Wait until a pattern is what is played, by the gate's own report."""
    watcher.until("/polate/pattern", pattern.text)
    notes, since = set(pattern.render(60)), len(watcher.notes)
    wait_until(
        lambda: len(watcher.begun(since)) >= 4 and set(watcher.begun(since)[-4:]) <= notes,
        20,
        f"four notes of {pattern.text}",
    )


@dataclass(frozen=True)
class Gesture:
    """What a hand does with a knob, and where the knob is then."""

    do: Callable[[Tab, int], Any]
    goal: Callable[[float], float]


def wheel(tab: Tab, axis: int) -> None:
    tab.page.mouse.move(*tab.centre(tab.knob(axis)))
    tab.page.mouse.wheel(0, -500)


def keys(tab: Tab, axis: int, *names: str) -> None:
    tab.knob(axis).focus()
    for name in names:
        tab.page.keyboard.press(name)


GESTURES = {
    "dragged up": Gesture(lambda tab, axis: tab.drag(tab.knob(axis), 0, 44), lambda at: at + 0.2),
    "dragged right": Gesture(lambda tab, axis: tab.drag(tab.knob(axis), 44, 0), lambda at: at + 0.2),
    "the wheel": Gesture(wheel, lambda at: at + 0.2),
    "arrow keys": Gesture(lambda tab, axis: keys(tab, axis, *["ArrowUp", "ArrowRight"] * 10), lambda at: at + 0.2),
    "page keys": Gesture(lambda tab, axis: keys(tab, axis, "PageUp", "PageUp"), lambda at: at + 0.2),
    "Home": Gesture(lambda tab, axis: keys(tab, axis, "Home"), lambda at: 0.0),
    "End": Gesture(lambda tab, axis: keys(tab, axis, "End"), lambda at: 1.0),
    "a double click": Gesture(lambda tab, axis: tab.knob(axis).dblclick(), lambda at: 0.5),
    "a finger": Gesture(lambda tab, axis: tab.touch(tab.knob(axis), 0, 44), lambda at: at + 0.2),
}


class TestKnobs:
    @pytest.mark.parametrize("gesture", GESTURES.values(), ids=GESTURES)
    def test_each_of_the_eight_changes_what_is_played(
        self, tab: Tab, watcher: Watcher, decoder: Decoder, gesture: Gesture
    ) -> None:
        for axis in AXES:
            place = PLACE_OF_THIRD if axis == THIRD else PLACE
            goes_to(watcher, tab, place)
            gesture.do(tab, axis)
            there = [*place[:axis], gesture.goal(place[axis]), *place[axis + 1 :]]
            tab.shows(*there)
            watcher.until("/polate/z", *there)
            pattern = pattern_at(decoder, watcher.state["/polate/z"])
            assert pattern.text != pattern_at(decoder, place).text
            plays(watcher, pattern)
            tab.told("/polate/pattern", pattern.text)

    def test_with_shift_a_drag_and_a_key_are_fine(self, tab: Tab, watcher: Watcher) -> None:
        tab.page.keyboard.down("Shift")
        tab.drag(tab.knob(0), 0, 44)
        keys(tab, 1, "ArrowUp")
        tab.page.keyboard.up("Shift")
        watcher.until("/polate/z", 0.52, 0.501, *[0.5] * 6)

    def test_a_click_on_the_strip_goes_there(self, tab: Tab, watcher: Watcher) -> None:
        box = tab.knob(2).bounding_box()
        assert box
        x, y = box["x"] + box["width"] * 0.94, box["y"] + box["height"] / 2  # at three o'clock: 5/6 of the ring
        tab.page.mouse.click(x, y)
        watcher.until("/polate/z/3", pytest.approx(5 / 6, abs=0.01))

    def test_one_moved_by_osc_moves_on_the_page(self, tab: Tab, service: Service) -> None:
        dice = random.Random(2)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as surface:
            for axis in AXES:
                position = round(dice.random(), 3)
                datagram = osc_message(f"/polate/z/{axis + 1}", position).dgram
                surface.sendto(datagram, ("127.0.0.1", service.osc_port))
                tab.shows(position, axis=axis)

    def test_two_pages_agree(self, tab: Tab, browser: Browser, service: Service, watcher: Watcher) -> None:
        with open_tab(browser, service.link) as other:
            tab.drag(tab.knob(3), 0, 60)
            keys(other, 5, "PageDown")
            for one in (tab, other):
                one.shows(0.5 + 60 / 220, 0.5, 0.4, axis=3)
            other.page.get_by_label("Order", exact=True).select_option("down")
            tab.until("document.querySelector('[aria-label=Order]').value === 'down'")
            pattern = watcher.one("/polate/pattern")
            for one in (tab, other):
                one.page.get_by_role("heading", name=pattern).wait_for()
