"""The live display in the terminal: the pattern, the notes, the knobs, the connections and the last problem.

    PlayerState --render, ten times a second--> the terminal's second screen
                --a line for each new pattern--> a pipe or a file
    keys --KnobKeys--> commands

In a pipe or a file it prints at most four lines a second.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from polate.cli.keyboard import keys_of_the_terminal
from polate.cli.knob_keys import HELP, KnobKeys
from polate.cli.terminal_screen import TerminalScreen, TerminalSize
from polate.control.commands import Control
from polate.control.player_state import NONE
from polate.model.contract import Axis
from polate.runtime.process_limit import start_thread
from polate.theory.midi_notes import note_name

if TYPE_CHECKING:
    from polate.control.player_state import Heard, PlayerState

__all__ = ["Display", "render"]

_FRAMES_A_SECOND = 10
_LINES_A_SECOND = 4
_AGAIN_SECONDS = 1.0  # after an error
_END_SECONDS = 0.3  # for the last frame; a terminal that stands still holds it for ever
_WIDTH = 100  # characters
_WIDE = 86  # from this width on, each knob has its two ends in words
_TALL = 32  # from this height on there are blank lines
_NARROW = 56  # below this width the bars are shorter still
_BAR, _SHORT_BAR, _SHORTEST_BAR = 24, 16, 8
_AROUND_KNOBS = 4  # lines: the frame, the pattern and the notes
_NO_MIDI = "no MIDI"  # the trouble that begins so has a line of its own while it lasts


class Display:
    """Shows the player's state from a thread of its own. Opened and closed by ``with``."""

    def __init__(
        self,
        read: "Callable[[], PlayerState]",
        axes: "Sequence[Axis]",
        console: Console | None = None,
        ask: Callable[[Control], None] | None = None,
    ) -> None:
        """``ask``: where the commands of the keys go; None: there are no keys."""
        self._read, self._axes, self._ask = read, axes, ask
        self._console = console or Console()
        self._keys = KnobKeys(read)
        self._hint = ""
        self._stopped = threading.Event()
        self._pressed = threading.Event()
        self._thread = threading.Thread(target=self._show, name="polate-display", daemon=True)

    @property
    def draws(self) -> bool:
        """Whether it draws on the terminal; else it prints lines."""
        return self._console.is_terminal and not self._console.legacy_windows

    @property
    def has_begun(self) -> bool:
        return self._thread.ident is not None

    def __enter__(self) -> "Display":
        start_thread(self._thread)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._pressed.set()
        if self.has_begun:
            self._thread.join(_END_SECONDS)

    def _show(self) -> None:
        """Draw or print until it is stopped; after an error begin again, for example on a terminal that was gone."""
        while not self._stopped.is_set():
            with contextlib.suppress(Exception):
                (self._draw if self.draws else self._print_lines)()
            self._stopped.wait(_AGAIN_SECONDS)

    def _draw(self) -> None:
        with (
            TerminalScreen(self._console) as screen,
            keys_of_the_terminal(self._press if self._ask else lambda key: None),
        ):
            while not self._stopped.is_set():
                with contextlib.suppress(Exception):  # the next frame may be well
                    size = screen.size
                    while not screen.show(self._frame(size), size):
                        size = screen.size
                self._pressed.wait(1 / _FRAMES_A_SECOND)
                self._pressed.clear()

    def _frame(self, size: TerminalSize) -> Panel:
        state = self._read()
        if state.trouble.startswith(_NO_MIDI):
            self._hint = state.trouble
        hint = self._hint if state.port("output") == NONE else ""
        chosen = self._keys.chosen if self._ask else None
        return render(state, self._axes, min(_WIDTH, size.width), size.height, chosen, hint, self._keys.shows_help)

    def _press(self, key: str) -> None:
        assert self._ask
        if (control := self._keys.press(key, time.monotonic())) is not None:
            self._ask(control)
        self._pressed.set()

    def _print_lines(self) -> None:
        shown = ""
        while True:
            state = self._read()
            if state.pattern != shown:
                shown = state.pattern
                names = " ".join(note_name(note, flats=_has_flats(state)) for note in state.way_up)
                pinned = " (pinned)" if state.pinned == shown else ""
                self._console.print(f"{shown}{pinned}: {names}", highlight=False, markup=False, soft_wrap=True)
            if self._stopped.wait(1 / _LINES_A_SECOND):
                return


def heard_text(heard: "Heard", *, flats: bool = False) -> str:
    """The last phrase in one line."""
    if not heard.number:
        return "nothing yet"
    if not heard.pattern:
        return f"{len(heard.notes)} notes: {heard.remark}"
    remark = f"; {heard.remark}" if heard.remark else ""
    tonic = note_name(heard.tonic, flats=flats)
    return f"{heard.pattern} from {tonic}, {heard.distance:g} errors in {len(heard.notes)} notes{remark}"


