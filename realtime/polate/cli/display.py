"""The live display in the terminal: the pattern, the notes, the knobs, the connections and the last problem.

    PlayerState --render, ten times a second--> the terminal
                --a line for each new pattern--> a pipe or a file

In a pipe or a file it prints at most four lines a second.
"""

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from polate.model.contract import Axis
from polate.theory.midi_notes import note_name

if TYPE_CHECKING:
    from polate.control.player_state import Heard, PlayerState

__all__ = ["Display", "render"]

_FRAMES_A_SECOND = 10
_LINES_A_SECOND = 4
_WIDTH, _BAR = 100, 24  # characters


class Display:
    """Shows the player's state from a thread of its own. Opened and closed by ``with``."""

    def __init__(
        self, read: "Callable[[], PlayerState]", axes: "Sequence[Axis]", console: Console | None = None
    ) -> None:
        self._read, self._axes = read, axes
        self._console = console or Console()
        self._stopped = threading.Event()
        draw = self._draw if self._console.is_terminal else self._print_lines
        self._thread = threading.Thread(target=draw, name="polate-display", daemon=True)

    def __enter__(self) -> "Display":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join(2.0)

    def _draw(self) -> None:
        with Live(console=self._console, auto_refresh=False, transient=False) as live:
            while not self._stopped.wait(1 / _FRAMES_A_SECOND):
                live.update(render(self._read(), self._axes, min(_WIDTH, self._console.width)), refresh=True)

    def _print_lines(self) -> None:
        shown = ""
        while True:
            state = self._read()
            if state.pattern != shown:
                shown = state.pattern
                names = " ".join(map(note_name, state.way_up))
                pinned = " (pinned)" if state.pinned == shown else ""
                self._console.print(f"{shown}{pinned}: {names}", highlight=False, markup=False, soft_wrap=True)
            if self._stopped.wait(1 / _LINES_A_SECOND):
                return


def heard_text(heard: "Heard") -> str:
    """The last phrase in one line."""
    if not heard.number:
        return "nothing yet"
    if not heard.pattern:
        return f"{len(heard.notes)} notes: {heard.remark}"
    remark = f"; {heard.remark}" if heard.remark else ""
    return (
        f"{heard.pattern} from {note_name(heard.tonic)}, {heard.distance:g} errors in {len(heard.notes)} notes{remark}"
    )


def render(state: "PlayerState", axes: "Sequence[Axis]", width: int = _WIDTH) -> Panel:
    """One frame of the display, ``width`` characters wide."""
    notes = Text()
    for note in state.way_up:
        struck = state.playing and note == state.sounding
        notes.append(note_name(note), style="bold reverse" if struck else "")
        notes.append(" ")
    knobs = Table.grid(padding=(0, 1))
    rows = zip(axes, state.positions, state.z, strict=False)
    for number, (axis, position, z) in enumerate(rows, 1):
        filled = round(position * _BAR)
        bar = Text("#" * filled, style="cyan") + Text("." * (_BAR - filled), style="dim")
        ends = Text(f"{axis.low} ... {axis.high}", style="dim")
        knobs.add_row(f"z/{number}", Text(axis.name), bar, f"{z:+.2f}", ends)
    facts = Table.grid(padding=(0, 2))
    facts.add_row(
        "tempo",
        f"{state.tempo:.4g} bpm, {state.settings.rate}, {state.settings.order}, from {note_name(state.tonic)}"
        + ("" if state.sync == "internal" else f"; follows {state.sync}")
        + ("" if state.playing else "; stopped"),
    )
    # As Text, because rich would read the brackets of a port name such as "IAC [bus 1]" as markup.
    facts.add_row("MIDI out / in", Text(f"{state.port('output') or 'none'} / {state.port('input') or 'none'}"))
    facts.add_row("OSC", Text(state.port("osc") or "off"))
    facts.add_row("page", Text(state.port("web") or "off", overflow="fold"))
    if state.settings.listen != "off" or state.heard.number:
        facts.add_row("heard", Text(heard_text(state.heard)))
    if state.recording:
        facts.add_row("recording", Text(state.recording))
    facts.add_row("counts", state.counts)
    trouble = Text(state.trouble, style="yellow")
    title = Text(state.pattern, style="bold")
    if state.pinned:
        title.append(f"  pinned: {'this' if state.pinned == state.pattern else state.pinned} has no place on the map")
    return Panel(Group(title, notes, "", knobs, "", facts, trouble), title=Text(f"Polate: {state.model}"), width=width)
