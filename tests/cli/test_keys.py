"""The keys of the terminal: from bytes to keys, and from keys to commands."""

import os
import pty
import select
import subprocess
import sys
import time

import pytest
from msgspec.structs import replace
from rig import free_udp_port, no_midi

from polate.cli.keyboard import KeyReader
from polate.cli.knob_keys import KnobKeys
from polate.control.commands import Control, GoTo, Panic, SetAxis, SetPlaying
from polate.control.player_state import PlayerState

STATE = PlayerState(positions=(0.5, 0.25, 1.0), playing=True)


def pressed(keys: KnobKeys, *names: str, now: float = 0.0) -> list[Control | None]:
    return [keys.press(name, now) for name in names]


class TestBytes:
    @pytest.mark.parametrize(
        ("data", "keys"),
        [
            (b"\x1b[A\x1b[B\x1b[C\x1b[D", ["up", "down", "right", "left"]),
            (b"\x1bOA\x1bOC", ["up", "right"]),
            (b"\x1b[1;2C\x1b[1;2D", ["shift-right", "shift-left"]),
            (b" ?3", [" ", "?", "3"]),
            (b"\x1b[15~\x1b[Zx\x01\xff", ["x"]),
            (b"\x1bx", ["x"]),
        ],
    )
    def test_keys_are_named_in_whatever_pieces_they_come(self, data: bytes, keys: list[str]) -> None:
        assert KeyReader().feed(data) == keys
        reader = KeyReader()
        assert [key for place in range(len(data)) for key in reader.feed(data[place : place + 1])] == keys


class TestKnobs:
    def test_arrows_choose_a_knob_and_turn_it(self) -> None:
        keys = KnobKeys(lambda: STATE)
        assert pressed(keys, "right", "right", "left") == [SetAxis(0, 0.51), SetAxis(0, 0.52), SetAxis(0, 0.51)]
        assert pressed(keys, "down", "shift-left") == [None, SetAxis(1, 0.15)]
        assert pressed(keys, "up", "up", "right", "m") == [None, None, SetAxis(2, 1.0), SetAxis(2, 0.5)]
        assert pressed(keys, "2", "left", "9") == [None, SetAxis(1, 0.24), None]

    def test_after_a_pause_a_knob_counts_from_where_it_is(self) -> None:
        state = [STATE]
        keys = KnobKeys(lambda: state[0])
        assert pressed(keys, "right") == [SetAxis(0, 0.51)]
        state[0] = replace(STATE, positions=(0.9, 0.0, 0.0))  # OSC has moved it
        assert pressed(keys, "right", now=10.0) == [SetAxis(0, 0.91)]

    def test_the_other_keys(self) -> None:
        keys = KnobKeys(lambda: STATE)
        assert pressed(keys, " ", "r", "!", "x") == [SetPlaying(False), GoTo("random"), Panic(), None]
        pressed(keys, "?")
        assert keys.shows_help
        pressed(keys, "?")
        assert not keys.shows_help

    def test_without_axes_nothing_is_turned(self) -> None:
        keys = KnobKeys(PlayerState)
        assert pressed(keys, "right", "down", "1", "m") == [None] * 4


def test_in_a_terminal_keys_stop_the_music_on_a_screen_that_is_left_at_the_end() -> None:
    ours, theirs = pty.openpty()
    port = str(free_udp_port())
    command = [sys.executable, "-m", "polate", "play", "--no-web", "--osc-port", port, "--seconds", "60"]
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env={**no_midi(), "TERM": "xterm"}, start_new_session=True
    )
    os.close(theirs)
    seen, pressed_at, end = b"", 0, time.monotonic() + 60
    try:
        while process.poll() is None and time.monotonic() < end:
            if select.select([ours], [], [], 0.1)[0]:
                try:
                    seen += os.read(ours, 65536)
                except OSError:
                    break
            if not pressed_at and b"notes, " in seen and b" 0 notes, " not in seen.rpartition(b"counts")[2]:
                pressed_at = len(seen)
                os.write(ours, b"\x1b[C ")
            if pressed_at and b"; stopped" in seen[pressed_at:] and process.poll() is None:
                process.terminate()
                pressed_at = len(seen) + 10**9
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert pressed_at >= 10**9, seen[-2000:]
    assert seen.index(b"\x1b[?1049h") < seen.index(b"\x1b[?1049l") < seen.rindex(b"stopped: ")
    assert b"0.50" in seen