def render(
    state: "PlayerState",
    axes: "Sequence[Axis]",
    width: int = _WIDTH,
    height: int | None = None,
    chosen: int | None = None,
    hint: str = "",
    shows_help: bool = False,
) -> Panel:
    """One frame of the display, ``width`` characters wide and at most ``height`` lines high.

    ``chosen``: the axis that the keys turn; None: there are no keys. ``hint``: why there is no MIDI.
    """
    flats = _has_flats(state)
    notes = Text(overflow="ellipsis")
    for note in state.way_up:
        struck = state.playing and note == state.sounding
        notes.append(note_name(note, flats=flats), style="bold reverse" if struck else "")
        notes.append(" ")
    title = Text(state.pattern, style="bold", overflow="ellipsis", no_wrap=True)
    if state.pinned:
        title.append(f"  pinned: {'this' if state.pinned == state.pattern else state.pinned} has no place on the map")
    is_small = height is not None and height < _TALL
    blank = [] if is_small else [""]
    if is_small:
        notes.no_wrap = True
    below: list[RenderableType] = (
        []
        if shows_help and is_small
        else [
            Text(line, style="yellow", no_wrap=is_small, overflow="ellipsis")
            for line in (hint, "" if hint and state.trouble == hint else state.trouble)
            if line or not is_small
        ]
    )
    below.append(_help() if shows_help else _facts(state, flats, is_small))
    most = None if height is None else max(1, height - _AROUND_KNOBS)
    content = Group(title, notes, *blank, _knobs(state, axes, width, chosen, most), *blank, *below)
    keys = Text("arrows turn knobs   space plays   ? lists the keys") if chosen is not None else None
    return Panel(
        content, title=Text(f"Polate: {state.model}"), subtitle=keys, width=width, padding=(0, 1), height=height
    )


def _knobs(state: "PlayerState", axes: "Sequence[Axis]", width: int, chosen: int | None, most: int | None) -> Table:
    """A line for each knob: its position 0..1, as CC, OSC and the page have it. At most ``most``, with the chosen."""
    table = Table.grid(padding=(0, 1))
    is_wide = width >= _WIDE
    length = _BAR if is_wide else _SHORT_BAR if width >= _NARROW else _SHORTEST_BAR
    knobs = list(enumerate(zip(axes, state.positions, strict=False), 1))
    last = len(knobs) if most is None else max(most, (chosen or 0) + 1)
    for number, (axis, position) in knobs[:last][-(most or last) :]:
        filled = round(position * length)
        bar = Text("#" * filled, style="cyan") + Text("." * (length - filled), style="dim")
        style = "bold" if number - 1 == chosen else ""
        mark = ">" if number - 1 == chosen else " "
        row: list[RenderableType] = [
            Text(f"{mark}z/{number}", style=style),
            Text(axis.name, style=style),
            bar,
            f"{position:.2f}",
        ]
        if is_wide:
            row.append(Text(f"{axis.low} ... {axis.high}", style="dim"))
        table.add_row(*row)
    return table


def _facts(state: "PlayerState", flats: bool, is_small: bool) -> Table:
    facts = Table.grid(padding=(0, 2))
    facts.add_column(no_wrap=True, min_width=len("MIDI out / in"))
    facts.add_column(overflow="ellipsis")

    def add(name: str, value: str, *, folds: bool = False) -> None:
        # As Text, because rich would read the brackets of a port name such as "IAC [bus 1]" as markup.
        facts.add_row(name, Text(value, overflow="fold" if folds else "ellipsis", no_wrap=is_small and not folds))

    add(
        "tempo",
        f"{state.tempo:.4g} bpm, {state.settings.rate}, {state.settings.order}, from "
        + note_name(state.tonic, flats=flats)
        + ("" if state.sync == "internal" else f"; follows {state.sync}")
        + ("" if state.playing else "; stopped"),
        folds=True,
    )
    add("MIDI out / in", f"{state.port('output') or 'none'} / {state.port('input') or 'none'}")
    add("OSC", state.port("osc") or "off")
    add("page", state.port("web") or "off", folds=True)
    if state.settings.listen != "off" or state.heard.number:
        add("heard", heard_text(state.heard, flats=flats))
    if state.recording:
        add("recording", state.recording)
    add("counts", state.counts, folds=True)
    return facts


def _help() -> Table:
    table = Table.grid(padding=(0, 2))
    for keys, what in HELP:
        table.add_row(Text(keys, style="bold"), what)
    return table


def _has_flats(state: "PlayerState") -> bool:
    """Whether the tonic was set by a name with a flat."""
    return "b" in str(state.settings.tonic)[1:]
