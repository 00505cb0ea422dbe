"""The page in Chromium, in front of the real service: what a hand does there, and what is played then."""

import contextlib
import os
import random
import signal
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import FAST, Service, Tab, Watcher, browser_profile, chromium, link_of, open_tab, tab_of
from playwright.sync_api import Browser, BrowserContext
from rig import JackServer, Rig, osc_message, wait_until

from polate import Pattern
from polate.listen.phrase_gatherer import CHORD_NS
from polate.model.decoder import Decoder

pytestmark = pytest.mark.chromium

AXES = range(8)
PLACE = [0.38, 0.32, 0.39, 0.32, 0.34, 0.30, 0.40, 0.37]
"""Where each axis but `THIRD` gives another pattern 0.2 higher, at both ends and in the middle."""
THIRD, PLACE_OF_THIRD = 4, [0.57, 0.53, 0.29, 0.29, 0.25, 0.44, 0.32, 0.35]
"""The axis of a cell's third note, and a place whose cells have one."""

FOREIGN = "20 0 5 -3"
"""A pattern whose interval no map has."""

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


@contextlib.contextmanager
def watching(link: str) -> Iterator[Watcher]:
    """A watcher of a Polate that is as at its beginning."""
    with Watcher(link) as watcher:
        for address, arguments in BEGIN.items():
            watcher.set(address, *arguments)
        for address, arguments in BEGIN.items():
            watcher.until(address, *arguments)
        yield watcher


@pytest.fixture
def watcher(service: Service) -> Iterator[Watcher]:
    with watching(service.link) as watcher:
        yield watcher


@pytest.fixture(scope="module")
def profile(browser: Browser) -> Iterator[BrowserContext]:
    """One profile for many tabs: all but the first find the files of the page in the browser's cache."""
    with browser_profile(browser) as profile:
        yield profile


@pytest.fixture
def tab(profile: BrowserContext, service: Service, watcher: Watcher) -> Iterator[Tab]:
    with tab_of(profile, service.link) as tab:
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


def changes_what_is_played(tab: Tab, watcher: Watcher, decoder: Decoder, axis: int, gesture: Gesture) -> None:
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


class TestKnobs:
    def test_each_of_the_eight_changes_what_is_played(self, tab: Tab, watcher: Watcher, decoder: Decoder) -> None:
        for axis in AXES:
            changes_what_is_played(tab, watcher, decoder, axis, GESTURES["dragged up"])

    @pytest.mark.parametrize("number", range(len(GESTURES)), ids=GESTURES)
    def test_each_gesture_changes_what_is_played(
        self, tab: Tab, watcher: Watcher, decoder: Decoder, number: int
    ) -> None:
        for axis in (number % 8, (number + 4) % 8):
            changes_what_is_played(tab, watcher, decoder, axis, list(GESTURES.values())[number])

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

    def test_two_pages_agree(self, tab: Tab, profile: BrowserContext, service: Service, watcher: Watcher) -> None:
        with tab_of(profile, service.link) as other:
            tab.drag(tab.knob(3), 0, 60)
            keys(other, 5, "PageDown")
            for one in (tab, other):
                one.shows(0.5 + 60 / 220, 0.5, 0.4, axis=3)
            other.page.get_by_label("Order", exact=True).select_option("down")
            tab.until("document.querySelector('[aria-label=Order]').value === 'down'")
            pattern = watcher.one("/polate/pattern")
            for one in (tab, other):
                one.page.get_by_role("heading", name=pattern).wait_for()

    def test_a_late_echo_does_not_undo_what_was_told_since(self, tab: Tab) -> None:
        late = """async () => {
          const { store } = polate, address = '/polate/none';
          store.touched.set(address, performance.now() - 290);
          store.hear(address, [1]); // an echo: it waits
          while (performance.now() - store.touched.get(address) <= 300);
          store.hear(address, [2]); // told when the hand has let go
          await new Promise((resolve) => setTimeout(resolve, 50));
          return store.one(address);
        }"""
        assert tab.page.evaluate(late) == 2


class MidiService:
    """Polate between a controller and a receiver on JACK: one for many tests, as long as its JACK server runs."""

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self._server: object = None

    def use(self, jack: JackServer) -> None:
        if self._server is not jack.process:
            self.close()
            self.rig = self._stack.enter_context(Rig(jack))
            self.link = link_of(self.rig.play(*FAST, "--no-osc", "--web-port", str(free_tcp_port())))
            self._server = jack.process

    def close(self) -> None:
        self._stack.close()


