from rich.console import Console

from polate import Pattern
from polate.cli.display import render
from polate.control.player_state import PlayerState
from polate.control.settings import PlaySettings
from polate.model.decoder import Decoder


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


def test_a_pinned_pattern_is_shown_as_such(decoder: Decoder) -> None:
    console = Console(width=110)
    shown = {"20 0 5": "20 0 5  pinned: this has no place", "tritone 0": "pinned: 20 0 5 has no place"}
    for pattern, words in shown.items():
        with console.capture() as capture:
            console.print(render(PlayerState(pattern=pattern, pinned="20 0 5"), decoder.axes))
        assert words in capture.get()
