import io
import itertools
from typing import Any

import pytest
from rich.console import Console
from rig import wait_until

from polate import Pattern
from polate.cli.display import Display, render
from polate.cli.knob_keys import HELP
from polate.control.player_state import PlayerState
from polate.control.settings import PlaySettings
from polate.model.decoder import Decoder
from polate.theory.midi_notes import note_name


def test_a_name_is_shown_as_it_is_whatever_brackets_it_has(decoder: Decoder) -> None:
    ports = {"output": "IAC [bus 1]", "input": "[hw:1,0]"}
    state = PlayerState(pattern="tritone 0", ports=ports, recording="x[/b].mid", model="[/i]")
    console = Console(width=110)
    with console.capture() as capture:
        console.print(render(state, decoder.axes))
    for name in ("IAC [bus 1]", "[hw:1,0]", "x[/b].mid", "[/i]"):
        assert name in capture.get()


def test_the_way_up_ends_at_the_top_though_the_way_down_is_longer() -> None:
    desh = Pattern.parse("12 0 2 5 7 11 down 0 2 4 5 7 9 10")
    state = PlayerState(notes=desh.render(60)[:-1], top=desh.top)
    assert state.way_up == (60, 62, 65, 67, 71, 72)


def test_a_frame_shows_the_pattern_the_notes_the_knobs_and_the_counts(decoder: Decoder) -> None:
    state = PlayerState(
        pattern="tritone 0 1 2",
        notes=(60, 61, 62, 66, 67, 68, 72, 68, 67, 66, 62, 61),
        sounding=66,
        top=6,
        z=(0.25,) * 8,
        positions=(0.5,) * 8,
        tempo=96.0,
        settings=PlaySettings(rate="1/8t", order="pendulum"),
        sync="midi",
        tonic=51,
        playing=True,
        ports={"output": "Polate Out", "input": "Polate In", "osc": "127.0.0.1:9010"},
        model="slonimsky.onnx",
        played=7,
        late=1,
        dropped=2,
        controls=3,
        refused=4,
        trouble="a position must be in 0..1, got 64",
    )
    console = Console(width=110, record=True, file=None, force_terminal=False)
    with console.capture() as capture:
        console.print(render(state, decoder.axes))
    frame = capture.get()
    for words in (
        "tritone 0 1 2",
        "C4 C#4 D4 F#4 G4 G#4 C5",
        "96 bpm, 1/8t, pendulum, from D#3; follows midi",
        "Polate Out / Polate In",
        "127.0.0.1:9010",
        "7 notes, 1 late, 2 dropped",
        "3 controls, 4 refused",
        "a position must be in 0..1, got 64",
        "slonimsky.onnx",
    ):
        assert words in frame
    for number, axis in enumerate(decoder.axes, 1):
        assert f"z/{number}" in frame
        assert axis.name in frame
        assert f"{axis.low} ... {axis.high}" in frame


FULL = PlayerState(
    pattern="sesquiquinquetone 0 1 2 3 4 5",
    notes=tuple(range(40, 101)),
    top=60,
    positions=(0.0, 0.25, 0.5, 1.0, 0.373283, 0.6, 0.7, 0.8),
    z=(-2.0,) * 8,
    tempo=96.0,
    tonic=63,
    settings=PlaySettings(tonic="Eb4", listen="bar"),
    ports={
        "output": "none",
        "input": "none",
        "osc": "127.0.0.1:9010",
        "web": "http://127.0.0.1:9080/#token=123456789012345678901234567890",
    },
    recording="/home/me/a/rather/long/name/of/a/folder/take.mid",
    trouble="/polate/z/1: a position must be in 0..1, got 64",
    model="slonimsky.onnx",
)
HINT = "no MIDI: neither the ALSA sequencer (/dev/snd/seq) nor a JACK server (named 'default') answers."


def drawn(decoder: Decoder, width: int, height: int, **options: Any) -> list[str]:
    console = Console(width=width, height=height)
    with console.capture() as capture:
        console.print(render(FULL, decoder.axes, width, height, **options))
    return capture.get().splitlines()


