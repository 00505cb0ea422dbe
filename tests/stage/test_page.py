"""The page in Chromium, in front of the real service: what a hand does there, and what is played then."""

import math
import random
import socket
from collections.abc import Callable, Iterator
from itertools import product

import pytest
from browser import Service, Tab, Watcher, chromium, open_tab
from playwright.sync_api import Browser
from rig import wait_until

from polate.model.decoder import Decoder

pytestmark = pytest.mark.chromium

AXES = range(8)
MOVED = 0.2  # of a knob's range: what the gestures below turn it by


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
    """It plays, and every axis is in the middle."""
    with Watcher(service.link) as watcher:
        watcher.set("/polate/play", 1)
        watcher.set("/polate/z", *[0.5] * 8)
        watcher.until("/polate/play", 1)
        watcher.until("/polate/z", *[0.5] * 8)
        yield watcher


@pytest.fixture
def tab(browser: Browser, service: Service, watcher: Watcher) -> Iterator[Tab]:
    with open_tab(browser, service.link) as tab:
        yield tab


def pattern_at(decoder: Decoder, positions: list[float]) -> str:
    return decoder.decode([axis.at(position) for axis, position in zip(decoder.axes, positions, strict=True)]).text


def replaced(positions: list[float], axis: int, position: float) -> list[float]:
    return [*positions[:axis], position, *positions[axis + 1 :]]


@pytest.fixture(scope="module")
def telling(decoder: Decoder) -> list[float]:
    """A place where each axis alone gives another pattern a little higher, at either end and in the middle."""
    dice = random.Random(1)
    best: tuple[int, list[float]] = (-1, [])
    for _ in range(3000):
        place = [round(dice.uniform(0.1, 0.4), 2) for _ in AXES]
        here = pattern_at(decoder, place)
        told = sum(
            pattern_at(decoder, replaced(place, axis, to)) != here
            for axis, to in product(AXES, (0.0, 0.5, 1.0, round(place[axis] + MOVED, 2)))
        )
        best = max(best, (told, place))
    return best[1]


def test_telling(telling, decoder):
    here = pattern_at(decoder, telling)
    print(telling, [(axis,[pattern_at(decoder, replaced(telling, axis, to)) != here for to in (0,.5,1,telling[axis]+.2)]) for axis in AXES])