@pytest.fixture(scope="module")
def midi_service(jackd: JackServer) -> Iterator[MidiService]:
    del jackd  # that it is stopped after this
    with contextlib.closing(MidiService()) as service:
        yield service


@pytest.mark.jack
class TestMidi:
    @pytest.fixture
    def service(self, midi_service: MidiService, jack: JackServer) -> MidiService:
        midi_service.use(jack)
        return midi_service

    @pytest.fixture
    def rig(self, service: MidiService) -> Rig:
        return service.rig

    def test_the_knobs_of_the_page_are_heard(self, rig: Rig, tab: Tab, watcher: Watcher, decoder: Decoder) -> None:
        for axis in (0, THIRD, 7):
            place = PLACE_OF_THIRD if axis == THIRD else PLACE
            goes_to(watcher, tab, place)
            tab.drag(tab.knob(axis), 0, 44)
            watcher.until(f"/polate/z/{axis + 1}", place[axis] + 0.2)
            pattern = pattern_at(decoder, watcher.state["/polate/z"])
            watcher.until("/polate/pattern", pattern.text)
            notes, since = set(pattern.render(60)), len(rig.daw.heard)
            wait_until(
                lambda since=since, notes=notes: (
                    len(rig.daw.note_ons(since)) >= 4 and set(rig.daw.note_ons(since)[-4:]) <= notes
                ),
                20,
                f"four notes of {pattern.text}",
            )

    def test_a_controllers_knobs_move_on_the_page(self, rig: Rig, tab: Tab) -> None:
        for axis in AXES:
            rig.knobs.turn(70 + axis, 10 * axis + 5)
        tab.shows(*[(10 * axis + 5) / 127 for axis in AXES])

    def test_the_clock_is_chosen(self, rig: Rig, tab: Tab) -> None:
        tab.panel("MIDI and sync")
        clock = tab.page.get_by_role("radiogroup", name="Clock")
        clock.get_by_role("radio", name="MIDI").click()
        tab.told("/polate/sync", "midi")
        rig.knobs.send([0xFA])
        due = time.monotonic()
        for _ in range(96):
            rig.knobs.send([0xF8])
            due += 60 / 100 / 24
            time.sleep(max(0.0, due - time.monotonic()))
        tab.until("Math.abs(polate.store.one('/polate/tempo') - 100) < 2")
        clock.get_by_role("radio", name="own").click()
        tab.told("/polate/sync", "internal")

    def test_a_control_is_learned(self, rig: Rig, tab: Tab) -> None:
        tab.panel("MIDI and sync")
        tab.page.get_by_role("button", name="Learn", exact=True).click()
        tab.knob(5).click()
        tab.told("/polate/learn", "z/6")
        for value in range(10, 60, 5):
            rig.knobs.turn(20, value)
        tab.told("/polate/learn", "")
        rig.knobs.turn(20, 100)
        tab.shows(100 / 127, axis=5)
        tab.page.get_by_role("status").get_by_text("Bound to").wait_for()

    def test_stop_and_panic_leave_no_note(self, rig: Rig, tab: Tab, watcher: Watcher) -> None:
        for address, value in {"/polate/tempo": 40, "/polate/rate": "1/1", "/polate/gate": 100}.items():
            watcher.set(address, value)  # notes of six seconds
            watcher.until(address, value)
        tab.button("Play").click()  # the sound of the page: the music runs already
        tab.button("Stop").click()
        wait_until(lambda: not rig.daw.sounding(), 4, "silence after Stop")
        for end in (["Panic", "Stop"], ["Stop"]):
            since = len(rig.daw.heard)
            tab.button("Play").click()
            wait_until(lambda since=since: rig.daw.note_ons(since), 5, "a note that has just begun")
            for name in end:
                tab.button(name).click()
                wait_until(lambda: not rig.daw.sounding(), 4, f"silence after {name}")
            tab.told("/polate/play", 0)


HEARD = """
(() => {
  const { engine, player } = polate;
  if (!engine.running) return null;
  const { analyser, context } = engine, bins = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(bins);
  const at = bins.indexOf(Math.max(...bins));
  if (bins[at] < -70) return null;
  const hertz = at * context.sampleRate / analyser.fftSize;
  const sounding = player.log.filter(([, , when]) => when < context.currentTime).at(-1);
  if (!sounding || Math.round(69 + 12 * Math.log2(hertz / 440)) !== sounding[0]) return null;
  return { note: sounding[0], milliseconds: performance.now() - window.clicked };
})()
"""
"""The note whose pitch is the strongest of the page's sound, once it is the note that was sent last."""


