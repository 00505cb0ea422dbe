"""`polate play` has one table of options and two readers of it: the quick one and cyclopts."""

import contextlib
import re
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import mido
import pytest
from command import polate
from hypothesis import given, settings
from hypothesis import strategies as st
from pythonosc.osc_message import OscMessage
from rig import free_udp_port, next_line, no_midi, osc_message, playing, wait_until

from polate.cli.app import command_line
from polate.cli.play_options import choices_of, read_plain
from polate.control.fields import Field
from polate.player.config import OPTIONS
from polate.theory.pattern import Pattern

APP = command_line()

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NAMES = st.sampled_from(
    ["--config", "--help", "-h", "--", "-", *(f"--{key}" for key in OPTIONS), "--no-osc", "--no-bpm"]
)


def read_by_cyclopts(words: Sequence[str]) -> dict[str, Any]:
    """The settings that cyclopts gives to the verb. Raises `CycloptsError`."""
    _, bound, _ = APP.parse_args(["play", *words], exit_on_error=False, print_error=False)
    return dict(bound.kwargs)


def plain_values(field: Field) -> st.SearchStrategy[str]:
    if field.plain is float:
        return st.decimals(-10_000, 10_000, places=2).map(str) | st.integers(-999, 999).map(str)
    if field.plain is int:
        return st.integers(-99_999, 99_999).map(str)
    choices = choices_of(field)
    return st.sampled_from(choices) if choices else TEXTS.filter(lambda text: not text.startswith("-"))


@st.composite
def plain_options(draw: st.DrawFn) -> list[str]:
    field = draw(st.sampled_from(list(OPTIONS.values())))
    if field.plain is bool:
        return [draw(st.sampled_from([f"--{field.key}", f"--no-{field.key}"]))]
    value = draw(plain_values(field))
    return draw(st.sampled_from([[f"--{field.key}", value], [f"--{field.key}={value}"]]))


@given(st.lists(plain_options(), max_size=6).map(lambda options: [*chain.from_iterable(options)]))
@settings(max_examples=100, deadline=None)
def test_a_plain_line_is_read_the_quick_way_as_cyclopts_reads_it(words: list[str]) -> None:
    assert read_plain(words) == read_by_cyclopts(words)


WORDS = NAMES | TEXTS | st.builds("{}={}".format, NAMES, TEXTS) | st.sampled_from(["1", "-1", "007", "1e3", "x", "off"])


@given(st.lists(WORDS, max_size=4))
@settings(max_examples=200, deadline=None)
def test_a_line_that_is_read_the_quick_way_means_the_same_to_cyclopts(words: list[str]) -> None:
    quickly = read_plain(words)
    if quickly is not None:
        assert quickly == read_by_cyclopts(words)


@pytest.mark.parametrize(
    "line",
    [
        *("--help", "-h", "x", "--bpn 90", "-- --bpm 90"),
        *("--bpm", "--bpm x", "--no-bpm", "--bar 4.5", "--bar 0x4", "--osc=false"),
        *("--order sideways", "--output --help", "--config"),
    ],
)
def test_what_is_not_plain_is_left_to_cyclopts(line: str) -> None:
    assert read_plain(line.split()) is None


def test_the_last_of_a_repeated_option_counts() -> None:
    words = ["--bpm", "90", "--no-osc", "--bpm=100", "--osc", "--place", "petrushka", "--place=here"]
    assert read_plain(words) == read_by_cyclopts(words) == {"bpm": 100.0, "osc": True, "place": "here"}


def test_both_readers_have_an_option_for_the_file_and_for_every_setting() -> None:
    options = {name for argument in APP["play"].assemble_argument_collection() for name in argument.names}
    switches = {key for key, field in OPTIONS.items() if field.plain is bool}
    assert options == {"PLACE", "--config", *(f"--{key}" for key in OPTIONS), *(f"--no-{key}" for key in switches)}
    for key, field in OPTIONS.items():
        value = {float: "1.5", int: "1"}.get(field.plain, [*choices_of(field), "a"][0])
        assert read_plain([f"--{key}"] if key in switches else [f"--{key}", value])
    assert read_plain(["--config", "polate.toml"]) == {"config": Path("polate.toml")}