@pytest.mark.parametrize(("width", "height"), [(60, 20), (80, 24), (100, 40)])
def test_a_frame_fits_the_terminal_and_says_what_matters(decoder: Decoder, width: int, height: int) -> None:
    lines = drawn(decoder, width, height, chosen=4, hint=HINT)
    assert len(lines) == height
    assert {len(line) for line in lines} == {width}
    text = "\n".join(lines)
    for words in ("sesquiquinquetone 0 1 2 3 4 5", "from Eb4", "no MIDI: neither", "got 64", "? lists the keys"):
        assert words in text
    for axis, position in zip(decoder.axes, ("0.00", "0.25", "0.50", "1.00", "0.37", "0.60"), strict=False):
        (line,) = [line for line in lines if f" {axis.name} " in line]
        assert f" {position} " in line
        assert (">z/" in line) == (position == "0.37")


def test_the_hint_that_there_is_no_midi_and_the_last_problem_have_lines_of_their_own(decoder: Decoder) -> None:
    lines = drawn(decoder, 60, 20, hint=HINT)
    assert sum("no MIDI: " in line for line in lines) == sum("a position must" in line for line in lines) == 1


def test_the_keys_are_listed_on_request(decoder: Decoder) -> None:
    text = "\n".join(drawn(decoder, 60, 20, chosen=0, shows_help=True))
    for keys, _ in HELP:
        assert keys in text


def test_notes_have_flats_if_the_tonic_was_set_by_one(decoder: Decoder) -> None:
    assert "Eb2" in "\n".join(drawn(decoder, 100, 40)) or "Bb2" in "\n".join(drawn(decoder, 100, 40))
    assert note_name(63, flats=True) == "Eb4"
    assert note_name(63) == "D#4"


def test_a_pinned_pattern_is_shown_as_such(decoder: Decoder) -> None:
    console = Console(width=110)
    shown = {"20 0 5": "20 0 5  pinned: this has no place", "tritone 0": "pinned: 20 0 5 has no place"}
    for pattern, words in shown.items():
        with console.capture() as capture:
            console.print(render(PlayerState(pattern=pattern, pinned="20 0 5"), decoder.axes))
        assert words in capture.get()


def test_a_small_terminal_shows_the_chosen_knob_and_whole_bars(decoder: Decoder) -> None:
    for chosen in range(8):
        lines = drawn(decoder, 40, 10, chosen=chosen)
        assert sum(">z/" in line for line in lines) == 1
        assert len([line for line in lines if "z/" in line]) == 6
        assert not any("\u2026" in line for line in lines if "z/" in line)


def test_the_link_of_the_page_and_whether_it_plays_can_be_read_at_60_columns(decoder: Decoder) -> None:
    text = "".join(line.strip("│ ") for line in drawn(decoder, 60, 20))
    assert FULL.ports["web"] in text
    assert "; stopped" in text or ";stopped" in text


@pytest.mark.parametrize("terminal", [False, True])
def test_a_display_that_raised_shows_the_next_state(
    decoder: Decoder, terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("polate.cli.display._AGAIN_SECONDS", 0.01)
    text = io.StringIO()
    states = itertools.chain([None], itertools.repeat(PlayerState(pattern="tritone 0 1 2", notes=(60, 61, 62), top=2)))

    def read() -> PlayerState:
        state = next(states)
        if state is None:
            raise RuntimeError("once")
        return state

    with Display(read, decoder.axes, Console(file=text, force_terminal=terminal, width=100, height=40)):
        wait_until(lambda: "tritone 0 1 2" in text.getvalue(), 10, "the pattern")


def test_a_terminal_that_takes_nothing_for_a_while_is_drawn_on_later(
    decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("polate.cli.display._AGAIN_SECONDS", 0.01)

    class Terminal(io.StringIO):
        fails = 5

        def write(self, text: str) -> int:
            if self.fails:
                self.fails -= 1
                raise OSError("no room")
            return super().write(text)

    text = Terminal()
    state = PlayerState(pattern="tritone 0 1 2", notes=(60, 61, 62), top=2)
    with Display(lambda: state, decoder.axes, Console(file=text, force_terminal=True, width=100, height=40)):
        wait_until(lambda: "tritone 0 1 2" in text.getvalue(), 10, "the pattern")