class TestPlay:
    def test_it_starts_the_music_and_its_pitch_is_heard_within_two_seconds(self, tab: Tab, watcher: Watcher) -> None:
        slow = {"/polate/play": 0, "/polate/tempo": 60, "/polate/rate": "1/4", "/polate/gate": 100}
        for address, value in slow.items():
            watcher.set(address, value)
            watcher.until(address, value)
            tab.told(address, value)
        tab.page.evaluate("""() => {
          polate.player.log = [];
          addEventListener('click', () => { window.clicked = performance.now(); }, { capture: true, once: true });
        }""")
        since = len(watcher.notes)
        tab.button("Play").click()
        watcher.until("/polate/play", 1)
        heard = tab.until(HEARD)
        assert heard["note"] in watcher.begun(since)
        assert heard["milliseconds"] < 2000

    def test_stop_ends_both(self, tab: Tab, watcher: Watcher) -> None:
        tab.button("Play").click()
        tab.until("polate.player.notes > 2")
        tab.button("Stop").click()
        watcher.until("/polate/play", 0)
        tab.until("polate.engine.all.size === 0")
        tab.button("Play").wait_for()

    def test_the_space_bar_is_play_too(self, tab: Tab, watcher: Watcher) -> None:
        tab.page.keyboard.press("Space")  # the music runs already: this starts the sound
        tab.until("polate.player.notes > 2")
        tab.page.keyboard.press("Space")
        watcher.until("/polate/play", 0)


class TestMap:
    def test_a_click_goes_to_the_pattern_that_is_shown_there(self, tab: Tab, watcher: Watcher) -> None:
        square = tab.page.locator("[aria-roledescription=map]")
        tab.click(square, 0.88, 0.12)
        watcher.until("/polate/z/1", pytest.approx(0.88, abs=0.005))
        watcher.until("/polate/z/2", pytest.approx(0.88, abs=0.005))
        tab.until("document.querySelector('.tip b')?.textContent === polate.store.one('/polate/pattern')")
        tab.shows(watcher.one("/polate/z/1"), watcher.one("/polate/z/2"))

    def test_a_finger_and_the_arrow_keys_move_the_point(self, tab: Tab, watcher: Watcher) -> None:
        square = tab.page.locator("[aria-roledescription=map]")
        box = square.bounding_box()
        assert box
        tab.touch(square, box["width"] * 0.4, box["height"] * 0.4)
        watcher.until("/polate/z/1", pytest.approx(0.9, abs=0.005))
        watcher.until("/polate/z/2", pytest.approx(0.9, abs=0.005))
        square.focus()
        for key in ("ArrowLeft", "ArrowLeft", "ArrowDown"):
            tab.page.keyboard.press(key)
        watcher.until("/polate/z/1", pytest.approx(0.88, abs=0.005))
        watcher.until("/polate/z/2", pytest.approx(0.89, abs=0.005))

    def test_other_axes_can_be_chosen(self, tab: Tab, watcher: Watcher) -> None:
        tab.page.get_by_label("Axis across").select_option("fan")
        tab.page.get_by_label("Axis upwards").select_option("register")
        tab.click(tab.page.locator("[aria-roledescription=map]"), 0.93, 0.05)
        watcher.until("/polate/z/8", pytest.approx(0.93, abs=0.005))
        watcher.until("/polate/z/3", pytest.approx(0.95, abs=0.005))

    def test_a_path_that_is_drawn_is_travelled_until_it_is_cleared(self, tab: Tab, watcher: Watcher) -> None:
        tab.page.get_by_role("button", name="Path", exact=True).click()
        square = tab.page.locator("[aria-roledescription=map]")
        x, y = tab.centre(square)
        tab.page.mouse.move(x, y)
        tab.page.mouse.down()
        for across, up in ((120, 0), (120, 120), (0, 120), (0, 10)):
            tab.page.mouse.move(x + across, y - up, steps=4)
        tab.page.mouse.up()
        wait_until(lambda: len(watcher.state.get("/polate/path", [])) > 6, 20, "a path")
        assert watcher.state["/polate/path"][:2] == [1, 2]
        tab.type_number("Bars", "1")
        watcher.until("/polate/path-bars", 1)
        for least in (False, True, False):  # there and back
            wait_until(lambda least=least: (watcher.one("/polate/axis/1") > 0.65) == least, 20, "the point to travel")
        tab.button("Clear the path").click()
        wait_until(lambda: len(watcher.state["/polate/path"]) < 2, 20, "no path")