def test_the_help_of_play_looks_like_that_of_the_other_verbs() -> None:
    for verb in ("play", "generate", "learn"):
        first, blank, *_ = lines = polate(verb, "--help").stdout.splitlines()
        assert re.fullmatch(rf"Usage: polate {verb} \[OPTIONS\]( \[ARGS(\.\.\.)?\])?", first)
        assert not blank
        titles = [line for line in lines if line.startswith("╭─ ")]
        assert titles
        options = [line for line in lines if line.startswith(("│ --", "│ TARGETS"))]
        assert options
        assert "[default: " in "".join(lines)
        assert not re.search(r"default: *(\]|None|False|True)", "".join(lines))
    assert "│ PLACE  Where the point begins: a landmark," in polate("play", "--help").stdout
    help_of_play = " ".join(polate("play", "--help").stdout.replace("│", " ").split())
    for key, field in OPTIONS.items():
        assert f"{field.doc[0].upper()}{field.doc[1:]}." in help_of_play, key
        if choices := choices_of(field):
            assert f"[choices: {', '.join(choices)}]" in help_of_play
    assert "[range: 20..400] [default: 120]" in help_of_play


@pytest.mark.parametrize("verb", ["play", "generate"])
def test_a_mistake_on_the_command_line_is_a_line_that_names_the_help(verb: str) -> None:
    done = polate(verb, "--bpn", "90")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"polate: Unknown option: --bpn. Did you mean --bpm? See 'polate {verb} --help'.\n"


@pytest.mark.parametrize(
    ("words", "pattern"),
    [
        ((), "quadritone 0 4 7"),
        (("giant steps",), "ditone 0 -2 3"),
        (("ditone", "0", "2", "3"), "ditone 0 2 3"),
        (("tritone 0 1 2 5 7",), "tritone 0 1 2 5 7"),
        (("60 61 62 66 67 68 72",), "tritone 0 1 2"),
        (("0,0,0,0,0,0,0,0",), "quadritone 0 1 2 10"),
        (("-0.0,0,0,0,0,0,0,0",), "quadritone 0 1 2 10"),
        (("--model", "octave"), "12 0 2 3 5 7 9 10"),
    ],
)
def test_the_music_begins_at_the_place_that_is_named(words: tuple[str, ...], pattern: str, tmp_path: Path) -> None:
    take = tmp_path / "take.mid"
    three_notes = ("--seconds", "0.7", "--bpm", "120", "--rate", "1/8")
    command = [sys.executable, "-m", "polate", "play", *words, "--no-osc", "--no-web", "--record", str(take)]
    subprocess.run([*command, *three_notes], capture_output=True, env=no_midi(), timeout=60, check=True)
    heard = [message.note for message in mido.MidiFile(take) if message.type == "note_on" and message.velocity]
    cycle = Pattern.parse(pattern).render(60)
    assert len(heard) >= 3
    assert heard == list(cycle[: len(heard)])  # from the first note on


def test_two_places_to_begin_at_are_refused() -> None:
    done = polate("play", "giant steps", "--place", "petrushka")
    assert done.stderr == "polate: there are two places to begin at: 'giant steps' and 'petrushka'\n"


def test_stopped_plays_nothing_until_play() -> None:
    port = free_udp_port()
    with playing("--stopped", "--osc-port", str(port), env=no_midi()) as process:
        while f"OSC on 127.0.0.1:{port}" not in next_line(process):
            assert process.poll() is None
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.connect(("127.0.0.1", port))
            client.settimeout(0.5)

            def played() -> int:
                while True:  # there is no answer before the first state is told
                    client.send(osc_message("/polate/get", "/polate/played").dgram)
                    with contextlib.suppress(TimeoutError):
                        return int(OscMessage(client.recv(65536)).params[0])

            assert played() == 0
            time.sleep(0.5)
            assert played() == 0
            client.send(osc_message("/polate/play", 1).dgram)
            wait_until(lambda: played() > 0, 20, "a note")


def test_a_plain_line_plays_without_the_library_that_reads_the_others() -> None:
    words = ["polate", "play", "--no-display", "--no-osc", "--midi-api=jack", "--seconds", "0.3"]
    code = f"import sys; sys.argv = {words}; from polate.cli.main import main; main(); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=no_midi(), timeout=60, check=True
    )
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "polate.player.player" in loaded
    assert not loaded & {"cyclopts", "rich", "argparse", "attrs"}
