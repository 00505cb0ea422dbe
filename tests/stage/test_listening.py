"""Polate as its own process on JACK, played to."""

import time

import pytest
from rig import Rig, wait_until

from polate import Pattern

pytestmark = pytest.mark.jack

DITONE = Pattern.parse("ditone 0 -1 2").render(62)


def play(rig: Rig, notes: tuple[int, ...]) -> None:
    for note in notes:
        rig.knobs.send([0x90, note, 90])
        time.sleep(0.03)
        rig.knobs.send([0x80, note, 0])
        time.sleep(0.01)


def test_a_phrase_from_a_keyboard_is_answered_by_the_line(rig: Rig) -> None:
    process = rig.play("--bpm", "250", "--rate", "1/16", "--no-osc", "--listen", "rest", "--listen-gap", "300")
    time.sleep(3)  # the process makes its table
    wanted = {note % 12 for note in DITONE}
    play(rig, DITONE)

    def answers() -> bool:
        notes = rig.daw.note_ons()[-12:]
        return len(notes) == 12 and {note % 12 for note in notes} <= wanted and notes[0] != notes[1]

    wait_until(answers, 20, "a line of the pattern that was played")
    summary = rig.stop(process)
    assert summary.refused == 0
    assert not rig.daw.sounding()


def test_noise_from_a_keyboard_leaves_the_line_and_no_note_behind(rig: Rig) -> None:
    process = rig.play("--bpm", "250", "--rate", "1/16", "--no-osc", "--listen", "rest", "--listen-gap", "60")
    for number in range(2000):
        rig.knobs.send([0x90, number * 7 % 128, 90])
        rig.knobs.send([0x80, number * 7 % 128, 0])
        if number % 20 == 0:
            time.sleep(0.01)
    before = len(rig.daw.note_ons())
    wait_until(lambda: len(rig.daw.note_ons()) > before + 20, 20, "the line to go on")
    rig.stop(process)
    assert not rig.daw.sounding()