class TestCorners:
    def test_the_pad_goes_between_them(self, tab: Tab, watcher: Watcher) -> None:
        tab.page.get_by_role("radio", name="Corners").click()
        pad = tab.page.locator("[aria-roledescription=pad]")
        tab.click(pad, 0.3, 0.6)
        near = [pytest.approx(place, abs=0.005) for place in (0.3, 0.6)]
        watcher.until("/polate/xy", *near)
        pad.focus()
        tab.page.keyboard.press("ArrowRight")
        watcher.until("/polate/xy", pytest.approx(0.31, abs=0.005), near[1])
        tab.touch(pad, 0, 0)
        watcher.until("/polate/xy", *[pytest.approx(0.5, abs=0.005)] * 2)

    def test_one_is_set_by_typing(self, tab: Tab, watcher: Watcher) -> None:
        tab.page.get_by_role("radio", name="Corners").click()
        for corner, typed, there in (
            ("b", "tritone 0 1 2", "two-semitone tritone scale"),
            ("c", "giant", "giant steps"),
        ):
            tab.page.locator(f"[data-corner={corner}]").click()
            field = tab.page.get_by_role("combobox", name=f"Corner {corner.upper()}")
            field.fill(typed)
            field.press("Enter")
            watcher.until(f"/polate/corner/{corner}", there)
            tab.page.locator(f"[data-corner={corner}]").filter(has_text=there).wait_for()

    def test_one_without_a_place_on_the_map_is_set_by_typing_and_is_exact(self, tab: Tab, watcher: Watcher) -> None:
        tab.page.get_by_role("radio", name="Corners").click()
        tab.page.locator("[data-corner=b]").click()
        field = tab.page.get_by_role("combobox", name="Corner B")
        field.fill(FOREIGN)
        field.press("Enter")
        watcher.until("/polate/corner/b", FOREIGN)
        watcher.until("/polate/pinned-corners", "b")
        tab.page.locator("[data-corner=b]").filter(has_text="pinned").wait_for()
        watcher.set("/polate/xy", 1.0, 0.0)
        watcher.until("/polate/pattern", FOREIGN)
        watcher.set("/polate/xy", 0.5, 0.0)
        watcher.until("/polate/pinned", "")

    def test_the_way_from_a_to_b(self, tab: Tab, watcher: Watcher) -> None:
        tab.page.get_by_role("radio", name="Corners").click()
        slider = tab.page.get_by_role("slider", name="From corner A to corner B")
        tab.click(slider, 0.75, 0.5)
        watcher.until("/polate/morph", pytest.approx(0.75, abs=0.005))
        slider.press("End")
        watcher.until("/polate/morph", 1.0)


