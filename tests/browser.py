"""Chromium in front of the real service: `polate play` with its page, a browser, and a second page that watches."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from page_rig import Page as Socket
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright
from playwright.sync_api import TimeoutError as TookTooLong
from rig import children_of, free_udp_port, no_midi, start_polate, wait_until
from websockets.exceptions import ConnectionClosed

__all__ = ["FAST", "Service", "Tab", "Watcher", "browser_profile", "chromium", "link_of", "open_tab", "tab_of"]

ARGUMENTS = [
    "--no-sandbox",  # as root
    "--autoplay-policy=no-user-gesture-required",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
FAST = ("--bpm", "250", "--rate", "1/16", "--hysteresis", "0")
SECONDS = 20  # that a condition may take on a busy machine
WELCOMED = "if (location.protocol === 'http:') localStorage.setItem('polate-hints', '9')"


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's, without a screen."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def link_of(process: subprocess.Popen[str]) -> str:
    """The link that Polate prints."""
    assert process.stdout
    for line in process.stdout:
        if link := re.search(r"http://\S+/#token=\S+", line):
            return link[0]
    raise AssertionError(f"Polate ended: {process.communicate()}")


class Service:
    """`polate play` without any MIDI system, with a folder for its data and with ports of its own."""

    def __init__(self, folder: Path, web_port: int) -> None:
        self.folder, self.web_port, self.osc_port = folder, web_port, free_udp_port()
        self.link = ""
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def process(self) -> subprocess.Popen[str]:
        assert self._process
        return self._process

    def start(self) -> None:
        ports = ("--web-port", str(self.web_port), "--osc-port", str(self.osc_port))
        env = {**no_midi(), "XDG_DATA_HOME": str(self.folder)}
        self._process = start_polate("--no-open", *ports, *FAST, env=env, stderr=subprocess.DEVNULL)
        self.link = link_of(self._process)
        assert f":{self.web_port}/" in self.link, f"another program has port {self.web_port}"

    def stop(self) -> None:
        process = self.process
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=20)

    @property
    def page_pid(self) -> int:
        """Of the process that serves the page; 0 while there is none."""
        return children_of(self.process.pid).get("polate.web.process", 0)

    def page_files(self) -> int:
        """How many files and sockets that process has open."""
        return len(os.listdir(f"/proc/{self.page_pid}/fd"))


class Watcher:
    """A second page without a browser: it keeps the state and the notes that the server tells, and sets addresses."""

    def __init__(self, link: str) -> None:
        self._socket = Socket(link).hello()
        self.state: dict[str, list[Any]] = {}
        self.more: dict[str, Any] = {}
        self.notes: list[list[Any]] = []  # as the protocol has them
        self.refusals: list[str] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        wait_until(lambda: "/polate/pattern" in self.state and "snapshots" in self.more, SECONDS, "the whole state")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.__exit__()
        self._thread.join(5)

    def _listen(self) -> None:
        with contextlib.suppress(ConnectionClosed, OSError):
            while True:
                message = self._socket.next_message()
                match message["t"]:
                    case "state":
                        self.state |= message["set"]
                    case "more":
                        self.more |= message["set"]
                    case "notes":
                        self.notes += message["e"]
                    case "refused":
                        self.refusals.append(message["text"])

    def set(self, address: str, *arguments: object) -> None:
        self._socket.send({"t": "set", "a": address, "v": arguments})

    def one(self, address: str) -> Any:
        """The first argument of an address."""
        return self.state.get(address, [None])[0]

    def until(self, address: str, *arguments: Any) -> None:
        """Wait until an address has these arguments; numbers to within a thousandth."""

        def holds() -> bool:
            told = self.state.get(address, [])
            return len(told) == len(arguments) and all(
                abs(one - other) < 1e-3 if isinstance(other, float) else other == one
                for one, other in zip(told, arguments, strict=True)
            )

        try:
            wait_until(holds, SECONDS, f"{address} to be {arguments}")
        except AssertionError as error:
            raise AssertionError(f"{error}; it is {self.state.get(address)}; refused: {self.refusals}") from None

    def begun(self, since: int = 0) -> list[int]:
        """The notes that have begun."""
        return [event[3] for event in list(self.notes)[since:] if event[0]]

    def plays(self) -> None:
        """Wait for the next note."""
        since = len(self.notes)
        wait_until(lambda: self.begun(since), SECONDS, "a note")


class Tab:
    """The page in a browser, and what a user does there."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self._log(message.type, message.text))
        page.set_default_timeout(SECONDS * 1000)

    def _log(self, kind: str, text: str) -> None:
        if kind == "error" and "WebSocket connection" not in text:  # a service that is stopped is no error of the page
            self.errors.append(text)

    def go(self, link: str) -> None:
        self.page.goto(link)
        self.ready()

    def ready(self) -> None:
        self.page.wait_for_selector("html[data-ready]", state="attached")

    def until(self, expression: str, argument: object = None) -> Any:
        """Wait until a JavaScript expression of ``it`` (the argument) holds; its value."""
        return self.page.wait_for_function(f"(it) => ({expression})", arg=argument).json_value()

    def knob(self, axis: int) -> Locator:
        return self.page.get_by_role("slider").nth(axis)

    def shows(self, *positions: float, axis: int = 0) -> None:
        """Wait until the knobs, the first of them that of ``axis``, show these positions 0..1."""
        try:
            self.until(
                "it[0].every((place, at) => Math.abs("
                "document.querySelectorAll('[role=slider]')[it[1] + at].ariaValueNow - place * 100) < 0.11)",
                [positions, axis],
            )
        except TookTooLong as error:
            shown = [element.get_attribute("aria-valuenow") for element in self.page.get_by_role("slider").all()]
            known = self.page.evaluate("[...polate.store.values].filter(([k]) => k.startsWith('/polate/z/'))")
            raise AssertionError(f"{positions} from {axis}, shown: {shown}; known: {known}") from error

    def told(self, address: str, *arguments: object) -> None:
        """Wait until the page knows that an address has these arguments."""
        self.until(
            f"JSON.stringify(polate.store.get('{address}')) === it", json.dumps(arguments, separators=(",", ":"))
        )

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=re.compile(f"^{name}")).first

    def panel(self, name: str) -> None:
        """Choose one of the panels of settings."""
        self.page.get_by_role("tab", name=name, exact=True).click()

    def type_number(self, label: str, text: str) -> None:
        box = self.page.get_by_role("spinbutton", name=label, exact=True)
        box.click()
        box.press_sequentially(text)
        box.press("Enter")

    def centre(self, element: Locator) -> tuple[float, float]:
        element.scroll_into_view_if_needed()
        box = element.bounding_box()
        assert box
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def drag(self, element: Locator, across: float, up: float) -> None:
        """By mouse, from the middle of an element."""
        x, y = self.centre(element)
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + across, y - up, steps=2)
        self.page.mouse.up()

    def click(self, element: Locator, across: float, down: float) -> None:
        """At a place of an element, 0..1 from its left and its top."""
        element.scroll_into_view_if_needed()
        box = element.bounding_box()
        assert box
        self.page.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] * down)

    def touch(self, element: Locator, across: float, up: float) -> None:
        """By finger, from the middle of an element."""
        x, y = self.centre(element)
        session = self.page.context.new_cdp_session(self.page)
        for part in (0.0, 0.5, 1.0):
            point = {"x": x + across * part, "y": y - up * part}
            session.send(
                "Input.dispatchTouchEvent", {"type": "touchMove" if part else "touchStart", "touchPoints": [point]}
            )
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        session.detach()


@contextlib.contextmanager
def browser_profile(browser: Browser, *, welcomed: bool = True, **options: Any) -> Iterator[BrowserContext]:
    """With a cache and a storage of its own. ``welcomed``: the hints of a first visit have been closed."""
    context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, "has_touch": True, **options})
    try:
        if welcomed:
            context.add_init_script(WELCOMED)
        yield context
    finally:
        context.close()


@contextlib.contextmanager
def tab_of(profile: BrowserContext, link: str) -> Iterator[Tab]:
    """The page, ready. Fails if it has logged an error. What it has stored in the profile is gone at the end."""
    page = profile.new_page()
    try:
        tab = Tab(page)
        tab.go(link)
        yield tab
        assert tab.errors == [], f"the page logged errors: {tab.errors}"
    finally:
        page.evaluate("localStorage.clear()")
        page.close()


@contextlib.contextmanager
def open_tab(browser: Browser, link: str, **options: Any) -> Iterator[Tab]:
    """The page, ready, in a browser profile of its own. Fails if the page has logged an error."""
    with browser_profile(browser, **options) as profile, tab_of(profile, link) as tab:
        yield tab