class TestGoing:
    def test_a_place_is_typed_and_a_pattern_without_one_is_pinned_until_a_knob_moves(
        self, tab: Tab, watcher: Watcher
    ) -> None:
        hint = tab.page.locator("#now .pin")
        for typed, pattern in (("C4 C#4 D4 F#4 G4 G#4 C5", "tritone 0 1 2"), ("ditone 0 1 -2 5",) * 2, (FOREIGN,) * 2):
            assert not hint.is_visible()
            tab.page.keyboard.press("g")
            field = tab.page.get_by_role("combobox", name="Go to")
            field.fill(typed)
            field.press("Enter")
            watcher.until("/polate/pattern", pattern)
        watcher.until("/polate/pinned", FOREIGN)
        hint.filter(has_text="this scale").wait_for()
        for name, pinned in (("Undo", ""), ("Redo", FOREIGN)):
            tab.button(name).click()
            watcher.until("/polate/pinned", pinned)
            watcher.until("/polate/pattern", pinned or "ditone 0 1 -2 5")
        tab.knob(0).press("ArrowUp")
        watcher.until("/polate/pinned", "")
        hint.wait_for(state="hidden")
        assert watcher.refusals == []

    def test_it_goes_in_the_bars_that_are_set_and_the_browser_remembers_them(self, tab: Tab, watcher: Watcher) -> None:
        goes_to(watcher, tab, PLACE)
        tab.button("Go to").click()
        tab.page.get_by_label("Bars to go there").fill("2")
        field = tab.page.get_by_role("combobox", name="Go to")
        field.fill("giant steps")
        field.press("Enter")
        met = set()

        def is_there() -> bool:
            met.add(watcher.one("/polate/pattern"))
            return bool(watcher.one("/polate/pattern") == "ditone 0 -2 3")

        wait_until(is_there, 20, "giant steps")
        assert len(met) >= 4  # two, and some on the way
        tab.button("Go to").click()
        assert tab.page.get_by_label("Bars to go there").input_value() == "2"
        tab.page.keyboard.press("Escape")
        tab.button("Undo").click()
        watcher.until("/polate/z", *PLACE)
        assert watcher.refusals == []

    def test_what_cannot_be_is_refused_with_the_reason(self, tab: Tab, watcher: Watcher) -> None:
        for typed, reason in (("tritone 0 6", "the next principal tone"), ("60 60", "repeats the one before it")):
            tab.page.get_by_role("button", name="Go to").click()
            field = tab.page.get_by_role("combobox", name="Go to")
            field.fill(typed)
            field.press("Enter")
            wait_until(lambda reason=reason: any(reason in each for each in watcher.refusals), 20, reason)
            tab.page.locator("#messages").get_by_text(reason).first.wait_for()


class TestSnapshots:
    def test_a_tile_stores_and_recalls(self, tab: Tab, watcher: Watcher) -> None:
        watcher.set("/polate/z", *PLACE)
        tab.shows(*PLACE)
        tab.button("Store snapshot 3").click()
        recall = tab.button("Recall snapshot 3")
        recall.wait_for()
        watcher.set("/polate/z", *[0.5] * 8)
        tab.shows(*[0.5] * 8)
        recall.click()
        watcher.until("/polate/z", *PLACE)
        tab.shows(*PLACE)

    def test_a_name_stays_text(self, tab: Tab, watcher: Watcher) -> None:
        name = "<img/src=x/onerror=document.title='owned'>"
        watcher.set("/polate/snapshot/store", name)
        tab.page.get_by_role("button", name=name).wait_for()
        assert tab.page.locator("img").count() == 0
        assert tab.page.title() == "Polate"

    def test_what_is_refused_stays_text_too(self, tab: Tab) -> None:
        tab.page.get_by_role("radio", name="Corners").click()
        tab.page.locator("[data-corner=d]").click()
        field = tab.page.get_by_role("combobox", name="Corner D")
        field.fill("<img src=y onerror=document.title='owned'>")
        field.press("Enter")
        tab.page.get_by_role("status").get_by_text("<img src=y").first.wait_for()
        assert tab.page.locator("img").count() == 0
        assert tab.page.title() == "Polate"


class TestSettings:
    def test_tempo_order_step_and_tonic_are_set_where_they_are_seen(self, tab: Tab, watcher: Watcher) -> None:
        tab.type_number("Tempo", "196")
        watcher.until("/polate/tempo", 196)
        tab.page.get_by_label("Order", exact=True).select_option("down")
        watcher.until("/polate/order", "down")
        tab.page.get_by_label("Step", exact=True).select_option("1/8t")
        watcher.until("/polate/rate", "1/8t")
        tab.type_number("Tonic", "Eb3")
        watcher.until("/polate/tonic", 51)
        since = len(watcher.notes)
        wait_until(lambda: 75 in watcher.begun(since), 20, "the highest tonic, with which the way down begins")

    def test_a_number_is_dragged_and_stepped(self, tab: Tab, watcher: Watcher) -> None:
        tempo = tab.page.get_by_role("spinbutton", name="Tempo", exact=True)
        tempo.focus()
        for key in ("ArrowUp", "ArrowUp", "ArrowDown"):
            tempo.press(key)
        watcher.until("/polate/tempo", 251)
        tab.drag(tempo, 0, -30)
        wait_until(lambda: watcher.one("/polate/tempo") < 240, 20, "a lower tempo")

    def test_the_length_of_notes(self, tab: Tab, watcher: Watcher) -> None:
        tab.panel("Rhythm")
        tab.type_number("Note length", "33")
        watcher.until("/polate/gate", 33)

    def test_undo_and_redo(self, tab: Tab, watcher: Watcher) -> None:
        tab.drag(tab.knob(0), 0, 44)
        watcher.until("/polate/z/1", 0.7)
        tab.type_number("Tempo", "123")
        watcher.until("/polate/tempo", 123)
        for name, position, tempo in (("Undo", 0.7, 250), ("Undo", 0.5, 250), ("Redo", 0.7, 250), ("Redo", 0.7, 123)):
            tab.button(name).click()
            watcher.until("/polate/z/1", position)
            watcher.until("/polate/tempo", tempo)
            tab.shows(position)

    def test_a_link_carries_the_state(self, tab: Tab, watcher: Watcher, browser: Browser, service: Service) -> None:
        state = {"/polate/z": PLACE, "/polate/tempo": [96], "/polate/order": ["diverge"], "/polate/tonic": [55]}
        for address, arguments in state.items():
            watcher.set(address, *arguments)
            watcher.until(address, *arguments)
        tab.shows(*PLACE)
        tab.told("/polate/tonic", 55)
        tab.button("Copy a link").click()
        tab.until("location.hash.includes('z=')")
        shared = tab.page.url.partition("#")[2]
        assert "token" not in tab.page.url
        for address, arguments in BEGIN.items():
            watcher.set(address, *arguments)
            watcher.until(address, *arguments)
        with open_tab(browser, f"{service.link}&{shared}") as other:
            for address, arguments in state.items():
                watcher.until(address, *arguments)
            other.shows(*PLACE)


class TestConnection:
    def test_the_page_outlives_the_process_that_serves_it(self, tab: Tab, service: Service) -> None:
        killed = service.page_pid
        os.kill(killed, signal.SIGKILL)
        tab.page.get_by_text("Polate does not answer").wait_for()
        wait_until(lambda: service.page_pid not in (0, killed), 20, "another process of the page")
        tab.until("polate.link.open")
        tab.page.get_by_text("Polate does not answer").wait_for(state="detached")
        with Watcher(service.link) as watcher:
            tab.drag(tab.knob(6), 0, 44)
            watcher.until("/polate/z/7", 0.7)
            watcher.set("/polate/tempo", 77)
            tab.told("/polate/tempo", 77)

    def test_and_a_restart_of_polate(self, tab: Tab, service: Service, watcher: Watcher) -> None:
        watcher.set("/polate/z", *PLACE)
        tab.shows(*PLACE)
        link = service.link
        service.stop()
        tab.page.get_by_text("Polate does not answer").wait_for()
        service.start()
        assert service.link == link
        tab.until("polate.link.open")
        tab.shows(*[0.5] * 8)  # where Polate begins
        with Watcher(service.link) as watcher:
            tab.drag(tab.knob(6), 0, 44)
            watcher.until("/polate/z/7", 0.7)

    def test_a_link_without_the_token_tells_what_to_do(self, browser: Browser, service: Service) -> None:
        page = browser.new_page()
        page.goto(service.link.partition("#")[0])
        page.get_by_role("status").get_by_text("Open the link that Polate printed").wait_for()
        assert page.get_by_role("slider").count() == 0
        page.close()

    def test_reconnects_leave_no_file_open(self, tab: Tab, service: Service, watcher: Watcher) -> None:
        tab.page.evaluate("window.ups = 0; polate.link.on('up', () => { window.ups++; })")
        before = service.page_files()
        for count in range(10):
            tab.page.evaluate("polate.link.socket.close()")
            tab.until("window.ups > it", count)
        wait_until(lambda: service.page_files() <= before, 20, f"at most {before} open files")
        tab.drag(tab.knob(0), 0, 44)
        watcher.until("/polate/z/1", 0.7)


REACHABLE = """[...it.querySelectorAll('button, input, select, a[href], [tabindex]')].filter((element) =>
  element.tabIndex >= 0 && !element.disabled && element.checkVisibility({ visibilityProperty: true }))"""

MARKED = """(() => {
  const element = document.activeElement, style = getComputedStyle(element);
  const seen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  return { at: reachable.indexOf(element), seen, name: element.ariaLabel ?? element.textContent };
})()"""

SCREENS = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "device_scale_factor": 2},
}


COVERED = """(() => {
  const hint = document.querySelector('.hint'), box = hint.getBoundingClientRect();
  const controls = document.querySelectorAll('button, input, select, a[href], [tabindex], .knob, .read');
  return [...controls].filter((each) => {
    const { left, right, top, bottom } = each.getBoundingClientRect();
    const meets = left < box.right && right > box.left && top < box.bottom && bottom > box.top;
    return meets && !hint.contains(each) && each.checkVisibility();
  }).map((each) => each.ariaLabel ?? each.textContent);
})()"""


class TestRoom:
    def test_a_laptop_shows_everything_without_scrolling(self, tab: Tab) -> None:
        for panel in tab.page.get_by_role("tab").all():
            panel.click()
            if panel.text_content() != "MIDI and sync":  # it has more rows
                height = tab.page.evaluate("document.documentElement.scrollHeight")
                assert height <= 900, panel.text_content()

    @pytest.mark.parametrize("screen", SCREENS.values(), ids=SCREENS)
    def test_no_hint_covers_a_control(
        self, browser: Browser, service: Service, watcher: Watcher, screen: dict[str, Any]
    ) -> None:
        with open_tab(browser, service.link, welcomed=False, **screen) as tab:
            for words in ("Press Play", "Turn a knob", "Or click the map"):
                tab.page.locator(".hint", has_text=words).wait_for()
                assert tab.page.evaluate(COVERED) == [], words
                tab.page.locator(".hint button").click()


class TestAccess:
    def test_the_tab_key_reaches_every_control_and_shows_where_it_is(self, tab: Tab) -> None:
        for number, panel in enumerate(tab.page.get_by_role("tab").all()):
            panel.click()  # the whole page with the first panel, and then the other panels: each follows its tab
            part = tab.page.locator("#dock [role=tabpanel]:visible" if number else "html")
            count = part.evaluate(f"(it) => (window.reachable = {REACHABLE}).length")
            if number == 0:
                tab.page.evaluate("document.activeElement.blur(); document.body.focus()")
            reached = set()
            browsers_own = 2 if number == 0 else 0  # controls between the last one of the page and the first
            for _ in range(count + browsers_own):
                tab.page.keyboard.press("Tab")
                focus = tab.page.evaluate(MARKED)
                assert focus["seen"] or focus["at"] < 0, f"{focus['name']} does not show that it has the focus"
                reached.add(focus["at"])
            names = "[...it].map((at) => reachable[at].ariaLabel ?? reachable[at].textContent)"
            missing = tab.page.evaluate(f"(it) => {names}", sorted(set(range(count)) - reached))
            assert missing == [], f"in panel {panel.text_content()}"

    def test_panels_are_chosen_by_arrow_keys(self, tab: Tab) -> None:
        tab.panel("Snapshots")
        tab.page.keyboard.press("ArrowRight")
        tab.page.get_by_role("tabpanel", name="Rhythm").wait_for()
        tab.page.keyboard.press("End")
        tab.page.get_by_role("tabpanel", name="MIDI and sync").wait_for()

    def test_with_reduced_motion_nothing_is_animated(
        self, browser: Browser, service: Service, watcher: Watcher
    ) -> None:
        with open_tab(browser, service.link, reduced_motion="reduce") as tab:
            tab.page.evaluate("""() => {
              window.moved = [];
              const look = () => {
                for (const animation of document.getAnimations()) {
                  const { duration, iterations } = animation.effect.getComputedTiming();
                  if (duration * iterations > 20) window.moved.push(animation.effect.target.className);
                }
                requestAnimationFrame(look);
              };
              look();
            }""")
            tab.button("Play").click()
            tab.until("polate.player.notes > 5")
            tab.panel("Rhythm")
            tab.button("Light or dark").click()
            tab.page.get_by_role("radio", name="Corners").click()
            tab.drag(tab.knob(0), 0, 44)
            watcher.until("/polate/z/1", 0.7)
            assert tab.page.evaluate("window.moved") == []

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("screen", SCREENS.values(), ids=SCREENS)
    def test_axe_finds_nothing_serious(
        self, browser: Browser, service: Service, watcher: Watcher, screen: dict[str, Any], scheme: str
    ) -> None:
        with open_tab(browser, service.link, color_scheme=scheme, **screen) as tab:
            for view in ("Corners", "Map"):
                tab.page.get_by_role("radio", name=view).click()
                assert serious(tab) == []
            # The panels are looked at once in each scheme and once on each screen.
            if (screen == SCREENS["desktop"]) == (scheme == "light"):
                for panel in tab.page.get_by_role("tab").all():
                    panel.click()
                    assert serious(tab, "#dock") == [], panel.text_content()


def serious(tab: Tab, part: str | None = None) -> list[str]:
    """What axe finds that is serious or critical."""
    found = Axe().run(tab.page, context=part, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{each['id']}: {node['html'][:200]} {node['failureSummary']}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"][:3]
    ]


def page_knows(tab: Tab, watcher: Watcher, text: str) -> None:
    """Wait until Polate plays this pattern and the page, too, knows it: the next key edits what the page knows."""
    watcher.until("/polate/pattern", text)
    tab.told("/polate/pattern", text)


class TestEditingTheScale:
    @pytest.fixture(autouse=True)
    def begin(self, tab: Tab, watcher: Watcher) -> None:
        watcher.set("/polate/go", "tritone 0 1 2")
        page_knows(tab, watcher, "tritone 0 1 2")
        tab.page.get_by_role("button", name="Edit scale").click()
        tab.until("document.querySelector('.edit-news').textContent.startsWith('C4: a principal tone')")

    def test_by_keys_a_note_is_added_taken_away_and_moved_and_the_knobs_answer(
        self, tab: Tab, watcher: Watcher
    ) -> None:
        press = tab.page.keyboard.press
        before = watcher.state["/polate/z"]
        for _ in range(4):
            press("ArrowRight")
        press("Enter")
        page_knows(tab, watcher, "tritone 0 1 2 4")
        assert watcher.state["/polate/z"] != before
        press("Enter")
        page_knows(tab, watcher, "tritone 0 1 2")
        for _ in range(2):
            press("ArrowLeft")
        press("Shift+ArrowRight")
        page_knows(tab, watcher, "tritone 0 1 3")
        press("Escape")
        press("Enter")  # on the button: it edits again
        assert tab.errors == []

    def test_a_note_that_the_map_has_no_place_for_is_pinned(self, tab: Tab, watcher: Watcher) -> None:
        watcher.set("/polate/pinned", "20 0 5")
        page_knows(tab, watcher, "20 0 5")
        for _ in range(7):
            tab.page.keyboard.press("ArrowRight")
        tab.page.keyboard.press("Enter")
        watcher.until("/polate/pinned", "20 0 5 7")

    def test_a_note_is_dragged_and_a_press_takes_it_away(self, tab: Tab, watcher: Watcher) -> None:
        box = tab.page.locator("#keys canvas.board").bounding_box()
        assert box
        mouse, y, places = tab.page.mouse, box["y"] + box["height"] * 0.3, {}
        mouse.move(box["x"] + 1, y)
        mouse.down()
        for x in range(round(box["x"]) + 3, round(box["x"] + box["width"]), 4):
            mouse.move(x, y)
            places[tab.page.locator(".edit-news").inner_text().split(":")[0]] = x
            if "D♯4" in places:
                break
        mouse.up()
        watcher.set("/polate/go", "tritone 0 1 2")
        page_knows(tab, watcher, "tritone 0 1 2")
        mouse.move(places["C♯4"], y)
        mouse.down()
        mouse.move(places["D♯4"], y)
        mouse.up()
        page_knows(tab, watcher, "tritone 0 2 3")
        mouse.click(places["D♯4"], y)
        page_knows(tab, watcher, "tritone 0 2")


def pause(watcher: Watcher) -> None:
    """Let a time pass on Polate's own clock, however busy it is: what comes next makes no chord with what was set."""
    for swing in (51.0, 50.0):  # Polate has read what was set before; and then that time has passed
        watcher.set("/polate/swing", swing)
        watcher.until("/polate/swing", swing)
        time.sleep(CHORD_NS / 1e9)


def test_the_page_shows_what_it_heard_and_plays_it(tab: Tab, watcher: Watcher) -> None:
    watcher.set("/polate/listen", "pedal")
    watcher.until("/polate/listen", "pedal")
    watcher.set("/polate/phrase", 1)
    try:
        for note in Pattern.parse("ditone 0 -1 2").render(62):
            watcher.set("/polate/key", note, 90)
            watcher.set("/polate/key", note, 0)
            pause(watcher)
        watcher.set("/polate/phrase", 0)
        page_knows(tab, watcher, "ditone 0 -1 2")
        tab.until("document.querySelector('.heard').textContent.startsWith('Heard ditone 0 -1 2 from D4, 0 errors')")
    finally:
        watcher.set("/polate/listen", "off")
        watcher.until("/polate/listen", "off")
